//! The Service Bus of an example: yours, or one of its own.

use std::env::{self, VarError};

use listener_core::{Result, amqp::ConnectionString};
use listener_local::{
    local::LocalAzure,
    poster::{QueuePoster, QueueSettings},
};

use crate::SAMPLES;

/// Where an example gets its messages: the namespace that `SERVICEBUS_CONNECTION_STRING` names, else a Service Bus inside
/// of this process.
#[derive(Debug)]
pub struct Bus {
    connection_string: String,
    local: Option<LocalAzure>,
}

impl Bus {
    /// Reads the variable, or starts a Service Bus whose queues and topics are made when they are used.
    ///
    /// # Errors
    /// If the variable is no text, or no port is free.
    pub async fn open() -> Result<Self> {
        match env::var("SERVICEBUS_CONNECTION_STRING") {
            Ok(connection_string) => Ok(Self {
                connection_string,
                local: None,
            }),
            Err(VarError::NotPresent) => Self::start().await,
            Err(error) => Err(error.into()),
        }
    }

    /// Starts a Service Bus inside of this process.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start() -> Result<Self> {
        let local = LocalAzure::start().await?;
        Ok(Self {
            connection_string: local.connection_string(),
            local: Some(local),
        })
    }

    /// What a client connects with.
    pub fn connection_string(&self) -> &str {
        &self.connection_string
    }

    /// The Service Bus inside of this process, if there is one.
    pub fn local(&self) -> Option<&LocalAzure> {
        self.local.as_ref()
    }

    /// Posts the samples to a queue or topic of this process, as Dataverse does, so that there is something to see. To
    /// yours nothing is posted.
    ///
    /// # Errors
    /// If a sample cannot be posted.
    pub async fn post_samples(&self, entity: &str) -> Result {
        if self.local.is_none() {
            return Ok(());
        }
        let string: ConnectionString = self.connection_string.parse()?;
        let settings = QueueSettings {
            concurrency: 1,
            ..QueueSettings::default()
        };
        let poster = QueuePoster::new(&string, Some(entity), settings)?;
        for (_, body) in SAMPLES {
            poster.post(*body).await?.completed().await;
        }
        Ok(())
    }

    /// What to try with a listener on this queue or topic. `option` is that of `listener post`.
    pub fn try_next(&self, option: &str, entity: &str) -> String {
        let whose = match self.local {
            Some(_) => "a Service Bus inside of this process",
            None => "SERVICEBUS_CONNECTION_STRING",
        };
        let export = match self.local {
            Some(_) => format!(
                "  export SERVICEBUS_CONNECTION_STRING='{}'\n",
                self.connection_string
            ),
            None => String::new(),
        };
        format!(
            "Listening on {entity} of {whose}. Try, from the root of the repository:\n\n\
             {export}  cargo run --bin listener -- post --{option} {entity} examples/messages/*.json\n\n\
             Ctrl-C ends it.\n"
        )
    }
}

/// The value of a variable, or what stands for it.
pub fn variable(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}
