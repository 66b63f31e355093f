use uuid::Uuid;

use super::*;
use crate::{
    Binding, Error, Reason,
    context::{Entity, EntityReference, RemoteExecutionContext},
    decode::{DecodeError, DecodeErrorKind, Message},
};

const ID: Uuid = Uuid::from_u128(7);

fn update() -> RemoteExecutionContext {
    let mut context = RemoteExecutionContext::new("Update", "account");
    context.primary_entity_id = ID.into();
    context.set_target(Entity::new("account", ID).with("name", "Contoso"));
    context
}

fn with_images(names: &[&'static str]) -> Delivery {
    let mut context = update();
    let images = names.iter().map(|name| {
        (
            (*name).into(),
            Some(Entity::new("account", ID).with("name", *name)),
        )
    });
    context.pre_entity_images = images
        .clone()
        .collect::<crate::context::EntityImageCollection>()
        .into();
    context.post_entity_images = images
        .collect::<crate::context::EntityImageCollection>()
        .into();
    Delivery::from_context(context)
}

fn cut() -> Delivery {
    let mut context = RemoteExecutionContext::new("Update", "account");
    context.primary_entity_id = ID.into();
    Delivery::builder(Message::from_context(context))
        .size_exceeded(true)
        .build()
}

fn read<T: FromContext<()>>(delivery: &Delivery) -> Result<T> {
    T::from_context(delivery, &())
}

fn kind<T>(result: Result<T>) -> DecodeErrorKind {
    let error: Error = result.err().expect("it failed");
    assert!(error.is_permanent());
    error.find::<DecodeError>().expect("a decode error").kind()
}

fn name(entity: &Entity) -> String {
    entity
        .attributes()
        .get("name")
        .and_then(|value| crate::entity::FromValue::from_value(value).ok())
        .unwrap()
}

#[test]
fn the_target_is_the_row() {
    let Target(row) = read::<Target<Entity>>(&Delivery::from_context(update())).unwrap();
    assert_eq!(name(&row), "Contoso");
}

#[test]
fn a_truncated_message_has_no_target_and_says_so() {
    assert_eq!(
        kind(read::<Target<Entity>>(&cut())),
        DecodeErrorKind::Truncated
    );
    assert_eq!(
        kind(read::<PreImage<Entity>>(&cut())),
        DecodeErrorKind::Truncated
    );
    assert_eq!(read::<Option<Target<Entity>>>(&cut()).unwrap(), None);
    assert!(read::<Truncation>(&cut()).unwrap().is_truncated());
    assert_eq!(Reason::Truncated.as_str(), "Truncated");
}

#[test]
fn a_message_that_was_fetched_again_is_whole() {
    let whole = cut().with_message(Message::from_context(update()));
    assert!(!read::<Truncation>(&whole).unwrap().is_truncated());
    assert_eq!(name(&read::<Target<Entity>>(&whole).unwrap().0), "Contoso");
}

#[test]
fn a_message_without_a_row_says_so() {
    let mut context = update();
    context.set_target(EntityReference::new("account", ID));
    let delivery = Delivery::from_context(context);
    assert_eq!(
        kind(read::<Target<Entity>>(&delivery)),
        DecodeErrorKind::Missing
    );
    assert_eq!(read::<Option<Target<Entity>>>(&delivery).unwrap(), None);
}

#[test]
fn the_reference_is_the_target_else_the_moniker_else_the_primary_entity() {
    let reference = |context: RemoteExecutionContext| {
        let TargetReference(row) = read(&Delivery::from_context(context)).unwrap();
        (row.logical_name().to_owned(), row.id())
    };
    assert_eq!(reference(update()), ("account".into(), ID));

    let mut delete = RemoteExecutionContext::new("Delete", "account");
    delete.set_target(EntityReference::new("contact", ID));
    assert_eq!(reference(delete), ("contact".into(), ID));

    let mut set_state = RemoteExecutionContext::new("SetState", "account");
    let moniker = EntityReference::new("lead", ID);
    set_state
        .input_parameters
        .value_mut()
        .unwrap()
        .insert("EntityMoniker", moniker);
    assert_eq!(reference(set_state), ("lead".into(), ID));

    let TargetReference(row) = read(&cut()).unwrap();
    assert_eq!((row.logical_name(), row.id()), ("account", ID));

    let nothing = Delivery::from_context(RemoteExecutionContext::new("new_Score", "none"));
    assert_eq!(
        kind(read::<TargetReference>(&nothing)),
        DecodeErrorKind::Missing
    );
}

#[test]
fn the_image_is_the_only_one_of_the_steps_own() {
    let delivery = with_images(&["AsynchronousStepPrimaryName", "before"]);
    assert_eq!(
        name(&read::<PreImage<Entity>>(&delivery).unwrap().0),
        "before"
    );
    assert_eq!(
        name(&read::<PostImage<Entity>>(&delivery).unwrap().0),
        "before"
    );
}

#[test]
fn of_several_images_the_binding_says_which() {
    let several = with_images(&["one", "other"]);
    let error = read::<PreImage<Entity>>(&several).unwrap_err().to_string();
    assert_eq!(
        error,
        "the message has several images; name one by `pre_image = \"…\"`: one, other, in `PreEntityImages`"
    );
    let bound = several.bound_to(
        Binding::message("Update")
            .pre_image("other")
            .post_image("one")
            .interned(),
    );
    assert_eq!(name(&read::<PreImage<Entity>>(&bound).unwrap().0), "other");
    assert_eq!(name(&read::<PostImage<Entity>>(&bound).unwrap().0), "one");
    let missing = bound.bound_to(Binding::message("Update").pre_image("gone").interned());
    let error = read::<PreImage<Entity>>(&missing).unwrap_err().to_string();
    assert_eq!(
        error,
        "the message has no image `gone`; it has: one, other, in `PreEntityImages`"
    );
    assert!(
        read::<Option<PreImage<Entity>>>(&missing)
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_message_without_images_of_its_own_says_so() {
    let none = with_images(&["AsynchronousStepPrimaryName"]);
    assert_eq!(
        kind(read::<PostImage<Entity>>(&none)),
        DecodeErrorKind::Missing
    );
    assert!(read::<Option<PostImage<Entity>>>(&none).unwrap().is_none());
}

#[test]
fn an_error_in_a_column_names_its_path() {
    #[derive(Debug)]
    struct Needs;

    impl crate::entity::FromEntity for Needs {
        fn from_row(row: &crate::decode::Row<'_>) -> Result<Self, DecodeError> {
            <crate::context::Money as crate::entity::FromColumn>::from_column(row, "creditlimit")
                .map(|_| Self)
        }
    }

    let error = read::<Target<Needs>>(&Delivery::from_context(update()))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("MissingColumn creditlimit"), "{error}");
    assert!(
        error.ends_with("in `InputParameters[\"Target\"]`"),
        "{error}"
    );
}

#[test]
fn each_kind_of_parameters_is_read_from_its_own_collection() {
    #[derive(Debug)]
    struct Where(String);

    impl crate::entity::FromParameters for Where {
        fn from_parameters(
            parameters: &crate::entity::Parameters<'_>,
        ) -> Result<Self, DecodeError> {
            parameters.read("where").map(Self)
        }
    }

    let mut context = update();
    context.set_input("where", "in");
    context.set_output("where", "out");
    context.set_shared_variable("where", "shared");
    let built = Delivery::from_context(context.clone());
    let body = crate::encode::json(&context).unwrap();
    let options = crate::decode::DecodeOptions::default();
    let decoded = Delivery::builder(Message::new(body.into(), None, options)).build();
    for delivery in [built, decoded] {
        let Input(Where(input)) = read(&delivery).unwrap();
        let Output(Where(output)) = read(&delivery).unwrap();
        let SharedVariables(Where(shared)) = read(&delivery).unwrap();
        assert_eq!([input, output, shared], ["in", "out", "shared"]);
    }
    let without = Delivery::from_context(update());
    assert_eq!(
        kind(read::<Input<Where>>(&without)),
        DecodeErrorKind::Missing
    );
    assert_eq!(
        kind(read::<Output<Where>>(&without)),
        DecodeErrorKind::Missing
    );
    assert_eq!(
        kind(read::<SharedVariables<Where>>(&without)),
        DecodeErrorKind::Missing
    );
}

#[test]
fn the_circumstances_of_a_message_are_arguments() {
    let mut context = update();
    context.depth = 3.into();
    context.correlation_id = ID.into();
    let claims = crate::Claims::of(&context);
    let delivery = Delivery::builder(Message::from_context(context))
        .attempt(2)
        .claims(claims.clone())
        .build();
    assert_eq!(read::<Depth>(&delivery).unwrap().0, 3);
    assert_eq!(read::<Attempt>(&delivery).unwrap().0, 2);
    assert_eq!(read::<crate::Claims>(&delivery).unwrap(), claims);
    assert!(!read::<crate::Lock>(&delivery).unwrap().is_lost());
    let Context(whole) = read(&delivery).unwrap();
    assert_eq!(whole.correlation_id(), ID);
}

#[test]
fn a_session_is_an_argument_where_there_is_one() {
    let without = Delivery::from_context(update());
    let error = crate::Session::from_context(&without, &()).unwrap_err();
    assert!(error.is_permanent());
    assert!(error.to_string().contains("sessions()"), "{error}");
    assert!(
        Option::<crate::Session>::from_context(&without, &())
            .unwrap()
            .is_none()
    );
    let within = Delivery::builder(Message::from_context(update()))
        .session(crate::Session::in_memory("orders"))
        .build();
    let session = crate::Session::from_context(&within, &()).unwrap();
    assert_eq!(session.id(), "orders");
}
