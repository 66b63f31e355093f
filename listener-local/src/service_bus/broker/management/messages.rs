//! Messages by lock token and by sequence number.

use super::map;
use crate::{
    amqp::serde_amqp::{
        Value,
        primitives::{Array, Timestamp},
    },
    service_bus::{
        broker::{
            reply::{Answer, Failure},
            request::Request,
        },
        engine::{MessageQueue, ReceiveMode, Received, Settlement, Timestamp as At},
    },
};

/// The most bytes of messages in one answer, beyond the first.
const MAX_BYTES: usize = 1024 * 1024;

pub(super) fn renew(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let tokens = request.lock_tokens()?;
    let mut expirations = Vec::with_capacity(tokens.len());
    for token in tokens {
        let until = queue.renew(token)?;
        expirations.push(Value::Timestamp(Timestamp::from_milliseconds(
            until.as_millis(),
        )));
    }
    Ok(Answer::Ok(map([(
        "expirations",
        Value::Array(Array::from(expirations)),
    )])))
}

pub(super) fn peek(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let from = request.integer("from-sequence-number")?;
    let count = request.count("message-count")?;
    let found = queue.peek(from, count, request.text("session-id")?)?;
    let mut bytes = 0;
    let fits = |message: &Received| {
        let first = bytes == 0;
        bytes += message.message().size();
        first || bytes <= MAX_BYTES
    };
    let messages: Vec<_> = found
        .iter()
        .take_while({
            let mut fits = fits;
            move |message| fits(message)
        })
        .map(|message| map([("message", encoded(message))]))
        .collect();
    if messages.is_empty() {
        return Ok(Answer::Nothing);
    }
    Ok(Answer::Ok(map([("messages", Value::List(messages))])))
}

pub(super) fn receive(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let numbers = request.sequence_numbers()?;
    let mode = match request.integer("receiver-settle-mode")? {
        0 => ReceiveMode::ReceiveAndDelete,
        _ => ReceiveMode::PeekLock,
    };
    let found = match request.text("session-id")? {
        Some(id) => queue.locked_session(id)?.receive_deferred(&numbers, mode)?,
        None => queue.receive_deferred(&numbers, mode)?,
    };
    let messages = found.iter().map(|message| {
        let token = Value::Uuid(message.lock_token().into_bytes().into());
        map([("message", encoded(message)), ("lock-token", token)])
    });
    Ok(Answer::Ok(map([(
        "messages",
        Value::List(messages.collect()),
    )])))
}

pub(super) fn settle(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let changes = request.changes()?;
    let settlement = match request.required_text("disposition-status")? {
        "completed" => Settlement::Complete,
        "abandoned" => Settlement::Abandon(changes),
        // So Service Bus spells it.
        "defered" => Settlement::Defer(changes),
        "suspended" => Settlement::DeadLetter {
            reason: request.text("deadletter-reason")?.map(str::to_owned),
            description: request.text("deadletter-description")?.map(str::to_owned),
            changes,
        },
        _ => {
            return Err(Failure::expected(
                "`completed`, `abandoned`, `defered` or `suspended` as",
                "disposition-status",
            ));
        }
    };
    let tokens = request.lock_tokens()?;
    match request.text("session-id")? {
        Some(id) => {
            let session = queue.locked_session(id)?;
            for token in tokens {
                session.settle(token, settlement.clone())?;
            }
        }
        None => {
            for token in tokens {
                queue.settle(token, settlement.clone())?;
            }
        }
    }
    Ok(Answer::Ok(map([])))
}

/// Deletes active messages that nobody holds, the oldest first.
pub(super) fn delete(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let before = match request.member("enqueued-time-utc") {
        Some(Value::Timestamp(at)) => At::from_millis(at.milliseconds()),
        _ => return Err(Failure::expected("a timestamp as", "enqueued-time-utc")),
    };
    let deleted = queue.delete_batch(request.count("message-count")?, before)?;
    let deleted = i32::try_from(deleted).unwrap_or(i32::MAX);
    Ok(Answer::Ok(map([("message-count", Value::Int(deleted))])))
}

fn encoded(message: &Received) -> Value {
    Value::Binary(Vec::from(message.encode()).into())
}
