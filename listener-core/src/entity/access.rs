//! Reading the model by key and type.

use super::FromValue;
use crate::{
    context::{
        DataCollection, Entity, EntityReference, ParameterCollection, RemoteExecutionContext, Text,
        Value,
    },
    decode::{DecodeError, DecodeErrorKind},
};

/// The input parameter `Target`: a row in Create and Update, the name of one in Delete, Assign and others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetValue<'a> {
    /// A row: in an Update, the changed columns only.
    Entity(&'a Entity),
    /// The name of a row.
    EntityReference(&'a EntityReference),
}

impl TargetValue<'_> {
    /// The row's name, whichever it is.
    pub fn to_reference(&self) -> EntityReference {
        match self {
            Self::Entity(row) => row.to_reference(),
            Self::EntityReference(reference) => (*reference).clone(),
        }
    }
}

impl Value {
    /// The value as a type; `None` for null.
    ///
    /// ```
    /// use listener_core::context::Value;
    ///
    /// assert_eq!(Value::from(5).get_as::<i64>()?, Some(5));
    /// assert_eq!(Value::Null.get_as::<i64>()?, None);
    /// # Ok::<(), listener_core::decode::DecodeError>(())
    /// ```
    ///
    /// # Errors
    /// If it is of another kind or out of range; see [`FromValue`].
    pub fn get_as<T: FromValue>(&self) -> Result<Option<T>, DecodeError> {
        T::from_slot(self)
    }
}

impl DataCollection<Text, Value> {
    /// The value of the last pair with this key, as a type; `None` if there is no such pair or its value is null.
    ///
    /// ```
    /// use listener_core::context::{Money, ParameterCollection};
    ///
    /// let revenue: Money = "2154.320".parse()?;
    /// let parameters = ParameterCollection::from([("revenue", revenue)]);
    /// assert_eq!(parameters.get_as::<Money>("revenue")?, Some(revenue));
    /// assert_eq!(parameters.get_as::<Money>("budget")?, None);
    /// assert!(parameters.get_as::<bool>("revenue").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the value is of another kind or out of range; see [`FromValue`].
    pub fn get_as<T: FromValue>(&self, key: &str) -> Result<Option<T>, DecodeError> {
        match self.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::from_slot(value).map_err(|e| e.in_key(key)),
        }
    }

    /// As [`get_as`](Self::get_as), for a value that has to be there.
    ///
    /// # Errors
    /// As [`get_as`](Self::get_as), and if there is no such pair or its value is null.
    pub fn require<T: FromValue>(&self, key: &str) -> Result<T, DecodeError> {
        self.get_as(key)?
            .ok_or_else(|| missing("MissingKey", key, "pair", self))
    }
}

fn missing(code: &str, key: &str, what: &str, pairs: &DataCollection<Text, Value>) -> DecodeError {
    let state = if pairs.contains_key(key) {
        "null"
    } else {
        "not there"
    };
    DecodeError::new(
        DecodeErrorKind::Missing,
        format!("{code} {}: the {what} is {state}", crate::decode::clip(key)),
    )
}

impl Entity {
    /// A column as a type; `None` if the row does not carry it or it is null. [`column`](Self::column) tells the two
    /// apart.
    ///
    /// ```
    /// use listener_core::context::{Entity, OptionSetValue};
    /// use uuid::Uuid;
    ///
    /// let row = Entity::new("account", Uuid::nil()).with("statecode", OptionSetValue(1));
    /// assert_eq!(row.get::<OptionSetValue>("statecode")?, Some(OptionSetValue(1)));
    /// let error = row.get::<i32>("statecode").unwrap_err();
    /// assert_eq!(error.path(), "Attributes[\"statecode\"]");
    /// # Ok::<(), listener_core::decode::DecodeError>(())
    /// ```
    ///
    /// # Errors
    /// If the value is of another kind or out of range; see [`FromValue`].
    pub fn get<T: FromValue>(&self, column: &str) -> Result<Option<T>, DecodeError> {
        self.attributes()
            .get_as(column)
            .map_err(|e| e.in_member("Attributes"))
    }

    /// A column as a type: absent, null or a value.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn column<T: FromValue>(&self, column: &str) -> Result<super::Column<T>, DecodeError> {
        super::FromColumn::from_column(&self.into(), column)
    }

    /// As [`get`](Self::get), for a column that has to be there.
    ///
    /// # Errors
    /// As [`get`](Self::get), and if the row does not carry the column or it is null.
    pub fn require<T: FromValue>(&self, column: &str) -> Result<T, DecodeError> {
        self.get(column)?
            .ok_or_else(|| missing("MissingColumn", column, "column", self.attributes()))
    }
}

