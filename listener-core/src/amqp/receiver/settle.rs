//! Settling: what we say, and what the peer answers (AMQP 1.0, messaging, 3.4).

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{sync::oneshot, time::timeout};

use crate::amqp::{
    Error, ErrorKind, Value,
    error::Told,
    wire::{DeliveryState, code, described, descriptor, frame, symbol},
};

/// What becomes of a delivery.
///
/// On Service Bus to accept is to complete, to modify is to abandon or to defer, and to reject is to dead-letter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Settlement {
    /// It is done.
    Accepted,
    /// It cannot be done: the service parks it.
    Rejected {
        /// Why, as a symbol: `com.microsoft:dead-letter`.
        condition: String,
        /// Why, for people.
        description: Option<String>,
        /// More about it, by symbol: `DeadLetterReason`, `DeadLetterErrorDescription`, properties to set.
        info: Vec<(String, Value)>,
    },
    /// It was not looked at: it comes again, and this delivery does not count.
    Released,
    /// It comes again, changed, here or elsewhere.
    Modified {
        /// Whether this delivery counts as a failed one.
        failed: bool,
        /// Whether it is not to come to us by itself: Service Bus defers it.
        undeliverable_here: bool,
        /// What is to be set: Service Bus takes them for application properties.
        annotations: Vec<(String, Value)>,
    },
}

/// What the peer answered: the outcome that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Accepted.
    Accepted,
    /// Rejected, as we had asked for.
    Rejected,
    /// Released.
    Released,
    /// Modified.
    Modified,
    /// Settled, without a word of how.
    Unsaid,
}

impl Settlement {
    /// To abandon: it comes again, and this delivery counts.
    pub fn abandon(properties: Vec<(String, Value)>) -> Self {
        Self::Modified {
            failed: true,
            undeliverable_here: false,
            annotations: properties,
        }
    }

    /// To defer: it is given out by its sequence number only.
    pub fn defer(properties: Vec<(String, Value)>) -> Self {
        Self::Modified {
            failed: true,
            undeliverable_here: true,
            annotations: properties,
        }
    }

    pub(super) fn condition(&self) -> Option<&str> {
        match self {
            Self::Rejected { condition, .. } => Some(condition),
            _ => None,
        }
    }

    /// The same without what could be too long for a frame: the outcome matters more than its words.
    fn shortened(&self) -> Self {
        match self {
            Self::Accepted => Self::Accepted,
            Self::Released => Self::Released,
            Self::Rejected { condition, .. } => Self::Rejected {
                condition: condition.clone(),
                description: None,
                info: Vec::new(),
            },
            Self::Modified {
                failed,
                undeliverable_here,
                ..
            } => Self::Modified {
                failed: *failed,
                undeliverable_here: *undeliverable_here,
                annotations: Vec::new(),
            },
        }
    }

    fn into_state(self) -> Value {
        let map = |entries: Vec<(String, Value)>| {
            let entries = entries.into_iter();
            Value::Map(entries.map(|(key, value)| (symbol(key), value)).collect())
        };
        match self {
            Self::Accepted => described(descriptor::ACCEPTED, Value::List(Vec::new())),
            Self::Released => described(descriptor::RELEASED, Value::List(Vec::new())),
            Self::Rejected {
                condition,
                description,
                info,
            } => {
                let description = description.map_or(Value::Null, Value::from);
                let fields = vec![symbol(condition), description, map(info)];
                let error = described(descriptor::ERROR, Value::List(fields));
                described(descriptor::REJECTED, Value::List(vec![error]))
            }
            Self::Modified {
                failed,
                undeliverable_here,
                annotations,
            } => {
                let mut fields = vec![failed.into(), undeliverable_here.into()];
                if !annotations.is_empty() {
                    fields.push(map(annotations));
                }
                described(descriptor::MODIFIED, Value::List(fields))
            }
        }
    }
}

/// A settlement on its way to the peer.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) id: u32,
    pub(super) settlement: Settlement,
}

