use listener_core::{Context, listener};

struct Handlers;

impl Handlers {
    #[listener(message = "Create")]
    async fn on_create(_context: Context) {}
}

fn main() {}
