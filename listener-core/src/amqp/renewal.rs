//! Tokens renewed well before they expire.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{sync::watch, task::AbortHandle, time::sleep};

use super::{Credential, Error, ErrorKind, PutToken, Token};

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

/// Where tokens come from.
#[derive(Clone, Debug)]
pub struct Tokens {
    credential: Credential,
    valid_for: Duration,
    clock: Clock,
}

impl Tokens {
    /// Tokens that are valid for an hour.
    pub fn new(credential: Credential) -> Self {
        Self {
            credential,
            valid_for: Duration::from_secs(3600),
            clock: Clock::default(),
        }
    }

    /// For how long a signed token is valid.
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
    pub fn token(&self, resource: &str) -> Token {
        self.credential
            .token(resource, self.clock.now() + self.valid_for)
    }
}

/// A resource that we are authorized for as long as this is kept: its token is renewed in the background.
#[derive(Debug)]
pub struct Authorization {
    state: watch::Receiver<Option<Error>>,
    task: AbortHandle,
}

/// The longest pause between attempts to renew.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Authorization {
    /// Puts a first token, and renews it when three quarters of its time have passed. Where that fails it is tried again,
    /// with pauses of up to 30 seconds; a fixed signature cannot be renewed.
    ///
    /// # Errors
    /// If the first token is not taken.
    pub async fn new(
        on: impl PutToken,
        tokens: Tokens,
        resource: impl Into<String>,
    ) -> Result<Self, Error> {
        let resource = resource.into();
        let token = tokens.token(&resource);
        on.put_token(&resource, &token).await?;
        let (tell, state) = watch::channel(None);
        let task = tokio::spawn(renew(on, tokens, resource, token, tell)).abort_handle();
        Ok(Self { state, task })
    }

    /// The last attempt's error, if renewing does not work at present.
    pub fn failing(&self) -> Option<Error> {
        self.state.borrow().clone()
    }

    /// Waits until the authorization is gone for good: the token was refused, or expired and cannot be renewed.
    pub async fn lost(&mut self) -> Error {
        // The task ends, and drops its side, when it has given up.
        while self.state.changed().await.is_ok() {}
        self.failing()
            .unwrap_or_else(|| Error::new(ErrorKind::ConnectionLost, "renewing a token"))
    }
}

