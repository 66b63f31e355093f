//! Claims-based security: tokens for entities
//! ([operation](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#claims-based-authorization)).

use super::{
    Broker,
    access::Claims,
    node::path_of,
    reply::{Answer, Failure},
    request::Request,
};
use crate::amqp::{ConnectionInfo, serde_amqp::Value};

/// Answers `put-token`.
///
/// The kind of a token is told by its text: Python's client calls a shared access signature a `jwt`.
pub(super) fn answer(
    broker: &Broker,
    connection: &ConnectionInfo,
    request: &Request,
) -> Result<Answer, Failure> {
    if request.property("operation")? != "put-token" {
        return Err(Failure::new(
            501,
            "amqp:not-implemented",
            "expected the operation `put-token`",
        ));
    }
    let name = request.property("name")?;
    let Value::String(token) = request.body() else {
        return Err(Failure::expected("a string as", "the body"));
    };
    if let Some(error) = broker.faults.on_put_token(&path_of(name)) {
        return Err(Failure::unauthorized(
            &error.description.unwrap_or_default(),
        ));
    }
    if let Some(keys) = &broker.keys {
        let claims: Claims = connection.extension();
        claims.put(keys, name, token, broker.namespace.now())?;
    }
    Ok(Answer::Accepted)
}
