//! What a Service Bus can be made to lack.

use listener_local::amqp::types::{
    messaging::{DeliveryState, Modified, Released},
    performatives::Attach,
};
use serde_json::Value;

/// One thing that a Service Bus does not do, while it looks to its clients as if it did.
#[derive(Clone, Copy)]
pub(crate) enum Loss {
    /// A member of `Config.json` that is taken away wherever it stands.
    Undeclared(&'static str),
    /// A word that the broker does not find in what clients send: an operation, an annotation.
    Unheard(&'static str),
    /// A word that clients do not find in what the broker sends.
    Untold(&'static str),
    /// Messages are accepted and forgotten.
    Dropped,
    /// All messages are made the same before they come to the broker.
    Emptied,
    /// Header and properties of what clients send do not come to the broker, and so their time to live.
    Timeless,
    /// What a client says of a message, as the broker hears it; `None` if it does not. The client hears its own words.
    Settled(fn(DeliveryState) -> Option<DeliveryState>),
    /// What is sent settled stays locked at the broker.
    SentUnsettled,
    /// A link that goes gives back what it has not settled.
    ReleasedByDetach,
    /// A link that goes keeps what it has.
    KeptByDetach,
    /// Links that are refused.
    Refused(fn(&Attach) -> bool),
    /// Links that are refused look as if they were not.
    Granted,
    /// The time that a client gives to an attach is not heard.
    Untimed,
    /// No message is too large.
    Unlimited,
    /// What is not there is made on use.
    MadeOnUse,
    /// Nobody's key is asked for.
    Keyless,
    /// What is served with TLS is served without.
    Plain,
}

/// Takes a member out of a `Config.json`, at any depth.
pub(crate) fn undeclare(config: &mut Value, member: &str) {
    match config {
        Value::Object(members) => {
            members.remove(member);
            members
                .values_mut()
                .for_each(|inner| undeclare(inner, member));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| undeclare(inner, member)),
        _ => {}
    }
}

/// The same bytes with another word in the place of one, as long as it, so that no length around it changes.
pub(crate) fn reword(bytes: &mut [u8], word: &str) {
    let word = word.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes[from..]
        .windows(word.len())
        .position(|window| window == word)
    {
        from += at + word.len();
        bytes[from - 1] = b'_';
    }
}

pub(crate) fn no_complete(state: DeliveryState) -> Option<DeliveryState> {
    (!matches!(state, DeliveryState::Accepted(_))).then_some(state)
}

pub(crate) fn no_abandon(state: DeliveryState) -> Option<DeliveryState> {
    let abandons = matches!(&state, DeliveryState::Modified(modified) if !defers(modified));
    (!abandons).then_some(state)
}

/// `released` gives a message back as well, but does not count.
pub(crate) fn no_count(state: DeliveryState) -> Option<DeliveryState> {
    Some(match state {
        DeliveryState::Modified(modified) if !defers(&modified) => {
            DeliveryState::Released(Released {})
        }
        other => other,
    })
}

pub(crate) fn no_properties(state: DeliveryState) -> Option<DeliveryState> {
    Some(match state {
        DeliveryState::Modified(modified) => DeliveryState::Modified(Modified {
            message_annotations: None,
            ..modified
        }),
        other => other,
    })
}

pub(crate) fn no_defer(state: DeliveryState) -> Option<DeliveryState> {
    Some(match state {
        DeliveryState::Modified(modified) => DeliveryState::Modified(Modified {
            undeliverable_here: Some(false),
            ..modified
        }),
        other => other,
    })
}

pub(crate) fn no_dead_letter(state: DeliveryState) -> Option<DeliveryState> {
    (!matches!(state, DeliveryState::Rejected(_))).then_some(state)
}

pub(crate) fn no_reason(state: DeliveryState) -> Option<DeliveryState> {
    Some(match state {
        DeliveryState::Rejected(mut rejected) => {
            if let Some(error) = &mut rejected.error {
                error.info = None;
                error.description = None;
            }
            DeliveryState::Rejected(rejected)
        }
        other => other,
    })
}

fn defers(modified: &Modified) -> bool {
    modified.undeliverable_here == Some(true)
}
