use crate::amqp::{
    Value,
    random::new_uuid,
    wire::{described, descriptor, symbol},
};

/// The largest message that Service Bus carries in any tier.
const MAX_MESSAGE_SIZE: usize = 100 << 20;

/// How a [`Receiver`](super::Receiver) attaches.
///
/// ```
/// use listener_core::amqp::{ReceiverOptions, Value};
///
/// let next_session = ReceiverOptions::peek_lock()
///     .filter("com.microsoft:session-filter", Value::Null)
///     .property("com.microsoft:timeout", Value::Uint(30_000));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ReceiverOptions {
    name: Option<String>,
    settled: bool,
    settles_first: bool,
    excess: u32,
    filter: Vec<(Value, Value)>,
    properties: Vec<(Value, Value)>,
    max_message_size: usize,
}

impl ReceiverOptions {
    /// Deliveries are ours for a time, until we settle them.
    pub fn peek_lock() -> Self {
        Self {
            name: None,
            settled: false,
            settles_first: false,
            excess: 0,
            filter: Vec::new(),
            properties: Vec::new(),
            max_message_size: MAX_MESSAGE_SIZE,
        }
    }

    /// Deliveries are settled when they are sent. What is on its way when the connection breaks is lost.
    pub fn receive_and_delete() -> Self {
        Self {
            settled: true,
            ..Self::peek_lock()
        }
    }

    /// For brokers that refuse the receiver's settle mode `second` (AMQP 1.0, transport, 2.8.3), as RabbitMQ does. The
    /// peer is asked for its answers all the same.
    pub fn settles_first(mut self) -> Self {
        self.settles_first = true;
        self
    }

    /// How many deliveries may come beyond the credit each time that some is given; one more detaches the link. None,
    /// unless set. RabbitMQ 3 counts those twice that are on their way inside of it, and so gives more than it may.
    pub fn excess(mut self, deliveries: u32) -> Self {
        self.excess = deliveries;
        self
    }

    /// The link's name, unique to the connection; one with random numbers unless set.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a filter to the source, such as `com.microsoft:session-filter` (AMQP 1.0, messaging, 3.5.8).
    pub fn filter(mut self, key: impl Into<String>, value: Value) -> Self {
        self.filter.push((symbol(key), value));
        self
    }

    /// Adds a property of the link, such as `com.microsoft:timeout`.
    pub fn property(mut self, key: impl Into<String>, value: Value) -> Self {
        self.properties.push((symbol(key), value));
        self
    }

    /// The largest message that is taken, in bytes; a larger one detaches the link. 100 MiB, Service Bus's own most,
    /// unless set.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }

    pub(super) fn setup(self, address: &str) -> Setup {
        let name = self.name;
        Setup {
            name: name.unwrap_or_else(|| format!("{address}-{}", new_uuid())),
            address: address.into(),
            settled: self.settled,
            settles_first: self.settles_first,
            excess: self.excess,
            filter: self.filter,
            properties: self.properties,
            max_message_size: self.max_message_size,
        }
    }
}

/// All that an attach says.
#[derive(Debug)]
pub(in crate::amqp) struct Setup {
    pub(super) name: String,
    pub(super) address: Box<str>,
    pub(super) settled: bool,
    settles_first: bool,
    pub(super) excess: u32,
    filter: Vec<(Value, Value)>,
    properties: Vec<(Value, Value)>,
    pub(super) max_message_size: usize,
}

impl Setup {
    /// The fields of the attach (AMQP 1.0, transport, 2.7.3).
    pub(super) fn attach(&self, handle: u32) -> Vec<Value> {
        let map = |entries: &[(Value, Value)]| {
            if entries.is_empty() {
                Value::Null
            } else {
                Value::Map(entries.to_vec())
            }
        };
        let mut source = vec![Value::from(&*self.address)];
        source.extend(std::iter::repeat_n(Value::Null, 6));
        source.push(map(&self.filter));
        let target = vec![Value::from(&*self.name)];
        vec![
            Value::from(&*self.name),
            Value::Uint(handle),
            // We receive.
            Value::Bool(true),
            Value::Ubyte(u8::from(self.settled)),
            Value::Ubyte(u8::from(!self.settled && !self.settles_first)),
            described(descriptor::SOURCE, Value::List(source)),
            described(descriptor::TARGET, Value::List(target)),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Ulong(self.max_message_size as u64),
            Value::Null,
            Value::Null,
            map(&self.properties),
        ]
    }
}
