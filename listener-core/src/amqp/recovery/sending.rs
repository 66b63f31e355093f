use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, watch},
    time::{Instant, timeout_at},
};

use super::{
    Namespace,
    keep::{Plant, State, keep},
    line::Line,
};
use crate::amqp::{
    Error, ErrorKind, Management, Message, Operation, Sender, Session, Value, schedule,
    sender::{Packed, Stage, Unsent},
};

/// A sender that is made again when it breaks, as a [`SteadyReceiver`](super::SteadyReceiver) is. Clones are one; with
/// the last it closes.
#[derive(Clone)]
pub(crate) struct SteadySender {
    standing: watch::Receiver<State<Arc<SendingLink>>>,
    /// What went wrong since it stood the last time.
    trouble: watch::Receiver<Option<Error>>,
    doing: Arc<str>,
}

/// A sender as it stands at present.
pub(crate) struct SendingLink {
    sender: Sender,
    requests: Mutex<Requests>,
    /// Set by whoever finds that the session is of no use.
    broken: watch::Sender<Option<Error>>,
    address: Arc<str>,
    within: Duration,
}

/// The management node of the entity, attached when first asked: who never schedules needs no right to it.
struct Requests {
    /// That of the sender, which must be kept in any case.
    session: Session,
    management: Option<Management>,
}

impl SteadySender {
    /// Attaches to a queue or topic.
    ///
    /// # Errors
    /// As [`SteadyReceiver::open`](super::SteadyReceiver::open).
    pub(crate) async fn open(namespace: Namespace, entity: &str) -> Result<Self, Error> {
        let start_within = namespace.start_within;
        let (trouble, troubled) = watch::channel(None);
        let plant = Sending {
            namespace,
            entity: entity.into(),
            trouble,
        };
        let (tell, mut standing) = watch::channel(State::Down);
        tokio::spawn(keep(plant, start_within, tell));
        let doing: Arc<str> = format!("sending to `{entity}`").into();
        let state = standing
            .wait_for(|state| !matches!(state, State::Down))
            .await
            .map(|state| state.clone());
        match state {
            Ok(State::Failed(error)) => Err(error),
            Ok(_) => Ok(Self {
                standing,
                trouble: troubled,
                doing,
            }),
            Err(_) => Err(Error::new(ErrorKind::LinkDetached, doing.to_string())),
        }
    }

    /// Waits until there is a link.
    ///
    /// # Errors
    /// If there is none in time, or none can be had until something is changed.
    pub(crate) async fn link(&self, deadline: Instant) -> Result<Arc<SendingLink>, Error> {
        let mut standing = self.standing.clone();
        let mut trouble = self.trouble.clone();
        let up = standing.wait_for(|state| matches!(state, State::Up(_)));
        let lasting = |trouble: &Option<Error>| {
            let trouble = trouble.as_ref();
            trouble.is_some_and(|error| !error.is_transient())
        };
        let waiting = async {
            tokio::select! {
                biased;
                up = up => match up.as_deref() {
                    Ok(State::Up(link)) => Ok(link.clone()),
                    _ => Err(self.lost()),
                },
                refused = trouble.wait_for(lasting) => match refused.as_deref() {
                    Ok(Some(error)) => Err(error.clone()),
                    _ => Err(self.lost()),
                },
            }
        };
        match timeout_at(deadline, waiting).await {
            Ok(link) => link,
            Err(_) => Err(self.trouble.borrow().clone().unwrap_or_else(|| self.lost())),
        }
    }

    fn lost(&self) -> Error {
        Error::new(ErrorKind::LinkDetached, self.doing.to_string())
    }
}

impl SendingLink {
    /// Sends a message, and waits until it is taken.
    pub(crate) async fn send(&self, message: Message, within: Duration) -> Result<(), Unsent> {
        self.sender.try_send(message, within).await
    }

    /// Packs messages, in their order, into as few transfers as can be.
    ///
    /// # Errors
    /// If one of them is too large alone.
    pub(crate) fn pack(&self, messages: Vec<Message>) -> Result<Vec<Packed>, Error> {
        self.sender.pack(messages)
    }

