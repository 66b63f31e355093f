//! What the deliveries of one session share, and the state that their listeners may read and write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::time::{Instant, timeout};

use super::lock::SessionLock;
use crate::{
    BoxFuture, LockKeeper, Result, Session, SessionStore,
    amqp::{Error, ErrorKind, Value},
    source::service_bus::reach::Reach,
};

/// A session that is held.
#[derive(Clone)]
pub(in crate::source::service_bus) struct InSession {
    pub(super) id: Arc<str>,
    pub(super) lock: Arc<SessionLock>,
    /// What its listeners see.
    shown: Session,
    renewed_for: Duration,
    /// A message went back: what came after it has to go back too.
    released: Arc<AtomicBool>,
}

impl InSession {
    pub(super) fn new(
        id: Arc<str>,
        lock: SessionLock,
        reach: Reach,
        renewed_for: Duration,
        within: Duration,
    ) -> Self {
        let lock = Arc::new(lock);
        let store = Store {
            id: id.clone(),
            lock: lock.clone(),
            reach,
            within,
        };
        Self {
            shown: Session::new(&*id, store),
            id,
            lock,
            renewed_for,
            released: Arc::default(),
        }
    }

    pub(in crate::source::service_bus) fn shown(&self) -> Session {
        self.shown.clone()
    }

    /// The lock of the message that is given out now.
    pub(in crate::source::service_bus) fn keeper(&self) -> LockKeeper {
        self.lock.hand_out(self.renewed_for)
    }

    pub(in crate::source::service_bus) fn renew_until(&self, until: Instant) {
        self.lock.renew_until(until);
    }

    pub(in crate::source::service_bus) fn note_release(&self) {
        self.released.store(true, Ordering::Release);
    }

    pub(super) fn was_released(&self) -> bool {
        self.released.swap(false, Ordering::AcqRel)
    }

    /// Says in a request's body that it is about this session.
    pub(in crate::source::service_bus) fn name_in(&self, body: &mut Value) {
        name_session(body, &self.id);
    }
}

/// Says in a request's body which session it is about.
pub(in crate::source::service_bus) fn name_session(body: &mut Value, id: &str) {
    if let Value::Map(entries) = body {
        entries.push(("session-id".into(), id.into()));
    }
}

/// The state of a session, by requests.
///
/// <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response#session-operations>
#[derive(Clone)]
struct Store {
    id: Arc<str>,
    lock: Arc<SessionLock>,
    reach: Reach,
    within: Duration,
}

const LOST: &str = "the session's lock is lost, and so is the right to its state";

impl Store {
    async fn ask(mut self, operation: &str, state: Option<Value>) -> Result<Value> {
        let mut body = Value::map::<&str>([]);
        name_session(&mut body, &self.id);
        if let (Value::Map(entries), Some(state)) = (&mut body, state) {
            entries.push(("session-state".into(), state));
        }
        let lost = || crate::Error::transient(LOST);
        if self.lock.is_lost() {
            // By its id alone the service would take it for whoever holds the session now, and that may be us again.
            return Err(lost());
        }
        let asking = async {
            match self.reach.node().await {
                Some(node) => node.call(operation, body, self.within).await,
                None => Err(Error::unsupported(
                    "asking for a session's state",
                    "the service has no `$management` node",
                )),
            }
        };
        let answer = timeout(self.within, asking).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(Error::timed_out(
                "asking for a session's state",
                self.within,
            ))
        });
        match answer {
            Ok(_) if self.lock.is_lost() => Err(lost()),
            Ok(answer) => Ok(answer),
            Err(error) if matches!(error.kind(), ErrorKind::TooLarge | ErrorKind::NotAllowed) => {
                Err(crate::Error::permanent(error))
            }
            Err(error) => Err(crate::Error::transient(error)),
        }
    }
}

impl SessionStore for Store {
    fn state(&self) -> BoxFuture<'static, Result<Option<Bytes>>> {
        let this = self.clone();
        Box::pin(async move {
            let answer = this.ask("com.microsoft:get-session-state", None).await?;
            Ok(match answer.get("session-state") {
                Some(Value::Binary(state)) => Some(state.clone()),
                _ => None,
            })
        })
    }

    fn set_state(&self, state: Option<Bytes>) -> BoxFuture<'static, Result> {
        let this = self.clone();
        let state = state.map_or(Value::Null, Value::Binary);
        Box::pin(async move {
            let operation = "com.microsoft:set-session-state";
            this.ask(operation, Some(state)).await.map(drop)
        })
    }
}
