//! Bytes on their way out: frames are gathered, large bodies stay where they are.

use crate::amqp::codec::{EncodeError, TransferHead, Write};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::AsyncWrite;

/// From here on a piece is sent from its own memory; below, copying it is cheaper than a further slice.
const SHARE: usize = 2048;
/// Above this many bytes nothing further is taken up: no frame is read, no node polled.
const FULL: usize = 256 * 1024;
/// Room that is made at a time for what is copied, so that not each frame allocates.
const CHUNK: usize = 16 * 1024;
/// A frame's own bytes: header and a transfer at most.
const HEAD: usize = 128;
/// Pieces that go into one write.
const SLICES: usize = 64;

/// What is to be written, in order.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pieces: VecDeque<Bytes>,
    tail: BytesMut,
    /// Bytes of all pieces, without the tail.
    queued: usize,
    unflushed: bool,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.tail.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.queued + self.tail.len() > FULL
    }

    /// Whether everything is with the transport below and flushed.
    pub(crate) fn is_done(&self) -> bool {
        self.is_empty() && !self.unflushed
    }

    /// Where protocol headers and frames of the security layer are written.
    pub(crate) fn raw(&mut self) -> &mut BytesMut {
        &mut self.tail
    }

    /// A frame without a body.
    pub(crate) fn empty_frame(&mut self) {
        self.tail.put_slice(&[0, 0, 0, 8, 2, 0, 0, 0]);
    }

    /// A frame of one performative.
    pub(crate) fn frame(
        &mut self,
        channel: u16,
        performative: &impl Write,
    ) -> Result<(), EncodeError> {
        let start = self.begin(channel);
        if let Err(error) = performative.write(&mut self.tail) {
            self.tail.truncate(start);
            return Err(error);
        }
        self.finish(start, 0);
        Ok(())
    }

    /// A transfer frame and its part of the message.
    pub(crate) fn transfer(
        &mut self,
        channel: u16,
        transfer: &TransferHead<'_>,
        head: Bytes,
        body: Bytes,
    ) {
        let start = self.begin(channel);
        transfer.write(&mut self.tail);
        self.finish(start, head.len() + body.len());
        self.piece(head);
        self.piece(body);
    }

    fn begin(&mut self, channel: u16) -> usize {
        if self.tail.capacity() - self.tail.len() < HEAD {
            self.tail.reserve(CHUNK);
        }
        let start = self.tail.len();
        self.tail.put_slice(&[0, 0, 0, 0, 2, 0]);
        self.tail.put_u16(channel);
        start
    }

    fn finish(&mut self, start: usize, payload: usize) {
        let size = self.tail.len() - start + payload;
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        self.tail[start..start + 4].copy_from_slice(&size.to_be_bytes());
    }

    fn piece(&mut self, piece: Bytes) {
        if piece.len() < SHARE {
            self.tail.put_slice(&piece);
        } else {
            self.cut();
            self.queued += piece.len();
            self.pieces.push_back(piece);
        }
    }

    fn cut(&mut self) {
        if !self.tail.is_empty() {
            self.queued += self.tail.len();
            self.pieces.push_back(self.tail.split().freeze());
        }
    }

    /// Writes what the stream takes; ready with the number of bytes once it has moved or is flushed.
    pub(crate) fn poll_write<W: AsyncWrite>(
        &mut self,
        cx: &mut Context<'_>,
        mut stream: Pin<&mut W>,
    ) -> Poll<io::Result<usize>> {
        self.cut();
        if self.pieces.is_empty() {
            ready!(stream.poll_flush(cx))?;
            self.unflushed = false;
            return Poll::Ready(Ok(0));
        }
        let written = if stream.is_write_vectored() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = self.pieces.len().min(SLICES);
            for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
                *slice = IoSlice::new(piece);
            }
            ready!(stream.as_mut().poll_write_vectored(cx, &slices[..used]))?
        } else {
            ready!(stream.as_mut().poll_write(cx, &self.pieces[0]))?
        };
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.unflushed = true;
        self.forget(written);
        Poll::Ready(Ok(written))
    }

    fn forget(&mut self, mut written: usize) {
        self.queued -= written;
        while let Some(first) = self.pieces.front_mut() {
            if first.len() > written {
                first.advance(written);
                return;
            }
            written -= first.len();
            self.pieces.pop_front();
        }
    }
}
