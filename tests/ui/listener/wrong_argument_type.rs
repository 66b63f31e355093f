use listener_core::{Context, Result, listener};

#[listener(message = "Create")]
async fn on_create(_context: Context, _flag: bool) -> Result {
    Ok(())
}

fn main() {}
