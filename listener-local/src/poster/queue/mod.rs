//! Posting to queues and topics of Service Bus.

mod claims;
mod message;

pub use claims::{CLAIMS, Claims, UserClaim};
pub use message::{BrokeredMessage, MESSAGE_MAX_SIZE_EXCEEDED, QUEUE_BODY_LIMIT};
