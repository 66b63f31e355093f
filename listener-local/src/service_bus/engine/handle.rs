use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use uuid::Uuid;

use super::{
    error::EngineError,
    message::Received,
    namespace::Shared,
    queue::{Counts, Queue, QueueId, ReceiveMode, SessionLock, Settlement},
    session::{AcceptSession, Session},
    time::Timestamp,
};

/// The most messages that one call deletes.
const MAX_DELETED: usize = 4_000;

/// A queue, a subscription or a dead-letter queue, to receive from and to settle on. Clones are the same queue.
///
/// After its entity was deleted, everything gives `NotFound`.
#[derive(Clone)]
pub struct MessageQueue {
    pub(super) shared: Arc<Shared>,
    pub(super) id: QueueId,
}

impl MessageQueue {
    /// Waits for at least one message and takes up to `max`, in order of their sequence numbers.
    ///
    /// Receivers are served in the order in which they began to wait. The future may be dropped at any time: nothing
    /// is lost with it.
    ///
    /// # Errors
    ///
    /// `Disabled`, `NotFound`, and `NotAllowed` where a session is needed.
    pub fn receive(&self, mode: ReceiveMode, max: usize) -> Receive {
        Receive {
            shared: Arc::clone(&self.shared),
            id: self.id,
            session: None,
            mode,
            max: max.max(1),
            ticket: None,
        }
    }

    /// Takes what is there, up to `max`, and leaves what others already wait for.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub fn try_receive(&self, mode: ReceiveMode, max: usize) -> Result<Vec<Received>, EngineError> {
        self.shared.visit(self.id, |queue, now| {
            queue.check_receiver(false)?;
            let ahead = queue.line.ahead(None);
            Ok(queue.take(mode, max, ahead, now))
        })
    }

    /// Receives deferred messages by their sequence numbers: all, or none.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive), and `MessageNotFound` for a number that is not deferred, or locked.
    pub fn receive_deferred(
        &self,
        sequences: &[i64],
        mode: ReceiveMode,
    ) -> Result<Vec<Received>, EngineError> {
        self.shared.visit(self.id, |queue, now| {
            queue.check_receiver(false)?;
            queue.take_deferred(sequences, None, mode, now)
        })
    }

    /// Settles a locked message.
    ///
    /// # Errors
    ///
    /// `MessageLockLost`, `Argument` for changes that are too large, and `NotAllowed` for dead-lettering a dead letter.
    pub fn settle(&self, token: Uuid, settlement: Settlement) -> Result<(), EngineError> {
        self.shared
            .visit(self.id, |queue, _| queue.settle(token, settlement))
    }

    /// Renews the lock of a message for the queue's lock duration; gives its new end.
    ///
    /// # Errors
    ///
    /// `MessageLockLost`, and `NotAllowed` in a session, whose own lock is the one to renew.
    pub fn renew(&self, token: Uuid) -> Result<Timestamp, EngineError> {
        self.shared
            .visit(self.id, |queue, now| queue.renew(token, now))
    }

    /// Shows up to `max` messages of all states from a sequence number on, of one session or of all.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn peek(
        &self,
        from: i64,
        max: usize,
        session: Option<&str>,
    ) -> Result<Vec<Received>, EngineError> {
        self.shared
            .visit(self.id, |queue, _| Ok(queue.peek(from, max, session)))
    }

    /// Drops all active messages that nobody holds; tells how many.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn purge(&self) -> Result<usize, EngineError> {
        self.shared.visit(self.id, |queue, _| Ok(queue.purge()))
    }

    /// Deletes up to `max` active messages that nobody holds and that were enqueued before a time, the oldest first;
    /// tells how many ([deleting messages in batches](https://learn.microsoft.com/azure/service-bus-messaging/batch-delete)).
    ///
    /// One call deletes 4,000 at most, as Azure's premium tier.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn delete_batch(&self, max: usize, before: Timestamp) -> Result<usize, EngineError> {
        let max = max.min(MAX_DELETED);
        self.shared
            .visit(self.id, |queue, _| Ok(queue.delete_batch(max, before)))
    }

    /// How many messages there are.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn counts(&self) -> Result<Counts, EngineError> {
        self.shared.visit(self.id, |queue, _| Ok(queue.counts()))
    }

    /// Whether messages are received by session only.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn requires_session(&self) -> Result<bool, EngineError> {
        self.shared
            .visit(self.id, |queue, _| Ok(queue.options.requires_session))
    }

    /// Whether its status lets anybody receive from it.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn can_receive(&self) -> Result<bool, EngineError> {
        self.shared
            .visit(self.id, |queue, _| Ok(queue.options.status.can_receive()))
    }

    /// Locks a session: the one of that id, or the next that has messages and is free, waiting up to `timeout`.
    ///
    /// # Errors
    ///
    /// `SessionCannotBeLocked` when another holds the named session, `Timeout` when none came free, `NotAllowed`
    /// without sessions.
    pub fn accept_session(&self, id: Option<&str>, timeout: Duration) -> AcceptSession {
        AcceptSession::new(self.clone(), id.map(Arc::from), timeout)
    }

    /// A session that is locked now, whoever locked it.
    ///
    /// # Errors
    ///
    /// `SessionLockLost` if it is not, `NotAllowed` without sessions.
    pub fn locked_session(&self, id: &str) -> Result<Session, EngineError> {
        let lock = self.shared.visit(self.id, |queue, _| {
            queue.check_receiver(true)?;
            queue.session_lock(id).ok_or(EngineError::SessionLockLost)
        })?;
        Ok(Session::new(self.clone(), id.into(), lock))
    }

    /// The ids of all sessions that have messages, a lock or a state, in order; a page of them.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn sessions(&self, skip: usize, top: usize) -> Result<Vec<String>, EngineError> {
        self.shared
            .visit(self.id, |queue, _| Ok(queue.session_ids(skip, top)))
    }
}

