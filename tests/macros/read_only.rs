//! A column of a type that can only be read makes a row that can only be read.

#![deny(warnings)]

use listener_core::{
    Entity,
    context::Value,
    decode::DecodeError,
    entity::{FromEntity, FromValue},
};

struct Shout(String);

impl FromValue for Shout {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        String::from_value(value).map(|text| Self(text.to_uppercase()))
    }
}

#[derive(Entity)]
#[entity("account")]
struct Account {
    name: Shout,
}

#[test]
fn a_type_that_can_only_be_read_is_read() {
    let row =
        listener_core::context::Entity::new("account", Default::default()).with("name", "Contoso");
    assert_eq!(Account::from_entity(&row).unwrap().name.0, "CONTOSO");
}
