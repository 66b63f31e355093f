use std::{fmt, sync::Arc};

use tokio::sync::watch;

use super::{
    Namespace,
    keep::{Plant, State, keep},
    line::{Line, Managed},
};
use crate::amqp::{Delivery, Error, ErrorKind, Management, Receiver, ReceiverOptions};

/// A receiver that is made again when it breaks: after a forced or idle detach, a cut or silent connection, a restart or
/// failover of the service.
///
/// Every break is logged, with what comes next. In the background it keeps the token renewed, and the connection, session
/// and link alive; each is made again when it has to be, with pauses that grow and differ.
///
/// What was received before a break cannot be settled on the link any more; while its lock holds,
/// [management](Attached::management) can settle it by its lock token.
pub struct SteadyReceiver {
    standing: watch::Receiver<State<Arc<Attached>>>,
    current: Option<Arc<Attached>>,
    most: u32,
    address: Arc<str>,
}

/// A receiver as it stands at present, with the management node of its entity beside it.
pub struct Attached {
    receiver: Receiver,
    management: Managed,
}

/// How a [`SteadyReceiver`] stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Standing {
    /// Nothing can be received at present; it is being worked on.
    Down,
    /// At work.
    Up(Arc<Attached>),
}

impl Attached {
    /// The receiver, until it breaks.
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// What renews locks, and settles what was received on another link. `None` where the service has no such node.
    pub fn management(&self) -> Option<&Management> {
        self.management.node()
    }
}

impl SteadyReceiver {
    /// Attaches to an entity, or a sub-queue of one, of this namespace.
    ///
    /// # Errors
    /// What will not pass by itself: the token is not believed, the entity does not exist or is of another kind. What
    /// passes, such as a network that is away, is tried again for as long as
    /// [`start_timeout`](Namespace::start_timeout) says. Once this has succeeded, nothing is given up any more.
    pub async fn open(
        namespace: Namespace,
        address: &str,
        options: ReceiverOptions,
    ) -> Result<Self, Error> {
        let start_within = namespace.start_within;
        let plant = ServiceBus {
            entity: entity(address).into(),
            address: address.into(),
            namespace,
            options,
        };
        let (tell, standing) = watch::channel(State::Down);
        tokio::spawn(keep(plant, start_within, tell));
        let mut this = Self {
            standing,
            current: None,
            most: 0,
            address: address.into(),
        };
        let state = this
            .standing
            .wait_for(|state| !matches!(state, State::Down))
            .await;
        match state.map(|state| state.clone()) {
            Ok(State::Failed(error)) => Err(error),
            Ok(_) => Ok(this),
            Err(_) => Err(this.gone()),
        }
    }

    /// Grants credit so that up to this many deliveries wait here, as [`Receiver::keep_buffered`] does, after breaks too.
    pub fn keep_buffered(&mut self, most: u32) {
        self.most = most;
        if let Some(attached) = &self.current {
            attached.receiver.keep_buffered(most);
        }
    }

    /// The next delivery, and the link that it came on. It waits through breaks, and is safe to drop while it waits:
    /// nothing is lost.
    pub async fn recv(&mut self) -> (Delivery, Arc<Attached>) {
        loop {
            let attached = self.attached().await;
            if let Ok(delivery) = attached.receiver.recv().await {
                return (delivery, attached);
            }
            // The background sees it by itself, and says so.
            superseded(&mut self.standing, &attached).await;
        }
    }

    /// How it stands now.
    pub fn standing(&self) -> Standing {
        match &*self.standing.borrow() {
            State::Up(attached) => Standing::Up(attached.clone()),
            State::Down | State::Failed(_) => Standing::Down,
        }
    }

    /// Something that follows how it stands, from other tasks.
    pub fn watch(&self) -> Watch {
        Watch(self.standing.clone())
    }

    /// The entity's address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits until it is attached, and grants the credit there.
    pub async fn attached(&mut self) -> Arc<Attached> {
        let attached = attached(&mut self.standing).await;
        let is_current = |current: &Arc<Attached>| Arc::ptr_eq(current, &attached);
        if !self.current.as_ref().is_some_and(is_current) {
            attached.receiver.keep_buffered(self.most);
            self.current = Some(attached.clone());
        }
        attached
    }

    fn gone(&self) -> Error {
        let doing = format!("attaching a receiver to `{}`", self.address);
        Error::new(ErrorKind::LinkDetached, doing)
    }
}

/// Follows how a [`SteadyReceiver`] stands, and keeps it standing.
#[derive(Clone, Debug)]
pub struct Watch(watch::Receiver<State<Arc<Attached>>>);

impl Watch {
    /// Waits until it is attached.
    pub async fn attached(&mut self) -> Arc<Attached> {
        attached(&mut self.0).await
    }

    /// Waits until it is not attached so any more.
    pub async fn superseded(&mut self, broken: &Arc<Attached>) {
        superseded(&mut self.0, broken).await;
    }
}

async fn attached(standing: &mut watch::Receiver<State<Arc<Attached>>>) -> Arc<Attached> {
    let state = standing
        .wait_for(|state| matches!(state, State::Up(_)))
        .await;
    if let Ok(State::Up(attached)) = state.map(|state| state.clone()) {
        return attached;
    }
    std::future::pending().await
}

async fn superseded(standing: &mut watch::Receiver<State<Arc<Attached>>>, broken: &Arc<Attached>) {
    let other =
        |state: &State<Arc<Attached>>| !matches!(state, State::Up(up) if Arc::ptr_eq(up, broken));
    // The background never ends while somebody follows it.
    let _ = standing.wait_for(other).await;
}

/// The entity that an address belongs to: what tokens are for, and what has a management node.
pub(super) fn entity(address: &str) -> &str {
    let mut entity = address;
    for sub_queue in ["/$DeadLetterQueue", "/$Transfer"] {
        let at = entity.len().saturating_sub(sub_queue.len());
        if entity.is_char_boundary(at) && entity[at..].eq_ignore_ascii_case(sub_queue) {
            entity = &entity[..at];
        }
    }
    entity
}

/// Connections to Service Bus, and receivers on them.
struct ServiceBus {
    namespace: Namespace,
    address: Arc<str>,
    entity: Arc<str>,
    options: ReceiverOptions,
}

impl Plant for ServiceBus {
    type Line = Line;
    type Link = Arc<Attached>;

    fn name(&self) -> &str {
        &self.address
    }

    async fn connect(&mut self) -> Result<Line, Error> {
        Line::open(&self.namespace, &self.entity).await
    }

    async fn attach(&mut self, line: &mut Line) -> Result<Arc<Attached>, Error> {
        let within = self.namespace.within;
        let receiver = line
            .connection
            .receiver(&self.address, self.options.clone(), within)
            .await
            .map_err(|error| self.namespace.placed(error))?;
        Ok(Arc::new(Attached {
            receiver,
            management: line.manage(&self.namespace, &self.address).await?,
        }))
    }

    async fn broken(&mut self, line: &mut Line, link: &Arc<Attached>) -> Error {
        tokio::select! {
            biased;
            error = line.lost() => error,
            error = link.receiver.closed() => error,
            error = link.management.closed() => error,
        }
    }
}

impl fmt::Debug for SteadyReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SteadyReceiver")
            .field("address", &self.address)
            .field("standing", &self.standing())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached")
            .field("receiver", &self.receiver)
            .finish_non_exhaustive()
    }
}
