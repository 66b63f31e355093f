use super::{ContractReader, soap};
use crate::{
    context::{
        RemoteExecutionContext, ServiceEndpointFault, Text, name,
        wire::{Contract, Reader, Slot},
    },
    decode::{DecodeError, DecodeErrorKind, Document, events::Events},
};

/// Reads a whole document: a context, a fault or a text, by the name of its root.
pub(crate) fn document<'a>(events: impl Events<'a>) -> Result<Document, DecodeError> {
    let mut reader = ContractReader::new(events)?;
    let root = reader.element().name;
    let document = if root.is(name::XRM, RemoteExecutionContext::NAME.local) {
        Document::Context(RemoteExecutionContext::read(&mut reader)?)
    } else if root.is(name::XRM, ServiceEndpointFault::NAME.local) {
        Document::Fault(ServiceEndpointFault::read(&mut reader)?)
    } else if root.is(name::SERIALIZATION, "string") {
        Document::Text(if reader.null()? {
            Text::default()
        } else {
            reader.text()?
        })
    } else if soap::is_envelope(root) {
        soap::envelope(&mut reader)?
    } else {
        return Err(reader.fault(
            DecodeErrorKind::WrongType,
            "expected a `RemoteExecutionContext` in the namespace of its contract, found another root element",
        ));
    };
    reader.finish()?;
    Ok(document)
}
