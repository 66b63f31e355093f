use std::mem;

use super::{error::Fault, name::Short};

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// What a [`Reader`](super::Reader) turns a namespace into, once, where it is declared.
pub trait Namespace<'a>: Copy + PartialEq + 'a {
    /// The namespace of this name; an empty one is none.
    fn of(uri: &'a str) -> Self;

    /// The namespace of this name, if it is one that the caller looks for: those are told apart before they are known to be
    /// UTF-8.
    fn known(_uri: &[u8]) -> Option<&'a Self> {
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
    /// How many were bound up to the last one of each short prefix: nearly all prefixes are such.
    short: [usize; Short::COUNT],
    /// The depth of the innermost element that declared one.
    innermost: usize,
}

#[derive(Clone, Debug)]
struct Binding<'a, N> {
    prefix: &'a str,
    namespace: N,
    /// The depth of the element that declared it.
    depth: usize,
    /// How many were bound up to the one of the same short prefix further out.
    outer: usize,
}

impl<'a, N: Namespace<'a>> Namespaces<'a, N> {
    pub(super) const fn new() -> Self {
        Self {
            bound: Vec::new(),
            short: [0; Short::COUNT],
            innermost: 0,
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
        let twice = depth == self.innermost && {
            let mut here = self.bound.iter().rev().take_while(|b| b.depth == depth);
            here.any(|bound| bound.prefix == prefix)
        };
        if twice {
            return Err(Fault::Twice("declaration of an element"));
        }
        if self.bound.len() >= most {
            let what = "namespace declarations in scope";
            return Err(Fault::Limit { what, most });
        }
        self.push(prefix, namespace, depth);
        Ok(())
    }

    /// Binds a prefix outside of the document.
    pub(super) fn bind(&mut self, prefix: &'a str, namespace: N) {
        self.push(prefix, namespace, 0);
    }

    #[inline]
    fn push(&mut self, prefix: &'a str, namespace: N, depth: usize) {
        let outer = match Short::of(prefix) {
            Some(short) => mem::replace(&mut self.short[short.nth()], self.bound.len() + 1),
            None => 0,
        };
        self.innermost = depth;
        self.bound.push(Binding {
            prefix,
            namespace,
            depth,
            outer,
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
        if self.innermost > depth {
            self.forget(depth);
        }
    }

    fn forget(&mut self, depth: usize) {
        while let Some(last) = self.bound.pop_if(|last| last.depth > depth) {
            if let Some(short) = Short::of(last.prefix) {
                self.short[short.nth()] = last.outer;
            }
        }
        self.innermost = self.bound.last().map_or(0, |last| last.depth);
    }

    /// The namespace of a prefix.
    #[inline]
    pub(super) fn resolve(&self, prefix: &str) -> Option<N> {
        match Short::of(prefix) {
            Some(short) => self.resolve_short(short),
            None => self.resolve_long(prefix),
        }
    }

    /// The namespace of a prefix that is short.
    #[inline]
    pub(super) fn resolve_short(&self, prefix: Short) -> Option<N> {
        let nth = self.short[prefix.nth()].wrapping_sub(1);
        match self.bound.get(nth) {
            Some(bound) => Some(bound.namespace),
            None => (prefix == Short::NONE).then(|| N::of("")),
        }
    }

    /// Whether a short prefix stands for this namespace, which is not none.
    #[inline]
    pub(super) fn stands_for(&self, prefix: Short, namespace: N) -> bool {
        let nth = self.short[prefix.nth()].wrapping_sub(1);
        let bound = self.bound.get(nth);
        bound.is_some_and(|bound| bound.namespace == namespace)
    }

    /// How many are bound.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.bound.len()
    }

    fn resolve_long(&self, prefix: &str) -> Option<N> {
        let mut from_last = self.bound.iter().rev();
        match from_last.find(|bound| bound.prefix == prefix) {
            Some(bound) => Some(bound.namespace),
            None => (prefix == "xml").then(|| N::of(XML)),
        }
    }
}
