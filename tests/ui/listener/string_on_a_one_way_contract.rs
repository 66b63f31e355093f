use listener_core::{Context, Result, listener};

#[listener(message = "Create")]
async fn on_create(context: Context) -> Result<String> {
    Ok(context.message_name().to_owned())
}

fn main() {}
