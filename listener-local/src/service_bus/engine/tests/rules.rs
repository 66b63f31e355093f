use super::{
    super::{Timestamp, TopicOptions},
    *,
};
use crate::service_bus::rules::{Filter, Rule, SqlAction, SqlFilter};

const PATH: &str = "t/subscriptions/s";

/// A topic with one subscription that has these rules only.
fn subscribed(options: SubscriptionOptions, rules: &[(&str, &str)]) -> Namespace {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace
        .create_topic("t", &TopicOptions::default())
        .unwrap();
    namespace.create_subscription("t", "s", options).unwrap();
    namespace.remove_rule(PATH, "$default").unwrap();
    for (index, (filter, action)) in rules.iter().enumerate() {
        let rule = Rule::new(index.to_string(), filter.parse::<SqlFilter>().unwrap()).unwrap();
        let rule = match *action {
            "" => rule,
            action => rule.with_action(action.parse::<SqlAction>().unwrap()),
        };
        namespace.add_rule(PATH, rule).unwrap();
    }
    namespace
}

fn with(properties: &[(&str, &str)]) -> Message {
    Message::parse(wire("id", Some("group"), Some(60_000), properties).into()).unwrap()
}

fn copies(namespace: &Namespace) -> Vec<Received> {
    namespace.open(PATH).unwrap().peek(0, 100, None).unwrap()
}

#[tokio::test(start_paused = true)]
async fn rules_choose_and_actions_change_copies() {
    let rules = [
        ("color = 'red'", ""),
        ("COLOR LIKE 'r%'", ""),
        ("color = 'red'", "SET marked = 'yes'"),
    ];
    let namespace = subscribed(SubscriptionOptions::default(), &rules);
    namespace.send("t", with(&[("color", "red")])).unwrap();
    namespace.send("t", with(&[("color", "blue")])).unwrap();
    let marked: Vec<_> = copies(&namespace)
        .iter()
        .map(|copy| property(copy, "marked"))
        .collect();
    assert_eq!(marked, [None, Some("yes".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn filters_read_what_the_message_and_its_topic_say() {
    let read = "sys.MessageId = 'id' AND sys.SessionId = 'group' AND sys.TimeToLive = 60000 \
                AND sys.Size > 10 AND sys.EnqueuedSequenceNumber = 1 AND sys.EnqueuedTimeUtc IS NOT NULL \
                AND sys.Label IS NULL AND sys.DeliveryCount = 0";
    let namespace = subscribed(SubscriptionOptions::default(), &[(read, "")]);
    namespace.send("t", with(&[])).unwrap();
    assert_eq!(copies(&namespace).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_action_changes_system_properties_and_keeps_the_rest() {
    let action = "SET sys.Label = 'urgent'; SET sys.SessionId = sys.SessionId + '-2'; \
                  SET sys.TimeToLive = 1000; SET sys.PartitionKey = 'p'; REMOVE sys.ReplyTo; \
                  SET COLOR = 'green'; REMOVE shape";
    let namespace = subscribed(SubscriptionOptions::default(), &[("1=1", action)]);
    let sent = with(&[("Color", "red"), ("shape", "round"), ("size", "big")]);
    let body = sent.bare().slice(sent.bare().len() - 4..);
    namespace.send("t", sent).unwrap();
    let copy = copies(&namespace).remove(0);
    let message = copy.message();
    assert_eq!(message.properties().subject.as_deref(), Some("urgent"));
    assert_eq!(message.session_id(), Some("group-2"));
    assert_eq!(message.partition_key(), Some("p"));
    let expires = copy.expires_at().unwrap().as_millis();
    assert_eq!(expires - copy.enqueued_time().as_millis(), 1000);
    assert_eq!(property(&copy, "Color").as_deref(), Some("green"));
    assert_eq!(property(&copy, "shape"), None);
    assert_eq!(property(&copy, "size").as_deref(), Some("big"));
    assert!(copy.encode().ends_with(&body));
    assert_eq!(id(&copy), "id");
}

#[tokio::test(start_paused = true)]
async fn an_action_can_put_a_copy_off() {
    let namespace = subscribed(SubscriptionOptions::default(), &[]);
    let due = namespace.now().as_millis() + 60_000;
    let action: SqlAction = format!("SET sys.ScheduledEnqueueTimeUtc = {due}")
        .parse()
        .unwrap();
    let rule = Rule::new("later", Filter::True)
        .unwrap()
        .with_action(action);
    namespace.add_rule(PATH, rule).unwrap();
    namespace.send("t", with(&[])).unwrap();
    let queue = namespace.open(PATH).unwrap();
    assert_eq!(queue.counts().unwrap().scheduled, 1);
    let received = queue.receive(ReceiveMode::PeekLock, 1).await.unwrap();
    assert_eq!(received[0].enqueued_time(), Timestamp::from_millis(due));
}

#[tokio::test(start_paused = true)]
async fn what_a_rule_has_no_result_for_is_dead_lettered_once() {
    let rules = [("1/0 = 1", ""), ("2/0 = 1", ""), ("1=1", "SET a = 1/0")];
    let namespace = subscribed(SubscriptionOptions::default(), &rules);
    namespace.send("t", with(&[])).unwrap();
    assert!(copies(&namespace).is_empty());
    let dead = dead_letters(&namespace, PATH);
    assert_eq!(dead.len(), 1);
    assert_eq!(reason(&dead[0]).as_deref(), Some("FilterException"));
    let description = property(&dead[0], "DeadLetterErrorDescription").unwrap();
    assert_eq!(description, "expected a divisor other than zero");
}

#[tokio::test(start_paused = true)]
async fn what_a_rule_has_no_result_for_is_passed_over_where_that_is_set() {
    let options = SubscriptionOptions {
        dead_letter_on_filter_errors: false,
        ..SubscriptionOptions::default()
    };
    let namespace = subscribed(options, &[("1/0 = 1", ""), ("1=1", "")]);
    namespace.send("t", with(&[])).unwrap();
    assert_eq!(copies(&namespace).len(), 1);
    assert!(dead_letters(&namespace, PATH).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_action_whose_value_does_not_fit_dead_letters() {
    let rules = [("1=1", "SET sys.TimeToLive = 'soon'")];
    let namespace = subscribed(SubscriptionOptions::default(), &rules);
    namespace.send("t", with(&[])).unwrap();
    let dead = dead_letters(&namespace, PATH);
    assert_eq!(reason(&dead[0]).as_deref(), Some("RuleActionException"));
}

#[tokio::test(start_paused = true)]
async fn rules_come_with_the_time_at_which_they_were_added() {
    let namespace = subscribed(SubscriptionOptions::default(), &[("1=1", "")]);
    let added = namespace.now();
    tokio::time::advance(MINUTE).await;
    let second = Rule::new("second", Filter::False).unwrap();
    namespace.add_rule(PATH, second.clone()).unwrap();
    let rules = namespace.rules("T/Subscriptions/S").unwrap();
    assert_eq!(rules[0].1, added);
    assert_eq!(rules[1], (second, namespace.now()));
    let again = Rule::new("SECOND", Filter::True).unwrap();
    let error = namespace.add_rule(PATH, again).unwrap_err();
    assert_eq!(error.condition(), "com.microsoft:entity-already-exists");
}
