//! From an outcome to what the sender is told: all of it is in this file, since what Dataverse reads of it is not
//! established.

use std::{borrow::Cow, time::Duration};

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};

use crate::{
    Outcome, Reason,
    context::{Member, ServiceEndpointFault, Text},
    decode::{Document, Format},
    encode,
};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";

/// The form of an answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nobody but a person with `curl` reads it.
    Webhook,
    /// The string or the fault, as the serialiser of this format writes it.
    Rest(Format),
}

/// A request that no host gets to see.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    text: Cow<'static, str>,
    retry_after: Option<Duration>,
    close: bool,
}

impl Form {
    /// What a REST caller asked for; JSON unless it prefers XML, as Microsoft's own Hybrid Connection listener answers.
    pub(super) fn asked_for(headers: &HeaderMap) -> Self {
        let (mut json, mut xml) = (Preference::default(), Preference::default());
        let ranges = headers.get_all(ACCEPT).iter();
        for range in ranges
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
        {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts
                .find_map(|part| part.strip_prefix("q=")?.parse().ok())
                .unwrap_or(1.0);
            let mut both = |rank, quality| {
                json.named(rank, quality);
                xml.named(rank, quality);
            };
            match &*name {
                "application/json" | "text/json" => json.named(EXACTLY, quality),
                "application/xml" | "text/xml" => xml.named(EXACTLY, quality),
                "application/*" | "text/*" => both(2, quality),
                "*/*" => both(1, quality),
                _ => {}
            }
        }
        let xml = (xml.quality, xml.rank) > (json.quality, json.rank)
            && xml.rank == EXACTLY
            && xml.quality > 0.0;
        Self::Rest(if xml { Format::Xml } else { Format::Json })
    }

    /// 200 with the reply.
    fn reply(self, reply: Option<String>) -> Response {
        match (self, reply) {
            (Self::Rest(format), Some(text)) => {
                document_in(StatusCode::OK, &Document::Text(text.into()), format)
            }
            _ => StatusCode::OK.into_response(),
        }
    }

    /// A failure, in words.
    fn failure(self, status: StatusCode, text: Cow<'static, str>) -> Response {
        match self {
            Self::Webhook => respond(status, TEXT, text.into_owned()),
            Self::Rest(format) => {
                let mut fault = ServiceEndpointFault::default();
                fault.error_details = Member::Value(Default::default());
                fault.message = Member::Value(Text::from(text.into_owned()));
                document_in(status, &Document::Fault(fault), format)
            }
        }
    }
}

/// The rank of a media type that is named in full.
const EXACTLY: u8 = 3;

/// How much a caller wants a format: what it says of it, and how exactly it named it.
#[derive(Default)]
struct Preference {
    rank: u8,
    quality: f32,
}

impl Preference {
    fn named(&mut self, rank: u8, quality: f32) {
        if rank > self.rank {
            *self = Self { rank, quality };
        } else if rank == self.rank {
            self.quality = self.quality.max(quality);
        }
    }
}

