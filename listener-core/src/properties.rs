use std::{collections::BTreeMap, fmt};

use crate::context::Text;

/// Application properties by name: what came with a message, or what goes with its settlement.
///
/// Values are text, whatever type the transport gave them; a property without a value is left out. `Debug` shows the
/// names only, since values may be anything.
///
/// ```
/// use listener_core::Properties;
///
/// let properties = Properties::new().with("attempted-by", "billing");
/// assert_eq!(properties.get("attempted-by"), Some("billing"));
/// assert_eq!(format!("{properties:?}"), r#"{"attempted-by"}"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<Text, Text>);

impl Properties {
    /// No properties.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The same properties and one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.insert(name, value);
        self
    }

    /// Adds a property, or replaces its value.
    pub fn insert(&mut self, name: impl Into<Text>, value: impl Into<Text>) {
        self.0.insert(name.into(), value.into());
    }

    /// The value of a property. Names are compared exactly.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Text::as_str)
    }

    /// All properties, ordered by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Text>, V: Into<Text>> FromIterator<(N, V)> for Properties {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(properties: I) -> Self {
        Self(
            properties
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
