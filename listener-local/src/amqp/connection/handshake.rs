//! From the first byte to the peer's open (AMQP 1.0, 2.2, 2.4.1 and 5.3).

use super::outbox::Outbox;
use crate::amqp::codec::{self, Body, FrameDecoder, FrameError, HEADER_LENGTH, Protocol};
use crate::amqp::types::performatives::{Open, Performative};
use bytes::{Buf, BytesMut};

/// What clients may choose; only the first is offered, as the SDKs choose what they know best among the offers.
const ACCEPTED: [&str; 4] = ["ANONYMOUS", "PLAIN", "EXTERNAL", "MSSBCBS"];
const OFFERED: [&str; 1] = ["ANONYMOUS"];

/// How far a connection is.
#[derive(Debug)]
pub(super) struct Handshake {
    stage: Stage,
    mechanism: Option<String>,
    decoder: FrameDecoder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Header,
    SaslInit,
    AmqpHeader,
    Open,
}

/// What the bytes so far amount to.
#[derive(Debug)]
pub(super) enum Step {
    /// More bytes are needed.
    More,
    /// The peer has opened, with this mechanism.
    Open(Box<Open>, Option<String>),
    /// The peer speaks something else; what is in the outbox is the answer.
    Refused,
    /// The peer speaks AMQP, but not in frames.
    Wrong(FrameError),
    /// The peer's first frame is no open.
    Unexpected,
}

impl Handshake {
    pub(super) fn new(max_frame_size: usize) -> Self {
        Self {
            stage: Stage::Header,
            mechanism: None,
            decoder: FrameDecoder::amqp(max_frame_size),
        }
    }

    /// Whether our header of AMQP itself is out, so that the peer understands frames.
    pub(super) fn speaks_amqp(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Goes as far as the buffer reaches.
    pub(super) fn read(&mut self, buffer: &mut BytesMut, out: &mut Outbox) -> Step {
        loop {
            let step = match self.stage {
                Stage::Header | Stage::AmqpHeader => self.header(buffer, out),
                Stage::SaslInit => self.sasl(buffer, out),
                Stage::Open => return self.open(buffer),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    fn header(&mut self, buffer: &mut BytesMut, out: &mut Outbox) -> Option<Step> {
        let Some(header) = buffer.first_chunk::<HEADER_LENGTH>() else {
            return Some(Step::More);
        };
        let asked = Protocol::of(*header);
        buffer.advance(HEADER_LENGTH);
        match asked {
            Some(Protocol::Sasl) if self.stage == Stage::Header => {
                out.raw().extend_from_slice(&Protocol::Sasl.header());
                codec::write_mechanisms(out.raw(), &OFFERED);
                self.stage = Stage::SaslInit;
                None
            }
            Some(Protocol::Amqp) => {
                out.raw().extend_from_slice(&Protocol::Amqp.header());
                self.stage = Stage::Open;
                None
            }
            Some(Protocol::Sasl) | None => {
                out.raw().extend_from_slice(&Protocol::Amqp.header());
                Some(Step::Refused)
            }
        }
    }

    fn sasl(&mut self, buffer: &mut BytesMut, out: &mut Outbox) -> Option<Step> {
        let body = match FrameDecoder::sasl().decode(buffer) {
            Ok(None) => return Some(Step::More),
            Ok(Some(frame)) => frame.body,
            Err(error) => return Some(Step::Wrong(error)),
        };
        let mechanism = match body {
            Body::Sasl(body) => codec::decode_init(&body),
            Body::Empty | Body::Performative(..) => None,
        };
        match mechanism.filter(|name| ACCEPTED.contains(&name.as_str())) {
            Some(name) => {
                codec::write_outcome(out.raw(), 0);
                self.mechanism = Some(name);
                self.stage = Stage::AmqpHeader;
                None
            }
            None => {
                codec::write_outcome(out.raw(), 1);
                Some(Step::Refused)
            }
        }
    }

    fn open(&mut self, buffer: &mut BytesMut) -> Step {
        loop {
            return match self.decoder.decode(buffer) {
                Ok(None) => Step::More,
                Err(error) => Step::Wrong(error),
                Ok(Some(frame)) => match frame.body {
                    Body::Empty => continue,
                    Body::Performative(performative, _) => match *performative {
                        Performative::Open(open) => {
                            Step::Open(Box::new(open), self.mechanism.take())
                        }
                        _ => Step::Unexpected,
                    },
                    Body::Sasl(_) => Step::Unexpected,
                },
            };
        }
    }
}
