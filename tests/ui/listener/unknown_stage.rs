use listener_core::{listener};

#[listener(message = "Create", stage = 41, mode = "async")]
async fn on_create() {}

fn main() {}
