use std::{fmt, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{
    address::{Address, SubQueue},
    core::{Core, gone},
    error::EngineError,
    handle::MessageQueue,
    message::Message,
    namespace::{Namespace, Shared},
    queue::{Entry, Prepared, QueueId, SessionLock, Settlement},
    session::Session,
    time::Timestamp,
};

/// How long a transaction may take: Azure's limit.
const MAX_DURATION: Duration = Duration::from_secs(120);
/// The most messages that a transaction sends and settles: Azure's limit.
const MAX_MESSAGES: usize = 100;

/// Sends and settlements of one entity that happen together, or not at all
/// ([transactions](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-transactions)).
///
/// Nothing is done until the [`commit`](Self::commit). Until then messages that it settles stay locked while their locks
/// hold; after a rollback, or a commit that fails, they stay so too. Dropping it rolls it back.
///
/// ```
/// use listener_local::service_bus::engine::{Message, Namespace, QueueOptions, ReceiveMode, Settlement};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let namespace = Namespace::new(Default::default());
/// # namespace.create_queue("steps", QueueOptions::default())?;
/// # namespace.send("steps", Message::from_data(b"first")?)?;
/// let queue = namespace.open("steps")?;
/// let received = queue.receive(ReceiveMode::PeekLock, 1).await?;
///
/// let mut transaction = namespace.transaction();
/// transaction.settle(&queue, received[0].lock_token(), Settlement::Complete)?;
/// transaction.send("steps", vec![Message::from_data(b"second")?])?;
/// assert_eq!(transaction.commit()?, [2]);
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping a transaction rolls it back"]
pub struct Transaction {
    shared: Arc<Shared>,
    until: Timestamp,
    /// The path of the entity that the first operation named.
    entity: Option<Arc<str>>,
    operations: Vec<Operation>,
    messages: usize,
}

enum Operation {
    Send(Vec<Message>),
    Settle(Settle),
}

struct Settle {
    queue: QueueId,
    session: Option<(Arc<str>, SessionLock)>,
    token: Uuid,
    settlement: Prepared,
}

impl Namespace {
    /// Begins a transaction, which may take two minutes.
    pub fn transaction(&self) -> Transaction {
        Transaction {
            shared: Arc::clone(&self.shared),
            until: self.now().after(MAX_DURATION),
            entity: None,
            operations: Vec::new(),
            messages: 0,
        }
    }
}

impl Transaction {
    /// Adds messages to be sent to a queue or topic.
    ///
    /// # Errors
    ///
    /// As [`Namespace::send_batch`], `NotAllowed` for another entity than that of the operations before,
    /// `LimitExceeded` for more than 100 messages, and `TransactionTimeout`. What was added before stays.
    pub fn send(&mut self, path: &str, messages: Vec<Message>) -> Result<(), EngineError> {
        self.check(messages.len())?;
        let address = Address::parse(path)?;
        if address.sub_queue != SubQueue::Main {
            return Err(EngineError::NotAllowed(
                "a dead-letter queue cannot be sent to",
            ));
        }
        let path: Arc<str> = address.entity.as_str().into();
        self.check_entity(&path)?;
        {
            let mut core = self.shared.lock();
            let sessions = messages
                .first()
                .is_some_and(|first| first.session().is_some());
            core.make_for_sender(&address, sessions)?;
            core.check_send(&path, messages.iter())?;
        }
        self.add(path, messages.len(), Operation::Send(messages));
        Ok(())
    }

    /// Adds the settlement of a locked message.
    ///
    /// # Errors
    ///
    /// As [`MessageQueue::settle`] and [`send`](Self::send), and `NotAllowed` for a message that this transaction
    /// settles already.
    pub fn settle(
        &mut self,
        queue: &MessageQueue,
        token: Uuid,
        settlement: Settlement,
    ) -> Result<(), EngineError> {
        self.stage(queue, None, token, settlement)
    }

    /// As [`settle`](Self::settle), of a message of a locked session.
    ///
    /// # Errors
    ///
    /// As [`settle`](Self::settle), and `SessionLockLost`.
    pub fn settle_in(
        &mut self,
        session: &Session,
        token: Uuid,
        settlement: Settlement,
    ) -> Result<(), EngineError> {
        let (queue, id, lock) = session.parts();
        self.stage(queue, Some((Arc::clone(id), lock)), token, settlement)
    }

    /// Does all that was added, in order, or nothing; gives the sequence numbers of what was sent.
    ///
    /// As with any call, [`Namespace::committed`] tells when it is on the disk, where it is whole or not at all.
    ///
    /// # Errors
    ///
    /// The first error that an operation would give now; `TransactionTimeout` after two minutes.
    pub fn commit(self) -> Result<Vec<i64>, EngineError> {
        let now = self.check(0)?;
        let mut core = self.shared.lock();
        let before = core.next_deadline();
        let result = core.run(self.entity.as_deref(), self.operations, now);
        self.shared.rearm(&core, before);
        result
    }

    /// Forgets all that was added. What is locked stays so.
    pub fn roll_back(self) {}

    fn stage(
        &mut self,
        queue: &MessageQueue,
        session: Option<(Arc<str>, SessionLock)>,
        token: Uuid,
        settlement: Settlement,
    ) -> Result<(), EngineError> {
        let now = self.check(1)?;
        if !Arc::ptr_eq(&queue.shared, &self.shared) {
            return Err(EngineError::NotAllowed(
                "a transaction is of one namespace: settle this message outside of it",
            ));
        }
        let settled = |operation: &Operation| matches!(operation, Operation::Settle(settle) if settle.token == token);
        if self.operations.iter().any(settled) {
            return Err(EngineError::NotAllowed(
                "the transaction settles this message already",
            ));
        }
        let settle = Settle {
            queue: queue.id,
            session,
            token,
            settlement: settlement.prepare()?,
        };
        let path = {
            let mut core = self.shared.lock();
            core.check_settle(&settle, now)?;
            Arc::clone(&core.queue(queue.id)?.path)
        };
        self.check_entity(&path)?;
        self.add(path, 1, Operation::Settle(settle));
        Ok(())
    }

    fn check(&self, more: usize) -> Result<Timestamp, EngineError> {
        self.shared.check_disk()?;
        let now = self.shared.clock.now();
        if now > self.until {
            return Err(EngineError::TransactionTimeout);
        }
        if self.messages + more > MAX_MESSAGES {
            return Err(EngineError::LimitExceeded("100 messages of a transaction"));
        }
        Ok(now)
    }

    fn check_entity(&self, path: &Arc<str>) -> Result<(), EngineError> {
        match &self.entity {
            Some(entity) if entity != path => Err(EngineError::NotAllowed(
                "a transaction spans one entity: use another transaction for another entity",
            )),
            _ => Ok(()),
        }
    }

    fn add(&mut self, path: Arc<str>, messages: usize, operation: Operation) {
        self.entity = Some(path);
        self.messages += messages;
        self.operations.push(operation);
    }
}

impl Core {
    /// Does all operations, which are checked before the first is done.
    fn run(
        &mut self,
        entity: Option<&str>,
        operations: Vec<Operation>,
        now: Timestamp,
    ) -> Result<Vec<i64>, EngineError> {
        // Where nothing was added, nothing is sent either.
        let path = entity.unwrap_or_default();
        for operation in &operations {
            match operation {
                Operation::Send(messages) => self.check_send(path, messages.iter())?,
                Operation::Settle(settle) => self.check_settle(settle, now)?,
            }
        }
        let mut sequences = Vec::new();
        for operation in operations {
            match operation {
                Operation::Send(messages) => {
                    let entry = |message| Entry::sent(message, None, now);
                    let entries = messages.into_iter().map(entry).collect();
                    sequences.extend(self.put_all(path, entries, now)?);
                }
                Operation::Settle(settle) => {
                    let done = self.visit(settle.queue, now, |queue| {
                        queue.settle_prepared(settle.token, settle.settlement)
                    });
                    done.unwrap_or_else(|| Err(gone()))?;
                }
            }
        }
        Ok(sequences)
    }

    fn check_settle(&mut self, settle: &Settle, now: Timestamp) -> Result<(), EngineError> {
        let done = self.visit(settle.queue, now, |queue| {
            if let Some((id, lock)) = &settle.session {
                queue.check_session(id, *lock)?;
            }
            queue.check_settle(settle.token, &settle.settlement)
        });
        done.unwrap_or_else(|| Err(gone()))
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("entity", &self.entity)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}
