use std::collections::HashSet;

use super::*;
use crate::{Binding, Router};

fn rules(routes: &[(&str, Option<&str>)]) -> SubscriptionRules {
    SubscriptionRules::of_routes(routes.iter().copied())
}

/// The expressions without the names of claims, which are long.
fn short(rules: &SubscriptionRules) -> Vec<String> {
    let expressions = rules.iter().map(SubscriptionRule::expression);
    let short = |text: &str| {
        text.replace(
            r#""http://schemas.microsoft.com/xrm/2011/Claims/RequestName""#,
            "R",
        )
        .replace(
            r#""http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName""#,
            "E",
        )
    };
    expressions.map(short).collect()
}

fn bounded(rules: &SubscriptionRules) {
    let mut names = HashSet::new();
    for rule in rules {
        let length = rule.expression().encode_utf16().count();
        assert!(length <= EXPRESSION_LIMIT, "{length}");
        assert!(rule.name().len() <= RULE_NAME_LIMIT, "{}", rule.name());
        assert!(names.insert(rule.name()), "{} twice", rule.name());
    }
}

#[test]
fn messages_of_the_same_tables_share_a_rule() {
    let rules = rules(&[
        ("Update", Some("contact")),
        ("Create", Some("account")),
        ("Delete", Some("lead")),
        ("Update", Some("account")),
        ("Create", Some("contact")),
    ]);
    assert_eq!(
        short(&rules),
        [
            "R IN ('Create', 'Update') AND E IN ('account', 'contact')",
            "R = 'Delete' AND E = 'lead'",
            "NOT EXISTS(R) OR R IS NULL OR NOT EXISTS(E) OR E IS NULL",
        ]
    );
    let names: Vec<_> = rules.iter().map(SubscriptionRule::name).collect();
    assert_eq!(names, ["listener-1", "listener-2", "listener-unclaimed"]);
}

#[test]
fn a_message_of_any_table_needs_no_others_of_it() {
    for routes in [
        [("Update", Some("account")), ("Update", None)],
        [("Update", None), ("Update", Some("account"))],
    ] {
        assert_eq!(
            short(&rules(&routes)),
            ["R = 'Update'", "NOT EXISTS(R) OR R IS NULL"]
        );
    }
}

#[test]
fn stage_mode_and_filtering_attributes_make_no_difference() {
    let create = Binding::message("Create").entity("account");
    let wide: Router = Router::new().on(create, || async {});
    let narrow: Router = Router::new()
        .on(create.stage(40), || async {})
        .on(create.mode(1), || async {});
    assert_eq!(narrow.subscription_rules(), wide.subscription_rules());
    assert_eq!(
        narrow.with_state(()).subscription_rules(),
        wide.subscription_rules()
    );
}

#[test]
fn a_fallback_takes_everything_and_no_route_takes_nothing() {
    let router: Router = Router::new();
    assert_eq!(short(&router.subscription_rules()), ["1=0"]);
    let router = router.on(Binding::message("Create"), || async {});
    assert_eq!(short(&router.subscription_rules()).len(), 2);
    let router = router.fallback(|| async {});
    assert_eq!(short(&router.subscription_rules()), ["1=1"]);
    let service = router.with_state(());
    assert_eq!(short(&service.subscription_rules()), ["1=1"]);
}

#[test]
fn quotes_in_names_stay_in_the_text() {
    let rules = rules(&[("O'Hara' OR 1=1 --", Some("''"))]);
    assert_eq!(short(&rules)[0], "R = 'O''Hara'' OR 1=1 --' AND E = ''''''");
}

#[test]
fn long_lists_are_cut_into_rules_that_fit() {
    let names: Vec<String> = (0..90)
        .map(|number| format!("new_table'{number:03}"))
        .collect();
    let (messages, tables) = names.split_at(25);
    let by_table = messages.iter().flat_map(|message| {
        let tables = tables.iter();
        tables.map(move |table| (message.as_str(), Some(table.as_str())))
    });
    let rules = SubscriptionRules::of_routes(by_table);
    bounded(&rules);
    for message in messages {
        for table in tables {
            let told = |rule: &&SubscriptionRule| {
                [message, table]
                    .iter()
                    .all(|name| rule.expression().contains(&name.replace('\'', "''")))
            };
            assert_eq!(rules.iter().filter(told).count(), 1, "{message} of {table}");
        }
    }

    let rules = SubscriptionRules::of_routes(names.iter().map(|name| (name.as_str(), None)));
    bounded(&rules);
    assert_eq!(rules.as_slice().len(), 3);
}

#[test]
fn the_longest_names_that_can_be_told_fill_a_rule() {
    let name = |length: usize| "😀".repeat(length / 2);
    let [told, long] = [438, 440].map(name);
    let rules = rules(&[(&told, Some(&told))]);
    bounded(&rules);
    assert_eq!(short(&rules).len(), 2);
    assert_eq!(rules.as_slice()[0].expression().matches(&told).count(), 2);

    let rules = SubscriptionRules::of_routes([("Create", Some(&*long))]);
    assert_eq!(short(&rules)[0], "R = 'Create'");
    let rules = SubscriptionRules::of_routes([(&*long, Some("account"))]);
    assert_eq!(rules, SubscriptionRules::everything());
}

#[test]
fn the_commands_make_the_rules_before_they_delete_the_default() {
    let address = SubscriptionAddress {
        resource_group: "crm".to_owned(),
        namespace: "contoso".to_owned(),
        topic: "crm-events".to_owned(),
        ..SubscriptionAddress::default()
    };
    let rules = rules(&[("Create", None)]);
    assert_eq!(
        rules.az(&address).to_string(),
        r#"az servicebus topic subscription rule create --resource-group crm --namespace-name contoso --topic-name crm-events --subscription-name '<subscription>' --name listener-1 \
  --filter-sql-expression '"http://schemas.microsoft.com/xrm/2011/Claims/RequestName" = '\''Create'\''' &&
az servicebus topic subscription rule create --resource-group crm --namespace-name contoso --topic-name crm-events --subscription-name '<subscription>' --name listener-unclaimed \
  --filter-sql-expression 'NOT EXISTS("http://schemas.microsoft.com/xrm/2011/Claims/RequestName") OR "http://schemas.microsoft.com/xrm/2011/Claims/RequestName" IS NULL' &&
az servicebus topic subscription rule delete --resource-group crm --namespace-name contoso --topic-name crm-events --subscription-name '<subscription>' --name '$Default'
"#
    );
}

#[test]
fn the_config_is_json_that_says_the_same() {
    let rules = rules(&[("Create", Some("account")), ("a\\\"\n", None)]);
    let json: serde_json::Value = serde_json::from_str(&rules.config().to_string()).unwrap();
    let json = json.as_array().unwrap();
    assert_eq!(json.len(), rules.as_slice().len());
    for (json, rule) in json.iter().zip(&rules) {
        let expected = serde_json::json!({
            "Name": rule.name(),
            "Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": rule.expression()}},
        });
        assert_eq!(*json, expected);
    }
}
