//! `listener decode`, as a user runs it.
#![expect(unreachable_pub, reason = "the support is shared by test programs")]

mod support;

use std::{
    fs::{self, File},
    process::Stdio,
};

use support::{file, fixture, fixtures, listener, run, run_with_input};

/// The goldens of a format, in the order of their names, and what they are to print.
fn goldens(format: &str) -> (Vec<String>, String) {
    let mut files = Vec::new();
    let mut printed = String::new();
    for folder in ["messages", "random"] {
        let mut paths: Vec<_> = fs::read_dir(fixtures().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().unwrap().ends_with(".canonical.json"))
            .collect();
        paths.sort();
        for path in paths {
            printed += fs::read_to_string(&path).unwrap().trim_end();
            printed += "\n";
            let path = path.to_str().unwrap();
            files.push(path.replace(".canonical.json", &format!(".{format}")));
        }
    }
    assert!(files.len() > 70, "{} goldens", files.len());
    (files, printed)
}

#[test]
fn prints_every_golden_in_its_canonical_form() {
    for format in ["json", "xml", "msbin1"] {
        let (files, printed) = goldens(format);
        let run = run(listener(&["decode", "--canonical"]).args(&files));
        assert_eq!(run.code, Some(0), "{}", run.err);
        for (found, expected) in run.out.lines().zip(printed.lines()) {
            assert_eq!(found, expected);
        }
        assert_eq!(run.out.len(), printed.len());
    }
}

#[test]
fn goes_on_after_a_file_that_cannot_be_decoded() {
    let whole = fs::read_to_string(fixture("messages/delete.json")).unwrap();
    let cut = file("cut.json", &whole[..600]);
    let wrong = file("wrong.json", whole.replace("\"Name\":null", "\"Name\":77"));
    let run = run(&mut listener(&[
        "decode",
        "--canonical",
        &cut,
        &wrong,
        "no such file",
        &fixture("messages/delete.json"),
    ]));
    assert_eq!(run.code, Some(1));
    let expected = fs::read_to_string(fixture("messages/delete.canonical.json")).unwrap();
    assert_eq!(run.out.trim_end(), expected.trim_end());
    let told: Vec<_> = run.err.lines().collect();
    let [of_cut, of_wrong, of_missing] = told[..] else {
        panic!("three errors: {}", run.err)
    };
    assert!(of_cut.starts_with(&format!("{cut}: ")), "{of_cut}");
    assert!(of_wrong.starts_with(&format!("{wrong}: ")), "{of_wrong}");
    assert!(
        of_wrong.contains("in `InputParameters[\"Target\"]"),
        "{of_wrong}"
    );
    assert!(of_wrong.contains("at byte "), "{of_wrong}");
    assert!(!of_wrong.contains("77"), "{of_wrong}");
    assert!(of_cut.ends_with("at byte 600"), "{of_cut}");
    assert!(of_missing.starts_with("no such file: "), "{of_missing}");
}

#[test]
fn names_each_of_several_messages_and_not_a_single_one() {
    let (one, other) = (
        fixture("messages/delete.json"),
        fixture("messages/nulls.json"),
    );
    let single = run(&mut listener(&["decode", &one]));
    assert_eq!(single.code, Some(0), "{}", single.err);
    assert!(
        single.out.starts_with("Delete of account("),
        "{}",
        single.out
    );
    assert!(!single.out.contains("==>"));

    let both = run(&mut listener(&["decode", &one, &other]));
    let expected = format!("==> {one} <==\n{}\n==> {other} <==\n", single.out);
    assert!(both.out.starts_with(&expected), "{}", both.out);
}

#[test]
fn reads_standard_input() {
    let json = fs::read(fixture("messages/delete.json")).unwrap();
    let piped = run_with_input(&mut listener(&["decode", "-"]), &json);
    assert_eq!(piped.code, Some(0), "{}", piped.err);
    let read = run(&mut listener(&["decode", &fixture("messages/delete.json")]));
    assert_eq!(piped.out, read.out);

    let broken = run_with_input(&mut listener(&["decode", "-"]), b"{]");
    assert_eq!(broken.code, Some(1));
    assert!(broken.err.starts_with("standard input: "), "{}", broken.err);
}

