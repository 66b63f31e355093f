//! Slots of declared type `object`: the value tells its type, as far as JSON can.

use super::{JsonReader, date};
use crate::{
    context::{
        Array, Entity, EntityReference, KeyAttributeCollection, Money, Number, Object,
        OptionSetValue, Relationship, RelationshipQueryCollection, Text, Value,
        name::{OwnedTypeName, XRM},
        wire::Slot,
    },
    decode::{DecodeError, registry},
};

/// What `DataContractJsonSerializer` shortens to `#`.
const DATA_CONTRACT: &str = "http://schemas.datacontract.org/2004/07/";
/// The namespace of pairs, shortened so.
const GENERIC: &str = "#System.Collections.Generic";

/// The namespace of most contracts, as Microsoft's serialiser writes it in JSON, and the quote behind it.
const XRM_ESCAPED: &str = "http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts\"";

/// The type that an object names.
pub(super) enum TypeOf {
    Entity,
    EntityReference,
    OptionSetValue,
    Money,
    Other(OwnedTypeName),
    /// It names none.
    None,
}

impl TypeOf {
    fn from_parts(local: &str, namespace: &str) -> Self {
        match (namespace, local) {
            (XRM, "Entity") => Self::Entity,
            (XRM, "EntityReference") => Self::EntityReference,
            (XRM, "OptionSetValue") => Self::OptionSetValue,
            (XRM, "Money") => Self::Money,
            _ => {
                let namespace = match namespace.strip_prefix('#') {
                    Some(short) => format!("{DATA_CONTRACT}{short}").into(),
                    None => namespace.into(),
                };
                Self::Other(OwnedTypeName {
                    local: local.into(),
                    namespace,
                })
            }
        }
    }
}

