use memchr::{memchr, memchr2, memmem};

use crate::decode::{DecodeError, DecodeErrorKind};

/// A piece of an XML document, as it stands there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A start tag: its qualified name, all that stands behind the name, and whether it is an end as well.
    Start {
        name: &'a str,
        attributes: &'a str,
        empty: bool,
        offset: usize,
    },
    /// An end tag, of the element that is open.
    End,
    /// Text without references.
    Text(&'a str),
    /// What stands between `&` and `;`.
    Reference(&'a str),
    CData(&'a str),
    Eof,
}

/// Cuts a document into tokens: tags match, comments and processing instructions are passed over, declarations of
/// document types are refused. Quick, since it knows nothing else: quick-xml took twice as long for the same walk, for
/// what this crate does not need.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    position: usize,
    /// The names of the open elements.
    open: Vec<&'a str>,
}

impl<'a> Tokens<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            open: Vec::new(),
        }
    }

    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    fn cut(&self, inside: &'static str) -> DecodeError {
        DecodeError::new(
            DecodeErrorKind::UnexpectedEnd,
            format!("the message ends inside of {inside}: it was cut"),
        )
        .at(self.text.len())
    }

    #[inline]
    pub(super) fn next(&mut self) -> Result<Token<'a>, DecodeError> {
        loop {
            let rest = &self.text.as_bytes()[self.position..];
            return match rest {
                [b'<', b'/', ..] => self.end(),
                [b'<', b'!' | b'?', ..] => match self.markup()? {
                    Some(token) => Ok(token),
                    None => continue,
                },
                [b'<', ..] => self.start(),
                [b'&', ..] => self.reference(),
                [] if self.open.is_empty() => Ok(Token::Eof),
                [] => Err(self.cut("an element")),
                [..] => {
                    let length = short(rest, |b| b == b'<' || b == b'&')
                        .or_else(|| memchr2(b'<', b'&', rest))
                        .unwrap_or(rest.len());
                    Ok(Token::Text(self.take(length)))
                }
            };
        }
    }

    /// The next `length` bytes, which end with a character.
    #[inline]
    fn take(&mut self, length: usize) -> &'a str {
        let taken = &self.text[self.position..self.position + length];
        self.position += length;
        taken
    }

    #[inline]
    fn start(&mut self) -> Result<Token<'a>, DecodeError> {
        let offset = self.position;
        let tag = &self.text.as_bytes()[offset + 1..];
        let ends_name = |b: u8| {
            b <= b'>'
                && matches!(
                    b,
                    b'>' | b'/' | b'<' | b'&' | b'=' | b'"' | b'\'' | 0..=b' '
                )
        };
        let Some(length) = tag.iter().position(|&b| ends_name(b)) else {
            return Err(self.cut("a tag"));
        };
        if length == 0 || !matches!(tag[length], b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n') {
            return Err(fault("expected the name of an element", offset));
        }
        self.position += 1;
        let name = self.take(length);
        if tag[length] == b'>' {
            self.position += 1;
            self.open.push(name);
            return Ok(Token::Start {
                name,
                attributes: "",
                empty: false,
                offset,
            });
        }
        let mut quote = None;
        let behind = &tag[length..];
        let end = behind.iter().position(|&b| match quote {
            Some(q) => {
                if b == q {
                    quote = None;
                }
                false
            }
            None => {
                if b == b'"' || b == b'\'' {
                    quote = Some(b);
                }
                b == b'>' || b == b'<'
            }
        });
        let Some(end) = end else {
            return Err(self.cut("a tag"));
        };
        if behind[end] == b'<' {
            return Err(fault(
                "expected the end of a tag, found another tag in it",
                offset,
            ));
        }
        let behind = self.take(end);
        self.position += 1;
        let attributes = behind.strip_suffix('/');
        let empty = attributes.is_some();
        if !empty {
            self.open.push(name);
        }
        Ok(Token::Start {
            name,
            attributes: attributes.unwrap_or(behind),
            empty,
            offset,
        })
    }

    /// Whether the start tag of an element of this local name without attributes stands here, its prefix none or a letter.
    #[inline(always)]
    pub(super) fn sees(&self, local: &str) -> bool {
        let bytes = self.text.as_bytes();
        let start = self.position + 1 + 2 * usize::from(self.has_letter());
        let end = start + local.len();
        bytes.get(start..end) == Some(local.as_bytes())
            && bytes[self.position] == b'<'
            && bytes.get(end) == Some(&b'>')
    }

    /// Whether the name of the tag that stands here begins with a prefix of one byte.
    #[inline(always)]
    fn has_letter(&self) -> bool {
        self.text.as_bytes().get(self.position + 2) == Some(&b':')
    }

    /// The prefix of the start tag, which was seen.
    #[inline]
    pub(super) fn letter(&self) -> &'a str {
        let letter = self.position + 1;
        let letter = letter..letter + usize::from(self.has_letter());
        self.text.get(letter).unwrap_or_default()
    }

    /// Passes the start tag of an element of this local name, which was seen.
    #[inline]
    pub(super) fn enter(&mut self, local: &str) {
        let length = local.len() + 2 * usize::from(self.has_letter());
        self.position += 1;
        let name = self.take(length);
        self.position += 1;
        self.open.push(name);
    }

    /// The reference that stands here, without `&` and `;`, if it is a short one.
    pub(super) fn reference_here(&self) -> Option<&'a str> {
        let rest = self.text.get(self.position..)?.strip_prefix('&')?;
        short(rest.as_bytes(), |b| b == b';').map(|end| &rest[..end])
    }

    /// Passes the end tag of the open element, if it stands here without any space.
    #[inline]
    pub(super) fn plain_end(&mut self) -> bool {
        let (Some(rest), Some(name)) =
            (self.text.as_bytes().get(self.position..), self.open.last())
        else {
            return false;
        };
        let end = rest
            .strip_prefix(b"</")
            .and_then(|rest| rest.strip_prefix(name.as_bytes()));
        let here = end.is_some_and(|end| end.first() == Some(&b'>'));
        if here {
            self.position += name.len() + 3;
            self.open.pop();
        }
        here
    }

    /// The text of an element that holds nothing but plain text, if it stands here, with the end tag behind it.
    #[inline]
    pub(super) fn plain_text(&mut self) -> Option<&'a str> {
        let rest = self.text.as_bytes().get(self.position..)?;
        // Whatever is below `<` and no plain text is rare, so it may end the search too.
        let stops = |b: u8| b == b'<' || b == b'&' || b < b' ';
        let length = rest.iter().position(|&b| stops(b))?;
        let name = self.open.last()?;
        let end = rest[length..]
            .strip_prefix(b"</")?
            .strip_prefix(name.as_bytes())?;
        if end.first() != Some(&b'>') {
            return None;
        }
        let behind = name.len() + 3;
        let text = self.take(length);
        self.position += behind;
        self.open.pop();
        Some(text)
    }

    #[inline]
    fn end(&mut self) -> Result<Token<'a>, DecodeError> {
        let offset = self.position;
        let Some(name) = self.open.pop() else {
            return Err(fault("an end tag stands where no element is open", offset));
        };
        let rest = &self.text.as_bytes()[offset + 2..];
        let behind = rest.strip_prefix(name.as_bytes());
        if let Some([b'>', ..]) = behind {
            self.position += name.len() + 3;
            return Ok(Token::End);
        }
        let Some(close) = memchr(b'>', rest) else {
            return Err(self.cut("an end tag"));
        };
        let space = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
        if behind.is_none() || !rest[name.len()..close].iter().all(space) {
            return Err(fault(
                "an end tag is not that of the element that is open",
                offset,
            ));
        }
        self.position += close + 3;
        Ok(Token::End)
    }

    /// What begins with `<!` or `<?`.
    #[cold]
    fn markup(&mut self) -> Result<Option<Token<'a>>, DecodeError> {
        let offset = self.position;
        let rest = &self.text[offset..];
        let after = |open: &str, close: &str| {
            let body = rest.strip_prefix(open)?;
            Some(memmem::find(body.as_bytes(), close.as_bytes()).map(|end| &body[..end]))
        };
        if let Some(comment) = after("<!--", "-->") {
            let comment = comment.ok_or_else(|| self.cut("a comment"))?;
            if comment.contains("--") {
                return Err(fault(
                    "a comment holds `--`, which XML does not allow",
                    offset,
                ));
            }
            self.position += comment.len() + 7;
            return Ok(None);
        }
        if let Some(data) = after("<![CDATA[", "]]>") {
            let data = data.ok_or_else(|| self.cut("a CDATA section"))?;
            if self.open.is_empty() {
                return Err(fault("text stands outside of the root element", offset));
            }
            self.position += data.len() + 12;
            return Ok(Some(Token::CData(data)));
        }
        if let Some(instruction) = after("<?", "?>") {
            let instruction = instruction.ok_or_else(|| self.cut("a processing instruction"))?;
            self.position += instruction.len() + 4;
            return Ok(None);
        }
        if rest.len() < 9
            && ["<!--", "<![CDATA[", "<!DOCTYPE"]
                .iter()
                .any(|m| m.starts_with(rest))
        {
            return Err(self.cut("a tag"));
        }
        Err(fault(
            "a document type declaration is refused: it can make a small message large",
            offset,
        ))
    }

    fn reference(&mut self) -> Result<Token<'a>, DecodeError> {
        let offset = self.position;
        let rest = &self.text[offset + 1..];
        // The longest that means something is shorter: `#x0010FFFF`, with some zeros more.
        let window = &rest.as_bytes()[..rest.len().min(32)];
        match memchr(b';', window) {
            Some(length) => {
                self.position += length + 2;
                Ok(Token::Reference(&rest[..length]))
            }
            None if rest.len() < 32 && memchr(b'<', window).is_none() => {
                Err(self.cut("a reference"))
            }
            None => Err(fault("`&` begins no reference", offset)),
        }
    }
}

