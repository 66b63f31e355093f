use listener_core::{listener};

#[listener(entity = "account")]
async fn on_create() {}

fn main() {}
