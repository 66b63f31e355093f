use super::Namespace;
use crate::amqp::{Authorization, Cbs, Connection, Error, Management, Session};

/// A connection that is authorized for one entity.
pub(super) struct Line {
    pub(super) connection: Connection,
    /// With the session that its requests stand on.
    authorization: Option<(Authorization, Session)>,
}

/// The management node of an entity, with the session that it stands on; nothing where there are no tokens, since such
/// brokers have no such node.
pub(super) struct Managed(Option<(Management, Session)>);

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

    /// Attaches to the management node of an entity or sub-queue.
    pub(super) async fn manage(
        &mut self,
        namespace: &Namespace,
        address: &str,
    ) -> Result<Managed, Error> {
        if namespace.tokens.is_none() {
            return Ok(Managed(None));
        }
        let mut session = self.connection.session().await?;
        let management = Management::attach(&mut session, address, namespace.within).await?;
        Ok(Managed(Some((management, session))))
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

impl Managed {
    pub(super) fn node(&self) -> Option<&Management> {
        self.0.as_ref().map(|(management, _)| management)
    }

    /// Waits until it is gone.
    pub(super) async fn closed(&self) -> Error {
        match self.node() {
            Some(management) => management.closed().await,
            None => std::future::pending().await,
        }
    }
}
