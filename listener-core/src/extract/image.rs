use super::{FromContext, target::absent};
use crate::{
    Binding, Delivery, Result,
    context::RemoteExecutionContext,
    decode::{DecodeError, DecodeErrorKind, Message, Row},
    entity::FromEntity,
};

/// The row before the operation, as the step's pre-image holds it.
///
/// It is the only image but Dataverse's own `AsynchronousStepPrimaryName`; where a step has several, the binding says
/// which: `pre_image = "…"` in the attribute, or [`Binding::pre_image`].
///
/// ```
/// use listener_core::{PreImage, Target, context::{Entity, Money}};
///
/// async fn on_update(Target(changes): Target<Entity>, PreImage(before): PreImage<Entity>) {
///     let now = before.updated_by(&changes); // the row as it is now
///     println!("{} columns", now.attributes().len());
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreImage<T>(pub T);

/// The row after the operation, as the step's post-image holds it; chosen as [`PreImage`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostImage<T>(pub T);

/// One of the two kinds of images.
struct Images<'a> {
    /// As in the attribute and in `Binding`.
    key: &'static str,
    member: &'static str,
    bound: Option<&'static str>,
    names: Vec<&'a str>,
    read: fn(&'a Message, &str) -> Result<Option<Row<'a>>, DecodeError>,
}

impl<'a> Images<'a> {
    fn pre(delivery: &'a Delivery) -> Result<Self, DecodeError> {
        Ok(Self {
            key: "pre_image",
            member: "PreEntityImages",
            bound: delivery
                .binding()
                .and_then(|Binding { pre_image, .. }| *pre_image),
            names: delivery.message().pre_image_names()?,
            read: Message::pre_image,
        })
    }

    fn post(delivery: &'a Delivery) -> Result<Self, DecodeError> {
        Ok(Self {
            key: "post_image",
            member: "PostEntityImages",
            bound: delivery
                .binding()
                .and_then(|Binding { post_image, .. }| *post_image),
            names: delivery.message().post_image_names()?,
            read: Message::post_image,
        })
    }

    /// Reads the one image that is meant; `None` if there is none.
    fn one<T: FromEntity>(&self, delivery: &'a Delivery) -> Result<Option<T>, DecodeError> {
        let name = match self.bound {
            Some(name) => name,
            None => {
                let mut own = self.names.iter().filter(|name| {
                    **name != RemoteExecutionContext::ASYNCHRONOUS_STEP_PRIMARY_NAME
                });
                match (own.next(), own.next()) {
                    (None, _) => return Ok(None),
                    (Some(name), None) => name,
                    (Some(_), Some(_)) => return Err(self.several()),
                }
            }
        };
        let Some(row) = (self.read)(delivery.message(), name)? else {
            return Ok(None);
        };
        T::from_row(&row)
            .map(Some)
            .map_err(|e| e.in_key(name).in_member(self.member))
    }

    fn several(&self) -> DecodeError {
        let text = format!(
            "the message has several images; name one by `{} = \"…\"`: {}",
            self.key,
            self.list()
        );
        DecodeError::new(DecodeErrorKind::Missing, text).in_member(self.member)
    }

    fn none(&self, delivery: &Delivery) -> DecodeError {
        let wanted = self
            .bound
            .map_or_else(|| "image".to_owned(), |name| format!("image `{name}`"));
        let otherwise = match self.names.as_slice() {
            [] => format!("the message has no {wanted}, nor any other: register one with the step"),
            _ => format!("the message has no {wanted}; it has: {}", self.list()),
        };
        absent(delivery, "the image", &otherwise).in_member(self.member)
    }

    /// The names, which come out of the message: few, and clipped.
    fn list(&self) -> String {
        let names = self
            .names
            .iter()
            .take(8)
            .map(|name| name.chars().take(64).flat_map(char::escape_debug).collect());
        names.collect::<Vec<String>>().join(", ")
    }
}

macro_rules! image {
    ($image:ident, $kind:ident) => {
        impl<S, T: FromEntity> FromContext<S> for $image<T> {
            fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
                let images = Images::$kind(delivery)?;
                match images.one(delivery)? {
                    Some(image) => Ok(Self(image)),
                    None => Err(images.none(delivery).into()),
                }
            }
        }

        impl<S, T: FromEntity> FromContext<S> for Option<$image<T>> {
            fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
                Ok(Images::$kind(delivery)?.one(delivery)?.map($image))
            }
        }
    };
}

image!(PreImage, pre);
image!(PostImage, post);
