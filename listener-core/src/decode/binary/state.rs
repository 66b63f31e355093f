/// What may stand where the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing was read yet.
    Start,
    /// Content, or anything that a document may have at its root.
    Content,
    /// Attributes, declarations or content.
    Tag,
    /// The value of an attribute.
    Value,
    /// As `Tag` and `Value`, in the element of an array.
    ArrayTag,
    ArrayValue,
    /// The last text ended its element too.
    Ending,
}

impl State {
    /// Whether an element, a comment or an end may stand here.
    #[inline]
    pub(super) const fn is_content(self) -> bool {
        matches!(self, Self::Content | Self::Tag)
    }

    /// Whether an attribute or a declaration may stand here.
    #[inline]
    pub(super) const fn is_tag(self) -> bool {
        matches!(self, Self::Tag | Self::ArrayTag)
    }

    /// What may stand here, in as many open elements as that.
    pub(super) const fn expected(self, depth: usize) -> &'static str {
        match self {
            Self::Value | Self::ArrayValue => "the value of an attribute, a text without an end",
            Self::ArrayTag => "an attribute of an array's element, or that element's end",
            Self::Tag => "an attribute, content, or the end of an element",
            Self::Start | Self::Content | Self::Ending if depth > 0 => {
                "content, or the end of an element"
            }
            Self::Start | Self::Content | Self::Ending => "an element",
        }
    }
}
