//! What a service may know of a connection, and the handles that end links and connections from outside.

use crate::amqp::types::{definitions::Error, performatives::Open};
use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::mpsc::UnboundedSender;

/// What is asked of a connection's task from outside.
#[derive(Debug)]
pub(crate) enum Command {
    /// Detach one link.
    Detach {
        channel: u16,
        handle: u32,
        generation: u64,
        error: Option<Error>,
    },
    /// Close the connection.
    Close(Option<Error>),
    /// Drop the connection as it is.
    Abort,
}

/// Facts about a connection, shared by all its links.
pub struct ConnectionInfo {
    id: u64,
    open: Open,
    mechanism: Option<String>,
    extensions: Mutex<http::Extensions>,
    handle: ConnectionHandle,
}

impl ConnectionInfo {
    pub(crate) fn new(
        id: u64,
        open: Open,
        mechanism: Option<String>,
        commands: UnboundedSender<Command>,
    ) -> Self {
        Self {
            id,
            open,
            mechanism,
            extensions: Mutex::default(),
            handle: ConnectionHandle { commands },
        }
    }

    /// Counts the server's connections from 1.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The peer's container id.
    #[must_use]
    pub fn container_id(&self) -> &str {
        &self.open.container_id
    }

    /// The peer's open as it came in: host name, properties, capabilities.
    #[must_use]
    pub fn open(&self) -> &Open {
        &self.open
    }

    /// The mechanism that the peer chose; `None` if it skipped the security layer.
    #[must_use]
    pub fn mechanism(&self) -> Option<&str> {
        self.mechanism.as_deref()
    }

    /// The connection's own value of this type (its authorisations, say), made by `Default` at first sight.
    ///
    /// Clones should share one state, as those of an `Arc` do.
    #[must_use]
    pub fn extension<T: Clone + Default + Send + Sync + 'static>(&self) -> T {
        let mut extensions = self
            .extensions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        extensions.get_or_insert_default::<T>().clone()
    }

    /// Ends the connection from outside.
    #[must_use]
    pub fn handle(&self) -> &ConnectionHandle {
        &self.handle
    }
}

impl fmt::Debug for ConnectionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionInfo")
            .field("id", &self.id)
            .field("container_id", &self.open.container_id)
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}

/// Ends a connection from outside; does nothing to one that is gone.
#[derive(Debug, Clone)]
pub struct ConnectionHandle {
    commands: UnboundedSender<Command>,
}

impl ConnectionHandle {
    /// Closes the connection, with an error if there is one to tell (AMQP 1.0, 2.4.3).
    pub fn close(&self, error: Option<Error>) {
        let _ = self.commands.send(Command::Close(error));
    }

    /// Drops the connection without a word, as a network does that fails.
    pub fn abort(&self) {
        let _ = self.commands.send(Command::Abort);
    }
}

/// Ends a link from outside; does nothing to one that is gone, even if another has its handle by now.
#[derive(Debug, Clone)]
pub struct LinkHandle {
    pub(crate) commands: UnboundedSender<Command>,
    pub(crate) channel: u16,
    pub(crate) handle: u32,
    pub(crate) generation: u64,
}

impl LinkHandle {
    /// Detaches the link for good with this error: `amqp:link:stolen`, `amqp:link:detach-forced`, an entity deleted.
    pub fn detach(&self, error: Error) {
        self.send(Some(error));
    }

    /// Closes the link without an error.
    pub fn close(&self) {
        self.send(None);
    }

    fn send(&self, error: Option<Error>) {
        let (channel, handle, generation) = (self.channel, self.handle, self.generation);
        let _ = self.commands.send(Command::Detach {
            channel,
            handle,
            generation,
            error,
        });
    }
}

/// What the server holds at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Connections, from the first byte on.
    pub connections: usize,
    /// Sessions that have begun.
    pub sessions: usize,
    /// Links, those that wait for the service's answer too.
    pub links: usize,
    /// Outgoing deliveries without a settlement.
    pub unsettled: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connections: AtomicUsize,
    pub(crate) sessions: AtomicUsize,
    pub(crate) links: AtomicUsize,
    pub(crate) unsettled: AtomicUsize,
}

impl Counters {
    pub(crate) fn read(&self) -> Counts {
        Counts {
            connections: self.connections.load(Ordering::Relaxed),
            sessions: self.sessions.load(Ordering::Relaxed),
            links: self.links.load(Ordering::Relaxed),
            unsettled: self.unsettled.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn add(counter: &AtomicUsize) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove(counter: &AtomicUsize, count: usize) {
        counter.fetch_sub(count, Ordering::Relaxed);
    }
}
