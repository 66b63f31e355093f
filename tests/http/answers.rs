use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use listener_core::{
    Context, Delivery, Error, Lock, Outcome, Reason, Result,
    decode::{self, DecodeOptions, Document},
    source::http::Unrouted,
};
use listener_local::poster::double_encode;
use tests::fixtures::golden;
use tokio::sync::Notify;

use crate::support::{header, told, webhook};

/// A golden as a synchronous step posts it.
fn synchronous(name: &str) -> String {
    let text = String::from_utf8(golden(name, "json")).expect("UTF-8");
    assert!(text.contains(r#""Mode":1"#));
    text.replace(r#""Mode":1"#, r#""Mode":0"#)
}

fn decoded(name: &str) -> Document {
    decode::decode(&golden(name, "json"), None, &DecodeOptions::default())
        .expect("a golden")
        .document
}

#[tokio::test]
async fn a_context_is_decoded_handled_and_answered() {
    let seen = Arc::new(Mutex::new(None));
    let listener = {
        let seen = seen.clone();
        async move |context: Context| *seen.lock().unwrap() = Some((*context).clone())
    };
    let running = webhook(|webhook| webhook, listener).await;
    assert_eq!(
        told(running.message("assign").send()).await,
        (200, String::new())
    );
    assert_eq!(running.end().await.accepted, 1);
    let seen = seen.lock().unwrap().take().expect("a context");
    assert_eq!(Document::Context(seen), decoded("assign"));
}

#[tokio::test]
async fn each_end_of_a_listener_has_its_status() {
    let listener = async |delivery: Delivery| -> Result<Outcome> {
        match delivery
            .claims()
            .organization
            .as_deref()
            .unwrap_or_default()
        {
            "transient" => Err(Error::transient("the ERP is away")),
            "later" => Err(Error::retry_after(
                Duration::from_millis(90_500),
                "the ERP is away",
            )),
            "permanent" => Err(Error::permanent("the account has no contract")),
            "reason" => Ok(Outcome::reject(
                Reason::Other("NoContract".into()),
                "no contract",
            )),
            "defer" => Ok(Outcome::defer()),
            "panic" => panic!("on purpose"),
            other => panic!("{other}"),
        }
    };
    let running = webhook(|webhook| webhook, listener).await;
    for (case, status, text, after) in [
        ("transient", 503, "the ERP is away", Some("1")),
        ("later", 503, "the ERP is away", Some("91")),
        ("permanent", 422, "the account has no contract", None),
        ("reason", 422, "no contract", None),
        ("defer", 503, "cannot", Some("1")),
        ("panic", 503, "panicked", Some("1")),
    ] {
        let request = running
            .message("assign")
            .header("x-ms-dynamics-organization", case);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), status, "{case}");
        assert_eq!(header(&response, "retry-after").as_deref(), after, "{case}");
        let body = response.text().await.unwrap();
        assert!(body.contains(text), "{case}: {body}");
        assert!(!body.contains("on purpose"), "{body}");
    }
    let report = running.end().await;
    assert_eq!((report.released, report.rejected), (4, 2));
}

#[tokio::test]
async fn a_listener_that_takes_too_long_is_told_and_counts_as_failed() {
    let ended = Arc::new(Notify::new());
    let listener = {
        let ended = ended.clone();
        async move |lock: Lock| {
            lock.lost().await;
            ended.notify_one();
        }
    };
    let short = Duration::from_millis(200);
    let running = webhook(|webhook| webhook.answer_within(short), listener).await;
    let (status, text) = told(running.message("assign").send()).await;
    assert_eq!(
        (status, &*text),
        (503, "the listener did not end within 200ms")
    );
    ended.notified().await;
    let report = running.end().await;
    assert_eq!(
        (report.accepted, report.lock_lost, report.refused),
        (0, 1, 1)
    );
}

#[tokio::test]
async fn what_nobody_listens_to_is_not_found() {
    let running = webhook(|webhook| webhook, async || ()).await;
    let (status, text) = told(running.message("update-images").send()).await;
    assert_eq!(
        (status, &*text),
        (404, "no listener for `Update` of `account`")
    );
    assert_eq!(running.end().await.rejected, 1);
}

#[tokio::test]
async fn a_synchronous_step_that_nobody_listens_to_does_not_block_its_table() {
    for (unrouted, status) in [(None, 200), (Some(Unrouted::NotFound), 404)] {
        let mut meter = None;
        let running = webhook(
            |webhook| {
                let webhook = match unrouted {
                    Some(unrouted) => webhook.unrouted(unrouted),
                    None => webhook,
                };
                meter = Some(webhook.meter());
                webhook
            },
            async || (),
        )
        .await;
        let request = running.post("/crm").body(synchronous("update-images"));
        assert_eq!(told(request.send()).await.0, status);
        let unrouted = meter.expect("a meter").counts().unrouted;
        assert_eq!(unrouted, u64::from(status == 200));
        assert_eq!(running.end().await.rejected, 1);
    }
}

#[tokio::test]
async fn the_headers_of_a_webhook_are_its_claims() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let seen = seen.clone();
        async move |delivery: Delivery| {
            let claims = delivery.claims();
            let correlation = claims.correlation_id.map(|id| id.to_string());
            seen.lock().unwrap().push((
                claims.organization.as_deref().map(str::to_owned),
                correlation,
                delivery.attempt(),
                delivery.size_exceeded(),
            ));
        }
    };
    let running = webhook(|webhook| webhook, listener).await;
    let id = "53c52f26-a89d-ef11-8a69-000d3a30b0c1";
    let request = running
        .message("assign")
        .header("x-ms-dynamics-organization", "contoso.crm.dynamics.com")
        .header("x-ms-dynamics-entity-name", "account")
        .header("x-ms-dynamics-request-name", "Assign")
        .header("x-ms-correlation-request-id", id)
        .header("x-ms-dynamics-msg-size-exceeded", "anything");
    assert_eq!(told(request.send()).await.0, 200);
    // Without any, the body tells message and table.
    assert_eq!(told(running.message("assign").send()).await.0, 200);
    running.end().await;
    let organization = Some("contoso.crm.dynamics.com".to_owned());
    assert_eq!(
        *seen.lock().unwrap(),
        [
            (organization, Some(id.to_owned()), 1, true),
            (None, None, 1, false)
        ]
    );
}

