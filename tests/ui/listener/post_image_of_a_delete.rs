use listener_core::{listener};

#[listener(message = "Delete", entity = "account", post_image = "after")]
async fn on_delete() {}

fn main() {}
