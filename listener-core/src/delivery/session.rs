use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use crate::{BoxFuture, Result, context::Text};

/// The session that a message belongs to: its id, and a state that the broker keeps with it, beyond messages and
/// processes. It has no power to settle.
///
/// A listener takes it as an argument; without a session that is a permanent error, and `Option<Session>` is `None`.
/// The messages of a session come one at a time, so that nobody else changes its state meanwhile.
///
/// ```
/// use listener_core::{Result, Session};
///
/// /// Counts the messages of each session.
/// async fn on_create(session: Session) -> Result {
///     let count = match session.state().await? {
///         Some(state) => std::str::from_utf8(&state)?.parse()?,
///         None => 0_u64,
///     };
///     session.set_state((count + 1).to_string()).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result {
/// let session = Session::in_memory("orders");
/// on_create(session.clone()).await?;
/// on_create(session.clone()).await?;
/// assert_eq!(session.state().await?.as_deref(), Some(&b"2"[..]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    id: Text,
    store: Box<dyn SessionStore>,
}

/// Where a source keeps the state of a session.
pub trait SessionStore: Send + Sync + 'static {
    /// Reads the state; `None` if none was set.
    ///
    /// # Errors
    /// If the session is not ours any more, or the broker does not answer.
    fn state(&self) -> BoxFuture<'static, Result<Option<Bytes>>>;

    /// Sets the state; `None` clears it.
    ///
    /// # Errors
    /// As [`state`](Self::state), and if the state is too large.
    fn set_state(&self, state: Option<Bytes>) -> BoxFuture<'static, Result>;
}

impl Session {
    /// A session of this id; what a source makes.
    pub fn new(id: impl Into<Text>, store: impl SessionStore) -> Self {
        let (id, store) = (id.into(), Box::new(store));
        Self(Arc::new(Inner { id, store }))
    }

    /// A session whose state is kept here; for tests of listeners.
    pub fn in_memory(id: impl Into<Text>) -> Self {
        Self::new(id, InMemory::default())
    }

    /// Its id, as the sender chose it.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Reads the state; `None` if none was set, or it was cleared.
    ///
    /// # Errors
    /// Transient, if the session's lock is lost or the broker does not answer.
    pub async fn state(&self) -> Result<Option<Bytes>> {
        self.0.store.state().await
    }

    /// Sets the state: on Service Bus up to 256 KB, or 100 MB in the premium tier. It stands at once, whatever becomes of
    /// the message: a message that comes again finds it as it was left.
    ///
    /// # Errors
    /// Transient, if the session's lock is lost or the broker does not answer; permanent, if the state is too large.
    pub async fn set_state(&self, state: impl Into<Bytes>) -> Result {
        self.0.store.set_state(Some(state.into())).await
    }

    /// Clears the state: the broker then forgets a session without messages.
    ///
    /// # Errors
    /// As [`set_state`](Self::set_state).
    pub async fn clear_state(&self) -> Result {
        self.0.store.set_state(None).await
    }
}

#[derive(Default)]
struct InMemory(Arc<Mutex<Option<Bytes>>>);

impl SessionStore for InMemory {
    fn state(&self) -> BoxFuture<'static, Result<Option<Bytes>>> {
        let state = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Box::pin(async { Ok(state) })
    }

    fn set_state(&self, state: Option<Bytes>) -> BoxFuture<'static, Result> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
        Box::pin(async { Ok(()) })
    }
}

impl fmt::Debug for Session {
    /// Neither the id nor the state: both are the application's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