/// The answer to an outcome: the one table of statuses.
pub(super) fn answer<R: super::Answer>(outcome: Outcome<R>, form: Form) -> Response {
    match outcome {
        Outcome::Accept(reply) => form.reply(reply.into_text()),
        Outcome::Release { cause, after, .. } => later(form, cause, after),
        // A host turns it into a release before.
        Outcome::Defer { .. } => later(form, "a webhook cannot be deferred".into(), None),
        Outcome::Reject {
            reason,
            description,
            ..
        } => {
            let status = match (reason, form) {
                (Reason::Undecodable, _) => StatusCode::BAD_REQUEST,
                (Reason::NoRoute, _) => StatusCode::NOT_FOUND,
                (_, Form::Webhook) => StatusCode::UNPROCESSABLE_ENTITY,
                (_, Form::Rest(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            form.failure(status, description)
        }
    }
}

fn later(form: Form, cause: Cow<'static, str>, after: Option<Duration>) -> Response {
    let mut response = form.failure(StatusCode::SERVICE_UNAVAILABLE, cause);
    retry_after(response.headers_mut(), after.unwrap_or_default());
    response
}

fn document_in(status: StatusCode, document: &Document, format: Format) -> Response {
    let media_type = if format == Format::Xml { XML } else { JSON };
    match encode::document(document, format) {
        Ok(body) => respond(status, media_type, body),
        // Texts have a form in both formats.
        Err(error) => respond(StatusCode::INTERNAL_SERVER_ERROR, TEXT, error.to_string()),
    }
}

/// Whole seconds, at least one.
fn retry_after(headers: &mut HeaderMap, after: Duration) {
    let seconds = after
        .as_secs()
        .saturating_add(u64::from(after.subsec_nanos() > 0));
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
}

fn respond(status: StatusCode, media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

impl Refusal {
    pub(super) fn new(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            text: text.into(),
            retry_after: None,
            close: false,
        }
    }

    /// 401, and not a word more: neither whether the path exists, nor what is missing.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "")
    }

    /// 503: the same request may succeed later.
    pub(super) fn later(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            retry_after: Some(Duration::ZERO),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, text)
        }
    }

    /// 503: the host of this path has ended or is about to.
    pub(super) fn ending() -> Self {
        Self {
            close: true,
            ..Self::later("the listener is shutting down")
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = if self.text.is_empty() {
            self.status.into_response()
        } else {
            respond(self.status, TEXT, self.text.into_owned())
        };
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after {
            retry_after(headers, after);
        }
        if self.close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::Reply;

    const MINUTE: Duration = Duration::from_secs(60);
    const REST_JSON: Form = Form::Rest(Format::Json);
    const REST_XML: Form = Form::Rest(Format::Xml);

    async fn told(response: Response) -> (u16, Option<String>, String) {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let after = parts.headers.get(RETRY_AFTER);
        (
            parts.status.as_u16(),
            after.map(|after| after.to_str().unwrap().to_owned()),
            String::from_utf8(body.to_vec()).unwrap(),
        )
    }

    fn rejected<R>(reason: Reason) -> Outcome<R> {
        Outcome::reject(reason, "a & b")
    }

    #[tokio::test]
    async fn each_outcome_has_its_status() {
        let webhook = async |outcome| {
            let (status, after, body) = told(answer::<()>(outcome, Form::Webhook)).await;
            (status, after.unwrap_or_default(), body)
        };
        let is = |status, after: &str, body: &str| (status, after.to_owned(), body.to_owned());
        assert_eq!(webhook(Outcome::Accept(())).await, is(200, "", ""));
        assert_eq!(webhook(Outcome::release("x")).await, is(503, "1", "x"));
        assert_eq!(
            webhook(Outcome::release("x").after(MINUTE + Duration::from_millis(1))).await,
            is(503, "61", "x")
        );
        assert_eq!(webhook(Outcome::defer()).await.0, 503);
        for (reason, status) in [
            (Reason::Undecodable, 400),
            (Reason::NoRoute, 404),
            (Reason::Permanent, 422),
            (Reason::Truncated, 422),
            (Reason::Other("NoContract".into()), 422),
        ] {
            assert_eq!(webhook(rejected(reason)).await, is(status, "", "a & b"));
        }
    }

    #[tokio::test]
    async fn rest_answers_strings_and_faults_in_the_form_that_was_asked_for() {
        let text = async |outcome: Outcome<Reply>, form| told(answer(outcome, form)).await;
        let reply = || Outcome::Accept(Reply("<é/>\u{1}".into()));
        assert_eq!(text(reply(), REST_JSON).await.2, r#""<é\/>\u0001""#);
        assert_eq!(
            text(reply(), REST_XML).await.2,
            "<string xmlns=\"http://schemas.microsoft.com/2003/10/Serialization/\">&lt;é/&gt;&#x1;</string>"
        );
        assert_eq!(
            text(rejected(Reason::Permanent), REST_JSON).await,
            (500, None, r#"{"ErrorDetails":[],"Message":"a & b"}"#.into())
        );
        assert_eq!(
            text(rejected(Reason::Permanent), REST_XML).await.2,
            "<ServiceEndpointFault xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\" \
             xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><ErrorDetails \
             xmlns:a=\"http://schemas.datacontract.org/2004/07/System.Collections.Generic\"/>\
             <Message>a &amp; b</Message></ServiceEndpointFault>"
        );
        let (status, after, body) = text(Outcome::release("busy"), REST_JSON).await;
        assert_eq!((status, after.as_deref()), (503, Some("1")));
        assert!(body.contains("busy"));
        assert_eq!(text(rejected(Reason::Undecodable), REST_XML).await.0, 400);
        assert_eq!(text(rejected(Reason::NoRoute), REST_XML).await.0, 404);
    }

    #[test]
    fn answers_in_json_unless_xml_is_preferred() {
        let asked = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            Form::asked_for(&headers)
        };
        assert_eq!(Form::asked_for(&HeaderMap::new()), REST_JSON);
        for json in [
            "*/*",
            "application/json",
            "application/*",
            "text/html",
            "application/json, application/xml",
            "application/xml;q=0.5, application/json;q=0.9",
            "application/xml;q=0",
            "application/xml;q=0.5, */*",
            ";;,q=,",
        ] {
            assert_eq!(asked(json), REST_JSON, "{json}");
        }
        for xml in [
            "application/xml",
            "text/xml; charset=utf-8",
            "Application/XML, */*",
            "application/json;q=0.2, text/xml;q=0.3",
            "application/*;q=0.9, application/xml",
        ] {
            assert_eq!(asked(xml), REST_XML, "{xml}");
        }
    }

    #[tokio::test]
    async fn a_refusal_without_a_secret_says_nothing() {
        let response = Refusal::unauthorized().into_response();
        assert!(response.headers().is_empty(), "{:?}", response.headers());
        assert_eq!(told(response).await, (401, None, String::new()));
    }
}
