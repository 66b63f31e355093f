//! Words for who listens with sessions where there are none, or the other way round.

use std::{error::Error as StdError, fmt};

use crate::{
    amqp::{Error, ErrorKind},
    source::SourceError,
};

/// What the service refused, and what is probably meant.
#[derive(Debug)]
struct WrongKind {
    refused: Error,
    advice: &'static str,
}

/// The error of a start; with this advice, if the entity may be of the other kind.
pub(in crate::source::service_bus) fn advised(refused: Error, advice: &'static str) -> SourceError {
    // Azure says no more than that. A disabled entity, say, has a condition of its own.
    let may_be = refused.kind() == ErrorKind::NotAllowed
        && matches!(refused.condition(), None | Some("amqp:not-allowed"));
    if may_be {
        SourceError::failed(WrongKind { refused, advice })
    } else {
        SourceError::failed(refused)
    }
}

impl fmt::Display for WrongKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = self.advice;
        write!(
            f,
            "the service does not allow to receive so; {advice}, if that is how the entity was made"
        )
    }
}

impl StdError for WrongKind {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.refused)
    }
}
