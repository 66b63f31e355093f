use listener_core::{listener};

#[listener(message = "Create", entity = "account", entity = "contact")]
async fn on_create() {}

fn main() {}