impl RemoteExecutionContext {
    /// An input parameter as a type; `None` if it is not there or null.
    ///
    /// ```
    /// use listener_core::context::RemoteExecutionContext;
    ///
    /// let mut context = RemoteExecutionContext::new("new_Score", "none");
    /// context.set_input("Years", 3);
    /// assert_eq!(context.input::<i64>("Years")?, Some(3));
    /// # Ok::<(), listener_core::decode::DecodeError>(())
    /// ```
    ///
    /// # Errors
    /// If the value is of another kind or out of range; see [`FromValue`].
    pub fn input<T: FromValue>(&self, key: &str) -> Result<Option<T>, DecodeError> {
        parameter(self.input_parameters(), key, "InputParameters")
    }

    /// An output parameter as a type; `None` if it is not there or null.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn output<T: FromValue>(&self, key: &str) -> Result<Option<T>, DecodeError> {
        parameter(self.output_parameters(), key, "OutputParameters")
    }

    /// A shared variable as a type; `None` if it is not there or null.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn shared_variable<T: FromValue>(&self, key: &str) -> Result<Option<T>, DecodeError> {
        parameter(self.shared_variables(), key, "SharedVariables")
    }

    /// The Target; `None` if the message has none, or one that is neither a row nor the name of one.
    pub fn target(&self) -> Option<TargetValue<'_>> {
        match self.input_parameters().get("Target")? {
            Value::Entity(row) => Some(TargetValue::Entity(row)),
            Value::EntityReference(reference) => Some(TargetValue::EntityReference(reference)),
            _ => None,
        }
    }

    /// The Target, where it is a row.
    pub fn target_entity(&self) -> Option<&Entity> {
        match self.target()? {
            TargetValue::Entity(row) => Some(row),
            TargetValue::EntityReference(_) => None,
        }
    }

    /// The Target's name, be it a row or the name of one.
    pub fn target_reference(&self) -> Option<EntityReference> {
        self.target().map(|target| target.to_reference())
    }
}

fn parameter<T: FromValue>(
    parameters: &ParameterCollection,
    key: &str,
    member: &str,
) -> Result<Option<T>, DecodeError> {
    parameters.get_as(key).map_err(|e| e.in_member(member))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::context::{Member, Money, OptionSetValue};

    fn context() -> RemoteExecutionContext {
        let mut context = RemoteExecutionContext::new("Update", "account");
        let row = Entity::new("account", Uuid::from_u128(7))
            .with("name", "Contoso")
            .with("creditlimit", Value::Null);
        context.set_target(row);
        context.set_input("Status", OptionSetValue(2));
        context.set_shared_variable("IsAutoTransact", true);
        context
    }

    #[test]
    fn the_path_leads_from_the_root_to_the_value_that_does_not_fit() {
        let context = context();
        let error = context.input::<bool>("Status").unwrap_err();
        assert_eq!(error.path(), "InputParameters[\"Status\"]");
        let target = context.target_entity().unwrap();
        let error = target.get::<Money>("name").unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a Money, found a string of 7 bytes; a field of type `String` reads it, \
             in `Attributes[\"name\"]`"
        );
    }

    #[test]
    fn absent_and_null_are_none_where_nobody_asks_which() {
        let target = context().target_entity().unwrap().clone();
        assert_eq!(target.get::<Money>("creditlimit").unwrap(), None);
        assert_eq!(target.get::<Money>("revenue").unwrap(), None);
        assert_eq!(target.column::<Money>("creditlimit").unwrap(), Member::Null);
        assert_eq!(target.column::<Money>("revenue").unwrap(), Member::Absent);
    }

    #[test]
    fn what_has_to_be_there_is_missed_by_name() {
        let target = context().target_entity().unwrap().clone();
        let error = target.require::<Money>("creditlimit").unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Missing);
        assert_eq!(
            error.to_string(),
            "MissingColumn creditlimit: the column is null"
        );
        let error = target.require::<Money>("revenue").unwrap_err();
        assert_eq!(
            error.to_string(),
            "MissingColumn revenue: the column is not there"
        );
        assert_eq!(target.require::<String>("name").unwrap(), "Contoso");
    }

    #[test]
    fn the_target_is_a_row_or_the_name_of_one() {
        let mut context = context();
        assert_eq!(context.target_reference().unwrap().id(), Uuid::from_u128(7));
        let reference = EntityReference::new("account", Uuid::from_u128(8));
        context.set_target(reference.clone());
        assert_eq!(
            context.target(),
            Some(TargetValue::EntityReference(&reference))
        );
        assert_eq!(context.target_entity(), None);
        assert_eq!(context.target_reference(), Some(reference));
        context.set_target(5);
        assert_eq!(context.target(), None);
    }

    #[test]
    fn parameters_and_shared_variables_convert_by_type() {
        let context = context();
        assert_eq!(
            context.shared_variable("IsAutoTransact").unwrap(),
            Some(true)
        );
        assert_eq!(context.output::<Uuid>("id").unwrap(), None);
    }
}
