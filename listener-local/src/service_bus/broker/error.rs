use crate::{
    amqp::{
        serde_amqp::primitives::Symbol,
        types::definitions::{Error, ErrorCondition},
    },
    service_bus::engine::EngineError,
};

/// An AMQP error with a sentence.
pub(super) fn refusal(condition: impl Into<ErrorCondition>, description: &str) -> Error {
    Error::new(condition, description.to_owned(), None)
}

/// What the engine refused, as links tell it.
pub(super) fn link_error(error: &EngineError) -> Error {
    let condition = ErrorCondition::Custom(Symbol::from(error.condition()));
    Error::new(condition, error.to_string(), None)
}
