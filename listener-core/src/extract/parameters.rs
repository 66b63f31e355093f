use super::FromContext;
use crate::{
    Delivery, Result,
    entity::{FromParameters, Parameters},
};

/// InputParameters of the message; only those that `T` reads are decoded.
///
/// ```
/// use listener_core::{Input, context::EntityReference, decode::DecodeError, entity::{FromParameters, Parameters}};
///
/// // What `#[derive(Parameters)]` writes.
/// struct Assign { assignee: EntityReference }
///
/// impl FromParameters for Assign {
///     fn from_parameters(parameters: &Parameters<'_>) -> Result<Self, DecodeError> {
///         Ok(Self { assignee: parameters.read("Assignee")? })
///     }
/// }
///
/// async fn on_assign(Input(assign): Input<Assign>) {
///     println!("now of {}", assign.assignee.id());
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input<T>(pub T);

/// OutputParameters of the message; as [`Input`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output<T>(pub T);

/// SharedVariables of the message; as [`Input`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedVariables<T>(pub T);

macro_rules! parameters {
    ($extractor:ident, $collection:ident) => {
        impl<S, T: FromParameters> FromContext<S> for $extractor<T> {
            fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
                Ok(Self(T::from_parameters(&Parameters::$collection(
                    delivery.message(),
                ))?))
            }
        }
    };
}

parameters!(Input, input);
parameters!(Output, output);
parameters!(SharedVariables, shared);
