//! A broker that says wrong things, or says them late.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use listener_local::{
    amqp::{
        AttachFuture, AttachRequest, ConnectionInfo, Credit, LinkEnd, Node, Outgoing,
        OutgoingEvent, Service, Verdict,
        types::{definitions::Error, messaging::DeliveryState},
    },
    faults::Faults,
    service_bus::broker::Broker,
};

use crate::bus::Bus;

/// What is wrong with the links on which it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Its clock, by so many milliseconds.
    Clock(i64),
    /// No annotations that Service Bus has.
    NoAnnotations,
    /// It hears settlements, and neither does nor answers anything.
    Deaf,
    /// It does what settlements say, and never answers.
    Silent,
    /// It answers four settlements at a time, the last one first.
    Backwards,
}

impl Bus {
    pub(crate) fn wrong(wrong: Wrong) -> Self {
        let engine = Self::engine();
        let broker = Broker::new(engine.clone());
        Self::serve(engine, Faults::new(), Meddler { broker, wrong })
    }
}

struct Meddler {
    broker: Broker,
    wrong: Wrong,
}

impl Service for Meddler {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let source = request.attach.source.as_ref();
        let address = source.and_then(|source| source.address.clone());
        let of_messages = address.is_some_and(|address| !address.contains('$'));
        let attaching = self.broker.attach(request);
        let wrong = self.wrong;
        Box::pin(async move {
            let mut attached = attaching.await?;
            attached.node = match attached.node {
                Node::Outgoing(inner) if of_messages => Node::Outgoing(Box::new(Link {
                    inner,
                    wrong,
                    kept: Vec::new(),
                    due: Vec::new(),
                    waker: None,
                })),
                other => other,
            };
            Ok(attached)
        })
    }

    fn opened(&self, connection: &Arc<ConnectionInfo>) -> Result<(), Error> {
        self.broker.opened(connection)
    }
}

struct Link {
    inner: Box<dyn Outgoing>,
    wrong: Wrong,
    /// Answers that are kept, and those that are to go out, the first one last.
    kept: Vec<([u8; 16], DeliveryState)>,
    due: Vec<([u8; 16], DeliveryState)>,
    waker: Option<Waker>,
}

impl Outgoing for Link {
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        if let Some((tag, answer)) = self.due.pop() {
            return Poll::Ready(OutgoingEvent::Settle(tag, answer));
        }
        self.waker = Some(cx.waker().clone());
        let mut event = self.inner.poll(cx, credit);
        if let Poll::Ready(OutgoingEvent::Deliver(delivery)) = &mut event {
            let mut head = delivery.head.to_vec();
            match self.wrong {
                Wrong::Clock(by) => {
                    for name in ["x-opt-enqueued-time", "x-opt-locked-until"] {
                        shift(&mut head, name, by);
                    }
                }
                Wrong::NoAnnotations => {
                    while let Some(at) = find(&head, b"x-opt-") {
                        head[at] = b'y';
                    }
                }
                _ => {}
            }
            delivery.head = head.into();
        }
        event
    }

    fn credit(&mut self, credit: Credit<'_>) {
        self.inner.credit(credit);
    }

    fn disposition(
        &mut self,
        tag: &[u8; 16],
        state: Option<DeliveryState>,
        settled: bool,
    ) -> Verdict {
        if self.wrong == Wrong::Deaf {
            return Verdict::Later;
        }
        match (self.wrong, self.inner.disposition(tag, state, settled)) {
            (Wrong::Silent, Verdict::Settle(_)) => Verdict::Later,
            (Wrong::Backwards, Verdict::Settle(answer)) => {
                self.kept.push((*tag, answer));
                if self.kept.len() == 4 {
                    self.due.append(&mut self.kept);
                    if let Some(waker) = self.waker.take() {
                        waker.wake();
                    }
                }
                Verdict::Later
            }
            (_, verdict) => verdict,
        }
    }

    fn detached(self: Box<Self>, end: LinkEnd) {
        self.inner.detached(end);
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Shifts a timestamp behind its name (AMQP 1.0, types, 1.6.17).
fn shift(head: &mut [u8], name: &str, by: i64) {
    let at = find(head, name.as_bytes()).unwrap() + name.len();
    assert_eq!(head[at], 0x83);
    let time = &mut head[at + 1..at + 9];
    let shifted = i64::from_be_bytes(time.try_into().unwrap()) + by;
    time.copy_from_slice(&shifted.to_be_bytes());
}
