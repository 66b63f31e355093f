use listener_core::{listener};

#[listener(message = "create", entity = "Account")]
async fn on_create() {}

fn main() {}
