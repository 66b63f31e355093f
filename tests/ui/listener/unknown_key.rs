use listener_core::{listener};

#[listener(message = "Create", table = "account", retries = 5)]
async fn on_create() {}

fn main() {}
