//! Requests and their replies over a pair of links, as `$cbs` and `$management` want them.

mod pending;
mod response;
mod tasks;

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use fe2o3_amqp::{
    Receiver, Sender,
    link::receiver::CreditMode,
    types::messaging::{ApplicationProperties, Message, Properties, Source, Target},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::pending::Pending;
use super::{Error, Session, Value, error::Told, random::new_uuid};

pub use response::Response;

/// Requests to one node, any number at a time: a reply finds its request by the message id, in whatever order they come.
///
/// Clones share the links; with the last clone the links close.
#[derive(Clone)]
pub struct Requests {
    pending: Arc<Pending>,
    calls: mpsc::Sender<tasks::Call>,
    address: Arc<str>,
    _links: Arc<DropGuard>,
}

/// How many requests are on their way at once; more wait for a place.
const AT_ONCE: u32 = 100;

/// The largest reply that is taken: management replies hold whole messages.
const MAX_REPLY: u64 = 64 << 20;

impl Session {
    /// Attaches a pair of links to a node that answers requests.
    ///
    /// # Errors
    /// If the peer refuses a link, or does not answer in time.
    pub async fn requests(&mut self, node: &str, within: Duration) -> Result<Requests, Error> {
        let doing = || format!("attaching to `{node}`");
        let attaching = async {
            let address = format!("{}-{}", node.trim_start_matches('$'), new_uuid());
            let mut receiver = Receiver::builder()
                // Some services find the reply's link by its name, others by its target.
                .name(&*address)
                .source(Source::builder().address(node).build())
                .target(Target::builder().address(&*address).build())
                .credit_mode(CreditMode::Manual)
                .max_message_size(MAX_REPLY)
                .attach(&mut self.handle)
                .await
                .map_err(|error| error.told(doing()))?;
            receiver
                .set_credit(AT_ONCE)
                .await
                .map_err(|_| Error::new(super::ErrorKind::LinkDetached, doing()))?;
            let sender = Sender::builder()
                .name(format!("{address}-requests"))
                .source(Source::builder().address(&*address).build())
                .target(Target::builder().address(node).build())
                .attach(&mut self.handle)
                .await
                .map_err(|error| error.told(doing()))?;
            Ok((address, sender, receiver))
        };
        let (address, sender, receiver) = timeout(within, attaching)
            .await
            .map_err(|_| Error::timed_out(doing(), within))??;
        let pending = Arc::new(Pending::new(node, AT_ONCE));
        let (calls, incoming) = mpsc::channel(AT_ONCE as usize);
        let ended = CancellationToken::new();
        tokio::spawn(tasks::send(
            sender,
            incoming,
            pending.clone(),
            ended.clone(),
        ));
        tokio::spawn(tasks::receive(receiver, pending.clone(), ended.clone()));
        Ok(Requests {
            pending,
            calls,
            address: address.into(),
            _links: Arc::new(ended.drop_guard()),
        })
    }
}

impl Requests {
    /// Sends a request and waits for its reply, whatever its status. Dropped, or out of time, it forgets the reply.
    ///
    /// `doing` completes "AMQP: … failed".
    ///
    /// # Errors
    /// If the links or the connection are lost, the request is not taken, or nothing comes in time.
    pub async fn call(
        &self,
        doing: impl Into<Cow<'static, str>>,
        properties: Vec<(String, Value)>,
        body: Value,
        within: Duration,
    ) -> Result<Response, Error> {
        let doing = doing.into();
        timeout(within, self.exchange(properties, body))
            .await
            .unwrap_or_else(|_| Err(Error::timed_out("", within)))
            .map_err(|error| error.doing(doing))
    }

    async fn exchange(
        &self,
        properties: Vec<(String, Value)>,
        body: Value,
    ) -> Result<Response, Error> {
        let _place = self.pending.place().await;
        let (answer, answered) = oneshot::channel();
        let id = self.pending.register(answer)?;
        let mut builder = ApplicationProperties::builder();
        for (name, value) in properties {
            builder = builder.insert(name, value.into_simple());
        }
        let message = Message::builder()
            .properties(
                Properties::builder()
                    .message_id(id.wire())
                    .reply_to(&*self.address)
                    .build(),
            )
            .application_properties(builder.build())
            .value(body.into_wire())
            .build();
        let call = tasks::Call {
            id: id.number(),
            message,
        };
        if self.calls.send(call).await.is_err() {
            return Err(self.pending.failure());
        }
        answered
            .await
            .unwrap_or_else(|_| Err(self.pending.failure()))
    }

    /// Waits until the links have ended, and tells why.
    pub async fn closed(&self) -> Error {
        self.calls.closed().await;
        let doing = format!("asking `{}`", self.pending.node());
        self.pending.failure().doing(doing)
    }

    /// Whether the links have ended.
    pub fn is_closed(&self) -> bool {
        self.calls.is_closed()
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests")
            .field("node", &self.pending.node())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
