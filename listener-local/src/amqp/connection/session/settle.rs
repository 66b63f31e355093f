//! Dispositions in both directions (AMQP 1.0, 2.7.6).

use super::Session;
use crate::amqp::{
    connection::{fault::Fault, info::Counters, link::State, outbox::Outbox},
    serial,
    service::Verdict,
    types::{
        definitions::{AmqpError, Role},
        messaging::DeliveryState,
        performatives::Disposition,
    },
};
use std::collections::BTreeMap;

/// Neighbours that are settled with one state, told in one frame.
pub(super) struct Run {
    role: Role,
    first: u32,
    last: u32,
    state: DeliveryState,
}

impl Session {
    /// Takes what the peer says about a range of deliveries.
    pub(in crate::amqp::connection) fn disposition(
        &mut self,
        disposition: Disposition,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let first = disposition.first;
        let last = disposition.last.unwrap_or(first);
        if serial::distance(first, last) < 0 {
            let text = format!(
                "expected a range, but its last delivery {last} lies before its first {first}"
            );
            return Err(Fault::Session(super::super::fault::error(
                AmqpError::InvalidField,
                text,
            )));
        }
        if disposition.role == Role::Sender {
            if disposition.settled {
                self.forget_incoming(first, last);
            }
            return Ok(());
        }
        let mut next = first;
        while let Some(id) = self.unsettled.first_within(next, last) {
            self.settled_by_peer(id, disposition.state.clone(), disposition.settled, out)?;
            if id == last {
                break;
            }
            next = id.wrapping_add(1);
        }
        Ok(())
    }

    /// The peer has settled messages of its own, and waits for no outcome any more.
    fn forget_incoming(&mut self, first: u32, last: u32) {
        for id in within(&self.incoming, first, last) {
            let handle = self.incoming.remove(&id);
            let link = handle.and_then(|handle| self.links.get_mut(&handle));
            if let Some(State::Incoming(link)) = link.map(|link| &mut link.state) {
                link.in_flight = link.in_flight.saturating_sub(1);
            }
        }
    }

    fn settled_by_peer(
        &mut self,
        id: u32,
        state: Option<DeliveryState>,
        settled: bool,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Some((handle, tag)) = self
            .unsettled
            .get(id)
            .map(|entry| (entry.handle, entry.tag))
        else {
            return Ok(());
        };
        let Some(State::Outgoing(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        else {
            return Ok(());
        };
        let verdict = link.node.disposition(&tag, state, settled);
        if settled {
            link.later.remove(&tag);
            self.forget(id);
            return match verdict {
                Verdict::Detach(error) => self.detach(handle, Some(error), out),
                Verdict::Settle(_) | Verdict::Later => Ok(()),
            };
        }
        if verdict == Verdict::Later {
            link.later.insert(tag, id);
            return Ok(());
        }
        self.apply(handle, id, verdict, out)
    }

    /// Settles an outgoing delivery as the node says, and tells the peer.
    pub(super) fn apply(
        &mut self,
        handle: u32,
        id: u32,
        verdict: Verdict,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        match verdict {
            Verdict::Settle(state) => {
                self.forget(id);
                self.tell(Role::Sender, id, state, out)
            }
            Verdict::Later => Ok(()),
            Verdict::Detach(error) => self.detach(handle, Some(error), out),
        }
    }

    fn forget(&mut self, id: u32) {
        if self.unsettled.remove(id).is_some() {
            Counters::remove(&self.counters.unsettled, 1);
            self.unblock();
        }
    }

    /// Tells the peer that a delivery is settled, in one frame with its neighbours where that says the same.
    pub(super) fn tell(
        &mut self,
        role: Role,
        id: u32,
        state: DeliveryState,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        if let Some(run) = &mut self.run
            && run.role == role
            && run.last.wrapping_add(1) == id
            && run.state == state
        {
            run.last = id;
            return Ok(());
        }
        self.settle(out)?;
        self.run = Some(Run {
            role,
            first: id,
            last: id,
            state,
        });
        Ok(())
    }

    /// Writes the range that was held back.
    pub(in crate::amqp::connection) fn settle(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        let Some(Run {
            role,
            first,
            last,
            state,
        }) = self.run.take()
        else {
            return Ok(());
        };
        let disposition = Disposition {
            role,
            first,
            last: Some(last),
            settled: true,
            state: Some(state),
            batchable: false,
        };
        Ok(out.frame(self.channel, &disposition)?)
    }
}

/// The ids of a map that lie in a range, which may go round, in its order; a range costs what is there, not its width.
fn within<T>(map: &BTreeMap<u32, T>, first: u32, last: u32) -> Vec<u32> {
    if first <= last {
        map.range(first..=last).map(|(id, _)| *id).collect()
    } else {
        map.range(first..)
            .chain(map.range(..=last))
            .map(|(id, _)| *id)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_goes_round_is_in_the_order_of_sending() {
        let map = BTreeMap::from([(0, ()), (1, ()), (5, ()), (u32::MAX, ())]);
        assert_eq!(within(&map, u32::MAX, 1), [u32::MAX, 0, 1]);
        assert_eq!(within(&map, 1, 5), [1, 5]);
    }
}
