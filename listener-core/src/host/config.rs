use std::{sync::Arc, time::Duration};

use crate::Delivery;

/// What the loop needs to know.
#[derive(Clone)]
pub(super) struct Config {
    pub(super) concurrency: usize,
    pub(super) buffer: usize,
    pub(super) ordered: bool,
    pub(super) grace: Duration,
    pub(super) drop_on_lost_lock: bool,
    pub(super) max_attempts: Option<u32>,
    /// Whether anybody may want a delivery; others have no lane, and their body is not read.
    pub(super) wanted: Option<Wanted>,
}

type Wanted = Arc<dyn Fn(&Delivery) -> bool + Send + Sync>;

impl Default for Config {
    fn default() -> Self {
        Self {
            concurrency: 16,
            buffer: 64,
            ordered: true,
            grace: Duration::from_secs(25),
            drop_on_lost_lock: false,
            max_attempts: Some(10),
            wanted: None,
        }
    }
}
