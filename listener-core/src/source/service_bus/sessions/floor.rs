//! Where sessions are accepted, each for one seat.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Mutex as AsyncMutex, Notify, mpsc},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{length::Length, lock::SessionLock, seat::Seat};
use crate::{
    amqp::{Backoff, Error, ErrorKind, Receiver, ReceiverOptions, Shared, Value},
    source::service_bus::{Mode, Options, hub::Hub, shelf::Taken},
};

/// The key of the filter that asks for a session, and tells which one it is.
const SESSION_FILTER: &str = "com.microsoft:session-filter";

/// How long the service looks for the next session before it says that there is none.
const LOOK: Duration = Duration::from_secs(60);

/// How much later a session that could not be had for its deferred messages is tried again.
const LATER: Duration = Duration::from_secs(5);

/// What it says then.
const NONE: &str = "com.microsoft:timeout";

/// For how long a session must have been held, for the next acceptances to begin with short pauses.
const STEADY: Duration = Duration::from_secs(30);

/// What all seats share.
pub(super) struct Floor {
    pub(super) address: Arc<str>,
    pub(super) options: Options,
    pub(super) connection: Shared,
    pub(super) hub: Arc<Hub>,
    pub(super) length: Length,
    pub(super) give: mpsc::UnboundedSender<Result<Taken, Error>>,
    pub(super) stop: CancellationToken,
    pub(super) idle_timeout: Duration,
    /// The sessions that are listened on; all of them for `None`.
    pub(super) names: Option<Names>,
    pub(super) held: Held,
    /// Sessions whose deferred messages are asked for.
    pub(super) asked: AsyncMutex<mpsc::UnboundedReceiver<Arc<str>>>,
    pub(super) refused: AtomicU64,
    /// Whether the entity is known to have sessions.
    pub(super) began: AtomicBool,
}

/// The locks of the sessions that have a seat.
#[derive(Default)]
pub(super) struct Held(Mutex<HashMap<Arc<str>, Arc<SessionLock>>>);

/// A session that was just accepted.
pub(super) struct Accepted {
    pub(super) id: Arc<str>,
    pub(super) receiver: Receiver,
    pub(super) since: Instant,
}

/// Sessions by name, those that have a seat left out.
pub(super) struct Names {
    free: Mutex<VecDeque<Arc<str>>>,
    freed: Notify,
    /// There is a seat for each.
    seats_all: bool,
}

/// A name with a seat; dropped, it is free.
struct Seated<'a> {
    id: Arc<str>,
    names: &'a Names,
}

impl Held {
    fn locks(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<SessionLock>>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session was accepted. Whichever seat had it before has lost it, and would not learn that by itself: renewals name
    /// the session alone, and would renew the new lock.
    pub(super) fn enter(&self, id: &Arc<str>, lock: Arc<SessionLock>) {
        if let Some(before) = self.locks().insert(id.clone(), lock) {
            before.lose();
        }
    }

    pub(super) fn leave(&self, id: &Arc<str>, lock: &Arc<SessionLock>) {
        let mut locks = self.locks();
        if locks.get(id).is_some_and(|held| Arc::ptr_eq(held, lock)) {
            locks.remove(id);
        }
    }
}

impl Names {
    pub(super) fn new(names: VecDeque<Arc<str>>, seats: usize) -> Self {
        Self {
            seats_all: names.len() <= seats,
            free: Mutex::new(names),
            freed: Notify::new(),
        }
    }

    fn free(&self) -> MutexGuard<'_, VecDeque<Arc<str>>> {
        // Nothing panics while it is held.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn seat(&self) -> Seated<'_> {
        loop {
            let freed = self.freed.notified();
            if let Some(id) = self.free().pop_front() {
                return Seated { id, names: self };
            }
            freed.await;
        }
    }
}

impl Drop for Seated<'_> {
    fn drop(&mut self) {
        self.names.free().push_back(self.id.clone());
        self.names.freed.notify_one();
    }
}

