//! No key, token or content may show in what we log or print.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use fe2o3_amqp::types::primitives::{SimpleValue, Value as Wire};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::peer::{Node, SOON, session, string};
use crate::amqp::{Authorization, Cbs, Connector, Message, Tokens, Value};

/// Everything that is logged, at every level, by us and by what we stand on.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn no_secret_and_no_content_shows_in_logs_debug_or_errors() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let string = string(1);
    let (connection, mut session, mut peer) = session().await;
    let (cbs, mut node) = tokio::join!(Cbs::attach(&mut session, SOON), Node::of(&mut peer));
    let cbs = cbs.unwrap();
    let tokens = Tokens::new(string.credential().clone());
    // The peer takes the first token, and echoes each later one in a refusal that is logged.
    tokio::spawn(async move {
        let mut status = 200;
        loop {
            let message = node.next().await;
            let fe2o3_amqp::types::messaging::Body::Value(token) = &message.body else {
                panic!("expected a value");
            };
            let Wire::String(token) = token.0.clone() else {
                panic!("expected a token");
            };
            let properties = [
                ("status-code", SimpleValue::Int(status)),
                ("status-description", SimpleValue::String(token)),
            ];
            node.reply(&message, &properties, Wire::Null).await;
            status = 500;
        }
    });
    let authorization = Authorization::new(cbs.clone(), tokens.clone(), "sb://h/q")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(3_000)).await;
    let failing = authorization.failing().unwrap();
    let message = Message::new("canary").property("name", Value::from("canary"));
    let shown = format!(
        "{string:?} {:?} {connection:?} {session:?} {cbs:?} {tokens:?} {:?} {authorization:?} {failing} {message:?}",
        Connector::new(&string),
        tokens.token("sb://h/q"),
    );
    let logged = log.0.lock().unwrap().clone();
    assert!(logged.contains("could not be renewed"), "{logged}");
    for text in [shown, logged] {
        for secret in ["canary", "sig=", "SharedAccessSignature sr"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
