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
