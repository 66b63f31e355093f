use listener_core::{Context, listener};

#[listener(message = "Create")]
async fn on_create(_context: &Context) {}

fn main() {}
