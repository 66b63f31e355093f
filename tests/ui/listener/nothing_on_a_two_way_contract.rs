use listener_core::{listener};

#[listener(message = "Create", two_way)]
async fn on_create() {}

fn main() {}
