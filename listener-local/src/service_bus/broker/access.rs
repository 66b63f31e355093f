//! Who may do what: shared access signatures, and what a connection has shown of them.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use ring::hmac;
use tokio::time::Sleep;

use super::{error::refusal, node::path_of, reply::Failure};
use crate::{
    amqp::types::definitions::{AmqpError, Error},
    service_bus::engine::{Namespace, Timestamp},
};

/// The most resources that one connection shows tokens for.
const MAX_CLAIMS: usize = 1_000;

/// Shared access keys, of which one must have signed each token. `Debug` shows their names only.
#[derive(Clone, Default)]
pub struct Keys(Arc<Vec<(String, hmac::Key)>>);

impl Keys {
    /// One key: a policy's name, and the key as text, as the portal shows it.
    #[must_use]
    pub fn new(name: impl Into<String>, key: &str) -> Self {
        Self::default().and(name, key)
    }

    /// These and another, of the same name or another, so that keys rotate.
    #[must_use]
    pub fn and(self, name: impl Into<String>, key: &str) -> Self {
        let mut keys = Arc::unwrap_or_clone(self.0);
        keys.push((
            name.into(),
            hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()),
        ));
        Self(Arc::new(keys))
    }

    /// The resource and the end of a shared access signature
    /// ([form](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas#generate-a-shared-access-signature-token)).
    fn check(&self, token: &str, now: Timestamp) -> Result<Claim, &'static str> {
        let fields = token
            .strip_prefix("SharedAccessSignature ")
            .ok_or("expected a token that begins with `SharedAccessSignature`")?;
        let field = |name: &str| {
            fields
                .split('&')
                .filter_map(|field| field.split_once('='))
                .find_map(|(own, value)| (own == name).then_some(value))
                .ok_or("expected the fields sr, sig, se and skn in the token")
        };
        let decoded = |text: &'static str, value: &str| {
            let decoded = percent_decode_str(value).decode_utf8();
            decoded.map(|value| value.into_owned()).map_err(|_| text)
        };
        let resource = field("sr")?;
        let expiry = field("se")?;
        let name = decoded("expected UTF-8 in skn", field("skn")?)?;
        let signature = STANDARD
            .decode(decoded("expected UTF-8 in sig", field("sig")?)?)
            .map_err(|_| "expected base64 in sig")?;
        let signed = format!("{resource}\n{expiry}");
        let known = self
            .0
            .iter()
            .filter(|(own, _)| *own == name)
            .any(|(_, key)| hmac::verify(key, signed.as_bytes(), &signature).is_ok());
        if !known {
            return Err("the signature of the token is of no key that is known here");
        }
        let seconds: i64 = expiry.parse().map_err(|_| "expected seconds in se")?;
        let expires = Timestamp::from_millis(seconds.saturating_mul(1_000));
        if expires <= now {
            return Err("the token has expired");
        }
        Ok(Claim {
            path: path_of(&decoded("expected UTF-8 in sr", resource)?),
            expires,
        })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// What a token lets its owner do: everything below a path, until it expires.
#[derive(Clone, Debug)]
struct Claim {
    path: String,
    expires: Timestamp,
}

impl Claim {
    fn covers(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.path.as_str());
        self.path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// The tokens that a connection has shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims(Arc<Mutex<Vec<Claim>>>);

impl Claims {
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Takes a token for the audience `name`.
    pub(super) fn put(
        &self,
        keys: &Keys,
        name: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let refused = |why: &str| Failure::unauthorized(why);
        let signed = keys.check(token, now).map_err(refused)?;
        let path = path_of(name);
        if !signed.covers(&path) {
            return Err(refused("the token is for another resource than its name"));
        }
        let mut claims = self.lock();
        claims.retain(|claim| claim.path != path && claim.expires > now);
        if claims.len() >= MAX_CLAIMS {
            return Err(refused("the connection has shown too many tokens"));
        }
        claims.push(Claim {
            path,
            expires: signed.expires,
        });
        Ok(())
    }

