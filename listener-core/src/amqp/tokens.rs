//! Where tokens come from: a key, a fixed signature, or somebody else.

use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::timeout;

use super::{Credential, Error, ErrorKind, Token, expiry::Notices};
use crate::BoxFuture;

/// What time it is; the system's clock unless a test says otherwise.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// A clock of one's own.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What time it is.
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

/// Where tokens come from. Clones are one: each warning is given once for all of them.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use listener_core::amqp::{Token, Tokens};
///
/// // From wherever tokens are to be had; here from a file that somebody keeps fresh.
/// let tokens = Tokens::from_fn(|_resource| async {
///     let text = tokio::task::spawn_blocking(|| std::fs::read_to_string("/run/secrets/token")).await??;
///     Ok(Token::jwt(text, SystemTime::now() + Duration::from_secs(3600)))
/// });
/// ```
#[derive(Clone)]
pub struct Tokens {
    origin: Origin,
    valid_for: Duration,
    pub(super) clock: Clock,
    pub(super) notices: Arc<Notices>,
}

#[derive(Clone)]
enum Origin {
    Credential(Credential),
    Provided(Provide),
}

/// Why whoever provides tokens gave none.
type Cause = Box<dyn StdError + Send + Sync>;

type Provide = Arc<dyn Fn(&str) -> BoxFuture<'static, Result<Token, Cause>> + Send + Sync>;

/// How long who provides tokens may take for one.
const PROVIDED_WITHIN: Duration = Duration::from_secs(60);

impl Tokens {
    /// Tokens that are valid for an hour.
    pub fn new(credential: Credential) -> Self {
        Self::of(Origin::Credential(credential))
    }

    /// Tokens that somebody else gives out, for a resource such as `sb://{namespace}/{entity}`.
    ///
    /// It is asked for the first, and for another when three quarters of its time have passed; where it gives the same
    /// one again, or none within a minute, it is asked again while the old one holds. The error's text is logged, and must
    /// not hold a secret.
    pub fn from_fn<F>(provide: impl Fn(&str) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Token, Cause>> + Send + 'static,
    {
        Self::of(Origin::Provided(Arc::new(move |resource| {
            Box::pin(provide(resource))
        })))
    }

    fn of(origin: Origin) -> Self {
        Self {
            origin,
            valid_for: Duration::from_secs(3600),
            clock: Clock::default(),
            notices: Arc::default(),
        }
    }

    /// For how long a token that a key signs is valid.
    #[must_use]
    pub fn valid_for(mut self, valid_for: Duration) -> Self {
        self.valid_for = valid_for;
        self
    }

    /// What time it is.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// A token for this resource, from now on.
    ///
    /// # Errors
    /// `NoToken` if whoever provides tokens gave none, or took too long.
    pub async fn token(&self, resource: &str) -> Result<Token, Error> {
        let provide = match &self.origin {
            Origin::Credential(credential) => {
                return Ok(credential.token(resource, self.clock.now() + self.valid_for));
            }
            Origin::Provided(provide) => provide,
        };
        let doing = || format!("getting a token for `{resource}`");
        match timeout(PROVIDED_WITHIN, provide(resource)).await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(error)) => {
                Err(Error::new(ErrorKind::NoToken, doing()).with_detail(&chain(&*error)))
            }
            Err(_) => Err(Error::new(ErrorKind::NoToken, doing())
                .with_detail(&format!("nothing came within {PROVIDED_WITHIN:?}"))),
        }
    }

    /// Whether each token is the one that there is.
    pub(super) fn are_fixed(&self) -> bool {
        matches!(self.origin, Origin::Credential(Credential::Signature(_)))
    }

    /// Whether the present token may be given out once more.
    pub(super) fn are_provided(&self) -> bool {
        matches!(self.origin, Origin::Provided(_))
    }

    /// As whom we speak, where an error names it; never a secret.
    pub(super) fn whom(&self) -> String {
        match &self.origin {
            Origin::Credential(Credential::Key(key)) => format!("the key `{}`", key.name()),
            Origin::Credential(Credential::Signature(_)) => "a fixed signature".to_owned(),
            Origin::Provided(_) => "a token that was provided".to_owned(),
        }
    }

    /// What to change where the service does not believe the token, or it lacks the right.
    pub(super) fn advice(&self) -> &'static str {
        match &self.origin {
            Origin::Credential(Credential::Key(_)) => {
                "check that the key is the present one of this policy, and that the policy is of this entity or namespace \
                 and has the Send, Listen or Manage right"
            }
            Origin::Credential(Credential::Signature(_)) => {
                "sign for this entity or namespace, with a key that has the Send, Listen or Manage right"
            }
            Origin::Provided(_) => {
                "give the identity the role Azure Service Bus Data Receiver, Sender or Owner on this entity or its \
                 namespace; a new role takes some minutes to work"
            }
        }
    }
}

/// An error with what caused it: the reason is mostly at the end.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("from", &self.whom())
            .field("valid_for", &self.valid_for)
            .finish_non_exhaustive()
    }
}
