use listener_core::{listener};

#[listener(message = "Update", entity = "account", filtering_attributes = "name, CreditLimit, name")]
async fn on_update() {}

fn main() {}
