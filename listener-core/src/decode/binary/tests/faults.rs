use super::{Fault, check, read, walk};
use crate::decode::binary::{BinaryErrorKind, Dictionary, Records};

#[test]
fn refuses_lengths_that_lie() {
    let faults: &[Fault<'_>] = &[
        (
            b"\x40\x01a\x9d\xff\xff\xff\x03ab",
            10,
            "expected a text of 67108863 bytes, found 2 before the end of the bytes",
        ),
        (
            b"\x40\x01a\xa3\xff\xff\xff\x03",
            8,
            "expected bytes of 67108863 bytes, found 0 before the end of the bytes",
        ),
        (
            b"\x40\x01a\xb7\x04a\0",
            7,
            "expected a text of 4 bytes, found 2 before the end of the bytes",
        ),
        (
            b"\x40\x05doc",
            5,
            "expected a name of 5 bytes, found 3 before the end of the bytes",
        ),
        (
            b"\x40\x01a\x09\x01b\x7fhttp",
            11,
            "expected a namespace of 127 bytes, found 4 before the end of the bytes",
        ),
        (
            b"\x40\x01a\x95\0\0\0\0",
            8,
            "expected a decimal of 16 bytes, found 4 before the end of the bytes",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x01\x8d\xff\xff\x03abc",
            15,
            "expected the items of an array of 262140 bytes, found 3 before the end of the bytes",
        ),
        (
            b"\x02\x09comment",
            9,
            "expected a comment of 9 bytes, found 7 before the end of the bytes",
        ),
    ];
    check(faults, BinaryErrorKind::UnexpectedEnd, walk);
    check(faults, BinaryErrorKind::UnexpectedEnd, read);
}

#[test]
fn refuses_lengths_that_no_writer_means() {
    let faults: &[Fault<'_>] = &[
        (
            b"\x40\xff\xff\xff\xff\x08",
            1,
            "expected a length, found one of more than 31 bits",
        ),
        (
            b"\x40\x80\x80\x80\x80\x80\x00",
            1,
            "expected a length, found one of more than 31 bits",
        ),
        (
            b"\x40\x01a\x9d\xff\xff\xff\xff",
            4,
            "expected a length, found a negative one",
        ),
        (
            b"\x40\x01a\xa3\0\0\0\x80",
            4,
            "expected a length, found a negative one",
        ),
        (
            b"\x40\x01a\xbb\0\0\0\x80",
            4,
            "expected a length, found a negative one",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x01\x8d\x00",
            9,
            "expected a number of items of at least 1, found none",
        ),
    ];
    check(faults, BinaryErrorKind::Length, walk);
}

#[test]
fn refuses_text_that_is_not_in_its_encoding() {
    let faults: &[Fault<'_>] = &[
        (
            b"\x40\x02a\xff\x01",
            3,
            "expected UTF-8, found 2 bytes of which some are not",
        ),
        (
            b"\x40\x01a\x99\x03ab\xc3",
            7,
            "expected UTF-8, found 3 bytes of which some are not",
        ),
        (
            b"\x40\x01a\x99\x03\xed\xa0\x80",
            5,
            "expected UTF-8, found 3 bytes of which some are not",
        ),
        (
            b"\x40\x01a\xb7\x03a\0b",
            7,
            "expected UTF-16, found 3 bytes of which some are not",
        ),
        (
            b"\x40\x01a\xb7\x04a\0\x00\xd8",
            7,
            "expected UTF-16, found 4 bytes of which some are not",
        ),
    ];
    check(faults, BinaryErrorKind::Encoding, walk);
}

#[test]
fn refuses_values_that_their_type_does_not_hold() {
    let mut decimal = b"\x40\x01a\x95".to_vec();
    decimal.extend([0, 0, 29, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut decimals = b"\x40\x01a\x03\x40\x01b\x01\x95\x02".to_vec();
    decimals.extend([0; 16]);
    decimals.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let faults: &[Fault<'_>] = &[
        (
            b"\x40\x01a\xb5\x02",
            4,
            "expected a boolean of 00 or 01, found another byte",
        ),
        (
            b"\x40\x01a\x97\xff\xff\xff\xff\xff\xff\xff\x3f",
            4,
            "expected a date in the years 1 to 9999, found one outside of them",
        ),
        (
            &decimal,
            4,
            "expected a decimal's scale of at most 28, found a larger one",
        ),
        (
            &decimals,
            26,
            "expected a decimal's sign of 00 or 80, found another byte",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x01\xb5\x03\0\x01\x02",
            12,
            "expected a boolean of 00 or 01, found another byte",
        ),
        (
            b"\x40\x01a\xbd\x1a\0",
            4,
            "expected a prefix of 00 to 19, for `a` to `z`, found a byte above",
        ),
        (b"\x40\0\x01", 1, "expected a name, found an empty one"),
        (
            b"\x42\xa2\x01\x01",
            1,
            "expected a name, found an empty one",
        ),
        (b"\x40\x05xmlns\x01", 1, "expected a name, found `xmlns`"),
        (
            b"\x41\x05xmlns\x01a\x01",
            1,
            "expected a prefix, found `xmlns`",
        ),
        (
            b"\x40\x01a\x04\x05xmlns\x98\x01b\x01",
            4,
            "expected a name, found `xmlns`",
        ),
    ];
    check(faults, BinaryErrorKind::OutOfRange, walk);
}

#[test]
fn refuses_dictionary_strings_that_nobody_defined() {
    let faults: &[Fault<'_>] = &[
        (
            b"\x42\x01\x01",
            1,
            "expected a name, found the dictionary string 1",
        ),
        (
            b"\x42\xce\x07\x01",
            1,
            "expected a name, found the dictionary string 974",
        ),
        (
            b"\x40\x01a\x0a\x03\x01",
            4,
            "expected a namespace, found the dictionary string 3",
        ),
        (
            b"\x40\x01a\xab\x05",
            4,
            "expected a text, found the dictionary string 5",
        ),
        (
            b"\x40\x01a\xbd\x01\x05",
            5,
            "expected a qualified name, found the dictionary string 5",
        ),
    ];
    check(faults, BinaryErrorKind::Dictionary, walk);
    let mut records = Records::new(b"\x42\x02\x01").with_dictionary(Dictionary::None);
    assert_eq!(
        records.read().unwrap_err().kind(),
        BinaryErrorKind::Dictionary
    );
}
