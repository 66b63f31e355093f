use crate::service_bus::config::{EventHubsConfig, FILE_LIMIT, ServiceBusConfig};

fn problems(file: &str) -> Vec<String> {
    let error = ServiceBusConfig::from_json(file.as_bytes()).expect_err(file);
    error.problems().iter().map(ToString::to_string).collect()
}

fn namespace(members: &str) -> String {
    format!(r#"{{"UserConfig": {{"Namespaces": [{{"Name": "n", {members}}}]}}}}"#)
}

fn queue(properties: &str) -> String {
    namespace(&format!(
        r#""Queues": [{{"Name": "q", "Properties": {{{properties}}}}}]"#
    ))
}

fn rule(rule: &str) -> String {
    namespace(&format!(
        r#""Topics": [{{"Name": "t", "Subscriptions": [{{"Name": "s", "Rules": [{rule}]}}]}}]"#
    ))
}

const QUEUE: &str = "$.UserConfig.Namespaces[0].Queues[0]";
const RULE: &str = "$.UserConfig.Namespaces[0].Topics[0].Subscriptions[0].Rules[0]";

#[test]
fn what_is_no_json_is_told_with_its_place() {
    for (file, expected) in [
        (
            "",
            "$: expected JSON, found the end of the file at line 1, column 0",
        ),
        (
            "{\n  secret",
            "$: expected JSON, found something else at line 2, column 3",
        ),
        ("[]", "$: expected an object, found an array of 0 items"),
        ("{}", "$: expected a member `UserConfig`, found none"),
        (
            r#"{"UserConfig": {}}"#,
            "$.UserConfig: expected a member `Namespaces`, found none",
        ),
        (
            r#"{"UserConfig": {"Namespaces": []}}"#,
            "$.UserConfig.Namespaces: expected at least one namespace, found an array of 0 items",
        ),
    ] {
        assert_eq!(problems(file), [expected], "{file}");
    }
    let large = " ".repeat(FILE_LIMIT + 1);
    assert_eq!(
        problems(&large),
        ["$: expected at most 4194304 bytes, found 4194305"]
    );
    let deep = "[".repeat(100_000);
    assert_eq!(problems(&deep).len(), 1);
}

#[test]
fn each_wrong_value_is_told_with_what_is_allowed() {
    let of = |member: &str, text: &str| format!("{QUEUE}.Properties.{member}: {text}");
    for (properties, member, text) in [
        (
            r#""LockDuration": "PT0S""#,
            "LockDuration",
            "expected an ISO 8601 duration from `PT0.001S` to `P1D`, found a string of 4 characters",
        ),
        (
            r#""LockDuration": "a minute""#,
            "LockDuration",
            "expected an ISO 8601 duration from `PT0.001S` to `P1D`, found a string of 8 characters",
        ),
        (
            r#""LockDuration": 60"#,
            "LockDuration",
            "expected an ISO 8601 duration from `PT0.001S` to `P1D`, found a number",
        ),
        (
            r#""DuplicateDetectionHistoryTimeWindow": "P8D""#,
            "DuplicateDetectionHistoryTimeWindow",
            "expected an ISO 8601 duration from `PT0.001S` to `P7D`, found a string of 3 characters",
        ),
        (
            r#""MaxDeliveryCount": 0"#,
            "MaxDeliveryCount",
            "expected an integer from 1 to 2000, found a number",
        ),
        (
            r#""MaxDeliveryCount": 1.5"#,
            "MaxDeliveryCount",
            "expected an integer from 1 to 2000, found a number",
        ),
        (
            r#""MaxDeliveryCount": "x""#,
            "MaxDeliveryCount",
            "expected an integer from 1 to 2000, found a string of 1 characters",
        ),
        (
            r#""RequiresSession": "yes""#,
            "RequiresSession",
            "expected `true` or `false`, found a string of 3 characters",
        ),
        (
            r#""RequiresDuplicateDetection": 1"#,
            "RequiresDuplicateDetection",
            "expected `true` or `false`, found a number",
        ),
        (
            r#""DeadLetteringOnMessageExpiration": []"#,
            "DeadLetteringOnMessageExpiration",
            "expected `true` or `false`, found an array of 0 items",
        ),
        (
            r#""ForwardTo": "Q""#,
            "ForwardTo",
            "expected the name of another entity, found a string of 1 characters",
        ),
        (
            r#""ForwardTo": "/""#,
            "ForwardTo",
            "expected the name of an entity, or an empty string, found a string of 1 characters",
        ),
        (
            r#""ForwardTo": {}"#,
            "ForwardTo",
            "expected a string, found an object of 0 members",
        ),
    ] {
        assert_eq!(
            problems(&queue(properties)),
            [of(member, text)],
            "{properties}"
        );
    }
    assert_eq!(
        problems(&queue(r#""DefaultMessageTimeToLive": "PT0S""#)),
        [of(
            "DefaultMessageTimeToLive",
            "expected an ISO 8601 duration from `PT0.001S`, found a string of 4 characters"
        )]
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let file = namespace(r#""Queues": [{"Name": 1}, {}, 2, {"Name": "-"}], "Topics": 3"#);
    let name = "expected a name of 1 to 260 letters, digits and `-_./`, which begins and ends with a letter or a digit, found a string of 1 characters";
    let queues = "$.UserConfig.Namespaces[0].Queues";
    assert_eq!(
        problems(&file),
        [
            format!("{queues}[0].Name: expected a string, found a number"),
            format!("{queues}[1]: expected a member `Name`, found none"),
            format!("{queues}[2]: expected an object, found a number"),
            format!("{queues}[3].Name: {name}"),
            "$.UserConfig.Namespaces[0].Topics: expected an array of objects, found a number"
                .to_owned(),
        ]
    );
}

#[test]
fn a_hundred_problems_are_told_and_the_rest_is_counted() {
    let file = namespace(&format!(r#""Queues": [{}]"#, vec!["1"; 250].join(",")));
    let error = ServiceBusConfig::from_json(file.as_bytes()).expect_err("refused");
    assert_eq!(error.problems().len(), 100);
    assert!(error.to_string().ends_with("\nand 150 more"));
}

#[test]
fn no_two_entities_have_one_name() {
    let file = namespace(
        r#""Queues": [{"Name": "CRM"}, {"Name": "crm"}], "Topics": [
            {"Name": "Crm", "Subscriptions": []},
            {"Name": "t", "Subscriptions": [{"Name": "crm"}, {"Name": "s"}, {"Name": "S"}]}
        ]"#,
    );
    let namespace = "$.UserConfig.Namespaces[0]";
    let first = format!("expected a name of its own, found that of {namespace}.Queues[0].Name");
    assert_eq!(
        problems(&file),
        [
            format!("{namespace}.Queues[1].Name: {first}"),
            format!("{namespace}.Topics[0].Name: {first}"),
            format!(
                "{namespace}.Topics[1].Subscriptions[2].Name: expected a name of its own, found that of {namespace}.Topics[1].Subscriptions[1].Name"
            ),
        ]
    );
}

#[test]
fn a_member_written_twice_in_two_cases_is_told() {
    let file = namespace(r#""Queues": [], "queues": []"#);
    assert_eq!(
        problems(&file),
        [
            "$.UserConfig.Namespaces[0].queues: expected `Queues` once, found it again in another case"
        ]
    );
}

#[test]
fn wrong_rules_are_told_with_their_place_in_the_expression() {
    for (text, expected) in [
        (
            r#"{"Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": "1=1"}}}"#,
            ": expected a member `Name`, found none",
        ),
        (
            r#"{"Name": "a/b", "Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": "1=1"}}}"#,
            ".Name: expected a rule's name without control characters and `/\\@?#*`",
        ),
        (
            r#"{"Name": "r"}"#,
            ": expected a member `Properties`, found none",
        ),
        (
            r#"{"Name": "r", "Properties": {}}"#,
            ".Properties: expected a member `FilterType`, found none",
        ),
        (
            r#"{"Name": "r", "Properties": {"FilterType": "Xml"}}"#,
            ".Properties.FilterType: expected `Sql` or `Correlation`, found a string of 3 characters",
        ),
        (
            r#"{"Name": "r", "Properties": {"FilterType": "Sql"}}"#,
            ".Properties: expected a member `SqlFilter`, found none",
        ),
        (
            r#"{"Name": "r", "Properties": {"FilterType": "Sql", "SqlFilter": {}}}"#,
            ".Properties.SqlFilter: expected a member `SqlExpression`, found none",
        ),
        (
            r#"{"Name": "r", "Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": "a = "}}}"#,
            ".Properties.SqlFilter.SqlExpression: line 1, column 5: expected a value, a property or `(`, found the end",
        ),
        (
            r#"{"Name": "r", "Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": "1=1"}, "Action": {"SqlExpression": "DROP x"}}}"#,
            ".Properties.Action.SqlExpression: line 1, column 1: expected `SET` or `REMOVE`, found a name of 4 characters",
        ),
        (
            r#"{"Name": "r", "Properties": {"FilterType": "Correlation", "CorrelationFilter": {}}}"#,
            ".Properties.CorrelationFilter: expected at least one property to compare with, found an object of 0 members",
        ),
        (
            r#"{"Name": "r", "Properties": {"FilterType": "Correlation", "CorrelationFilter": {"Label": "l", "Properties": {"a b": []}}}}"#,
            ".Properties.CorrelationFilter.Properties[\"a b\"]: expected a string, a number or a boolean, found an array of 0 items",
        ),
    ] {
        assert_eq!(
            problems(&rule(text)),
            [format!("{RULE}{expected}")],
            "{text}"
        );
    }
    let one = r#"{"Name": "r", "Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": "1=1"}}}"#;
    let twice = problems(&rule(&format!("{one}, {one}")));
    assert!(
        twice[0].contains("Rules[1].Name: expected a name of its own"),
        "{twice:?}"
    );
}

#[test]
fn a_logging_type_that_does_not_exist_is_told() {
    let file =
        r#"{"UserConfig": {"Namespaces": [{"Name": "n"}], "Logging": {"Type": "File,Printer"}}}"#;
    assert_eq!(
        problems(file),
        [
            "$.UserConfig.Logging.Type: expected `File`, `Console` or both with a comma between them, found a string of 12 characters"
        ]
    );
}

#[test]
fn what_is_passed_over_is_a_warning() {
    let file = rule(
        r#"{"Name": "r", "Properties": {"FilterType": "sql", "SqlFilter": {"SqlExpression": "1=1"},
            "CorrelationFilter": {"Label": "l"}, "requires.Preprocessing": false}}"#,
    );
    let warnings = ServiceBusConfig::from_json(file.as_bytes())
        .expect("read")
        .warnings;
    let texts: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            format!(
                "{RULE}.Properties.CorrelationFilter: expected `SqlFilter` alone, found another filter, which is ignored"
            ),
            format!(
                "{RULE}.Properties[\"requires.Preprocessing\"]: expected `FilterType`, `SqlFilter`, `CorrelationFilter` or `Action`, found another member, which is ignored"
            ),
        ]
    );
}

#[test]
fn a_forward_to_an_undeclared_entity_is_a_warning() {
    let warnings = ServiceBusConfig::from_json(queue(r#""ForwardTo": "later""#).as_bytes())
        .expect("read")
        .warnings;
    assert_eq!(warnings[0].path(), format!("{QUEUE}.Properties.ForwardTo"));
    assert!(warnings[0].text().contains("made on use"));
}

#[test]
fn no_cut_and_no_changed_byte_makes_the_reader_panic() {
    let sample = include_bytes!("sample.json");
    for place in (0..sample.len()).step_by(7) {
        // That a file is refused is all right.
        let _ = ServiceBusConfig::from_json(&sample[..place]);
        for byte in [b'0', b'"', b' ', 0xFF] {
            let mut changed = sample.to_vec();
            changed[place] = byte;
            let _ = ServiceBusConfig::from_json(&changed);
            let _ = EventHubsConfig::from_json(&changed);
        }
    }
}
