use crate::context::{RemoteExecutionContext, ServiceEndpointFault, Text};

/// What the root of a body can be.
#[derive(Clone, Debug, PartialEq)]
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
