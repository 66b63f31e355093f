//! The way to an entity's management node, whichever connection stands.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout_at};

use crate::amqp::{Error, ErrorKind, Management, Operation, Shared, Value, Watch};

/// How soon it is asked again after a break.
const AGAIN: Duration = Duration::from_millis(500);

/// The way to the management node.
#[derive(Clone)]
pub(super) enum Reach {
    /// The one beside a link that is made again when it breaks.
    Beside(Watch),
    /// The one of a connection that links share, and the link that is asked about.
    Shared(Shared, LinkName),
}

/// The name of a link, while there is one.
#[derive(Clone, Default)]
pub(super) struct LinkName(Arc<Mutex<Option<Arc<str>>>>);

/// A management node that answers at present.
pub(super) struct Node {
    management: Management,
    link: Option<Arc<str>>,
}

impl LinkName {
    pub(super) fn set(&self, name: Option<&str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = name.map(Arc::from);
    }

    fn get(&self) -> Option<Arc<str>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Reach {
    /// Waits until there is one; `None` where the service has no such node.
    pub(super) async fn node(&mut self) -> Option<Node> {
        match self {
            Self::Beside(watch) => {
                let attached = watch.attached().await;
                Some(Node {
                    management: attached.management()?.clone(),
                    link: Some(attached.receiver().name().into()),
                })
            }
            Self::Shared(connection, link) => {
                let connected = connection.connected().await;
                Some(Node {
                    management: connected.management()?.clone(),
                    link: link.get(),
                })
            }
        }
    }
}

impl Reach {
    /// Asks what does no harm when it is asked twice, again after each break; with the time of the last question.
    ///
    /// # Errors
    /// As [`Management::call`], and if no answer comes in time, through all breaks.
    pub(super) async fn ask(
        &mut self,
        operation: &'static str,
        body: Value,
        within: Duration,
    ) -> Result<(Value, Instant), Error> {
        let until = Instant::now() + within;
        let mut broken = None;
        loop {
            let node = timeout_at(until, self.node()).await;
            let node = node.map_err(|_| Error::timed_out(operation, within))?;
            let node = node.ok_or_else(|| {
                Error::unsupported(operation, "the service has no `$management` node")
            })?;
            let asked = Instant::now();
            let error = match node.call(operation, body.clone(), within).await {
                Ok(answer) => return Ok((answer, asked)),
                Err(error) => error,
            };
            match broken {
                _ if error.is_transient() && asked + AGAIN < until => broken = Some(error),
                // What was asked before may have been done, and only its answer be lost.
                Some(broken) if error.kind() == ErrorKind::NotFound => return Err(broken),
                _ => return Err(error),
            }
            sleep(AGAIN).await;
        }
    }
}

impl Node {
    /// Asks, as [`Management::call`] does.
    ///
    /// # Errors
    /// As [`Management::call`].
    pub(super) async fn call(
        &self,
        operation: &str,
        body: Value,
        within: Duration,
    ) -> Result<Value, Error> {
        let mut operation = Operation::new(operation).body(body);
        if let Some(link) = &self.link {
            operation = operation.property("associated-link-name", &**link);
        }
        self.management.call(operation, within).await
    }
}
