//! System jobs: what Dataverse's asynchronous service makes of a post.

mod clock;
mod endpoint;
mod handle;
mod retries;
mod run;
mod status;
mod system_job;
#[cfg(test)]
mod tests;

pub(super) use endpoint::{Again, Endpoint, Failure};
pub use handle::Job;
pub use retries::Retries;
pub(super) use run::{JobSettings, Jobs};
pub use status::{JobState, StatusReason};
pub(super) use system_job::Subject;
pub use system_job::SystemJob;
