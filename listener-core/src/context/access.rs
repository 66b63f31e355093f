//! Faults, access and labels.

use uuid::Uuid;

use super::{
    AccessRights, DateTime, EntityReference, ErrorDetailCollection, Text,
    wire::{contract, list_slot},
};

contract! {
    /// A principal and what it may do with a row.
    pub struct PrincipalAccess: "PrincipalAccess" in CRM {
        /// The rights.
        access_mask: AccessRights = "AccessMask",
        /// The user or team.
        principal: EntityReference = "Principal",
    }
}

contract! {
    /// What a two-way or REST listener answers instead of a string when it refuses.
    pub struct ServiceEndpointFault: "ServiceEndpointFault" in XRM {
        /// Details by name.
        error_details: ErrorDetailCollection = "ErrorDetails",
        /// The text that the calling plug-in sees.
        message: Text = "Message",
    }
}

contract! {
    /// A fault of the organisation service.
    pub struct OrganizationServiceFault: "OrganizationServiceFault" in XRM {
        /// The activity, for support.
        activity_id: Uuid = "ActivityId",
        /// The number of the error.
        error_code: i32 = "ErrorCode",
        /// Details by name.
        error_details: ErrorDetailCollection = "ErrorDetails",
        /// Where to read about it.
        help_link: Text = "HelpLink",
        /// The text.
        message: Text = "Message",
        /// When it happened.
        timestamp: DateTime = "Timestamp",
        /// Whether the same request may succeed later.
        exception_retriable: bool = "ExceptionRetriable",
        /// Where it was thrown.
        exception_source: Text = "ExceptionSource",
        /// The fault behind this one.
        inner_fault: Box<OrganizationServiceFault> = "InnerFault",
        /// The exception's text.
        original_exception: Text = "OriginalException",
        /// What plug-ins traced.
        trace_text: Text = "TraceText",
    }
}

contract! {
    /// A text in several languages.
    pub struct Label: "Label" in XRM {
        /// The texts.
        localized_labels: Vec<Option<LocalizedLabel>> = "LocalizedLabels",
        /// The text in the user's language.
        user_localized_label: LocalizedLabel = "UserLocalizedLabel",
    }
}

contract! {
    /// A text in one language.
    pub struct LocalizedLabel: "LocalizedLabel" in XRM {
        /// Whether a change of the server's counts the text as changed.
        has_changed: bool = "HasChanged",
        /// The metadata's id.
        metadata_id: Uuid = "MetadataId",
        /// Whether it came with a managed solution.
        is_managed: bool = "IsManaged",
        /// The text.
        label: Text = "Label",
        /// The language's number, as in 1033.
        language_code: i32 = "LanguageCode",
    }
}

list_slot!(LocalizedLabel: "LocalizedLabel" in XRM, list in XRM, contract: true);
