use std::net::{Ipv4Addr, SocketAddr};

use axum::http::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    sync::mpsc,
};

use crate::{
    Reply,
    source::http::{Answer, Endpoint, Server, connection::Connections},
    testing::conformance::{self, Case, Event, Fate, Features, Rig, Sample, Verdict},
};

/// How long a request may take, by default.
const LOCK: std::time::Duration = std::time::Duration::from_secs(50);

/// One path of a server, and senders in memory that wait for their answers.
struct HttpRig<R: Answer> {
    endpoint: Option<Endpoint<R>>,
    connections: Connections,
    events: (mpsc::UnboundedSender<Event>, mpsc::UnboundedReceiver<Event>),
}

impl<R: Answer> HttpRig<R> {
    fn new(path: fn(&Server) -> Endpoint<R>) -> Self {
        let server = Server::bind("127.0.0.1:0");
        let endpoint = path(&server);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 7071));
        Self {
            endpoint: Some(endpoint),
            connections: server.connections(address).expect("a loopback address"),
            events: mpsc::unbounded_channel(),
        }
    }
}

impl<R: Answer> Rig for HttpRig<R> {
    type Source = Endpoint<R>;

    /// The far side pushes, over connections that do not know of each other, and is told all there is to tell.
    fn features(&self) -> Features {
        Features::default().reasons(true).lock(LOCK)
    }

    async fn source(&mut self) -> Endpoint<R> {
        self.endpoint.take().expect("one source")
    }

    async fn send(&mut self, sample: Sample) {
        let (mut near, far) = duplex(64 * 1024);
        tokio::spawn(self.connections.clone().serve(far, false));
        let events = self.events.0.clone();
        near.write_all(&request(&sample)).await.expect("written");
        tokio::spawn(async move {
            let mut answer = Vec::new();
            near.read_to_end(&mut answer).await.expect("an answer");
            if let Some(fate) = fate(&answer) {
                let number = sample.number;
                // A case that has ended wants no more.
                let _ = events.send(Event { number, fate });
            }
        });
    }

    async fn event(&mut self) -> Event {
        self.events.1.recv().await.expect("the rig holds a sender")
    }

    async fn in_flight(&mut self) -> usize {
        unreachable!("no case asks who pushes")
    }
}

fn request(sample: &Sample) -> Vec<u8> {
    let exceeded = if sample.size_exceeded {
        "x-ms-dynamics-msg-size-exceeded: ?\r\n"
    } else {
        ""
    };
    let head = format!(
        "POST /path HTTP/1.1\r\nconnection: close\r\n{exceeded}\
         x-ms-dynamics-request-name: {}\r\nx-ms-dynamics-entity-name: {}\r\n\
         x-ms-correlation-request-id: {}\r\ncontent-length: {}\r\n\r\n",
        sample.message,
        sample.entity,
        sample.correlation_id,
        sample.body.len()
    );
    [head.as_bytes(), &sample.body].concat()
}

/// What an answer says of the message; nothing, where it was sent away at the door.
fn fate(answer: &[u8]) -> Option<Fate> {
    let answer = String::from_utf8_lossy(answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    let status = head.split(' ').nth(1).expect("a status");
    let text = match serde_json::from_str::<serde_json::Value>(body) {
        Ok(fault) => fault["Message"].as_str().unwrap_or(body).to_owned(),
        Err(_) => body.to_owned(),
    };
    let rejected = |reason: &str| Fate::Rejected {
        reason: reason.to_owned(),
        description: text.clone(),
    };
    let status: StatusCode = status.parse().expect("a status");
    Some(match status.as_u16() {
        200 => Fate::Accepted,
        400 => rejected("Undecodable"),
        404 => rejected("NoRoute"),
        422 | 500 => rejected("Permanent"),
        503 if text == "the listener is shutting down" => return None,
        503 if text.starts_with("the listener did not end within ") => Fate::Refused,
        503 => Fate::Released,
        other => unreachable!("{other}"),
    })
}

#[tokio::test(start_paused = true)]
async fn a_webhook_conforms() {
    let results = conformance::run(|| HttpRig::new(|server| server.webhook("/path"))).await;
    results.assert();
    let skipped: Vec<_> = results
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Skipped(_)))
        .map(|(case, _)| case)
        .collect();
    let not_over_http = [
        Case::Redelivered,
        Case::Delayed,
        Case::LockLost,
        Case::Bound,
        Case::Order,
        Case::DrainIdle,
    ];
    assert_eq!(skipped, not_over_http, "{results}");
}

#[tokio::test(start_paused = true)]
async fn a_rest_endpoint_conforms() {
    let results = conformance::run(|| HttpRig::<Reply>::new(|server| server.rest("/path"))).await;
    // It has no claims.
    assert_eq!(results.failed(), [Case::Claims], "{results}");
}
