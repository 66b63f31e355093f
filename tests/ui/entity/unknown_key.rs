use listener_core::Entity;

#[derive(Entity)]
#[entity("account", schema = "dbo")]
struct Account {
    #[attribute(column = "name")]
    title: String,
}

fn main() {}
