use crate::service_bus::rules::{
    EvaluateError, Properties, PropertiesMut, SystemProperty, Value, same_name,
};

/// A message of nothing but its properties.
#[derive(Default)]
pub(super) struct Message {
    pub(super) system: Vec<(SystemProperty, Value<'static>)>,
    pub(super) user: Vec<(String, Value<'static>)>,
}

impl Message {
    pub(super) fn with(mut self, name: &str, value: impl Into<Value<'static>>) -> Self {
        self.set_user(name, value.into());
        self
    }

    pub(super) fn with_system(
        mut self,
        property: SystemProperty,
        value: impl Into<Value<'static>>,
    ) -> Self {
        self.system.push((property, value.into()));
        self
    }
}

impl Properties for Message {
    fn system(&self, property: SystemProperty) -> Value<'_> {
        self.system
            .iter()
            .find(|(own, _)| *own == property)
            .map_or(Value::Null, |(_, value)| value.borrowed())
    }

    fn user(&self, name: &str) -> Option<Value<'_>> {
        self.user
            .iter()
            .find(|(own, _)| same_name(own, name))
            .map(|(_, value)| value.borrowed())
    }
}

impl PropertiesMut for Message {
    fn set_system(
        &mut self,
        property: SystemProperty,
        value: Value<'static>,
    ) -> Result<(), EvaluateError> {
        if property == SystemProperty::TimeToLive && value.as_text().is_some() {
            return Err(EvaluateError::Unfit {
                property: property.name(),
                kind: value.kind(),
            });
        }
        self.system.retain(|(own, _)| *own != property);
        self.system.push((property, value));
        Ok(())
    }

    fn set_user(&mut self, name: &str, value: Value<'static>) {
        self.remove_user(name);
        self.user.push((name.to_owned(), value));
    }

    fn remove_user(&mut self, name: &str) {
        self.user.retain(|(own, _)| !same_name(own, name));
    }
}
