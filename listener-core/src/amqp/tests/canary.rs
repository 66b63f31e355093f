//! No key, token or content may show in what we log or print.

use std::time::{Duration, SystemTime};

use fe2o3_amqp::types::primitives::{SimpleValue, Value as Wire};

use super::{
    log::Log,
    peer::{Node, SOON, session, string},
};
use crate::amqp::{
    Authorization, Cbs, ConnectionString, Connector, Message, Namespace, Token, Tokens, Value,
};

#[tokio::test(start_paused = true)]
async fn no_secret_and_no_content_shows_in_logs_debug_or_errors() {
    let (log, _guard) = Log::start();
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
    let fixed = "Endpoint=sb://h/;SharedAccessSignature=SharedAccessSignature sr=h&sig=canary&se=1800000000&skn=k";
    let fixed: ConnectionString = fixed.parse().unwrap();
    let provided = Tokens::from_fn(|_| async { Ok(Token::jwt("eyJcanary", SystemTime::now())) });
    let others = format!(
        "{fixed:?} {:?} {:?} {provided:?} {:?}",
        Namespace::new(&fixed),
        Namespace::with_tokens(fixed.endpoint(), provided.clone()),
        provided.token("sb://h/q").await.unwrap(),
    );
    let shown = format!(
        "{string:?} {:?} {connection:?} {session:?} {cbs:?} {tokens:?} {:?} {authorization:?} {failing} {message:?}",
        Connector::new(&string),
        tokens.token("sb://h/q").await.unwrap(),
    );
    let logged = log.text();
    assert!(logged.contains("could not be renewed"), "{logged}");
    for text in [shown, others, logged] {
        for secret in ["canary", "sig=", "SharedAccessSignature sr"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
