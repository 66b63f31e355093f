use std::time::{Duration, UNIX_EPOCH};

use fe2o3_amqp::types::{
    definitions::{ErrorCondition, LinkError},
    messaging::{Body, Message},
    primitives::{SimpleValue, Symbol, Timestamp, Value as Wire},
};

use super::peer::{Node, Peer, SOON, session};
use crate::amqp::{Cbs, Connection, ErrorKind, PutToken, Requests, SasKey, Session, Value};

async fn node() -> (Connection, Session, Peer, Requests, Node) {
    let (connection, mut session, mut peer) = session().await;
    let (requests, node) =
        tokio::join!(session.requests("q/$management", SOON), Node::of(&mut peer));
    (connection, session, peer, requests.unwrap(), node)
}

pub(super) fn body(message: &Message<Body<Wire>>) -> Wire {
    let Body::Value(value) = &message.body else {
        panic!("expected a value");
    };
    value.0.clone()
}

const OK: &[(&str, SimpleValue)] = &[("statusCode", SimpleValue::Int(200))];

#[tokio::test(start_paused = true)]
async fn replies_find_their_requests_in_any_order() {
    let (_connection, _session, _peer, requests, mut node) = node().await;
    let call = |number| requests.call("asking", vec![], Value::Int(number), SOON);
    let answering = async {
        let mut asked = vec![node.next().await, node.next().await, node.next().await];
        while let Some(message) = asked.pop() {
            node.reply(&message, OK, body(&message)).await;
        }
    };
    let (one, two, three, ()) = tokio::join!(call(1), call(2), call(3), answering);
    for (reply, number) in [(one, 1), (two, 2), (three, 3)] {
        assert_eq!(reply.unwrap().into_body().unwrap(), Value::Int(number));
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_nobodys_and_never_the_next_ones() {
    let (_connection, _session, _peer, requests, mut node) = node().await;
    let (error, late) = tokio::join!(
        requests.call("asking", vec![], Value::Int(1), SOON),
        node.next()
    );
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(
        error.to_string().contains("asking failed: timed out"),
        "{error}"
    );
    node.reply(&late, OK, Wire::Int(1)).await;
    let answering = async {
        let next = node.next().await;
        node.reply(&next, OK, Wire::Int(2)).await;
    };
    let (reply, ()) = tokio::join!(
        requests.call("asking", vec![], Value::Int(2), SOON),
        answering
    );
    assert_eq!(*reply.unwrap().body(), Value::Int(2));
}

#[tokio::test(start_paused = true)]
async fn many_more_requests_than_credit_are_all_answered() {
    let (_connection, _session, _peer, requests, mut node) = node().await;
    tokio::spawn(async move {
        loop {
            let message = node.next().await;
            node.reply(&message, OK, body(&message)).await;
        }
    });
    let calls = (0..500).map(|number| {
        let requests = requests.clone();
        tokio::spawn(async move {
            requests
                .call("asking", vec![], Value::Int(number), SOON)
                .await
        })
    });
    for (call, number) in calls.collect::<Vec<_>>().into_iter().zip(0..) {
        assert_eq!(*call.await.unwrap().unwrap().body(), Value::Int(number));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_link_fails_the_requests_that_wait_and_those_that_come() {
    let (_connection, _session, _peer, requests, mut node) = node().await;
    let detaching = async {
        node.next().await;
        node.detach(ErrorCondition::LinkError(LinkError::DetachForced))
            .await;
    };
    let (waiting, ()) = tokio::join!(
        requests.call("asking", vec![], Value::Null, SOON),
        detaching
    );
    let later = requests.call("asking", vec![], Value::Null, SOON).await;
    for error in [waiting.unwrap_err(), later.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::LinkDetached, "{error}");
        assert_eq!(error.condition(), Some("amqp:link:detach-forced"));
    }
    assert!(requests.is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_too_large_fails_alone() {
    let (_connection, _session, _peer, requests, mut node) = node().await;
    let large = Value::from("x".repeat(300_000));
    let error = requests
        .call("asking", vec![], large, SOON)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    let answering = async {
        let next = node.next().await;
        node.reply(&next, OK, Wire::Null).await;
    };
    let (reply, ()) = tokio::join!(
        requests.call("asking", vec![], Value::Null, SOON),
        answering
    );
    assert_eq!(reply.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_attach_is_given_up() {
    let (_connection, mut session, _peer) = session().await;
    let error = session.requests("q", SOON).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_put_as_services_want_it() {
    let (_connection, mut session, mut peer) = session().await;
    let (cbs, mut node) = tokio::join!(Cbs::attach(&mut session, SOON), Node::of(&mut peer));
    let cbs = cbs.unwrap();
    let token =
        SasKey::new("k", "v").sign("sb://h/q", UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let answering = async {
        let message = node.next().await;
        node.reply(
            &message,
            &[("status-code", SimpleValue::Int(202))],
            Wire::Null,
        )
        .await;
        message
    };
    let (put, message) = tokio::join!(cbs.put_token("sb://h/q", &token), answering);
    put.unwrap();
    assert_eq!(body(&message), Wire::String(token.expose().to_owned()));
    let properties = message.application_properties.unwrap().0;
    let text = |text: &str| SimpleValue::String(text.to_owned());
    for (name, value) in [
        ("operation", text("put-token")),
        ("type", text("servicebus.windows.net:sastoken")),
        ("name", text("sb://h/q")),
        (
            "expiration",
            SimpleValue::Timestamp(Timestamp::from_milliseconds(1_800_000_000_000)),
        ),
    ] {
        assert_eq!(properties.get(name), Some(&value), "{name}");
    }
    assert!(message.properties.unwrap().reply_to.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_unauthorized_and_shows_nowhere() {
    let (_connection, mut session, mut peer) = session().await;
    let (cbs, mut node) = tokio::join!(Cbs::attach(&mut session, SOON), Node::of(&mut peer));
    let cbs = cbs.unwrap();
    let token = SasKey::new("k", "v").sign("sb://h/q", UNIX_EPOCH);
    let condition = |name: &str| SimpleValue::Symbol(Symbol::from(name));
    for (properties, kind) in [
        (
            vec![("status-code", SimpleValue::Int(401))],
            ErrorKind::Unauthorized,
        ),
        (
            vec![("statusCode", SimpleValue::Long(404))],
            ErrorKind::NotFound,
        ),
        (
            vec![
                ("statusCode", SimpleValue::Uint(410)),
                (
                    "errorCondition",
                    condition("com.microsoft:session-lock-lost"),
                ),
            ],
            ErrorKind::SessionLockLost,
        ),
        (
            vec![
                ("status-code", SimpleValue::Int(500)),
                ("error-condition", condition("com.microsoft:server-busy")),
                (
                    "status-description",
                    SimpleValue::String(token.expose().to_owned()),
                ),
            ],
            ErrorKind::ServerBusy,
        ),
        (vec![], ErrorKind::Protocol),
    ] {
        let answering = async {
            let message = node.next().await;
            node.reply(&message, &properties, Wire::Null).await;
        };
        let (put, ()) = tokio::join!(cbs.put_token("sb://h/q", &token), answering);
        let error = put.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(
            error.to_string().contains("putting a token for `sb://h/q`"),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("sig="), "{error}");
    }
}
