use super::Namespace;
use crate::amqp::{Authorization, Cbs, Connection, Error, Session};

/// A connection that is authorized for one entity.
pub(super) struct Line {
    pub(super) connection: Connection,
    /// With the session that its requests stand on.
    authorization: Option<(Authorization, Session)>,
}

impl Line {
    pub(super) async fn open(namespace: &Namespace, entity: &str) -> Result<Self, Error> {
        let mut connection = namespace.connector.connect().await?;
        let authorization = match &namespace.tokens {
            Some(tokens) => {
                let authorizing = async {
                    let mut session = connection.session().await?;
                    let cbs = Cbs::attach(&mut session, namespace.within).await?;
                    let resource = namespace.endpoint.resource(entity);
                    let authorization = Authorization::new(cbs, tokens.clone(), resource).await?;
                    Ok((authorization, session))
                };
                Some(authorizing.await.map_err(|error| namespace.placed(error))?)
            }
            None => None,
        };
        Ok(Self {
            connection,
            authorization,
        })
    }

    /// Waits until nothing can stand on it any more.
    pub(super) async fn lost(&mut self) -> Error {
        let Self {
            connection,
            authorization,
        } = self;
        let unauthorized = async {
            match authorization {
                Some((authorization, _)) => authorization.lost().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            error = connection.closed() => error,
            error = unauthorized => error,
        }
    }
}
