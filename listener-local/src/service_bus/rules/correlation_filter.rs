use super::{Properties, SystemProperty, Value, compare::are_equal};

/// A filter by equality: each property that is set has to be the message's own, exactly and with its case
/// ([topic filters](https://learn.microsoft.com/azure/service-bus-messaging/topic-filters#correlation-filters)).
///
/// Numbers are equal whatever their types. A filter that sets nothing takes every message; Service Bus refuses such a
/// rule, and so do the readers of this crate.
///
/// ```
/// use listener_local::service_bus::rules::CorrelationFilter;
///
/// let filter = CorrelationFilter {
///     label: Some("contact".to_owned()),
///     properties: vec![("priority".to_owned(), "high".into())],
///     ..CorrelationFilter::default()
/// };
/// assert!(!filter.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CorrelationFilter {
    /// `correlation-id` of the message.
    pub correlation_id: Option<String>,
    /// `message-id` of the message.
    pub message_id: Option<String>,
    /// `to` of the message.
    pub to: Option<String>,
    /// `reply-to` of the message.
    pub reply_to: Option<String>,
    /// `subject` of the message.
    pub label: Option<String>,
    /// `group-id` of the message.
    pub session_id: Option<String>,
    /// `reply-to-group-id` of the message.
    pub reply_to_session_id: Option<String>,
    /// `content-type` of the message.
    pub content_type: Option<String>,
    /// Application properties.
    pub properties: Vec<(String, Value<'static>)>,
}

impl CorrelationFilter {
    /// Whether it sets nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a message has all that is set.
    pub fn matches<P: Properties + ?Sized>(&self, message: &P) -> bool {
        let system = [
            (SystemProperty::CorrelationId, &self.correlation_id),
            (SystemProperty::MessageId, &self.message_id),
            (SystemProperty::To, &self.to),
            (SystemProperty::ReplyTo, &self.reply_to),
            (SystemProperty::Label, &self.label),
            (SystemProperty::SessionId, &self.session_id),
            (SystemProperty::ReplyToSessionId, &self.reply_to_session_id),
            (SystemProperty::ContentType, &self.content_type),
        ];
        system.into_iter().all(|(property, expected)| {
            expected.as_ref().is_none_or(|expected| {
                // Ids may be numbers or UUIDs on the wire, which Service Bus reads as texts.
                message
                    .system(property)
                    .to_text()
                    .is_some_and(|own| own == *expected)
            })
        }) && self.properties.iter().all(|(name, expected)| {
            message
                .user(name)
                .is_some_and(|own| are_equal(&own, expected))
        })
    }
}
