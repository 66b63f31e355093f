//! What frames do to a connection, without any reading or writing.

use super::{
    fault::{Fault, error},
    info::{Command, ConnectionInfo, Counters},
    outbox::Outbox,
    ready::ReadySet,
    session::Session,
};
use crate::amqp::{
    limits::Limits,
    service::Service,
    types::{
        definitions::{AmqpError, Error},
        performatives::{Begin, Close, End, Performative},
    },
};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicUsize},
};
use tokio::sync::mpsc::UnboundedSender;

/// What all sessions and links of a connection need.
pub(crate) struct Shared {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) limits: Limits,
    pub(crate) counters: Arc<Counters>,
    pub(crate) info: Arc<ConnectionInfo>,
    pub(crate) commands: UnboundedSender<Command>,
    pub(crate) ready: Arc<ReadySet>,
    /// What unfinished messages of the connection hold, in bytes.
    pub(crate) reassembly: Arc<AtomicUsize>,
    /// The largest frame that the peer reads.
    pub(crate) max_frame_size: usize,
}

/// A connection whose opens are exchanged.
pub(super) struct Machine {
    shared: Shared,
    sessions: BTreeMap<u16, Session>,
    /// The last generation given to a link.
    generation: u64,
    closing: bool,
    closed: bool,
}

impl Machine {
    pub(super) fn new(shared: Shared) -> Self {
        Self {
            shared,
            sessions: BTreeMap::new(),
            generation: 0,
            closing: false,
            closed: false,
        }
    }

    /// Whether our close is out and only the peer's is awaited.
    pub(super) fn is_closing(&self) -> bool {
        self.closing
    }

    /// Whether both closes are exchanged.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Takes one frame.
    pub(super) fn frame(
        &mut self,
        channel: u16,
        performative: Performative,
        payload: &Bytes,
        out: &mut Outbox,
    ) {
        let outcome = match performative {
            Performative::Close(close) => {
                if let Some(error) = close.error {
                    tracing::debug!(condition = ?error.condition, "The peer closed the connection with an error.");
                }
                self.close(None, out);
                self.closed = true;
                Ok(())
            }
            // After our close nothing but the peer's counts (AMQP 1.0, 2.4.3).
            _ if self.closing => Ok(()),
            Performative::Open(_) => Err(Fault::connection(
                AmqpError::IllegalState,
                "expected one open, but a second was found",
            )),
            Performative::Begin(begin) => self.begin(channel, &begin, out),
            other => self.session_frame(channel, other, payload, out),
        };
        self.bear(channel, outcome, out);
    }

    fn begin(&mut self, channel: u16, begin: &Begin, out: &mut Outbox) -> Result<(), Fault> {
        if channel >= self.shared.limits.sessions.max(1) {
            return Err(Fault::framing(format!(
                "the channel {channel} is above the channel-max of the open"
            )));
        }
        if begin.remote_channel.is_some() {
            let text =
                "expected a begin without remote-channel, since no session was begun from here";
            return Err(Fault::connection(AmqpError::InvalidField, text));
        }
        if self.sessions.contains_key(&channel) {
            return Err(Fault::connection(
                AmqpError::IllegalState,
                format!("the channel {channel} has a session already"),
            ));
        }
        let session = Session::begin(channel, begin, &self.shared, out)?;
        self.sessions.insert(channel, session);
        Ok(())
    }

