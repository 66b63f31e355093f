use super::JsonReader;
use crate::{
    context::{
        RemoteExecutionContext, ServiceEndpointFault,
        wire::{Contract, Reader},
    },
    decode::{DecodeError, DecodeErrorKind, Document, Limits},
};

const EXPECTED: &str = "an execution context";

/// Which document a JSON object is.
pub(super) enum Root {
    Context,
    Fault,
}

/// Reads a whole body, and tells how many lone surrogates it had.
pub(in crate::decode) fn document(
    text: &str,
    limits: &Limits,
) -> Result<(Document, usize), DecodeError> {
    let mut reader = JsonReader::new(text, limits);
    let document = if reader.peek() == b'"' {
        Document::Text(reader.text()?)
    } else {
        match reader.root()? {
            Root::Context => Document::Context(reader.contract()?),
            Root::Fault => Document::Fault(reader.contract()?),
        }
    };
    reader.end()?;
    Ok((document, reader.lone_surrogates))
}

impl JsonReader<'_> {
    /// Which document the object is before which the reader stands: the first member that either has tells.
    pub(super) fn root(&mut self) -> Result<Root, DecodeError> {
        if self.peek() != b'{' {
            return Err(self.wrong(EXPECTED));
        }
        let start = self.at;
        if self.eat("{\"BusinessUnitId\":") {
            self.at = start;
            return Ok(Root::Context);
        }
        let (depth, items, lone) = (self.depth, self.items, self.lone_surrogates);
        self.deeper()?;
        self.separator = b'{';
        let root = loop {
            let Some(name) = self.next_name()? else {
                self.at = start;
                return Err(self.error(
                    DecodeErrorKind::WrongType,
                    format!("expected {EXPECTED}, found an object with none of its members"),
                ));
            };
            if RemoteExecutionContext::MEMBERS.contains(&&*name) {
                break Root::Context;
            }
            if ServiceEndpointFault::MEMBERS.contains(&&*name) {
                break Root::Fault;
            }
            self.skip_value().map_err(|error| error.in_member(&name))?;
        };
        (self.at, self.depth, self.items, self.lone_surrogates) = (start, depth, items, lone);
        Ok(root)
    }
}
