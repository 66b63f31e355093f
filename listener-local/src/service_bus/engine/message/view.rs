//! A message as the rules of subscriptions see it.

use fe2o3_amqp_types::messaging::MessageId;
use serde_amqp::Value as Amqp;
use uuid::Uuid;

use super::{
    Message,
    wire::{end_of_value, text},
};
use crate::service_bus::rules::{Properties, SystemProperty, Value, same_name, wire::from_amqp};

/// What the message itself says. What Service Bus adds to it (its numbers, its times but the scheduled one, its
/// deliveries) is null.
impl Properties for Message {
    fn system(&self, property: SystemProperty) -> Value<'_> {
        let own = self.properties();
        match property {
            SystemProperty::ContentType => {
                borrowed(own.content_type.as_ref().map(|symbol| symbol.as_str()))
            }
            SystemProperty::CorrelationId => id(own.correlation_id.as_ref()),
            SystemProperty::Label => borrowed(own.subject.as_deref()),
            SystemProperty::MessageId => id(own.message_id.as_ref()),
            SystemProperty::PartitionKey => borrowed(self.partition_key()),
            SystemProperty::ReplyTo => borrowed(own.reply_to.as_deref()),
            SystemProperty::ReplyToSessionId => borrowed(own.reply_to_group_id.as_deref()),
            SystemProperty::ScheduledEnqueueTimeUtc => self
                .scheduled_enqueue_time()
                .map_or(Value::Null, |at| Value::Timestamp(at.as_millis())),
            SystemProperty::SessionId => borrowed(self.session_id()),
            SystemProperty::Size => Value::Long(i64::try_from(self.size()).unwrap_or(i64::MAX)),
            SystemProperty::TimeToLive => self.time_to_live().map_or(Value::Null, Value::Ulong),
            SystemProperty::To => borrowed(own.to.as_deref()),
            SystemProperty::ViaPartitionKey => borrowed(self.annotated("x-opt-via-partition-key")),
            _ => Value::Null,
        }
    }

    fn user(&self, name: &str) -> Option<Value<'_>> {
        let (_, value) = self
            .user_properties()
            .iter()
            .find(|(own, _)| same_name(own, name))?;
        from_amqp(value)
    }
}

impl Message {
    /// The application properties as rules read them, decoded at the first call.
    fn user_properties(&self) -> &[(String, Amqp)] {
        self.user.get_or_init(|| {
            let decode = |(name, value): (&str, &[u8])| {
                let value = serde_amqp::from_slice(value).ok()?;
                Some((name.to_owned(), value))
            };
            self.application_pairs()
                .into_iter()
                .filter_map(decode)
                .collect()
        })
    }

    /// An application property's own spelling of `name`.
    pub(in crate::service_bus::engine) fn spelling(&self, name: &str) -> Option<&str> {
        let mut known = self.user_properties().iter();
        known
            .find(|(own, _)| same_name(own, name))
            .map(|(own, _)| own.as_str())
    }

    /// The text of an annotation of the sender.
    fn annotated(&self, name: &str) -> Option<&str> {
        let bytes = &self.annotations[..];
        let mut at = 0;
        // The annotations were walked when the message came in.
        while at < bytes.len() {
            let value = end_of_value(bytes, at).ok()?;
            if text(bytes, at).ok()? == Some(name) {
                return text(bytes, value).ok()?;
            }
            at = end_of_value(bytes, value).ok()?;
        }
        None
    }
}

fn borrowed(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Null, Value::from)
}

fn id(id: Option<&MessageId>) -> Value<'_> {
    match id {
        None => Value::Null,
        Some(MessageId::Ulong(id)) => Value::Ulong(*id),
        Some(MessageId::Uuid(id)) => Value::Uuid(Uuid::from_bytes(*id.as_inner())),
        Some(MessageId::Binary(id)) => Value::Binary(id[..].into()),
        Some(MessageId::String(id)) => Value::from(id.as_str()),
    }
}
