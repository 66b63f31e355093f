//! Transactions of clients, done by the engine
//! ([transactions](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-transactions)).

use super::error::link_error;
use crate::{
    amqp::{
        self,
        transactions::{Work, provisional},
        types::{
            definitions::Error,
            messaging::{DeliveryState, Outcome, Rejected},
        },
    },
    service_bus::engine::{EngineError, Transaction},
};

/// The transactions of one connection.
pub(super) type Transactions = amqp::transactions::Transactions<Transaction>;

impl Work for Transaction {
    fn commit(self) -> Result<(), Error> {
        let sent = Self::commit(self).map_err(|error| link_error(&error))?;
        tracing::debug!(messages = sent.len(), "Committed a transaction.");
        Ok(())
    }
}

/// Adds an operation to a transaction; what the client hears is what will be, or why it will not.
pub(super) fn enlist(
    transactions: &Transactions,
    id: &[u8],
    outcome: Outcome,
    add: impl FnOnce(&mut Transaction) -> Result<(), EngineError>,
) -> DeliveryState {
    match transactions.enlist(id, |work| add(work).map_err(|error| link_error(&error))) {
        Ok(()) => provisional(id, outcome),
        Err(error) => DeliveryState::Rejected(Rejected { error: Some(error) }),
    }
}
