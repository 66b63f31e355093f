//! Posts an execution context to a webhook as Dataverse does: its headers, its limit of 262,144 bytes and what it cuts
//! off above it, its time limit, its one retry.
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
mod post;
mod roots;
mod settings;
mod url;

pub use body::{BODY_LIMIT, trim};
pub use double_encoding::double_encode;
pub use error::PostError;
pub use post::{ANSWER_LIMIT, Posted, Poster};
pub use roots::Roots;
pub use settings::{Authentication, Settings, TIME_LIMIT};

#[cfg(test)]
mod tests;