#[cold]
fn fault(text: &'static str, offset: usize) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Syntax, text).at(offset)
}

/// Where the byte stands, if within the first few: most texts and names are short.
#[inline]
fn short(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().take(24).position(|&b| wanted(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Token<'_>>, DecodeError> {
        let mut tokens = Tokens::new(text);
        let mut all = Vec::new();
        loop {
            match tokens.next()? {
                Token::Eof => return Ok(all),
                token => all.push(token),
            }
        }
    }

    #[test]
    fn cuts_a_document_into_its_pieces() {
        let text =
            "<?xml version='1.0'?><a b=\"1>\" c='<' ><!-- no --><b/>x&amp;<![CDATA[<&]]></a >";
        // `<` in a value is refused where the value is read.
        let start = |name, attributes, empty, offset| Token::Start {
            name,
            attributes,
            empty,
            offset,
        };
        assert_eq!(
            all(text).unwrap(),
            [
                start("a", " b=\"1>\" c='<' ", false, 21),
                start("b", "", true, 49),
                Token::Text("x"),
                Token::Reference("amp"),
                Token::CData("<&"),
                Token::End,
            ]
        );
    }

    #[test]
    fn tags_match() {
        for text in [
            "<a></b>",
            "<a></ab>",
            "</a>",
            "<a><b></a></b>",
            "<a></a x>",
            "<ab></a>",
        ] {
            assert_eq!(
                all(text).unwrap_err().kind(),
                DecodeErrorKind::Syntax,
                "{text}"
            );
        }
    }

    #[test]
    fn a_cut_is_told_wherever_it_falls() {
        let text = "<a b='1'><!-- c --><![CDATA[d]]><?e f?>g&amp;<h></h></a>";
        for end in 1..text.len() {
            let error = all(&text[..end]).unwrap_err();
            assert_eq!(
                error.kind(),
                DecodeErrorKind::UnexpectedEnd,
                "{}",
                &text[..end]
            );
        }
    }

    #[test]
    fn a_document_type_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\">]><a>&b;</a>";
        assert_eq!(all(bomb).unwrap_err().offset(), Some(0));
        for text in [
            "<a b=<c>",
            "<>",
            "<a>& b</a>",
            "<a><!-- -- --></a>",
            "< a/>",
        ] {
            assert_eq!(
                all(text).unwrap_err().kind(),
                DecodeErrorKind::Syntax,
                "{text}"
            );
        }
    }
}
