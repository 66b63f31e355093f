use axum::http::HeaderMap;

use super::{Endpoint, Unrouted, answer::Form, intake};
use crate::{Claims, Reply, decode::DecodeOptions};

/// A path that a webhook posts to. Dataverse reads nothing of the answer but its status.
pub type Webhook = Endpoint<()>;

/// A path that a REST endpoint posts to, and that answers a string.
pub type Rest = Endpoint<Reply>;

/// The two kinds of endpoints: `()` for webhooks, [`Reply`] for REST.
pub trait Answer: Kind {}

impl Answer for () {}
impl Answer for Reply {}

/// Where the two kinds differ.
pub trait Kind: Default + Send + 'static {
    /// What may stand behind the path.
    const SUFFIXES: &'static [&'static str];
    const UNROUTED: Unrouted;

    fn decode_options() -> DecodeOptions;
    fn claims(headers: &HeaderMap) -> Claims;
    fn content_type(headers: &HeaderMap) -> Option<&str>;
    fn form(headers: &HeaderMap) -> Form;
    fn into_text(self) -> Option<String>;
}

impl Kind for () {
    const SUFFIXES: &'static [&'static str] = &["", "/"];
    const UNROUTED: Unrouted = Unrouted::AcceptSynchronous;

    /// The poster encodes texts twice, unless an endpoint is set to do otherwise: the guard of the repair tells.
    fn decode_options() -> DecodeOptions {
        DecodeOptions {
            repair_encoding: true,
            ..DecodeOptions::default()
        }
    }

    fn claims(headers: &HeaderMap) -> Claims {
        intake::claims(headers)
    }

    /// Proxies change it, and the body tells by itself.
    fn content_type(_: &HeaderMap) -> Option<&str> {
        None
    }

    fn form(_: &HeaderMap) -> Form {
        Form::Webhook
    }

    fn into_text(self) -> Option<String> {
        None
    }
}

impl Kind for Reply {
    /// WCF's client appends the operation's name to the address.
    const SUFFIXES: &'static [&'static str] = &["", "/", "/Execute", "/Execute/"];
    const UNROUTED: Unrouted = Unrouted::NotFound;

    fn decode_options() -> DecodeOptions {
        DecodeOptions::default()
    }

    /// Relay calls carry none: they are read from the body.
    fn claims(_: &HeaderMap) -> Claims {
        Claims::default()
    }

    fn content_type(headers: &HeaderMap) -> Option<&str> {
        intake::content_type(headers)
    }

    fn form(headers: &HeaderMap) -> Form {
        Form::asked_for(headers)
    }

    fn into_text(self) -> Option<String> {
        Some(self.0)
    }
}
