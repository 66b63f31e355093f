//! Against a peer in the process: the library's own acceptor, or bytes of ours where it is too well-behaved.

mod connection;
mod peer;
mod requests;
mod sender;
