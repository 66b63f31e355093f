use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Sleep;
use uuid::Uuid;

use super::{
    error::EngineError,
    handle::{MessageQueue, Receive},
    message::Received,
    queue::{Queue, ReceiveMode, SessionLock, Settlement},
    time::Timestamp,
};

/// A locked session. Dropping it does not free it: [`release`](Self::release) or the end of the lock does.
#[derive(Clone)]
pub struct Session {
    queue: MessageQueue,
    id: Arc<str>,
    lock: SessionLock,
}

impl Session {
    pub(super) fn new(queue: MessageQueue, id: Arc<str>, lock: SessionLock) -> Self {
        Self { queue, id, lock }
    }

    pub(super) fn parts(&self) -> (&MessageQueue, &Arc<str>, SessionLock) {
        (&self.queue, &self.id, self.lock)
    }

    /// The id of the session: its messages' group-id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When the lock ends.
    ///
    /// # Errors
    ///
    /// `SessionLockLost`.
    pub fn locked_until(&self) -> Result<Timestamp, EngineError> {
        self.visit(|_, _, until| Ok(until))
    }

    /// As [`MessageQueue::receive`], in this session.
    pub fn receive(&self, mode: ReceiveMode, max: usize) -> Receive {
        let mut receive = self.queue.receive(mode, max);
        receive.session = Some((Arc::clone(&self.id), self.lock));
        receive
    }

    /// As [`MessageQueue::try_receive`], in this session.
    ///
    /// # Errors
    ///
    /// `SessionLockLost`, `Disabled`.
    pub fn try_receive(&self, mode: ReceiveMode, max: usize) -> Result<Vec<Received>, EngineError> {
        self.visit(|queue, _, _| {
            queue.check_receiver(true)?;
            let line = queue.session_line(Some(&self.id));
            let ahead = line.map_or(0, |line| line.ahead(None));
            Ok(queue.take_in_session(&self.id, mode, max, ahead))
        })
    }

    /// As [`MessageQueue::receive_deferred`], in this session.
    ///
    /// # Errors
    ///
    /// `SessionLockLost`, `MessageNotFound`.
    pub fn receive_deferred(
        &self,
        sequences: &[i64],
        mode: ReceiveMode,
    ) -> Result<Vec<Received>, EngineError> {
        self.visit(|queue, now, until| {
            queue.take_deferred(sequences, Some((&self.id, until)), mode, now)
        })
    }

    /// As [`MessageQueue::settle`], while the session is locked.
    ///
    /// # Errors
    ///
    /// `SessionLockLost`, and as [`MessageQueue::settle`].
    pub fn settle(&self, token: Uuid, settlement: Settlement) -> Result<(), EngineError> {
        self.visit(|queue, _, _| queue.settle(token, settlement))
    }

    /// Renews the lock of the session for the queue's lock duration; gives its new end.
    ///
    /// # Errors
    ///
    /// `SessionLockLost`.
    pub fn renew(&self) -> Result<Timestamp, EngineError> {
        self.visit(|queue, now, _| queue.renew_session(&self.id, self.lock, now))
    }

    /// The state that was set on the session, which outlives its messages.
    ///
    /// # Errors
    ///
    /// `SessionLockLost`.
    pub fn state(&self) -> Result<Option<Bytes>, EngineError> {
        self.visit(|queue, _, _| Ok(queue.session_state(&self.id)))
    }

    /// Sets or clears the state of the session.
    ///
    /// # Errors
    ///
    /// `SessionLockLost`, and `TooLarge` beyond 256 KiB.
    pub fn set_state(&self, state: Option<Bytes>) -> Result<(), EngineError> {
        self.visit(|queue, _, _| queue.set_session_state(&self.id, state))
    }

    /// Frees the session; what is locked in it comes again, and its deliveries do not count.
    ///
    /// # Errors
    ///
    /// `SessionLockLost`.
    pub fn release(&self) -> Result<(), EngineError> {
        self.visit(|queue, _, _| {
            queue.unlock_session(&self.id);
            Ok(())
        })
    }

    fn visit<R>(
        &self,
        what: impl FnOnce(&mut Queue, Timestamp, Timestamp) -> Result<R, EngineError>,
    ) -> Result<R, EngineError> {
        self.queue.shared.visit(self.queue.id, |queue, now| {
            let until = queue.check_session(&self.id, self.lock)?;
            what(queue, now, until)
        })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The id is the sender's data.
        f.debug_struct("Session")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// Waits for a session: what [`MessageQueue::accept_session`] gives.
#[must_use = "no session is accepted until it is awaited"]
pub struct AcceptSession {
    queue: MessageQueue,
    id: Option<Arc<str>>,
    timeout: Pin<Box<Sleep>>,
    ticket: Option<u64>,
}

impl AcceptSession {
    pub(super) fn new(queue: MessageQueue, id: Option<Arc<str>>, timeout: Duration) -> Self {
        Self {
            queue,
            id,
            timeout: Box::pin(tokio::time::sleep(timeout)),
            ticket: None,
        }
    }

    fn leave(&mut self) {
        let Some(ticket) = self.ticket.take() else {
            return;
        };
        // A deleted queue has no line to leave.
        let _ = self.queue.shared.visit(self.queue.id, |queue, _| {
            let free = queue.free_sessions();
            if let Some(line) = queue.session_line(None) {
                line.leave(ticket);
                line.wake_for(free);
            }
            Ok(())
        });
    }
}

impl Future for AcceptSession {
    type Output = Result<Session, EngineError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut ticket = this.ticket;
        let wanted = this.id.as_ref();
        let result = this.queue.shared.visit(this.queue.id, |queue, now| {
            queue.check_receiver(true)?;
            let ahead = queue
                .session_line(None)
                .map_or(0, |line| line.ahead(ticket));
            let id = wanted.cloned().or_else(|| queue.next_session(ahead));
            let Some(id) = id else {
                if let Some(line) = queue.session_line(None) {
                    line.wait(&mut ticket, cx.waker());
                }
                return Ok(None);
            };
            let (lock, _) = queue.lock_session(&id, now)?;
            Ok(Some((id, lock)))
        });
        this.ticket = ticket;
        let result = match result.transpose() {
            Some(result) => result,
            None if this.timeout.as_mut().poll(cx).is_ready() => Err(EngineError::Timeout),
            None => return Poll::Pending,
        };
        this.leave();
        Poll::Ready(result.map(|(id, lock)| Session {
            queue: this.queue.clone(),
            id,
            lock,
        }))
    }
}

impl Drop for AcceptSession {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for AcceptSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptSession").finish_non_exhaustive()
    }
}
