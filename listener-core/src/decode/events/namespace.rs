use crate::context::name;

/// A namespace: one that the contracts use, told apart by a number, or another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Namespace<'a> {
    uri: &'a str,
    /// None for another. As wide as a word: a byte would be copied with its padding piece by piece, and a load of what was
    /// stored in pieces waits.
    mark: usize,
}

impl PartialEq for Namespace<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.mark == other.mark && (self.mark != OTHER || self.uri == other.uri)
    }
}

impl Eq for Namespace<'_> {}

/// The mark of a namespace that is none of the contracts'.
const OTHER: usize = 0;

impl<'a> Namespace<'a> {
    pub(crate) const NONE: Self = Self::other("");

    /// Those that are declared most often come first.
    const KNOWN: [&'static str; 9] = [
        name::XSD,
        name::SERIALIZATION,
        name::XRM_7_1,
        name::GENERIC,
        name::XRM,
        name::XSI,
        name::ARRAYS,
        name::XRM_9_0,
        name::CRM,
    ];

    pub(crate) fn of(uri: &'a str) -> Self {
        Self::find(uri.as_bytes()).unwrap_or(Self::other(uri))
    }

    /// The namespace, if it is one of the contracts'.
    #[inline]
    pub(crate) fn find(uri: &[u8]) -> Option<Self> {
        let mut known = Self::KNOWN.iter();
        known
            .find(|known| known.as_bytes() == uri)
            .map(|known| Self::known(known))
    }

    /// One of the contracts' namespaces.
    #[inline]
    pub(crate) const fn known(uri: &'static str) -> Self {
        Self {
            uri,
            mark: mark(uri),
        }
    }

    /// None of the contracts' namespaces.
    pub(crate) const fn other(uri: &'a str) -> Self {
        Self { uri, mark: OTHER }
    }

    pub(crate) const fn uri(self) -> &'a str {
        self.uri
    }

    /// Its name as the contracts have it, if it is one of theirs.
    pub(crate) fn contracts(self) -> Option<&'static str> {
        let mut known = Self::KNOWN.into_iter();
        known.find(|known| self.is(known))
    }

    /// Whether it is this one of the known namespaces.
    #[inline]
    pub(crate) const fn is(self, known: &'static str) -> bool {
        self.mark == mark(known)
    }
}

/// What tells the known namespaces apart without a look at all of their bytes: the size, and the two bytes in which those
/// of one size differ.
#[inline]
const fn mark(known: &'static str) -> usize {
    let (bytes, size) = (known.as_bytes(), known.len());
    let version = bytes[size - "7.1/Contracts".len()] as usize;
    let product = bytes[size - "xrm/2011/Contracts".len()] as usize;
    size << 16 | version << 8 | product
}

const _: () = {
    let known = Namespace::KNOWN;
    let mut nth = 0;
    while nth < known.len() {
        let mut other = 0;
        while other < nth {
            let differ = mark(known[nth]) != mark(known[other]);
            assert!(differ, "two namespaces have one mark");
            other += 1;
        }
        nth += 1;
    }
};

/// A qualified name, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    pub(crate) namespace: Namespace<'a>,
    pub(crate) local: &'a str,
}

impl Name<'_> {
    /// A name of the contracts'.
    #[inline]
    pub(crate) const fn known(namespace: &'static str, local: &'static str) -> Name<'static> {
        let namespace = Namespace::known(namespace);
        Name { namespace, local }
    }

    pub(crate) fn is(&self, namespace: &'static str, local: &str) -> bool {
        self.local == local && self.namespace.is(namespace)
    }
}
