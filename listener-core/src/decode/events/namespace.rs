use crate::context::name;

/// A namespace: one that the contracts use, told apart by a number, or another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Namespace<'a> {
    Known { uri: &'static str, mark: u8 },
    Other(&'a str),
}

impl PartialEq for Namespace<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known { mark, .. }, Self::Known { mark: other, .. }) => mark == other,
            (Self::Other(uri), Self::Other(other)) => uri == other,
            _ => false,
        }
    }
}

impl Eq for Namespace<'_> {}

impl<'a> Namespace<'a> {
    pub(crate) const NONE: Self = Self::Other("");

    const KNOWN: [&'static str; 9] = [
        name::XRM,
        name::GENERIC,
        name::XSD,
        name::XSI,
        name::ARRAYS,
        name::SERIALIZATION,
        name::XRM_7_1,
        name::XRM_9_0,
        name::CRM,
    ];

    pub(crate) fn of(uri: &'a str) -> Self {
        Self::find(uri.as_bytes()).unwrap_or(Self::Other(uri))
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
        Self::Known {
            uri,
            mark: mark(uri),
        }
    }

    pub(crate) const fn uri(self) -> &'a str {
        match self {
            Self::Known { uri, .. } => uri,
            Self::Other(uri) => uri,
        }
    }

    /// Whether it is this one of the known namespaces.
    #[inline]
    pub(crate) const fn is(self, known: &'static str) -> bool {
        match self {
            Self::Known { mark: own, .. } => own == mark(known),
            Self::Other(_) => false,
        }
    }
}

/// What tells the known namespaces apart without a look at all of their bytes: the size, and the two bytes in which those
/// of one size differ.
#[inline]
const fn mark(known: &'static str) -> u8 {
    let (bytes, size) = (known.as_bytes(), known.len());
    let version = bytes[size - "7.1/Contracts".len()];
    let product = bytes[size - "xrm/2011/Contracts".len()];
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whether they differ is checked below"
    )]
    let size = size as u8;
    size.wrapping_mul(5) ^ version ^ product.wrapping_mul(3)
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
    pub(crate) fn is(&self, namespace: &'static str, local: &str) -> bool {
        self.local == local && self.namespace.is(namespace)
    }
}
