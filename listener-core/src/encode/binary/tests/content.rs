use crate::{
    decode::binary::{DateTime, DateTimeKind, Decimal, Guid, Text, TimeSpan},
    encode::binary::{WriteError, Writer},
};

fn document(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    write(&mut writer);
    writer.finish().unwrap();
    out
}

/// What is written for the content of an element, with the element's end.
fn content(text: Text<'_>) -> Vec<u8> {
    document(|writer| {
        writer.start_element("", "a");
        writer.text(text);
        writer.end_element();
    })
    .split_off(3)
}

/// The first bytes, the number of all, and the last one.
fn shape(text: &str) -> (Vec<u8>, usize, u8) {
    let bytes = content(Text::Chars(text));
    (bytes[..3].to_vec(), bytes.len(), bytes[bytes.len() - 1])
}

#[test]
fn writes_an_integer_in_the_shortest_record() {
    for (value, bytes) in [
        (0, &b"\x81"[..]),
        (1, b"\x83"),
        (-1, b"\x89\xff"),
        (127, b"\x89\x7f"),
        (-128, b"\x89\x80"),
        (128, b"\x8b\x80\0"),
        (-32_768, b"\x8b\0\x80"),
        (32_768, b"\x8d\0\x80\0\0"),
        (i64::from(i32::MIN), b"\x8d\0\0\0\x80"),
        (1 << 31, b"\x8f\0\0\0\x80\0\0\0\0"),
        (i64::MIN, b"\x8f\0\0\0\0\0\0\0\x80"),
    ] {
        assert_eq!(content(Text::Int(value)), bytes, "{value}");
    }
    assert_eq!(content(Text::UInt64(5)), b"\x89\x05");
    assert_eq!(content(Text::UInt64(1 << 63)), b"\xb3\0\0\0\0\0\0\0\x80");
}

#[test]
fn writes_a_double_as_the_integer_or_float_that_it_is() {
    for (value, bytes) in [
        (0.0, &b"\x81"[..]),
        (-0.0, b"\x81"),
        (2.0, b"\x89\x02"),
        (0.5, b"\x91\0\0\0\x3f"),
        ((1_i64 << 62) as f64, b"\x8f\0\0\0\0\0\0\0\x40"),
        (i64::MIN as f64, b"\x8f\0\0\0\0\0\0\0\x80"),
        // One more than a long holds.
        (-(i64::MIN as f64), b"\x91\0\0\0\x5f"),
        // Whole, but no float holds it.
        (16_777_217.0, b"\x93\0\0\0\x10\0\0\x70\x41"),
        (0.1, b"\x93\x9a\x99\x99\x99\x99\x99\xb9\x3f"),
        (1e300, b"\x93\x9c\x75\x00\x88\x3c\xe4\x37\x7e"),
        (f64::INFINITY, b"\x93\0\0\0\0\0\0\xf0\x7f"),
        (f64::NEG_INFINITY, b"\x93\0\0\0\0\0\0\xf0\xff"),
        (f64::NAN, b"\x93\0\0\0\0\0\0\xf8\xff"),
        (-f64::NAN, b"\x93\0\0\0\0\0\0\xf8\xff"),
    ] {
        assert_eq!(content(Text::Double(value)), bytes, "{value}");
    }
    assert_eq!(content(Text::Float(f32::NAN)), b"\x91\0\0\xc0\xff");
    assert_eq!(content(Text::Float(f32::INFINITY)), b"\x91\0\0\x80\x7f");
}

