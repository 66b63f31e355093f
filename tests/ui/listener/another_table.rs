use listener_core::{Entity, Target, listener};

#[derive(Entity)]
#[entity("contact")]
struct Contact {}

#[listener(message = "Create", entity = "account")]
async fn on_create(_target: Target<Contact>) {}

#[listener(message = "Update", entity = "account")]
async fn on_update(_target: Option<Target<Contact>>) {}

fn main() {}
