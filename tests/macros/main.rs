//! What the macros write, on values of every format and on whole messages.

// Listeners are async, whether or not they wait; and what the macros write is public as their items are.
#![allow(clippy::unused_async, unreachable_pub, missing_docs)]

mod read_only;
mod renamed;
mod states;

use bytes::Bytes;
use listener_core::{
    Attempt, Choice, Delivery, Entity, Error, FromRef, Input, Outcome, Parameters, PreImage,
    Reason, Reply, Result, Router, State, Target, TargetReference,
    context::{
        self, DateTime, EntityCollection, EntityReference, Money, OptionSetValue,
        ParameterCollection, RemoteExecutionContext, Value,
    },
    decode::{DecodeError, DecodeErrorKind, DecodeOptions, Document, Message, decode},
    entity::{Column, FromEntity, FromParameters, IntoEntity, IntoParameters},
    listener,
};
use rust_decimal::Decimal;
use tests::fixtures::golden;
use tower::ServiceExt;
use uuid::{Uuid, uuid};

#[derive(Clone, Debug, PartialEq, Entity)]
#[entity("account")]
struct Account {
    #[attribute(id)]
    id: Uuid,
    name: Option<String>,
    creditonhold: Column<bool>,
    numberofemployees: Option<i32>,
    exchangerate: Column<Decimal>,
    new_float: Column<f64>,
    revenue: Column<Money>,
    #[attribute("statuscode")]
    status: Column<Status>,
    #[attribute(name = "new_multi")]
    roles: Column<Vec<Status>>,
    ownerid: Option<EntityReference>,
    accountid: Column<Uuid>,
    createdon: Column<DateTime>,
    modifiedonbehalfby: Column<EntityReference>,
    #[attribute("a.b")]
    contact_name: Column<String>,
    r#type: Column<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Choice)]
#[repr(i32)]
enum Status {
    Active = 1,
    #[choice(257_760_001)]
    Renewed,
    #[choice(-1)]
    None,
    #[choice(unknown)]
    Other(i32),
}

#[derive(Clone, Debug, PartialEq, Entity)]
#[entity("email")]
struct Email {
    subject: String,
    to: Vec<Party>,
}

#[derive(Clone, Debug, PartialEq, Entity)]
#[entity("activityparty")]
struct Party {
    #[attribute(id)]
    id: Option<Uuid>,
    partyid: EntityReference,
    #[attribute("participationtypemask")]
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Choice)]
enum Role {
    #[choice(2)]
    To,
    #[choice(unknown)]
    Other(i32),
}

#[derive(Clone, Debug, PartialEq, Entity)]
#[entity("account")]
struct Limit {
    creditlimit: Money,
}

#[derive(Clone, Debug, PartialEq, Parameters)]
struct Assign {
    target: EntityReference,
    #[parameter("Assignee")]
    to: EntityReference,
    suppress_duplicate_detection: Option<bool>,
    #[parameter(name = "new_reason")]
    reason: Column<Status>,
}

const ID: Uuid = uuid!("53c52f26-a89d-ef11-8a69-000d3a30b0c1");

fn context(name: &str, extension: &str) -> RemoteExecutionContext {
    let body = golden(name, extension);
    match decode(&body, None, &DecodeOptions::default())
        .expect("a golden message")
        .document
    {
        Document::Context(context) => context,
        _ => panic!("{name} is a context"),
    }
}

fn target(name: &str, extension: &str) -> context::Entity {
    let context = context(name, extension);
    match context.input_parameters().get("Target") {
        Some(Value::Entity(row)) => (**row).clone(),
        _ => panic!("the Target of {name} is an Entity"),
    }
}

fn delivery(name: &str) -> Delivery {
    let body = Bytes::from(golden(name, "json"));
    Delivery::builder(Message::new(body, None, DecodeOptions::default())).build()
}

