use std::{borrow::Borrow, ops::Deref, ops::DerefMut};

use super::{
    Entity, EntityCollection, Relationship, RelationshipQueryCollection, Text, Value,
    wire::{list_slot, pairs_slot},
};

/// An ordered list of keys and values, as parameters, attributes and images are sent.
///
/// The order of the wire is kept, and so are duplicate keys: reading by key gives the last pair, as the last
/// assignment wins where the same list is read into a dictionary. Look-ups are linear: these lists are short.
///
/// ```
/// use listener_core::context::{ParameterCollection, Value};
///
/// let mut parameters = ParameterCollection::from([("Name", Value::from("Contoso"))]);
/// parameters.insert("Years", 3);
/// assert_eq!(parameters.get_as::<i64>("Years")?, Some(3));
/// for (key, value) in &parameters {
///     println!("{key} is {}", value.kind());
/// }
/// # Ok::<(), listener_core::decode::DecodeError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct DataCollection<K, V>(Vec<(K, V)>);

/// The pairs of a [`DataCollection`] by reference.
pub type Pairs<'a, K, V> =
    std::iter::Map<std::slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> (&'a K, &'a V)>;
/// The pairs of a [`DataCollection`], the values to change in place.
pub type PairsMut<'a, K, V> =
    std::iter::Map<std::slice::IterMut<'a, (K, V)>, fn(&'a mut (K, V)) -> (&'a K, &'a mut V)>;

/// InputParameters, OutputParameters, SharedVariables.
pub type ParameterCollection = DataCollection<Text, Value>;
/// The attributes of an [`Entity`] by their logical names.
pub type AttributeCollection = DataCollection<Text, Value>;
/// The error details of a fault.
pub type ErrorDetailCollection = DataCollection<Text, Value>;
/// Display texts of attributes, by the attributes' logical names.
pub type FormattedValueCollection = DataCollection<Text, Option<Text>>;
/// Images by their names.
pub type EntityImageCollection = DataCollection<Text, Option<Entity>>;
/// Related rows by the relationship that leads to them.
pub type RelatedEntityCollection = DataCollection<Relationship, Option<EntityCollection>>;

/// The alternate key of a row: attribute names and values.
#[derive(Clone, PartialEq, Default)]
pub struct KeyAttributeCollection(DataCollection<Text, Value>);

pairs_slot!(DataCollection<Text, Value>: Text => Value, "KeyValuePairOfstringanyType" in XRM);
pairs_slot!(KeyAttributeCollection: Text => Value, "KeyValuePairOfstringanyType" in XRM_7_1);
pairs_slot!(FormattedValueCollection: Text => Option<Text>, "KeyValuePairOfstringstring" in XRM);
pairs_slot!(EntityImageCollection: Text => Option<Entity>, "KeyValuePairOfstringEntitygUGIFE1S" in XRM);
pairs_slot!(
    RelatedEntityCollection: Relationship => Option<EntityCollection>,
    "KeyValuePairOfRelationshipEntityCollectionX_PsK4FkN" in XRM
);
// QueryBase and EntityCollection have one namespace, and the hash is of namespaces: inferred, never seen.
pairs_slot!(RelationshipQueryCollection: Relationship => Value, "KeyValuePairOfRelationshipQueryBaseX_PsK4FkN" in XRM);
list_slot!(Text: "string" in ARRAYS, list in ARRAYS, contract: false);
list_slot!(Value: "anyType" in ARRAYS, list in ARRAYS, contract: false);

impl<K, V> DataCollection<K, V> {
    /// An empty collection.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many pairs there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no pair.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs in the order of the wire.
    pub fn as_slice(&self) -> &[(K, V)] {
        &self.0
    }

    /// The pairs in the order of the wire.
    pub fn iter(&self) -> Pairs<'_, K, V> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The pairs in the order of the wire, the values to change in place.
    pub fn iter_mut(&mut self) -> PairsMut<'_, K, V> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The values in the order of the wire.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    /// The keys in the order of the wire.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.0.iter().map(|(key, _)| key)
    }

    /// Adds a pair at the end, whether or not the key is there already.
    pub fn push(&mut self, key: K, value: V) {
        self.0.push((key, value));
    }

    /// The value of the last pair with this key.
    pub fn get<Q: PartialEq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0
            .iter()
            .rev()
            .find(|(k, _)| k.borrow() == key)
            .map(|(_, value)| value)
    }

    /// The value of the last pair with this key, to change in place.
    pub fn get_mut<Q: PartialEq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.0
            .iter_mut()
            .rev()
            .find(|(k, _)| (*k).borrow() == key)
            .map(|(_, value)| value)
    }

    /// Takes out all pairs with this key; the value of the last one.
    pub fn remove<Q: PartialEq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let removed = self.0.extract_if(.., |(k, _)| (*k).borrow() == key);
        removed.last().map(|(_, value)| value)
    }

    /// Whether a pair has this key.
    pub fn contains_key<Q: PartialEq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Replaces the value of this key, or adds a pair at the end.
    pub fn insert(&mut self, key: impl Into<K>, value: impl Into<V>)
    where
        K: PartialEq,
    {
        let key = key.into();
        match self.0.iter_mut().rev().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((key, value.into())),
        }
    }
}

impl<K, V> Default for DataCollection<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> From<Vec<(K, V)>> for DataCollection<K, V> {
    fn from(pairs: Vec<(K, V)>) -> Self {
        Self(pairs)
    }
}

impl From<Vec<(Text, Value)>> for KeyAttributeCollection {
    fn from(pairs: Vec<(Text, Value)>) -> Self {
        Self(pairs.into())
    }
}

impl<K, V> FromIterator<(K, V)> for DataCollection<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<K, V> IntoIterator for DataCollection<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a DataCollection<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Pairs<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a mut DataCollection<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = PairsMut<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<K, V> Extend<(K, V)> for DataCollection<K, V> {
    /// Adds the pairs at the end, whether or not their keys are there already.
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        self.0.extend(pairs);
    }
}

impl<K, V, A: Into<K>, B: Into<V>, const N: usize> From<[(A, B); N]> for DataCollection<K, V> {
    fn from(pairs: [(A, B); N]) -> Self {
        pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect()
    }
}

impl FromIterator<(Text, Value)> for KeyAttributeCollection {
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<A: Into<Text>, B: Into<Value>, const N: usize> From<[(A, B); N]> for KeyAttributeCollection {
    fn from(pairs: [(A, B); N]) -> Self {
        Self(pairs.into())
    }
}

impl Deref for KeyAttributeCollection {
    type Target = DataCollection<Text, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for KeyAttributeCollection {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// Members that a contract does not have, with their values.
#[expect(
    clippy::box_collection,
    reason = "it is nearly always empty, and stands in each contract"
)]
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Others(Option<Box<Vec<(Text, Value)>>>);

impl Others {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.as_slice()
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn push(&mut self, name: Text, value: Value) {
        self.0.get_or_insert_default().push((name, value));
    }

    pub(crate) fn as_slice(&self) -> &[(Text, Value)] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}
