//! Claims-based security: tokens are put on the node `$cbs`, one for each entity.
//!
//! <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#claims-based-authorization>

use std::{
    future::Future,
    time::{Duration, UNIX_EPOCH},
};

use super::{Error, Requests, Session, Token, Value};

/// Puts tokens. The service drops a connection that has no token within 20 seconds.
#[derive(Clone, Debug)]
pub struct Cbs {
    requests: Requests,
    within: Duration,
}

impl Cbs {
    /// Attaches to `$cbs`. Each request may take as long as attaching may.
    ///
    /// # Errors
    /// As [`Session::requests`].
    pub async fn attach(session: &mut Session, within: Duration) -> Result<Self, Error> {
        let requests = session.requests("$cbs", within).await?;
        Ok(Self { requests, within })
    }
}

/// Something that a token can be put on.
pub trait PutToken: Send + Sync + 'static {
    /// Puts a token for a resource such as `sb://{namespace}/{entity}`.
    ///
    /// # Errors
    /// `Unauthorized` if the token is not believed; else what went wrong on the way.
    fn put_token(
        &self,
        resource: &str,
        token: &Token,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

impl PutToken for Cbs {
    async fn put_token(&self, resource: &str, token: &Token) -> Result<(), Error> {
        let mut properties = vec![
            ("operation".to_owned(), "put-token".into()),
            ("type".to_owned(), token.kind().as_str().into()),
            ("name".to_owned(), resource.into()),
        ];
        let expires = token
            .expires()
            .and_then(|expires| expires.duration_since(UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_millis()).ok());
        if let Some(expires) = expires {
            properties.push(("expiration".to_owned(), Value::Timestamp(expires)));
        }
        let doing = format!("putting a token for `{resource}`");
        self.requests
            .call(
                doing.clone(),
                properties,
                token.expose().into(),
                self.within,
            )
            .await?
            .into_body()
            .map(drop)
            .map_err(|error| error.doing(doing))
    }
}
