use std::time::Duration;

use listener_core::{amqp::Trust, decode::Format};

use super::Claims;
use crate::poster::Retries;

/// How to post to a queue or topic. The default posts as Dataverse does to an endpoint that was registered without
/// changing anything.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// The endpoint's message format; .NET binary.
    pub format: Format,
    /// What the properties of the messages say.
    pub claims: Claims,
    /// How many attempts run at once; 16. With 1, and as long as none fails, messages arrive in the order in which they
    /// were posted. Dataverse promises no order.
    pub concurrency: usize,
    /// How many jobs may be unfinished; 256. Whoever posts more waits, so that an endpoint that is down fills no memory.
    pub unfinished: usize,
    /// How a post that failed is tried again.
    pub retries: Retries,
    /// How long one attempt may take, connecting included; a minute, which is what Dataverse gives a webhook. What it
    /// gives a queue is not documented.
    pub time_limit: Duration,
    /// Which servers are believed, in place of those that the operating system trusts.
    pub trust: Option<Trust>,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            format: Format::Binary,
            claims: Claims::default(),
            concurrency: 16,
            unfinished: 256,
            retries: Retries::default(),
            time_limit: Duration::from_secs(60),
            trust: None,
        }
    }
}
