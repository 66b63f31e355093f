//! From what came over AMQP to what a listener reads.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use uuid::Uuid;

use super::Foreign;
use crate::{
    Claims, Delivery, DeliveryBuilder, Properties,
    amqp::{Body, ReceivedMessage, Value},
    context::Text,
    decode::{Format, Message},
};

/// In front of the name of each claim.
const CLAIMS: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

/// Set on what Dataverse has cut down.
const SIZE_EXCEEDED: &str = "MessageMaxSizeExceeded";

/// Why a message is not given to any listener.
#[derive(Debug, PartialEq)]
pub(super) struct Unfit {
    pub(super) reason: &'static str,
    pub(super) description: String,
}

/// All of a delivery but its lock.
pub(super) fn delivery(
    message: &ReceivedMessage,
    foreign: Foreign,
) -> Result<DeliveryBuilder, Unfit> {
    let claims = claims(message);
    let claimed = claims.request_name.is_some() || claims.entity_logical_name.is_some();
    let content_type = message.content_type();
    let body = match body(message.body()) {
        Ok(body) => body,
        Err(_) if foreign == Foreign::Deliver => Bytes::new(),
        Err(found) => return Err(unfit(claimed, found, content_type)),
    };
    if !claimed && foreign == Foreign::DeadLetter && Format::detect(content_type, &body).is_none() {
        let found = format!("{} bytes in none of its formats", body.len());
        return Err(unfit(false, found, content_type));
    }
    let size_exceeded = message.application_property(SIZE_EXCEEDED);
    let mut builder = Delivery::builder(Message::new(body, content_type, Default::default()))
        .claims(claims)
        .properties(properties(message))
        .size_exceeded(matches!(size_exceeded, Some(Value::Bool(true))));
    if let Some(enqueued) = enqueued_at(message) {
        builder = builder.enqueued_at(enqueued);
    }
    Ok(builder)
}

fn unfit(claimed: bool, found: String, content_type: Option<&str>) -> Unfit {
    let (reason, claims) = if claimed {
        ("Undecodable", "with its claims")
    } else {
        ("Foreign", "without its claims")
    };
    // The sender's words, as far as they can be a content type.
    let content_type: String = (content_type.unwrap_or("none").chars())
        .filter(|char| char.is_ascii_graphic())
        .take(128)
        .collect();
    Unfit {
        reason,
        description: format!(
            "expected a context of Dataverse, found {found}, {claims}; its content type is `{content_type}`"
        ),
    }
}

/// The bytes of the context, which some senders put in a text; else what stands there.
fn body(body: &Body) -> Result<Bytes, String> {
    match body {
        Body::Data(bytes) | Body::Value(Value::Binary(bytes)) => Ok(bytes.clone()),
        Body::Value(Value::String(text)) => Ok(text.clone().into()),
        Body::Value(value) => Err(format!("an AMQP value of the kind {}", value.kind())),
        Body::Sequence(items) => Err(format!("an AMQP sequence of {} items", items.len())),
        Body::Empty => Err("no body".into()),
    }
}

fn claims(message: &ReceivedMessage) -> Claims {
    let claim = |name: &str| {
        let mut properties = message.application_properties().iter();
        let (_, value) = properties.find(|(key, _)| key.strip_prefix(CLAIMS) == Some(name))?;
        value.as_str().map(Text::from)
    };
    Claims {
        organization: claim("Organization"),
        user: claim("User"),
        initiating_user: claim("InitiatingUser"),
        entity_logical_name: claim("EntityLogicalName"),
        request_name: claim("RequestName"),
        initiating_user_agent: claim("InitiatingUserAgent"),
        correlation_id: match message.correlation_id() {
            Value::Uuid(id) => Some(*id),
            // In braces, as Dataverse writes it.
            Value::String(text) => Uuid::try_parse(text).ok(),
            _ => None,
        },
    }
}

/// All that can be told as text, but for tokens and what is null.
fn properties(message: &ReceivedMessage) -> Properties {
    (message.application_properties().iter())
        .filter(|(name, _)| name.strip_prefix(CLAIMS) != Some("SecurityToken"))
        .filter_map(|(name, value)| Some((name.as_str(), text(value)?)))
        .collect()
}

fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(value) => value.to_string(),
        Value::Ulong(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Char(char) => char.to_string(),
        Value::Timestamp(milliseconds) => milliseconds.to_string(),
        Value::Uuid(id) => id.to_string(),
        value => match value.as_i64() {
            Some(number) => number.to_string(),
            None => value.as_str()?.to_owned(),
        },
    })
}

