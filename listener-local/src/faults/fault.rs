//! What can go wrong, when, and for whom.

use std::{fmt, num::NonZeroU64, time::Duration};

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Every connection is dropped without a word; new ones are served.
    Cut,
    /// The same, once the server has written this many further bytes, in the middle of a frame if it comes so.
    CutAfterBytes(u64),
    /// Every connection stays open, but nothing is read any more, and what is written is lost. The server's own limits
    /// for idle peers end it in the end; new connections are served.
    HalfOpen,
    /// Nothing is written for this time; what is read is read. A stall beyond
    /// [`Limits::write_timeout`](crate::amqp::Limits::write_timeout) ends the connection.
    Stall(Duration),
    /// Writes take their time, until [`Faults::heal`](super::Faults::heal).
    Slow {
        /// How long each burst of writes waits.
        latency: Duration,
        /// How fast it goes then, in bytes a second; `None` is as fast as it can.
        rate: Option<NonZeroU64>,
    },
    /// Attaches, messages and requests are refused with `com.microsoft:server-busy`.
    Throttle(Times),
    /// Links are detached with `amqp:link:detach-forced`.
    Detach,
    /// Locks end, of messages and of sessions.
    LoseLocks,
    /// Tokens are refused with the status 401.
    RefuseTokens(Times),
    /// Attaches are refused with `amqp:unauthorized-access`.
    Unauthorized(Times),
}

impl Fault {
    pub(super) fn is_of_the_wire(&self) -> bool {
        matches!(
            self,
            Self::Cut
                | Self::CutAfterBytes(_)
                | Self::HalfOpen
                | Self::Stall(_)
                | Self::Slow { .. }
        )
    }

    /// This fault for what concerns one entity only; a topic's name stands for its subscriptions too.
    ///
    /// What happens to connections has no entity: there, the name only says whose deliveries
    /// [`after`](FaultPlan::after) and [`every`](FaultPlan::every) count.
    #[must_use]
    pub fn on(self, entity: impl Into<String>) -> FaultPlan {
        FaultPlan::from(self).on(entity)
    }

    /// This fault once, when so many further messages have gone out.
    #[must_use]
    pub fn after(self, deliveries: u64) -> FaultPlan {
        FaultPlan::from(self).after(deliveries)
    }

    /// This fault again and again, whenever so many further messages have gone out.
    #[must_use]
    pub fn every(self, deliveries: u64) -> FaultPlan {
        FaultPlan::from(self).every(deliveries)
    }
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// So many times.
    Next(u64),
    /// For a time.
    For(Duration),
    /// Until [`Faults::heal`](super::Faults::heal).
    Always,
}

/// When a fault is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// Once, when so many further messages have gone out.
    After(u64),
    /// Again and again, whenever so many further messages have gone out.
    Every(u64),
}

/// A fault, when it strikes, and for which entity.
///
/// Its text, which [`Display`](fmt::Display) writes and [`FromStr`](std::str::FromStr) reads, is
/// `FAULT[=VALUE][:after:N|:every:N][@ENTITY]`:
///
/// | text | fault |
/// |---|---|
/// | `cut`, `cut=after:100`, `cut=every:100`, `cut=bytes:4096` | [`Cut`](Fault::Cut), [`CutAfterBytes`](Fault::CutAfterBytes) |
/// | `half-open=after:100` | [`HalfOpen`](Fault::HalfOpen) |
/// | `stall=5s`, `stall=5s:every:100` | [`Stall`](Fault::Stall) |
/// | `slow=20ms`, `slow=20ms:65536` | [`Slow`](Fault::Slow), with a rate in bytes a second |
/// | `throttle=next:10`, `throttle=for:30s`, `throttle=always@orders` | [`Throttle`](Fault::Throttle) |
/// | `detach=after:100@orders` | [`Detach`](Fault::Detach) |
/// | `lock-loss=every:50@orders` | [`LoseLocks`](Fault::LoseLocks) |
/// | `refuse-tokens=next:2` | [`RefuseTokens`](Fault::RefuseTokens) |
/// | `unauthorized=always@orders` | [`Unauthorized`](Fault::Unauthorized) |
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultPlan {
    /// What goes wrong.
    pub fault: Fault,
    /// When.
    pub when: When,
    /// For which entity; `None` is for all.
    pub entity: Option<String>,
}

impl From<Fault> for FaultPlan {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            when: When::Now,
            entity: None,
        }
    }
}

impl FaultPlan {
    /// As [`Fault::on`].
    #[must_use]
    pub fn on(mut self, entity: impl Into<String>) -> Self {
        self.entity = Some(entity.into());
        self
    }

    /// As [`Fault::after`].
    #[must_use]
    pub fn after(mut self, deliveries: u64) -> Self {
        self.when = When::After(deliveries);
        self
    }

    /// As [`Fault::every`].
    #[must_use]
    pub fn every(mut self, deliveries: u64) -> Self {
        self.when = When::Every(deliveries);
        self
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = match &self.fault {
            Fault::Cut => ("cut", None),
            Fault::CutAfterBytes(bytes) => ("cut", Some(format!("bytes:{bytes}"))),
            Fault::HalfOpen => ("half-open", None),
            Fault::Stall(time) => ("stall", Some(format!("{}ms", time.as_millis()))),
            Fault::Slow { latency, rate } => {
                let latency = format!("{}ms", latency.as_millis());
                let value = match rate {
                    Some(rate) => format!("{latency}:{rate}"),
                    None => latency,
                };
                ("slow", Some(value))
            }
            Fault::Throttle(times) => ("throttle", Some(times.to_string())),
            Fault::Detach => ("detach", None),
            Fault::LoseLocks => ("lock-loss", None),
            Fault::RefuseTokens(times) => ("refuse-tokens", Some(times.to_string())),
            Fault::Unauthorized(times) => ("unauthorized", Some(times.to_string())),
        };
        let when = match self.when {
            When::Now => None,
            When::After(count) => Some(format!("after:{count}")),
            When::Every(count) => Some(format!("every:{count}")),
        };
        f.write_str(name)?;
        let parts: Vec<String> = value.into_iter().chain(when).collect();
        if !parts.is_empty() {
            write!(f, "={}", parts.join(":"))?;
        }
        match &self.entity {
            Some(entity) => write!(f, "@{entity}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next(count) => write!(f, "next:{count}"),
            Self::For(time) => write!(f, "for:{}ms", time.as_millis()),
            Self::Always => f.write_str("always"),
        }
    }
}
