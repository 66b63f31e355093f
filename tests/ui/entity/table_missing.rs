use listener_core::Entity;

#[derive(Entity)]
struct Account {
    name: String,
}

fn main() {}
