//! Webhooks and REST endpoints over real sockets.

mod answers;
mod authentication;
mod canary;
mod drain;
mod hostile;
mod limits;
mod pressure;
mod rest;
mod support;
mod tls;
