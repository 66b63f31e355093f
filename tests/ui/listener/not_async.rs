use listener_core::{Context, Router, listener};

#[listener(message = "Create")]
fn on_create(_context: Context) {}

fn main() {
    let _service = Router::new().listener::<on_create>().with_state(());
}