impl fmt::Debug for MessageQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessageQueue").field(&self.id).finish()
    }
}

/// Waits for messages: what [`MessageQueue::receive`] and [`Session::receive`](super::Session::receive) give.
#[derive(Debug)]
#[must_use = "nothing is received until it is awaited"]
pub struct Receive {
    pub(super) shared: Arc<Shared>,
    pub(super) id: QueueId,
    pub(super) session: Option<(Arc<str>, SessionLock)>,
    pub(super) mode: ReceiveMode,
    pub(super) max: usize,
    pub(super) ticket: Option<u64>,
}

impl Future for Receive {
    type Output = Result<Vec<Received>, EngineError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let session = this.session.as_ref();
        let mut ticket = this.ticket;
        let result = this.shared.visit(this.id, |queue, now| {
            let taken = take(queue, session, this.mode, this.max, ticket, now);
            match taken {
                Ok(taken) if taken.is_empty() => {
                    if let Some(line) = line(queue, session) {
                        line.wait(&mut ticket, cx.waker());
                    }
                    Ok(None)
                }
                taken => taken.map(Some),
            }
        });
        this.ticket = ticket;
        match result.transpose() {
            None => Poll::Pending,
            Some(result) => {
                this.leave();
                Poll::Ready(result)
            }
        }
    }
}

impl Receive {
    fn leave(&mut self) {
        let Some(ticket) = self.ticket.take() else {
            return;
        };
        let session = self.session.as_ref();
        // A deleted queue has no line to leave.
        let _ = self.shared.visit(self.id, |queue, _| {
            let ready = match session {
                Some((id, _)) => queue.ready_in_session(id),
                None => queue.ready(),
            };
            if let Some(line) = line(queue, session) {
                line.leave(ticket);
                line.wake_for(ready);
            }
            Ok(())
        });
    }
}

impl Drop for Receive {
    fn drop(&mut self) {
        self.leave();
    }
}

fn take(
    queue: &mut Queue,
    session: Option<&(Arc<str>, SessionLock)>,
    mode: ReceiveMode,
    max: usize,
    ticket: Option<u64>,
    now: Timestamp,
) -> Result<Vec<Received>, EngineError> {
    queue.check_receiver(session.is_some())?;
    if let Some((id, lock)) = session {
        queue.check_session(id, *lock)?;
    }
    let ahead = line(queue, session).map_or(0, |line| line.ahead(ticket));
    Ok(match session {
        Some((id, _)) => queue.take_in_session(id, mode, max, ahead),
        None => queue.take(mode, max, ahead, now),
    })
}

fn line<'a>(
    queue: &'a mut Queue,
    session: Option<&(Arc<str>, SessionLock)>,
) -> Option<&'a mut super::line::Line> {
    match session {
        Some((id, _)) => queue.session_line(Some(id)),
        None => Some(&mut queue.line),
    }
}
