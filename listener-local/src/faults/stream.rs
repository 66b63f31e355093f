//! A stream with faults in it.

use super::{fault::Fault, handle::Faults, wrong::Wrong};
use std::{
    fmt,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const READ: usize = 0;
const WRITE: usize = 1;

/// What [`Faults::stream`] gives: a stream that breaks when it is told to.
pub struct FaultStream<S> {
    inner: S,
    faults: Faults,
    id: u64,
    /// The last change of the wire that was looked at.
    seen: u64,
    /// Who was last told to be woken at a change, reading and writing.
    wakers: [Option<Waker>; 2],
    /// Whether something was written that is not flushed.
    dirty: bool,
    /// What is wrong; nothing, mostly.
    wrong: Option<Box<Wrong>>,
}

/// What may be written now.
enum Permit {
    All,
    Some(usize),
    /// All of it, but to nowhere.
    Nowhere,
}

impl Faults {
    /// Puts faults into a stream.
    pub fn stream<S>(&self, inner: S) -> FaultStream<S> {
        let mut state = self.lock();
        let id = state.streams.open();
        // Below every epoch, so that the first look sees what is switched on already.
        let seen = if state.wire.spares(id) {
            self.epoch()
        } else {
            u64::MAX
        };
        FaultStream {
            inner,
            faults: self.clone(),
            id,
            seen,
            wakers: [None, None],
            dirty: false,
            wrong: None,
        }
    }
}

impl<S> FaultStream<S> {
    /// Looks at the wire if it has changed; what strikes gently waits until everything is flushed.
    fn look(&mut self, cx: &Context<'_>, side: usize) {
        // Before the look at the number, so that no change falls between.
        if !self.wakers[side]
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            let waker = cx.waker().clone();
            self.wakers[side] = Some(waker.clone());
            self.faults.lock().streams.listen(self.id, side, waker);
        }
        if self.faults.epoch() != self.seen {
            self.take_up();
        }
    }

    fn take_up(&mut self) {
        let state = self.faults.lock();
        let wire = state.wire;
        if wire.gentle && self.dirty {
            return;
        }
        self.seen = self.faults.epoch();
        drop(state);
        if wire.spares(self.id) {
            self.wrong = None;
            return;
        }
        match &mut self.wrong {
            Some(wrong) => wrong.wire = wire,
            None => self.wrong = Some(Box::new(Wrong::new(wire))),
        }
    }

    fn is_cut(&self) -> bool {
        let cut = |wrong: &Wrong| self.id < wrong.wire.cut;
        self.wrong.as_deref().is_some_and(cut)
    }

    fn is_half_open(&self) -> bool {
        let half_open = |wrong: &Wrong| self.id < wrong.wire.half_open;
        self.wrong.as_deref().is_some_and(half_open)
    }

    fn check(&self) -> io::Result<()> {
        if self.is_cut() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }

    /// How much may be written, once the time for it has come.
    fn permit(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Permit>> {
        let burst = !self.dirty;
        // What strikes gently lets this pass too.
        self.dirty = true;
        self.look(cx, WRITE);
        self.check()?;
        if self.is_half_open() {
            return Poll::Ready(Ok(Permit::Nowhere));
        }
        let Some(wrong) = &mut self.wrong else {
            return Poll::Ready(Ok(Permit::All));
        };
        ready!(wrong.wait_for_the_stall(cx));
        let mut most = usize::MAX;
        if let Some(slow) = wrong.wire.slow {
            ready!(wrong.wait_for_the_turn(cx, slow, burst));
            most = slow.most();
        }
        if wrong.wire.bytes.is_some() {
            // Others may have used some up since the last look, or all, and then this stream is cut.
            let left = self.faults.lock().wire.bytes;
            let Some(left) = left else {
                self.take_up();
                self.check()?;
                return Poll::Ready(Ok(Permit::All));
            };
            most = most.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        Poll::Ready(Ok(if most == usize::MAX {
            Permit::All
        } else {
            Permit::Some(most)
        }))
    }

    /// Counts what was written.
    fn wrote(&mut self, written: usize) {
        let Some(wrong) = &mut self.wrong else {
            return;
        };
        wrong.wrote(written);
        if wrong.wire.bytes.is_some() {
            let mut state = self.faults.lock();
            let Some(left) = &mut state.wire.bytes else {
                return;
            };
            *left = left.saturating_sub(written as u64);
            if *left == 0 {
                state.wire.bytes = None;
                drop(state);
                self.faults.switch(Fault::Cut);
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FaultStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.look(cx, READ);
        this.check()?;
        if this.is_half_open() {
            return Poll::Pending;
        }
        Pin::new(&mut this.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FaultStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let permit = ready!(this.permit(cx))?;
        let stream = Pin::new(&mut this.inner);
        let written = match permit {
            Permit::Nowhere => {
                return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
            }
            Permit::All => ready!(stream.poll_write_vectored(cx, slices))?,
            Permit::Some(most) => {
                let first = slices.iter().find(|slice| !slice.is_empty());
                let first = first.map_or(&[][..], |slice| &slice[..slice.len().min(most)]);
                ready!(stream.poll_write(cx, first))?
            }
        };
        this.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.look(cx, WRITE);
        this.check()?;
        if !this.is_half_open() {
            ready!(Pin::new(&mut this.inner).poll_flush(cx))?;
        }
        this.dirty = false;
        this.look(cx, WRITE);
        Poll::Ready(this.check())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.dirty = false;
        this.look(cx, WRITE);
        this.check()?;
        if this.is_half_open() {
            return Poll::Pending;
        }
        if let Some(wrong) = &mut this.wrong {
            ready!(wrong.wait_for_the_stall(cx));
        }
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

impl<S> Drop for FaultStream<S> {
    fn drop(&mut self) {
        self.faults.lock().streams.close(self.id);
    }
}

impl<S> fmt::Debug for FaultStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultStream")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
