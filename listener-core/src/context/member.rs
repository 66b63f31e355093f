use std::fmt;

use super::Text;

/// A member of a contract, or a column of a row, that can be missing, null or there.
///
/// The three are different on the wire and in meaning: an Update carries changed columns only, so a column that is
/// *absent* was not touched and one that is *null* was cleared. `Column<T>` in an early-bound type is this type.
///
/// ```
/// use listener_core::context::Member;
///
/// let cleared: Member<i32> = Member::Null;
/// assert!(!cleared.is_absent());
/// assert_eq!(cleared.value(), None);
/// assert_eq!(Member::from(5).value(), Some(&5));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Member<T> {
    /// Not on the wire at all.
    #[default]
    Absent,
    /// On the wire, with no value.
    Null,
    /// On the wire, with this value.
    Value(T),
}

impl<T> Member<T> {
    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value to change in place, if there is one.
    pub const fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value itself, if there is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value to change in place; where there is none, it becomes the default.
    pub fn get_or_insert_default(&mut self) -> &mut T
    where
        T: Default,
    {
        if !matches!(self, Self::Value(_)) {
            *self = Self::Value(T::default());
        }
        match self {
            Self::Value(value) => value,
            Self::Absent | Self::Null => unreachable!("it was set above"),
        }
    }

    /// Whether it was not on the wire.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether it was on the wire as null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same in another type; absent and null stay what they are.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Member<U> {
        match self {
            Self::Absent => Member::Absent,
            Self::Null => Member::Null,
            Self::Value(value) => Member::Value(f(value)),
        }
    }

    /// A borrowed view.
    pub const fn as_ref(&self) -> Member<&T> {
        match self {
            Self::Absent => Member::Absent,
            Self::Null => Member::Null,
            Self::Value(value) => Member::Value(value),
        }
    }
}

impl<T> From<T> for Member<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T> From<Option<T>> for Member<T> {
    /// `None` is null, not absent.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl From<&str> for Member<Text> {
    fn from(text: &str) -> Self {
        Self::Value(text.into())
    }
}

impl From<String> for Member<Text> {
    fn from(text: String) -> Self {
        Self::Value(text.into())
    }
}

impl<T: fmt::Debug> fmt::Debug for Member<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Null => f.write_str("Null"),
            Self::Value(value) => f.debug_tuple("Value").field(value).finish(),
        }
    }
}
