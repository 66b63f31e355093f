use listener_core::{Target, listener};

struct Account;

#[listener(message = "Create", entity = "account")]
async fn on_create(_account: Target<Account>) {}

fn main() {}
