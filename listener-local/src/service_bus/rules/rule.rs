use std::{error::Error, fmt};

use super::{CorrelationFilter, EvaluateError, Properties, SqlAction, SqlFilter};

/// The longest name of a rule, in characters.
pub const RULE_NAME_LIMIT: usize = 50;

/// Which messages a rule takes.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Filter {
    /// Every message: what a subscription without rules of its own has, and `1=1`.
    #[default]
    True,
    /// No message: `1=0`.
    False,
    /// By an expression.
    Sql(SqlFilter),
    /// By equality.
    Correlation(CorrelationFilter),
}

impl Filter {
    /// Whether the rule takes a message.
    ///
    /// # Errors
    ///
    /// If an expression has no result for this message.
    pub fn matches<P: Properties + ?Sized>(&self, message: &P) -> Result<bool, EvaluateError> {
        match self {
            Self::True => Ok(true),
            Self::False => Ok(false),
            Self::Sql(filter) => filter.matches(message),
            Self::Correlation(filter) => Ok(filter.matches(message)),
        }
    }
}

impl From<SqlFilter> for Filter {
    fn from(filter: SqlFilter) -> Self {
        Self::Sql(filter)
    }
}

impl From<CorrelationFilter> for Filter {
    fn from(filter: CorrelationFilter) -> Self {
        Self::Correlation(filter)
    }
}

/// A rule of a subscription: a message that the filter takes is copied to the subscription, changed by the action.
///
/// ```
/// use listener_local::service_bus::rules::{Rule, SqlAction, SqlFilter};
///
/// let filter: SqlFilter = "priority > 3".parse()?;
/// let action: SqlAction = "SET urgent = TRUE".parse()?;
/// let rule = Rule::new("urgent", filter)?.with_action(action);
/// assert_eq!(rule.name(), "urgent");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    name: String,
    filter: Filter,
    action: Option<SqlAction>,
}

impl Rule {
    /// The name of the rule that a new subscription has.
    pub const DEFAULT_NAME: &'static str = "$Default";

    /// A rule without an action.
    ///
    /// # Errors
    ///
    /// If the name is empty, longer than [`RULE_NAME_LIMIT`], or holds a character that Service Bus does not take.
    pub fn new(name: impl Into<String>, filter: impl Into<Filter>) -> Result<Self, RuleNameError> {
        let name = name.into();
        let characters = name.chars().count();
        if characters == 0 || characters > RULE_NAME_LIMIT {
            return Err(RuleNameError::Length(characters));
        }
        if name.contains(|each: char| each.is_control() || "/\\@?#*".contains(each)) {
            return Err(RuleNameError::Character);
        }
        Ok(Self {
            name,
            filter: filter.into(),
            action: None,
        })
    }

    /// The same rule with an action.
    #[must_use]
    pub fn with_action(mut self, action: SqlAction) -> Self {
        self.action = Some(action);
        self
    }

    /// Its name, which is the rule's own within the subscription, without case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which messages it takes.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// What it changes in them.
    pub fn action(&self) -> Option<&SqlAction> {
        self.action.as_ref()
    }
}

/// The rule that a new subscription has: it takes every message and changes nothing.
impl Default for Rule {
    fn default() -> Self {
        Self {
            name: Self::DEFAULT_NAME.to_owned(),
            filter: Filter::True,
            action: None,
        }
    }
}

/// Why a text cannot be the name of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleNameError {
    /// It is empty or too long: its characters.
    Length(usize),
    /// It holds a character that Service Bus does not take.
    Character,
}

impl fmt::Display for RuleNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(characters) => write!(
                f,
                "expected a rule's name of 1 to {RULE_NAME_LIMIT} characters, found {characters}"
            ),
            Self::Character => {
                f.write_str("expected a rule's name without control characters and `/\\@?#*`")
            }
        }
    }
}

impl Error for RuleNameError {}
