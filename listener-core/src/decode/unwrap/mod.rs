//! What forwarders put around a body: a JSON string, base64, a .NET binary string.

mod binary_string;
mod json_string;

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{
    DecodeError, DecodeErrorKind, Format, Limits,
    format::{skip_space, strip_byte_order_mark},
};

/// What a body was wrapped in, by a tool that forwarded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wrapping {
    /// A JSON string whose text is the document: Logic Apps, functions.
    JsonString,
    /// Base64 of the document.
    Base64,
    /// A .NET binary string whose text is the document: `new BrokeredMessage(string)`.
    BinaryString,
}

/// A body without what was around it. Offsets in errors count from its start.
#[derive(Debug)]
pub(crate) struct Unwrapped<'a> {
    /// The document, without a byte order mark of UTF-8.
    pub(crate) body: Cow<'a, [u8]>,
    pub(crate) format: Format,
    /// What was taken off, from the outside in.
    pub(crate) wrappings: Vec<Wrapping>,
}

/// The most wrappings that are taken off.
const WRAPPINGS: usize = 3;
/// How much of a text is looked at before all of it is decoded. A multiple of 4, as base64 has groups of 4.
const HEAD: usize = 512;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Takes off a byte order mark and what forwarders put around a body, and tells the format of what is inside.
///
/// A string without a document inside is left as it is: the string is the document.
pub(crate) fn unwrap<'a>(
    body: &'a [u8],
    content_type: Option<&str>,
    limits: &Limits,
) -> Result<Unwrapped<'a>, DecodeError> {
    if body.len() > limits.bytes {
        let text = format!(
            "expected a body of at most {} bytes, found {}",
            limits.bytes,
            body.len()
        );
        return Err(DecodeError::new(DecodeErrorKind::Limit, text));
    }
    let body = strip_byte_order_mark(body);
    let mut inside = Cow::Borrowed(body);
    let mut wrappings = Vec::new();
    while wrappings.len() < WRAPPINGS {
        let Some((wrapping, next)) = take_off(&inside) else {
            break;
        };
        wrappings.push(wrapping);
        inside = next;
    }
    // The content type told of the outside.
    match Format::detect(None, &inside) {
        Some(format) if !wrappings.is_empty() && is_document(&inside, format) => {
            return Ok(Unwrapped {
                body: inside,
                format,
                wrappings,
            });
        }
        _ => {}
    }
    let format = Format::detect(content_type, body).ok_or_else(|| unknown(body))?;
    Ok(Unwrapped {
        body: Cow::Borrowed(body),
        format,
        wrappings: Vec::new(),
    })
}

/// What is inside of the outermost wrapping, if there is one.
fn take_off<'a>(body: &Cow<'a, [u8]>) -> Option<(Wrapping, Cow<'a, [u8]>)> {
    fn inside(body: &[u8]) -> Option<(Wrapping, Cow<'_, [u8]>)> {
        let text = skip_space(body);
        if text.starts_with(b"\"") {
            Some((Wrapping::JsonString, json_string::text(text)?))
        } else if let Some(text) = binary_string::text(body) {
            Some((Wrapping::BinaryString, text))
        } else {
            Some((Wrapping::Base64, base64(body)?.into()))
        }
    }

    let (wrapping, text) = match body {
        Cow::Borrowed(body) => inside(body)?,
        Cow::Owned(body) => {
            inside(body).map(|(wrapping, text)| (wrapping, text.into_owned().into()))?
        }
    };
    Some((
        wrapping,
        match text {
            Cow::Borrowed(text) => strip_byte_order_mark(text).into(),
            Cow::Owned(mut text) => {
                let mark = text.len() - strip_byte_order_mark(&text).len();
                text.drain(..mark);
                text.into()
            }
        },
    ))
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    if text.len() > HEAD {
        BASE64.decode(&text[..HEAD]).ok()?;
    }
    BASE64.decode(text).ok()
}

