//! Shared access signatures: a resource and an expiry, signed by a named key.
//!
//! <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas>

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::hmac;

use super::secret::Secret;

/// What proves to a namespace who we are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// A named key: it signs a token for each resource, as often as needed.
    Key(SasKey),
    /// A token that somebody else signed: it cannot be renewed.
    Signature(SharedAccessSignature),
}

impl Credential {
    /// A token for this resource, `sb://{namespace}/{entity}`. A key signs one that expires at `expires`; a fixed
    /// signature is given out as it is, with its own resource and expiry.
    pub fn token(&self, resource: &str, expires: SystemTime) -> Token {
        match self {
            Self::Key(key) => key.sign(resource, expires),
            Self::Signature(signature) => signature.token(),
        }
    }
}

/// A shared access policy's name and key. `Debug` shows the name only.
#[derive(Clone, Debug)]
pub struct SasKey {
    name: Box<str>,
    key: Secret,
}

impl SasKey {
    /// The key is taken as text, as the portal shows it: its base64 is not decoded.
    pub fn new(name: impl Into<Box<str>>, key: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            key: Secret::new(key),
        }
    }

    /// The policy's name, such as `RootManageSharedAccessKey`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Signs a token: HMAC-SHA256 over the encoded resource, a line feed, and the expiry in whole Unix seconds.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use listener_core::amqp::SasKey;
    ///
    /// let key = SasKey::new("Listen", "c2VjcmV0");
    /// let token = key.sign("sb://contoso.servicebus.windows.net/crm", UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    /// assert_eq!(token.expires(), Some(UNIX_EPOCH + Duration::from_secs(1_800_000_000)));
    /// ```
    pub fn sign(&self, resource: &str, expires: SystemTime) -> Token {
        let seconds = expires
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let resource = url_encode(resource);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.expose().as_bytes());
        let tag = hmac::sign(&key, format!("{resource}\n{seconds}").as_bytes());
        let signature = STANDARD.encode(tag.as_ref());
        Token {
            text: Secret::new(format!(
                "SharedAccessSignature sr={resource}&sig={}&se={seconds}&skn={}",
                url_encode(&signature),
                url_encode(&self.name),
            )),
            expires: Some(UNIX_EPOCH + Duration::from_secs(seconds)),
            kind: TokenKind::Sas,
        }
    }
}

/// A ready-made `SharedAccessSignature sr=…&sig=…&se=…&skn=…`. `Debug` shows the expiry only.
#[derive(Clone, Debug)]
pub struct SharedAccessSignature {
    text: Secret,
    expires: Option<SystemTime>,
}

impl SharedAccessSignature {
    /// Takes a signature as it is; nothing but its expiry, `se`, is read.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        let expires = text
            .split_once(' ')
            .map_or(&*text, |(_, fields)| fields)
            .split('&')
            .filter_map(|field| field.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("se"))
            .and_then(|(_, seconds)| seconds.trim().parse().ok())
            .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        Self {
            text: Secret::new(text),
            expires,
        }
    }

    /// When it expires, if it says so in whole Unix seconds.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// It as a token.
    pub fn token(&self) -> Token {
        Token {
            text: self.text.clone(),
            expires: self.expires,
            kind: TokenKind::Sas,
        }
    }
}

/// What a token is, in the words of claims-based security.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenKind {
    /// A shared access signature.
    Sas,
    /// A JSON web token, as Microsoft Entra ID issues them.
    Jwt,
}

impl TokenKind {
    /// The name on the wire, the `type` of a put-token request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sas => "servicebus.windows.net:sastoken",
            Self::Jwt => "jwt",
        }
    }
}

/// A token to put on `$cbs`. `Debug` shows its kind and expiry only.
#[derive(Clone, Debug)]
pub struct Token {
    text: Secret,
    expires: Option<SystemTime>,
    kind: TokenKind,
}

impl Token {
    /// A JSON web token and when it expires.
    pub fn jwt(text: impl Into<Box<str>>, expires: SystemTime) -> Self {
        Self {
            text: Secret::new(text),
            expires: Some(expires),
            kind: TokenKind::Jwt,
        }
    }

    /// When it expires, where that is known.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// What it is.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// For the wire.
    pub(super) fn expose(&self) -> &str {
        self.text.expose()
    }
}

/// As .NET's `WebUtility.UrlEncode` does: the signature covers the encoded text, so the service and we need the same.
fn url_encode(text: &str) -> Cow<'_, str> {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!*()".contains(&byte);
    if text.bytes().all(kept) {
        return text.into();
    }
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if kept(byte) {
            encoded.push(byte.into());
        } else if byte == b' ' {
            encoded.push('+');
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes any text");
        }
    }
    encoded.into()
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn signs_what_an_independent_implementation_signs() {
        // Made with Python: hmac.new(b"c2VjcmV0LWtleQ==", b"sb%3A%2F%2F…%2Fcrm\n1800000000", "sha256").
        let token = SasKey::new("Root Key", "c2VjcmV0LWtleQ==")
            .sign("sb://contoso.servicebus.windows.net/crm", at(1_800_000_000));
        assert_eq!(
            token.expose(),
            "SharedAccessSignature sr=sb%3A%2F%2Fcontoso.servicebus.windows.net%2Fcrm&sig=c\
             x3J5yhohIrHIUf%2BYkkx%2FIZFG96VY8DjwQUxlFOQb0U%3D&se=1800000000&skn=Root+Key"
        );
    }

    #[test]
    fn expires_in_whole_seconds_as_the_token_says() {
        let expires = at(1_800_000_000) + Duration::from_millis(999);
        let token = SasKey::new("k", "v").sign("sb://h/", expires);
        assert_eq!(token.expires(), Some(at(1_800_000_000)));
    }

    #[test]
    fn encodes_as_dot_net_does() {
        assert_eq!(url_encode("plain-_.!*()"), "plain-_.!*()");
        assert_eq!(url_encode("a b~'/é+="), "a+b%7E%27%2F%C3%A9%2B%3D");
    }

    #[test]
    fn a_fixed_signature_is_kept_and_its_expiry_read() {
        let text = "SharedAccessSignature sr=sb%3a%2f%2fh&sig=abc%3d&se=1800000000&skn=k";
        let signature = SharedAccessSignature::new(text);
        assert_eq!(signature.expires(), Some(at(1_800_000_000)));
        let token = Credential::Signature(signature).token("sb://other/", at(0));
        assert_eq!(token.expose(), text);
        assert_eq!(token.expires(), Some(at(1_800_000_000)));
        for odd in [
            "",
            "SharedAccessSignature se=soon",
            "se=18446744073709551615",
            "sr=x",
        ] {
            assert_eq!(SharedAccessSignature::new(odd).expires(), None, "{odd}");
        }
        assert_eq!(SharedAccessSignature::new("se=7").expires(), Some(at(7)));
    }

    #[test]
    fn debug_shows_no_key_and_no_signature() {
        let key = SasKey::new("policy", "canary");
        let token = key.sign("sb://h/", at(9));
        let fixed = SharedAccessSignature::new("SharedAccessSignature sig=canary&se=9");
        let jwt = Token::jwt("canary", at(9));
        let shown = format!("{key:?} {token:?} {fixed:?} {jwt:?}");
        assert!(
            !shown.contains("canary") && !shown.contains("sig="),
            "{shown}"
        );
        assert!(shown.contains("policy"));
    }
}
