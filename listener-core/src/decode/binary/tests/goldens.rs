use super::{goldens, read, soap, walk};
use crate::decode::binary::{Dictionary, Event, Reader, Record, Records, Text};

#[test]
fn reads_all_messages() {
    for (_, message) in goldens() {
        walk(&message).unwrap();
        read(&message).unwrap();
    }
}

#[test]
fn reads_messages_without_a_dictionary() {
    for (_, message) in goldens() {
        let mut records = Records::new(&message).with_dictionary(Dictionary::None);
        while records.read().unwrap().is_some() {}
    }
}

#[test]
fn reads_binary_soap() {
    for body in soap() {
        let mut reader: Reader<'_> = Reader::new(&body);
        let Ok(Event::Start(envelope)) = reader.read() else {
            panic!("an envelope")
        };
        assert_eq!(envelope.name.local, "Envelope");
        assert_eq!(
            envelope.namespace,
            "http://www.w3.org/2003/05/soap-envelope"
        );
        assert_eq!(
            reader.resolve("a"),
            Some("http://www.w3.org/2005/08/addressing")
        );
        while reader.read().unwrap() != Event::Eof {}
    }
}

#[test]
fn resolves_the_prefix_that_xml_binds() {
    let [_, _, fault] = soap();
    let mut reader: Reader<'_> = Reader::new(&fault);
    loop {
        if let Event::Start(element) = reader.read().unwrap()
            && element.name.local == "Text"
        {
            let lang = reader.attributes()[0];
            assert_eq!((lang.name.prefix, lang.name.local), ("xml", "lang"));
            assert_eq!(lang.namespace, "http://www.w3.org/XML/1998/namespace");
            assert_eq!(lang.value, Text::Chars("en-US"));
            return;
        }
    }
}

#[test]
fn borrows_all_names_and_texts_from_the_document() {
    let (_, message) = goldens().swap_remove(0);
    let within = |text: &str| message.as_ptr_range().contains(&text.as_ptr());
    let mut records = Records::new(&message);
    while let Some(record) = records.read().unwrap() {
        match record {
            Record::Element(name) => assert!(within(name.local)),
            Record::Namespace { uri, .. } => assert!(within(uri)),
            Record::Text(Text::Chars(chars)) => assert!(within(chars)),
            _ => {}
        }
    }
}

#[test]
fn reads_a_part_with_the_prefixes_that_are_bound_outside_of_it() {
    let part = b"\x5e\x01b\x09\x01a\x01v\x5e\x01c\x01\x01";
    let mut reader: Reader<'_> = Reader::new(part)
        .with_namespace("", "u")
        .with_namespace("a", "w");
    let outside = reader.clone();
    assert_eq!(outside.resolve(""), Some("u"));
    assert!(matches!(reader.read(), Ok(Event::Start(element)) if element.namespace == "v"));
    assert!(reader.namespaces().eq([("", "u"), ("a", "w"), ("a", "v")]));
    reader.skip().unwrap();
    assert_eq!(reader.read(), Ok(Event::Eof));
    assert_eq!(
        (reader.resolve("a"), reader.position()),
        (Some("w"), part.len())
    );
}

/// Each cut is read on from the record before it, so that all places of all messages take linear time.
#[test]
fn refuses_each_message_cut_at_any_byte() {
    for (name, message) in goldens() {
        let mut records = Records::new(&message);
        loop {
            let before = records.clone();
            let more = records.read().unwrap().is_some();
            // Cut to nothing it is an empty fragment.
            for cut in before.position().max(1)..records.position() {
                let mut records = before.cut_at(cut);
                let error = loop {
                    match records.read() {
                        Ok(record) => assert!(record.is_some(), "{name} cut at {cut} is whole"),
                        Err(error) => break error,
                    }
                };
                let place = before.position()..=cut;
                assert!(
                    place.contains(&error.offset()),
                    "{name} cut at {cut}: {error}"
                );
            }
            if !more {
                break;
            }
        }
    }
}

#[test]
fn refuses_a_message_cut_at_any_byte_when_read_from_its_start() {
    for (name, message) in goldens()
        .into_iter()
        .filter(|(_, message)| message.len() < 1000)
    {
        for cut in 0..message.len() {
            let error = read(&message[..cut]).unwrap_err();
            assert!(error.offset() <= cut, "{name} cut at {cut}: {error}");
        }
    }
}
