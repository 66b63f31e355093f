//! Plans as text.

use crate::faults::{Fault, FaultPlan, FaultPlanError, Times};
use std::time::Duration;

#[test]
fn a_plan_reads_as_it_is_written() {
    let five = Duration::from_secs(5);
    let slow = |rate: Option<u64>| Fault::Slow {
        latency: Duration::from_millis(20),
        rate: rate.map(|rate| rate.try_into().unwrap()),
    };
    for (text, plan) in [
        ("cut", Fault::Cut.into()),
        ("cut=after:100", Fault::Cut.after(100)),
        ("cut=every:7@orders", Fault::Cut.every(7).on("orders")),
        ("cut=bytes:4096", Fault::CutAfterBytes(4096).into()),
        ("half-open=after:1", Fault::HalfOpen.after(1)),
        ("stall=5000ms", Fault::Stall(five).into()),
        ("stall=5000ms:every:3", Fault::Stall(five).every(3)),
        ("slow=20ms", slow(None).into()),
        ("slow=20ms:65536", slow(Some(65_536)).into()),
        ("throttle=next:10", Fault::Throttle(Times::Next(10)).into()),
        (
            "throttle=for:5000ms@orders",
            Fault::Throttle(Times::For(five)).on("orders"),
        ),
        ("detach@orders", Fault::Detach.on("orders")),
        ("lock-loss=every:50", Fault::LoseLocks.every(50)),
        (
            "refuse-tokens=always",
            Fault::RefuseTokens(Times::Always).into(),
        ),
        (
            "unauthorized=next:1:after:9@a/b",
            Fault::Unauthorized(Times::Next(1)).after(9).on("a/b"),
        ),
    ] {
        assert_eq!(text.parse::<FaultPlan>().as_ref(), Ok(&plan), "{text}");
        assert_eq!(plan.to_string(), text);
    }
    let units: FaultPlan = "stall=2m".parse().unwrap();
    assert_eq!(units, Fault::Stall(Duration::from_secs(120)).into());
}

#[test]
fn what_is_no_plan_says_what_would_be() {
    for (text, hint) in [
        ("", "`cut`, `half-open`"),
        ("burn", "no fault `burn`"),
        ("cut=after", "`=after:N`"),
        ("cut=after:0", "above 0"),
        ("cut=after:x", "above 0"),
        ("cut=bytes:x", "`=bytes:N`"),
        ("cut@", "behind the `@`"),
        ("cut@orders", "no entity"),
        ("stall", "`5s`"),
        ("stall=5", "`5s`"),
        ("stall=5h", "`5s`"),
        ("stall=s", "`5s`"),
        ("slow=20ms:0", "LATENCY"),
        ("slow=20ms:1:1", "LATENCY"),
        ("throttle", "`=always`"),
        ("throttle=next", "`=always`"),
        ("detach=5s", "`=every:N`"),
    ] {
        let error = text.parse::<FaultPlan>().unwrap_err().to_string();
        assert!(error.contains(hint), "{text}: {error}");
    }
}

#[test]
fn the_name_of_no_fault_is_clipped() {
    let Err(FaultPlanError::Unknown { name }) = "x".repeat(5000).parse::<FaultPlan>() else {
        panic!()
    };
    assert_eq!(name.len(), 40);
}
