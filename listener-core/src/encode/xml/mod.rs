//! XML, as Microsoft's DataContractSerializer writes it, to text or to binary records.

mod binary;
mod guess;
mod sink;
mod text;
mod writer;

pub(crate) use binary::BinarySink;
pub use guess::Guesses;
pub(crate) use sink::Sink;
pub(crate) use text::TextSink;
pub(crate) use writer::XmlWriter;

use super::EncodeError;
use crate::{
    context::{
        RemoteExecutionContext, ServiceEndpointFault,
        name::{SERIALIZATION, TypeName},
        wire::Contract,
    },
    decode::Document,
};

/// Writes a document as XML.
pub(super) fn write<S: Sink>(document: &Document, sink: S) -> Result<Guesses, EncodeError> {
    let writer = XmlWriter::new(sink);
    match document {
        Document::Context(context) => writer.root(RemoteExecutionContext::NAME, context),
        Document::Fault(fault) => writer.root(ServiceEndpointFault::NAME, fault),
        Document::Text(text) => writer.root(
            TypeName {
                local: "string",
                namespace: SERIALIZATION,
            },
            text,
        ),
    }
}
