use std::sync::{Arc, Mutex};

use tower::ServiceExt;
use uuid::Uuid;

use super::*;
use crate::{
    Binding, Claims, Delivery, FromRef, Outcome, Reason, Reply, State,
    context::{Entity, RemoteExecutionContext},
    decode::Message,
};

/// What ran, in order.
#[derive(Clone, Default)]
struct Runs(Arc<Mutex<Vec<&'static str>>>);

impl Runs {
    fn on(&self, router: Router, name: &'static str, binding: Binding) -> Router {
        let runs = self.clone();
        router.on(binding, move || {
            runs.0.lock().unwrap().push(name);
            std::future::ready(())
        })
    }

    fn taken(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn context(message: &str) -> RemoteExecutionContext {
    RemoteExecutionContext::new(message, "account")
}

fn update(column: &'static str) -> RemoteExecutionContext {
    let mut context = context("Update");
    context.set_target(Entity::new("account", Uuid::nil()).with(column, "x"));
    context
}

fn delivery(context: RemoteExecutionContext) -> Delivery {
    Delivery::from_context(context)
}

async fn run<R: Default + Send + 'static>(
    router: &RouterService<R>,
    delivery: Delivery,
) -> Outcome<R> {
    router.clone().oneshot(delivery).await.unwrap()
}

async fn accepted(router: &RouterService<()>, delivery: Delivery) {
    assert_eq!(run(router, delivery).await, Outcome::Accept(()));
}

fn no_route() -> Outcome {
    Outcome::reject(Reason::NoRoute, "")
}

#[tokio::test]
async fn the_table_goes_before_any_table_and_then_the_first_registered() {
    let runs = Runs::default();
    let update = Binding::message("Update");
    let router = runs.on(Router::new(), "any", update);
    let router = runs.on(router, "stage 20", update.entity("account").stage(20));
    let router = runs.on(router, "stage 40", update.entity("account").stage(40));
    let router = runs
        .on(router, "account", update.entity("account"))
        .with_state(());
    let mut early = context("Update");
    early.stage = 20.into();
    let mut unsaid = context("Update");
    unsaid.stage = crate::context::Member::Absent;
    for context in [
        context("Update"),
        early,
        unsaid,
        RemoteExecutionContext::new("Update", "contact"),
    ] {
        assert_eq!(run(&router, delivery(context)).await, Outcome::Accept(()));
    }
    assert_eq!(runs.taken(), ["stage 40", "stage 20", "account", "any"]);
}

#[tokio::test]
async fn claims_choose_before_the_body() {
    let runs = Runs::default();
    let router = runs
        .on(
            Router::new(),
            "claimed",
            Binding::message("Create").entity("lead"),
        )
        .with_state(());
    let claims = Claims {
        request_name: Some("Create".into()),
        entity_logical_name: Some("lead".into()),
        ..Claims::default()
    };
    let claimed = Delivery::builder(Message::from_context(context("Update")))
        .claims(claims)
        .build();
    accepted(&router, claimed).await;
    assert_eq!(runs.taken(), ["claimed"]);
    let empty = Claims {
        request_name: Some("".into()),
        ..Claims::default()
    };
    let unclaimed = Delivery::builder(Message::from_context(RemoteExecutionContext::new(
        "Create", "lead",
    )));
    accepted(&router, unclaimed.claims(empty).build()).await;
    assert_eq!(runs.taken(), ["claimed"]);
}

#[tokio::test]
async fn another_stage_or_mode_is_no_route() {
    let binding = Binding::message("Update").entity("account");
    for binding in [binding.stage(20), binding.mode(0)] {
        let router: RouterService<()> = Router::new().on(binding, || async {}).with_state(());
        assert_eq!(run(&router, delivery(context("Update"))).await, no_route());
        assert_eq!(
            router.explain(&delivery(context("Update"))).conclusion,
            Conclusion::NoRoute
        );
    }
}

#[tokio::test]
async fn what_is_filtered_out_is_accepted_unless_an_any_table_route_takes_it() {
    let runs = Runs::default();
    let filtered = Binding::message("Update")
        .entity("account")
        .filtering_attributes(&["name", "revenue"]);
    let router = runs.on(Router::new(), "filtered", filtered);
    let fallback = router
        .fallback(|| async { Outcome::reject(Reason::NoRoute, "the fallback ran") })
        .with_state(());
    let out = delivery(update("telephone1"));
    assert_eq!(run(&fallback, out.clone()).await, Outcome::Accept(()));
    assert!(out.was_filtered());
    assert_eq!(fallback.explain(&out).conclusion, Conclusion::Filtered);
    let passes = delivery(update("revenue"));
    accepted(&fallback, passes.clone()).await;
    assert!(!passes.was_filtered());
    assert_eq!(runs.taken(), ["filtered"]);

    let router = runs.on(Router::new(), "filtered", filtered);
    let any = runs
        .on(router, "any", Binding::message("Update"))
        .with_state(());
    accepted(&any, delivery(update("telephone1"))).await;
    assert_eq!(runs.taken(), ["any"]);
}

#[tokio::test]
async fn a_filtered_call_is_answered_with_the_empty_reply() {
    let binding = Binding::message("Update").filtering_attributes(&["name"]);
    let router = Router::<(), Reply>::new()
        .on(binding, || async { "ran" })
        .with_state(());
    assert_eq!(
        run(&router, delivery(update("revenue"))).await,
        Outcome::Accept(Reply(String::new()))
    );
}

#[tokio::test]
async fn a_truncated_message_passes_every_filter() {
    let runs = Runs::default();
    let binding = Binding::message("Update").filtering_attributes(&["name"]);
    let router = runs.on(Router::new(), "ran", binding).with_state(());
    let cut = Delivery::builder(Message::from_context(update("revenue")))
        .size_exceeded(true)
        .build();
    accepted(&router, cut).await;
    assert_eq!(runs.taken(), ["ran"]);
}

#[tokio::test]
async fn the_fallback_takes_what_nobody_listens_to() {
    let runs = Runs::default();
    let create = Binding::message("Create").entity("lead");
    let bare = runs.on(Router::new(), "create", create).with_state(());
    assert_eq!(run(&bare, delivery(context("Create"))).await, no_route());
    let seen = runs.clone();
    let fallback = runs
        .on(Router::new(), "create", create)
        .fallback(move |delivery: Delivery| {
            assert_eq!(delivery.binding(), None);
            seen.0.lock().unwrap().push("fallback");
            async {}
        });
    let fallback = fallback.with_state(());
    accepted(&fallback, delivery(context("Create"))).await;
    accepted(
        &fallback,
        delivery(RemoteExecutionContext::new("Create", "lead")),
    )
    .await;
    assert_eq!(runs.taken(), ["fallback", "create"]);
}

#[tokio::test]
async fn the_listener_sees_its_binding() {
    const BINDING: Binding = Binding::message("Create").pre_image("before");
    let router: RouterService<()> = Router::new()
        .on(BINDING, |delivery: Delivery| async move {
            assert_eq!(delivery.binding(), Some(&BINDING));
        })
        .with_state(());
    assert!(run(&router, delivery(context("Create"))).await.is_accept());
}

#[derive(Clone)]
struct App {
    db: &'static str,
    limit: u32,
}

impl FromRef<App> for &'static str {
    fn from_ref(app: &App) -> Self {
        app.db
    }
}

impl FromRef<App> for u32 {
    fn from_ref(app: &App) -> Self {
        app.limit
    }
}

#[tokio::test]
async fn one_router_takes_stateful_stateless_and_substate_listeners() {
    let router: RouterService<()> = Router::new()
        .on(
            Binding::message("Create"),
            |State(app): State<App>| async move { assert_eq!(app.limit, 5) },
        )
        .on(Binding::message("Update"), || async {})
        .on(
            Binding::message("Delete"),
            |State(db): State<&'static str>| async move { assert_eq!(db, "db") },
        )
        .on(
            Binding::message("Assign"),
            |State(limit): State<u32>| async move { assert_eq!(limit, 5) },
        )
        .with_state(App { db: "db", limit: 5 });
    for message in ["Create", "Update", "Delete", "Assign"] {
        assert!(run(&router, delivery(context(message))).await.is_accept());
    }
}

fn panics(build: impl FnOnce() -> Router + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(|| drop(build())).expect_err("it did not panic");
    *panic.downcast::<String>().expect("a text")
}

#[test]
fn two_listeners_for_the_same_panic_naming_both() {
    let binding = Binding::message("Update")
        .entity("account")
        .filtering_attributes(&["a", "b"]);
    let text = panics(move || {
        let other = Router::new().on(
            binding.filtering_attributes(&["b", "a"]).pre_image("x"),
            || async {},
        );
        Router::new().on(binding, || async {}).merge(other)
    });
    assert!(
        text.starts_with("two listeners for `Update` of `account`, columns b, a: `"),
        "{text}"
    );
    assert_eq!(text.matches("router/tests.rs:").count(), 2, "{text}");
}

#[test]
fn two_fallbacks_panic_naming_both() {
    let text = panics(|| {
        Router::new()
            .fallback(|| async {})
            .merge(Router::new().fallback(|| async {}))
    });
    assert!(text.starts_with("two fallbacks: `"), "{text}");
    assert_eq!(text.matches("router/tests.rs:").count(), 2, "{text}");
}

#[test]
fn merging_keeps_all_routes_and_the_fallback() {
    let some: Router = Router::new()
        .on(Binding::message("Create"), || async {})
        .fallback(|| async {});
    let merged = Router::new()
        .on(Binding::message("Update"), || async {})
        .merge(some);
    let messages: Vec<_> = merged.routes().iter().map(|route| route.message).collect();
    assert_eq!(messages, ["Update", "Create"]);
    let explanation = merged.explain(&delivery(context("Delete")));
    assert!(matches!(
        explanation.conclusion,
        Conclusion::Fallback { .. }
    ));
}

#[test]
fn explains_why_each_route_takes_a_delivery_or_not() {
    let update_account = Binding::message("Update").entity("account");
    let router: Router = Router::new()
        .on(Binding::message("Update"), || async {})
        .on(update_account.stage(20), || async {})
        .on(update_account.mode(0), || async {})
        .on(update_account.filtering_attributes(&["name"]), || async {})
        .on(update_account, || async {})
        .on(Binding::message("Update").entity("contact"), || async {})
        .on(Binding::message("Create"), || async {});
    let explanation = router.explain(&delivery(update("revenue")));
    let fits: Vec<_> = explanation.routes.iter().map(|route| route.fit).collect();
    assert_eq!(
        fits,
        [
            Fit::Fits,
            Fit::OtherStage {
                expected: 20,
                found: Some(40)
            },
            Fit::OtherMode {
                expected: 0,
                found: Some(1)
            },
            Fit::FilteredOut { columns: &["name"] },
            Fit::Fits,
            Fit::OtherEntity,
            Fit::OtherMessage,
        ]
    );
    assert!(matches!(
        explanation.conclusion,
        Conclusion::Runs { route: 4, .. }
    ));
    let text = explanation.to_string();
    assert!(text.contains("fits, but another goes before it"), "{text}");
    assert!(text.contains("the Target carries none of name"), "{text}");
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["routes"][1]["fit"]["other_stage"]["expected"], 20);
    assert_eq!(json["conclusion"]["runs"]["route"], 4);
}

