use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_TYPE, InvalidHeaderValue},
};
use listener_core::context::RemoteExecutionContext;

use super::{Authentication, PostError};

const ORGANIZATION: HeaderName = HeaderName::from_static("x-ms-dynamics-organization");
const ENTITY_NAME: HeaderName = HeaderName::from_static("x-ms-dynamics-entity-name");
const REQUEST_NAME: HeaderName = HeaderName::from_static("x-ms-dynamics-request-name");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");
const SIZE_EXCEEDED: HeaderName = HeaderName::from_static("x-ms-dynamics-msg-size-exceeded");

/// The headers that every post of a webhook carries.
pub(super) fn fixed(authentication: &Authentication) -> Result<HeaderMap, PostError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Authentication::HttpHeader(pairs) = authentication {
        for (name, value) in pairs {
            // A header's name that cannot be one may be the secret, by a slip: it is not told.
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
                PostError::Setting(
                    "expected a header's name for authentication, found a text that cannot be one"
                        .to_owned(),
                )
            })?;
            let mut value = value_of(value, || format!("the value of the header `{name}`"))?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
    }
    Ok(headers)
}

/// Adds the headers that tell what is in `context`.
pub(super) fn describe(
    headers: &mut HeaderMap,
    context: &RemoteExecutionContext,
    organization: Option<&str>,
) -> Result<(), PostError> {
    let organization = organization.unwrap_or(context.organization_name());
    let correlation_id = context.correlation_id().hyphenated().to_string();
    for (header, member, value) in [
        (
            ORGANIZATION,
            "the organization's host name",
            &*organization.to_lowercase(),
        ),
        (
            ENTITY_NAME,
            "`PrimaryEntityName`",
            context.primary_entity_name(),
        ),
        (REQUEST_NAME, "`MessageName`", context.message_name()),
        (CORRELATION_ID, "`CorrelationId`", &correlation_id),
    ] {
        headers.insert(header, value_of(value, || member.to_owned())?);
    }
    Ok(())
}

/// Adds the header that tells that the context was trimmed.
pub(super) fn tell_trimmed(headers: &mut HeaderMap) {
    // What Dataverse writes here is not documented; listeners are to test for presence.
    headers.insert(SIZE_EXCEEDED, HeaderValue::from_static("true"));
}

fn value_of(text: &str, what: impl FnOnce() -> String) -> Result<HeaderValue, PostError> {
    HeaderValue::from_str(text).map_err(|_: InvalidHeaderValue| {
        PostError::Setting(format!(
            "expected printable ASCII in {}, which goes into a header, found other characters",
            what()
        ))
    })
}