impl Floor {
    /// Fills one seat again and again, until it is told to stop.
    pub(super) async fn fill(self: Arc<Self>) {
        let mut backoff = Backoff::default();
        loop {
            let since = Instant::now();
            let mut seated = None;
            let mut asked = None;
            let accepted = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                id = self.asked() => {
                    // Another seat may have seen to it.
                    if !self.hub.is_owed(&id) {
                        continue;
                    }
                    // Its seat is for another session now.
                    drop(seated.take());
                    let accepted = tokio::select! {
                        () = self.stop.cancelled() => return,
                        accepted = self.accept(Some(&id)) => accepted,
                    };
                    asked = Some(id);
                    accepted
                }
                accepted = self.accept_any(&mut seated) => accepted,
            };
            let error = match accepted {
                Ok(accepted) => {
                    self.began.store(true, Ordering::Release);
                    let since = accepted.since;
                    let is_well = Seat::new(self.clone(), accepted).serve().await;
                    if is_well || since.elapsed() >= STEADY {
                        backoff.reset();
                        continue;
                    }
                    drop(seated);
                    self.wait(backoff.pause()).await;
                    continue;
                }
                Err(error) => error,
            };
            if let Some(id) = asked {
                self.not_accepted(id, &error);
                continue;
            }
            if error.condition() == Some(NONE) {
                self.began.store(true, Ordering::Release);
                if since.elapsed() >= LOOK / 2 {
                    backoff.reset();
                    continue;
                }
            }
            if !error.is_transient() && !self.began.load(Ordering::Acquire) {
                // Whoever listens no more does not want to know.
                let _ = self.give.send(Err(error));
                return;
            }
            let pause = backoff.next(&error);
            let source = &*self.address;
            if error.kind() == ErrorKind::SessionLocked {
                tracing::debug!(source, %error, ?pause, "A session is locked elsewhere; trying again.");
            } else {
                tracing::warn!(source, %error, ?pause, "No session could be accepted; trying again.");
            }
            drop(seated);
            self.wait(pause).await;
        }
    }

    /// A session whose deferred messages are asked for could not be accepted: later, or never.
    fn not_accepted(&self, id: Arc<str>, error: &Error) {
        let source = &*self.address;
        tracing::debug!(source, %error, "A session could not be accepted for its deferred messages.");
        if !error.is_transient() {
            for bring in self.hub.owed(&id) {
                bring.fail(error);
            }
            return;
        }
        // Meanwhile this seat is for others.
        let hub = self.hub.clone();
        tokio::spawn(async move {
            sleep(LATER).await;
            hub.want(id);
        });
    }

    /// Waits for so long, or until it is told to stop.
    async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = sleep(pause) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// The next session whose deferred messages are asked for.
    async fn asked(&self) -> Arc<str> {
        match self.asked.lock().await.recv().await {
            Some(id) => id,
            None => std::future::pending().await,
        }
    }

    /// Accepts the next session, or the next by name, which then has its seat.
    async fn accept_any<'a>(&'a self, seated: &mut Option<Seated<'a>>) -> Result<Accepted, Error> {
        match &self.names {
            None => self.accept(None).await,
            Some(names) => {
                let seat = seated.insert(names.seat().await);
                let id = seat.id.clone();
                self.accept(Some(&id)).await
            }
        }
    }

    /// Accepts a session: the next that is free and has messages, or the one of this id.
    pub(super) async fn accept(&self, id: Option<&str>) -> Result<Accepted, Error> {
        let connected = self.connection.clone().connected().await;
        let options = match self.options.mode {
            Mode::PeekLock => ReceiverOptions::peek_lock(),
            Mode::ReceiveAndDelete => ReceiverOptions::receive_and_delete(),
        };
        let look = u32::try_from(LOOK.as_millis()).unwrap_or(u32::MAX);
        let options = options
            .filter(SESSION_FILTER, id.map_or(Value::Null, Value::from))
            .property("com.microsoft:timeout", Value::Uint(look));
        let receiver = connected.receiver(options, LOOK).await?;
        let since = Instant::now();
        // Some described it.
        let told = match receiver.filter(SESSION_FILTER) {
            Value::Described(described) => described.1,
            told => told,
        };
        let id = match &told {
            Value::String(id) => id.as_str().into(),
            other => {
                let found = other.kind();
                return Err(Error::unsupported(
                    "accepting a session",
                    &format!("expected the session's id in the answer, found {found}"),
                ));
            }
        };
        Ok(Accepted {
            id,
            receiver,
            since,
        })
    }

    /// Waits for as long as a session without messages is kept.
    pub(super) async fn idle(&self) {
        match &self.names {
            // Nobody waits for the seat.
            Some(Names {
                seats_all: true, ..
            }) => std::future::pending().await,
            _ => sleep(self.idle_timeout).await,
        }
    }

    pub(super) fn add_refused(&self, refused: u64) {
        self.refused.fetch_add(refused, Ordering::AcqRel);
    }
}
