//! The suite that every source must pass.
//!
//! A [`Rig`] is a transport under test: how a message is sent to it, and what its far side sees of the settlement. The
//! suite runs each case on a rig of its own. What a transport cannot do, its [`Features`] say, and the case is skipped.
//!
//! ```no_run
//! # async fn run<R: listener_core::testing::conformance::Rig>(new_rig: impl Fn() -> R) {
//! use listener_core::testing::conformance;
//!
//! let results = conformance::run(new_rig).await;
//! println!("{results}");
//! results.assert();
//! # }
//! ```

mod bench;
mod case;
mod drain;
mod locks;
mod outcomes;
mod receiving;
mod rig;
mod run;

pub use case::Case;
pub use rig::{Event, Fate, Features, Rig, Sample};
pub use run::{Results, Verdict, run, run_case};
