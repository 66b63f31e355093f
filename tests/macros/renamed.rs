//! `crate = path` finds the crate where it is exported by another.

#![deny(warnings)]

mod facade {
    pub(super) use listener_core as inner;
}

use self::facade::inner::{
    Choice, Delivery, Entity, Input, Outcome, Parameters, Reply, Router, Target, context, listener,
};
use tower::ServiceExt;

#[derive(Entity)]
#[entity("account", crate = facade::inner)]
struct Account {
    #[attribute("accountratingcode")]
    rating: Rating,
}

#[derive(Choice)]
#[choice(crate = facade::inner)]
enum Rating {
    #[choice(1)]
    Default,
    #[choice(unknown)]
    Unknown(i32),
}

#[derive(Parameters)]
#[parameters(crate = facade::inner)]
struct Grant {
    rights: i32,
}

#[listener(message = "Create", entity = "account", two_way, crate = facade::inner)]
async fn on_create(Target(account): Target<Account>, Input(grant): Input<Grant>) -> String {
    let number = match account.rating {
        Rating::Default => 1,
        Rating::Unknown(number) => number,
    };
    (number + grant.rights).to_string()
}

#[tokio::test]
async fn the_crate_is_found_where_another_exports_it() {
    let row = context::Entity::new("account", Default::default())
        .with("accountratingcode", context::OptionSetValue(7));
    let mut context = context::RemoteExecutionContext::new("Create", "account");
    context.input_parameters = context::ParameterCollection::from([
        ("Target", context::Value::from(row)),
        ("Rights", context::Value::from(5)),
    ])
    .into();
    let service = Router::<(), Reply>::new()
        .listener::<on_create>()
        .with_state(());
    let outcome = service.oneshot(Delivery::from_context(context)).await;
    assert_eq!(outcome.unwrap(), Outcome::Accept(Reply("12".into())));
}
