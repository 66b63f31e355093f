//! What is done in a transaction, and when it stands.

use super::error::link_error;
use crate::{
    amqp::{
        Doing,
        transactions::{Transactions, Work},
        types::definitions::Error,
    },
    service_bus::engine::{Namespace, Transaction},
};

/// The transactions of a connection.
pub(super) type Open = Transactions<Gathered>;

/// What one transaction has gathered.
pub(super) struct Gathered {
    namespace: Namespace,
    pub(super) transaction: Transaction,
}

impl Gathered {
    pub(super) fn begin(namespace: &Namespace) -> Self {
        Self {
            namespace: namespace.clone(),
            transaction: namespace.transaction(),
        }
    }
}

impl Work for Gathered {
    fn commit(self) -> Result<Option<Doing>, Error> {
        self.transaction.commit().map_err(|e| link_error(&e))?;
        Ok(on_disk(&self.namespace))
    }
}

/// When what was done so far is on the disk; `None` if there is none, so that it stands at once.
pub(super) fn on_disk(namespace: &Namespace) -> Option<Doing> {
    namespace.is_durable().then(|| {
        let committed = namespace.committed();
        let doing: Doing = Box::pin(async move { committed.await.map_err(|e| link_error(&e)) });
        doing
    })
}