impl JsonReader<'_> {
    pub(super) fn object_slot(&mut self) -> Result<Value, DecodeError> {
        match self.peek() {
            b'"' => self.string_value(),
            b'{' => self.object_value(),
            b'[' => self.array_value(),
            b'n' => self.literal("null").map(|()| Value::Null),
            b't' => self.literal("true").map(|()| Value::Boolean(true)),
            b'f' => self.literal("false").map(|()| Value::Boolean(false)),
            b'-' | b'0'..=b'9' | b'I' | b'N' => self
                .number()
                .map(|text| Value::Number(Number::checked(text))),
            _ => Err(self.syntax("a value")),
        }
    }

    #[inline]
    fn string_value(&mut self) -> Result<Value, DecodeError> {
        if let Some((date, length)) = date::escaped(&self.bytes()[self.at..]) {
            self.at += length;
            return Ok(Value::DateTime(date));
        }
        let text = self.string()?.unwrap_or(&self.scratch);
        if text.starts_with("/Date(")
            && let Some(date) = date::plain(text.as_bytes())
        {
            return Ok(Value::DateTime(date));
        }
        Ok(Value::String(text.into()))
    }

    fn object_value(&mut self) -> Result<Value, DecodeError> {
        match self.type_of()? {
            TypeOf::EntityReference => self
                .contract::<EntityReference>()
                .map(|value| Value::EntityReference(Box::new(value))),
            TypeOf::OptionSetValue => OptionSetValue::read(self).map(Value::OptionSetValue),
            TypeOf::Money => Money::read(self).map(Value::Money),
            TypeOf::Entity => self
                .contract::<Entity>()
                .map(|value| Value::Entity(Box::new(value))),
            TypeOf::Other(name) => match registry::read(&name.namespace, &name.local, self)? {
                Some(value) => Ok(value),
                None => self.unknown(Some(name)),
            },
            TypeOf::None => self.unknown(None),
        }
    }

    /// Reads the name of the type of the object before which the reader stands. If that comes first, the object is open
    /// then; else the reader stands before the object still.
    pub(super) fn type_of(&mut self) -> Result<TypeOf, DecodeError> {
        if self.eat("{\"__type\":\"") {
            self.opened = true;
            self.separator = b',';
            let start = self.at;
            for (name, type_of) in [
                ("EntityReference:", TypeOf::EntityReference),
                ("OptionSetValue:", TypeOf::OptionSetValue),
                ("Money:", TypeOf::Money),
                ("Entity:", TypeOf::Entity),
            ] {
                if self.eat(name) {
                    if self.eat(XRM_ESCAPED) {
                        return Ok(type_of);
                    }
                    self.at = start;
                }
            }
            self.at -= 1;
            return self.type_name();
        }
        self.look_ahead()
    }

    /// Reads the text of a `__type`.
    fn type_name(&mut self) -> Result<TypeOf, DecodeError> {
        let inside = |error: DecodeError| error.in_member("__type");
        if self.peek() != b'"' {
            return Err(inside(self.wrong("the name of a type")));
        }
        let name = self.name().map_err(inside)?;
        let (local, namespace) = name.split_once(':').unwrap_or((&name, ""));
        Ok(TypeOf::from_parts(local, namespace))
    }

    /// Finds a `__type` that does not come first.
    #[inline(never)]
    fn look_ahead(&mut self) -> Result<TypeOf, DecodeError> {
        let (at, depth, items, lone) = (self.at, self.depth, self.items, self.lone_surrogates);
        self.deeper()?;
        self.separator = b'{';
        let mut type_of = TypeOf::None;
        while let Some(name) = self.next_name()? {
            if name == "__type" {
                self.peek();
                type_of = self.type_name()?;
                break;
            }
            self.skip_value().map_err(|error| error.in_member(&name))?;
        }
        self.charge_ahead(at)?;
        (self.at, self.depth, self.items, self.lone_surrogates) = (at, depth, items, lone);
        self.separator = b'{';
        Ok(type_of)
    }

    /// Counts what was read from `start` and will be read again: a body of nested doubts must not take for ever.
    fn charge_ahead(&mut self, start: usize) -> Result<(), DecodeError> {
        match self.ahead.checked_sub(self.at - start) {
            Some(rest) => {
                self.ahead = rest;
                Ok(())
            }
            None => Err(self.limit("objects that do not begin with their `__type` nest too deep")),
        }
    }

    /// Reads an object of a type that is not known.
    #[inline(never)]
    fn unknown(&mut self, type_name: Option<OwnedTypeName>) -> Result<Value, DecodeError> {
        self.deeper()?;
        let mut typed = std::mem::take(&mut self.opened);
        if !typed {
            self.separator = b'{';
        }
        self.spend(1)?;
        let mut members = Vec::new();
        loop {
            let start = self.at;
            let Some(name) = self.next_name()? else { break };
            if name == "__type" {
                self.type_again(&mut typed, start)?;
                continue;
            }
            self.spend(1)?;
            let value = self.object_slot().map_err(|error| error.in_member(&name))?;
            members.push((Text::from(&*name), value));
        }
        Ok(Value::Object(Box::new(Object { type_name, members })))
    }

    /// Reads an array. JSON does not name its type, but pairs name theirs.
    fn array_value(&mut self) -> Result<Value, DecodeError> {
        if !self.open_array()? {
            return Ok(Value::Array(Box::default()));
        }
        if self.peek() == b'{'
            && let Some(value) = self.pair_collection()?
        {
            return Ok(value);
        }
        let mut items = Vec::new();
        loop {
            self.spend(1)?;
            let item = self
                .object_slot()
                .map_err(|error| error.in_item(items.len()))?;
            items.push(item);
            if !self.next_item()? {
                break;
            }
        }
        Ok(Value::Array(Box::new(Array {
            items,
            ..Array::default()
        })))
    }

    /// Reads the items as one of the pair collections, if they all are pairs of its type; else nothing.
    fn pair_collection(&mut self) -> Result<Option<Value>, DecodeError> {
        let start = self.at;
        let Some(kind) = self.pair_type()? else {
            (self.at, self.opened) = (start, false);
            return Ok(None);
        };
        (self.at, self.opened) = (start, false);
        let depth = self.depth;
        let (items, lone) = (self.items, self.lone_surrogates);
        let value = match &*kind {
            "KeyValuePairOfstringstring" => self
                .typed_pairs::<Text, Option<Text>>(&kind)?
                .map(Value::Dictionary),
            "KeyValuePairOfstringEntitygUGIFE1S" => self
                .typed_pairs::<Text, Option<Entity>>(&kind)?
                .map(|pairs| Value::EntityImageCollection(pairs.into())),
            "KeyValuePairOfstringanyType" => self
                .typed_pairs::<Text, Value>(&kind)?
                .map(|pairs| Value::KeyAttributeCollection(KeyAttributeCollection::from(pairs))),
            "KeyValuePairOfRelationshipQueryBaseX_PsK4FkN" => self
                .typed_pairs::<Relationship, Value>(&kind)?
                .map(|pairs| {
                    Value::RelationshipQueryCollection(Box::new(RelationshipQueryCollection::from(
                        pairs,
                    )))
                }),
            _ => None,
        };
        if value.is_none() {
            self.charge_ahead(start)?;
            (self.at, self.opened, self.depth) = (start, false, depth);
            (self.items, self.lone_surrogates) = (items, lone);
        }
        Ok(value)
    }

    /// The local name of the type of the pair that comes next, if it is a typed pair; it is open then, if its type came
    /// first.
    fn pair_type(&mut self) -> Result<Option<Text>, DecodeError> {
        if self.peek() != b'{' {
            return Ok(None);
        }
        Ok(match self.type_of()? {
            TypeOf::Other(name)
                if name.local.starts_with("KeyValuePairOf")
                    && name.namespace.strip_prefix(DATA_CONTRACT) == GENERIC.strip_prefix('#') =>
            {
                Some(name.local)
            }
            _ => None,
        })
    }

    fn typed_pairs<K: Slot, V: Slot + Default>(
        &mut self,
        kind: &str,
    ) -> Result<Option<Vec<(K, V)>>, DecodeError> {
        let mut pairs = Vec::new();
        loop {
            self.spend(1)?;
            let start = self.at;
            if self.pair_type()?.as_deref() != Some(kind) {
                return Ok(None);
            }
            self.deeper()?;
            let typed = std::mem::take(&mut self.opened);
            let pair = self
                .rest_of_pair(typed, None, None, start)
                .map_err(|error| error.in_pair_or_item(pairs.len()))?;
            pairs.push(pair);
            if !self.next_item()? {
                return Ok(Some(pairs));
            }
        }
    }
}
