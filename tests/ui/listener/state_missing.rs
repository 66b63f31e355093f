use listener_core::{Router, State, listener};

#[derive(Clone)]
struct App;

struct Db;

#[listener(message = "Create")]
async fn on_create(_db: State<Db>) {}

fn main() {
    let _service = Router::<App>::new().listener::<on_create>().with_state(App);
}
