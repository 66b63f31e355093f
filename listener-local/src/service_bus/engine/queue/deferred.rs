use std::sync::Arc;

use super::{MessageState, Queue, ReceiveMode};
use crate::service_bus::engine::{error::EngineError, message::Received, time::Timestamp};

impl Queue {
    /// Receives deferred messages by their numbers: all of them, or none.
    pub(in crate::service_bus::engine) fn take_deferred(
        &mut self,
        sequences: &[i64],
        session: Option<(&Arc<str>, Timestamp)>,
        mode: ReceiveMode,
        now: Timestamp,
    ) -> Result<Vec<Received>, EngineError> {
        let mut wanted = sequences.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        for &sequence in &wanted {
            let entry = self.entries.get(&sequence).filter(|entry| {
                entry.state == MessageState::Deferred
                    && entry.lock.is_none()
                    && self.session_of(entry).as_ref() == session.map(|(id, _)| id)
            });
            if entry.is_none() {
                return Err(EngineError::MessageNotFound {
                    sequence_number: sequence,
                });
            }
        }
        let until =
            session.map_or_else(|| now.after(self.options.lock_duration), |(_, until)| until);
        let take = |sequence: i64| self.deliver(sequence, mode, until);
        Ok(wanted.into_iter().filter_map(take).collect())
    }

    /// Cancels scheduled messages by their numbers: all of them, or none.
    pub(in crate::service_bus::engine) fn cancel(
        &mut self,
        sequences: &[i64],
    ) -> Result<(), EngineError> {
        for &sequence in sequences {
            let entry = self.entries.get(&sequence);
            if entry.is_none_or(|entry| entry.state != MessageState::Scheduled) {
                return Err(EngineError::MessageNotFound {
                    sequence_number: sequence,
                });
            }
        }
        for &sequence in sequences {
            self.remove(sequence);
        }
        Ok(())
    }
}
