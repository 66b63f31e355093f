//! From a request to a message: what is refused before any host sees it.

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    },
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::answer::Refusal;
use crate::{Claims, context::Text};

/// What Dataverse says in a webhook's headers (in lower case, without braces).
mod header {
    pub(super) const ORGANIZATION: &str = "x-ms-dynamics-organization";
    pub(super) const ENTITY_NAME: &str = "x-ms-dynamics-entity-name";
    pub(super) const REQUEST_NAME: &str = "x-ms-dynamics-request-name";
    pub(super) const CORRELATION_ID: &str = "x-ms-correlation-request-id";
    /// Its value is not established: it counts that it is there.
    pub(super) const SIZE_EXCEEDED: &str = "x-ms-dynamics-msg-size-exceeded";
}

/// The claims of a webhook.
pub(super) fn claims(headers: &HeaderMap) -> Claims {
    let text = |name| headers.get(name)?.to_str().ok();
    let claim = |name| text(name).map(Text::from);
    Claims {
        organization: claim(header::ORGANIZATION),
        entity_logical_name: claim(header::ENTITY_NAME),
        request_name: claim(header::REQUEST_NAME),
        correlation_id: text(header::CORRELATION_ID).and_then(|id| Uuid::try_parse(id).ok()),
        ..Claims::default()
    }
}

pub(super) fn size_exceeded(headers: &HeaderMap) -> bool {
    headers.contains_key(header::SIZE_EXCEEDED)
}

/// The content type that a REST body is read by, unless the body cannot begin so.
pub(super) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

/// Refuses a compressed body: Dataverse sends none, and its limits would not hold.
pub(super) fn content_encoding(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get(CONTENT_ENCODING) {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"identity") => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "expected a body that is not compressed",
        )),
        _ => Ok(()),
    }
}

/// Refuses a body that says itself that it is too large.
pub(super) fn announced(body: &Body, limit: usize) -> Result<(), Refusal> {
    let least = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if least > limit {
        Err(too_large(limit))
    } else {
        Ok(())
    }
}

/// Reads the whole body; a cut one is an error, as is one that comes too slowly.
pub(super) async fn read(body: Body, limit: usize, until: Instant) -> Result<Bytes, Refusal> {
    let collected = timeout_at(until, Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "the body ended before its announced end",
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not come in time",
        )),
    }
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("expected a body of at most {limit} bytes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn reads_the_claims_of_a_webhook() {
        let headers = headers(&[
            ("x-ms-dynamics-organization", "contoso.crm.dynamics.com"),
            ("x-ms-dynamics-entity-name", "account"),
            ("x-ms-dynamics-request-name", "Create"),
            (
                "x-ms-correlation-request-id",
                "53c52f26-a89d-ef11-8a69-000d3a30b0c1",
            ),
        ]);
        let claims = claims(&headers);
        assert_eq!(
            claims.organization.as_deref(),
            Some("contoso.crm.dynamics.com")
        );
        assert_eq!(claims.entity_logical_name.as_deref(), Some("account"));
        assert_eq!(claims.request_name.as_deref(), Some("Create"));
        assert!(claims.correlation_id.is_some());
        assert!(!size_exceeded(&headers));
    }

    #[test]
    fn an_odd_claim_is_no_claim() {
        let claims = claims(&headers(&[
            ("x-ms-dynamics-request-name", "Cr\u{e9}ate"),
            ("x-ms-correlation-request-id", "none"),
        ]));
        assert_eq!(claims, Claims::default());
    }

    #[test]
    fn a_cut_message_is_told_by_the_header_alone() {
        for value in ["", "true", "0"] {
            assert!(size_exceeded(&headers(&[(
                "x-ms-dynamics-msg-size-exceeded",
                value
            )])));
        }
    }

    #[tokio::test]
    async fn an_announced_length_is_held_to() {
        assert!(announced(&Body::from("12345"), 5).is_ok());
        let refusal = announced(&Body::from("123456"), 5).unwrap_err();
        assert_eq!(refusal.status(), 413);
        let read = read(Body::from("123456"), 5, Instant::now()).await;
        assert_eq!(read.unwrap_err().status(), 413);
    }
}
