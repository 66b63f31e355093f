use std::fmt;

use uuid::Uuid;

use crate::context::{RemoteExecutionContext, Text};

/// What the sender says beside the body: in properties named `http://schemas.microsoft.com/xrm/2011/Claims/…`, or in the
/// headers of a webhook.
///
/// Whoever may send to the endpoint chooses them. `Debug` leaves out the users.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The organisation's host name, as in `contoso.crm.dynamics.com`, in lower case.
    pub organization: Option<Text>,
    /// The user in whose name the step ran: an id in braces or a log-on name, as the endpoint is registered.
    pub user: Option<Text>,
    /// The user who caused the operation, in the same form.
    pub initiating_user: Option<Text>,
    /// The table's logical name.
    pub entity_logical_name: Option<Text>,
    /// The message's name.
    pub request_name: Option<Text>,
    /// The caller's user agent.
    pub initiating_user_agent: Option<Text>,
    /// The same along a chain of plug-ins.
    pub correlation_id: Option<Uuid>,
}

impl Claims {
    /// The claims that follow from a context: message, table and correlation id.
    pub fn of(context: &RemoteExecutionContext) -> Self {
        Self {
            request_name: Some(context.message_name().into()),
            entity_logical_name: Some(context.primary_entity_name().into()),
            correlation_id: Some(context.correlation_id()),
            ..Self::default()
        }
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("organization", &self.organization)
            .field("request_name", &self.request_name)
            .field("entity_logical_name", &self.entity_logical_name)
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}