#[test]
fn writes_other_values_in_records_of_their_own() {
    let date = DateTime::from_ticks(1, DateTimeKind::Utc).unwrap();
    let decimal = Decimal::from_parts(1, 2, true).unwrap();
    for (text, bytes) in [
        (Text::Bool(true), &b"\x87"[..]),
        (Text::Bool(false), b"\x85"),
        (Text::Zero, b"\x81"),
        (Text::One, b"\x83"),
        (Text::Empty, b"\x01"),
        (Text::DateTime(date), b"\x97\x01\0\0\0\0\0\0\x40"),
        (
            Text::Decimal(decimal),
            b"\x95\0\0\x02\x80\0\0\0\0\x01\0\0\0\0\0\0\0",
        ),
        (
            Text::TimeSpan(TimeSpan(-1)),
            b"\xaf\xff\xff\xff\xff\xff\xff\xff\xff",
        ),
        (
            Text::Uuid(Guid([7; 16])),
            b"\xb1\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07",
        ),
        (
            Text::UniqueId(Guid([7; 16])),
            b"\xad\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07",
        ),
        (
            Text::QName {
                prefix: "b",
                local: "c",
            },
            b"\x99\x03b:c",
        ),
    ] {
        assert_eq!(content(text), bytes, "{text:?}");
    }
}

#[test]
fn writes_characters_in_the_shorter_encoding() {
    for (text, bytes) in [
        ("", &b"\x01"[..]),
        ("0", b"\x81"),
        ("1", b"\x83"),
        ("2", b"\x99\x012"),
        ("ä", b"\x99\x02\xc3\xa4"),
        // Three bytes are no more than two of one unit, by half of them rounded down.
        ("語", b"\x99\x03\xe8\xaa\x9e"),
        ("語語", b"\xb7\x04\x9e\x8a\x9e\x8a"),
        ("😀", b"\x99\x04\xf0\x9f\x98\x80"),
    ] {
        assert_eq!(content(Text::Chars(text)), bytes, "{text}");
    }
}

#[test]
fn writes_the_length_of_characters_in_one_two_or_four_bytes() {
    let ascii = |len| shape(&"a".repeat(len));
    assert_eq!(ascii(85), (vec![0x99, 85, b'a'], 87, b'a'));
    assert_eq!(ascii(255), (vec![0x98, 255, b'a'], 258, 1));
    assert_eq!(ascii(256), (vec![0x9A, 0, 1], 260, 1));
    assert_eq!(ascii(65_535), (vec![0x9A, 255, 255], 65_539, 1));
    assert_eq!(ascii(65_536), (vec![0x9C, 0, 0], 65_542, 1));
    let wide = |len| shape(&"語".repeat(len));
    assert_eq!(wide(85), (vec![0xB7, 170, 0x9E], 172, 0x8A));
    assert_eq!(wide(127), (vec![0xB7, 254, 0x9E], 256, 0x8A));
    assert_eq!(wide(128), (vec![0xB9, 0, 1], 259, 0x8A));
    assert_eq!(wide(32_768), (vec![0xBA, 0, 0], 65_542, 1));
}

#[test]
fn splits_bytes_into_whole_groups_of_three_and_a_rest() {
    for (bytes, records) in [
        (&b""[..], &b"\x01"[..]),
        (b"a", b"\x9f\x01a"),
        (b"abc", b"\x9f\x03abc"),
        (b"abcd", b"\x9e\x03abc\x9f\x01d"),
        (b"abcde", b"\x9e\x03abc\x9f\x02de"),
    ] {
        assert_eq!(content(Text::Bytes(bytes)), records);
    }
    let long = content(Text::Bytes(&[7; 512]));
    assert_eq!(long[..3], [0xA0, 254, 1]);
    assert_eq!(long[long.len() - 4..], [0x9F, 2, 7, 7]);
    let past_the_buffer = content(Text::Bytes(&[7; 513]));
    assert_eq!(past_the_buffer[..3], [0xA0, 1, 2]);
    assert_eq!(past_the_buffer[past_the_buffer.len() - 2..], [7, 1]);
    let longest = content(Text::Bytes(&vec![7; 65_538]));
    assert_eq!(longest[..5], [0xA2, 2, 0, 1, 0]);
}

