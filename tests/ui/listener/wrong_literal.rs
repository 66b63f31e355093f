use listener_core::{listener};

#[listener(message = Create, entity = 1, two_way = true, pre_image)]
async fn on_create() {}

fn main() {}
