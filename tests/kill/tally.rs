//! What came of it.

use std::{fmt, time::Duration};

/// The figures of a run.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) kills: usize,
    pub(crate) sent: u64,
    /// The messages without an effect.
    pub(crate) lost: Vec<u64>,
    /// How many messages had their effect more than once.
    pub(crate) twice: usize,
    /// The highest number of a delivery that had an effect.
    pub(crate) attempts: u32,
    pub(crate) dead_lettered: usize,
    pub(crate) took: Duration,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kills,
            sent,
            lost,
            twice,
            attempts,
            dead_lettered,
            took,
        } = self;
        write!(
            f,
            "{kills} kills in {took:.0?}, {sent} messages sent, {} lost, {dead_lettered} dead-lettered, {twice} came \
             twice, none needed more than {attempts} deliveries",
            lost.len()
        )
    }
}
