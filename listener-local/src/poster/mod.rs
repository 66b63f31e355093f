//! Posts an execution context as Dataverse does: to a webhook, or to a queue or topic of Service Bus.
//!
//! [`Poster`] posts to a webhook: its headers, its limit of 262,144 bytes and what is cut off above it, its time limit,
//! its one retry. [`QueuePoster`] posts to a queue or topic: the claims, the limit of 196,608 bytes, and a [`SystemJob`]
//! for each post, which is tried again while the endpoint is away.
//!
//! ```no_run
//! # async fn post() -> Result<(), Box<dyn std::error::Error>> {
//! use listener_local::poster::{Authentication, Poster, Settings};
//!
//! let poster = Poster::new(
//!     "http://127.0.0.1:8080/crm",
//!     Settings {
//!         authentication: Authentication::WebhookKey("a key".to_owned()),
//!         ..Settings::default()
//!     },
//! )?;
//! let posted = poster.post(std::fs::read("create-account.json")?).await?;
//! assert!(posted.is_success());
//! # Ok(())
//! # }
//! ```

mod body;
mod client;
mod double_encoding;
mod error;
mod headers;
mod job;
mod kept;
mod post;
mod queue;
mod roots;
mod settings;
mod url;

pub use body::trim;
pub use double_encoding::double_encode;
pub use error::PostError;
pub use job::{Job, JobState, Retries, StatusReason, SystemJob};
pub use post::{ANSWER_LIMIT, BODY_LIMIT, Posted, Poster};
pub use queue::{
    BrokeredMessage, CLAIMS, Claims, MESSAGE_MAX_SIZE_EXCEEDED, QUEUE_BODY_LIMIT, QueuePoster,
    QueueSettings, UserClaim,
};
pub use roots::Roots;
pub use settings::{Authentication, Settings, TIME_LIMIT};

#[cfg(test)]
mod tests;
