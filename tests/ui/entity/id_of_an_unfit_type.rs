use listener_core::Entity;

#[derive(Entity)]
#[entity("account")]
struct Account {
    #[attribute(id)]
    id: String,
}

fn main() {}
