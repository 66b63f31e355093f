//! What a check expects, and what it says if it finds something else.

use std::fmt::Debug;

use serde_json::Value;

use crate::Checked;

/// Sees that an event has this outcome, which the server has taken, and gives the event.
///
/// # Errors
/// If it has another one, or was refused.
pub(crate) fn outcome(event: Value, outcome: &str) -> Result<Value, String> {
    if event["outcome"] == outcome && event["taken"] == true {
        return Ok(event);
    }
    Err(format!("expected {outcome}, found {event}"))
}

/// Sees that two are the same.
///
/// # Errors
/// If they are not.
pub(crate) fn equal<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Checked {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: expected {expected:?}, found {found:?}"))
}
