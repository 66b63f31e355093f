//! AMQP over WebSockets: the binding's bytes in binary messages, whose bounds mean nothing.
//!
//! <https://docs.oasis-open.org/amqp-bindmap/amqp-wsb/v1.0/amqp-wsb-v1.0.html>

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_util::{Sink, Stream as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{self, ClientRequestBuilder, Message, http::Uri, protocol::WebSocketConfig},
};

use super::socket::Stream;

/// The largest message that is taken; AMQP frames of ours are 64 KiB, but a gateway may join some.
const MAX_MESSAGE: usize = 4 << 20;

/// Upgrades a stream, which has its TLS already, with Azure's path and the binding's subprotocol.
pub(super) async fn upgrade(
    stream: Box<dyn Stream>,
    host: &str,
    port: u16,
    tls: bool,
) -> Result<WebSocket<Box<dyn Stream>>, String> {
    let scheme = if tls { "wss" } else { "ws" };
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let uri: Uri = format!("{scheme}://{host}:{port}/$servicebus/websocket")
        .parse()
        .map_err(|_| "the host makes no URI".to_owned())?;
    let request = ClientRequestBuilder::new(uri).with_sub_protocol("AMQPWSB10");
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let (inner, _) = client_async_with_config(request, stream, Some(config))
        .await
        .map_err(|error| format!("WebSocket: {error}"))?;
    Ok(WebSocket::new(inner))
}

/// A stream of bytes out of a stream of messages, for either end.
#[derive(Debug)]
pub struct WebSocket<S> {
    inner: WebSocketStream<S>,
    unread: Bytes,
}

impl<S> WebSocket<S> {
    /// Takes a WebSocket that has been upgraded.
    pub fn new(inner: WebSocketStream<S>) -> Self {
        Self {
            inner,
            unread: Bytes::new(),
        }
    }
}

#[cfg(test)]
impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// Sends a message that AMQP would not.
    pub(super) async fn send(&mut self, message: Message) {
        futures_util::SinkExt::send(&mut self.inner, message)
            .await
            .unwrap();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unread.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.unread = bytes,
                // Pongs are sent by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Text(text))) => {
                    let text = format!(
                        "expected binary messages, found text of {} bytes",
                        text.len()
                    );
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, text)));
                }
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(io_error(error))),
            }
        }
        let count = self.unread.len().min(buffer.remaining());
        buffer.put_slice(&self.unread[..count]);
        self.unread.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.inner).poll_ready(cx)).map_err(io_error)?;
        let message = Message::Binary(Bytes::copy_from_slice(bytes));
        Pin::new(&mut self.inner)
            .start_send(message)
            .map_err(io_error)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx).map_err(io_error)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx).map_err(io_error)
    }
}

fn io_error(error: tungstenite::Error) -> io::Error {
    match error {
        tungstenite::Error::Io(error) => error,
        tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
            io::ErrorKind::BrokenPipe.into()
        }
        other => io::Error::other(other),
    }
}