#[test]
fn repairs_double_encoding_on_request_and_says_so() {
    let file = file("twice.json", r#"{"MessageName":"RÄ«ga"}"#);
    let as_sent = run(&mut listener(&["decode", &file]));
    assert!(as_sent.out.contains("RÄ«ga"), "{}", as_sent.out);
    let note = format!("{file}: note: the text looks encoded twice");
    assert!(as_sent.err.starts_with(&note), "{}", as_sent.err);
    assert!(
        as_sent.err.contains("`--repair-encoding`"),
        "{}",
        as_sent.err
    );

    let repaired = run(&mut listener(&["decode", "--repair-encoding", &file]));
    assert!(repaired.out.contains("Rīga"), "{}", repaired.out);
    assert!(
        repaired.err.starts_with(&format!("{file}: note: ")),
        "{}",
        repaired.err
    );

    let plain = run(&mut listener(&["decode", &fixture("messages/text.json")]));
    assert_eq!((plain.code, &*plain.err), (Some(0), ""));
}

#[test]
fn tells_what_it_changed_and_took_off() {
    let file = file(
        "wrapped.json",
        r#""{\"MessageName\":\"a\\ud800\",\"PrimaryEntityName\":\"\\udc00\"}""#,
    );
    let run = run(&mut listener(&["decode", "--canonical", &file]));
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("a JSON string"), "{}", run.err);
    assert!(
        run.err.contains("2 halves of surrogate pairs"),
        "{}",
        run.err
    );
    assert!(run.out.contains("a\u{fffd}"), "{}", run.out);
}

#[test]
fn prints_the_records_of_binary_up_to_a_fault_which_is_a_failure() {
    let whole = fixture("messages/delete.msbin1");
    let printed = run(&mut listener(&["decode", "--records", &whole]));
    assert_eq!((printed.code, &*printed.err), (Some(0), ""));
    let first = "      0  40  ShortElement RemoteExecutionContext\n     24  08    ";
    assert!(printed.out.starts_with(first), "{}", printed.out);

    let bytes = fs::read(&whole).unwrap();
    let cut = file("cut.msbin1", &bytes[..500]);
    let told = run(&mut listener(&["decode", "--records", &cut]));
    assert_eq!(told.code, Some(1), "{}", told.err);
    let (before, fault) = told.out.trim_end().rsplit_once('\n').unwrap();
    assert!(printed.out.starts_with(before), "{before}");
    assert!(
        fault.contains("  !!  ") && fault.contains("at byte "),
        "{fault}"
    );

    for format in ["json", "xml"] {
        let other = fixture(&format!("messages/delete.{format}"));
        let told = run(&mut listener(&["decode", "--records", &other]));
        assert_eq!((told.code, &*told.out), (Some(1), ""));
        assert!(
            told.err.contains("expected .NET binary XML, found "),
            "{}",
            told.err
        );
    }
}

#[test]
fn refuses_a_file_over_the_limit_without_reading_it() {
    let path = file("large.json", "");
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let run = run(&mut listener(&["decode", &path]));
    fs::remove_file(&path).unwrap();
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("at most 67108864 bytes"), "{}", run.err);
}

#[test]
fn ends_quietly_when_nobody_reads_on() {
    let file = fixture("messages/size-190k.json");
    let mut child = listener(&["decode", &file, &file, &file])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run: support::Run = child.wait_with_output().unwrap().into();
    assert_eq!((run.code, &*run.err), (Some(0), ""));
}

#[test]
fn shows_how_to_use_it() {
    let help = run(&mut listener(&["decode", "--help"]));
    assert_eq!(help.code, Some(0));
    assert!(help.out.contains("Examples:"), "{}", help.out);
    let wrong = run(&mut listener(&["decode"]));
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("<FILE>"), "{}", wrong.err);
}
