//! The state of one link.

use crate::amqp::{
    service::{AttachFuture, Delivery, Incoming, Outgoing},
    types::{
        messaging::DeliveryState,
        performatives::{Attach, Flow},
    },
};
use bytes::{Bytes, BytesMut};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
};

pub(super) struct Link {
    pub(super) name: String,
    /// Tells this link from an earlier one of the same handle.
    pub(super) generation: u64,
    pub(super) waker: Waker,
    /// Whether the client is the sender.
    pub(super) incoming: bool,
    pub(super) state: State,
}

pub(super) enum State {
    /// The service has not answered yet.
    Attaching(Box<Attaching>),
    Incoming(Box<InLink>),
    Outgoing(Box<OutLink>),
    /// We have sent a closing detach and wait for the peer's; what else comes is dropped.
    Detaching,
}

pub(super) struct Attaching {
    pub(super) answer: AttachFuture,
    pub(super) attach: Attach,
    /// The last flow of a peer that did not wait for our attach.
    pub(super) flow: Option<Flow>,
}

pub(super) struct InLink {
    pub(super) node: Box<dyn Incoming>,
    /// How many messages may be on their way or without an outcome.
    pub(super) window: u32,
    pub(super) credit: u32,
    /// Messages that the peer may still send on credit that was taken back.
    pub(super) overdraft: u32,
    pub(super) delivery_count: u32,
    /// Messages without an outcome.
    pub(super) in_flight: u32,
    pub(super) max_size: u64,
    pub(super) partial: Option<Partial>,
}

/// A message of which more frames are to come.
pub(super) struct Partial {
    pub(super) id: u32,
    pub(super) tag: Bytes,
    pub(super) format: u32,
    pub(super) settled: bool,
    pub(super) state: Option<DeliveryState>,
    /// What has come, which is not kept beyond the link's limit.
    pub(super) size: usize,
    pub(super) payload: BytesMut,
    pub(super) held: Held,
}

/// What unfinished messages hold, counted for the whole connection until they are whole or dropped.
pub(super) struct Held {
    total: Arc<AtomicUsize>,
    bytes: usize,
}

impl Held {
    pub(super) fn new(total: &Arc<AtomicUsize>) -> Self {
        Self {
            total: Arc::clone(total),
            bytes: 0,
        }
    }

    /// Counts further bytes, and returns the sum of the connection.
    pub(super) fn add(&mut self, bytes: usize) -> usize {
        self.bytes += bytes;
        self.total.fetch_add(bytes, Ordering::Relaxed) + bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl InLink {
    /// The credit to grant now, if it is time to.
    ///
    /// Half of the window is used up first, so that not each message costs a flow.
    pub(super) fn top_up(&mut self) -> Option<u32> {
        let target = self.window.saturating_sub(self.in_flight);
        if self.credit > self.window / 2 || target <= self.credit {
            return None;
        }
        self.credit = target;
        Some(target)
    }

    /// Changes the window; the peer may not have heard of it yet when it sends.
    pub(super) fn set_window(&mut self, window: u32) {
        self.window = window;
        let target = window.saturating_sub(self.in_flight);
        self.overdraft = self
            .overdraft
            .saturating_add(self.credit.saturating_sub(target));
        self.credit = target;
    }

    /// Whether a further message is within the credit.
    pub(super) fn has_credit(&self) -> bool {
        self.credit > 0 || self.overdraft > 0
    }

    pub(super) fn use_credit(&mut self) {
        self.delivery_count = self.delivery_count.wrapping_add(1);
        if self.credit > 0 {
            self.credit -= 1;
        } else {
            self.overdraft = self.overdraft.saturating_sub(1);
        }
    }
}

pub(super) struct OutLink {
    pub(super) node: Box<dyn Outgoing>,
    pub(super) credit: u32,
    pub(super) delivery_count: u32,
    pub(super) drain: bool,
    /// What the node gave without credit.
    pub(super) held: Option<Delivery>,
    /// The rest of a delivery whose first frames are out.
    pub(super) sending: Option<Sending>,
    /// Deliveries whose verdict is to come later.
    pub(super) later: HashMap<[u8; 16], u32>,
}

pub(super) struct Sending {
    pub(super) id: u32,
    pub(super) delivery: Delivery,
}

impl Sending {
    /// Cuts off what fits into one frame, and tells whether more follows.
    pub(super) fn next(&mut self, room: usize) -> (Bytes, Bytes, bool) {
        let Delivery { head, body, .. } = &mut self.delivery;
        let head = head.split_to(room.min(head.len()));
        let body = body.split_to((room - head.len()).min(body.len()));
        let more = !(self.delivery.head.is_empty() && self.delivery.body.is_empty());
        (head, body, more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_cut_across_head_and_body() {
        let delivery = Delivery {
            tag: [0; 16],
            format: 0,
            settled: true,
            head: Bytes::from_static(b"abc"),
            body: Bytes::from_static(b"defgh"),
        };
        let mut sending = Sending { id: 0, delivery };
        let (head, body, more) = sending.next(2);
        assert_eq!((&head[..], &body[..], more), (&b"ab"[..], &b""[..], true));
        let (head, body, more) = sending.next(4);
        assert_eq!((&head[..], &body[..], more), (&b"c"[..], &b"def"[..], true));
        let (head, body, more) = sending.next(4);
        assert_eq!((&head[..], &body[..], more), (&b""[..], &b"gh"[..], false));
    }

    #[test]
    fn credit_is_granted_anew_when_half_of_it_is_used() {
        struct Sink;
        impl Incoming for Sink {
            fn message(&mut self, _: crate::amqp::Message) -> crate::amqp::Verdict {
                crate::amqp::Verdict::Later
            }
        }
        let mut link = InLink {
            node: Box::new(Sink),
            window: 10,
            credit: 0,
            overdraft: 0,
            delivery_count: 0,
            in_flight: 0,
            max_size: 1,
            partial: None,
        };
        assert_eq!(link.top_up(), Some(10));
        link.credit = 6;
        assert_eq!(link.top_up(), None);
        link.credit = 5;
        link.in_flight = 2;
        assert_eq!(link.top_up(), Some(8));
        link.set_window(0);
        assert!(link.has_credit(), "what was granted may still come");
        assert_eq!((link.credit, link.overdraft), (0, 8));
    }
}