impl Drop for Authorization {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn renew(
    on: impl PutToken,
    tokens: Tokens,
    resource: String,
    mut token: Token,
    tell: watch::Sender<Option<Error>>,
) {
    // A token that does not tell its expiry holds until the service says otherwise.
    while let Some(expires) = token.expires() {
        let left = remaining(&tokens.clock, expires);
        if matches!(tokens.credential, Credential::Signature(_)) {
            sleep(left).await;
            let error = Error::new(
                ErrorKind::Unauthorized,
                format!("renewing the token for `{resource}`"),
            );
            tell.send_replace(Some(error.with_detail("a fixed signature has expired")));
            return;
        }
        sleep(left * 3 / 4).await;
        let mut pause = Duration::from_secs(1);
        token = loop {
            let next = tokens.token(&resource);
            let error = match on.put_token(&resource, &next).await {
                Ok(()) => break next,
                Err(error) => error,
            };
            tracing::warn!(%error, "A token could not be renewed.");
            let gone = !error.is_transient();
            let wait = error.retry_after().unwrap_or(pause);
            tell.send_replace(Some(error));
            if gone {
                return;
            }
            sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        tell.send_replace(None);
    }
    // Keeps `lost` waiting.
    tell.closed().await;
}

/// Never zero for long: a clock that is wrong must not make a storm of requests.
fn remaining(clock: &Clock, expires: SystemTime) -> Duration {
    expires
        .duration_since(clock.now())
        .unwrap_or_default()
        .max(Duration::from_secs(1))
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Mutex, time::UNIX_EPOCH};

    use tokio::time::Instant;

    use super::*;
    use crate::amqp::{SasKey, SharedAccessSignature};

    /// Notes when tokens are put, in seconds, and answers as told.
    #[derive(Clone, Default)]
    struct Node {
        put: Arc<Mutex<Vec<u64>>>,
        answers: Arc<Mutex<Vec<Option<ErrorKind>>>>,
        start: Option<Instant>,
    }

    impl PutToken for Node {
        async fn put_token(&self, _: &str, _: &Token) -> Result<(), Error> {
            self.put
                .lock()
                .unwrap()
                .push(self.start.unwrap().elapsed().as_secs());
            match self.answers.lock().unwrap().pop().flatten() {
                Some(kind) => Err(Error::new(kind, "putting")),
                None => Ok(()),
            }
        }
    }

    fn node(answers: &[Option<ErrorKind>]) -> Node {
        Node {
            answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())),
            start: Some(Instant::now()),
            ..Node::default()
        }
    }

    /// A clock that goes with tokio's, from `start` on.
    fn clock(start: u64) -> Clock {
        let begun = Instant::now();
        Clock::new(move || UNIX_EPOCH + Duration::from_secs(start) + begun.elapsed())
    }

    fn key() -> Tokens {
        Tokens::new(Credential::Key(SasKey::new("k", "v"))).clock(clock(1_000))
    }

    #[tokio::test(start_paused = true)]
    async fn renews_when_three_quarters_of_the_time_have_passed() {
        let node = node(&[]);
        let authorization = Authorization::new(node.clone(), key(), "sb://h/q")
            .await
            .unwrap();
        sleep(Duration::from_secs(6_000)).await;
        assert_eq!(*node.put.lock().unwrap(), [0, 2_700, 5_400]);
        assert!(authorization.failing().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_renewal_is_tried_again_and_shows_meanwhile() {
        let node = node(&[
            None,
            Some(ErrorKind::TimedOut),
            Some(ErrorKind::ServerBusy),
            Some(ErrorKind::TimedOut),
        ]);
        let authorization = Authorization::new(node.clone(), key(), "sb://h/q")
            .await
            .unwrap();
        sleep(Duration::from_secs(2_705)).await;
        assert_eq!(
            authorization.failing().unwrap().kind(),
            ErrorKind::ServerBusy
        );
        sleep(Duration::from_secs(295)).await;
        assert_eq!(*node.put.lock().unwrap(), [0, 2_700, 2_701, 2_711, 2_715]);
        assert!(authorization.failing().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_first_token_fails_at_once() {
        let error = Authorization::new(node(&[Some(ErrorKind::Unauthorized)]), key(), "r").await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Unauthorized);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_renewal_ends_the_authorization() {
        let node = node(&[None, Some(ErrorKind::Unauthorized)]);
        let mut authorization = Authorization::new(node.clone(), key(), "r").await.unwrap();
        assert_eq!(authorization.lost().await.kind(), ErrorKind::Unauthorized);
        assert_eq!(*node.put.lock().unwrap(), [0, 2_700]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fixed_signature_holds_until_it_expires_and_no_longer() {
        let signature =
            SharedAccessSignature::new("SharedAccessSignature sr=h&sig=x&se=1600&skn=k");
        let tokens = Tokens::new(Credential::Signature(signature)).clock(clock(1_000));
        let node = node(&[]);
        let start = Instant::now();
        let mut authorization = Authorization::new(node.clone(), tokens, "r").await.unwrap();
        let error = authorization.lost().await;
        assert_eq!(start.elapsed().as_secs(), 600);
        assert!(error.to_string().contains("fixed signature"), "{error}");
        assert_eq!(node.put.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_authorization_renews_nothing() {
        let node = node(&[]);
        drop(Authorization::new(node.clone(), key(), "r").await.unwrap());
        sleep(Duration::from_secs(9_000)).await;
        assert_eq!(node.put.lock().unwrap().len(), 1);
    }
}
