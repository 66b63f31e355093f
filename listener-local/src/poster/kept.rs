use bytes::Bytes;
use listener_core::{
    context::RemoteExecutionContext,
    decode::{DecodeOptions, Document, Format, decode},
};

use super::PostError;

/// Reads a message that was kept, in a file or a queue: its context, and its own bytes if they are one in `format`.
pub(super) fn read(
    message: Bytes,
    format: Format,
) -> Result<(RemoteExecutionContext, Option<Bytes>), PostError> {
    let decoded = decode(&message, None, &DecodeOptions::default())?;
    let context = match decoded.document {
        Document::Context(context) => context,
        Document::Fault(_) => return Err(PostError::NotAContext("a ServiceEndpointFault")),
        Document::Text(_) => return Err(PostError::NotAContext("a text")),
        _ => return Err(PostError::NotAContext("another document")),
    };
    // What a tool wrapped around it is not Dataverse's.
    let bare = decoded.format == format && decoded.notes.unwrapped.is_empty();
    Ok((context, bare.then_some(message)))
}

#[cfg(test)]
mod tests {
    use listener_core::encode;

    use super::*;

    #[test]
    fn keeps_the_bytes_of_the_wanted_format_alone() {
        let context = RemoteExecutionContext::new("Update", "account");
        let json = Bytes::from(encode::json(&context).unwrap());
        let (read_back, original) = read(json.clone(), Format::Json).unwrap();
        assert_eq!(
            (read_back.message_name(), original),
            ("Update", Some(json.clone()))
        );
        assert_eq!(read(json.clone(), Format::Xml).unwrap().1, None);

        let text = String::from_utf8(json.to_vec()).unwrap();
        let quoted = serde_json::to_string(&text).unwrap();
        assert_eq!(read(quoted.into(), Format::Json).unwrap().1, None);
    }
}