    fn session_frame(
        &mut self,
        channel: u16,
        performative: Performative,
        payload: &Bytes,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        // Those too whose detach the peer has not answered.
        let links: usize = match performative {
            Performative::Attach(_) => self.sessions.values().map(Session::links).sum(),
            _ => 0,
        };
        let Some(session) = self.sessions.get_mut(&channel) else {
            return match performative {
                // azure-eventhub for Python detaches its links after it has ended their session.
                Performative::Detach(_) => Ok(()),
                _ => Err(Fault::connection(
                    AmqpError::NotAllowed,
                    format!("there is no session on the channel {channel}"),
                )),
            };
        };
        if let Performative::End(end) = performative {
            if let Some(error) = end.error {
                tracing::debug!(condition = ?error.condition, "The peer ended a session with an error.");
            }
            session.finish(out)?;
            self.sessions.remove(&channel);
            return Ok(());
        }
        if session.is_ended() {
            return Ok(());
        }
        match performative {
            Performative::Attach(attach) => {
                self.generation += 1;
                let limit = self.shared.limits.connection_links;
                if links >= limit {
                    let text = format!("a connection has at most {limit} links");
                    let refused = *error(AmqpError::ResourceLimitExceeded, text);
                    return session.turn_away(&attach, self.generation, refused, &self.shared, out);
                }
                session.attach(attach, self.generation, &self.shared, out)
            }
            Performative::Flow(flow) => session.flow(flow, out),
            Performative::Transfer(transfer) => session.transfer(transfer, payload, out),
            Performative::Disposition(disposition) => session.disposition(disposition, out),
            Performative::Detach(detach) => session.peer_detached(detach, out),
            _ => Ok(()),
        }
    }

    /// Ends the endpoint that the fault names; if that fails too, the next wider one.
    fn bear(&mut self, channel: u16, outcome: Result<(), Fault>, out: &mut Outbox) {
        let Err(fault) = outcome else {
            return;
        };
        let wider = match (fault, self.sessions.get_mut(&channel)) {
            (Fault::Link(handle, error), Some(session)) => {
                session.detach(handle, Some(*error), out)
            }
            (Fault::Session(error), Some(session)) => session.end(*error, out),
            (Fault::Connection(error) | Fault::Session(error) | Fault::Link(_, error), _) => {
                self.close(Some(*error), out);
                return;
            }
        };
        if wider.is_err() {
            self.close(
                Some(*error(
                    AmqpError::InternalError,
                    "an error of the service cannot be encoded",
                )),
                out,
            );
        }
    }

    /// Polls every link that asked for it; `true` if some may have more to do.
    pub(super) fn poll(&mut self, out: &mut Outbox) {
        for link in self.shared.ready.take() {
            let Some(session) = self
                .sessions
                .get_mut(&link.channel)
                .filter(|session| !session.is_ended())
            else {
                continue;
            };
            let outcome = session.poll(link.handle, out);
            self.bear(link.channel, outcome, out);
        }
    }

    /// Writes what was held back to be told in ranges.
    pub(super) fn settle(&mut self, out: &mut Outbox) {
        if self.closing {
            return;
        }
        let mut failed = Vec::new();
        for (channel, session) in &mut self.sessions {
            if let Err(fault) = session.settle(out) {
                failed.push((*channel, fault));
            }
        }
        for (channel, fault) in failed {
            self.bear(channel, Err(fault), out);
        }
    }

    /// Lets links go on that had to wait for room to write.
    pub(super) fn unblock(&mut self) {
        for session in self.sessions.values_mut() {
            session.unblock();
        }
    }

    pub(super) fn detach(
        &mut self,
        channel: u16,
        handle: u32,
        generation: u64,
        error: Option<Error>,
        out: &mut Outbox,
    ) {
        if self.closing {
            return;
        }
        if let Some(session) = self
            .sessions
            .get_mut(&channel)
            .filter(|session| session.owns(handle, generation))
        {
            let outcome = session.detach(handle, error, out);
            self.bear(channel, outcome, out);
        }
    }

    /// Sends our close, if it is not out yet; all links are lost with it.
    pub(super) fn close(&mut self, error: Option<Error>, out: &mut Outbox) {
        if self.closing {
            return;
        }
        self.settle(out);
        self.closing = true;
        if let Some(error) = &error {
            tracing::debug!(condition = ?error.condition, "Closing the connection.");
        }
        if out.frame(0, &Close { error }).is_err() {
            // The error came from the service; the peer has to do without it.
            let _ = out.frame(0, &Close { error: None });
        }
        self.sessions.clear();
    }
}

/// The end of a session, in answer or of our own.
pub(super) fn write_end(channel: u16, error: Option<Error>, out: &mut Outbox) -> Result<(), Fault> {
    Ok(out.frame(channel, &End { error })?)
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.sessions.clear();
        self.shared.service.closed(&self.shared.info);
    }
}
