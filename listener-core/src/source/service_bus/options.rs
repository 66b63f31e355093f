use std::time::Duration;

/// How a queue or subscription is listened on.
///
/// ```
/// use listener_core::source::service_bus::Options;
///
/// let mut options = Options::default();
/// options.prefetch = 200;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How messages are taken. Peek-lock.
    pub mode: Mode,
    /// How many messages may wait in this process, besides those that the host asks for. Their locks are renewed, but
    /// other processes cannot have them. 0.
    pub prefetch: u32,
    /// How long a lock lasts, if you know it. `None`: it is taken from the service's own times, and is at most 30 seconds
    /// until a message has told more.
    pub lock_duration: Option<Duration>,
    /// For how long the lock of a message is renewed once the host has it. After that it ends, the listener is told, and
    /// the message comes again. While it waits for the host it is renewed for as long, and then given back unseen. 5
    /// minutes; zero renews nothing.
    pub max_lock_renewal: Duration,
    /// How long a released message stays away at first, unless its listener says how long; it doubles with each delivery,
    /// and with each failure of any message before it since the last success. Until then the message is kept, and its lock
    /// renewed.
    ///
    /// So a message that fails among others that succeed stays away for 1, 2, 4 seconds and so on. While a system behind
    /// the listener is away, only as many messages as run at once are tried, more and more seldom, and not the whole
    /// queue; the first success ends what is too long of their pauses. 1 second.
    pub first_pause: Duration,
    /// How long a released message stays away at most. 10 minutes.
    pub longest_pause: Duration,
    /// What becomes of messages that are not from Dataverse. They are dead-lettered.
    pub foreign: Foreign,
    /// How long the service may take to answer a settlement, before it is asked by another way. 30 seconds.
    pub answer_timeout: Duration,
}

/// How messages are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// A message is locked, and stays in the queue until its outcome is known.
    #[default]
    PeekLock,
    /// A message is deleted when it is sent. A listener that fails, or a connection that breaks, loses it.
    ReceiveAndDelete,
}

/// What becomes of messages that have neither Dataverse's claims nor a body of one of its formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// They are dead-lettered with the reason `Foreign`, and a description that tells what they were.
    #[default]
    DeadLetter,
    /// They are given to the router like all others, whose fallback can read their bytes.
    Deliver,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            prefetch: 0,
            lock_duration: None,
            max_lock_renewal: Duration::from_secs(300),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(600),
            foreign: Foreign::default(),
            answer_timeout: Duration::from_secs(30),
        }
    }
}

impl Options {
    /// How long a message stays away that was delivered so often, counting failures of others before it.
    /// Of what it would be, this share is taken; the longest pause holds whole, since it bounds how often is tried.
    pub(super) fn pause(&self, deliveries: u32, share: f64) -> Duration {
        let doublings = deliveries.saturating_sub(1);
        self.first_pause
            .mul_f64(share)
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_ten_minutes() {
        let options = Options::default();
        let seconds = |deliveries| options.pause(deliveries, 1.0).as_secs();
        assert_eq!([1, 2, 3, 4].map(seconds), [1, 2, 4, 8]);
        assert_eq!([11, 100, u32::MAX].map(seconds), [600; 3]);
        assert_eq!(options.pause(2, 0.5), Duration::from_secs(1));
        assert_eq!(options.pause(100, 0.5), Duration::from_secs(600));
    }
}
