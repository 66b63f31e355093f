//! What names of Dataverse may look like.

use syn::LitStr;

use crate::errors::Errors;

/// Messages that Dataverse itself sends: in another case than this a binding never matches.
const MESSAGES: &[&str] = &[
    "AddMembers",
    "Assign",
    "Associate",
    "Cancel",
    "Close",
    "Create",
    "CreateMultiple",
    "Delete",
    "DeleteMultiple",
    "Disassociate",
    "GrantAccess",
    "Lose",
    "Merge",
    "ModifyAccess",
    "QualifyLead",
    "RemoveMembers",
    "Retrieve",
    "RetrieveMultiple",
    "RevokeAccess",
    "Route",
    "Send",
    "SetState",
    "SetStateDynamicEntity",
    "Update",
    "UpdateMultiple",
    "Upsert",
    "UpsertMultiple",
    "Win",
];

/// Checks a table's or a column's logical name: lower case, without spaces.
pub(crate) fn check_logical(name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    if text.is_empty() {
        errors.at(name, "a logical name is not empty");
    } else if text.chars().any(char::is_uppercase) {
        errors.at(
            name,
            format_args!("logical names are lower case: `{}`", text.to_lowercase()),
        );
    } else if text.chars().any(char::is_whitespace) {
        errors.at(name, "a logical name has no spaces");
    }
}

/// Checks a message's name.
pub(crate) fn check_message(name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    if text.trim().is_empty() {
        errors.at(name, "a message has a name, such as `Create` or `Update`");
    } else if let Some(message) = MESSAGES
        .iter()
        .find(|message| message.eq_ignore_ascii_case(&text) && **message != text)
    {
        errors.at(
            name,
            format_args!("Dataverse writes this message `{message}`"),
        );
    }
}