fn enqueued_at(message: &ReceivedMessage) -> Option<SystemTime> {
    let Value::Timestamp(milliseconds) = message.annotation("x-opt-enqueued-time")? else {
        return None;
    };
    UNIX_EPOCH.checked_add(Duration::from_millis((*milliseconds).try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use fe2o3_amqp::types::{
        messaging::{
            ApplicationProperties, Header, Message as Wire, Properties as WireProperties,
            SerializableBody, message::__private::Serializable,
        },
        primitives::SimpleValue,
    };

    use super::*;

    fn received<B: SerializableBody>(message: Wire<B>) -> ReceivedMessage {
        let bytes = serde_amqp::to_vec(&Serializable(message)).unwrap();
        ReceivedMessage::read(bytes.into()).unwrap()
    }

    fn data(bytes: &[u8]) -> fe2o3_amqp::types::messaging::Data {
        fe2o3_amqp::types::messaging::Data(bytes.to_vec().into())
    }

    fn said(properties: &[(&str, SimpleValue)]) -> ApplicationProperties {
        let mut builder = ApplicationProperties::builder();
        for (name, value) in properties {
            builder = builder.insert(*name, value.clone());
        }
        builder.build()
    }

    #[test]
    fn reads_the_claims_as_dataverse_sends_them() {
        let id = Uuid::from_u128(7);
        let message = received(
            Wire::builder()
                .header(Header::builder().delivery_count(2_u32).build())
                .properties(
                    WireProperties::builder()
                        .correlation_id(id.braced().to_string())
                        .content_type("application/json")
                        .build(),
                )
                .application_properties(said(&[
                    (&format!("{CLAIMS}RequestName"), "Create".into()),
                    (&format!("{CLAIMS}EntityLogicalName"), "account".into()),
                    (&format!("{CLAIMS}User"), SimpleValue::Null),
                    (&format!("{CLAIMS}SecurityToken"), "canary".into()),
                    (SIZE_EXCEEDED, true.into()),
                ]))
                .data(data(b"{}"))
                .build(),
        );
        let delivery = delivery(&message, Foreign::default()).unwrap().build();
        let claims = delivery.claims();
        assert_eq!(claims.request_name.as_deref(), Some("Create"));
        assert_eq!(claims.entity_logical_name.as_deref(), Some("account"));
        assert_eq!(claims.correlation_id, Some(id));
        assert_eq!(claims.user, None);
        assert!(delivery.size_exceeded());
        assert_eq!(delivery.properties().get(SIZE_EXCEEDED), Some("true"));
        assert!(
            delivery
                .properties()
                .iter()
                .all(|(_, value)| value != "canary")
        );
    }

    #[test]
    fn a_text_holds_a_context_too() {
        let message = received(Wire::builder().value("{}".to_owned()).build());
        let delivery = delivery(&message, Foreign::DeadLetter).unwrap().build();
        assert_eq!(
            delivery.message().body().map(|body| &**body),
            Some(&b"{}"[..])
        );
    }

    #[test]
    fn what_is_not_from_dataverse_is_told_by_what_it_is() {
        let text = received(Wire::builder().data(data(b"hello, canary")).build());
        let unfit = delivery(&text, Foreign::DeadLetter).unwrap_err();
        assert_eq!(unfit.reason, "Foreign");
        assert!(
            unfit.description.contains("13 bytes"),
            "{}",
            unfit.description
        );
        assert!(!unfit.description.contains("canary"));
        assert!(delivery(&text, Foreign::Deliver).is_ok());
        let number = received(Wire::builder().value(7_i64).build());
        let unfit = delivery(&number, Foreign::DeadLetter).unwrap_err();
        assert!(unfit.description.contains("an AMQP value of the kind long"));
        assert!(delivery(&number, Foreign::Deliver).is_ok());
    }

    #[test]
    fn a_claimed_message_without_a_body_is_undecodable() {
        let claims = said(&[(&format!("{CLAIMS}RequestName"), "Create".into())]);
        let message = Wire::builder()
            .application_properties(claims)
            .value(7_i64)
            .build();
        let unfit = delivery(&received(message), Foreign::DeadLetter).unwrap_err();
        assert_eq!(unfit.reason, "Undecodable");
    }
}
