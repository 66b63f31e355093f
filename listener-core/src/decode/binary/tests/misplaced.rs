use super::{Fault, check, read, walk};
use crate::decode::binary::{BinaryErrorKind, RecordId};

#[test]
fn refuses_reserved_records_wherever_they_stand() {
    for id in (0_u8..=255).filter(|id| RecordId(*id).is_reserved()) {
        let found = format!("found the reserved id {id:02X}");
        for (document, offset) in [
            (vec![id], 0),
            (vec![0x40, 1, b'a', id], 3),
            (vec![0x40, 1, b'a', 0x98, 0, id], 5),
            (vec![0x40, 1, b'a', 0x04, 1, b'b', id], 6),
            (vec![0x40, 1, b'a', 0xA4, id], 4),
            (vec![0x40, 1, b'a', 0x03, id], 4),
            (vec![0x40, 1, b'a', 0x03, 0x40, 1, b'b', 1, id], 8),
        ] {
            let error = walk(&document).unwrap_err();
            assert!(error.to_string().contains(&found), "{error}");
            assert_eq!(error.offset(), offset);
            assert_eq!(error.kind(), BinaryErrorKind::UnexpectedRecord);
        }
    }
}

#[test]
fn refuses_records_where_they_cannot_stand() {
    let faults: &[Fault<'_>] = &[
        (b"\x01", 0, "expected an element, found `EndElement` (01)"),
        (b"\x82", 0, "expected an element, found `OneText` (82)"),
        (
            b"\x08\x01a",
            0,
            "expected an element, found `ShortXmlnsAttribute` (08)",
        ),
        (
            b"\x40\x01a\x82\x04\x01b\x82\x01",
            4,
            "expected content, or the end of an element, found `ShortAttribute` (04)",
        ),
        (
            b"\x40\x01a\x02\0\x09\x01b\x01c\x01",
            5,
            "expected content, or the end of an element, found `XmlnsAttribute` (09)",
        ),
        (
            b"\x40\x01a\x04\x01b\x83",
            6,
            "expected the value of an attribute, a text without an end, found `OneTextWithEndElement` (83)",
        ),
        (
            b"\x40\x01a\x04\x01b\x01",
            6,
            "expected the value of an attribute, a text without an end, found `EndElement` (01)",
        ),
        (
            b"\x40\x01a\x04\x01b\x40\x01c",
            6,
            "expected the value of an attribute, a text without an end, found `ShortElement` (40)",
        ),
        (
            b"\x40\x01a\xa6\x01",
            3,
            "expected a text, found `EndListText` (A6)",
        ),
        (
            b"\x40\x01a\xa4\x83\xa6\x01",
            4,
            "expected a text in a list, without the end of an element, found `OneTextWithEndElement` (83)",
        ),
        (
            b"\x40\x01a\xa4\x01\xa6\x01",
            4,
            "expected a text in a list, without the end of an element, found `EndElement` (01)",
        ),
        (
            b"\x40\x01a\xa4\xa4\xa6\xa6\x01",
            4,
            "expected a text in a list, without the end of an element, found `StartListText` (A4)",
        ),
        (
            b"\x40\x01a\x03\x01",
            4,
            "expected an element, found `EndElement` (01)",
        ),
        (
            b"\x40\x01a\x03\x03\x40\x01b",
            4,
            "expected an element, found `Array` (03)",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x8d\0\0\0\0",
            7,
            "expected an attribute of an array's element, or that element's end, found `Int32TextWithEndElement` (8D)",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x02\0\x01\x8d\x01\0\0\0\0",
            7,
            "expected an attribute of an array's element, or that element's end, found `Comment` (02)",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x01\x8c\x01\0\0\0\0",
            8,
            "expected a kind of items that arrays can have, found `Int32Text` (8C)",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x01\x99\x01a",
            8,
            "expected a kind of items that arrays can have, found `Chars8TextWithEndElement` (99)",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x01\x00",
            8,
            "expected a kind of items that arrays can have, found the reserved id 00",
        ),
    ];
    check(faults, BinaryErrorKind::UnexpectedRecord, walk);
    check(faults, BinaryErrorKind::UnexpectedRecord, read);
}

