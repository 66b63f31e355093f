use super::Broker;
use crate::{
    amqp,
    service_bus::{
        engine::{
            EngineError, Message, Namespace, NamespaceOptions, QueueOptions, SubscriptionOptions,
            TopicOptions,
        },
        rules::{Rule, SqlFilter},
    },
};

/// Feeds the bytes to a broker with a queue `queue`, one with sessions `sessions`, and a topic `topic` with a subscription
/// `sub`, and reads what it answers, until the connection is over. As [`amqp::fuzz`] otherwise.
///
/// # Errors
///
/// None that the bytes could cause: the entities can be made.
///
/// # Panics
///
/// Outside of a Tokio runtime with a clock.
pub async fn fuzz(data: &[u8]) -> Result<usize, EngineError> {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace.create_queue("queue", QueueOptions::default())?;
    let sessions = QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    };
    namespace.create_queue("sessions", sessions)?;
    namespace.create_topic("topic", &TopicOptions::default())?;
    namespace.create_subscription("topic", "sub", SubscriptionOptions::default())?;
    let filter = "sys.Label LIKE 'a%' OR quantity > 2".parse::<SqlFilter>();
    if let Some(rule) = filter.ok().and_then(|it| Rule::new("some", it).ok()) {
        namespace.add_rule("topic/subscriptions/sub", rule)?;
    }
    for _ in 0..3 {
        namespace.send("queue", Message::from_data(b"hello")?)?;
    }
    Ok(amqp::fuzz_with(Broker::new(namespace), data).await)
}
