use super::{EvaluateError, Value};

/// What a filter reads of a message.
///
/// ```
/// use listener_local::service_bus::rules::{Properties, SqlFilter, SystemProperty, Value, same_name};
///
/// struct Message<'a>(&'a [(&'a str, Value<'a>)]);
///
/// impl Properties for Message<'_> {
///     fn system(&self, _: SystemProperty) -> Value<'_> {
///         Value::Null
///     }
///
///     fn user(&self, name: &str) -> Option<Value<'_>> {
///         let (_, value) = self.0.iter().find(|(own, _)| same_name(own, name))?;
///         Some(value.borrowed())
///     }
/// }
///
/// let filter: SqlFilter = "RequestName = 'Update' AND Depth < 2".parse()?;
/// let message = [("RequestName", Value::from("Update")), ("Depth", Value::from(1))];
/// assert!(filter.matches(&Message(&message))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Properties {
    /// The value of a system property; [`Value::Null`] if the message has none.
    fn system(&self, property: SystemProperty) -> Value<'_>;

    /// The value of an application property, which is looked up [without case](same_name); `None` if there is none of
    /// that name.
    fn user(&self, name: &str) -> Option<Value<'_>>;
}

/// What an action changes in a message.
pub trait PropertiesMut: Properties {
    /// Sets a system property, one that [can be set](SystemProperty::is_writable); [`Value::Null`] takes it away.
    ///
    /// # Errors
    ///
    /// If the property cannot hold a value of this kind.
    fn set_system(
        &mut self,
        property: SystemProperty,
        value: Value<'static>,
    ) -> Result<(), EvaluateError>;

    /// Sets an application property, whose name is looked up [without case](same_name).
    fn set_user(&mut self, name: &str, value: Value<'static>);

    /// Takes an application property away, if there is one of that name.
    fn remove_user(&mut self, name: &str);
}

/// Whether two names of properties are the same: their case makes no difference.
pub fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || (!(one.is_ascii() && other.is_ascii())
            && one
                .chars()
                .flat_map(char::to_lowercase)
                .eq(other.chars().flat_map(char::to_lowercase)))
}

macro_rules! system_properties {
    ($($(#[$doc:meta])* $variant:ident $text:literal $writable:literal,)*) => {
        /// A property of the message itself, which expressions name with `sys.` before it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SystemProperty {
            $($(#[$doc])* $variant,)*
        }

        impl SystemProperty {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name that expressions use.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Whether an action can set it. Service Bus gives the others itself.
            pub fn is_writable(self) -> bool {
                match self {
                    $(Self::$variant => $writable,)*
                }
            }
        }
    };
}

system_properties! {
    /// `content-type` of the message.
    ContentType "ContentType" true,
    /// `correlation-id` of the message.
    CorrelationId "CorrelationId" true,
    /// The entity at which the message was dead-lettered: the annotation `x-opt-deadletter-source`.
    DeadLetterSource "DeadLetterSource" false,
    /// How often the message was delivered.
    DeliveryCount "DeliveryCount" false,
    /// The sequence number that the message had at the topic.
    EnqueuedSequenceNumber "EnqueuedSequenceNumber" false,
    /// When Service Bus took the message, a timestamp.
    EnqueuedTimeUtc "EnqueuedTimeUtc" false,
    /// When the message expires, a timestamp.
    ExpiresAtUtc "ExpiresAtUtc" false,
    /// `subject` of the message; `Subject` is its other name.
    Label "Label" true,
    /// Until when the message is locked, a timestamp.
    LockedUntilUtc "LockedUntilUtc" false,
    /// `message-id` of the message.
    MessageId "MessageId" true,
    /// The annotation `x-opt-partition-key`.
    PartitionKey "PartitionKey" true,
    /// `reply-to` of the message.
    ReplyTo "ReplyTo" true,
    /// `reply-to-group-id` of the message.
    ReplyToSessionId "ReplyToSessionId" true,
    /// When the message becomes visible, a timestamp.
    ScheduledEnqueueTimeUtc "ScheduledEnqueueTimeUtc" true,
    /// The number that Service Bus gave the message.
    SequenceNumber "SequenceNumber" false,
    /// `group-id` of the message.
    SessionId "SessionId" true,
    /// The size of the message in bytes.
    Size "Size" false,
    /// The state of the message: 0 active, 1 deferred, 2 scheduled.
    State "State" false,
    /// `ttl` of the message, in milliseconds.
    TimeToLive "TimeToLive" true,
    /// `to` of the message.
    To "To" true,
    /// The annotation `x-opt-via-partition-key`.
    ViaPartitionKey "ViaPartitionKey" true,
}

impl SystemProperty {
    /// The property of this name, whatever its case.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("Subject") {
            return Some(Self::Label);
        }
        Self::ALL
            .iter()
            .copied()
            .find(|property| property.name().eq_ignore_ascii_case(name))
    }
}
