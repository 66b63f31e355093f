use listener_core::Entity;

#[derive(Entity)]
#[entity("account")]
struct Account {
    #[attribute(id, name = "accountid")]
    id: String,
}

fn main() {}