#[test]
fn a_row_reads_the_same_from_json_and_from_xml() {
    let json = Account::from_entity(&target("create-all-types", "json")).unwrap();
    let xml = Account::from_entity(&target("create-all-types", "xml")).unwrap();
    assert_eq!(json, xml);
    assert_eq!(json.id, ID);
    assert_eq!(json.creditonhold, Column::Value(false));
    assert_eq!(json.numberofemployees, Some(42));
    assert_eq!(json.new_float, Column::Value(2365.12));
    assert_eq!(json.revenue, Column::Value("2154.32".parse().unwrap()));
    assert_eq!(json.status, Column::Value(Status::Active));
    assert_eq!(
        json.roles,
        Column::Value(vec![Status::Renewed, Status::Other(257_760_002)])
    );
    assert_eq!(json.ownerid.unwrap().name(), Some("Ann Å"));
    assert_eq!(json.accountid, Column::Value(ID));
    assert_eq!(json.modifiedonbehalfby, Column::Null);
    assert_eq!(json.contact_name, Column::Value("X".to_owned()));
    assert_eq!(json.r#type, Column::Absent);
}

#[test]
fn a_row_that_was_read_is_written_and_reads_the_same() {
    let account = Account::from_entity(&target("create-all-types", "json")).unwrap();
    let row = account.clone().into_entity();
    assert_eq!(row.logical_name(), "account");
    assert_eq!(row.id(), ID);
    assert_eq!(Account::from_entity(&row).unwrap(), account);
}

#[test]
fn writing_leaves_out_what_is_absent_and_keeps_what_is_null() {
    let mut account = Account::from_entity(&target("create-all-types", "json")).unwrap();
    account.revenue = Column::Absent;
    account.name = None;
    let row = account.into_entity();
    assert_eq!(row.attributes().get("revenue"), None);
    assert_eq!(row.attributes().get("name"), Some(&Value::Null));
    assert_eq!(
        row.attributes().get("modifiedonbehalfby"),
        Some(&Value::Null)
    );
    assert_eq!(row.attributes().get("type"), None);
    assert_eq!(
        row.attributes().get("statuscode"),
        Some(&Value::OptionSetValue(OptionSetValue(1)))
    );
}

#[test]
fn a_missing_column_is_named() {
    let absent = Limit::from_entity(&context::Entity::new("account", ID)).unwrap_err();
    let null = context::Entity::new("account", ID).with("creditlimit", Value::Null);
    for error in [absent, Limit::from_entity(&null).unwrap_err()] {
        assert_eq!(error.kind(), DecodeErrorKind::Missing);
        assert!(
            error.to_string().starts_with("MissingColumn creditlimit"),
            "{error}"
        );
    }
}

#[test]
fn a_column_of_another_type_is_told_by_its_path_and_without_its_value() {
    let row = context::Entity::new("account", ID).with("creditlimit", "top secret");
    let error = Limit::from_entity(&row).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::WrongType);
    assert_eq!(error.path(), "Attributes[\"creditlimit\"]");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn a_row_of_another_table_is_refused() {
    let row = context::Entity::new("contact", ID).with("creditlimit", Money(Decimal::ONE));
    let error = Limit::from_entity(&row).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::WrongType);
    assert_eq!(
        error.to_string(),
        "expected a row of `account`, found one of `contact`, in `LogicalName`"
    );
}

#[test]
fn a_row_without_an_id_is_refused_where_it_needs_one() {
    let error = Account::from_entity(&context::Entity::new("account", Uuid::nil())).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Missing);
    assert!(error.to_string().starts_with("MissingId"), "{error}");
}

#[test]
fn activity_parties_are_rows_in_a_column() {
    let email = Email::from_entity(&target("create-email-activityparty", "json")).unwrap();
    let [party] = email.to.as_slice() else {
        panic!("one party")
    };
    assert_eq!(party.partyid.logical_name(), "contact");
    assert_eq!(party.role, Role::To);
    assert_eq!(
        party.id,
        Some(uuid!("66666666-6666-6666-6666-666666666666"))
    );

    let row = email.clone().into_entity();
    let Some(Value::EntityCollection(parties)) = row.attributes().get("to") else {
        panic!("a collection of rows")
    };
    assert_eq!(parties.entity_name.value().unwrap(), "activityparty");
    assert_eq!(Email::from_entity(&row).unwrap(), email);
}

#[test]
fn no_parties_are_a_collection_of_their_table() {
    let email = Email {
        subject: "S".to_owned(),
        to: Vec::new(),
    };
    assert_eq!(
        email.into_entity().attributes().get("to"),
        Some(&Value::from(EntityCollection::new("activityparty", [])))
    );
}

#[test]
fn choices_read_any_number_and_write_it_back() {
    for (number, status) in [
        (1, Status::Active),
        (257_760_001, Status::Renewed),
        (-1, Status::None),
        (i32::MAX, Status::Other(i32::MAX)),
    ] {
        assert_eq!(Status::from_number(number), status);
        assert_eq!(status.number(), number);
        assert_eq!(Value::from(status), Value::from(OptionSetValue(number)));
    }
}

