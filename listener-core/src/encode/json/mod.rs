//! JSON as Microsoft's DataContractJsonSerializer writes it on the .NET Framework, byte for byte.

mod text;
mod writer;

use super::EncodeError;
use crate::context::{RemoteExecutionContext, wire::Slot};

use writer::JsonWriter;

/// Writes a context as Dataverse writes it to an endpoint of message format JSON: one line, UTF-8, no BOM.
///
/// Values whose type JSON cannot carry lose it, as they do with Microsoft's serialiser: a guid becomes a string, an int,
/// a long, a decimal and a double become numbers, bytes become an array of numbers, an enum its number. A date of
/// unspecified kind is taken for UTC, as on a server that runs in UTC.
///
/// ```
/// use listener_core::{context::RemoteExecutionContext, encode};
///
/// let json = encode::json(&RemoteExecutionContext::new("Create", "account"))?;
/// assert!(json.starts_with(br#"{"BusinessUnitId":"#));
/// # Ok::<(), encode::EncodeError>(())
/// ```
///
/// # Errors
///
/// An enum that XML or binary gave by a name this crate does not know has no number to write. A local date has to have
/// an offset below 100 hours.
pub fn json(context: &RemoteExecutionContext) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(4096);
    json_into(context, &mut out)?;
    Ok(out)
}

/// Writes a context as [`json`] does, at the end of `out`.
///
/// # Errors
///
/// As [`json`]; `out` is then as it was.
pub fn json_into(context: &RemoteExecutionContext, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    slot_into(context, out)
}

/// Writes a value of a declared slot at the end of `out`, which an error leaves as it was.
pub(super) fn slot_into(value: &impl Slot, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    value
        .write(&mut JsonWriter::new(out))
        .inspect_err(|_| out.truncate(start))
}
