use listener_core::Entity;

#[derive(Entity)]
#[entity("account")]
struct Account {
    name: String,
    #[attribute("name")]
    title: String,
}

fn main() {}
