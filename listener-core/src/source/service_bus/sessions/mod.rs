//! Sessions of a queue or subscription, as a source.

mod floor;
mod in_session;
mod length;
mod lock;
mod seat;
mod wrong_kind;

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Mutex as AsyncMutex, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use self::{
    floor::{Floor, Held, Names},
    length::Length,
};
pub(super) use self::{
    in_session::{InSession, name_session},
    wrong_kind::advised,
};
use super::{
    DeferredMessage, Handle, Mode, Options,
    defer::OnDefer,
    hub::{Hub, Running, Wanting},
    intake::with_settler,
    settle,
    shelf::Taken,
};
use crate::{
    BoxError, Result,
    amqp::Error,
    source::{Capabilities, Closed, Received, Settings, Source, SourceError},
};

/// The most sessions that are held at once: a connection has 256 channels, and a session needs one.
const MOST_SESSIONS: usize = 200;

/// The sessions of a [`Queue`](super::Queue) or [`Subscription`](super::Subscription), as a source: of an entity that
/// requires sessions.
///
/// It accepts the next session that is free and has messages, several at once, or sessions [by name](Self::named). Each
/// comes on a link of its own; all share one connection. The messages of a session come one at a time, in their order: the
/// next is not given out before the one before is settled, and one that was released comes again before all that follow.
///
/// **The lock** is the session's. It is renewed for as long as its link stands or a message is in hand, for each message
/// as long as [`Options::max_lock_renewal`] says. When it is lost, the listener is told, nothing that it makes of the
/// message counts, and the session is accepted anew.
///
/// **After a break** a message in hand is settled by its lock token, if the service has kept the lock; then the same
/// session is accepted again.
///
/// Listeners read and write the session's state by a [`Session`](crate::Session) among their arguments.
///
/// ```no_run
/// use listener_core::{Binding, Host, Result, Router, Session, source::service_bus::Queue};
///
/// async fn on_update(session: Session) -> Result {
///     session.set_state("seen").await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result {
/// let router = Router::new().on(Binding::message("Update").entity("account"), on_update);
/// let queue = Queue::from_string(&std::env::var("SERVICEBUS_CONNECTION_STRING")?, "crm")?;
/// Host::new(queue.sessions().concurrent_sessions(16)).serve(router.with_state(())).await?;
/// # Ok(())
/// # }
/// ```
///
/// <https://learn.microsoft.com/azure/service-bus-messaging/message-sessions>
pub struct Sessions {
    address: Arc<str>,
    options: Options,
    on_defer: Option<OnDefer>,
    hub: Arc<Hub>,
    names: Option<Vec<String>>,
    concurrent: usize,
    idle_timeout: Duration,
    at_work: Option<AtWork>,
}

/// A source that has started.
struct AtWork {
    taken: mpsc::UnboundedReceiver<Result<Taken, Error>>,
    floor: Arc<Floor>,
    seats: JoinSet<()>,
}

impl Sessions {
    pub(super) fn new(
        address: Arc<str>,
        options: Options,
        on_defer: Option<OnDefer>,
        hub: Arc<Hub>,
    ) -> Self {
        Self {
            address,
            options,
            on_defer,
            hub,
            names: None,
            concurrent: 8,
            idle_timeout: Duration::from_secs(60),
            at_work: None,
        }
    }

    /// These sessions only, in place of whichever is free. Of more names than
    /// [`concurrent_sessions`](Self::concurrent_sessions) each has its turn.
    #[must_use]
    pub fn named<N: Into<String>>(mut self, ids: impl IntoIterator<Item = N>) -> Self {
        self.names = Some(ids.into_iter().map(Into::into).collect());
        self
    }

    /// How many sessions are held at once, at most; 8 unless set, 200 at most, and never more than the host's concurrency
    /// and buffer together.
    #[must_use]
    pub fn concurrent_sessions(mut self, sessions: usize) -> Self {
        self.concurrent = sessions;
        self
    }

