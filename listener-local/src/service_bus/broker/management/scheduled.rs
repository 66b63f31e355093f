//! Messages that are due later.

use super::map;
use crate::{
    amqp::serde_amqp::{Value, primitives::Array},
    service_bus::{
        broker::{
            reply::{Answer, Failure},
            request::Request,
        },
        engine::Namespace,
    },
};

/// Each message says itself when it is due, by its annotation.
pub(super) fn schedule(
    namespace: &Namespace,
    path: &str,
    request: &Request,
) -> Result<Answer, Failure> {
    let messages = request.messages()?;
    if messages
        .iter()
        .any(|message| message.scheduled_enqueue_time().is_none())
    {
        return Err(Failure::expected(
            "a timestamp as the annotation",
            "x-opt-scheduled-enqueue-time",
        ));
    }
    let numbers = namespace.send_batch(path, messages)?;
    let numbers: Vec<_> = numbers.into_iter().map(Value::Long).collect();
    Ok(Answer::Ok(map([(
        "sequence-numbers",
        Value::Array(Array::from(numbers)),
    )])))
}

pub(super) fn cancel(
    namespace: &Namespace,
    path: &str,
    request: &Request,
) -> Result<Answer, Failure> {
    namespace.cancel_scheduled(path, &request.sequence_numbers()?)?;
    Ok(Answer::Ok(map([])))
}