/// Whether what came out of a wrapping is a document, and not just a string that somebody sent. XML and binary name a
/// namespace of Microsoft's at the root.
fn is_document(inside: &[u8], format: Format) -> bool {
    match format {
        Format::Json => match skip_space(inside) {
            [b'{', rest @ ..] => matches!(skip_space(rest), [b'"' | b'}', ..]),
            _ => false,
        },
        Format::Xml | Format::Binary => {
            const NAMESPACE: &[u8] = b"http://schemas.microsoft.com/";
            inside[..inside.len().min(HEAD)]
                .windows(NAMESPACE.len())
                .any(|window| window == NAMESPACE)
        }
    }
}

fn unknown(body: &[u8]) -> DecodeError {
    let text = match body.len() {
        0 => "expected JSON, XML or .NET binary, found an empty body".to_owned(),
        len => format!(
            "expected JSON, XML or .NET binary, found {len} bytes that begin like none of them"
        ),
    };
    DecodeError::new(DecodeErrorKind::UnknownFormat, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JSON: &str = "{\"MessageName\":\"Create \\\"ē\\\" \\ud83d\\ude00 \\/\"}";

    fn unwrapped(body: &[u8]) -> (Vec<u8>, Format, Vec<Wrapping>) {
        let unwrapped = unwrap(body, None, &Limits::default()).unwrap();
        (
            unwrapped.body.into_owned(),
            unwrapped.format,
            unwrapped.wrappings,
        )
    }

    fn literal(text: &str) -> String {
        serde_json::to_string(text).unwrap()
    }

    fn binary_string(text: &str) -> Vec<u8> {
        let mut body = binary_string::START.to_vec();
        body.push(0x9D);
        body.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        body.extend(text.as_bytes());
        body
    }

    fn json(wrappings: &[Wrapping]) -> (Vec<u8>, Format, Vec<Wrapping>) {
        (JSON.into(), Format::Json, wrappings.to_vec())
    }

    #[test]
    fn takes_off_each_wrapping() {
        assert_eq!(unwrapped(JSON.as_bytes()), json(&[]));
        assert_eq!(
            unwrapped(literal(JSON).as_bytes()),
            json(&[Wrapping::JsonString])
        );
        assert_eq!(
            unwrapped(BASE64.encode(JSON).as_bytes()),
            json(&[Wrapping::Base64])
        );
        assert_eq!(
            unwrapped(BASE64.encode(JSON).trim_end_matches('=').as_bytes()),
            json(&[Wrapping::Base64])
        );
        assert_eq!(
            unwrapped(&binary_string(JSON)),
            json(&[Wrapping::BinaryString])
        );
    }

    #[test]
    fn takes_off_wrappings_in_wrappings_and_no_more_than_three() {
        let base64 = BASE64.encode(JSON);
        let string = literal(&base64);
        let binary = binary_string(&string);
        let all = [
            Wrapping::BinaryString,
            Wrapping::JsonString,
            Wrapping::Base64,
        ];
        assert_eq!(unwrapped(&binary), json(&all));
        assert_eq!(unwrapped(string.as_bytes()), json(&all[1..]));
        let once_more = BASE64.encode(&binary);
        let error = unwrap(once_more.as_bytes(), None, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::UnknownFormat);
    }

    #[test]
    fn drops_a_byte_order_mark_at_each_level() {
        let marked = format!("\u{feff}{JSON}");
        assert_eq!(unwrapped(marked.as_bytes()), json(&[]));
        assert_eq!(
            unwrapped(format!("\u{feff} {}", literal(&marked)).as_bytes()),
            json(&[Wrapping::JsonString])
        );
        assert_eq!(
            unwrapped(BASE64.encode(marked).as_bytes()),
            json(&[Wrapping::Base64])
        );
    }

    #[test]
    fn unwraps_what_keeps_the_content_type_of_its_inside() {
        let body = binary_string(JSON);
        let unwrapped = unwrap(&body, Some("application/json"), &Limits::default()).unwrap();
        assert_eq!(unwrapped.format, Format::Json);
        assert!(
            matches!(unwrapped.body, Cow::Borrowed(_)),
            "one record needs no copy"
        );
    }

    #[test]
    fn unwraps_xml_and_binary_out_of_base64() {
        let xml =
            "<RemoteExecutionContext xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\"/>";
        assert_eq!(unwrapped(BASE64.encode(xml).as_bytes()).1, Format::Xml);
        let binary = b"\x40\x16RemoteExecutionContext\x08\x30http://schemas.microsoft.com/xrm/2011/Contracts\x01";
        assert_eq!(
            unwrapped(BASE64.encode(binary).as_bytes()),
            (binary.to_vec(), Format::Binary, vec![Wrapping::Base64])
        );
    }

    #[test]
    fn leaves_a_string_that_is_no_document() {
        for text in [
            "",
            "Success",
            "Accepted",
            "e3b0c442",
            "[1]",
            "<b>hi</b>",
            "{x}",
            "\"quoted\"",
        ] {
            let body = literal(text);
            assert_eq!(
                unwrapped(body.as_bytes()),
                (body.clone().into_bytes(), Format::Json, vec![]),
                "{text}"
            );
            let body = binary_string(text);
            assert_eq!(
                unwrapped(&body),
                (body.clone(), Format::Binary, vec![]),
                "{text}"
            );
        }
    }

    #[test]
    fn leaves_a_cut_wrapping_to_the_reader_of_the_format() {
        let string = literal(JSON);
        let cut = &string.as_bytes()[..string.len() - 1];
        assert_eq!(unwrapped(cut), (cut.to_vec(), Format::Json, vec![]));
        let binary = binary_string(JSON);
        let cut = &binary[..binary.len() - 1];
        assert_eq!(unwrapped(cut), (cut.to_vec(), Format::Binary, vec![]));
    }

    #[test]
    fn refuses_a_body_over_the_limit() {
        let limits = Limits {
            bytes: 10,
            ..Limits::default()
        };
        let error = unwrap(b"\"0123456789\"", None, &limits).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Limit);
        assert_eq!(
            error.to_string(),
            "expected a body of at most 10 bytes, found 12"
        );
    }

    #[test]
    fn says_what_it_would_have_read() {
        let error = unwrap(b"hello", Some("text/plain"), &Limits::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected JSON, XML or .NET binary, found 5 bytes that begin like none of them"
        );
    }

    proptest! {
        #[test]
        fn takes_off_what_was_put_around(
            member in ".*",
            wrappings in prop::collection::vec(
                prop::sample::select(vec![Wrapping::JsonString, Wrapping::Base64, Wrapping::BinaryString]),
                0..=WRAPPINGS,
            ),
        ) {
            let json = format!("{{{}:null}}", literal(&member)).into_bytes();
            let mut body = json.clone();
            let mut around = Vec::new();
            for wrapping in wrappings {
                body = match (wrapping, std::str::from_utf8(&body)) {
                    (Wrapping::Base64, _) => BASE64.encode(&body).into_bytes(),
                    (Wrapping::JsonString, Ok(text)) => literal(text).into_bytes(),
                    (Wrapping::BinaryString, Ok(text)) => binary_string(text),
                    // A string holds text only.
                    (_, Err(_)) => continue,
                };
                around.insert(0, wrapping);
            }
            prop_assert_eq!(unwrapped(&body), (json, Format::Json, around));
        }

        #[test]
        fn takes_any_bytes(body in prop::collection::vec(any::<u8>(), 0..200), kind in 0..3) {
            let body = match kind {
                0 => body,
                1 => [b"\"", &body[..]].concat(),
                _ => [binary_string::START, &body[..]].concat(),
            };
            if let Ok(unwrapped) = unwrap(&body, None, &Limits::default()) {
                prop_assert!(unwrapped.body.len() <= body.len());
            }
        }
    }
}
