use listener_core::{Context, listener};

#[listener(message = "create", stage = "later", colour = "red")]
fn on_create(_context: &Context) {}

fn main() {}
