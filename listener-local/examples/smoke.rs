use listener_local::{amqp::Server, service_bus::{broker::{Broker, Keys}, engine::*}};
use std::time::Duration;
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ns = Namespace::new(NamespaceOptions { create_on_use: true, ..Default::default() });
    ns.create_queue("q", QueueOptions { lock_duration: Duration::from_secs(5), ..Default::default() })?;
    ns.create_queue("s", QueueOptions { requires_session: true, lock_duration: Duration::from_secs(5), ..Default::default() })?;
    ns.create_topic("t", &TopicOptions::default())?;
    ns.create_subscription("t", "sub", QueueOptions::default())?;
    let mut b = Broker::new(ns);
    if std::env::args().nth(2).is_some() { b = b.with_keys(Keys::new("x", "y")); }
    let l = tokio::net::TcpListener::bind(("127.0.0.1", std::env::args().nth(1).unwrap().parse::<u16>()?)).await?;
    Server::new(b).serve(l).await;
    Ok(())
}
