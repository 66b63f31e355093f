//! Sources that are broken on purpose, each in one way.

use std::{
    collections::HashSet,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use listener_core::{
    Delivery, LockKeeper, Outcome, Reason, Settler,
    context::RemoteExecutionContext,
    decode::{DecodeErrorKind, Message},
    source::{Capabilities, Closed, Received, Settings, Source, SourceError, memory::MemorySource},
    testing::conformance::{Case, Event, Features, Rig, Sample},
};
use tokio::time::Instant;
use uuid::Uuid;

use super::memory::{LOCK, MemoryRig};

/// A transport whose source is broken in the way that this case is to find.
///
/// Where the fault would break whatever uses the source at all, it is one of that case's own messages only.
pub(crate) struct BrokenRig {
    pub(crate) rig: MemoryRig,
    pub(crate) finds: Case,
}

pub(crate) struct Broken {
    source: MemorySource,
    finds: Case,
    /// Taken, and not given out yet.
    held: Vec<Received<()>>,
    taken: u32,
    unsettled: Arc<Mutex<HashSet<Uuid>>>,
    late: Arc<Mutex<Vec<(Settler<()>, Outcome)>>>,
    stopped: Arc<Mutex<bool>>,
}

impl Rig for BrokenRig {
    type Source = Broken;

    fn features(&self) -> Features {
        self.rig.features()
    }

    async fn source(&mut self) -> Broken {
        Broken {
            source: self.rig.source().await,
            finds: self.finds,
            held: Vec::new(),
            taken: 0,
            unsettled: Arc::default(),
            late: Arc::default(),
            stopped: Arc::default(),
        }
    }

    async fn send(&mut self, mut sample: Sample) {
        match self.finds {
            Case::Claims => sample.correlation_id = Uuid::nil(),
            Case::Truncated => sample.size_exceeded = false,
            _ => {}
        }
        self.rig.send(sample).await;
    }

    async fn event(&mut self) -> Event {
        self.rig.event().await
    }

    async fn in_flight(&mut self) -> usize {
        self.rig.in_flight().await
    }
}

/// The same delivery, made anew by `change`; one that cannot be read stays as it is.
fn rebuilt(
    delivery: &Delivery,
    change: impl FnOnce(listener_core::DeliveryBuilder) -> listener_core::DeliveryBuilder,
) -> Delivery {
    let Ok(context) = delivery.message().context().cloned() else {
        return delivery.clone();
    };
    let builder = Delivery::builder(Message::from_context(context))
        .claims(delivery.claims().clone())
        .attempt(delivery.attempt())
        .lock(delivery.lock().clone())
        .size_exceeded(delivery.size_exceeded());
    change(builder).build()
}

impl Broken {
    /// What is ready in the queue at this moment.
    async fn ready(&mut self) -> Option<Received<()>> {
        let mut next = pin!(self.source.next());
        poll_fn(|task| match next.as_mut().poll(task) {
            Poll::Ready(received) => Poll::Ready(received.ok().flatten()),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    fn breaks(&self, delivery: &Delivery) -> bool {
        delivery.claims().request_name.as_deref() == Some(self.finds.message())
    }

    fn settler(&self, delivery: &Delivery, settler: Settler<()>) -> Settler<()> {
        let (finds, own) = (self.finds, self.breaks(delivery));
        let (late, stopped) = (self.late.clone(), self.stopped.clone());
        Settler::new(move |outcome| match (finds, outcome) {
            (Case::Accepted, Outcome::Accept(())) if own => {
                settler.settle(Outcome::release("forgotten"));
            }
            (Case::Transient, Outcome::Release { .. }) if own => {
                settler.settle(Outcome::Accept(()));
            }
            (Case::DrainRunning, Outcome::Accept(())) if own && *stopped.lock().unwrap() => {
                drop(settler);
            }
            (
                Case::Permanent,
                Outcome::Reject {
                    reason: Reason::Permanent,
                    ..
                },
            ) => {
                settler.settle(Outcome::reject(Reason::Permanent, ""));
            }
            (Case::Panic, Outcome::Release { cause, .. }) if cause == "the listener panicked" => {
                settler.settle(Outcome::reject(Reason::Permanent, cause));
            }
            (Case::Timeout, Outcome::Release { cause, .. }) if cause == "deadline has elapsed" => {
                settler.settle(Outcome::reject(Reason::Permanent, cause));
            }
            (Case::Dropped, Outcome::Release { cause, .. }) if cause == "dropped unsettled" => {
                settler.settle(Outcome::Accept(()));
            }
            (Case::Delayed, Outcome::Release { cause, .. }) => {
                settler.settle(Outcome::release(cause));
            }
            (Case::Deferred, Outcome::Defer { .. }) => settler.settle(Outcome::Accept(())),
            (
                Case::NoRoute,
                Outcome::Reject {
                    reason: Reason::NoRoute,
                    ..
                },
            ) => settler.settle(Outcome::Accept(())),
            (Case::SettlesAlone, Outcome::Accept(())) => {
                late.lock().unwrap().push((settler, Outcome::Accept(())));
            }
            (Case::DrainBuffered, Outcome::Release { cause, .. })
                if cause == "the host is shutting down" =>
            {
                settler.settle(Outcome::Accept(()));
            }
            (_, outcome) => settler.settle(outcome),
        })
    }

    fn settle_late(&self) {
        for (settler, outcome) in self.late.lock().unwrap().drain(..) {
            settler.settle(outcome);
        }
    }
}

/// Says when a receive is dropped.
struct Receiving(Arc<Mutex<bool>>);

impl Drop for Receiving {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = true;
    }
}

impl Source for Broken {
    type Reply = ();

    fn name(&self) -> &str {
        "broken"
    }

    fn capabilities(&self) -> Capabilities {
        self.source.capabilities()
    }

    async fn start(&mut self, settings: &Settings) -> Result<(), SourceError> {
        self.source.start(settings).await
    }

    async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        self.settle_late();
        *self.stopped.lock().unwrap() = false;
        let _receiving = Receiving(self.stopped.clone());
        loop {
            let received = match self.held.pop() {
                Some(held) => Some(held),
                None => self.source.next().await?,
            };
            let Some((mut delivery, settler)) = received else {
                return Ok(None);
            };
            self.taken += 1;
            let mut settler = self.settler(&delivery, settler);
            match self.finds {
                Case::SettledOnce if self.taken == 13 => {
                    // The same message again, as if it were another.
                    self.held.push((delivery.clone(), Settler::new(|_| {})));
                }
                Case::Redelivered if delivery.attempt() > 2 => {
                    delivery = rebuilt(&delivery, |builder| builder.attempt(2));
                }
                Case::Undecodable
                    if delivery
                        .message()
                        .check()
                        .is_err_and(|error| error.kind() == DecodeErrorKind::Syntax) =>
                {
                    return Err(SourceError::failed("cannot read this"));
                }
                Case::CutBody
                    if delivery
                        .message()
                        .check()
                        .is_err_and(|error| error.kind() == DecodeErrorKind::UnexpectedEnd) =>
                {
                    let empty = Message::from_context(RemoteExecutionContext::default());
                    delivery = delivery.with_message(empty);
                }
                Case::LockDeadline => {
                    let keeper =
                        LockKeeper::new(Some(Instant::now() + LOCK + Duration::from_millis(500)));
                    delivery = rebuilt(&delivery, |builder| builder.lock(keeper.lock()));
                }
                Case::LockLost => {
                    let id = delivery.claims().correlation_id.unwrap_or_default();
                    if !self.unsettled.lock().unwrap().insert(id) {
                        settler.settle(Outcome::Accept(()));
                        continue;
                    }
                    let unsettled = self.unsettled.clone();
                    settler = Settler::new(move |outcome| {
                        unsettled.lock().unwrap().remove(&id);
                        settler.settle(outcome);
                    });
                }
                Case::Bound => {
                    for _ in 0..3 {
                        if let Some(ahead) = self.ready().await {
                            self.held.insert(0, ahead);
                        }
                    }
                }
                Case::Order => {
                    if let Some((second, second_settler)) = self.ready().await {
                        self.held.push((delivery, settler));
                        settler = self.settler(&second, second_settler);
                        delivery = second;
                    }
                }
                Case::CancelSafe if self.breaks(&delivery) => tokio::task::yield_now().await,
                _ => {}
            }
            return Ok(Some((delivery, settler)));
        }
    }

    async fn close(mut self) -> Closed {
        self.settle_late();
        if self.finds == Case::DrainIdle && self.taken == 0 {
            // It goes on receiving behind the host's back.
            tokio::spawn(async move { drop(self.source.next().await) });
            return Closed::default();
        }
        let closed = self.source.close().await;
        if self.finds == Case::LockRefused {
            Closed::default()
        } else {
            closed
        }
    }
}
