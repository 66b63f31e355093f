//! The values that have records of their own.

mod date_time;
mod decimal;
mod guid;
mod time_span;

pub use date_time::{DateTime, DateTimeKind};
pub use decimal::Decimal;
pub use guid::Guid;
pub use time_span::TimeSpan;

use super::error::Fault;

const fn range(expected: &'static str, found: &'static str) -> Fault {
    Fault::Range { expected, found }
}
