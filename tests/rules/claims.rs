//! Random routers and random messages: what the router takes, the rules take.

use listener_core::{
    Binding, Claims, Delivery, Router,
    amqp::Value as Amqp,
    context::{Entity, RemoteExecutionContext},
    decode::{Format, Message},
    router::Conclusion,
};
use listener_local::{
    poster::{self, BrokeredMessage, CLAIMS},
    service_bus::rules::{Properties, SqlFilter, SystemProperty, Value, same_name},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use uuid::Uuid;

use crate::{MESSAGES, TABLES, router};

/// What becomes of a claim between Dataverse and the topic.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Kept,
    Null,
    Dropped,
}

/// A message at the topic, and what its listener gets.
struct Sent {
    properties: Vec<(&'static str, Amqp)>,
    delivery: Delivery,
}

impl Sent {
    fn new(context: RemoteExecutionContext, [message, table]: [Fate; 2]) -> Self {
        let posted =
            BrokeredMessage::new(context.clone(), Format::Json, &poster::Claims::default());
        let mut properties = posted.unwrap().properties().to_vec();
        let mut claims = Claims::of(&context);
        for (suffix, fate) in [("RequestName", message), ("EntityLogicalName", table)] {
            let own = |name: &str| name.strip_prefix(CLAIMS) == Some(suffix);
            match fate {
                Fate::Kept => {}
                Fate::Null => {
                    let (_, value) = properties.iter_mut().find(|(name, _)| own(name)).unwrap();
                    *value = Amqp::Null;
                }
                Fate::Dropped => properties.retain(|(name, _)| !own(name)),
            }
        }
        if message != Fate::Kept {
            claims.request_name = None;
        }
        if table != Fate::Kept {
            claims.entity_logical_name = None;
        }
        let delivery = Delivery::builder(Message::from_context(context)).claims(claims);
        Self {
            properties,
            delivery: delivery.build(),
        }
    }
}

impl Properties for Sent {
    fn system(&self, _: SystemProperty) -> Value<'_> {
        Value::Null
    }

    fn user(&self, name: &str) -> Option<Value<'_>> {
        let mut properties = self.properties.iter();
        let (_, value) = properties.find(|(own, _)| same_name(own, name))?;
        Some(value.as_str().map_or(Value::Null, Value::from))
    }
}

fn taken_by_rules(router: &Router, sent: &Sent) -> bool {
    router.subscription_rules().iter().any(|rule| {
        let filter: SqlFilter = rule.expression().parse().expect("SQL within the limits");
        filter.matches(sent).expect("a comparison of texts")
    })
}

fn taken_by_router(router: &Router, sent: &Sent) -> bool {
    match router.explain(&sent.delivery).conclusion {
        Conclusion::Runs { .. } | Conclusion::Fallback { .. } | Conclusion::Filtered => true,
        Conclusion::NoRoute => false,
        other => panic!("{other:?}"),
    }
}

/// By message and table alone.
fn plain_binding() -> impl Strategy<Value = Binding> {
    (select(MESSAGES), option::of(select(TABLES))).prop_map(|(message, table)| {
        let binding = Binding::message(message);
        match table {
            Some(table) => binding.entity(table),
            None => binding,
        }
    })
}

fn binding() -> impl Strategy<Value = Binding> {
    let stage = option::of(select(vec![20, 40]));
    let mode = option::of(select(vec![0, 1]));
    (plain_binding(), stage, mode, any::<bool>()).prop_map(|(binding, stage, mode, filtered)| {
        let binding = stage.map_or(binding, |stage| binding.stage(stage));
        let binding = mode.map_or(binding, |mode| binding.mode(mode));
        if filtered {
            binding.filtering_attributes(&["name"])
        } else {
            binding
        }
    })
}

fn context() -> impl Strategy<Value = RemoteExecutionContext> {
    let columns = select(vec!["name", "revenue"]);
    let (messages, tables) = (select(MESSAGES), select(TABLES));
    (messages, tables, columns).prop_map(|(message, table, column)| {
        let mut context = RemoteExecutionContext::new(message, table);
        context.set_target(Entity::new(table, Uuid::nil()).with(column, "x"));
        context
    })
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![3 => Just(Fate::Kept), 1 => Just(Fate::Null), 1 => Just(Fate::Dropped)]
}

proptest! {
    #[test]
    fn the_rules_take_what_the_router_takes(
        bindings in vec(binding(), 0..8),
        fallback in prop::bool::weighted(0.1),
        context in context(),
        fates in [fate(), fate()],
    ) {
        let mut router = router(bindings);
        if fallback {
            router = router.fallback(|| async {});
        }
        let sent = Sent::new(context, fates);
        if taken_by_router(&router, &sent) {
            prop_assert!(taken_by_rules(&router, &sent), "{}", router.subscription_rules());
        }
    }

    #[test]
    fn the_rules_of_messages_and_tables_take_nothing_else_of_dataverse(
        bindings in vec(plain_binding(), 0..8),
        context in context(),
    ) {
        let router = router(bindings);
        let sent = Sent::new(context, [Fate::Kept; 2]);
        prop_assert_eq!(
            taken_by_rules(&router, &sent),
            taken_by_router(&router, &sent),
            "{}",
            router.subscription_rules()
        );
    }
}
