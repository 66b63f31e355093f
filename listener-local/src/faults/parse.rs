//! Plans as text, for command lines.

use super::fault::{Fault, FaultPlan, Times, When};
use std::{fmt, num::NonZeroU64, str::FromStr, time::Duration};

/// Why a text is no plan, and what would be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultPlanError {
    /// There is no such fault.
    Unknown {
        /// The name that was found.
        name: String,
    },
    /// The value, or when it strikes, is none that this fault takes.
    Value {
        /// The fault.
        name: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// There is an `@` without an entity behind it.
    Entity,
    /// The fault strikes connections, which belong to no entity.
    NoEntity,
}

impl fmt::Display for FaultPlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => {
                write!(f, "there is no fault `{name}`; expected one of ")?;
                for (index, name) in NAMES.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}`{name}`")?;
                }
                Ok(())
            }
            Self::Value { name, expected } => write!(f, "expected `{name}` to be {expected}"),
            Self::Entity => f.write_str("expected the name of an entity behind the `@`"),
            Self::NoEntity => f.write_str(
                "connections belong to no entity: leave the `@` out, or count its deliveries by `:after:N` or `:every:N`",
            ),
        }
    }
}

impl std::error::Error for FaultPlanError {}

const NAMES: [&str; 9] = [
    "cut",
    "half-open",
    "stall",
    "slow",
    "throttle",
    "detach",
    "lock-loss",
    "refuse-tokens",
    "unauthorized",
];

const MOMENT: &str = "alone, `=after:N` or `=every:N`, with a number above 0";
const TIMES: &str = "`=next:N`, `=for:TIME` or `=always`, with a time such as `500ms` or `30s`";

impl FromStr for FaultPlan {
    type Err = FaultPlanError;

    fn from_str(text: &str) -> Result<Self, FaultPlanError> {
        let (text, entity) = match text.split_once('@') {
            Some((_, "")) => return Err(FaultPlanError::Entity),
            Some((text, entity)) => (text, Some(entity.to_owned())),
            None => (text, None),
        };
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let mut parts: Vec<&str> = value.split(':').filter(|part| !part.is_empty()).collect();
        let Some(when) = when(&mut parts) else {
            return Err(wrong(name, MOMENT));
        };
        let fault = fault(name, &parts)?;
        if entity.is_some() && when == When::Now && fault.is_of_the_wire() {
            return Err(FaultPlanError::NoEntity);
        }
        Ok(Self {
            fault,
            when,
            entity,
        })
    }
}

/// Cuts off when the fault strikes; `None` if there is no number above 0.
fn when(parts: &mut Vec<&str>) -> Option<When> {
    let [.., kind @ ("after" | "every"), count] = parts[..] else {
        return match parts.last() {
            Some(&("after" | "every")) => None,
            _ => Some(When::Now),
        };
    };
    let count = count.parse().ok().filter(|count| *count > 0)?;
    parts.truncate(parts.len() - 2);
    Some(match kind {
        "after" => When::After(count),
        _ => When::Every(count),
    })
}

fn fault(name: &str, value: &[&str]) -> Result<Fault, FaultPlanError> {
    let moment = |fault| value.is_empty().then_some(fault).ok_or(MOMENT);
    let fault = match name {
        "cut" => match value {
            [] => Some(Fault::Cut),
            ["bytes", count] => count.parse().ok().map(Fault::CutAfterBytes),
            _ => None,
        }
        .ok_or("alone, `=after:N`, `=every:N` or `=bytes:N`"),
        "half-open" => moment(Fault::HalfOpen),
        "detach" => moment(Fault::Detach),
        "lock-loss" => moment(Fault::LoseLocks),
        "stall" => match value {
            [time] => duration(time).map(Fault::Stall),
            _ => None,
        }
        .ok_or("`=TIME`, such as `500ms` or `5s`, with `:after:N` or `:every:N` if not at once"),
        "slow" => slow(value)
            .ok_or("`=LATENCY` or `=LATENCY:RATE`, such as `20ms:65536` for 65,536 bytes a second"),
        "throttle" => times(value).map(Fault::Throttle).ok_or(TIMES),
        "refuse-tokens" => times(value).map(Fault::RefuseTokens).ok_or(TIMES),
        "unauthorized" => times(value).map(Fault::Unauthorized).ok_or(TIMES),
        name => {
            let name = name.chars().take(40).collect();
            return Err(FaultPlanError::Unknown { name });
        }
    };
    fault.map_err(|expected| wrong(name, expected))
}

fn slow(value: &[&str]) -> Option<Fault> {
    let (latency, rate) = match value {
        [latency] => (latency, None),
        [latency, rate] => (latency, Some(rate.parse::<NonZeroU64>().ok()?)),
        _ => return None,
    };
    let latency = duration(latency)?;
    Some(Fault::Slow { latency, rate })
}

fn times(value: &[&str]) -> Option<Times> {
    match value {
        ["always"] => Some(Times::Always),
        ["next", count] => count.parse().ok().map(Times::Next),
        ["for", time] => duration(time).map(Times::For),
        _ => None,
    }
}

/// A whole number with its unit: `ms`, `s` or `m`.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u32 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number.into())),
        "s" => Some(Duration::from_secs(number.into())),
        "m" => Some(Duration::from_secs(u64::from(number) * 60)),
        _ => None,
    }
}

fn wrong(name: &str, expected: &'static str) -> FaultPlanError {
    let known = NAMES.iter().find(|known| **known == name);
    FaultPlanError::Value {
        name: known.copied().unwrap_or("fault"),
        expected,
    }
}
