//! What routing allocates. It has a binary of its own, for it has an allocator of its own.

use allocation_counter::measure;
use listener_core::{
    Outcome, Reason,
    decode::{DecodeOptions, Limits, Message, decode},
};
use tests::dispatch::{delivery, now, router};
use tower::Service;

#[test]
fn a_message_that_nobody_routes_allocates_nothing() {
    let mut service = router(100);
    let stray = delivery(100);
    let allocated = measure(|| {
        let outcome = now(service.call(stray)).expect("an outcome");
        assert!(matches!(
            outcome,
            Outcome::Reject {
                reason: Reason::NoRoute,
                ..
            }
        ));
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_message_that_is_routed_allocates_its_listeners_future_only() {
    let mut service = router(100);
    let routed = delivery(50);
    let allocated = measure(|| assert!(now(service.call(routed)).expect("an outcome").is_accept()));
    assert_eq!(allocated.count_total, 1);
}

#[test]
fn a_body_allocates_no_more_than_its_limits_allow() {
    const ITEMS: usize = 10_000;
    let options = DecodeOptions {
        limits: Limits {
            items: ITEMS,
            ..Limits::default()
        },
        ..DecodeOptions::default()
    };
    let query = r#"{"__type":"QueryExpression:http://schemas.microsoft.com/xrm/2011/Contracts","LinkEntities":["#;
    // The smallest texts of the largest values.
    for (before, item, after) in [
        (r#"{"InputParameters":["#, r#"{"key":"","value":0}"#, "]}"),
        (r#"{"InputParameters":[{"key":"a","value":["#, "0", "]}]}"),
        (r#"{"InputParameters":[{"key":"a","value":["#, "[]", "]}]}"),
        (r#"{"InputParameters":[{"key":"a","value":["#, "{}", "]}]}"),
        (
            &format!(r#"{{"InputParameters":[{{"key":"a","value":{query}"#),
            "{}",
            "]}}]}",
        ),
        (r#"{"PreEntityImages":["#, r#"{"key":"","value":{}}"#, "]}"),
        (r#"{"Depth":1,"New":["#, "[[]]", "]}"),
    ] {
        let body = format!("{before}{}{after}", vec![item; 200_000].join(","));
        let allocated = measure(|| {
            decode(body.as_bytes(), None, &options).expect_err("too many items");
        });
        let most = (ITEMS * 512) as u64;
        assert!(
            allocated.bytes_max < most,
            "{item}: {} bytes",
            allocated.bytes_max
        );
        let message = Message::new(body.into(), None, options);
        let allocated = measure(|| drop(message.check().expect_err("too many items")));
        assert!(
            allocated.bytes_max < most,
            "{item}: {} bytes",
            allocated.bytes_max
        );
    }
}

/// What a document of XML declares before what a case puts in.
const XML: &str = "<RemoteExecutionContext xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\" \
    xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xmlns:a=\"http://schemas.datacontract.org/2004/07/System.Collections.Generic\">";

/// The same in .NET binary.
const BINARY: &[u8] = b"\x40\x16RemoteExecutionContext\
    \x08\x2fhttp://schemas.microsoft.com/xrm/2011/Contracts\
    \x09\x01a\x42http://schemas.datacontract.org/2004/07/System.Collections.Generic";

/// The most bytes at a time that decoding this takes, whole or by the shallow pass.
fn peak(body: Vec<u8>, options: DecodeOptions) -> u64 {
    let whole = measure(|| drop(decode(&body, None, &options).expect_err("too much")));
    let message = Message::new(body.into(), None, options);
    let shallow = measure(|| drop(message.check()));
    whole.bytes_max.max(shallow.bytes_max)
}

#[test]
fn xml_and_binary_allocate_no_more_than_their_limits_allow() {
    const ITEMS: usize = 10_000;
    // An element is the smallest text of the largest contract, whose list doubles as it grows.
    const MOST: u64 = ITEMS as u64 * 1024;
    let options = DecodeOptions {
        limits: Limits {
            items: ITEMS,
            ..Limits::default()
        },
        ..DecodeOptions::default()
    };
    let pair = "KeyValuePairOfstringanyType";
    let image = "KeyValuePairOfstringEntitygUGIFE1S";
    let query = format!("<{pair}><a:key/><a:value i:type=\"QueryExpression\"><LinkEntities>");
    for (before, item) in [
        ("<InputParameters>", format!("<{pair}><a:key/></{pair}>")),
        (
            "<PreEntityImages>",
            format!("<{image}><a:key/><a:value/></{image}>"),
        ),
        (
            &*format!("<InputParameters>{query}"),
            "<LinkEntity/>".into(),
        ),
        ("<New>", "<a/>".into()),
        ("<New>", "<a><a/></a>".into()),
    ] {
        let body = [XML, before, &item.repeat(200_000)].concat();
        let peak = peak(body.into(), options);
        assert!(peak < MOST, "{item}: {peak} bytes");
    }
    for (before, item) in [
        (
            &b"\x40\x0fInputParameters"[..],
            &b"\x40\x1bKeyValuePairOfstringanyType\x5e\x03key\x01\x01"[..],
        ),
        (
            b"\x40\x0fPreEntityImages",
            b"\x40\x22KeyValuePairOfstringEntitygUGIFE1S\x5e\x03key\x01\x5e\x05value\x01\x01",
        ),
        (b"\x40\x03New", b"\x40\x01a\x01"),
    ] {
        let body = [BINARY, before, &item.repeat(200_000)].concat();
        let peak = peak(body, options);
        let item = String::from_utf8_lossy(item);
        assert!(peak < MOST, "{item}: {peak} bytes");
    }
}

#[test]
fn a_length_that_nothing_stands_behind_allocates_nothing_of_it() {
    for lie in [
        // A text of 2 GiB, in UTF-8 and UTF-16; bytes; a name; two thousand million numbers.
        &b"\x40\x0bMessageName\x9d\xff\xff\xff\x7f"[..],
        b"\x40\x0bMessageName\xbb\xfe\xff\xff\x7f",
        b"\x40\x0bMessageName\xa3\xff\xff\xff\x7f",
        b"\x40\xff\xff\xff\xff\x07",
        b"\x40\x03New\x03\x40\x03int\x01\x8d\xff\xff\xff\xff\x07",
    ] {
        let peak = peak([BINARY, lie].concat(), DecodeOptions::default());
        assert!(peak < 64 * 1024, "{lie:x?}: {peak} bytes");
    }
}
