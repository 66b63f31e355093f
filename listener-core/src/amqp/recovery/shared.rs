use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{
    Namespace,
    keep::{Plant, State, keep},
    line::{Line, Managed},
    steady::entity,
};
use crate::amqp::{Error, ErrorKind, Management, Receiver, ReceiverOptions, mux::Mux};

/// A connection that is authorized for one entity, with its management node: made again when it breaks, as a
/// [`SteadyReceiver`](super::SteadyReceiver) is. Links that come and go share it. Clones are the same; the last one ends
/// it.
#[derive(Clone)]
pub(crate) struct Shared {
    standing: watch::Receiver<State<Arc<Connected>>>,
    address: Arc<str>,
}

/// A connection as it stands at present.
pub(crate) struct Connected {
    mux: Mux,
    address: Arc<str>,
    within: Duration,
    management: Managed,
}

impl Connected {
    /// Attaches a receiver, which may take as much longer than other links.
    ///
    /// # Errors
    /// If the service refuses, or does not answer in time.
    pub(crate) async fn receiver(
        &self,
        options: ReceiverOptions,
        longer: Duration,
    ) -> Result<Receiver, Error> {
        Receiver::attach(&self.mux, &self.address, options, self.within + longer).await
    }

    /// `None` where the service has no such node.
    pub(crate) fn management(&self) -> Option<&Management> {
        self.management.node()
    }
}

impl Shared {
    /// Connects to an entity, or a sub-queue of one, of this namespace.
    ///
    /// # Errors
    /// As [`SteadyReceiver::open`](super::SteadyReceiver::open).
    pub(crate) async fn open(namespace: Namespace, address: &str) -> Result<Self, Error> {
        let start_within = namespace.start_within;
        let plant = Plan {
            entity: entity(address).into(),
            address: address.into(),
            namespace,
        };
        let (tell, mut standing) = watch::channel(State::Down);
        tokio::spawn(keep(plant, start_within, tell));
        let state = standing
            .wait_for(|state| !matches!(state, State::Down))
            .await
            .map(|state| state.clone());
        let address = address.into();
        match state {
            Ok(State::Failed(error)) => Err(error),
            Ok(_) => Ok(Self { standing, address }),
            Err(_) => Err(Error::new(
                ErrorKind::ConnectionLost,
                format!("connecting for `{address}`"),
            )),
        }
    }

    /// Waits until it stands.
    pub(crate) async fn connected(&mut self) -> Arc<Connected> {
        let state = self
            .standing
            .wait_for(|state| matches!(state, State::Up(_)))
            .await;
        if let Ok(State::Up(connected)) = state.map(|state| state.clone()) {
            return connected;
        }
        std::future::pending().await
    }
}

/// Connections to Service Bus, with the management node in the place of a link.
struct Plan {
    namespace: Namespace,
    address: Arc<str>,
    entity: Arc<str>,
}

impl Plant for Plan {
    type Line = Line;
    type Link = Arc<Connected>;

    fn name(&self) -> &str {
        &self.address
    }

    async fn connect(&mut self) -> Result<Line, Error> {
        Line::open(&self.namespace, &self.entity).await
    }

    async fn attach(&mut self, line: &mut Line) -> Result<Arc<Connected>, Error> {
        let Self {
            namespace, address, ..
        } = self;
        Ok(Arc::new(Connected {
            management: line.manage(namespace, address).await?,
            mux: line.connection.mux().clone(),
            address: address.clone(),
            within: namespace.within,
        }))
    }

    async fn broken(&mut self, line: &mut Line, link: &Arc<Connected>) -> Error {
        tokio::select! {
            biased;
            error = line.lost() => error,
            error = link.management.closed() => error,
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let up = matches!(&*self.standing.borrow(), State::Up(_));
        f.debug_struct("Shared")
            .field("address", &self.address)
            .field("up", &up)
            .finish_non_exhaustive()
    }
}
