#![deny(dead_code)]

use listener_core::{listener};

#[listener(message = "Create")]
async fn on_create() {}

fn main() {}
