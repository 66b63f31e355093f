//! What differs between Service Bus and a broker without Azure's additions.

use std::{sync::Mutex, time::Duration};

use super::{Mode, attempts::Attempts, settle};
use crate::{
    Note, Outcome,
    amqp::{Receiver, ReceiverOptions, Settlement},
    source::Capabilities,
};

/// How long the service may take to use up or give back its credit.
const DRAIN: Duration = Duration::from_secs(5);

/// How many messages beyond its credit a broker may always send: it is about how much it has under way.
const EXCESS: u32 = 1_000;

/// What kind of service a queue stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Dialect {
    /// With locks that end, reasons of dead letters, and `$management`.
    ServiceBus,
    /// AMQP 1.0 and nothing else.
    Plain {
        /// Whether the broker knows the outcome `modified`, by which it counts a failed delivery.
        modifies: bool,
    },
}

impl Dialect {
    /// Whether messages are ours for as long as their link lives, and not for a time.
    pub(super) fn is_plain(self) -> bool {
        self != Self::ServiceBus
    }

    pub(super) fn capabilities(self, mode: Mode) -> Capabilities {
        match (mode, self) {
            (Mode::ReceiveAndDelete, _) => Capabilities::NONE,
            (Mode::PeekLock, Self::ServiceBus) => Capabilities::ALL,
            // A rejected message may be dropped there, which too many attempts are no reason for.
            (Mode::PeekLock, Self::Plain { .. }) => Capabilities::ALL.attempts(false).defer(false),
        }
    }

    /// How a link is attached that is given credit for so many messages at most.
    pub(super) fn attach(self, mode: Mode, most: usize) -> ReceiverOptions {
        let options = match mode {
            Mode::PeekLock => ReceiverOptions::peek_lock(),
            Mode::ReceiveAndDelete => ReceiverOptions::receive_and_delete(),
        };
        match self {
            Self::ServiceBus => options,
            Self::Plain { .. } => {
                let most = u32::try_from(most).unwrap_or(u32::MAX);
                options.settles_first().excess(EXCESS.max(most))
            }
        }
    }

    /// Ends the credit of a link. A link that breaks meanwhile brings nothing more either, and what comes too late goes
    /// back when the link ends.
    pub(super) async fn stop_coming(self, receiver: &Receiver) {
        let _ = match self {
            Self::ServiceBus => receiver.drain(DRAIN).await,
            Self::Plain { .. } => receiver.recall(DRAIN).await,
        };
    }

    pub(super) fn settlement(self, outcome: Outcome, attempt: u32, note: Note) -> Settlement {
        match self {
            Self::ServiceBus => settle::settlement(outcome, attempt, note),
            Self::Plain { modifies } => settle::plain_settlement(outcome, attempt, note, modifies),
        }
    }

    /// For what is fit for no listener.
    pub(super) fn unfit(self, reason: &str, description: &str) -> Settlement {
        match self {
            Self::ServiceBus => settle::dead_letter(reason, description, Vec::new()),
            Self::Plain { .. } => settle::plain_rejection(reason, description, Vec::new()),
        }
    }

    /// What counts deliveries where the broker does not.
    pub(super) fn attempts(self) -> Option<Mutex<Attempts>> {
        self.is_plain().then(Mutex::default)
    }
}
