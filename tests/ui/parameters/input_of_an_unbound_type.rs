use listener_core::{Input, listener};

struct Assign;

#[listener(message = "Assign")]
async fn on_assign(_assign: Input<Assign>) {}

fn main() {}
