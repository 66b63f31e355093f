use super::FromContext;
use crate::{
    Delivery, Result,
    context::{EntityReference, Value},
    decode::{DecodeError, DecodeErrorKind},
    entity::FromEntity,
};

/// The row of the message: the input parameter `Target`, where it is an Entity, as in Create and Update.
///
/// An Update carries changed columns only. A message that Dataverse cut down has no Target: taking one then fails with
/// `Truncated`, unless a layer has put the whole message in its place. A listener that wants to run all the same takes
/// `Option<Target<T>>`, which is `None` where there is no row, and asks [`Truncation`](super::Truncation) why.
///
/// ```
/// use listener_core::{Target, context::Entity};
///
/// async fn on_create(Target(account): Target<Entity>) {
///     println!("{} columns", account.attributes().len());
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<T>(pub T);

/// Which row the message is about: the Target, be it an Entity or an EntityReference; else the `EntityMoniker` of a
/// SetState; else the primary entity, which a message that Dataverse cut down still names.
///
/// ```
/// use listener_core::TargetReference;
///
/// async fn on_delete(TargetReference(account): TargetReference) {
///     println!("{} {} is gone", account.logical_name(), account.id());
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TargetReference(pub EntityReference);

impl<S, T: FromEntity> FromContext<S> for Target<T> {
    fn from_context(delivery: &Delivery, state: &S) -> Result<Self> {
        match Option::from_context(delivery, state)? {
            Some(target) => Ok(target),
            None => Err(absent(
                delivery,
                "the Target",
                "the message has no Target that is an Entity",
            )
            .into()),
        }
    }
}

impl<S, T: FromEntity> FromContext<S> for Option<Target<T>> {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        let Some(row) = delivery.message().target()? else {
            return Ok(None);
        };
        let target =
            T::from_row(&row).map_err(|e| e.in_key("Target").in_member("InputParameters"))?;
        Ok(Some(Target(target)))
    }
}

impl<S> FromContext<S> for TargetReference {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        let message = delivery.message();
        if let Some(row) = message.target()? {
            return Ok(Self(EntityReference::new(&*row.logical_name()?, row.id()?)));
        }
        for key in ["Target", "EntityMoniker"] {
            if let Some(Value::EntityReference(reference)) = message.input_parameter(key)? {
                return Ok(Self(*reference));
            }
        }
        let id = message.primary_entity_id()?;
        if id.is_nil() {
            return Err(absent(delivery, "the Target", "the message names no row").into());
        }
        Ok(Self(EntityReference::new(
            message.primary_entity_name()?,
            id,
        )))
    }
}

/// Why a part of the message is not there: cut away by Dataverse, or never sent.
pub(super) fn absent(delivery: &Delivery, part: &str, otherwise: &str) -> DecodeError {
    if delivery.size_exceeded() {
        let text = format!(
            "Truncated: Dataverse cut the message down because it was too large, and {part} went with that; take an \
             `Option` and `Truncation`, and fetch the record"
        );
        DecodeError::new(DecodeErrorKind::Truncated, text)
    } else {
        DecodeError::new(DecodeErrorKind::Missing, otherwise)
    }
}
