//! Early-bound types: from a row or parameters to a type of yours and back.

mod access;
mod choice;
mod column;
mod convert;
mod parameters;
mod private;
mod serde;

pub use crate::context::Member as Column;
pub use access::TargetValue;
pub use choice::Choice;
pub use column::{FromColumn, FromEntity, IntoColumn, IntoEntity};
pub use convert::{FromItem, FromValue, IntoItem, IntoValue, ListItem};
pub use parameters::{FromParameter, FromParameters, IntoParameters, Parameters};
pub use serde::{Serde, from_entity_serde, from_row_serde, from_value_serde};

/// What derived code calls.
#[doc(hidden)]
pub mod __private {
    pub use super::{parameters::push_parameter, private::*};
}
