use crate::decode::events::Namespace;

/// Which prefixes are bound where the reader stands.
#[derive(Clone, Debug)]
pub(crate) struct Scopes<'a> {
    /// Prefix, namespace and the depth of the element that declared it; the last one counts.
    bound: Vec<(&'a str, Namespace<'a>, usize)>,
    /// The default namespace, which is asked for at nearly every element.
    default: Namespace<'a>,
}

impl<'a> Scopes<'a> {
    pub(crate) const fn new() -> Self {
        Self {
            bound: Vec::new(),
            default: Namespace::NONE,
        }
    }

    /// Binds a prefix (empty for the default namespace) in the element at this depth.
    pub(crate) fn bind(&mut self, prefix: &'a str, namespace: Namespace<'a>, depth: usize) {
        self.bound.push((prefix, namespace, depth));
        if prefix.is_empty() {
            self.default = namespace;
        }
    }

    /// Forgets what elements deeper than `depth` declared.
    #[inline]
    pub(crate) fn leave(&mut self, depth: usize) {
        while self
            .bound
            .last()
            .is_some_and(|(.., declared)| *declared > depth)
        {
            if self
                .bound
                .pop()
                .is_some_and(|(prefix, ..)| prefix.is_empty())
            {
                self.default = self.last("").unwrap_or(Namespace::NONE);
            }
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.bound.len()
    }

    /// All that is bound, the innermost last.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&'a str, Namespace<'a>)> {
        self.bound
            .iter()
            .map(|(prefix, namespace, _)| (*prefix, *namespace))
    }

    /// The namespace of a prefix; an unbound default is no namespace.
    #[inline]
    pub(crate) fn resolve(&self, prefix: &str) -> Option<Namespace<'a>> {
        if prefix.is_empty() {
            Some(self.default)
        } else {
            self.last(prefix)
        }
    }

    #[inline]
    fn last(&self, prefix: &str) -> Option<Namespace<'a>> {
        // Nearly all prefixes are a letter: those compare without a call.
        let first = prefix.as_bytes().first();
        let is = |bound: &str| {
            bound.len() == prefix.len()
                && (bound.as_bytes().first() == first && (prefix.len() < 2 || bound == prefix))
        };
        self.bound
            .iter()
            .rev()
            .find(|(bound, ..)| is(bound))
            .map(|(_, namespace, _)| *namespace)
    }
}
