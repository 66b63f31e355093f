//! The state that ties a transfer or a disposition to a transaction (AMQP 1.0, 4.5.6).

use crate::amqp::types::{
    messaging::{DeliveryState, Outcome},
    transaction::{TransactionId, TransactionalState},
};

/// The transaction that a transfer or a disposition belongs to, and the outcome that a disposition asks for; `None` if it
/// belongs to none and takes effect at once.
#[must_use]
pub fn transaction_of(state: Option<&DeliveryState>) -> Option<(&[u8], Option<&Outcome>)> {
    match state {
        Some(DeliveryState::TransactionalState(state)) => {
            Some((state.txn_id.as_slice(), state.outcome.as_ref()))
        }
        _ => None,
    }
}

/// What a client is told about a transfer or a disposition that was enlisted: the outcome that it will have.
#[must_use]
pub fn provisional(transaction: &[u8], outcome: Outcome) -> DeliveryState {
    DeliveryState::TransactionalState(TransactionalState {
        txn_id: TransactionId::from(transaction.to_vec()),
        outcome: Some(outcome),
    })
}
