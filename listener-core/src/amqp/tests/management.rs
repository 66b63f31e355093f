use fe2o3_amqp::types::primitives::{SimpleValue, Symbol, Value as Wire};
use uuid::Uuid;

use super::{
    peer::{Node, SOON, session},
    requests::body,
};
use crate::amqp::{ErrorKind, Management, Operation, Value};

#[tokio::test(start_paused = true)]
async fn an_operation_carries_its_name_its_time_and_its_body() {
    let (_connection, mut session, mut peer) = session().await;
    let (management, mut node) = tokio::join!(
        Management::attach(&mut session, "q", SOON),
        Node::of(&mut peer)
    );
    let management = management.unwrap();
    let tokens = Value::map([("lock-tokens", Value::Array(vec![Uuid::from_u128(7).into()]))]);
    let operation = Operation::new("com.microsoft:renew-lock")
        .property("associated-link-name", "link")
        .body(tokens.clone());
    let answering = async {
        let message = node.next().await;
        let expirations = Value::map([("expirations", Value::Array(vec![Value::Timestamp(9)]))]);
        node.reply(
            &message,
            &[("statusCode", SimpleValue::Int(200))],
            expirations.into_wire(),
        )
        .await;
        message
    };
    let (answer, message) = tokio::join!(management.call(operation, SOON), answering);
    let answer = answer.unwrap();
    let expirations = answer.get("expirations").and_then(Value::items).unwrap();
    assert_eq!(expirations, [Value::Timestamp(9)]);
    assert_eq!(Value::from_wire(body(&message)), tokens);
    let properties = message.application_properties.unwrap().0;
    let text = |text: &str| SimpleValue::String(text.to_owned());
    assert_eq!(
        properties.get("operation"),
        Some(&text("com.microsoft:renew-lock"))
    );
    assert_eq!(properties.get("associated-link-name"), Some(&text("link")));
    assert_eq!(
        properties.get("com.microsoft:server-timeout"),
        Some(&SimpleValue::Uint(10_000))
    );
}

#[tokio::test(start_paused = true)]
async fn no_content_is_null_and_a_condition_tells_the_kind() {
    let (_connection, mut session, mut peer) = session().await;
    let (management, mut node) = tokio::join!(
        Management::attach(&mut session, "", SOON),
        Node::of(&mut peer)
    );
    let management = management.unwrap();
    let peek = || management.call(Operation::new("com.microsoft:peek-message"), SOON);
    let answering = async {
        let message = node.next().await;
        node.reply(
            &message,
            &[("statusCode", SimpleValue::Int(204))],
            Wire::Null,
        )
        .await;
        let lost = Symbol::from("com.microsoft:message-lock-lost");
        let properties = [
            ("statusCode", SimpleValue::Int(410)),
            ("errorCondition", SimpleValue::Symbol(lost)),
            (
                "statusDescription",
                SimpleValue::String("too late".to_owned()),
            ),
        ];
        let message = node.next().await;
        node.reply(&message, &properties, Wire::Null).await;
    };
    let asking = async { (peek().await, peek().await) };
    let ((empty, lost), ()) = tokio::join!(asking, answering);
    assert_eq!(empty.unwrap(), Value::Null);
    let error = lost.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockLost);
    for part in ["`com.microsoft:peek-message`", "too late", "status 410"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}
