//! Deliveries, put together from their transfers.

use std::mem;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

/// A whole delivery, not yet decoded.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) id: u32,
    pub(super) tag: Bytes,
    pub(super) settled: bool,
    pub(super) payload: Bytes,
    pub(super) received: Instant,
}

/// A delivery of which more transfers are to come.
pub(super) struct Partial {
    pub(super) id: u32,
    tag: Bytes,
    pub(super) settled: bool,
    first: Bytes,
    more: BytesMut,
}

impl Partial {
    pub(super) fn new(id: u32, tag: Bytes) -> Self {
        Self {
            id,
            tag,
            settled: false,
            first: Bytes::new(),
            more: BytesMut::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.first.len() + self.more.len()
    }

    /// Most messages are one frame, whose bytes are kept where they are.
    pub(super) fn append(&mut self, payload: Bytes) {
        if self.len() == 0 {
            self.first = payload;
            return;
        }
        let first = mem::take(&mut self.first);
        self.more.extend_from_slice(&first);
        self.more.extend_from_slice(&payload);
    }

    pub(super) fn whole(self) -> Raw {
        Raw {
            id: self.id,
            tag: self.tag,
            settled: self.settled,
            received: Instant::now(),
            payload: if self.more.is_empty() {
                self.first
            } else {
                self.more.freeze()
            },
        }
    }
}
