//! The server against another's client, against frames of our own, and against bytes that mean it harm.

pub(crate) mod broker;
mod client;
mod ending;
mod endpoints;
mod floods;
mod hostile;
mod links;
mod opening;
pub(crate) mod peer;
mod receiving;
mod sending;
mod setup;
mod time;
