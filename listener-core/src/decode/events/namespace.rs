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
    const KNOWN: &'static [Namespace<'static>] = &[
        Namespace::known(name::XSD),
        Namespace::known(name::SERIALIZATION),
        Namespace::known(name::XRM_7_1),
        Namespace::known(name::GENERIC),
        Namespace::known(name::XRM),
        Namespace::known(name::XSI),
        Namespace::known(name::ARRAYS),
        Namespace::known(name::XRM_9_0),
        Namespace::known(name::CRM),
    ];

    pub(crate) fn of(uri: &'a str) -> Self {
        Self::find(uri.as_bytes()).map_or(Self::other(uri), |known| *known)
    }

    /// The namespace, if it is one of the contracts'.
    #[inline]
    pub(crate) fn find(uri: &[u8]) -> Option<&'static Namespace<'static>> {
        let mut known = Self::KNOWN.iter();
        known.find(|known| known.uri.as_bytes() == uri)
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
        let mut known = Self::KNOWN.iter();
        known.find(|known| self == **known).map(|known| known.uri)
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
            let differ = known[nth].mark != known[other].mark;
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
