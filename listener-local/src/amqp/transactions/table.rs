//! The transactions of one connection.

use crate::amqp::{
    Doing,
    types::{
        definitions::{AmqpError, Error, ErrorCondition},
        transaction::TransactionError,
    },
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// What one transaction gathers. Dropped without a commit, it is rolled back.
pub trait Work: Send + 'static {
    /// Does all that was gathered, or nothing. What is still to be waited for (a disk) comes back, and the client is told
    /// after it.
    ///
    /// # Errors
    ///
    /// An error says why nothing was done; the client is told by a rejected discharge.
    fn commit(self) -> Result<Option<Doing>, Error>;
}

/// How much the transactions of one connection may hold.
#[derive(Debug, Clone)]
pub struct TransactionLimits {
    /// Transactions at a time; a further declare is rejected (50).
    pub transactions: usize,
    /// Transfers and dispositions of one transaction (100, as Service Bus has it).
    pub operations: usize,
    /// How long a transaction may take from its declare on; then it is rolled back (2 minutes, which Service Bus counts
    /// from the first operation).
    pub age: Duration,
}

impl Default for TransactionLimits {
    fn default() -> Self {
        Self {
            transactions: 50,
            operations: 100,
            age: Duration::from_secs(120),
        }
    }
}

/// The transactions of one connection; clones share them, so that [`ConnectionInfo::extension`] can keep them.
///
/// [`ConnectionInfo::extension`]: crate::amqp::ConnectionInfo::extension
pub struct Transactions<W> {
    table: Arc<Mutex<Table<W>>>,
}

struct Table<W> {
    limits: TransactionLimits,
    open: BTreeMap<u64, Entry<W>>,
    last_id: u64,
}

struct Entry<W> {
    /// `None` once it was rolled back for its age, until the client hears of it.
    work: Option<W>,
    operations: usize,
    /// Whether an operation was refused, which not every client is told or looks at.
    failed: bool,
    deadline: Instant,
    link: u64,
}

impl<W: Work> Transactions<W> {
    /// Transactions with limits of their own.
    #[must_use]
    pub fn with_limits(limits: TransactionLimits) -> Self {
        Self {
            table: Arc::new(Mutex::new(Table {
                limits,
                open: BTreeMap::new(),
                last_id: 0,
            })),
        }
    }

    /// Adds an operation to a transaction. It must check now what can be checked, and take effect at the commit.
    ///
    /// Once one is refused, the transaction can only be rolled back: all that was asked for is done, or nothing.
    ///
    /// # Errors
    ///
    /// The error of `add`; `amqp:transaction:unknown-id` and `amqp:transaction:timeout` for a transaction that is not there
    /// (any more); `amqp:resource-limit-exceeded` beyond [`TransactionLimits::operations`].
    pub fn enlist<R>(
        &self,
        id: &[u8],
        add: impl FnOnce(&mut W) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut table = self.lock();
        table.expire();
        let limit = table.limits.operations;
        let entry = table.entry(id)?;
        let work = entry.work.as_mut().ok_or_else(timed_out)?;
        let done = if entry.operations < limit {
            add(work)
        } else {
            let text = format!("a transaction has at most {limit} operations");
            Err(error(AmqpError::ResourceLimitExceeded, text))
        };
        entry.operations += 1;
        entry.failed |= done.is_err();
        done
    }

    /// How many transactions are open.
    #[must_use]
    pub fn count(&self) -> usize {
        let table = self.lock();
        table.open.values().filter(|it| it.work.is_some()).count()
    }

    pub(super) fn declare(&self, link: u64, work: W) -> Result<Vec<u8>, Error> {
        let mut table = self.lock();
        table.expire();
        let limit = table.limits.transactions;
        if table.open.len() >= limit {
            // A client that does not ask for what became of its old ones need not be told.
            table.open.retain(|_, entry| entry.work.is_some());
        }
        if table.open.len() >= limit {
            let text =
                format!("a connection has at most {limit} transactions at a time; discharge one");
            return Err(error(AmqpError::ResourceLimitExceeded, text));
        }
        table.last_id += 1;
        let id = table.last_id;
        let deadline = Instant::now() + table.limits.age;
        table.open.insert(
            id,
            Entry {
                work: Some(work),
                operations: 0,
                failed: false,
                deadline,
                link,
            },
        );
        Ok(id.to_be_bytes().to_vec())
    }

    /// Takes the transaction out, to commit it or to drop it once nothing is locked.
    pub(super) fn discharge(&self, id: &[u8], commit: bool) -> Result<W, Error> {
        let mut table = self.lock();
        table.expire();
        let failed = table.entry(id)?.failed;
        let entry = number(id).and_then(|id| table.open.remove(&id));
        let work = entry.and_then(|entry| entry.work).ok_or_else(timed_out)?;
        if commit && failed {
            let text = "one of its operations was refused, so none is done";
            return Err(error(TransactionError::Rollback, text.to_owned()));
        }
        Ok(work)
    }

    /// Rolls back what this link has declared.
    pub(super) fn abandon(&self, link: u64) {
        let mut table = self.lock();
        table.open.retain(|_, entry| entry.link != link);
    }

    /// Rolls back what is too old, and tells when to look again.
    pub(super) fn expire(&self) -> Option<Instant> {
        self.lock().expire()
    }

    fn lock(&self) -> MutexGuard<'_, Table<W>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Work> Table<W> {
    fn expire(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let mut next = None;
        for entry in self.open.values_mut() {
            if entry.deadline <= now {
                entry.work = None;
            } else if entry.work.is_some() && next.is_none_or(|next| entry.deadline < next) {
                next = Some(entry.deadline);
            }
        }
        next
    }

    fn entry(&mut self, id: &[u8]) -> Result<&mut Entry<W>, Error> {
        let entry = number(id).and_then(|id| self.open.get_mut(&id));
        entry.ok_or_else(|| {
            let text = format!(
                "no transaction of this connection has this id of {} bytes; declare one first",
                id.len()
            );
            error(TransactionError::UnknownId, text)
        })
    }
}

fn number(id: &[u8]) -> Option<u64> {
    id.try_into().ok().map(u64::from_be_bytes)
}

fn timed_out() -> Error {
    error(
        TransactionError::Timeout,
        "the transaction took too long and was rolled back".to_owned(),
    )
}

pub(super) fn error(condition: impl Into<ErrorCondition>, text: String) -> Error {
    Error::new(condition, text, None)
}

impl<W: Work> Default for Transactions<W> {
    fn default() -> Self {
        Self::with_limits(TransactionLimits::default())
    }
}

impl<W> Clone for Transactions<W> {
    fn clone(&self) -> Self {
        Self {
            table: Arc::clone(&self.table),
        }
    }
}

impl<W> fmt::Debug for Transactions<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transactions").finish_non_exhaustive()
    }
}
