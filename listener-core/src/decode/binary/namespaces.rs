use super::error::Fault;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// What a [`Reader`](super::Reader) turns a namespace into, once, where it is declared.
pub trait Namespace<'a>: Copy + PartialEq {
    /// The namespace of this name; an empty one is none.
    fn of(uri: &'a str) -> Self;

    /// The namespace of this name, if it is one that the caller looks for: those are told apart before they are known to be
    /// UTF-8.
    fn known(_uri: &[u8]) -> Option<Self> {
        None
    }
}

impl<'a> Namespace<'a> for &'a str {
    fn of(uri: &'a str) -> Self {
        uri
    }
}

/// Which prefixes are bound where the reader stands.
#[derive(Clone, Debug)]
pub(super) struct Namespaces<'a, N> {
    /// The last one of a prefix counts.
    bound: Vec<Binding<'a, N>>,
    /// The default namespace, which is asked for at nearly every element.
    default: N,
}

#[derive(Clone, Debug)]
struct Binding<'a, N> {
    prefix: &'a str,
    namespace: N,
    /// The depth of the element that declared it.
    depth: usize,
}

impl<'a, N: Namespace<'a>> Namespaces<'a, N> {
    pub(super) fn new() -> Self {
        Self {
            bound: Vec::new(),
            default: N::of(""),
        }
    }

    /// Binds a prefix, empty for the default namespace, in the element at this depth.
    pub(super) fn declare(
        &mut self,
        prefix: &'a str,
        uri: &'a str,
        depth: usize,
        most: usize,
    ) -> Result<(), Fault> {
        // Namespaces in XML 1.0, section 3.
        let reserved = match (prefix, uri) {
            ("xml", XML) => None,
            ("xml", _) => Some("another namespace for `xml`"),
            (_, XML | XMLNS) => Some("another prefix for a reserved namespace"),
            ("", _) => None,
            (_, "") => Some("a prefix for no namespace"),
            _ => None,
        };
        if let Some(found) = reserved {
            return Err(Fault::Reserved(found));
        }
        self.add(prefix, N::of(uri), depth, most)
    }

    /// Binds a prefix to a namespace that is none of the reserved ones.
    #[inline]
    pub(super) fn add(
        &mut self,
        prefix: &'a str,
        namespace: N,
        depth: usize,
        most: usize,
    ) -> Result<(), Fault> {
        let here = self.bound.iter().rev().take_while(|b| b.depth == depth);
        if here.into_iter().any(|b| same(b.prefix, prefix)) {
            return Err(Fault::Twice("declaration of an element"));
        }
        if self.bound.len() >= most {
            let what = "namespace declarations in scope";
            return Err(Fault::Limit { what, most });
        }
        if prefix.is_empty() {
            self.default = namespace;
        }
        self.bound.push(Binding {
            prefix,
            namespace,
            depth,
        });
        Ok(())
    }

    /// Binds a prefix outside of the document.
    pub(super) fn bind(&mut self, prefix: &'a str, namespace: N) {
        if prefix.is_empty() {
            self.default = namespace;
        }
        self.bound.push(Binding {
            prefix,
            namespace,
            depth: 0,
        });
    }

    /// All that is bound, the innermost last.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&'a str, N)> {
        self.bound
            .iter()
            .map(|bound| (bound.prefix, bound.namespace))
    }

    /// Forgets what elements deeper than `depth` declared.
    #[inline]
    pub(super) fn leave(&mut self, depth: usize) {
        while let Some(last) = self.bound.pop_if(|last| last.depth > depth) {
            if last.prefix.is_empty() {
                self.default = self.last("").unwrap_or_else(|| N::of(""));
            }
        }
    }

    /// The namespace of a prefix.
    #[inline]
    pub(super) fn resolve(&self, prefix: &str) -> Option<N> {
        if prefix.is_empty() {
            Some(self.default)
        } else {
            self.last(prefix)
                .or_else(|| (prefix == "xml").then(|| N::of(XML)))
        }
    }

    /// The letter that stands for this namespace here, if one does.
    #[inline]
    pub(super) fn letter_of(&self, namespace: N) -> Option<&'a str> {
        let bound = self.bound.iter().rev().find(|bound| {
            bound.namespace == namespace && matches!(bound.prefix.as_bytes(), [b'a'..=b'z'])
        })?;
        // It may be bound anew further in.
        (self.last(bound.prefix) == Some(namespace)).then_some(bound.prefix)
    }

    #[inline]
    fn last(&self, prefix: &str) -> Option<N> {
        let mut from_last = self.bound.iter().rev();
        from_last
            .find(|bound| same(bound.prefix, prefix))
            .map(|bound| bound.namespace)
    }
}

/// Nearly all prefixes are a letter: those compare without a call.
#[inline]
fn same(a: &str, b: &str) -> bool {
    match (a.as_bytes(), b.as_bytes()) {
        ([a], [b]) => a == b,
        (a, b) => a == b,
    }
}
