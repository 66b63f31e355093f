//! A Service Bus of one entity that does as a test says, and keeps what it gets.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use listener_core::amqp::ConnectionString;
use tokio::net::TcpListener;

use crate::amqp::{
    AttachFuture, AttachRequest, Attached, Credit, Delivery, Incoming, Message as Arrived, Node,
    Outgoing, OutgoingEvent, Server, Service, Verdict,
    serde_amqp::{Value, from_slice, to_vec},
    types::{
        definitions::{Error, ErrorCondition},
        messaging::{
            Accepted, ApplicationProperties, Body, Data, DeliveryState, Message, Properties,
            Rejected, TargetArchetype,
            message::__private::{Deserializable, Serializable},
        },
    },
};

/// A message as it arrived.
pub(super) type Received = Message<Body<Value>>;

/// The double's state, which all of its links share.
#[derive(Clone, Default)]
pub(super) struct Double(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// What becomes of the next messages; after them, all are accepted.
    verdicts: VecDeque<Verdict>,
    /// Why the next senders are refused.
    refusals: VecDeque<Error>,
    /// What the next tokens are answered; after them, 202.
    statuses: VecDeque<i32>,
    attached: Vec<String>,
    received: Vec<Received>,
    replies: HashMap<u64, Replies>,
}

/// The replies of one connection's `$cbs`.
#[derive(Default)]
struct Replies {
    waiting: VecDeque<Bytes>,
    waker: Option<Waker>,
}

pub(super) fn error(condition: &str) -> Error {
    let condition = ErrorCondition::Custom(condition.into());
    Error::new(condition, "so a test wants it".to_owned(), None)
}

pub(super) fn rejected(condition: &str) -> Verdict {
    let error = Some(error(condition));
    Verdict::Settle(DeliveryState::Rejected(Rejected { error }))
}

pub(super) fn string(address: SocketAddr) -> ConnectionString {
    let port = address.port();
    format!(
        "Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=x;SharedAccessKey=canary;UseDevelopmentEmulator=true"
    )
    .parse()
    .unwrap()
}

impl Double {
    pub(super) fn then(self, verdict: Verdict) -> Self {
        self.0.lock().unwrap().verdicts.push_back(verdict);
        self
    }

    pub(super) fn refusing(self, condition: &str) -> Self {
        self.0.lock().unwrap().refusals.push_back(error(condition));
        self
    }

    pub(super) fn answering_tokens(self, status: i32) -> Self {
        self.0.lock().unwrap().statuses.push_back(status);
        self
    }

    /// Serves on this address, or on a free one of the loopback.
    pub(super) async fn serve(&self, address: Option<SocketAddr>) -> (Server, SocketAddr) {
        let address = address.unwrap_or(([127, 0, 0, 1], 0).into());
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(self.clone());
        tokio::spawn(server.clone().serve(listener));
        (server, address)
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.0.lock().unwrap().received.clone()
    }

    /// To what senders were attached, beside `$cbs`.
    pub(super) fn attached(&self) -> Vec<String> {
        self.0.lock().unwrap().attached.clone()
    }

    fn answer(&self, connection: u64, request: &Received) {
        let mut state = self.0.lock().unwrap();
        let status = state.statuses.pop_front().unwrap_or(202);
        let id = request.properties.as_ref().unwrap().message_id.clone();
        let answer = Message::builder()
            .properties(Properties {
                correlation_id: id,
                ..Properties::default()
            })
            .application_properties(
                ApplicationProperties::builder()
                    .insert("status-code", status)
                    .build(),
            )
            .data(Data(Vec::new().into()))
            .build();
        let bytes = to_vec(&Serializable(answer)).unwrap();
        let replies = state.replies.entry(connection).or_default();
        replies.waiting.push_back(bytes.into());
        if let Some(waker) = replies.waker.take() {
            waker.wake();
        }
    }
}

impl Service for Double {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let double = self.clone();
        Box::pin(async move {
            let connection = request.connection.id();
            if !request.is_sender() {
                let node = Node::Outgoing(Box::new(Answers(double, connection)));
                return Ok(Attached::to(&request, node));
            }
            let address = match request.attach.target.as_deref() {
                Some(TargetArchetype::Target(target)) => target.address.clone().unwrap(),
                other => panic!("expected a target, found {other:?}"),
            };
            let tokens = address == "$cbs";
            if !tokens {
                let mut state = double.0.lock().unwrap();
                state.attached.push(address);
                if let Some(error) = state.refusals.pop_front() {
                    return Err(error);
                }
            }
            let sink = Sink {
                double,
                tokens: tokens.then_some(connection),
            };
            Ok(Attached::to(&request, Node::Incoming(Box::new(sink))))
        })
    }
}

struct Sink {
    double: Double,
    /// The connection, on `$cbs`.
    tokens: Option<u64>,
}

impl Incoming for Sink {
    fn message(&mut self, message: Arrived) -> Verdict {
        let message = from_slice::<Deserializable<Received>>(&message.payload);
        let message = message.unwrap().0;
        let accepted = Verdict::Settle(DeliveryState::Accepted(Accepted {}));
        if let Some(connection) = self.tokens {
            self.double.answer(connection, &message);
            return accepted;
        }
        let mut state = self.double.0.lock().unwrap();
        let verdict = state.verdicts.pop_front().unwrap_or(accepted);
        if matches!(verdict, Verdict::Settle(DeliveryState::Accepted(_))) {
            state.received.push(message);
        }
        verdict
    }
}

struct Answers(Double, u64);

impl Outgoing for Answers {
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        let mut state = self.0.0.lock().unwrap();
        let replies = state.replies.entry(self.1).or_default();
        if credit > 0
            && let Some(body) = replies.waiting.pop_front()
        {
            return Poll::Ready(OutgoingEvent::Deliver(Delivery {
                tag: [0; 16],
                format: 0,
                settled: true,
                head: Bytes::new(),
                body,
            }));
        }
        replies.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn credit(&mut self, _: Credit<'_>) {}

    fn disposition(&mut self, _: &[u8; 16], state: Option<DeliveryState>, _: bool) -> Verdict {
        state.map_or(Verdict::Later, Verdict::Settle)
    }
}