    /// Sends what was packed, and waits until it is taken.
    pub(crate) async fn send_packed(&self, packed: Packed, within: Duration) -> Result<(), Unsent> {
        self.sender.try_send_packed(packed, within).await
    }

    /// Schedules messages that say when they are due, and tells their sequence numbers.
    pub(crate) async fn schedule(
        &self,
        messages: Vec<Message>,
        within: Duration,
    ) -> Result<Vec<i64>, Unsent> {
        let count = messages.len();
        let operation = schedule::schedule(messages);
        let operation = operation.map_err(|error| Unsent::at(Stage::Kept, error))?;
        let answer = self.ask(operation, within).await?;
        schedule::sequence_numbers(&answer, count).map_err(|error| Unsent::at(Stage::Left, error))
    }

    /// Takes back what is not due yet.
    pub(crate) async fn cancel(
        &self,
        sequence_numbers: &[i64],
        within: Duration,
    ) -> Result<(), Unsent> {
        let operation = schedule::cancel(sequence_numbers);
        self.ask(operation, within).await.map(drop)
    }

    /// Asks the entity's management node.
    async fn ask(&self, operation: Operation, within: Duration) -> Result<Value, Unsent> {
        let management = self.management().await;
        let management = management.map_err(|error| Unsent::at(Stage::Kept, error))?;
        management.try_call(operation, within).await
    }

    async fn management(&self) -> Result<Management, Error> {
        let mut requests = self.requests.lock().await;
        let Requests {
            session,
            management,
        } = &mut *requests;
        if let Some(management) = management
            && !management.is_closed()
        {
            return Ok(management.clone());
        }
        match Management::attach(session, &self.address, self.within).await {
            Ok(attached) => Ok(management.insert(attached).clone()),
            Err(error) => {
                // A session that does not answer is of no use to the next one either.
                if error.is_transient() {
                    self.broken.send_replace(Some(error.clone()));
                }
                Err(error)
            }
        }
    }
}

/// Connections to Service Bus, and senders on them.
struct Sending {
    namespace: Namespace,
    entity: Arc<str>,
    trouble: watch::Sender<Option<Error>>,
}

impl Sending {
    /// Notes how an attempt ended.
    fn noted<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.trouble.send_replace(Some(error.clone()));
        }
        result
    }
}

impl Plant for Sending {
    type Line = Line;
    type Link = Arc<SendingLink>;

    fn name(&self) -> &str {
        &self.entity
    }

    async fn connect(&mut self) -> Result<Line, Error> {
        self.noted(Line::open(&self.namespace, &self.entity).await)
    }

    async fn attach(&mut self, line: &mut Line) -> Result<Arc<SendingLink>, Error> {
        let within = self.namespace.within;
        let attaching = async {
            let mut session = line.connection.session().await?;
            let sender = session.sender(&self.entity, within).await?;
            Ok((sender, session))
        };
        let attached = attaching
            .await
            .map_err(|error| self.namespace.placed(error));
        let (sender, session) = self.noted(attached)?;
        self.trouble.send_replace(None);
        Ok(Arc::new(SendingLink {
            sender,
            requests: Mutex::new(Requests {
                session,
                management: None,
            }),
            broken: watch::Sender::new(None),
            address: self.entity.clone(),
            within,
        }))
    }

    async fn broken(&mut self, line: &mut Line, link: &Arc<SendingLink>) -> Error {
        let mut broken = link.broken.subscribe();
        let error = tokio::select! {
            biased;
            error = line.lost() => error,
            error = link.sender.closed() => error,
            error = broken.wait_for(Option::is_some) => match error.as_deref() {
                Ok(Some(error)) => error.clone(),
                _ => Error::new(ErrorKind::LinkDetached, "asking the management node"),
            },
        };
        // Whether the next link is refused for the same reason is to be seen.
        if error.is_transient() {
            self.trouble.send_replace(Some(error.clone()));
        }
        error
    }
}
