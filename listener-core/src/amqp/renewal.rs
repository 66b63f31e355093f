//! Tokens renewed well before they expire.

use std::time::{Duration, SystemTime};

use tokio::{sync::watch, task::AbortHandle, time::sleep};

use super::{Clock, Error, ErrorKind, PutToken, Token, Tokens, expiry};

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
    /// with pauses of up to 30 seconds, while the old one holds. A fixed signature cannot be renewed: warnings tell of its
    /// end at the start, a day before and an hour before.
    ///
    /// # Errors
    /// If there is no first token, or it is not taken.
    pub async fn new(
        on: impl PutToken,
        tokens: Tokens,
        resource: impl Into<String>,
    ) -> Result<Self, Error> {
        let resource = resource.into();
        let token = tokens.token(&resource).await?;
        if tokens.are_fixed() {
            expiry::check(&tokens, &resource, token.expires())?;
        }
        on.put_token(&resource, &token).await?;
        let (tell, state) = watch::channel(None);
        let renewal = Renewal {
            on,
            tokens,
            resource,
            token,
        };
        let task = tokio::spawn(renewal.run(tell)).abort_handle();
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

struct Renewal<P> {
    on: P,
    tokens: Tokens,
    resource: String,
    token: Token,
}

impl<P: PutToken> Renewal<P> {
    async fn run(mut self, tell: watch::Sender<Option<Error>>) {
        // A token that does not tell its expiry holds until the service says otherwise.
        while let Some(expires) = self.token.expires() {
            if self.tokens.are_fixed() {
                let error = expiry::expire(&self.tokens, &self.resource, expires).await;
                tell.send_replace(Some(error));
                return;
            }
            sleep(remaining(&self.tokens.clock, expires) * 3 / 4).await;
            let mut pause = Duration::from_secs(1);
            self.token = loop {
                let error = match self.next(expires).await {
                    Ok(Some(next)) => break next,
                    Ok(None) => {
                        let left = remaining(&self.tokens.clock, expires);
                        sleep((left / 4).max(LONGEST_PAUSE)).await;
                        continue;
                    }
                    Err(error) => error,
                };
                let left = remaining(&self.tokens.clock, expires);
                tracing::warn!(%error, ?left, "A token could not be renewed.");
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

    /// Puts another token than that which ends then; `None` where no other is to be had yet.
    async fn next(&self, expires: SystemTime) -> Result<Option<Token>, Error> {
        let next = self.tokens.token(&self.resource).await?;
        if self.tokens.are_provided() && next.expires().is_some_and(|next| next <= expires) {
            return Ok(None);
        }
        self.on.put_token(&self.resource, &next).await?;
        Ok(Some(next))
    }
}

/// Never zero for long: a clock that is wrong must not make a storm of requests.
fn remaining(clock: &Clock, expires: SystemTime) -> Duration {
    expires
        .duration_since(clock.now())
        .unwrap_or_default()
        .max(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::UNIX_EPOCH,
    };

    use tokio::time::Instant;

    use super::*;
    use crate::amqp::{Credential, SasKey, SharedAccessSignature, tests::log::Log};

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
        assert!(
            error
                .to_string()
                .contains("expired at 1970-01-01 00:26:40 UTC"),
            "{error}"
        );
        assert_eq!(node.put.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_authorization_renews_nothing() {
        let node = node(&[]);
        drop(Authorization::new(node.clone(), key(), "r").await.unwrap());
        sleep(Duration::from_secs(9_000)).await;
        assert_eq!(node.put.lock().unwrap().len(), 1);
    }

    /// Provides what it is told to, one after the other, and the last one for ever: tokens by their expiry.
    fn provided(tokens: &[Result<u64, &'static str>]) -> Tokens {
        let mut left = tokens.iter().rev().copied().collect::<Vec<_>>();
        let last = left[0];
        let left = Arc::new(Mutex::new(std::mem::take(&mut left)));
        Tokens::from_fn(move |resource| {
            assert_eq!(resource, "sb://h/q");
            let next = left.lock().unwrap().pop().unwrap_or(last);
            async move {
                match next {
                    Ok(expires) => Ok(Token::jwt(
                        "eyJcanary",
                        UNIX_EPOCH + Duration::from_secs(expires),
                    )),
                    Err(text) => Err(text.into()),
                }
            }
        })
        .clock(clock(1_000))
    }

    #[tokio::test(start_paused = true)]
    async fn provided_tokens_are_renewed_well_before_their_own_end() {
        let node = node(&[]);
        let tokens = provided(&[Ok(1_400), Ok(2_300), Ok(99_999)]);
        let _authorization = Authorization::new(node.clone(), tokens, "sb://h/q")
            .await
            .unwrap();
        sleep(Duration::from_secs(3_000)).await;
        // 300 of 400 seconds, then 750 of 1000.
        assert_eq!(*node.put.lock().unwrap(), [0, 300, 1_050]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_provided_once_more_is_not_put_once_more() {
        let node = node(&[]);
        // As a cache does until five minutes before the end.
        let tokens = provided(&[Ok(4_600), Ok(4_600), Ok(4_600), Ok(4_600), Ok(99_999)]);
        let _authorization = Authorization::new(node.clone(), tokens, "sb://h/q")
            .await
            .unwrap();
        sleep(Duration::from_secs(3_500)).await;
        let put = node.put.lock().unwrap();
        assert_eq!(put.len(), 2, "{put:?}");
        assert!((2_700..3_500).contains(&put[1]), "{put:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn while_none_is_provided_the_old_one_holds_and_the_log_says_so() {
        let (log, _guard) = Log::start();
        let node = node(&[]);
        let away = Err("the identity endpoint is away: eyJcanary");
        let tokens = provided(&[Ok(4_600), away, away, away, Ok(99_999)]);
        let mut authorization = Authorization::new(node.clone(), tokens, "sb://h/q")
            .await
            .unwrap();
        let lost = tokio::time::timeout(Duration::from_secs(2_705), authorization.lost());
        assert!(lost.await.is_err(), "it was given up");
        let failing = authorization.failing().unwrap().to_string();
        assert!(
            failing.contains("`sb://h/q` failed: there is no token"),
            "{failing}"
        );
        assert!(failing.contains("identity endpoint is away"), "{failing}");
        sleep(Duration::from_secs(100)).await;
        assert!(authorization.failing().is_none());
        assert_eq!(*node.put.lock().unwrap(), [0, 2_707]);
        let log = log.text();
        assert_eq!(log.matches("could not be renewed").count(), 3, "{log}");
        assert!(!log.contains("canary"), "{log}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_first_token_nothing_is_put_and_the_error_says_why() {
        let node = node(&[]);
        let refused = provided(&[Err("no such tenant")]);
        let hanging = Tokens::from_fn(|_| std::future::pending());
        for (tokens, kind, text) in [
            (refused, ErrorKind::NoToken, "no such tenant"),
            (hanging, ErrorKind::NoToken, "nothing came within 60s"),
        ] {
            let error = Authorization::new(node.clone(), tokens, "sb://h/q")
                .await
                .unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(text), "{error}");
        }
        assert!(node.put.lock().unwrap().is_empty());
    }
}
