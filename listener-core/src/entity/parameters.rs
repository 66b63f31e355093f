use super::{FromValue, IntoValue};
use crate::{
    context::{Member, ParameterCollection, Value},
    decode::{DecodeError, DecodeErrorKind, Message},
};

/// The parameters that a [`FromParameters`] type reads: input, output or shared, one decoded at a time.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a>(Repr<'a>);

#[derive(Debug, Clone, Copy)]
enum Repr<'a> {
    Input(&'a Message),
    Output(&'a Message),
    Shared(&'a Message),
    Collection(&'a ParameterCollection),
}

impl<'a> Parameters<'a> {
    /// The InputParameters of a message.
    pub const fn input(message: &'a Message) -> Self {
        Self(Repr::Input(message))
    }

    /// The OutputParameters of a message.
    pub const fn output(message: &'a Message) -> Self {
        Self(Repr::Output(message))
    }

    /// The SharedVariables of a message.
    pub const fn shared(message: &'a Message) -> Self {
        Self(Repr::Shared(message))
    }

    /// One parameter.
    ///
    /// # Errors
    /// If its value cannot be decoded.
    pub fn get(&self, key: &str) -> Result<Option<Value>, DecodeError> {
        match self.0 {
            Repr::Input(message) => message.input_parameter(key),
            Repr::Output(message) => message.output_parameter(key),
            Repr::Shared(message) => message.shared_variable(key),
            Repr::Collection(parameters) => Ok(parameters.get(key).cloned()),
        }
    }

    /// Reads one parameter as a field's type.
    ///
    /// # Errors
    /// If the parameter is missing or null and the field cannot be, or holds what the field cannot.
    pub fn read<T: FromParameter>(&self, key: &str) -> Result<T, DecodeError> {
        let value = match self.get(key)? {
            None => Member::Absent,
            Some(Value::Null) => Member::Null,
            Some(value) => Member::Value(value),
        };
        T::from_parameter(value, key).map_err(|e| e.in_key(key).in_member(self.name()))
    }

    /// All of them.
    ///
    /// # Errors
    /// If one of them cannot be decoded.
    pub fn collection(&self) -> Result<&'a ParameterCollection, DecodeError> {
        Ok(match self.0 {
            Repr::Input(message) => message.context()?.input_parameters(),
            Repr::Output(message) => message.context()?.output_parameters(),
            Repr::Shared(message) => message.context()?.shared_variables(),
            Repr::Collection(parameters) => parameters,
        })
    }

    /// The member of the context that they are, for paths.
    pub(super) const fn name(&self) -> &'static str {
        match self.0 {
            Repr::Input(_) => "InputParameters",
            Repr::Output(_) => "OutputParameters",
            Repr::Shared(_) => "SharedVariables",
            Repr::Collection(_) => "Parameters",
        }
    }
}

impl<'a> From<&'a ParameterCollection> for Parameters<'a> {
    fn from(parameters: &'a ParameterCollection) -> Self {
        Self(Repr::Collection(parameters))
    }
}

/// A type that reads itself from parameters; `#[derive(Parameters)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from parameters",
    label = "not a type of parameters",
    note = "put `#[derive(Parameters)]` on the type, or take the model's `ParameterCollection`"
)]
pub trait FromParameters: Sized {
    /// Reads the type.
    ///
    /// # Errors
    /// If a parameter is missing that the type needs, or holds what the type cannot.
    fn from_parameters(parameters: &Parameters<'_>) -> Result<Self, DecodeError>;
}

/// A type that writes itself as parameters; `#[derive(Parameters)]` implements it.
pub trait IntoParameters {
    /// The parameters. Absent ones are left out.
    fn into_parameters(self) -> ParameterCollection;
}

/// A field of a type of parameters: as [`FromColumn`](super::FromColumn) is for columns.
#[diagnostic::on_unimplemented(
    message = "a parameter cannot be read as `{Self}`",
    label = "not the type of a parameter",
    note = "these can: `String`, `bool`, `i32`, `i64`, `f64`, `Decimal`, `Uuid`, `DateTime`, `OptionSetValue`, `EntityReference`, `Entity`, ..., `Vec`, `Option` and `Column` of them",
    note = "a choice can with `#[derive(Choice)]`, a row with `#[derive(Entity)]`, a type of your own if it implements `FromValue`"
)]
pub trait FromParameter: Sized {
    /// Reads the field.
    ///
    /// # Errors
    /// If the parameter is missing or null and the field cannot be, or holds what the field cannot.
    fn from_parameter(value: Member<Value>, key: &str) -> Result<Self, DecodeError>;
}

fn read<T: FromValue>(value: Member<Value>) -> Result<Member<T>, DecodeError> {
    Ok(match value {
        Member::Absent => Member::Absent,
        Member::Null => Member::Null,
        Member::Value(value) => T::from_slot(&value)?.into(),
    })
}

#[diagnostic::do_not_recommend]
impl<T: FromValue> FromParameter for Member<T> {
    fn from_parameter(value: Member<Value>, _: &str) -> Result<Self, DecodeError> {
        read(value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromValue> FromParameter for Option<T> {
    fn from_parameter(value: Member<Value>, _: &str) -> Result<Self, DecodeError> {
        read(value).map(Member::into_value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromValue> FromParameter for T {
    fn from_parameter(value: Member<Value>, key: &str) -> Result<Self, DecodeError> {
        let missing = |what: &str| {
            DecodeError::new(
                DecodeErrorKind::Missing,
                format!(
                    "MissingParameter {}: the parameter is {what}; make the field an `Option` or a `Column` if it may be",
                    crate::decode::clip(key)
                ),
            )
        };
        match read(value)? {
            Member::Value(value) => Ok(value),
            Member::Null => T::from_slot(&Value::Null)?.ok_or_else(|| missing("null")),
            Member::Absent => Err(missing("not among the parameters of the message")),
        }
    }
}

/// Writes a field as a parameter, unless it is absent.
pub fn push_parameter(
    parameters: &mut ParameterCollection,
    key: &str,
    field: impl super::IntoColumn,
) {
    match field.into_column() {
        Member::Absent => {}
        Member::Null => parameters.push(key.into(), Value::Null),
        Member::Value(value) => parameters.push(key.into(), value.into_value()),
    }
}
