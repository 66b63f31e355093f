//! The server against another's client, against frames of our own, and against bytes that mean it harm.

mod broker;
mod client;
mod frames;
mod hostile;
mod peer;