#[test]
fn refuses_what_ends_inside_of_an_element() {
    let faults: &[Fault<'_>] = &[
        (b"\x40", 1, "expected a length, found the end of the bytes"),
        (
            b"\x40\x01a",
            3,
            "expected an attribute, content, or the end of an element, found the end of the bytes",
        ),
        (
            b"\x40\x01a\x82",
            4,
            "expected content, or the end of an element, found the end of the bytes",
        ),
        (
            b"\x40\x01a\x04\x01b",
            6,
            "expected the value of an attribute, a text without an end, found the end of the bytes",
        ),
        (
            b"\x40\x01a\xa4\x82",
            5,
            "expected the end of a list, found the end of the bytes",
        ),
        (
            b"\x40\x01a\x03",
            4,
            "expected the element of an array, found the end of the bytes",
        ),
        (
            b"\x40\x01a\x03\x40\x01b",
            7,
            "expected an attribute of an array's element, or that element's end, found the end of the bytes",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x01",
            8,
            "expected the kind of an array's items, found the end of the bytes",
        ),
    ];
    check(faults, BinaryErrorKind::UnexpectedEnd, walk);
    check(faults, BinaryErrorKind::UnexpectedEnd, read);
}

#[test]
fn refuses_bytes_behind_the_document() {
    let faults: &[Fault<'_>] = &[
        (
            b"\x40\x01a\x01\x01",
            4,
            "expected the end of the document, found 1 bytes more",
        ),
        (
            b"\x40\x01a\x83\x40\x01a\x01",
            4,
            "expected the end of the document, found 4 bytes more",
        ),
        (
            b"\x40\x01a\x01\x02\x01b\xff\xff",
            7,
            "expected the end of the document, found 2 bytes more",
        ),
        (
            b"\x40\x01a\x01\0",
            4,
            "expected the end of the document, found 1 bytes more",
        ),
    ];
    check(faults, BinaryErrorKind::TrailingBytes, walk);
    check(faults, BinaryErrorKind::TrailingBytes, read);
}

#[test]
fn refuses_prefixes_and_attributes_that_mean_nothing() {
    let unbound =
        "expected a prefix that an element in scope declares, found one of 1 bytes that none does";
    let faults: &[Fault<'_>] = &[
        (b"\x5e\x01a\x01", 0, unbound),
        (b"\x40\x01a\x2e\x03nil\x86\x01", 0, unbound),
        (
            b"\x40\x01a\x41\x03abc\x01b\x01\x01",
            3,
            "expected a prefix that an element in scope declares, found one of 3 bytes that none does",
        ),
        (
            b"\x40\x01a\x40\x01b\x09\x01c\x01u\x01\x60\x01d\x01\x01",
            12,
            unbound,
        ),
        (
            b"\x40\x01a\x04\x01b\x82\x04\x01b\x82\x01",
            0,
            "expected each attribute of an element once, found one twice",
        ),
        (
            b"\x40\x01a\x26\x01b\x82\x27\x01b\x82\x09\x01a\x01u\x09\x01b\x01u\x01",
            0,
            "expected each attribute of an element once, found one twice",
        ),
        (
            b"\x40\x01a\x09\x01b\x01u\x09\x01b\x01v\x01",
            8,
            "expected each declaration of an element once, found one twice",
        ),
        (
            b"\x40\x01a\x08\x01u\x08\x01u\x01",
            6,
            "expected each declaration of an element once, found one twice",
        ),
        (
            b"\x40\x01a\x09\x01b\0\x01",
            3,
            "expected a declaration that XML allows, found a prefix for no namespace",
        ),
        (
            b"\x40\x01a\x09\x03xml\x01u\x01",
            3,
            "expected a declaration that XML allows, found another namespace for `xml`",
        ),
    ];
    check(faults, BinaryErrorKind::Namespace, read);
    for (document, ..) in faults {
        walk(document).unwrap();
    }
}

#[test]
fn refuses_documents_without_one_root_element() {
    let faults: &[Fault<'_>] = &[
        (b"", 0, "expected an element, found the end of the bytes"),
        (
            b"\x02\x01a",
            3,
            "expected an element, found the end of the bytes",
        ),
    ];
    check(faults, BinaryErrorKind::UnexpectedEnd, read);
    let array: &[Fault<'_>] = &[(
        b"\x03\x40\x01a\x01\xb5\x01\x01",
        0,
        "expected an element, not an array, at the root, found `Array` (03)",
    )];
    check(array, BinaryErrorKind::UnexpectedRecord, read);
}
