use listener_core::{listener};

#[listener(message = "Update", filteringAttributes = "name")]
async fn on_update() {}

fn main() {}
