//! Posting to queues and topics of Service Bus.

mod claims;
mod link;
mod message;
mod poster;
mod settings;

pub use claims::{CLAIMS, Claims, UserClaim};
pub use message::{BrokeredMessage, MESSAGE_MAX_SIZE_EXCEEDED, QUEUE_BODY_LIMIT};
pub use poster::QueuePoster;
pub use settings::QueueSettings;

#[cfg(test)]
mod tests;
