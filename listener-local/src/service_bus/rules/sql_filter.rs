use std::{fmt, str::FromStr};

use super::{
    EvaluateError, Limits, ParseError, Properties, Value, evaluate::Evaluator, parse::Parser,
    same_name, tree::Node,
};

/// A filter in Service Bus's dialect of SQL
/// ([syntax](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-sql-filter)).
///
/// Names of properties and words are read without case, texts are compared with it. A property that a message lacks
/// and a null are *unknown*: what compares or calculates with them is unknown too, and a message of which a filter is
/// unknown does not match. So is a comparison of kinds that do not compare, such as a string with a number.
///
/// Numbers are promoted as in C#: an integer of an expression is a `long`, any other number a `double`.
///
/// [`Display`](fmt::Display) writes the normal form, which means the same.
///
/// ```
/// use listener_local::service_bus::rules::SqlFilter;
///
/// let filter: SqlFilter = "[EntityLogicalName] in ('account') and not SYS.label like 'x%'".parse()?;
/// assert_eq!(filter.to_string(), "EntityLogicalName IN ('account') AND NOT sys.Label LIKE 'x%'");
///
/// let error = "EntityLogicalName == 'account'".parse::<SqlFilter>().unwrap_err();
/// assert_eq!(error.to_string(), "line 1, column 20: expected a value, a property or `(`, found `=`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SqlFilter {
    expression: String,
    parameters: Vec<(String, Value<'static>)>,
    root: Node,
}

impl SqlFilter {
    /// A filter with parameters, which its expression names with `@` before them.
    ///
    /// # Errors
    ///
    /// If the expression is none, exceeds a limit, or names a parameter that is not given.
    pub fn new(
        expression: impl Into<String>,
        parameters: impl IntoIterator<Item = (String, Value<'static>)>,
        limits: &Limits,
    ) -> Result<Self, ParseError> {
        let expression = expression.into();
        let parameters = named(parameters);
        let root = Parser::new(&expression, &parameters, limits)?.filter()?;
        Ok(Self {
            expression,
            parameters,
            root,
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

    /// Whether the filter is true of a message: neither false nor unknown.
    ///
    /// # Errors
    ///
    /// If the expression has no result for this message, such as one that divides by zero.
    pub fn matches<P: Properties + ?Sized>(&self, message: &P) -> Result<bool, EvaluateError> {
        let evaluator = Evaluator {
            message,
            parameters: &self.parameters,
        };
        Ok(evaluator.truth(&self.root)? == Some(true))
    }

    pub(super) fn has_tree_of(&self, other: &Self) -> bool {
        self.root == other.root
    }

    #[cfg(test)]
    pub(super) fn root(&self) -> &Node {
        &self.root
    }
}

/// Parameters without the `@` that some give with their names; of two with one name, the last.
pub(super) fn named(
    parameters: impl IntoIterator<Item = (String, Value<'static>)>,
) -> Vec<(String, Value<'static>)> {
    let mut named: Vec<(String, Value<'static>)> = Vec::new();
    for (name, value) in parameters {
        let name = name.strip_prefix('@').unwrap_or(&name);
        named.retain(|(own, _)| !same_name(own, name));
        named.push((name.to_owned(), value));
    }
    named
}

impl FromStr for SqlFilter {
    type Err = ParseError;

    fn from_str(expression: &str) -> Result<Self, ParseError> {
        Self::new(expression, [], &Limits::default())
    }
}

impl fmt::Display for SqlFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}
