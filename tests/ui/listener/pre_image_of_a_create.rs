use listener_core::{PreImage, context::Entity, listener};

#[listener(message = "Create", entity = "account", pre_image = "before")]
async fn on_create() {}

#[listener(message = "Create", entity = "contact")]
async fn on_contact(_before: PreImage<Entity>) {}

fn main() {}
