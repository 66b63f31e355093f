use listener_core::Entity;

#[derive(Entity)]
#[entity("account")]
struct Account<T> {
    name: T,
}

fn main() {}
