use listener_core::{Router, listener};

#[listener(message = "Create", two_way)]
async fn check() -> String {
    "checked".to_owned()
}

fn main() {
    let _service = Router::<(), ()>::new().listener::<check>().with_state(());
}
