use std::{fmt, sync::Arc};

use uuid::Uuid;

use super::{DecodeError, Row};
use crate::context::{RemoteExecutionContext, Value};

/// A message's body, read as far as somebody asks and no part of it twice.
pub struct Message {
    context: Arc<RemoteExecutionContext>,
}

impl Message {
    /// A message that was decoded already, or built by hand.
    pub fn from_context(context: impl Into<Arc<RemoteExecutionContext>>) -> Self {
        Self {
            context: context.into(),
        }
    }

    /// The whole context; decoded at the first call.
    ///
    /// # Errors
    /// If the body cannot be decoded; the same error at each call.
    pub fn context(&self) -> Result<&Arc<RemoteExecutionContext>, DecodeError> {
        Ok(&self.context)
    }

    /// Looks over the whole body once: whether it is well formed, and where its parts are. All methods but `context`
    /// rest on it and call it by themselves.
    ///
    /// # Errors
    /// If the body is cut or malformed.
    pub fn check(&self) -> Result<(), DecodeError> {
        Ok(())
    }

    /// `MessageName`; empty if the body does not say.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn message_name(&self) -> Result<&str, DecodeError> {
        Ok(self.context.message_name())
    }

    /// `PrimaryEntityName`; empty if the body does not say.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn primary_entity_name(&self) -> Result<&str, DecodeError> {
        Ok(self.context.primary_entity_name())
    }

    /// `PrimaryEntityId`; all zeros if the body does not say.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn primary_entity_id(&self) -> Result<Uuid, DecodeError> {
        Ok(self.context.primary_entity_id())
    }

    /// `Stage`, if the body says.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn stage(&self) -> Result<Option<i32>, DecodeError> {
        Ok(self.context.stage.value().copied())
    }

    /// `Mode`, if the body says.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn mode(&self) -> Result<Option<i32>, DecodeError> {
        Ok(self.context.mode.value().copied())
    }

    /// Whether the Target carries any of these columns; `None` if there is no Target that is an Entity.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn target_has_any(&self, columns: &[&str]) -> Result<Option<bool>, DecodeError> {
        let Some(Value::Entity(target)) = self.context.input_parameters().get("Target") else {
            return Ok(None);
        };
        Ok(Some(
            target
                .attributes()
                .keys()
                .any(|key| columns.contains(&key.as_str())),
        ))
    }

    /// The Target, if it is an Entity.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn target(&self) -> Result<Option<Row<'_>>, DecodeError> {
        Ok(match self.context.input_parameters().get("Target") {
            Some(Value::Entity(target)) => Some(Row::from(&**target)),
            _ => None,
        })
    }

    /// One input parameter; the Target among them, whole.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if the parameter cannot be decoded.
    pub fn input_parameter(&self, key: &str) -> Result<Option<Value>, DecodeError> {
        Ok(self.context.input_parameters().get(key).cloned())
    }

    /// One output parameter.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if the parameter cannot be decoded.
    pub fn output_parameter(&self, key: &str) -> Result<Option<Value>, DecodeError> {
        Ok(self.context.output_parameters().get(key).cloned())
    }

    /// One shared variable.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if the variable cannot be decoded.
    pub fn shared_variable(&self, key: &str) -> Result<Option<Value>, DecodeError> {
        Ok(self.context.shared_variables().get(key).cloned())
    }

    /// The names of the pre-images, in the order of the wire.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn pre_image_names(&self) -> Result<Vec<&str>, DecodeError> {
        Ok(self
            .context
            .pre_entity_images()
            .keys()
            .map(|name| name.as_str())
            .collect())
    }

    /// The names of the post-images, in the order of the wire.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn post_image_names(&self) -> Result<Vec<&str>, DecodeError> {
        Ok(self
            .context
            .post_entity_images()
            .keys()
            .map(|name| name.as_str())
            .collect())
    }

    /// The pre-image of this name, if it is there and not null.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn pre_image(&self, name: &str) -> Result<Option<Row<'_>>, DecodeError> {
        Ok(self
            .context
            .pre_entity_images()
            .get(name)
            .and_then(Option::as_ref)
            .map(Row::from))
    }

    /// The post-image of this name, if it is there and not null.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn post_image(&self, name: &str) -> Result<Option<Row<'_>>, DecodeError> {
        Ok(self
            .context
            .post_entity_images()
            .get(name)
            .and_then(Option::as_ref)
            .map(Row::from))
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").finish_non_exhaustive()
    }
}
