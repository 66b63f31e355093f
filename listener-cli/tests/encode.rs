//! `listener encode`, as a user runs it.
#![expect(unreachable_pub, reason = "the support is shared by test programs")]
#![expect(dead_code, reason = "and each uses a part of it")]

mod support;

use std::fs;

use support::{file, fixture, listener, run};

#[test]
fn writes_what_microsofts_serialisers_wrote_from_each_format_that_names_types() {
    for name in [
        "create-all-types",
        "customapi-all-types",
        "serviceendpointfault",
    ] {
        for from in ["xml", "msbin1"] {
            for (format, to) in [("xml", "xml"), ("binary", "msbin1"), ("json", "json")] {
                let target = file(&format!("{name}.{from}.{to}"), "");
                let source = fixture(&format!("messages/{name}.{from}"));
                let run = run(&mut listener(&[
                    "encode", "--format", format, "-o", &target, &source,
                ]));
                assert_eq!(
                    (run.code, run.out.as_str(), run.err.as_str()),
                    (Some(0), "", "")
                );
                let expected = fs::read(fixture(&format!("messages/{name}.{to}"))).unwrap();
                assert!(
                    fs::read(&target).unwrap() == expected,
                    "{name}: {from} to {to}"
                );
            }
        }
    }
}

#[test]
fn tells_the_types_that_it_guessed() {
    let source = fixture("messages/create-all-types.json");
    let run = run(&mut listener(&["encode", "--format", "xml", &source]));
    assert_eq!(run.code, Some(0));
    assert!(
        run.out.starts_with("<RemoteExecutionContext "),
        "{}",
        run.out
    );
    assert!(run.err.contains("so they were guessed"), "{}", run.err);
    assert!(run.err.contains("as int"), "{}", run.err);
}

#[test]
fn fails_on_what_is_no_message() {
    let cut = file("cut.xml", "<RemoteExecutionContext");
    let run = run(&mut listener(&["encode", "--format", "json", &cut]));
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.contains("cut.xml: "), "{}", run.err);
}
