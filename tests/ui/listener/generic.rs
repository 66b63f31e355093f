use listener_core::{FromContext, Router, listener};

#[listener(message = "Create")]
async fn on_create<T: FromContext<()>>(_any: T) {}

#[listener(message = "Update")]
async fn on_update(_any: impl FromContext<()>) {}

fn main() {
    let _service = Router::new().listener::<on_create>().listener::<on_update>().with_state(());
}
