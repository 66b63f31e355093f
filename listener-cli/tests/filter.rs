//! `listener filter`, as a user runs it.
#![expect(unreachable_pub, reason = "the support is shared by test programs")]

#[expect(dead_code, reason = "no message is needed here")]
mod support;

#[cfg(unix)]
use std::process::Command;

use listener_core::{Binding, Router, router::SubscriptionRules};
use listener_local::service_bus::config::ServiceBusConfig;
use support::{Run, file, listener, run, run_with_input};

fn filter(arguments: &[&str]) -> Run {
    run(listener(&["filter"]).args(arguments))
}

fn router() -> Router {
    Router::new()
        .on(
            Binding::message("Create").entity("account").stage(40),
            || async {},
        )
        .on(Binding::message("new_O'Hara"), || async {})
}

#[test]
fn prints_the_rules_of_the_router_that_has_these_routes() {
    let expected = router().subscription_rules().to_string();
    let run = filter(&["--route", "Create/account", "--route", "new_O'Hara"]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    assert_eq!(run.out, expected);

    let routes = serde_json::to_vec(&router().routes()).unwrap();
    let run = filter(&["--routes", &file("routes.json", &routes)]);
    assert_eq!((run.code, &*run.out), (Some(0), &*expected));
    let run = run_with_input(&mut listener(&["filter", "--routes", "-"]), &routes);
    assert_eq!((run.code, &*run.out), (Some(0), &*expected));
}

#[test]
fn a_fallback_takes_everything() {
    for arguments in [&["--fallback"][..], &["--route", "Create", "--fallback"]] {
        let run = filter(arguments);
        assert_eq!(
            (run.code, &*run.out),
            (Some(0), "-- listener-everything\n1=1\n")
        );
    }
}

#[test]
#[cfg(unix)]
fn a_shell_hands_the_commands_over_word_by_word() {
    let address = ["--resource-group", "crm", "--namespace", "it's", "--topic"];
    let mut arguments = vec!["--route", "new_O'Hara", "--format", "az"];
    arguments.extend(address);
    arguments.push("crm events");
    let printed = filter(&arguments);
    assert_eq!((printed.code, &*printed.err), (Some(0), ""));

    // In the place of Azure CLI: writes the words that it gets, one a line, and an empty line behind each call.
    let az = r#"az() { printf '%s\n' "$@" ""; }"#;
    let script = format!("{az}\n{}", printed.out);
    let shell = run(Command::new("sh").args(["-c", &script]));
    assert_eq!((shell.code, &*shell.err), (Some(0), ""));
    let calls: Vec<Vec<_>> = shell
        .out
        .trim_end()
        .split("\n\n")
        .map(|call| call.lines().collect())
        .collect();
    let rules = SubscriptionRules::of_routes([("new_O'Hara", None)]);
    let place = [
        "--resource-group",
        "crm",
        "--namespace-name",
        "it's",
        "--topic-name",
        "crm events",
        "--subscription-name",
        "<subscription>",
        "--name",
    ];
    for (call, rule) in calls.iter().zip(&rules) {
        assert_eq!(
            call[..5],
            ["servicebus", "topic", "subscription", "rule", "create"]
        );
        assert_eq!(call[5..14], place);
        assert_eq!(
            call[14..],
            [rule.name(), "--filter-sql-expression", rule.expression()]
        );
    }
    let [.., last] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(calls.len(), rules.as_slice().len() + 1);
    assert_eq!(last[4], "delete");
    assert_eq!(last[13..], ["--name", "$Default"]);
}

#[test]
#[cfg(unix)]
fn the_default_rule_stays_when_another_cannot_be_made() {
    let printed = filter(&["--route", "Create", "--format", "az"]);
    let script = format!("az() {{ echo \"$5\"; return 3; }}\n{}", printed.out);
    let shell = run(Command::new("sh").args(["-c", &script]));
    assert_eq!((shell.code, &*shell.out), (Some(3), "create\n"));
}

#[test]
fn prints_rules_for_the_config_that_listener_local_reads() {
    let run = filter(&["--route", "Create/account", "--format", "config"]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    let config = format!(
        r#"{{"UserConfig": {{"Namespaces": [{{"Name": "sbemulatorns", "Topics": [
            {{"Name": "crm", "Subscriptions": [{{"Name": "billing", "Rules": {}}}]}}
        ]}}]}}}}"#,
        run.out
    );
    let loaded = ServiceBusConfig::from_json(config.as_bytes()).unwrap();
    assert!(loaded.warnings.is_empty());
    let rules = &loaded.config.namespaces[0].topics[0].subscriptions[0].rules;
    let names: Vec<_> = rules.iter().map(|rule| rule.name()).collect();
    assert_eq!(names, ["listener-1", "listener-unclaimed"]);
}

#[test]
fn says_that_a_table_in_capitals_is_none_of_dataverse() {
    let run = filter(&["--route", "Create/Account"]);
    assert_eq!(run.code, Some(0));
    assert!(run.out.contains("'Account'"), "{}", run.out);
    assert!(
        run.err.starts_with("note: Create/Account: ") && run.err.contains("lower case"),
        "{}",
        run.err
    );
}

#[test]
fn says_when_nothing_is_listened_to() {
    let run = filter(&["--routes", &file("empty-routes.json", "[]")]);
    assert_eq!(
        (run.code, &*run.out),
        (Some(0), "-- listener-nothing\n1=0\n")
    );
    assert!(run.err.contains("takes no message"), "{}", run.err);
}

#[test]
fn says_what_is_wrong_with_the_routes() {
    let broken = file(
        "no-routes.json",
        r#"[{"message":"canary"},{"entity":"canary"}]"#,
    );
    for path in [&*broken, "no such file"] {
        let run = filter(&["--routes", path]);
        assert_eq!((run.code, &*run.out), (Some(1), ""));
        assert!(run.err.starts_with(&format!("{path}: ")), "{}", run.err);
        assert!(!run.err.contains("canary"), "{}", run.err);
    }
    assert_eq!(filter(&[]).code, Some(2));
    assert_eq!(filter(&["--route", "/account"]).code, Some(2));
}

#[test]
fn shows_how_to_use_it() {
    let help = filter(&["--help"]);
    assert_eq!(help.code, Some(0));
    for words in ["Examples:", "$Default", "with their case"] {
        assert!(help.out.contains(words), "{}", help.out);
    }
}
