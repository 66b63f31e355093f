use listener_core::{listener};

#[listener(message = "Create", stage = "pre-operation", mode = "asynchronous")]
async fn on_create() {}

fn main() {}
