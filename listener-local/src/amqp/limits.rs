//! How much one peer may ask of the server.

use std::time::Duration;

/// Bounds on what peers may hold, send and wait for; other connections never pay for one that goes beyond them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest frame that is read, in bytes, told to the peer in the open (65,536, as Service Bus says).
    pub max_frame_size: u32,
    /// Connections at a time; a further one is dropped unread (1,000).
    pub connections: usize,
    /// Sessions of one connection, told as the channel-max; a begin beyond it closes the connection (256).
    pub sessions: u16,
    /// Links of one session, told as the handle-max; an attach beyond it closes the connection (256).
    pub links: u32,
    /// Links of one connection; a further attach is refused with `amqp:resource-limit-exceeded` (2,000).
    pub connection_links: usize,
    /// Unsettled outgoing deliveries of one session; at the bound no further one is sent (65,536).
    pub unsettled: usize,
    /// The largest message that is taken where the node says nothing else, in bytes (1 MiB).
    pub max_message_size: u64,
    /// What the messages of one connection may hold of which more frames are to come, in bytes (64 MiB).
    pub reassembly: usize,
    /// Transfer frames that a peer may send ahead on one session (5,000).
    pub incoming_window: u32,
    /// How long a peer may take until its open is in (20 s).
    pub open_timeout: Duration,
    /// How long a peer may be silent; half of it is told in the open (240 s). Zero never closes.
    pub idle_timeout: Duration,
    /// How long a peer may leave what is written unread (60 s).
    pub write_timeout: Duration,
    /// How long a peer may take to answer a close (5 s).
    pub close_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_size: 65_536,
            connections: 1000,
            sessions: 256,
            links: 256,
            connection_links: 2000,
            unsettled: 65_536,
            max_message_size: 1 << 20,
            reassembly: 64 << 20,
            incoming_window: 5000,
            open_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(240),
            write_timeout: Duration::from_secs(60),
            close_timeout: Duration::from_secs(5),
        }
    }
}
