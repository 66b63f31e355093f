use listener_core::Entity;

struct Revenue;

#[derive(Entity)]
#[entity("account")]
struct Account {
    name: String,
    revenue: Option<Revenue>,
}

fn main() {}
