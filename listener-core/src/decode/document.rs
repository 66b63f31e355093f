use std::fmt;

use crate::context::{Pretty, RemoteExecutionContext, ServiceEndpointFault, Text};

/// What the root of a body can be.
#[derive(Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is mostly the large one, and a box would be one more allocation"
)]
#[non_exhaustive]
pub enum Document {
    /// An execution context: what Dataverse posts.
    Context(RemoteExecutionContext),
    /// What a two-way or REST listener answers when it refuses.
    Fault(ServiceEndpointFault),
    /// What a two-way or REST listener answers otherwise.
    Text(Text),
}

impl Document {
    /// It over many lines, with its values: for a person who asks for it.
    pub fn pretty(&self) -> Pretty<'_> {
        match self {
            Self::Context(context) => context.pretty(),
            Self::Fault(fault) => fault.pretty(),
            Self::Text(text) => text.pretty(),
        }
    }
}

/// Its structure without values.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pretty().fmt(f)
    }
}
