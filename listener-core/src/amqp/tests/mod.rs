//! Against a peer in the process: the library's own acceptor, or bytes of ours where it is too well-behaved.

mod canary;
mod connection;
pub(super) mod log;
mod management;
mod peer;
mod receive_speed;
mod receiver;
mod requests;
pub(crate) mod scripted;
mod sender;
mod steady;
mod websocket;
