//! One router takes a stateful, a stateless and two substate listeners.

#![deny(warnings)]

use listener_core::{Context, FromRef, Outcome, Result, Router, State, TargetReference, listener};

#[derive(Clone)]
struct App {
    db: Db,
    mail: Mail,
}

#[derive(Clone)]
struct Db(u8);

#[derive(Clone)]
struct Mail(u8);

impl FromRef<App> for Db {
    fn from_ref(app: &App) -> Self {
        app.db.clone()
    }
}

impl FromRef<App> for Mail {
    fn from_ref(app: &App) -> Self {
        app.mail.clone()
    }
}

#[listener(message = "Create", entity = "account")]
async fn stateful(State(app): State<App>) -> Result {
    let _ = (app.db, app.mail);
    Ok(())
}

#[listener(message = "Delete")]
async fn stateless(_: TargetReference) {}

#[listener(
    message = "Update",
    entity = "account",
    filtering_attributes = "creditlimit, name",
    pre_image = "before"
)]
async fn substate(State(db): State<Db>) -> Outcome {
    let _ = db.0;
    Outcome::Accept(())
}

#[listener(message = "Assign", stage = "post-operation", mode = 1)]
async fn other_substate(
    context: Context,
    State(mut mail): State<Mail>,
    State(db): State<Db>,
) -> Result<Outcome, std::num::ParseIntError> {
    mail.0 += context.message_name().parse::<u8>()? + db.0;
    let _ = mail;
    Ok(Outcome::Accept(()))
}

#[listener(message = "Retrieve", state = App)]
async fn bound_to_one_state() {}

#[test]
fn one_router_takes_all_the_state_a_part_of_it_and_none() {
    let app = App {
        db: Db(1),
        mail: Mail(2),
    };
    let service = Router::new()
        .listener::<stateful>()
        .listener::<stateless>()
        .listener::<substate>()
        .listener::<other_substate>()
        .listener::<bound_to_one_state>()
        .with_state(app);
    assert_eq!(service.routes().len(), 5);
}
