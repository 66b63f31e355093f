use super::{Fault, check, read, walk};
use crate::decode::binary::{BinaryError, BinaryErrorKind, Event, Limits, Reader, Records};

#[test]
fn refuses_two_gigabytes_announced_in_a_few_bytes() {
    let faults: &[Fault<'_>] = &[
        (
            b"\x40\x01a\x9d\xff\xff\xff\x7f",
            8,
            "expected at most 67108864 bytes of one name or text, found more",
        ),
        (
            b"\x40\x01a\xa3\xff\xff\xff\x7f",
            8,
            "expected at most 67108864 bytes of one name or text, found more",
        ),
        (
            b"\x40\x01a\xbb\xfe\xff\xff\x7f",
            8,
            "expected at most 67108864 bytes of one name or text, found more",
        ),
        (
            b"\x40\xff\xff\xff\xff\x07",
            6,
            "expected at most 4096 bytes of one name or text, found more",
        ),
        (
            b"\x40\x01a\x03\x40\x01b\x01\x95\xff\xff\xff\xff\x07",
            14,
            "expected at most 1000000 items of one array, found more",
        ),
    ];
    check(faults, BinaryErrorKind::Limit, walk);
    // Without limits, the same lengths are compared with what is there.
    for (document, ..) in faults {
        let mut records = Records::new(document).with_limits(Limits::UNBOUNDED);
        let error = loop {
            if let Err(error) = records.read() {
                break error;
            }
        };
        assert_eq!(error.kind(), BinaryErrorKind::UnexpectedEnd);
    }
}

fn limited(document: &[u8], change: impl Fn(&mut Limits)) -> Result<(), BinaryError> {
    let mut limits = Limits::default();
    change(&mut limits);
    let mut reader: Reader<'_> = Reader::new(document).with_limits(limits);
    while reader.read()? != Event::Eof {}
    Ok(())
}

#[test]
fn keeps_to_each_limit_and_reaches_it() {
    let attributes = b"\x40\x01a\x04\x01b\x82\x04\x01c\x82\x08\x01u\x01";
    let array = b"\x40\x01a\x03\x40\x01b\x01\xb5\x03\0\0\0\x01";
    type Change = fn(&mut Limits, usize);
    let cases: &[(&[u8], usize, usize, Change)] = &[
        (b"\x40\x01a\x01", 4, 0, |l, n| l.bytes = n),
        (b"\x40\x01a\x40\x01b\x40\x01c\x01\x01\x01", 3, 6, |l, n| {
            l.depth = n;
        }),
        (b"\x40\x01a\x40\x03bcd\x01\x01", 3, 5, |l, n| l.name = n),
        (b"\x40\x01a\x08\x03bcd\x01", 3, 5, |l, n| l.name = n),
        (b"\x40\x01a\x99\x03bcd", 3, 5, |l, n| l.text = n),
        (b"\x40\x01a\x9f\x03bcd", 3, 5, |l, n| l.text = n),
        (b"\x40\x01a\xb7\x04b\0c\0", 4, 5, |l, n| l.text = n),
        (b"\x40\x01a\x02\x03bcd\x01", 3, 5, |l, n| l.text = n),
        (array, 3, 10, |l, n| l.items = n),
        (b"\x40\x01a\xa4\x82\x82\x82\xa6\x01", 3, 7, |l, n| {
            l.items = n;
        }),
        (attributes, 3, 11, |l, n| l.attributes = n),
        (
            b"\x40\x01a\x08\x01u\x40\x01b\x08\x01v\x01\x01",
            2,
            9,
            |l, n| l.namespaces = n,
        ),
    ];
    for (document, most, offset, change) in cases {
        limited(document, |limits| change(limits, *most)).unwrap();
        let error = limited(document, |limits| change(limits, most - 1)).unwrap_err();
        assert_eq!(error.kind(), BinaryErrorKind::Limit, "{document:x?}");
        assert_eq!(error.offset(), *offset, "{document:x?}: {error}");
    }
}

#[test]
fn nests_deeply_without_recursion() {
    let depth = 1_000_000;
    let mut document = b"\x40\x01a".repeat(depth);
    document.extend(b"\x01".repeat(depth));
    limited(&document, |limits| limits.depth = depth).unwrap();
    let error = read(&document).unwrap_err();
    assert_eq!(
        (error.kind(), error.offset()),
        (BinaryErrorKind::Limit, 128 * 3)
    );
}

#[test]
fn tells_no_values() {
    let document =
        b"\x40\x01a\x04\x01b\x98\x06secret\xa4\x98\x06secret\xa6\x02\x06secret\x99\x06secret";
    let mut records = Records::new(document);
    while let Some(record) = records.read().unwrap() {
        let debug = format!("{record:?} {records:?}");
        assert!(
            !debug.contains("secret") && !debug.contains("115"),
            "{debug}"
        );
    }
    let mut reader: Reader<'_> = Reader::new(document);
    loop {
        let event = reader.read().unwrap();
        let debug = format!("{event:?} {reader:?} {:?}", reader.attributes());
        assert!(
            !debug.contains("secret") && !debug.contains("115"),
            "{debug}"
        );
        if event == Event::Eof {
            break;
        }
    }
}
