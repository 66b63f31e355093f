use std::future::Future;

use super::{
    DeferredMessage, Entity, Handle, Options, Sessions, defer::OnDefer, entity::entity_source,
};
use crate::{
    Result,
    amqp::{ConnectionString, ConnectionStringError, Namespace},
};

/// A queue, or its dead letters, as a source.
#[derive(Debug)]
pub struct Queue(Entity);

/// A subscription of a topic, or its dead letters, as a source.
#[derive(Debug)]
pub struct Subscription(Entity);

impl Queue {
    /// A queue of the namespace of this connection string.
    ///
    /// # Errors
    /// If the string is none, or is for another entity alone.
    pub fn from_string(string: &str, name: &str) -> Result<Self, ConnectionStringError> {
        let string: ConnectionString = string.parse()?;
        let name = string.entity(Some(name))?;
        Ok(Self::new(Namespace::new(&string), name))
    }

    /// A queue of this namespace.
    pub fn new(namespace: Namespace, name: &str) -> Self {
        Self(Entity::new(namespace, name.to_owned()))
    }
}

impl Subscription {
    /// A subscription of the namespace of this connection string.
    ///
    /// # Errors
    /// If the string is none, or is for another entity alone.
    pub fn from_string(
        string: &str,
        topic: &str,
        name: &str,
    ) -> Result<Self, ConnectionStringError> {
        let string: ConnectionString = string.parse()?;
        let topic = string.entity(Some(topic))?;
        Ok(Self::new(Namespace::new(&string), topic, name))
    }

    /// A subscription of this namespace.
    pub fn new(namespace: Namespace, topic: &str, name: &str) -> Self {
        Self(Entity::new(
            namespace,
            format!("{topic}/Subscriptions/{name}"),
        ))
    }
}

macro_rules! entity {
    ($source:ident) => {
        impl $source {
            /// Its dead letters in place of its messages.
            #[must_use]
            pub fn dead_letters(self) -> Self {
                Self(self.0.dead_letters())
            }

            /// How it is listened on.
            #[must_use]
            pub fn options(self, options: Options) -> Self {
                Self(self.0.options(options))
            }

            /// Tells of each message that a listener defers, before it is deferred: note the number, for it alone brings the
            /// message back. If that fails, or takes longer than [`Options::answer_timeout`], the message is released instead;
            /// if the process dies in between, the message comes again by itself, with the same number.
            #[must_use]
            pub fn on_defer<F>(
                self,
                tell: impl Fn(DeferredMessage) -> F + Send + Sync + 'static,
            ) -> Self
            where
                F: Future<Output = Result> + Send + 'static,
            {
                Self(self.0.on_defer(OnDefer::new(tell)))
            }

            /// Its sessions as a source, for an entity that requires them.
            #[must_use]
            pub fn sessions(self) -> Sessions {
                self.0.sessions()
            }

            /// What peeks at its messages and has deferred ones received, also once a host has it.
            pub fn handle(&self) -> Handle {
                self.0.handle()
            }
        }

        entity_source!($source);
    };
}

entity!(Queue);
entity!(Subscription);
