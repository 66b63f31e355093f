use super::Namespace;
use crate::context::Text;

/// The prefixes that are bound at a place, with their namespaces: what reading a part of a document later needs to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scope(Vec<(Text, Bound)>);

#[derive(Clone, Debug, PartialEq)]
enum Bound {
    Known(&'static str),
    Other(Text),
}

impl Scope {
    pub(crate) fn of<'a>(bound: impl Iterator<Item = (&'a str, Namespace<'a>)>) -> Self {
        let kept = |namespace: Namespace<'a>| match namespace.contracts() {
            Some(uri) => Bound::Known(uri),
            None => Bound::Other(namespace.uri().into()),
        };
        Self(
            bound
                .map(|(prefix, namespace)| (prefix.into(), kept(namespace)))
                .collect(),
        )
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Namespace<'_>)> {
        self.0.iter().map(|(prefix, bound)| {
            let namespace = match bound {
                Bound::Known(uri) => Namespace::known(uri),
                Bound::Other(uri) => Namespace::other(uri),
            };
            (prefix.as_str(), namespace)
        })
    }

    /// Whether it is the same.
    pub(crate) fn is<'a>(
        &self,
        bound: impl ExactSizeIterator<Item = (&'a str, Namespace<'a>)>,
    ) -> bool {
        self.0.len() == bound.len()
            && self
                .iter()
                .zip(bound)
                .all(|(ours, theirs)| ours.0 == theirs.0 && ours.1.uri() == theirs.1.uri())
    }
}
