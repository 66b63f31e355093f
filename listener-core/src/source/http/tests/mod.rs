//! Tests without sockets, on a paused clock.

#[cfg(feature = "testing")]
mod conformance;
mod connection;