#[test]
fn writes_names_by_their_prefix() {
    let out = document(|writer| {
        writer.start_element("long", "root");
        writer.attribute("", "a", Text::Chars("x"));
        writer.attribute("z", "b", Text::Empty);
        writer.attribute("long", "c", Text::Bytes(b"abcd"));
        writer.namespace("long", "u");
        writer.namespace("", "v");
        writer.start_element("a", "b");
        writer.end_element();
        writer.end_element();
    });
    let expected =
        b"\x41\x04long\x04root\x04\x01a\x98\x01x\x3f\x01b\xa8\x05\x04long\x01c\x98\x08YWJjZA==\
        \x09\x04long\x01u\x08\x01v\x5e\x01b\x01\x01";
    assert_eq!(out, expected);
}

#[test]
fn ends_no_element_with_the_value_of_an_attribute() {
    let out = document(|writer| {
        writer.start_element("", "a");
        writer.attribute("i", "nil", Text::Bool(true));
        writer.end_element();
    });
    assert_eq!(out, b"\x40\x01a\x2e\x03nil\x86\x01");
}

#[test]
fn writes_arrays_with_items_of_full_size() {
    let array = |write: &dyn Fn(&mut Writer<'_>)| {
        document(|writer| {
            writer.start_element("", "a");
            write(writer);
            writer.end_element();
        })
        .split_off(3)
    };
    type Case<'a> = (&'a dyn Fn(&mut Writer<'_>), &'a [u8]);
    let cases: &[Case<'_>] = &[
        (
            &|w| w.array("b", "int", [1, -1].into_iter()),
            b"\x03\x5f\x03int\x01\x8d\x02\x01\0\0\0\xff\xff\xff\xff\x01",
        ),
        (
            &|w| w.array("", "b", [true, false].into_iter()),
            b"\x03\x40\x01b\x01\xb5\x02\x01\0\x01",
        ),
        (
            &|w| w.array("", "b", [-0.0_f64].into_iter()),
            b"\x03\x40\x01b\x01\x93\x01\0\0\0\0\0\0\0\x80\x01",
        ),
        (
            &|w| w.array("", "b", [1.0_f32].into_iter()),
            b"\x03\x40\x01b\x01\x91\x01\0\0\x80\x3f\x01",
        ),
        (
            &|w| w.array("", "b", [1_i16].into_iter()),
            b"\x03\x40\x01b\x01\x8b\x01\x01\0\x01",
        ),
        (&|w| w.array("", "b", std::iter::empty::<i64>()), b"\x01"),
    ];
    for (write, expected) in cases {
        assert_eq!(array(write), *expected);
    }
}

#[test]
fn writes_behind_what_is_there() {
    let mut out = b"before".to_vec();
    let mut writer = Writer::new(&mut out);
    writer.start_element("", "a");
    writer.text(Text::One);
    writer.end_element();
    writer.finish().unwrap();
    assert_eq!(out, b"before\x40\x01a\x83");
}

#[test]
fn tells_at_the_end_what_is_no_document() {
    type Events = fn(&mut Writer<'_>);
    let cases: &[(Events, WriteError)] = &[
        (|_| (), WriteError::Unfinished),
        (|w| w.start_element("", "a"), WriteError::Unfinished),
        (|w| w.text(Text::One), WriteError::Misplaced),
        (|w| w.end_element(), WriteError::Misplaced),
        (|w| w.namespace("", "u"), WriteError::Misplaced),
        (|w| w.array("", "a", [1].into_iter()), WriteError::Misplaced),
        (
            |w| {
                w.start_element("", "a");
                w.text(Text::One);
                w.attribute("", "b", Text::One);
                w.end_element();
            },
            WriteError::Misplaced,
        ),
        (
            |w| {
                for _ in 0..2 {
                    w.start_element("", "a");
                    w.end_element();
                }
            },
            WriteError::Misplaced,
        ),
    ];
    for (write, expected) in cases {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        write(&mut writer);
        assert_eq!(writer.finish(), Err(*expected));
    }
}