fn raw(body: &'static str, claims: Option<Claims>) -> Delivery {
    let message = Message::new(
        bytes::Bytes::from_static(body.as_bytes()),
        Some("application/json"),
        Default::default(),
    );
    Delivery::builder(message)
        .claims(claims.unwrap_or_default())
        .build()
}

fn unreachable() {
    panic!("the fallback ran")
}

fn claimed(message: &str) -> Option<Claims> {
    Some(Claims::of(&context(message)))
}

fn undecodable<R: std::fmt::Debug>(outcome: Outcome<R>) -> String {
    match outcome {
        Outcome::Reject {
            reason: Reason::Undecodable,
            description,
            ..
        } => description.into_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_body_of_what_nobody_wants_is_not_looked_at() {
    let runs = Runs::default();
    let router = runs
        .on(
            Router::new(),
            "ran",
            Binding::message("Update").entity("account"),
        )
        .with_state(());
    assert_eq!(
        run(&router, raw("no JSON at all", claimed("Create"))).await,
        no_route()
    );
}

#[tokio::test]
async fn a_malformed_body_reaches_no_listener_whatever_it_asks_for() {
    let runs = Runs::default();
    let update = Binding::message("Update").entity("account");
    let router = runs
        .on(Router::new(), "ran", update)
        .fallback(|| async { unreachable() });
    let router = router.with_state(());
    for message in ["Update", "Create"] {
        let cut = raw(
            r#"{"Depth":1,"InputParameters":[{"key":"Target","value":"#,
            claimed(message),
        );
        let description = undecodable(run(&router, cut.clone()).await);
        assert!(description.contains("InputParameters"), "{description}");
        assert!(description.contains("at byte 54"), "{description}");
        assert!(matches!(
            router.explain(&cut).conclusion,
            Conclusion::Undecodable { .. }
        ));
    }
    undecodable(run(&router, raw(r#"{"MessageName":"Update""#, None)).await);
    assert!(runs.taken().is_empty());
}

#[tokio::test]
async fn message_and_table_come_from_the_body_where_there_are_no_claims() {
    let runs = Runs::default();
    let router = runs
        .on(
            Router::new(),
            "ran",
            Binding::message("Update").entity("account"),
        )
        .with_state(());
    accepted(
        &router,
        raw(
            r#"{"PrimaryEntityName":"account","MessageName":"Update"}"#,
            None,
        ),
    )
    .await;
    assert_eq!(runs.taken(), ["ran"]);
    let other = raw(
        r#"{"PrimaryEntityName":"contact","MessageName":"Update"}"#,
        None,
    );
    assert_eq!(run(&router, other).await, no_route());
}
