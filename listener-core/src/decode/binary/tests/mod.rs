//! Tests over whole documents: those of [MC-NBFX], those that Microsoft's serialisers wrote, and malformed ones.

mod faults;
mod goldens;
mod limits;
mod misplaced;
mod twins;
pub(crate) mod vectors;

use std::{fs, path::PathBuf};

use crate::decode::binary::{BinaryError, BinaryErrorKind, Event, Reader, Records};

fn fixtures() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures").into()
}

/// Name and bytes of each message that Microsoft's serialiser wrote.
pub(crate) fn goldens() -> Vec<(String, Vec<u8>)> {
    let mut goldens: Vec<_> = ["messages", "random"]
        .iter()
        .flat_map(|folder| fs::read_dir(fixtures().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "msbin1")
        })
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    goldens.sort();
    assert_eq!(goldens.len(), 78);
    goldens
}

/// The binary SOAP that Microsoft's WCF client wrote: the only documents with dictionary records.
pub(crate) fn soap() -> [Vec<u8>; 3] {
    ["request", "reply", "fault"]
        .map(|part| fs::read(fixtures().join(format!("soap/twoway-binary.{part}.body"))).unwrap())
}

fn walk(document: &[u8]) -> Result<(), BinaryError> {
    let mut records = Records::new(document);
    while records.read()?.is_some() {}
    Ok(())
}

fn read(document: &[u8]) -> Result<(), BinaryError> {
    let mut reader: Reader<'_> = Reader::new(document);
    while reader.read()? != Event::Eof {}
    Ok(())
}

/// A document that is malformed, where, and what its fault says.
type Fault<'a> = (&'a [u8], usize, &'a str);

fn check(faults: &[Fault<'_>], kind: BinaryErrorKind, read: fn(&[u8]) -> Result<(), BinaryError>) {
    for (document, offset, message) in faults {
        let error = read(document).unwrap_err();
        assert_eq!(error.message().to_string(), *message, "{document:x?}");
        assert_eq!(
            (error.kind(), error.offset()),
            (kind, *offset),
            "{document:x?}"
        );
        assert_eq!(error.to_string(), format!("{message}, at byte {offset}"));
    }
}
