//! What applications do with a namespace besides listening, and how it fails, against the broker on loopback.

mod bus;
mod sending;
mod starting;
