use std::rc::Rc;

use listener_core::{Result, listener};

async fn save(_text: &str) -> Result {
    Ok(())
}

#[listener(message = "Create")]
async fn on_create() -> Result {
    let text = Rc::new("text");
    save(&text).await?;
    drop(text);
    Ok(())
}

fn main() {}
