use crate::decode::events::Namespace;

/// Which prefixes are bound where the reader stands.
#[derive(Clone, Debug)]
pub(crate) struct Scopes<'a> {
    /// Prefix, namespace and the depth of the element that declared it; the last one counts.
    bound: Vec<(&'a str, Namespace<'a>, usize)>,
}

impl<'a> Scopes<'a> {
    pub(crate) const fn new() -> Self {
        Self { bound: Vec::new() }
    }

    /// Binds a prefix (empty for the default namespace) in the element at this depth.
    pub(crate) fn bind(&mut self, prefix: &'a str, namespace: Namespace<'a>, depth: usize) {
        self.bound.push((prefix, namespace, depth));
    }

    /// Forgets what elements deeper than `depth` declared.
    pub(crate) fn leave(&mut self, depth: usize) {
        while self
            .bound
            .last()
            .is_some_and(|(.., declared)| *declared > depth)
        {
            self.bound.pop();
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.bound.len()
    }

    /// The namespace of a prefix; an unbound default is no namespace.
    pub(crate) fn resolve(&self, prefix: &str) -> Option<Namespace<'a>> {
        let bound = self
            .bound
            .iter()
            .rev()
            .find(|(bound, ..)| *bound == prefix)
            .map(|(_, namespace, _)| *namespace);
        if prefix.is_empty() {
            bound.or(Some(Namespace::NONE))
        } else {
            bound
        }
    }
}
