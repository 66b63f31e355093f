//! The poster against a Service Bus on loopback. Pauses are short and real: a paused clock would run ahead of a socket.

mod double;

use std::{net::TcpListener, time::Duration};

use double::{Double, Received, rejected, string};
use listener_core::{context::RemoteExecutionContext, decode::Format, encode};

use super::*;
use crate::{
    amqp::{
        Verdict,
        types::{messaging::Body, primitives::SimpleValue},
    },
    poster::{Job, PostError, Retries, StatusReason, SystemJob},
};

const LONG: Duration = Duration::from_secs(60);

/// Many retries after short pauses: how many are needed depends on how fast the machine is.
fn settings() -> QueueSettings {
    QueueSettings {
        format: Format::Json,
        retries: Retries {
            most: 10_000,
            first_pause: Duration::from_millis(5),
            factor: 1,
            ..Retries::default()
        },
        ..QueueSettings::default()
    }
}

fn context(table: &str) -> RemoteExecutionContext {
    let mut context = RemoteExecutionContext::new("Update", table.to_owned());
    context.correlation_id = uuid::Uuid::from_u128(0xC0).into();
    context
}

async fn post(poster: &QueuePoster) -> Job {
    poster.post_context(context("account")).await.unwrap()
}

async fn posted(poster: &QueuePoster) -> SystemJob {
    post(poster).await.completed().await
}

async fn until_waiting(job: &mut Job) {
    while let Some(now) = job.changed().await {
        if now.status == StatusReason::Waiting {
            return;
        }
    }
    panic!("expected the job to wait");
}

fn body(message: &Received) -> &[u8] {
    match &message.body {
        Body::Data(data) => {
            assert_eq!(data.len(), 1);
            &data[0].0
        }
        _ => panic!("expected data"),
    }
}

#[tokio::test]
async fn sends_what_dataverse_sends_and_no_more() {
    let double = Double::default();
    let (_server, address) = double.serve(None).await;
    let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
    let job = posted(&poster).await;
    assert_eq!((job.status, job.error), (StatusReason::Succeeded, None));
    assert_eq!(double.attached(), ["crm"]);

    let [message] = &double.received()[..] else {
        panic!("one message")
    };
    assert_eq!(body(message), encode::json(&context("account")).unwrap());
    let properties = message.properties.as_ref().unwrap();
    assert_eq!(
        properties.content_type.as_ref().unwrap().as_str(),
        "application/json"
    );
    assert_eq!(properties.message_id, job.message_id.map(Into::into));
    let correlation_id = "{00000000-0000-0000-0000-0000000000c0}".to_owned();
    assert_eq!(properties.correlation_id, Some(correlation_id.into()));
    assert_eq!(
        (&properties.subject, &properties.group_id, &properties.to),
        (&None, &None, &None)
    );
    assert!(message.header.is_none() && message.message_annotations.is_none());

    let claims = message.application_properties.as_ref().unwrap();
    let claim = |name: &str| claims.0.get(&*format!("{CLAIMS}{name}")).unwrap();
    let text = |text: &str| SimpleValue::String(text.to_owned());
    assert_eq!(*claim("RequestName"), text("Update"));
    assert_eq!(*claim("EntityLogicalName"), text("account"));
    assert_eq!(*claim("User"), SimpleValue::Null);
}

#[tokio::test]
async fn marks_a_trimmed_message_by_a_boolean() {
    let double = Double::default();
    let (_server, address) = double.serve(None).await;
    let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
    let mut large = context("account");
    large.set_input("text", "x".repeat(QUEUE_BODY_LIMIT));
    let job = poster.post_context(large).await.unwrap().completed().await;
    assert_eq!((job.status, job.trimmed), (StatusReason::Succeeded, true));
    let received = double.received();
    let properties = received[0].application_properties.as_ref().unwrap();
    assert_eq!(
        properties.0.get("MessageMaxSizeExceeded"),
        Some(&SimpleValue::Bool(true))
    );
}

#[tokio::test]
async fn keeps_its_connection_and_closes_it() {
    let double = Double::default();
    let (server, address) = double.serve(None).await;
    let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
    let mut jobs = Vec::new();
    for _ in 0..20 {
        jobs.push(post(&poster).await);
    }
    for job in jobs {
        assert_eq!(job.completed().await.status, StatusReason::Succeeded);
    }
    assert_eq!(double.attached(), ["crm"]);
    assert_eq!(server.counts().connections, 1);
    poster.close(LONG).await;
    let refused = poster.post_context(context("account")).await.unwrap_err();
    assert!(matches!(refused, PostError::Closed), "{refused}");
    server.shutdown().await;
    assert_eq!(double.received().len(), 20);
}

#[tokio::test]
async fn waits_for_an_endpoint_that_is_not_there_yet() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
    let mut job = post(&poster).await;
    until_waiting(&mut job).await;
    let error = job.current().error.unwrap();
    assert!(error.contains("no connection"), "{error}");
    assert!(
        error.ends_with("`listener local` serves a Service Bus on this machine"),
        "{error}"
    );

    let double = Double::default();
    let _server = double.serve(Some(address)).await;
    let job = job.completed().await;
    assert_eq!(job.status, StatusReason::Succeeded);
    assert!(job.attempts > 1);
    assert_eq!(double.received().len(), 1);
}

#[tokio::test]
async fn connects_again_when_the_connection_is_lost() {
    let double = Double::default();
    let (server, address) = double.serve(None).await;
    let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
    posted(&poster).await;
    server.shutdown().await;
    let mut job = post(&poster).await;
    until_waiting(&mut job).await;
    let _server = double.serve(Some(address)).await;
    assert_eq!(job.completed().await.status, StatusReason::Succeeded);
    assert_eq!(double.attached(), ["crm", "crm"]);
}

