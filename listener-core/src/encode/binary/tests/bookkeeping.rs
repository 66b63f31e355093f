//! When Microsoft's output buffer is emptied, step by step: whole messages hardly ever come to the byte where it shows.

use crate::{
    decode::binary::{DateTime, DateTimeKind, Decimal, Guid, Text},
    encode::binary::{array, buffer::Buffer, text},
};

/// The state of the buffer after it held this many bytes, the last of them a text, and this was written.
fn after(fill: usize, write: &dyn Fn(&mut Buffer<'_>)) -> (usize, bool) {
    let mut out = Vec::new();
    let mut buffer = Buffer::new(&mut out);
    buffer.text(0, &vec![0; fill]);
    write(&mut buffer);
    buffer.state()
}

fn name(text: &str) -> impl Fn(&mut Buffer<'_>) {
    move |buffer| buffer.name(text, text.len().try_into().unwrap())
}

fn content(text: Text<'_>) -> impl Fn(&mut Buffer<'_>) {
    move |buffer| assert!(text::write(buffer, text))
}

/// What makes room once: it keeps what is in the buffer up to where the room just suffices, and empties it one byte later.
#[test]
fn makes_room_before_each_piece() {
    let decimal = Text::Decimal(Decimal::from_parts(0, 0, false).unwrap());
    let date = Text::DateTime(DateTime::from_ticks(0, DateTimeKind::Utc).unwrap());
    let (ascii, wide) = ("a".repeat(85), "語".repeat(85));
    type Case<'a> = (&'a dyn Fn(&mut Buffer<'_>), usize, usize);
    let cases: &[Case<'_>] = &[
        (&|buffer| buffer.record(0x40), 1, 1),
        (&|buffer| buffer.multi_byte(5), 5, 1),
        (&|buffer| buffer.multi_byte(300), 5, 2),
        (&name(""), 1, 1),
        (&name("ab"), 7, 3),
        (&name(&ascii[..41]), 124, 42),
        (&name(&wide[..3 * 41]), 124, 124),
        (&content(Text::Zero), 1, 1),
        (&content(Text::Chars("1")), 1, 1),
        (&content(Text::Bool(true)), 1, 1),
        (&content(Text::Int(2)), 2, 2),
        (&content(Text::Int(200)), 3, 3),
        (&content(Text::Int(1 << 20)), 5, 5),
        (&content(Text::Int(1 << 40)), 9, 9),
        (&content(Text::UInt64(u64::MAX)), 9, 9),
        (&content(Text::Float(0.5)), 5, 5),
        (&content(Text::Double(0.1)), 9, 9),
        (&content(decimal), 17, 17),
        (&content(date), 9, 9),
        (&content(Text::Uuid(Guid([0; 16]))), 17, 17),
        (&content(Text::Chars("ab")), 8, 4),
        (&content(Text::Chars("語語")), 8, 6),
        (&content(Text::Chars(&ascii)), 257, 87),
        (&content(Text::Chars(&wide)), 257, 172),
    ];
    for (nth, (write, room, size)) in cases.iter().enumerate() {
        let most = 512 - room;
        assert_eq!(after(most, write).0, most + size, "case {nth}");
        assert_eq!(after(most + 1, write).0, *size, "case {nth}");
    }
}

/// What makes room for its length first, and then for three bytes a unit, in chunks.
#[test]
fn makes_room_for_long_texts_chunk_by_chunk() {
    let ascii = "a".repeat(600);
    let wide = "語".repeat(600);
    let length_then_chunk =
        |write: &dyn Fn(&mut Buffer<'_>), head: usize, room: usize, size: usize| {
            // The room for the chunk is what decides first.
            let most = 512 - head - room;
            assert_eq!(after(most, write).0, most + head + size);
            assert_eq!(after(most + 1, write).0, size);
            // Once the length itself needs an empty buffer, it is in it with the chunk.
            assert_eq!(after(507, write).0, size);
            assert_eq!(after(508, write).0, head + size);
        };
    length_then_chunk(&name(&ascii[..42]), 1, 126, 42);
    length_then_chunk(&name(&wide[..3 * 42]), 1, 126, 126);
    length_then_chunk(&content(Text::Chars(&ascii[..86])), 2, 258, 86);
    length_then_chunk(&content(Text::Chars(&ascii[..169])), 2, 507, 169);
    length_then_chunk(&content(Text::Chars(&wide[..3 * 86])), 2, 172, 172);
    // 170 units are the most of a chunk.
    let characters = |len: usize| after(0, &content(Text::Chars(&ascii[..len])));
    assert_eq!(characters(170), (2 + 170, true));
    assert_eq!(characters(255), (2 + 255, true));
    assert_eq!(characters(256), (256, false));
    assert_eq!(characters(170 + 114), (170 + 114, false));
    assert_eq!(characters(170 + 115), (115, false));
    // No pair is divided: 169 units, then it and the rest.
    let divided = |rest: usize| {
        let text = format!("{}😀{}", &ascii[..169], &ascii[..rest]);
        after(0, &content(Text::Chars(&text)))
    };
    assert_eq!(divided(0), (2 + 169 + 4, true));
    assert_eq!(divided(111), (3 + 169 + 4 + 111, true));
    assert_eq!(divided(112), (4 + 112, false));
    // In UTF-16 it is 256 units, of two bytes each.
    assert_eq!(
        after(0, &content(Text::Chars(&wide[..3 * 256]))),
        (512, false)
    );
    assert_eq!(
        after(0, &content(Text::Chars(&wide[..3 * 257]))),
        (2, false)
    );
    assert_eq!(
        after(0, &content(Text::Chars(&wide[..3 * 254]))),
        (511, true)
    );
}

#[test]
fn leaves_an_element_open_to_end_with_its_text_while_that_is_in_the_buffer() {
    let long = "a".repeat(86);
    let write = content(Text::Chars(&long));
    assert!(after(512 - 260, &write).1);
    assert!(!after(512 - 259, &write).1);
    assert!(
        after(508, &write).1,
        "length and chunk are in one buffer again"
    );
    // What a short text displaces is not the text itself.
    assert!(after(512, &content(Text::Chars("ab"))).1);
    assert!(!after(0, &|buffer| buffer.record(0x40)).1);
}

#[test]
fn puts_bytes_into_the_buffer_up_to_its_size() {
    let bytes = [7; 600];
    let of = |size: usize| content(Text::Bytes(&bytes[..size]));
    let most = 512 - 2 - 255;
    assert_eq!(after(most, &of(255)), (512, true));
    assert_eq!(after(most + 1, &of(255)), (255, false));
    assert_eq!(after(508, &of(255)), (257, true));
    // The rest of one byte is a record of its own.
    assert_eq!(after(0, &of(256)), (2 + 255 + 3, true));
    assert_eq!(after(0, &of(510)), (510, false));
    assert_eq!(after(0, &of(513)), (0, false));
    assert_eq!(after(0, &of(514)), (3, true));
}

#[test]
fn takes_only_dates_of_an_array_through_the_buffer() {
    let date = DateTime::from_ticks(0, DateTimeKind::Utc).unwrap();
    let dates = |count: usize| {
        move |buffer: &mut Buffer<'_>| {
            let items = std::iter::repeat_n(date, count);
            array::write(buffer, count.try_into().unwrap(), items);
        }
    };
    assert_eq!(after(0, &dates(63)), (2 + 63 * 8, false));
    assert_eq!(after(0, &dates(64)), (8, false));
    assert_eq!(after(502, &dates(1)), (512, false));
    assert_eq!(after(503, &dates(1)), (8, false));
    let ints = |buffer: &mut Buffer<'_>| array::write(buffer, 2, [1, 2].into_iter());
    assert_eq!(after(100, &ints), (0, false));
}
