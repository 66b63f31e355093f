//! What differs between Service Bus and a broker without Azure's additions.

use std::{sync::Mutex, time::Duration};

use super::{Mode, attempts::Attempts, settle};
use crate::{
    Outcome,
    amqp::{ReceiverOptions, Settlement},
    source::Capabilities,
};

/// What kind of service a queue stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Dialect {
    /// With locks that end, reasons of dead letters, and `$management`.
    ServiceBus,
    /// AMQP 1.0 and nothing else.
    Plain,
}

impl Dialect {
    pub(super) fn capabilities(self, mode: Mode) -> Capabilities {
        match (mode, self) {
            (Mode::ReceiveAndDelete, _) => Capabilities::NONE,
            (Mode::PeekLock, Self::ServiceBus) => Capabilities::ALL,
            (Mode::PeekLock, Self::Plain) => Capabilities::ALL.reject(false).defer(false),
        }
    }

    pub(super) fn attach(self, mode: Mode) -> ReceiverOptions {
        match (mode, self) {
            (Mode::ReceiveAndDelete, _) => ReceiverOptions::receive_and_delete(),
            (Mode::PeekLock, Self::ServiceBus) => ReceiverOptions::peek_lock(),
            (Mode::PeekLock, Self::Plain) => ReceiverOptions::peek_lock().settles_first(),
        }
    }

    /// How long the service may take to use up or give back its credit. Not all brokers do so reliably, and then nothing
    /// is lost: what comes later goes back when the link ends.
    pub(super) fn drain_within(self) -> Duration {
        match self {
            Self::ServiceBus => Duration::from_secs(5),
            Self::Plain => Duration::from_millis(500),
        }
    }

    pub(super) fn settlement(self, outcome: Outcome, attempt: u32) -> Settlement {
        match self {
            Self::ServiceBus => settle::settlement(outcome, attempt),
            Self::Plain => settle::plain_settlement(outcome, attempt),
        }
    }

    /// For what is fit for no listener.
    pub(super) fn unfit(self, reason: &str, description: &str) -> Settlement {
        match self {
            Self::ServiceBus => settle::dead_letter(reason, description, Vec::new()),
            Self::Plain => settle::plain_rejection(reason, description, Vec::new()),
        }
    }

    /// What counts deliveries where the broker does not.
    pub(super) fn attempts(self) -> Option<Mutex<Attempts>> {
        (self == Self::Plain).then(Mutex::default)
    }
}
