use listener_core::{listener};

#[listener(message = "Create", entity = "account", filtering_attributes = "name")]
async fn on_create() {}

fn main() {}