    /// Lets a link to a path that a token covers.
    pub(super) fn pass(&self, path: &str, namespace: &Namespace) -> Result<Pass, Error> {
        let now = namespace.now();
        let mut pass = Pass {
            claims: self.clone(),
            path: path.to_owned(),
            namespace: namespace.clone(),
            end: Box::pin(tokio::time::sleep(Duration::ZERO)),
        };
        match pass.left(now) {
            Some(left) => {
                pass.end = Box::pin(tokio::time::sleep(left));
                Ok(pass)
            }
            None => Err(unauthorized()),
        }
    }

    fn expiry(&self, path: &str) -> Option<Timestamp> {
        let claims = self.lock();
        let covering = claims.iter().filter(|claim| claim.covers(path));
        covering.map(|claim| claim.expires).max()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Claim>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a link stands on, as long as tokens for it are renewed.
#[derive(Debug)]
pub(super) struct Pass {
    claims: Claims,
    path: String,
    namespace: Namespace,
    end: Pin<Box<Sleep>>,
}

impl Pass {
    /// Ready when no token holds any more.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        while self.end.as_mut().poll(cx).is_ready() {
            match self.left(self.namespace.now()) {
                Some(left) => self.end = Box::pin(tokio::time::sleep(left)),
                None => return Poll::Ready(unauthorized()),
            }
        }
        Poll::Pending
    }

    fn left(&self, now: Timestamp) -> Option<Duration> {
        let expiry = self.claims.expiry(&self.path)?;
        let left = expiry.as_millis().checked_sub(now.as_millis())?;
        u64::try_from(left)
            .ok()
            .filter(|left| *left > 0)
            .map(Duration::from_millis)
    }
}

fn unauthorized() -> Error {
    refusal(
        AmqpError::UnauthorizedAccess,
        "expected a token for this entity that has not expired: put one on $cbs first",
    )
}

/// A shared access signature that expires at this second of Unix time.
#[cfg(test)]
pub(super) fn signed_at(resource: &str, name: &str, key: &str, expiry: i64) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let resource = encode(resource);
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let signature = hmac::sign(&key, format!("{resource}\n{expiry}").as_bytes());
    let signature = encode(&STANDARD.encode(signature));
    format!("SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service_bus::engine::NamespaceOptions;
    use std::future::poll_fn;

    fn put(claims: &Claims, namespace: &Namespace, path: &str, seconds: i64) {
        let expiry = namespace.now().as_millis() / 1_000 + seconds;
        let name = format!("sb://local/{path}");
        let token = signed_at(&name, "owner", "key", expiry);
        let keys = Keys::new("owner", "key");
        claims.put(&keys, &name, &token, namespace.now()).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_ends_with_its_token_unless_that_is_renewed() {
        let namespace = Namespace::new(NamespaceOptions::default());
        let claims = Claims::default();
        put(&claims, &namespace, "crm", 60);
        let start = tokio::time::Instant::now();
        let mut pass = claims.pass("crm/$deadletterqueue", &namespace).unwrap();
        put(&claims, &namespace, "crm", 600);
        poll_fn(|cx| pass.poll(cx)).await;
        assert!(start.elapsed() > Duration::from_secs(590));
        assert!(claims.pass("crm", &namespace).is_err());
    }

    #[tokio::test]
    async fn a_token_covers_what_is_below_its_path_alone() {
        let namespace = Namespace::new(NamespaceOptions::default());
        let claims = Claims::default();
        put(&claims, &namespace, "crm", 60);
        assert!(claims.pass("crm/$management", &namespace).is_ok());
        assert!(claims.pass("crmother", &namespace).is_err());
        put(&claims, &namespace, "", 60);
        assert!(claims.pass("crmother", &namespace).is_ok());
    }

    #[tokio::test]
    async fn a_connection_shows_a_bounded_number_of_tokens() {
        let namespace = Namespace::new(NamespaceOptions::default());
        let claims = Claims::default();
        for number in 0..MAX_CLAIMS {
            put(&claims, &namespace, &number.to_string(), 60);
        }
        let expiry = namespace.now().as_millis() / 1_000 + 60;
        let token = signed_at("sb://local/x", "owner", "key", expiry);
        let keys = Keys::new("owner", "key");
        let refused = claims.put(&keys, "sb://local/x", &token, namespace.now());
        assert!(refused.is_err());
    }
}
