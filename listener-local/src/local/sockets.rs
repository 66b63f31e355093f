//! One port on all loopback addresses of the machine.

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr},
};

use tokio::net::TcpListener;

/// How often a free port is looked for that is free on both addresses.
const TRIES: usize = 16;

/// What listens on a port.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) port: u16,
    pub(super) listeners: Vec<TcpListener>,
}

impl Sockets {
    /// Listens on `127.0.0.1`, and on `::1` where that is there; port 0 takes one that is free on both.
    pub(super) async fn bind(port: u16) -> io::Result<Self> {
        let mut tries = if port == 0 { TRIES } else { 1 };
        loop {
            tries -= 1;
            let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let found = first.local_addr()?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, found)).await {
                Ok(second) => {
                    return Ok(Self {
                        port: found,
                        listeners: vec![first, second],
                    });
                }
                Err(error) if error.kind() == ErrorKind::AddrInUse && tries > 0 => {}
                Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(error),
                // No IPv6, or none on loopback: what that looks like depends on the system.
                Err(error) => {
                    tracing::debug!(%error, port = found, "Not listening on IPv6.");
                    return Ok(Self {
                        port: found,
                        listeners: vec![first],
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn listens_on_loopback_alone() {
        let sockets = Sockets::bind(0).await.unwrap();
        for listener in &sockets.listeners {
            let address = listener.local_addr().unwrap();
            assert!(address.ip().is_loopback(), "{address}");
            assert_eq!(address.port(), sockets.port);
        }
    }

    #[tokio::test]
    async fn a_port_that_is_taken_on_either_address_is_taken() {
        let sockets = Sockets::bind(0).await.unwrap();
        for keep in 0..sockets.listeners.len() {
            let taken = Sockets::bind(0).await.unwrap();
            let port = taken.port;
            let _kept = taken.listeners.into_iter().nth(keep).unwrap();
            let error = Sockets::bind(port).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
        }
    }
}
