//! Sessions: their locks, states and names.

use bytes::Bytes;

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
        engine::MessageQueue,
    },
};

pub(super) fn renew(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let session = queue.locked_session(request.required_text("session-id")?)?;
    let until = session.renew()?.as_millis();
    let until = Value::Timestamp(Timestamp::from_milliseconds(until));
    Ok(Answer::Ok(map([("expiration", until)])))
}

pub(super) fn state(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let session = queue.locked_session(request.required_text("session-id")?)?;
    let state = session.state()?;
    let state = state.map_or(Value::Null, |state| Value::Binary(Vec::from(state).into()));
    Ok(Answer::Ok(map([("session-state", state)])))
}

pub(super) fn set_state(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let session = queue.locked_session(request.required_text("session-id")?)?;
    let state = match request.member("session-state") {
        None => None,
        Some(Value::Binary(state)) => Some(Bytes::copy_from_slice(state)),
        Some(_) => return Err(Failure::expected("a binary or null as", "session-state")),
    };
    session.set_state(state)?;
    Ok(Answer::Ok(map([])))
}

pub(super) fn list(queue: &MessageQueue, request: &Request) -> Result<Answer, Failure> {
    let skip = request.count("skip")?;
    let ids = queue.sessions(skip, request.count("top")?)?;
    if ids.is_empty() {
        return Ok(Answer::Nothing);
    }
    let next = i32::try_from(skip + ids.len()).unwrap_or(i32::MAX);
    let ids: Vec<_> = ids.into_iter().map(Value::String).collect();
    Ok(Answer::Ok(map([
        ("skip", Value::Int(next)),
        ("sessions-ids", Value::Array(Array::from(ids))),
    ])))
}
