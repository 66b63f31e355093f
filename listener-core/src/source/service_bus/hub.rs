//! What handles and their source share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Mutex as AsyncMutex, mpsc};

use super::{
    HandleError,
    bring::Bring,
    reach::{LinkName, Reach},
};
use crate::amqp::{Error, Namespace, Shared};

/// An entity, and its source while that runs.
pub(super) struct Hub {
    namespace: Namespace,
    address: Arc<str>,
    running: Mutex<Running>,
    /// A connection of its own.
    own: AsyncMutex<Option<Shared>>,
}

/// Where deferred messages are wanted.
#[derive(Default)]
pub(super) enum Running {
    #[default]
    Not,
    Entity(mpsc::UnboundedSender<Bring>, Reach),
    Sessions(Wanting),
}

/// Deferred messages that are wanted of sessions.
pub(super) struct Wanting {
    /// Sessions that are held here.
    held: HashMap<Arc<str>, mpsc::UnboundedSender<Bring>>,
    /// What is to be brought when its session is held.
    owed: HashMap<Arc<str>, Vec<Bring>>,
    /// Sessions that are to be accepted for that.
    wanted: mpsc::UnboundedSender<Arc<str>>,
}

impl Hub {
    pub(super) fn new(namespace: Namespace, address: Arc<str>) -> Arc<Self> {
        Arc::new(Self {
            namespace,
            address,
            running: Mutex::default(),
            own: AsyncMutex::default(),
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// How long an answer may take.
    pub(super) fn within(&self) -> Duration {
        self.namespace.within()
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        // Nothing panics while it is held.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn run(&self, running: Running) {
        *self.running() = running;
    }

    /// Passes it to the source.
    pub(super) fn send(&self, bring: Bring, session: Option<&Arc<str>>) -> Result<(), HandleError> {
        match (&mut *self.running(), session) {
            (Running::Not, _) => Err(HandleError::NotRunning),
            (Running::Entity(bringing, _), None) => {
                bringing.send(bring).map_err(|_| HandleError::NotRunning)
            }
            (Running::Sessions(wanting), Some(session)) => wanting.send(bring, session),
            _ => Err(HandleError::Session),
        }
    }

    /// A session is held from now on: what is owed to it is passed on.
    pub(super) fn enter(&self, session: &Arc<str>, bringing: mpsc::UnboundedSender<Bring>) {
        if let Running::Sessions(wanting) = &mut *self.running() {
            for bring in wanting.owed.remove(session).unwrap_or_default() {
                // Its other half is at hand.
                let _ = bringing.send(bring);
            }
            wanting.held.insert(session.clone(), bringing);
        }
    }

    /// A session is held no more, unless by somebody else.
    pub(super) fn leave(&self, session: &Arc<str>, bringing: &mpsc::UnboundedSender<Bring>) {
        if let Running::Sessions(wanting) = &mut *self.running()
            && let Some(held) = wanting.held.get(session)
            && held.same_channel(bringing)
        {
            wanting.held.remove(session);
        }
    }

    /// What is still owed to a session.
    pub(super) fn owed(&self, session: &Arc<str>) -> Vec<Bring> {
        match &mut *self.running() {
            Running::Sessions(wanting) => wanting.owed.remove(session).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Whether something is owed to a session that somebody still waits for.
    pub(super) fn is_owed(&self, session: &Arc<str>) -> bool {
        let Running::Sessions(wanting) = &mut *self.running() else {
            return false;
        };
        let Some(owed) = wanting.owed.get_mut(session) else {
            return false;
        };
        owed.retain(|bring| !bring.is_given_up());
        let is_owed = !owed.is_empty();
        if !is_owed {
            wanting.owed.remove(session);
        }
        is_owed
    }

    /// Has a session accepted for what is owed to it.
    pub(super) fn want(&self, session: Arc<str>) {
        if let Running::Sessions(wanting) = &*self.running() {
            // A source that has ended wants nothing.
            let _ = wanting.wanted.send(session);
        }
    }

    /// The source's way to the management node while it runs, else one of its own.
    pub(super) async fn reach(&self) -> Result<Reach, HandleError> {
        if let Running::Entity(_, reach) = &*self.running() {
            return Ok(reach.clone());
        }
        Ok(Reach::Shared(self.connection().await?, LinkName::default()))
    }

    /// The connection of its own, which the sessions of its entity share.
    pub(super) async fn connection(&self) -> Result<Shared, Error> {
        let mut own = self.own.lock().await;
        if let Some(shared) = &*own {
            return Ok(shared.clone());
        }
        let shared = Shared::open(self.namespace.clone(), &self.address).await?;
        Ok(own.insert(shared).clone())
    }
}

impl Wanting {
    pub(super) fn new(wanted: mpsc::UnboundedSender<Arc<str>>) -> Self {
        Self {
            held: HashMap::new(),
            owed: HashMap::new(),
            wanted,
        }
    }

    fn send(&mut self, bring: Bring, session: &Arc<str>) -> Result<(), HandleError> {
        let bring = match self.held.get(session) {
            None => bring,
            Some(bringing) => match bringing.send(bring) {
                Ok(()) => return Ok(()),
                Err(mpsc::error::SendError(bring)) => bring,
            },
        };
        let owed = self.owed.entry(session.clone()).or_default();
        owed.push(bring);
        self.wanted
            .send(session.clone())
            .map_err(|_| HandleError::NotRunning)
    }
}
