use listener_core::Entity;

#[derive(Entity)]
#[entity("account")]
enum Account {
    Customer,
}

#[derive(Entity)]
#[entity("contact")]
struct Contact(String);

fn main() {}
