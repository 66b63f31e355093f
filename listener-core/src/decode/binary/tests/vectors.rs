use std::fmt::Write;

use super::fixtures;
use crate::decode::binary::{
    BinaryError, Dictionary, Dump, Items, Limits, Name, Record, RecordId, Records, StringTable,
};

pub(crate) struct Vector {
    pub(crate) id: RecordId,
    pub(crate) name: String,
    pub(crate) document: Vec<u8>,
    xml: String,
}

/// The structure examples of [MC-NBFX] 3.
pub(crate) fn vectors() -> Vec<Vector> {
    let table = std::fs::read_to_string(fixtures().join("mc-nbfx-vectors.tsv")).unwrap();
    let vectors: Vec<_> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<_> = line.split('\t').collect();
            let [id, name, document, xml] = columns[..] else {
                panic!("four columns")
            };
            Vector {
                id: RecordId(u8::from_str_radix(id, 16).unwrap()),
                name: name.to_owned(),
                document: hex(document),
                xml: with_strings(xml),
            }
        })
        .collect();
    assert_eq!(vectors.len(), 83);
    vectors
}

fn hex(digits: &str) -> Vec<u8> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else {
        panic!("an even number of digits")
    };
    pairs
        .iter()
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The table says `str26` for the static dictionary's string 26, and `str21` for the string 21 of a session.
fn with_strings(xml: &str) -> String {
    let mut pieces = xml.split("str");
    let mut filled = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (id, rest) = piece.split_at(digits);
        match Dictionary::Static.get(id.parse().unwrap()) {
            Some(string) => filled += string,
            None => filled += &format!("str{id}"),
        }
        filled += rest;
    }
    filled
}

fn qualified(name: Name<'_>) -> String {
    match name.prefix {
        "" => name.local.to_owned(),
        prefix => format!("{prefix}:{}", name.local),
    }
}

/// The first strings of a session, as the table calls them.
fn session() -> StringTable {
    let strings: Vec<_> = (1..100).step_by(2).map(|id| format!("str{id}")).collect();
    let size = strings.iter().map(|string| 1 + string.len()).sum::<usize>();
    let mut message = vec![0x80 | (size & 0x7F) as u8, (size >> 7) as u8];
    for string in strings {
        message.push(string.len() as u8);
        message.extend(string.bytes());
    }
    let mut table = StringTable::default();
    assert_eq!(table.read(&message, &Limits::default()), Ok(&b""[..]));
    table
}

/// Text XML of records, as [MC-NBFX] prints it.
fn to_xml(document: &[u8]) -> Result<String, BinaryError> {
    let session = session();
    let mut xml = String::new();
    let mut records = Records::new(document).with_dictionary(Dictionary::Session(&session));
    let mut open = Vec::new();
    let mut in_tag = false;
    while let Some(record) = records.read()? {
        match record {
            Record::Namespace { prefix: "", uri } => write!(xml, " xmlns=\"{uri}\"").unwrap(),
            Record::Namespace { prefix, uri } => write!(xml, " xmlns:{prefix}=\"{uri}\"").unwrap(),
            Record::Attribute(name) => {
                let Some(Record::Text(value)) = records.read()? else {
                    panic!("an attribute has a value")
                };
                write!(xml, " {}=\"{value}\"", qualified(name)).unwrap();
            }
            Record::Array(name) => array(&mut xml, &mut records, &qualified(name)),
            content => {
                if in_tag {
                    xml.push('>');
                }
                match content {
                    Record::Element(name) => {
                        open.push(qualified(name));
                        write!(xml, "<{}", qualified(name)).unwrap();
                    }
                    Record::Text(text) => write!(xml, "{text}").unwrap(),
                    Record::Comment(comment) => write!(xml, "<!--{comment}-->").unwrap(),
                    Record::EndElement => write!(xml, "</{}>", open.pop().unwrap()).unwrap(),
                    _ => unreachable!("it is matched above"),
                }
                in_tag = matches!(content, Record::Element(_));
            }
        }
    }
    Ok(xml)
}

fn array(xml: &mut String, records: &mut Records<'_>, name: &str) {
    let Ok(Some(Record::Items(items))) = records.read() else {
        panic!("the arrays of the table have no attributes")
    };
    for item in Items::iter(&items) {
        write!(xml, "<{name}>{item}</{name}>").unwrap();
    }
}

#[test]
fn reads_each_example_of_the_specification() {
    for vector in vectors() {
        let xml = to_xml(&vector.document).unwrap();
        assert_eq!(xml, vector.xml, "{:02X}", vector.id.0);
    }
}

#[test]
fn names_each_record_as_the_specification_does() {
    let session = session();
    for vector in vectors() {
        let name = vector.name;
        assert_eq!(vector.id.to_string(), name);
        let dump = Dump::new(&vector.document)
            .with_dictionary(Dictionary::Session(&session))
            .to_string();
        let id = format!("  {:02X}  ", vector.id.0);
        assert!(
            dump.lines().any(|l| l.contains(&id) && l.contains(&name)),
            "{dump}"
        );
    }
}

#[test]
fn knows_the_reserved_ids() {
    let reserved: Vec<_> = (0..=255).filter(|id| RecordId(*id).is_reserved()).collect();
    let mut expected = vec![0];
    expected.extend(0x78..=0x7F);
    expected.extend([0xA5, 0xA7]);
    expected.extend(0xBE..=0xFF);
    assert_eq!(reserved, expected);
    for id in expected {
        assert_eq!(RecordId(id).to_string(), "Reserved");
    }
}
