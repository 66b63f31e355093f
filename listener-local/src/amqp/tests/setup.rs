//! What the tests of frames begin with.

use super::broker::{Broker, Heard};
use crate::amqp::{
    Limits, LinkEnd, Server,
    types::{
        definitions::{Error, ErrorCondition, Role},
        messaging::DeliveryState,
        performatives::Disposition,
    },
};
use tokio::sync::mpsc::UnboundedReceiver;

pub(super) fn server() -> (Server, Broker, UnboundedReceiver<Heard>) {
    server_with(Limits::default())
}

pub(super) fn server_with(limits: Limits) -> (Server, Broker, UnboundedReceiver<Heard>) {
    let (broker, heard) = Broker::new();
    (Server::with_limits(broker.clone(), limits), broker, heard)
}

pub(super) fn is(error: &Error, condition: impl Into<ErrorCondition>) -> bool {
    error.condition == condition.into()
}

pub(super) async fn detached(heard: &mut UnboundedReceiver<Heard>) -> LinkEnd {
    loop {
        if let Heard::Detached(end) = heard.recv().await.unwrap() {
            return end;
        }
    }
}

pub(super) fn settle(first: u32, last: u32, state: DeliveryState) -> Disposition {
    let state = Some(state);
    Disposition {
        role: Role::Receiver,
        first,
        last: Some(last),
        settled: false,
        state,
        batchable: false,
    }
}
