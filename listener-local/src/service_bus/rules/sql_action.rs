use std::{fmt, str::FromStr};

use super::{
    EvaluateError, Limits, ParseError, PropertiesMut, Value,
    convert::convert_to_kind,
    evaluate::Evaluator,
    parse::Parser,
    sql_filter::named,
    token::Token,
    tree::{Node, Property},
};

/// What a rule changes in the messages that it takes: `SET` and `REMOVE`, one or more of them
/// ([syntax](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-sql-rule-action)).
///
/// `SET` gives a value that there is another of its kind, where it has such a form; an unknown value is set as null.
/// Statements follow each other with a comma, a semicolon or nothing between them.
///
/// ```
/// use listener_local::service_bus::rules::SqlAction;
///
/// let action: SqlAction = "set priority = priority + 1; remove [old name]".parse()?;
/// assert_eq!(action.to_string(), "SET priority = priority + 1; REMOVE [old name]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SqlAction {
    expression: String,
    parameters: Vec<(String, Value<'static>)>,
    statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
enum Statement {
    Set(Property, Node),
    Remove(Property),
}

impl SqlAction {
    /// An action with parameters, which its expression names with `@` before them.
    ///
    /// # Errors
    ///
    /// If the expression is none, exceeds a limit, names a parameter that is not given, or changes a system property
    /// that Service Bus alone sets.
    pub fn new(
        expression: impl Into<String>,
        parameters: impl IntoIterator<Item = (String, Value<'static>)>,
        limits: &Limits,
    ) -> Result<Self, ParseError> {
        let expression = expression.into();
        let parameters = named(parameters);
        let statements = statements(Parser::new(&expression, &parameters, limits)?)?;
        Ok(Self {
            expression,
            parameters,
            statements,
        })
    }

    /// The expression as it was given.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The parameters and their values; the names without `@`.
    pub fn parameters(&self) -> &[(String, Value<'static>)] {
        &self.parameters
    }

    /// Changes a message, statement by statement: each sees what those before it did.
    ///
    /// # Errors
    ///
    /// If an expression has no result for this message. What the statements before it did stays done, so that a caller
    /// applies an action to a copy.
    pub fn apply<P: PropertiesMut + ?Sized>(&self, message: &mut P) -> Result<(), EvaluateError> {
        for statement in &self.statements {
            match statement {
                Statement::Set(property, value) => self.set(message, property, value)?,
                Statement::Remove(Property::System(property)) => {
                    message.set_system(*property, Value::Null)?;
                }
                Statement::Remove(Property::User { name, .. }) => message.remove_user(name),
            }
        }
        Ok(())
    }

    pub(super) fn has_statements_of(&self, other: &Self) -> bool {
        self.statements == other.statements
    }

    fn set<P: PropertiesMut + ?Sized>(
        &self,
        message: &mut P,
        property: &Property,
        value: &Node,
    ) -> Result<(), EvaluateError> {
        let evaluator = Evaluator {
            message: &*message,
            parameters: &self.parameters,
        };
        let value = evaluator.value(value)?.into_owned();
        match property {
            Property::System(property) => {
                let value = convert_to_kind(value, &message.system(*property));
                message.set_system(*property, value)
            }
            Property::User { name, .. } => {
                let value = match message.user(name) {
                    Some(existing) => convert_to_kind(value, &existing),
                    None => value,
                };
                message.set_user(name, value);
                Ok(())
            }
        }
    }
}

fn statements(mut parser: Parser<'_>) -> Result<Vec<Statement>, ParseError> {
    let mut statements = Vec::new();
    loop {
        if parser.take_keyword("SET") {
            let property = writable(&mut parser)?;
            parser.expect_sign("=", "`=` after the property")?;
            statements.push(Statement::Set(property, parser.value()?));
        } else if parser.take_keyword("REMOVE") {
            statements.push(Statement::Remove(writable(&mut parser)?));
        } else {
            return Err(parser.unexpected("`SET` or `REMOVE`"));
        }
        let comma = parser.take_sign(",");
        if !comma {
            parser.take_sign(";");
        }
        if *parser.peek() == Token::End && !comma {
            return Ok(statements);
        }
    }
}

fn writable(parser: &mut Parser<'_>) -> Result<Property, ParseError> {
    let position = parser.position();
    match parser.property()? {
        Property::System(property) if !property.is_writable() => {
            let found = format!("`sys.{}`", property.name());
            Err(ParseError::new(
                position,
                "a property that an action can change",
                found,
            ))
        }
        property => Ok(property),
    }
}

impl FromStr for SqlAction {
    type Err = ParseError;

    fn from_str(expression: &str) -> Result<Self, ParseError> {
        Self::new(expression, [], &Limits::default())
    }
}

impl fmt::Display for SqlAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, statement) in self.statements.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            match statement {
                Statement::Set(property, value) => write!(f, "SET {property} = {value}")?,
                Statement::Remove(property) => write!(f, "REMOVE {property}")?,
            }
        }
        Ok(())
    }
}
