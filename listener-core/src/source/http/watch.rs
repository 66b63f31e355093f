//! The clock of one connection: slow heads and idle connections are closed, and an answer's time runs from the first byte.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::ConnectionLimits;

#[derive(Clone)]
pub(super) struct Watch(Arc<Inner>);

struct Inner {
    limits: ConnectionLimits,
    /// HTTP/2 sends frames that belong to no request: there a byte does not tell that one begins.
    multiplexed: bool,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    first_byte: Option<Instant>,
    idle_since: Instant,
    in_flight: usize,
    /// Whether there was a request at all.
    used: bool,
}

/// One request on its way; the connection is busy until it is dropped.
pub(super) struct Passage {
    pub(super) started: Instant,
    watch: Watch,
}

impl Watch {
    pub(super) fn new(limits: ConnectionLimits, multiplexed: bool) -> Self {
        Self(Arc::new(Inner {
            limits,
            multiplexed,
            state: Mutex::new(State {
                first_byte: None,
                idle_since: Instant::now(),
                in_flight: 0,
                used: false,
            }),
            changed: Notify::new(),
        }))
    }

    /// The head of a request was read.
    pub(super) fn begin(&self) -> Passage {
        let mut state = self.0.state();
        state.in_flight += 1;
        state.used = true;
        let started = state.first_byte.take().unwrap_or_else(Instant::now);
        drop(state);
        self.0.changed.notify_one();
        Passage {
            started,
            watch: self.clone(),
        }
    }

    /// Waits until the connection has taken longer than it may.
    pub(super) async fn expired(&self) {
        loop {
            let changed = self.0.changed.notified();
            let deadline = self.0.deadline();
            match deadline {
                Some(deadline) if deadline <= Instant::now() => return,
                Some(deadline) => tokio::select! {
                    () = sleep_until(deadline) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }

    pub(super) fn io<S>(&self, stream: S) -> Watched<S> {
        Watched {
            stream,
            watch: self.clone(),
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        let within = match state.first_byte {
            _ if state.in_flight > 0 => return None,
            Some(first_byte) => return Some(first_byte + self.limits.head_within),
            None if state.used => self.limits.idle,
            None => self.limits.head_within,
        };
        Some(state.idle_since + within)
    }

    fn byte(&self) {
        if self.multiplexed {
            return;
        }
        let mut state = self.state();
        if state.first_byte.is_none() && state.in_flight == 0 {
            state.first_byte = Some(Instant::now());
            drop(state);
            self.changed.notify_one();
        }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let mut state = self.watch.0.state();
        state.in_flight -= 1;
        state.idle_since = Instant::now();
        drop(state);
        self.watch.0.changed.notify_one();
    }
}

pin_project! {
    /// A stream that tells the watch of its bytes.
    pub(super) struct Watched<S> {
        #[pin]
        stream: S,
        watch: Watch,
    }
}

impl<S: AsyncRead> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        let before = buffer.filled().len();
        let read = ready!(this.stream.poll_read(cx, buffer));
        if buffer.filled().len() > before {
            this.watch.0.byte();
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
