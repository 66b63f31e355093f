//! Messages that are due later: what the management node of an entity is asked, and what it answers.
//!
//! <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response#schedule-message>

use super::{Error, ErrorKind, Message, Operation, Value, batch};

const SCHEDULE: &str = "com.microsoft:schedule-message";
const CANCEL: &str = "com.microsoft:cancel-scheduled-message";

/// The request for messages that say themselves when they are due.
pub(super) fn schedule(messages: Vec<Message>) -> Result<Operation, Error> {
    let entries = messages.into_iter().map(|message| {
        let (session, partition) = message.session_and_partition();
        let mut entry = vec![("message-id", Value::from(message.id().unwrap_or_default()))];
        entry.extend(session.map(|session| ("session-id", session.into())));
        entry.extend(partition.map(|partition| ("partition-key", partition.into())));
        let bytes = batch::encode(message).map_err(|error| error.doing(format!("`{SCHEDULE}`")))?;
        entry.push(("message", Value::Binary(bytes.into())));
        Ok(Value::map(entry))
    });
    let entries = entries.collect::<Result<_, Error>>()?;
    Ok(Operation::new(SCHEDULE).body(Value::map([("messages", Value::List(entries))])))
}

/// The sequence numbers that were given to this many messages.
pub(super) fn sequence_numbers(answer: &Value, count: usize) -> Result<Vec<i64>, Error> {
    let numbers = answer.get("sequence-numbers").and_then(Value::items);
    let numbers: Vec<_> = numbers
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_i64)
        .collect();
    if numbers.len() == count {
        return Ok(numbers);
    }
    let detail = format!("expected {count} sequence numbers, found {}", numbers.len());
    Err(Error::new(ErrorKind::Protocol, format!("`{SCHEDULE}`")).with_detail(&detail))
}

pub(super) fn cancel(sequence_numbers: &[i64]) -> Operation {
    let numbers = sequence_numbers.iter().copied().map(Value::Long).collect();
    Operation::new(CANCEL).body(Value::map([("sequence-numbers", Value::Array(numbers))]))
}
