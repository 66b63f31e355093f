use listener_core::{
    Entity,
    context::Value,
    decode::DecodeError,
    entity::{FromValue, IntoEntity},
};

struct Shout(String);

impl FromValue for Shout {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        String::from_value(value).map(Self)
    }
}

#[derive(Entity)]
#[entity("account")]
struct Account {
    name: Shout,
}

fn main() {
    let account = Account { name: Shout("x".to_owned()) };
    let _row = IntoEntity::into_entity(account);
}
