//! Whether Service Bus is ready.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::amqp::Server;

/// The server, once there is one; clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    server: Arc<OnceLock<Server>>,
    shutdown: CancellationToken,
}

impl Health {
    /// Ready from now on.
    pub(super) fn serve(&self, server: Server) {
        // Called once: a second server would not be heard of.
        let _ = self.server.set(server);
    }

    /// The server, between the moments at which it is ready and told to stop.
    pub(super) fn server(&self) -> Option<&Server> {
        if self.shutdown.is_cancelled() {
            return None;
        }
        self.server.get()
    }

    /// What stops everything.
    pub(super) fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }
}
