//! Bodies that nobody sends by mistake: each is told what is wrong with it, no listener runs, and the server stays up.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use listener_core::{Context, Host, Router, source::http::Server};
use tests::fixtures::golden;

use crate::support::{Running, run, told};

/// A listener that asks for all of the context.
async fn everything() -> (Running, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let listener = {
        let runs = runs.clone();
        async move |_: Context| {
            runs.fetch_add(1, Ordering::SeqCst);
        }
    };
    let server = Server::bind("127.0.0.1:0");
    let router = Router::new().fallback(listener).with_state(());
    let host = Host::new(server.webhook("/crm").body_bytes(64 << 20)).serve(router);
    (run(&server, host).await, runs)
}

/// The secret value that no answer may quote.
const CANARY: &str = "hunter2";

fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let context = |members: &str| format!(r#"{{"MessageName":"Create",{members}}}"#).into_bytes();
    let whole = golden("size-5k", "json");
    let parameters = format!(r#"{{"key":"{CANARY}","value":null}},"#).repeat(1_000_000);
    vec![
        ("empty", Vec::new()),
        ("text", CANARY.into()),
        ("form", format!("a={CANARY}&b=c").into()),
        ("not UTF-8", vec![b'{', 0xff, 0xfe]),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("cut by one byte", whole[..whole.len() - 1].to_vec()),
        ("two documents", [&whole[..], &whole[..]].concat()),
        (
            "nested arrays",
            context(&format!(r#""X":{}"#, "[".repeat(100_000))),
        ),
        ("closed nested arrays", {
            let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
            context(&format!(
                r#""InputParameters":[{{"key":"a","value":{nested}}}]"#
            ))
        }),
        ("nested objects", context(&r#""X":{"#.repeat(100_000))),
        (
            "a million parameters",
            context(&format!(
                r#""InputParameters":[{}]"#,
                parameters.trim_end_matches(',')
            )),
        ),
        ("duplicate members", context(r#""Depth":1,"Depth":2"#)),
        ("a number for a text", context(r#""PrimaryEntityName":5"#)),
        (
            "a text for a number",
            context(&format!(r#""Depth":"{CANARY}""#)),
        ),
        (
            "a text for a list",
            context(&format!(r#""InputParameters":"{CANARY}""#)),
        ),
        (
            "a text for an id",
            context(&format!(r#""PrimaryEntityId":"{CANARY}""#)),
        ),
        (
            "a text for a yes or no",
            context(&format!(r#""IsInTransaction":"{CANARY}""#)),
        ),
    ]
}

#[tokio::test]
async fn hostile_bodies_are_told_what_is_wrong_and_reach_no_listener() {
    let (running, runs) = everything().await;
    for (name, body) in bodies() {
        let (status, text) = told(running.post("/crm").body(body).send()).await;
        assert_eq!(status, 400, "{name}: {text}");
        assert!(!text.is_empty() && text.len() < 2000, "{name}: {text}");
        assert!(!text.contains(CANARY), "{name}: {text}");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    let request = running.post("/crm").body(golden("size-190k", "json"));
    assert_eq!(told(request.send()).await, (200, String::new()));
    let report = running.end().await;
    assert_eq!(
        (report.accepted, report.rejected),
        (1, bodies().len() as u64)
    );
}
