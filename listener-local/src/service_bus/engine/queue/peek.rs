use super::Queue;
use crate::service_bus::engine::message::Received;

impl Queue {
    /// Shows up to `max` messages of all states from a sequence number on, without locking any.
    pub(in crate::service_bus::engine) fn peek(
        &self,
        from: i64,
        max: usize,
        session: Option<&str>,
    ) -> Vec<Received> {
        let show = |sequence: i64| {
            let entry = self.entries.get(&sequence)?;
            let mut received = entry.received(sequence);
            // A token in the wrong hands could settle.
            received.lock = None;
            Some(received)
        };
        match session {
            Some(id) => self
                .sessions
                .sequences(id, from)
                .filter_map(show)
                .take(max)
                .collect(),
            None => self
                .entries
                .range(from..)
                .map(|(sequence, _)| *sequence)
                .filter_map(show)
                .take(max)
                .collect(),
        }
    }
}