#[test]
fn parameters_read_and_write() {
    let assign = context("assign", "json");
    let assign = Assign::from_parameters(&assign.input_parameters().into()).unwrap();
    assert_eq!(assign.to.logical_name(), "team");
    assert_eq!(assign.suppress_duplicate_detection, None);
    assert_eq!(assign.reason, Column::Absent);

    let parameters = assign.clone().into_parameters();
    let keys: Vec<_> = parameters.keys().map(|key| key.as_str()).collect();
    assert_eq!(keys, ["Target", "Assignee", "SuppressDuplicateDetection"]);
    assert_eq!(
        Assign::from_parameters(&(&parameters).into()).unwrap(),
        assign
    );
}

#[test]
fn a_missing_parameter_is_named() {
    let mut parameters = ParameterCollection::new();
    parameters.push("Target".into(), EntityReference::new("account", ID).into());
    let error = Assign::from_parameters(&(&parameters).into()).unwrap_err();
    assert!(
        error.to_string().starts_with("MissingParameter Assignee"),
        "{error}"
    );
}

#[derive(Clone)]
struct App {
    greeting: Greeting,
    limit: usize,
}

#[derive(Clone)]
struct Greeting(&'static str);

impl FromRef<App> for Greeting {
    fn from_ref(app: &App) -> Self {
        app.greeting.clone()
    }
}

impl FromRef<App> for usize {
    fn from_ref(app: &App) -> Self {
        app.limit
    }
}

#[listener(message = "Create", entity = "account", two_way)]
async fn greet(Target(account): Target<Account>, State(app): State<App>) -> Result<String> {
    let greeting = app.greeting.0;
    Ok(format!("{greeting} {}", account.numberofemployees.unwrap()))
}

#[listener(message = "Assign", entity = "account", two_way)]
async fn assigned(
    Input(assign): Input<Assign>,
    State(limit): State<usize>,
    State(greeting): State<Greeting>,
) -> String {
    format!("{} {} {limit}", greeting.0, assign.to.logical_name())
}

#[listener(message = "Delete", two_way)]
async fn deleted(
    TargetReference(row): TargetReference,
    Attempt(attempt): Attempt,
) -> Outcome<Reply> {
    assert_eq!(row.logical_name(), "account");
    Outcome::reject(Reason::Other("Kept".into()), format!("attempt {attempt}"))
}

#[listener(message = "Create", entity = "email", two_way)]
async fn limited(_: Target<Email>, before: Option<PreImage<context::Entity>>) -> Result<Reply> {
    assert_eq!(before.map(drop), None);
    Err(Error::permanent("no mail"))
}

fn router() -> impl tower::Service<Delivery, Response = Outcome<Reply>, Error = Error> {
    Router::new()
        .listener::<greet>()
        .listener::<assigned>()
        .listener::<deleted>()
        .listener::<limited>()
        .with_state(App {
            greeting: Greeting("hello"),
            limit: 3,
        })
}

#[tokio::test]
async fn listeners_with_all_of_the_state_a_part_of_it_or_none_share_a_router() {
    for (name, expected) in [
        (
            "create-all-types",
            Outcome::Accept(Reply("hello 42".into())),
        ),
        ("assign", Outcome::Accept(Reply("hello team 3".into()))),
        (
            "delete",
            Outcome::reject(Reason::Other("Kept".into()), "attempt 1"),
        ),
    ] {
        let outcome = router().oneshot(delivery(name)).await.unwrap();
        assert_eq!(outcome, expected, "{name}");
    }
}

#[tokio::test]
async fn a_listeners_error_stays_one() {
    let error = router()
        .oneshot(delivery("create-email-activityparty"))
        .await
        .unwrap_err();
    assert!(error.is_permanent());
    assert_eq!(error.to_string(), "no mail");
}

#[tokio::test]
async fn an_argument_that_cannot_be_read_is_a_permanent_error() {
    let message = Message::from_context(context("assign", "json"));
    let mut context = RemoteExecutionContext::clone(message.context().unwrap());
    context.input_parameters = ParameterCollection::new().into();
    let error = router()
        .oneshot(Delivery::from_context(context))
        .await
        .unwrap_err();
    assert!(error.is_permanent());
    let error = error.find::<DecodeError>().unwrap();
    assert_eq!(error.kind(), DecodeErrorKind::Missing);
}

#[tokio::test]
async fn the_function_is_called_as_it_stands() {
    let account = Account::from_entity(&target("create-all-types", "json")).unwrap();
    let reply = greet(
        Target(account),
        State(App {
            greeting: Greeting("hi"),
            limit: 0,
        }),
    )
    .await;
    assert_eq!(reply.unwrap(), "hi 42");
}