/// Writes dispositions; deliveries in a row that are accepted share one (AMQP 1.0, transport, 2.7.6).
pub(super) fn write(out: &mut BytesMut, channel: u16, max_frame: usize, outgoing: Vec<Outgoing>) {
    let mut accepted = Vec::new();
    for Outgoing { id, settlement } in outgoing {
        if settlement == Settlement::Accepted {
            accepted.push(id);
            continue;
        }
        // What is said first arrives first.
        accept(out, channel, &mut accepted);
        let (start, short) = (out.len(), settlement.shortened());
        disposition(out, channel, id, id, settlement);
        if out.len() - start > max_frame {
            out.truncate(start);
            disposition(out, channel, id, id, short);
        }
    }
    accept(out, channel, &mut accepted);
}

fn accept(out: &mut BytesMut, channel: u16, accepted: &mut Vec<u32>) {
    let Some(base) = accepted.first().copied() else {
        return;
    };
    // Ids wrap around, and none is half a circle away from another.
    accepted.sort_unstable_by_key(|id| id.wrapping_sub(base).cast_signed());
    for run in accepted.chunk_by(|one, next| one.wrapping_add(1) == *next) {
        if let [first, .., last] | [first @ last] = run {
            disposition(out, channel, *first, *last, Settlement::Accepted);
        }
    }
    accepted.clear();
}

fn disposition(out: &mut BytesMut, channel: u16, first: u32, last: u32, settlement: Settlement) {
    let fields = [
        // From the receiver.
        Value::Bool(true),
        Value::Uint(first),
        Value::Uint(last),
        // It is settled when the peer has said so: that is how we learn the outcome.
        Value::Bool(false),
        settlement.into_state(),
    ];
    frame(out, channel, code::DISPOSITION, &fields);
}

/// What the peer's state says, where we had rejected for this condition or not at all.
pub(super) fn answer(
    state: Option<DeliveryState>,
    rejected_for: Option<&str>,
) -> Result<Answer, Error> {
    Ok(match state {
        Some(DeliveryState::Accepted) => Answer::Accepted,
        Some(DeliveryState::Released) => Answer::Released,
        Some(DeliveryState::Modified) => Answer::Modified,
        Some(DeliveryState::Rejected(None)) if rejected_for.is_some() => Answer::Rejected,
        Some(DeliveryState::Rejected(Some(error)))
            if rejected_for == Some(error.condition.as_str()) =>
        {
            Answer::Rejected
        }
        Some(DeliveryState::Rejected(Some(error))) => return Err(error.told("")),
        Some(DeliveryState::Rejected(None)) => {
            return Err(
                Error::new(ErrorKind::NotTaken, "").with_detail("rejected without a reason")
            );
        }
        Some(DeliveryState::Other) | None => Answer::Unsaid,
    })
}

/// Waits for the peer's answer to a settlement. The settlement is on its way already: dropped, only the answer is lost.
#[derive(Debug)]
#[must_use = "without its answer nobody knows whether the settlement was taken"]
pub struct Settling(Pending);

#[derive(Debug)]
enum Pending {
    Answer(oneshot::Receiver<Result<Answer, Error>>),
    Known(Option<Result<Answer, Error>>),
}

const DOING: &str = "settling a message";

impl Settling {
    pub(super) fn new(answered: oneshot::Receiver<Result<Answer, Error>>) -> Self {
        Self(Pending::Answer(answered))
    }

    pub(super) fn known(result: Result<Answer, Error>) -> Self {
        Self(Pending::Known(Some(result)))
    }

    /// Of what came on no link, and is settled by its lock token.
    #[cfg(feature = "service-bus")]
    pub(crate) fn on_no_link() -> Self {
        Self::known(Err(Error::new(ErrorKind::LinkDetached, "")))
    }

    /// Waits no longer than this.
    ///
    /// # Errors
    /// As the future itself; and if no answer comes in time: then nobody knows what became of the message.
    pub async fn within(self, within: Duration) -> Result<Answer, Error> {
        timeout(within, self)
            .await
            .unwrap_or_else(|_| Err(Error::timed_out(DOING, within)))
    }
}

impl Future for Settling {
    /// `LockLost` if the message is not ours any longer; else what the peer or the connection had to say.
    type Output = Result<Answer, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = match &mut self.0 {
            Pending::Answer(answered) => ready!(Pin::new(answered).poll(cx)).ok(),
            Pending::Known(result) => result.take(),
        };
        let answer = answer.unwrap_or_else(|| Err(Error::new(ErrorKind::LinkDetached, DOING)));
        Poll::Ready(answer.map_err(|error| error.doing(DOING)))
    }
}
