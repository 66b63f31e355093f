/// The format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// .NET binary XML, `application/msbin1`: what an endpoint sends unless someone chose otherwise.
    Binary,
    /// JSON, `application/json`: what webhooks send.
    Json,
    /// Text XML, `application/xml`.
    Xml,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Format {
    /// The content type that Dataverse gives a message of this format.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Binary => "application/msbin1",
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }

    /// The format of a content type: its case and its parameters do not matter.
    ///
    /// ```
    /// use listener_core::decode::Format;
    ///
    /// assert_eq!(Format::from_content_type("Application/JSON; charset=utf-8"), Some(Format::Json));
    /// assert_eq!(Format::from_content_type("text/plain"), None);
    /// ```
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        let ends = |suffix: &str| {
            let start = essence.len().saturating_sub(suffix.len());
            essence
                .get(start..)
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        };
        if is("application/json") || is("text/json") || ends("+json") {
            Some(Self::Json)
        } else if is("application/xml") || is("text/xml") || ends("+xml") {
            Some(Self::Xml)
        } else if is("application/msbin1") {
            Some(Self::Binary)
        } else {
            None
        }
    }

    /// The format of a body: that of its content type, unless the body cannot begin so; else what the body begins like.
    ///
    /// A body in a wrapping (see [`Wrapping`](super::Wrapping)) has the format of the wrapping here: a JSON string is
    /// JSON. `None` if there is no content type of ours and the body begins like none of the formats.
    ///
    /// ```
    /// use listener_core::decode::Format;
    ///
    /// assert_eq!(Format::detect(Some("application/json"), b"{}"), Some(Format::Json));
    /// assert_eq!(Format::detect(Some("application/json"), b"<RemoteExecutionContext"), Some(Format::Xml));
    /// assert_eq!(Format::detect(None, b"\x40\x16RemoteExecutionContext"), Some(Format::Binary));
    /// ```
    pub fn detect(content_type: Option<&str>, body: &[u8]) -> Option<Self> {
        let said = content_type.and_then(Self::from_content_type);
        match said {
            Some(format) if format.can_begin(body) => said,
            _ => Self::sniff(body).or(said),
        }
    }

    /// What the body begins like.
    pub(super) fn sniff(body: &[u8]) -> Option<Self> {
        [Self::Json, Self::Xml, Self::Binary]
            .into_iter()
            .find(|format| format.can_begin(body))
    }

    /// Whether a document in this format can begin so.
    fn can_begin(self, body: &[u8]) -> bool {
        let text = skip_space(strip_byte_order_mark(body));
        match self {
            Self::Json => matches!(text, [b'{' | b'"', ..]),
            // `<` in UTF-8, in UTF-16 of both orders, and the byte order marks of UTF-16.
            Self::Xml => matches!(
                text,
                [b'<', ..] | [0, b'<', ..] | [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]
            ),
            // MC-NBFX 2.2.1, 2.2.3: an element with a short name, with a prefix, with a prefix of one letter, with a
            // name out of the dictionary; or a comment before it. All but the first and last are letters too: then
            // what follows is a length or an id, below any printable character.
            Self::Binary => match *body {
                [0x02 | 0x40, ..] => true,
                [0x41 | 0x56 | 0x5E..=0x77, ..] => body.get(1).is_none_or(|&next| next < b' '),
                _ => false,
            },
        }
    }
}

/// The body without a mark of UTF-8 in front.
pub(super) fn strip_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}

/// The text without what JSON and XML call white space in front.
pub(super) fn skip_space(text: &[u8]) -> &[u8] {
    let space = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .count();
    &text[space..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn believes_a_content_type_that_the_body_can_begin() {
        for (content_type, body, format) in [
            ("application/json", &b" {"[..], Format::Json),
            (
                "text/json;charset=utf-8",
                b"\xEF\xBB\xBF\r\n{",
                Format::Json,
            ),
            ("application/problem+json", b"\"", Format::Json),
            ("APPLICATION/XML ; charset=\"utf-8\"", b"<", Format::Xml),
            ("text/xml", b"\xFF\xFE<\0", Format::Xml),
            ("application/msbin1", b"\x40\x06string", Format::Binary),
        ] {
            assert_eq!(
                Format::detect(Some(content_type), body),
                Some(format),
                "{content_type}"
            );
        }
    }

    #[test]
    fn believes_the_body_where_the_content_type_does_not_fit() {
        for body in [
            &b"\x40\x06string"[..],
            b"\x02\x03abc",
            b"\x56\x02",
            b"\x61\x05abcde",
            b"\x41\x02ab",
            b"\x5e",
        ] {
            assert_eq!(
                Format::detect(Some("application/json"), body),
                Some(Format::Binary)
            );
        }
        for body in [&b"<a/>"[..], b"\0<", b"<\0", b"\xFE\xFF\0<", b"\t<?xml"] {
            assert_eq!(
                Format::detect(Some("application/octet-stream"), body),
                Some(Format::Xml)
            );
        }
        assert_eq!(
            Format::detect(Some("application/msbin1"), b"{}"),
            Some(Format::Json)
        );
        assert_eq!(
            Format::detect(None, b"\xEF\xBB\xBF \"text\""),
            Some(Format::Json)
        );
    }

    #[test]
    fn knows_nothing_without_either() {
        assert_eq!(Format::detect(None, b""), None);
        assert_eq!(Format::detect(None, b"hello"), None);
        assert_eq!(Format::detect(Some("text/plain"), b"[1]"), None);
        assert_eq!(
            Format::detect(Some("application/json"), b"[1]"),
            Some(Format::Json)
        );
    }
}
