//! The anchor: what serde makes of the same contract, borrowed from the body wherever it can be.
//!
//! It does the same work: all members of the root and of every contract in the files, pairs as lists, values told apart
//! by their `__type`. It does less than ours where that is serde's way: guids and dates stay text, numbers become
//! floating-point, an unknown member is dropped, a limit is not kept, an error has no path.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::value::RawValue;

/// Text that is borrowed unless it has escapes.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

#[derive(Deserialize)]
pub struct Pair<'a, V> {
    #[serde(borrow)]
    pub key: Text<'a>,
    pub value: V,
}

type Pairs<'a> = Option<Vec<Pair<'a, Value<'a>>>>;
type Images<'a> = Option<Vec<Pair<'a, Option<Entity<'a>>>>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Context<'a> {
    #[serde(borrow)]
    pub business_unit_id: Text<'a>,
    pub correlation_id: Text<'a>,
    pub depth: i32,
    pub initiating_user_agent: Option<Text<'a>>,
    pub initiating_user_azure_active_directory_object_id: Option<Text<'a>>,
    pub initiating_user_id: Text<'a>,
    pub input_parameters: Pairs<'a>,
    pub is_executing_offline: bool,
    pub is_in_transaction: bool,
    pub is_offline_playback: bool,
    pub isolation_mode: i32,
    pub message_name: Option<Text<'a>>,
    pub mode: i32,
    pub operation_created_on: Text<'a>,
    pub operation_id: Text<'a>,
    pub organization_id: Text<'a>,
    pub organization_name: Option<Text<'a>>,
    pub output_parameters: Pairs<'a>,
    pub owning_extension: Option<EntityReference<'a>>,
    pub parent_context: Option<Box<Context<'a>>>,
    pub post_entity_images: Images<'a>,
    pub pre_entity_images: Images<'a>,
    pub primary_entity_id: Text<'a>,
    pub primary_entity_name: Option<Text<'a>>,
    pub request_id: Option<Text<'a>>,
    pub secondary_entity_name: Option<Text<'a>>,
    pub shared_variables: Pairs<'a>,
    pub stage: i32,
    pub user_azure_active_directory_object_id: Option<Text<'a>>,
    pub user_id: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entity<'a> {
    #[serde(borrow)]
    pub attributes: Pairs<'a>,
    pub entity_state: Option<i32>,
    pub formatted_values: Option<Vec<Pair<'a, Option<Text<'a>>>>>,
    pub id: Text<'a>,
    pub key_attributes: Pairs<'a>,
    pub logical_name: Option<Text<'a>>,
    pub related_entities: Option<Vec<IgnoredAny>>,
    pub row_version: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EntityReference<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub key_attributes: Pairs<'a>,
    pub logical_name: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub row_version: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One<T> {
    value: T,
}

pub enum Value<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Text(Text<'a>),
    Array(Vec<Value<'a>>),
    Money(f64),
    OptionSetValue(i32),
    EntityReference(Box<EntityReference<'a>>),
    Entity(Box<Entity<'a>>),
    Pair(Box<Pair<'a, Text<'a>>>),
}

enum Type {
    Money,
    OptionSetValue,
    EntityReference,
    Entity,
    Pair,
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Type;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a type")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Type, E> {
                match name {
                    "EntityReference:http://schemas.microsoft.com/xrm/2011/Contracts" => {
                        Ok(Type::EntityReference)
                    }
                    "OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts" => {
                        Ok(Type::OptionSetValue)
                    }
                    "Money:http://schemas.microsoft.com/xrm/2011/Contracts" => Ok(Type::Money),
                    "Entity:http://schemas.microsoft.com/xrm/2011/Contracts" => Ok(Type::Entity),
                    "KeyValuePairOfstringstring:#System.Collections.Generic" => Ok(Type::Pair),
                    _ => Err(E::custom("another type than the files have")),
                }
            }
        }
        deserializer.deserialize_str(Name)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Any<'a> {
            type Value = Value<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Value<'a>, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value<'a>, E> {
                Ok(Value::Boolean(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value<'a>, E> {
                Ok(Value::Integer(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Value<'a>, E> {
                i64::try_from(value).map(Value::Integer).map_err(E::custom)
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value<'a>, E> {
                Ok(Value::Double(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value<'a>, E> {
                Ok(Value::Text(Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'a>, E> {
                Ok(Value::Text(Text(Cow::Borrowed(text))))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Value<'a>, S::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Value::Array)
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Value<'a>, M::Error> {
                if map.next_key::<&str>()? != Some("__type") {
                    return Err(M::Error::custom("an object without its type in front"));
                }
                let type_of: Type = map.next_value()?;
                let rest = MapAccessDeserializer::new(map);
                Ok(match type_of {
                    Type::Money => Value::Money(One::deserialize(rest)?.value),
                    Type::OptionSetValue => Value::OptionSetValue(One::deserialize(rest)?.value),
                    Type::EntityReference => Value::EntityReference(Box::deserialize(rest)?),
                    Type::Entity => Value::Entity(Box::deserialize(rest)?),
                    Type::Pair => Value::Pair(Box::deserialize(rest)?),
                })
            }
        }
        deserializer.deserialize_any(Any(PhantomData))
    }
}

/// The other anchor: the root's simple members typed, all others passed over.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Header<'a> {
    #[serde(borrow)]
    pub business_unit_id: Text<'a>,
    pub correlation_id: Text<'a>,
    pub depth: i32,
    pub initiating_user_agent: Option<Text<'a>>,
    pub initiating_user_azure_active_directory_object_id: Option<Text<'a>>,
    pub initiating_user_id: Text<'a>,
    pub input_parameters: &'a RawValue,
    pub is_executing_offline: bool,
    pub is_in_transaction: bool,
    pub is_offline_playback: bool,
    pub isolation_mode: i32,
    pub message_name: Option<Text<'a>>,
    pub mode: i32,
    pub operation_created_on: Text<'a>,
    pub operation_id: Text<'a>,
    pub organization_id: Text<'a>,
    pub organization_name: Option<Text<'a>>,
    pub output_parameters: &'a RawValue,
    pub owning_extension: &'a RawValue,
    pub parent_context: &'a RawValue,
    pub post_entity_images: &'a RawValue,
    pub pre_entity_images: &'a RawValue,
    pub primary_entity_id: Text<'a>,
    pub primary_entity_name: Option<Text<'a>>,
    pub request_id: Option<Text<'a>>,
    pub secondary_entity_name: Option<Text<'a>>,
    pub shared_variables: &'a RawValue,
    pub stage: i32,
    pub user_azure_active_directory_object_id: Option<Text<'a>>,
    pub user_id: Text<'a>,
}
