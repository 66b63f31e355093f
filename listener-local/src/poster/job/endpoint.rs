use std::time::Duration;

use crate::poster::BrokeredMessage;

/// Where jobs post to.
pub(in crate::poster) trait Endpoint: Send + Sync + 'static {
    /// Posts once, and returns within a bounded time. Dropped unfinished, the message may arrive yet.
    fn attempt(
        &self,
        message: &BrokeredMessage,
        message_id: &str,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Why an attempt failed.
#[derive(Clone, Debug)]
pub(in crate::poster) struct Failure {
    /// What was expected, what was found, and what to do.
    pub(in crate::poster) text: String,
    /// Whether another attempt may do.
    pub(in crate::poster) again: Again,
}

/// Whether to try again.
#[derive(Clone, Copy, Debug)]
pub(in crate::poster) enum Again {
    /// It would fail in the same way.
    Never,
    /// Yes, not before this has passed.
    After(Duration),
}
