//! Early-bound types: from a row or parameters to a type of yours and back.

mod column;
mod convert;
mod parameters;

pub use crate::context::Member as Column;
pub use column::{FromColumn, FromEntity, IntoColumn, IntoEntity};
pub use convert::{FromValue, IntoValue};
pub use parameters::{FromParameters, IntoParameters, Parameters};
