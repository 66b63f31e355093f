use super::error::EngineError;

/// The longest address, in bytes.
const MAX_ADDRESS: usize = 1024;

/// Which queue of an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SubQueue {
    /// The entity's own.
    #[default]
    Main,
    /// `$DeadLetterQueue`.
    DeadLetter,
    /// `$Transfer/$DeadLetterQueue`: messages that could not be forwarded.
    TransferDeadLetter,
}

/// Where a link points: an entity, and which queue of it. Compared without case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The path of the queue, of the topic, or `topic/subscriptions/name`, in lower case.
    pub entity: String,
    /// Which queue of it.
    pub sub_queue: SubQueue,
}

impl Address {
    /// Reads an address as clients send it: `queue`, `topic/Subscriptions/name`, each also with `/$DeadLetterQueue`
    /// or `/$Transfer/$DeadLetterQueue`, and with or without `amqps://host/` before it.
    ///
    /// # Errors
    ///
    /// `Argument` when nothing is left, or the address is longer than 1,024 bytes.
    pub fn parse(address: &str) -> Result<Self, EngineError> {
        if address.len() > MAX_ADDRESS {
            return Err(EngineError::Argument(
                "expected an address of at most 1024 bytes",
            ));
        }
        let path = path_in(address).to_lowercase();
        let (entity, sub_queue) =
            if let Some(entity) = path.strip_suffix("/$transfer/$deadletterqueue") {
                (entity, SubQueue::TransferDeadLetter)
            } else if let Some(entity) = path.strip_suffix("/$deadletterqueue") {
                (entity, SubQueue::DeadLetter)
            } else {
                (path.as_str(), SubQueue::Main)
            };
        if entity.is_empty() {
            return Err(EngineError::Argument("expected the name of an entity"));
        }
        Ok(Self {
            entity: entity.to_owned(),
            sub_queue,
        })
    }
}

/// The path in an address, which Python's client writes as a whole URI: without `scheme://host:port/`, as it came.
pub(crate) fn path_in(address: &str) -> &str {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => address,
    };
    path.trim_matches('/')
}

/// The path of a subscription.
pub(super) fn subscription_path(topic: &str, subscription: &str) -> String {
    format!("{topic}/subscriptions/{subscription}").to_lowercase()
}
