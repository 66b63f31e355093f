//! One task a link, since the library below lends a link to one call at a time.

use std::sync::Arc;

use fe2o3_amqp::{
    Receiver, Sender,
    types::{
        messaging::{AmqpValue, Body, Message, MessageId, Outcome},
        primitives::Value as Wire,
    },
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{AT_ONCE, Response, pending::Pending};
use crate::amqp::{Error, error::Told, outcome};

pub(super) struct Call {
    pub(super) id: u64,
    pub(super) message: Message<AmqpValue<Wire>>,
}

pub(super) async fn send(
    mut sender: Sender,
    mut calls: mpsc::Receiver<Call>,
    pending: Arc<Pending>,
    ended: CancellationToken,
) {
    let _ends_the_other = ended.clone().drop_guard();
    let mut outcomes = JoinSet::new();
    let failure = loop {
        tokio::select! {
            () = ended.cancelled() => break None,
            detached = sender.on_detach() => break Some(detached.told("")),
            Some(Ok((id, outcome))) = outcomes.join_next() => {
                let outcome: Result<(), Error> = outcome;
                if let Err(error) = outcome {
                    pending.answer(id, Err(error));
                }
            }
            call = calls.recv() => {
                let Some(Call { id, message }) = call else { break None };
                if !pending.waits(id) {
                    continue;
                }
                tokio::select! {
                    () = ended.cancelled() => break None,
                    sent = sender.send_batchable(message) => match sent {
                        Ok(delivery) => {
                            outcomes.spawn(async move { (id, settled(delivery.await)) });
                        }
                        // The request's own fault: the link is as good as before.
                        Err(error) if error.recovery().link_is_usable() => {
                            pending.answer(id, Err(error.told("")));
                        }
                        Err(error) => break Some(error.told("")),
                    },
                }
            }
        }
    };
    if let Some(error) = failure {
        pending.fail(error);
    }
}

fn settled(outcome: Result<Outcome, fe2o3_amqp::link::SendError>) -> Result<(), Error> {
    outcome::taken(outcome.map_err(|error| error.told(""))?, "")
}

pub(super) async fn receive(
    mut receiver: Receiver,
    pending: Arc<Pending>,
    ended: CancellationToken,
) {
    let _ends_the_other = ended.clone().drop_guard();
    let mut since_credit = 0;
    let failure = loop {
        let delivery = tokio::select! {
            () = ended.cancelled() => break None,
            delivery = receiver.recv::<Body<Wire>>() => delivery,
        };
        let (info, message) = match delivery {
            Ok(delivery) => delivery.into_parts(),
            Err(error) => break Some(error.told("")),
        };
        // Most services send replies settled, and then this sends nothing.
        let _ = receiver.accept(info).await;
        let id = message
            .properties
            .as_ref()
            .and_then(|properties| properties.correlation_id.as_ref())
            .and_then(number);
        if !id.is_some_and(|id| pending.answer(id, Ok(Response::read(message)))) {
            tracing::debug!(node = pending.node(), "A reply came that nobody waits for.");
        }
        since_credit += 1;
        if since_credit >= AT_ONCE / 2 {
            since_credit = 0;
            if receiver.set_credit(AT_ONCE).await.is_err() {
                break Some(Error::new(crate::amqp::ErrorKind::LinkDetached, ""));
            }
        }
    };
    if let Some(error) = failure {
        pending.fail(error);
    }
}

fn number(id: &MessageId) -> Option<u64> {
    match id {
        MessageId::String(text) => text.parse().ok(),
        _ => None,
    }
}
