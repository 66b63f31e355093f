use listener_core::{
    Host, Router,
    source::http::{Authentication, Server},
};
use tests::fixtures::golden;

use crate::support::{run, told, webhook};

#[tokio::test]
async fn each_kind_lets_in_who_has_any_of_its_secrets() {
    let running = {
        let server = Server::bind("127.0.0.1:0");
        let router = || Router::new().fallback(async || ()).with_state(());
        let key = Authentication::webhook_key(["new key", "old+key"]);
        let query = Authentication::http_query_string("k", ["1"])
            .and(Authentication::http_query_string("l", ["2"]));
        let header = Authentication::http_header("X-Key", ["new", "old"]);
        let hosts = [("/key", key), ("/query", query)];
        for (path, authentication) in hosts {
            let webhook = server.webhook(path).authentication(authentication);
            tokio::spawn(Host::new(webhook).serve(router()).into_future());
        }
        let host = Host::new(server.webhook("/header").authentication(header)).serve(router());
        run(&server, host).await
    };
    let post = async |path: &str, header: Option<&str>| {
        let mut request = running.post(path).body(golden("assign", "json"));
        if let Some(value) = header {
            request = request.header("x-key", value);
        }
        told(request.send()).await
    };
    let admitted = [
        ("/key?code=new%20key", None),
        ("/key?code=new+key", None),
        ("/key?code=old+key", None),
        ("/key?x=y&code=old%2Bkey", None),
        ("/query?k=1&l=2", None),
        ("/header", Some("new")),
        ("/header?code=no", Some("old")),
    ];
    for (path, header) in admitted {
        assert_eq!(post(path, header).await.0, 200, "{path}");
    }
    let refused = [
        ("/key", None),
        ("/key?code=", None),
        ("/key?code=new", None),
        ("/key?code=new%20key2", None),
        ("/key", Some("new key")),
        ("/query?k=1", None),
        ("/query?l=2", None),
        ("/header", Some("New")),
        ("/header?X-Key=new", None),
        ("/nowhere", None),
        ("/", Some("wrong")),
    ];
    for (path, header) in refused {
        assert_eq!(post(path, header).await, (401, String::new()), "{path}");
    }
    // Who may post somewhere may know that there is nothing here.
    assert_eq!(post("/nowhere", Some("new")).await.0, 404);
}

use std::future::IntoFuture;

#[tokio::test]
async fn a_refusal_is_the_same_whatever_was_asked_for() {
    let key = Authentication::webhook_key(["right"]);
    let running = webhook(|webhook| webhook.authentication(key), async || ()).await;
    let mut answers = Vec::new();
    for request in [
        "POST /crm HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
        "POST /crm?code=wrong HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
        "GET /crm HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
        "POST /crm HTTP/1.1\r\nhost: h\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n",
        "POST /other HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
    ] {
        let answer = running.raw(request).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let lines = head.lines().filter(|line| !line.starts_with("date: "));
        answers.push((
            lines.map(str::to_owned).collect::<Vec<_>>(),
            body.to_owned(),
        ));
    }
    assert_eq!(answers[0].0[0], "HTTP/1.1 401 Unauthorized");
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:#?}"
    );
    let report = running.end().await;
    assert_eq!(report.received, 0);
}

async fn refusal(server: &Server, change: impl FnOnce(Webhook) -> Webhook) -> String {
    let host = Host::new(change(server.webhook("/crm")));
    let router = Router::new().fallback(async || ()).with_state(());
    let error = host
        .serve(router)
        .with_graceful_shutdown(async {})
        .await
        .expect_err("a refusal");
    let cause = std::error::Error::source(&error).expect("a cause");
    cause.to_string()
}

use listener_core::source::http::Webhook;

#[tokio::test]
async fn a_path_that_others_can_reach_needs_authentication() {
    let text = refusal(&Server::bind("0.0.0.0:0"), |webhook| webhook).await;
    assert!(
        text.starts_with("`/crm` has no authentication, and 0.0.0.0:"),
        "{text}"
    );
    assert!(
        text.ends_with("or let everybody in by `allow_anonymous`"),
        "{text}"
    );
}

#[tokio::test]
async fn a_path_that_others_can_reach_may_be_open_on_request() {
    let servers = [
        (Server::bind("0.0.0.0:0").allow_anonymous(), false),
        (Server::bind("0.0.0.0:0"), true),
        (
            Server::bind("0.0.0.0:0").authentication(Authentication::webhook_key(["x"])),
            false,
        ),
    ];
    for (server, own) in servers {
        let webhook = server.webhook("/crm");
        let webhook = if own {
            webhook.allow_anonymous()
        } else {
            webhook
        };
        let router = Router::new().fallback(async || ()).with_state(());
        let host = Host::new(webhook).serve(router);
        host.with_graceful_shutdown(async {})
            .await
            .expect("no refusal");
    }
}

#[tokio::test]
async fn an_empty_secret_lets_nobody_in() {
    let server = Server::bind("127.0.0.1:0");
    let key = Authentication::webhook_key(["hunter2", ""]);
    let text = refusal(&server, |webhook| webhook.authentication(key)).await;
    assert_eq!(
        text,
        "`/crm`: the authentication ?code= has an empty secret"
    );
}

#[tokio::test]
async fn an_address_that_is_taken_fails_the_start() {
    let first = Server::bind("127.0.0.1:0");
    let address = first.listen().await.expect("a free port").to_string();
    let text = refusal(&Server::bind(&*address), |webhook| webhook).await;
    let expected = format!("cannot listen on `{address}`, which is taken: end what listens there");
    assert!(text.starts_with(&expected), "{text}");
}

#[tokio::test]
#[should_panic(expected = "two sources of one server have the path `/score/Execute`")]
async fn two_sources_cannot_have_one_path() {
    let server = Server::bind("127.0.0.1:0");
    let _rest = server.rest("/score");
    let _webhook = server.webhook("/score/Execute");
}