    /// How long a session without messages is held before another one is accepted in its place; a minute unless set.
    /// Sessions that are named are held all the time, if there is a seat for each.
    #[must_use]
    pub fn session_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How it is listened on. A prefetch is that of each session: what was taken ahead goes back when a message is released.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Tells of each message that a listener defers, as [`Queue::on_defer`](super::Queue::on_defer) does.
    #[must_use]
    pub fn on_defer<F>(
        mut self,
        tell: impl Fn(DeferredMessage) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result> + Send + 'static,
    {
        self.on_defer = Some(OnDefer::new(tell));
        self
    }

    /// What peeks at messages and has deferred ones received, those of [one session](Handle::in_session) each.
    pub fn handle(&self) -> Handle {
        Handle::new(self.hub.clone())
    }

    /// How many seats there are for these settings.
    fn seats(&self, settings: &Settings) -> usize {
        let most = self.concurrent.min(settings.concurrency + settings.buffer);
        let named = self.names.as_ref().map_or(usize::MAX, Vec::len);
        most.min(named)
    }
}

impl Source for Sessions {
    type Reply = ();

    fn name(&self) -> &str {
        &self.address
    }

    fn capabilities(&self) -> Capabilities {
        match self.options.mode {
            Mode::PeekLock => Capabilities::ALL.reject(!settle::is_dead_letters(&self.address)),
            Mode::ReceiveAndDelete => Capabilities::NONE,
        }
    }

    async fn start(&mut self, settings: &Settings) -> Result<(), SourceError> {
        let seats = self.seats(settings);
        if seats == 0 {
            return Err(SourceError::unmet(
                "concurrent_sessions",
                "expected at least one session at once, and one name if sessions are named",
            ));
        }
        if seats > MOST_SESSIONS {
            return Err(SourceError::unmet(
                "concurrent_sessions",
                format!(
                    "expected up to {MOST_SESSIONS} sessions on one connection, found {seats}; run more processes"
                ),
            ));
        }
        let connection = self.hub.connection().await.map_err(SourceError::failed)?;
        let (give, taken) = mpsc::unbounded_channel();
        let (want, asked) = mpsc::unbounded_channel();
        let names = self.names.as_ref().map(|names| {
            let names = names.iter().map(|name| name.as_str().into());
            Names::new(names.collect(), seats)
        });
        let floor = Arc::new(Floor {
            address: self.address.clone(),
            options: self.options.clone(),
            connection,
            hub: self.hub.clone(),
            length: Length::new(self.options.lock_duration),
            give,
            stop: CancellationToken::new(),
            idle_timeout: self.idle_timeout,
            names,
            held: Held::default(),
            asked: AsyncMutex::new(asked),
            refused: AtomicU64::new(0),
            began: AtomicBool::new(false),
        });
        self.hub.run(Running::Sessions(Wanting::new(want)));
        let mut at_work = AtWork {
            taken,
            floor: floor.clone(),
            seats: JoinSet::new(),
        };
        for _ in 0..seats {
            at_work.seats.spawn(floor.clone().fill());
        }
        self.at_work = Some(at_work);
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        let Some(at_work) = &mut self.at_work else {
            return Err(SourceError::failed(BoxError::from(
                "the source was not started",
            )));
        };
        match at_work.taken.recv().await {
            Some(Ok(taken)) => Ok(Some(with_settler(taken, self.on_defer.clone()))),
            Some(Err(error)) => Err(advised(error, "listen without `sessions()`")),
            None => Ok(None),
        }
    }

    fn stop(&mut self) {
        if let Some(at_work) = &mut self.at_work {
            at_work.stop();
        }
    }

    async fn close(mut self) -> Closed {
        self.stop();
        let Some(mut at_work) = self.at_work.take() else {
            return Closed::default();
        };
        // Each leaves its session when all is settled.
        while at_work.seats.join_next().await.is_some() {}
        Closed {
            refused: at_work.floor.refused.load(Ordering::Acquire),
        }
    }
}

impl AtWork {
    fn stop(&mut self) {
        self.floor.hub.run(Running::Not);
        self.floor.stop.cancel();
        // At once, and not when the last listener has ended: others can have them meanwhile.
        self.taken.close();
        while let Ok(taken) = self.taken.try_recv() {
            if let Ok((_, held)) = taken {
                held.release();
            }
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names of sessions are the sender's data.
        f.debug_struct("Sessions")
            .field("address", &self.address)
            .field("named", &self.names.as_ref().map(Vec::len))
            .field("concurrent_sessions", &self.concurrent)
            .field("session_idle_timeout", &self.idle_timeout)
            .field("options", &self.options)
            .field("started", &self.at_work.is_some())
            .finish_non_exhaustive()
    }
}
