//! Tokens of Microsoft Entra ID, by what Azure's crates call a credential.
//!
//! <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-authentication-and-authorization>

use std::sync::Arc;

use azure_core::credentials::TokenCredential;

use super::{Endpoint, Namespace, Token, Tokens};

/// What a token for Service Bus and Event Hubs is asked for, in every cloud.
const SCOPE: &str = "https://servicebus.azure.net/.default";

impl Tokens {
    /// Tokens of Microsoft Entra ID, for the identity of this credential.
    pub fn from_credential(credential: Arc<dyn TokenCredential>) -> Self {
        Self::from_fn(move |_| {
            let credential = credential.clone();
            async move {
                let token = credential.get_token(&[SCOPE], None).await?;
                Ok(Token::jwt(token.token.secret(), token.expires_on.into()))
            }
        })
    }
}

impl Namespace {
    /// The namespace at this endpoint, as the identity of this credential: a managed identity, say. It needs one of the
    /// roles Azure Service Bus Data Receiver, Sender or Owner.
    ///
    /// A credential is anything that implements `azure_core`'s trait: those of the crate `azure_identity` do, which the
    /// application brings itself. A token is asked for long before the old one ends; while none is to be had, that is
    /// logged, and the old one holds.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use azure_core::credentials::TokenCredential;
    /// use listener_core::{amqp::Namespace, source::service_bus::Queue};
    ///
    /// // `azure_identity::ManagedIdentityCredential::new(None)?` makes one, for example.
    /// fn queue(credential: Arc<dyn TokenCredential>) -> Result<Queue, Box<dyn std::error::Error>> {
    ///     let namespace = "contoso.servicebus.windows.net".parse()?;
    ///     Ok(Queue::new(Namespace::with_credential(&namespace, credential), "crm"))
    /// }
    /// ```
    pub fn with_credential(endpoint: &Endpoint, credential: Arc<dyn TokenCredential>) -> Self {
        Self::with_tokens(endpoint, Tokens::from_credential(credential))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::Mutex,
        time::{Duration, SystemTime, UNIX_EPOCH},
    };

    use azure_core::{
        credentials::{AccessToken, TokenRequestOptions},
        error::{Error as AzureError, ErrorKind as AzureErrorKind},
    };
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::amqp::{
        Authorization, Clock, Error, ErrorKind, PutToken, TokenKind, tests::log::Log,
    };

    /// Gives tokens that are valid for an hour, but for a while.
    #[derive(Debug)]
    struct Fake {
        start: Instant,
        away: std::ops::Range<u64>,
    }

    fn at(start: Instant, seconds: u64) -> SystemTime {
        UNIX_EPOCH + start.elapsed() + Duration::from_secs(seconds)
    }

    impl TokenCredential for Fake {
        fn get_token<'a, 'b, 'c, 'd, 'f>(
            &'a self,
            scopes: &'b [&'c str],
            _: Option<TokenRequestOptions<'d>>,
        ) -> Pin<Box<dyn Future<Output = azure_core::Result<AccessToken>> + Send + 'f>>
        where
            'a: 'f,
            'b: 'f,
            'c: 'f,
            'd: 'f,
            Self: 'f,
        {
            assert_eq!(scopes, ["https://servicebus.azure.net/.default"]);
            let seconds = self.start.elapsed().as_secs();
            let result = if self.away.contains(&seconds) {
                let text = "AADSTS90033: a transient error has occurred";
                Err(AzureError::with_message(AzureErrorKind::Credential, text))
            } else {
                let token = format!("eyJcanary{seconds}");
                Ok(AccessToken::new(token, at(self.start, 3_600).into()))
            };
            Box::pin(std::future::ready(result))
        }
    }

    /// When tokens are put, and which.
    #[derive(Clone, Default)]
    struct Node(Arc<Mutex<Vec<String>>>);

    impl PutToken for Node {
        async fn put_token(&self, _: &str, token: &Token) -> Result<(), Error> {
            assert_eq!(token.kind(), TokenKind::Jwt);
            self.0.lock().unwrap().push(token.expose().to_owned());
            Ok(())
        }
    }

    fn tokens(away: std::ops::Range<u64>) -> Tokens {
        let start = Instant::now();
        Tokens::from_credential(Arc::new(Fake { start, away }))
            .clock(Clock::new(move || at(start, 0)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_long_before_its_end_and_each_is_another() {
        let node = Node::default();
        let _authorization = Authorization::new(node.clone(), tokens(0..0), "sb://h/q")
            .await
            .unwrap();
        sleep(Duration::from_secs(6_000)).await;
        let put = node.0.lock().unwrap();
        assert_eq!(*put, ["eyJcanary0", "eyJcanary2700", "eyJcanary5400"]);
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_credential_fails_the_old_token_holds_and_the_log_says_why() {
        let (log, _guard) = Log::start();
        let node = Node::default();
        let tokens = tokens(2_000..3_000);
        let authorization = Authorization::new(node.clone(), tokens.clone(), "sb://h/q")
            .await
            .unwrap();
        sleep(Duration::from_secs(2_900)).await;
        let failing = authorization.failing().unwrap();
        assert_eq!(failing.kind(), ErrorKind::NoToken);
        assert!(failing.to_string().contains("AADSTS90033"), "{failing}");
        assert!(
            failing.to_string().contains("check the credential"),
            "{failing}"
        );
        sleep(Duration::from_secs(200)).await;
        assert!(authorization.failing().is_none());
        assert_eq!(node.0.lock().unwrap().len(), 2);
        let shown = format!("{} {tokens:?} {authorization:?}", log.text());
        assert!(
            shown.contains("AADSTS90033") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_first_token_the_error_is_one_that_may_pass() {
        let error = tokens(0..10).token("sb://h/q").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoToken);
        assert!(error.is_transient());
    }
}
