//! Receives, calls, settles, drains.

mod attempts;
mod builder;
mod config;
mod error;
mod hosts;
mod lanes;
mod report;
mod run;
mod serves;
mod settle;
mod signal;
mod verdict;

pub use builder::Host;
pub use error::HostError;
pub use hosts::Hosts;
pub use report::Report;
pub use serves::Serves;
pub use signal::{EndsGrace, SecondSignal, shutdown_signal};

#[cfg(test)]
mod tests;
