//! The queue in memory, as a transport under test.

use std::time::Duration;

use listener_core::{
    Claims, Outcome,
    source::memory::{MemoryMessage, MemoryOptions, MemoryQueue, MemorySource},
    testing::conformance::{Event, Fate, Features, Rig, Sample},
};

pub(crate) const LOCK: Duration = Duration::from_secs(30);

pub(crate) struct MemoryRig {
    source: Option<MemorySource>,
    queue: MemoryQueue,
    /// The sample's number for each of the queue's own.
    numbers: Vec<u64>,
}

impl MemoryRig {
    pub(crate) fn new(options: MemoryOptions) -> Self {
        let (source, queue) = MemorySource::with_options(options);
        Self {
            source: Some(source),
            queue,
            numbers: Vec::new(),
        }
    }

    pub(crate) fn locked() -> Self {
        let mut options = MemoryOptions::default();
        options.lock_duration = Some(LOCK);
        Self::new(options)
    }
}

impl Rig for MemoryRig {
    type Source = MemorySource;

    fn features(&self) -> Features {
        Features::default()
            .redelivers(true)
            .reasons(true)
            .lock(LOCK)
            .pulls(true)
            .ordered(true)
    }

    async fn source(&mut self) -> MemorySource {
        self.source.take().expect("the source is asked for once")
    }

    async fn send(&mut self, sample: Sample) {
        let mut claims = Claims::default();
        claims.request_name = Some(sample.message.into());
        claims.entity_logical_name = Some(sample.entity.into());
        claims.correlation_id = Some(sample.correlation_id);
        let mut message = MemoryMessage::raw(sample.body, Some("application/json")).claims(claims);
        if sample.size_exceeded {
            message = message.size_exceeded();
        }
        self.numbers.push(sample.number);
        self.queue.send(message);
    }

    async fn event(&mut self) -> Event {
        let settled = self.queue.settled().await;
        let parked = self
            .queue
            .parked()
            .into_iter()
            .find(|parked| parked.sequence == settled.sequence);
        let fate = match settled.outcome {
            _ if settled.refused => Fate::Refused,
            Outcome::Accept(()) => Fate::Accepted,
            Outcome::Release { .. } => Fate::Released,
            Outcome::Defer { .. } => Fate::Deferred,
            Outcome::Reject { .. } => {
                let (reason, description) = parked
                    .map(|it| (it.reason, it.description))
                    .unwrap_or_default();
                Fate::Rejected {
                    reason,
                    description,
                }
            }
        };
        Event {
            number: self.numbers[settled.sequence as usize - 1],
            fate,
        }
    }

    async fn in_flight(&mut self) -> usize {
        self.queue.in_flight()
    }
}
