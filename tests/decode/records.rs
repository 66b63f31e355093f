//! Text records that Microsoft's writer does not choose, where [MC-NBFX] lets any stand.

use listener_core::{
    context::{RemoteExecutionContext, Value},
    decode::{DecodeOptions, Document, decode},
};

/// A context with the prefix `i` for attributes and `x` for types, and these records as its members.
fn context(members: &[&[u8]]) -> RemoteExecutionContext {
    let body = [
        &b"\x40\x16RemoteExecutionContext"[..],
        b"\x08\x2fhttp://schemas.microsoft.com/xrm/2011/Contracts",
        b"\x09\x01i\x29http://www.w3.org/2001/XMLSchema-instance",
        b"\x09\x01x\x20http://www.w3.org/2001/XMLSchema",
        b"\x09\x01g\x42http://schemas.datacontract.org/2004/07/System.Collections.Generic",
        &members.concat()[..],
        b"\x01",
    ]
    .concat();
    let decoded =
        decode(&body, None, &DecodeOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    match decoded.document {
        Document::Context(context) => context,
        _ => panic!("a context"),
    }
}

fn is_depth_null(nil: &[u8]) -> bool {
    context(&[b"\x40\x05Depth\x2e\x03nil", nil, b"\x01"])
        .depth
        .is_null()
}

fn is_offline(value: &[u8]) -> bool {
    let context = context(&[b"\x40\x11IsOfflinePlayback", value]);
    context.is_offline_playback.value() == Some(&true)
}

#[test]
fn nil_is_read_as_a_boolean_and_as_its_text() {
    assert!(is_depth_null(b"\x86"), "True");
    assert!(is_depth_null(b"\x82"), "One");
    assert!(is_depth_null(b"\xb4\x01"), "Bool");
    assert!(is_depth_null(b"\x98\x06 true "), "Chars8");
}

#[test]
fn nil_is_read_out_of_every_record_that_says_true() {
    assert!(is_depth_null(b"\x88\x01"), "Int8");
    assert!(is_depth_null(b"\xb6\x02\x31\x00"), "UnicodeChars8");
}

#[test]
fn the_name_of_a_type_is_read_in_utf_16() {
    let context = context(&[
        b"\x40\x0fInputParameters\x40\x1bKeyValuePairOfstringanyType\x64\x03key\x99\x01k",
        b"\x64\x05value\x2e\x04type\xb6\x0ax\0:\0i\0n\0t\0\x83\x01\x01",
    ]);
    assert_eq!(context.input_parameters().get("k"), Some(&Value::Int(1)));
}

#[test]
fn a_boolean_is_read_as_one_and_as_its_text() {
    assert!(is_offline(b"\x87"), "True");
    assert!(is_offline(b"\x83"), "One");
    assert!(is_offline(b"\xb5\x01"), "Bool");
    assert!(is_offline(b"\x89\x01"), "Int8");
    assert!(is_offline(b"\x99\x011"), "Chars8");
}

#[test]
fn a_boolean_is_read_out_of_every_record_that_says_1() {
    assert!(is_offline(b"\xb3\x01\0\0\0\0\0\0\0"), "UInt64");
    assert!(is_offline(b"\x91\x00\x00\x80\x3f"), "Float");
}
