use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use listener_core::amqp::{
    Authorization, Cbs, Connection, ConnectionString, Connector, Error, ErrorKind, Sender, Session,
    Tokens, Trust,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use super::BrokeredMessage;
use crate::poster::job::{Again, Endpoint, Failure};

/// As long as an attempt may take at most, whatever the settings say.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A link to one entity, made when it is needed and again when it is lost.
pub(super) struct Link {
    connector: Connector,
    tokens: Tokens,
    entity: String,
    resource: String,
    /// Whether a stand-in on this machine is meant.
    local: bool,
    time_limit: Duration,
    /// How often opening has failed.
    failures: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// Why opening failed the last time.
    failure: Option<Failure>,
    /// How many links there were.
    opened: u64,
}

/// Everything that has to live as long as the sender; in the order in which it is to be dropped.
struct Open {
    sender: Sender,
    /// Which of the links it is.
    number: u64,
    _authorization: Authorization,
    _session: Session,
    connection: Connection,
}

impl Link {
    pub(super) fn new(
        string: &ConnectionString,
        entity: String,
        trust: Option<Trust>,
        time_limit: Duration,
    ) -> Self {
        let mut connector = Connector::new(string);
        if let Some(trust) = trust {
            connector = connector.trust(trust);
        }
        Self {
            connector,
            tokens: Tokens::new(string.credential().clone()),
            resource: string.resource(&entity),
            local: string.is_emulator(),
            entity,
            // Bounded, so that a deadline can be told.
            time_limit: time_limit.min(LONGEST),
            failures: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    pub(super) fn entity(&self) -> &str {
        &self.entity
    }

    /// The sender, and which one it is. Of those who want one at the same time, one opens it for all, or fails for all.
    async fn sender(&self, deadline: Instant) -> Result<(Sender, u64), Failure> {
        let failures = self.failures.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        if let Some(open) = &state.open
            && !open.sender.is_closed()
        {
            return Ok((open.sender.clone(), open.number));
        }
        if self.failures.load(Ordering::Acquire) != failures
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        state.open = None;
        let number = state.opened + 1;
        // Not each of the steps has a limit of its own.
        let opened = match timeout_at(deadline, self.open(number, deadline)).await {
            Ok(opened) => opened.map_err(|error| self.not_opened(&error)),
            Err(_) => Err(self.too_slow()),
        };
        match opened {
            Ok(open) => {
                state.opened = number;
                let sender = open.sender.clone();
                state.open = Some(open);
                Ok((sender, number))
            }
            Err(failure) => {
                self.failures.fetch_add(1, Ordering::AcqRel);
                state.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    async fn open(&self, number: u64, deadline: Instant) -> Result<Open, Error> {
        let connector = self.connector.clone().connect_timeout(left(deadline));
        let mut connection = connector.connect().await?;
        let mut session = connection.session().await?;
        let cbs = Cbs::attach(&mut session, self.time_limit).await?;
        let authorization = Authorization::new(cbs, self.tokens.clone(), &*self.resource).await?;
        let sender = session.sender(&self.entity, left(deadline)).await?;
        tracing::debug!(entity = self.entity, "Connected to post.");
        Ok(Open {
            sender,
            number,
            _authorization: authorization,
            _session: session,
            connection,
        })
    }

    fn too_slow(&self) -> Failure {
        Failure {
            text: format!(
                "expected a link to `{}` within {:?}, found none by then; try again, or allow more time",
                self.entity, self.time_limit
            ),
            again: Again::After(Duration::ZERO),
        }
    }

    fn not_opened(&self, error: &Error) -> Failure {
        let mut failure = failure(error, false);
        if self.local && error.kind() == ErrorKind::CannotConnect {
            failure.text += "; `listener local` serves a Service Bus on this machine";
        }
        failure
    }

    /// Gives up a link that does not answer.
    async fn discard(&self, number: u64) {
        let mut state = self.state.lock().await;
        state.open.take_if(|open| open.number == number);
    }

    /// Closes the connection, if there is one, and waits for the peer to agree.
    pub(super) async fn close(&self, within: Duration) {
        let Some(open) = self.state.lock().await.open.take() else {
            return;
        };
        let Open {
            sender, connection, ..
        } = open;
        drop(sender);
        if let Err(error) = connection.close(within).await {
            tracing::debug!(%error, "The connection was not closed in good order.");
        }
    }
}

impl Endpoint for Link {
    async fn attempt(&self, message: &BrokeredMessage, message_id: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + self.time_limit;
        let (sender, number) = self.sender(deadline).await?;
        let sent = sender
            .send(message.to_amqp(message_id), left(deadline))
            .await;
        let Err(error) = sent else { return Ok(()) };
        if error.kind() == ErrorKind::TimedOut {
            self.discard(number).await;
        }
        Err(failure(&error, sender.is_closed()))
    }
}

/// What is left until then; never nothing, so that an answer that is there already is taken.
fn left(deadline: Instant) -> Duration {
    deadline
        .saturating_duration_since(Instant::now())
        .max(Duration::from_millis(1))
}

/// `link_lost` tells that a link ended with the error which had been fine before.
fn failure(error: &Error, link_lost: bool) -> Failure {
    let again = match error.kind() {
        ErrorKind::TooLarge => false,
        // Somebody receives again, or closes a connection.
        ErrorKind::QuotaExceeded => true,
        // What ended the link (a token that could not be renewed, an entity that is made anew) a new one will tell.
        _ => link_lost || error.is_transient(),
    };
    Failure {
        text: error.to_string(),
        again: if again {
            Again::After(error.retry_after().unwrap_or_default())
        } else {
            Again::Never
        },
    }
}
