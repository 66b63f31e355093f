use proptest::{collection::vec, prelude::*, sample::select};

const ELEMENTS: &[&[u8]] = &[
    b"\x41\x01b\x01c",
    b"\x41\x00\x01c",
    b"\x5e\x01a",
    b"\x42\x02",
    b"\x44\x04",
    b"\x02\x01-",
];
const DECLARATIONS: &[&[u8]] = &[
    b"\x09\x01a\x01u",
    b"\x09\x01b\x01v",
    b"\x09\x00\x01v",
    b"\x08\x01w",
    b"\x0a\x04",
    b"\x0b\x01c\x06",
];
const ATTRIBUTES: &[&[u8]] = &[
    b"\x04\x01a\x82",
    b"\x26\x01b\x98\x01x",
    b"\x06\x04\x9e\x02\x00\xff",
    b"\x04\x01c\xa4\x82\x86\xa6",
    b"\x04\x01d\xa4\xa6",
    b"\x04\x01e\xa8",
];
const TEXTS: &[&[u8]] = &[
    b"\x98\x01a",
    b"\x98\x010",
    b"\x99\x00",
    b"\x9a\x02\x00bc",
    b"\xb6\x04a\0b\0",
    b"\xb6\x04\x9e\x8a\x9e\x8a",
    b"\x9e\x04abcd",
    b"\x9f\x01\xff",
    b"\xbc\x01\x02",
    b"\xaa\x02",
    b"\xa8",
    b"\xa9",
    b"\xa4\x88\x05\x98\x01a\xa6",
    b"\x86",
    b"\x83",
];
const ARRAYS: &[&[u8]] = &[
    b"\x03\x40\x01a\x01",
    b"\x03\x5e\x01a\x01",
    b"\x03\x40\x01a\x04\x01b\x82\x09\x01b\x01v\x01",
];
/// Ids of text records, and the size of what follows them.
const FIXED: &[(&[u8], usize)] = &[
    (&[0x88, 0x89, 0xB4, 0xB5], 1),
    (&[0x8A, 0x8B], 2),
    (&[0x8C, 0x8D, 0x90, 0x91], 4),
    (&[0x8E, 0x8F, 0x92, 0x93, 0x96, 0x97, 0xAE, 0xAF, 0xB2], 8),
    (&[0x94, 0x95, 0xAC, 0xAD, 0xB0, 0xB1], 16),
];
/// Kinds of items of arrays, and their size.
const ITEMS: &[(u8, usize)] = &[
    (0xB5, 1),
    (0x8B, 2),
    (0x8D, 4),
    (0x8F, 8),
    (0x91, 4),
    (0x93, 8),
    (0x95, 16),
    (0x97, 8),
    (0xAF, 8),
    (0xB1, 16),
];

fn one_of(records: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    select(records).prop_map(<[u8]>::to_vec)
}

/// Bytes of which most are small, so that they mean a date, a decimal or a boolean more often.
fn payload(size: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(
        prop_oneof![4 => Just(0), 1 => Just(1), 1 => any::<u8>()],
        size,
    )
}

/// One record, mostly well-formed.
pub(super) fn record() -> impl Strategy<Value = Vec<u8>> {
    let fixed = select(FIXED).prop_flat_map(|(ids, size)| {
        (select(ids), payload(size)).prop_map(|(id, payload)| [vec![id], payload].concat())
    });
    let array = (one_of(ARRAYS), select(ITEMS), 1..4_usize).prop_flat_map(
        |(element, (kind, size), count)| {
            payload(size * count)
                .prop_map(move |items| [&*element, &[kind, count as u8], &*items].concat())
        },
    );
    prop_oneof![
        4 => Just(b"\x40\x01a".to_vec()),
        1 => one_of(ELEMENTS),
        2 => one_of(DECLARATIONS),
        2 => one_of(ATTRIBUTES),
        3 => Just(vec![0x01]),
        3 => one_of(TEXTS),
        2 => fixed,
        1 => array,
    ]
}
