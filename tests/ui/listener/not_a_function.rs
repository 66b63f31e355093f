use listener_core::{listener};

#[listener(message = "Create")]
struct OnCreate;

fn main() {}
