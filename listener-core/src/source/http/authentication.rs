use std::{borrow::Cow, fmt};

use axum::http::{HeaderMap, HeaderName, request::Parts};
use percent_encoding::percent_decode;
use subtle::{Choice, ConstantTimeEq};

/// Who may post: what a request has to carry. The three kinds that a webhook can be registered with, and any of them
/// together.
///
/// | kind in Dataverse | here | the request carries |
/// |---|---|---|
/// | WebhookKey | [`webhook_key`](Self::webhook_key) | `?code=SECRET` |
/// | HttpHeader | [`http_header`](Self::http_header) | a header |
/// | HttpQueryString | [`http_query_string`](Self::http_query_string) | a parameter of the query |
///
/// Each takes several secrets, of which one has to be there: to rotate, add the new one, change the registration, take
/// the old one away. A registration with several headers or parameters is joined by [`and`](Self::and).
///
/// ```
/// use listener_core::source::http::Authentication;
///
/// let rotating = Authentication::webhook_key(["the new key", "the old key"]);
/// let two_headers = Authentication::http_header("x-api-key", ["one"])
///     .and(Authentication::http_header("x-tenant", ["two"]));
/// assert_eq!(format!("{rotating:?}"), "Authentication(?code= (2 secrets))");
/// # drop(two_headers);
/// ```
///
/// Secrets are compared in constant time and without telling which of them fitted; only their lengths can be measured.
#[derive(Clone)]
#[must_use]
pub struct Authentication(Vec<Check>);

/// All of a request that one secret protects.
#[derive(Clone)]
struct Check {
    place: Place,
    name: String,
    secrets: Vec<Secret>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Query,
    Header,
}

#[derive(Clone)]
struct Secret(Box<[u8]>);

impl Authentication {
    /// WebhookKey: the query carries `code` with one of these secrets.
    pub fn webhook_key<S: Into<String>>(secrets: impl IntoIterator<Item = S>) -> Self {
        Self::http_query_string("code", secrets)
    }

    /// HttpHeader: the request carries this header with one of these secrets.
    pub fn http_header<S: Into<String>>(
        name: impl Into<String>,
        secrets: impl IntoIterator<Item = S>,
    ) -> Self {
        Self::one(Place::Header, name.into(), secrets)
    }

    /// HttpQueryString: the query carries this parameter with one of these secrets.
    pub fn http_query_string<S: Into<String>>(
        name: impl Into<String>,
        secrets: impl IntoIterator<Item = S>,
    ) -> Self {
        Self::one(Place::Query, name.into(), secrets)
    }

    /// Both this and the other.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn one<S: Into<String>>(
        place: Place,
        name: String,
        secrets: impl IntoIterator<Item = S>,
    ) -> Self {
        let secrets = secrets
            .into_iter()
            .map(|secret| Secret(secret.into().into_bytes().into()))
            .collect();
        Self(vec![Check {
            place,
            name,
            secrets,
        }])
    }

    /// What is wrong with it, in words that hold no secret.
    pub(super) fn fault(&self) -> Option<String> {
        self.0.iter().find_map(|check| {
            let fault = if check.secrets.is_empty() {
                "has no secret"
            } else if check.secrets.iter().any(|secret| secret.0.is_empty()) {
                // An unset variable would let everybody in.
                "has an empty secret"
            } else if check.name.is_empty() {
                "has no name"
            } else if check.place == Place::Header
                && HeaderName::from_bytes(check.name.as_bytes()).is_err()
            {
                "is no name of a header"
            } else {
                return None;
            };
            Some(format!("the authentication {check} {fault}"))
        })
    }

    /// Whether the request carries what it has to. It looks at all secrets, whichever fits.
    pub(super) fn admits(&self, parts: &Parts) -> bool {
        let query = parts.uri.query().unwrap_or_default();
        let all = self.0.iter().fold(Choice::from(1), |all, check| {
            all & match check.place {
                Place::Query => check.in_query(query),
                Place::Header => check.in_headers(&parts.headers),
            }
        });
        all.into()
    }
}

impl Check {
    fn in_headers(&self, headers: &HeaderMap) -> Choice {
        headers
            .get_all(&self.name)
            .iter()
            .fold(Choice::from(0), |any, value| {
                any | self.fits(value.as_bytes())
            })
    }

    fn in_query(&self, query: &str) -> Choice {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(name, _)| decoded(name) == self.name.as_bytes())
            .fold(Choice::from(0), |any, (_, value)| {
                // A space is `+` in a form and `%20` elsewhere, and base64 has a `+` that some do not encode.
                let spaces = value.replace('+', " ");
                any | self.fits(&decoded(value)) | self.fits(&decoded(&spaces))
            })
    }

    fn fits(&self, found: &[u8]) -> Choice {
        self.secrets
            .iter()
            .fold(Choice::from(0), |any, secret| any | secret.0.ct_eq(found))
    }
}

fn decoded(text: &str) -> Cow<'_, [u8]> {
    percent_decode(text.as_bytes()).into()
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Query => write!(f, "?{}=", self.name),
            Place::Header => write!(f, "{}:", self.name),
        }
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authentication(")?;
        for (index, check) in self.0.iter().enumerate() {
            let and = if index == 0 { "" } else { " and " };
            write!(f, "{and}{check} ({} secrets)", check.secrets.len())?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn request(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn admits_by_any_of_several_keys() {
        let key = Authentication::webhook_key(["new", "old"]);
        assert!(key.admits(&request("/crm?code=new", &[])));
        assert!(key.admits(&request("/crm?a=b&code=old", &[])));
        for refused in [
            "/crm",
            "/crm?code=",
            "/crm?code=ne",
            "/crm?code=news",
            "/crm?Code=new",
        ] {
            assert!(!key.admits(&request(refused, &[])), "{refused}");
        }
    }

    #[test]
    fn reads_a_key_however_it_was_encoded() {
        let key = Authentication::http_query_string("k y", ["a+b /c="]);
        for uri in [
            "/?k%20y=a%2Bb%20%2Fc%3D",
            "/?k%20y=a%2Bb+/c=",
            "/?k%20y=a+b%20/c=",
        ] {
            assert!(key.admits(&request(uri, &[])), "{uri}");
        }
    }

    #[test]
    fn admits_by_headers_of_any_case_and_asks_for_all_of_them() {
        let both = Authentication::http_header("X-Key", ["one"])
            .and(Authentication::http_header("x-tenant", ["two"]));
        assert!(both.admits(&request("/", &[("x-key", "one"), ("X-Tenant", "two")])));
        assert!(!both.admits(&request("/", &[("x-key", "one")])));
        assert!(!both.admits(&request("/?x-key=one&x-tenant=two", &[])));
    }

    #[test]
    fn finds_its_own_faults_without_telling_secrets() {
        let faults = [
            Authentication::webhook_key(["hunter2", ""]),
            Authentication::webhook_key::<String>([]),
            Authentication::http_header("not a name", ["hunter2"]),
            Authentication::http_header("", ["hunter2"]),
        ];
        for fault in faults {
            let text = format!("{fault:?} {}", fault.fault().expect("a fault"));
            assert!(!text.contains("hunter2"), "{text}");
        }
        assert_eq!(Authentication::http_header("x-key", ["one"]).fault(), None);
    }
}
