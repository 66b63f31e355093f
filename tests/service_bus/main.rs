//! What Service Bus's own features are to a host, on the local broker over streams in memory.

mod bus;
mod deferred;
mod peek;
mod sessions;