#[tokio::test]
async fn texts_that_were_encoded_twice_are_repaired() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let seen = seen.clone();
        async move |context: Context| seen.lock().unwrap().push((*context).clone())
    };
    let (text, original) = (golden("text", "json"), decoded("text"));
    let text = String::from_utf8(text).expect("UTF-8").into_bytes();
    let twice = double_encode(&text);
    assert_ne!(twice.as_bytes(), text);
    let server = listener_core::source::http::Server::bind("127.0.0.1:0");
    let router = listener_core::Router::new().fallback(listener);
    let host = listener_core::Host::new(server.webhook("/crm")).serve(router.with_state(()));
    let running = crate::support::run(&server, host).await;
    for body in [text, twice.into_bytes()] {
        assert_eq!(told(running.post("/crm").body(body).send()).await.0, 200);
    }
    running.end().await;
    for context in seen.lock().unwrap().drain(..) {
        assert!(Document::Context(context) == original);
    }
}

#[tokio::test]
async fn a_webhook_is_told_by_its_body_not_by_its_content_type() {
    let running = webhook(|webhook| webhook, async || ()).await;
    for content_type in [
        "text/plain",
        "application/xml",
        "application/octet-stream",
        "?",
    ] {
        let request = running.post("/crm").header("content-type", content_type);
        let (status, text) = told(request.body(golden("assign", "json")).send()).await;
        assert_eq!((status, &*text), (200, ""), "{content_type}");
    }
    running.end().await;
}

#[tokio::test]
async fn a_trailing_slash_does_not_matter() {
    let running = webhook(|webhook| webhook, async || ()).await;
    let request = running.post("/crm/").body(golden("assign", "json"));
    assert_eq!(told(request.send()).await.0, 200);
    assert_eq!(told(running.post("/crm/x").send()).await.0, 404);
    running.end().await;
}
