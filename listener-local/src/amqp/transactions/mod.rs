//! Transactions on the wire (AMQP 1.0, part 4): declared and discharged over a link, joined by what carries their id.
//!
//! A client attaches a sender whose target is a coordinator ([`is_coordinator`]) and declares there; transfers and
//! dispositions that carry a transactional state ([`transaction_of`]) then belong to the transaction and take effect when
//! it is discharged, all of them or none. The broker gives each transaction a [`Work`] to gather them in;
//! [`Transactions`] keeps those of one connection, within [`TransactionLimits`], and rolls back what is left when
//! the coordinator's link or the connection ends, or when a transaction gets too old.
//!
//! ```
//! use listener_local::amqp::{
//!     AttachFuture, AttachRequest, Doing, Service,
//!     transactions::{Transactions, Work, is_coordinator},
//!     types::definitions::{AmqpError, Error},
//! };
//!
//! /// What was asked for in one transaction.
//! #[derive(Default)]
//! struct Asked(Vec<String>);
//!
//! impl Work for Asked {
//!     fn commit(self) -> Result<Option<Doing>, Error> {
//!         // Do all of it, or refuse all of it.
//!         Ok(None)
//!     }
//! }
//!
//! struct Broker;
//!
//! impl Service for Broker {
//!     fn attach(&self, request: AttachRequest) -> AttachFuture {
//!         // The links of one connection share its transactions.
//!         let transactions = request.connection.extension::<Transactions<Asked>>();
//!         Box::pin(async move {
//!             if is_coordinator(&request) {
//!                 return Ok(transactions.attach(&request, Asked::default));
//!             }
//!             // Other links pass the transactions on to their nodes, which call `Transactions::enlist`.
//!             Err(AmqpError::NotFound.into())
//!         })
//!     }
//! }
//! ```

mod coordinator;
mod request;
mod state;
mod table;

#[cfg(test)]
mod tests;

pub use coordinator::is_coordinator;
pub use state::{provisional, transaction_of};
pub use table::{TransactionLimits, Transactions, Work};