#[tokio::test]
async fn gives_up_a_link_that_does_not_answer_in_time() {
    let double = Double::default().then(Verdict::Later);
    let (_server, address) = double.serve(None).await;
    let settings = QueueSettings {
        time_limit: Duration::from_millis(200),
        ..settings()
    };
    let poster = QueuePoster::new(&string(address), Some("crm"), settings).unwrap();
    let job = posted(&poster).await;
    assert_eq!(job.status, StatusReason::Succeeded);
    assert!(job.attempts > 1 && double.attached().len() > 1);
}

#[tokio::test]
async fn gives_up_a_peer_that_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = QueueSettings {
        time_limit: Duration::from_millis(100),
        retries: Retries::none(),
        ..settings()
    };
    let string = string(silent.local_addr().unwrap());
    let job = posted(&QueuePoster::new(&string, Some("crm"), settings).unwrap()).await;
    assert_eq!((job.status, job.attempts), (StatusReason::Failed, 1));
    let error = job.error.unwrap();
    assert!(error.contains("allow more time"), "{error}");
}

#[tokio::test]
async fn those_who_wait_for_one_link_share_its_failure() {
    let double = Double::default().refusing("amqp:unauthorized-access");
    let (_server, address) = double.serve(None).await;
    let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
    let mut jobs = Vec::new();
    for _ in 0..10 {
        jobs.push(post(&poster).await);
    }
    for job in jobs {
        assert_eq!(job.completed().await.status, StatusReason::Failed);
    }
    assert_eq!(double.attached(), ["crm"]);
}

#[tokio::test]
async fn tries_again_what_another_attempt_may_mend() {
    for verdict in [
        rejected("com.microsoft:server-busy-elsewhere"),
        rejected("amqp:resource-limit-exceeded"),
        rejected("com.microsoft:timeout"),
        // The link was fine before: a new one tells whether the right to send is really gone.
        Verdict::Detach(double::error("amqp:unauthorized-access")),
    ] {
        let told = format!("{verdict:?}");
        let double = Double::default().then(verdict);
        let (_server, address) = double.serve(None).await;
        let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
        let job = posted(&poster).await;
        assert_eq!(
            (job.status, job.attempts),
            (StatusReason::Succeeded, 2),
            "{told}"
        );
        assert_eq!(double.received().len(), 1);
    }
}

#[tokio::test]
async fn fails_at_once_where_something_has_to_be_changed_first() {
    for (double, words) in [
        (
            Double::default().refusing("amqp:unauthorized-access"),
            ["not authorized", "the Send"],
        ),
        (
            Double::default().refusing("amqp:not-found"),
            ["not found", "check the entity's name"],
        ),
        (
            Double::default().answering_tokens(401),
            ["not authorized", "give a key"],
        ),
        (
            Double::default().then(rejected("amqp:not-allowed")),
            ["not allowed", "the entity's other settings"],
        ),
        (
            Double::default().then(rejected("amqp:link:message-size-exceeded")),
            ["too large", "send less"],
        ),
    ] {
        let (_server, address) = double.serve(None).await;
        let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
        let job = posted(&poster).await;
        let error = job.error.unwrap();
        assert_eq!(
            (job.status, job.attempts),
            (StatusReason::Failed, 1),
            "{error}"
        );
        for word in words {
            assert!(error.contains(word), "{error}");
        }
        assert!(!error.contains("canary"), "{error}");
        assert!(double.received().is_empty());
    }
}

#[tokio::test]
async fn says_when_a_context_is_too_large_and_does_not_connect() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
    let mut large = context("account");
    large.set_shared_variable("text", "x".repeat(QUEUE_BODY_LIMIT));
    let job = poster.post_context(large).await.unwrap().completed().await;
    assert_eq!((job.status, job.attempts), (StatusReason::Failed, 0));
    assert!(job.error.unwrap().contains("at most 196608"));
    free.set_nonblocking(true).unwrap();
    assert!(free.accept().is_err(), "somebody connected");
}

#[tokio::test]
async fn posts_nothing_but_a_context() {
    let address = ([127, 0, 0, 1], 1).into();
    let poster = QueuePoster::new(&string(address), Some("crm"), settings()).unwrap();
    for message in [&b"{"[..], b"\"text\""] {
        assert!(poster.post(message).await.is_err());
    }
}

#[test]
fn posts_to_the_entity_of_the_connection_string_where_it_names_one() {
    let whole = string(([127, 0, 0, 1], 1).into());
    let narrow = "Endpoint=sb://h/;SharedAccessKeyName=x;SharedAccessKey=canary;EntityPath=Crm";
    let narrow = narrow.parse().unwrap();
    let poster = |string, name| QueuePoster::new(string, name, QueueSettings::default());
    assert_eq!(poster(&whole, Some("crm")).unwrap().entity(), "crm");
    assert_eq!(poster(&narrow, None).unwrap().entity(), "Crm");
    assert_eq!(poster(&narrow, Some("crm")).unwrap().entity(), "crm");
    let other = poster(&narrow, Some("erp")).unwrap_err().to_string();
    assert!(other.contains("for `Crm` alone"), "{other}");
    let none = poster(&whole, Some("")).unwrap_err().to_string();
    assert!(none.contains("found neither"), "{none}");
    assert!(!format!("{:?}", poster(&whole, Some("crm"))).contains("canary"));
}
