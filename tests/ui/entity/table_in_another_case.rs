use listener_core::Entity;

#[derive(Entity)]
#[entity("Account")]
struct Account {
    #[attribute("PrimaryContactId")]
    contact: String,
}

fn main() {}
