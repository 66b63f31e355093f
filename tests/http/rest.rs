use listener_core::{
    Context, Error, Host, Reply, Router,
    source::http::{Server, Unrouted},
};
use tests::fixtures::golden;

use crate::support::{Running, header, run, told};

async fn score() -> Running {
    let listener = async |context: Context| match context.message_name() {
        "Delete" => Err(Error::permanent("never <that> & this")),
        "Assign" => Err(Error::transient("busy")),
        message => Ok(format!(
            "{message} of \"{}\"",
            context.primary_entity_name()
        )),
    };
    let server = Server::bind("127.0.0.1:0");
    let router = Router::<(), Reply>::new().fallback(listener).with_state(());
    run(&server, Host::new(server.rest("/score")).serve(router)).await
}

#[tokio::test]
async fn a_string_is_answered_as_json() {
    let running = score().await;
    for path in ["/score", "/score/", "/score/Execute"] {
        let request = running.post(path).body(golden("update-images", "json"));
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let content_type = header(&response, "content-type");
        assert_eq!(
            content_type.as_deref(),
            Some("application/json; charset=utf-8")
        );
        assert_eq!(response.text().await.unwrap(), r#""Update of \"account\"""#);
    }
    running.end().await;
}

#[tokio::test]
async fn a_string_is_answered_as_xml_where_that_is_asked_for() {
    let running = score().await;
    let request = running
        .post("/score/Execute")
        .header("accept", "application/xml, text/xml")
        .header("content-type", "application/xml; charset=utf-8")
        .body(golden("update-images", "xml"));
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    let content_type = header(&response, "content-type");
    assert_eq!(
        content_type.as_deref(),
        Some("application/xml; charset=utf-8")
    );
    assert_eq!(
        response.text().await.unwrap(),
        "<string xmlns=\"http://schemas.microsoft.com/2003/10/Serialization/\">Update of \"account\"</string>"
    );
    running.end().await;
}

#[tokio::test]
async fn a_failure_is_answered_as_a_fault() {
    let running = score().await;
    let post = |name: &str| running.post("/score").body(golden(name, "json"));
    assert_eq!(
        told(post("delete").send()).await,
        (
            500,
            r#"{"ErrorDetails":[],"Message":"never <that> & this"}"#.into()
        )
    );
    let (status, xml) = told(post("delete").header("accept", "text/xml").send()).await;
    assert_eq!(status, 500);
    assert!(
        xml.ends_with("<Message>never &lt;that&gt; &amp; this</Message></ServiceEndpointFault>")
    );
    assert_eq!(
        told(post("assign").send()).await,
        (503, r#"{"ErrorDetails":[],"Message":"busy"}"#.into())
    );
    let (status, text) = told(running.post("/score").body("{").send()).await;
    assert_eq!(status, 400);
    assert!(
        text.starts_with(r#"{"ErrorDetails":[],"Message":""#),
        "{text}"
    );
    running.end().await;
}

#[tokio::test]
async fn each_format_is_read_and_answered_alike() {
    let running = score().await;
    let mut answers = Vec::new();
    for (content_type, extension) in [
        ("application/json", "json"),
        ("application/xml; charset=utf-8", "xml"),
        ("application/msbin1", "msbin1"),
        ("application/octet-stream", "msbin1"),
    ] {
        let request = running
            .post("/score")
            .header("content-type", content_type)
            .body(golden("create-all-types", extension));
        answers.push(told(request.send()).await);
    }
    assert_eq!(answers[0].0, 200, "{:?}", answers[0]);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    running.end().await;
}

#[tokio::test]
async fn a_call_that_nobody_listens_to_is_not_found_unless_it_may_be_ignored() {
    let server = Server::bind("127.0.0.1:0");
    let router = || Router::<(), Reply>::new().with_state(());
    let lenient = server
        .rest("/lenient")
        .unrouted(Unrouted::AcceptSynchronous);
    tokio::spawn(std::future::IntoFuture::into_future(
        Host::new(lenient).serve(router()),
    ));
    let running = run(&server, Host::new(server.rest("/strict")).serve(router())).await;
    // A message of mode 0.
    let body = golden("retrievemultiple-queryexpression", "json");
    let (status, text) = told(running.post("/strict").body(body.clone()).send()).await;
    assert_eq!(status, 404);
    assert!(
        text.contains("no listener for `RetrieveMultiple`"),
        "{text}"
    );
    let (status, text) = told(running.post("/lenient").body(body).send()).await;
    assert_eq!((status, &*text), (200, r#""""#));
    let asynchronous = running.post("/lenient").body(golden("delete", "json"));
    assert_eq!(told(asynchronous.send()).await.0, 404);
}
