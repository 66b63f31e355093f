//! The messages: contexts, numbered, at a steady rate.

use std::time::Duration;

use listener_core::{
    amqp::{Message, Namespace},
    context::{Member, RemoteExecutionContext},
    decode::Format,
};
use listener_local::poster::{BrokeredMessage, Claims};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use crate::server::{QUEUE, SOON};

/// One in this time.
const PACE: Duration = Duration::from_millis(10);

/// Sends until it is told to end.
pub(crate) struct Feed {
    end: oneshot::Sender<()>,
    sending: JoinHandle<u64>,
}

impl Feed {
    pub(crate) fn start(namespace: Namespace) -> Self {
        let (end, ended) = oneshot::channel();
        Self {
            end,
            sending: tokio::spawn(send(namespace, ended)),
        }
    }

    /// The number of the last message that the broker has taken; those before it, it has taken too.
    pub(crate) async fn end(self) -> u64 {
        let _ = self.end.send(());
        self.sending.await.expect("a feed that did not fail")
    }
}

async fn send(namespace: Namespace, mut ended: oneshot::Receiver<()>) -> u64 {
    let mut connection = namespace.connect().await.expect("a connection");
    let mut session = connection.session().await.expect("a session");
    let sender = session.sender(QUEUE, SOON).await.expect("a sender");
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = 0;
    while ended.try_recv().is_err() {
        pace.tick().await;
        let sent = sender.send(message(last + 1), SOON).await;
        sent.expect("a broker that takes it");
        last += 1;
    }
    last
}

/// The creation of the account of this number, as Dataverse posts it.
fn message(number: u64) -> Message {
    let mut context = RemoteExecutionContext::new("Create", "account");
    context.primary_entity_id = Member::Value(Uuid::from_u128(number.into()));
    let message = BrokeredMessage::new(context, Format::Binary, &Claims::default());
    let message = message.expect("a context of a few bytes");
    message.to_amqp(&number.to_string())
}
