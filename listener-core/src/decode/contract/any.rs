use super::ContractReader;
use crate::{
    context::{
        Array, ArrayKind, Object, Primitive, Text, Value, name,
        name::OwnedTypeName,
        wire::{Reader, Slot},
    },
    decode::{
        DecodeError, DecodeErrorKind,
        events::{Event, Events, Name, Namespace},
        registry,
    },
};

/// Slots of the type `object`: what stands there tells its type.
impl<'a, E: Events<'a>> ContractReader<'a, E> {
    /// A value whose type the element names.
    pub(super) fn typed(&mut self, type_name: Name<'a>) -> Result<Value, DecodeError> {
        let primitive =
            if type_name.namespace.is(name::XSD) || type_name.namespace.is(name::SERIALIZATION) {
                self.primitive(type_name)?
            } else {
                None
            };
        if let Some(value) = primitive {
            return Ok(value);
        }
        let (namespace, local) = (type_name.namespace.uri(), type_name.local);
        if namespace == name::ARRAYS && local == "ArrayOfKeyValueOfstringstring" {
            return self.dictionary();
        }
        if let Some(value) = registry::read(namespace, local, self)? {
            return Ok(value);
        }
        match local.strip_prefix("ArrayOf") {
            Some(item) => self.array(type_name, item),
            None => self.tree(Some(owned(type_name))),
        }
    }

    fn primitive(&mut self, type_name: Name<'a>) -> Result<Option<Value>, DecodeError> {
        let in_xsd = type_name.namespace.is(name::XSD);
        Ok(Some(match (in_xsd, type_name.local) {
            (true, "string") => Value::String(self.text()?),
            (true, "int") => Value::Int(self.int()?),
            (true, "long") => Value::Long(self.integer("a long")?),
            (true, "boolean") => Value::Boolean(self.boolean()?),
            (true, "decimal") => Value::Decimal(self.decimal()?),
            (true, "double") => Value::Double(self.double()?),
            (true, "dateTime") => Value::DateTime(self.date_time()?),
            (true, "base64Binary") => Value::Bytes(self.bytes()?),
            (false, "guid") => Value::Guid(self.guid()?),
            (true, "anyType") => return Ok(None),
            _ => {
                let text = self.text()?;
                Value::Primitive(Box::new(Primitive {
                    type_name: owned(type_name),
                    text,
                }))
            }
        }))
    }

    /// `Dictionary<string, string>`: `Key` and `Value` in the namespace of arrays.
    fn dictionary(&mut self) -> Result<Value, DecodeError> {
        let mut pairs = Vec::new();
        while self.child()? {
            let offset = self.element().offset;
            let (mut key, mut value) = (None, None);
            while self.child()? {
                let part = self.element().name;
                if part.is(name::ARRAYS, "Key") {
                    key = Some(self.text().map_err(|e| e.in_member("Key"))?);
                } else if part.is(name::ARRAYS, "Value") {
                    value = Option::<Text>::read(self).map_err(|e| e.in_member("Value"))?;
                } else {
                    self.skip()?;
                }
            }
            let key = key.ok_or_else(|| {
                DecodeError::new(
                    DecodeErrorKind::Missing,
                    "a pair of a dictionary has no `Key`",
                )
                .at(offset)
            })?;
            pairs.push((key, value));
        }
        Ok(Value::Dictionary(pairs))
    }

    /// An array: its items are of the type that the array's name ends with.
    fn array(&mut self, type_name: Name<'a>, item: &'a str) -> Result<Value, DecodeError> {
        let namespace = type_name.namespace;
        let item_name = match (namespace.is(name::ARRAYS), item) {
            (true, "anyType") => None,
            (true, "guid" | "duration" | "char") => Some(Name {
                namespace: Namespace::known(name::SERIALIZATION),
                local: item,
            }),
            (true, _) if !item.starts_with("ArrayOf") => Some(Name {
                namespace: Namespace::known(name::XSD),
                local: item,
            }),
            _ => Some(Name {
                namespace,
                local: item,
            }),
        };
        let mut items = Vec::new();
        while self.child()? {
            let element = *self.element();
            let value = match (element.nil, element.type_name.or(item_name)) {
                (true, _) => {
                    self.skip()?;
                    Ok(Value::Null)
                }
                (false, Some(name)) => self.typed(name),
                (false, None) => self.any(),
            };
            items.push(value.map_err(|e| e.in_item(items.len()))?);
        }
        Ok(Value::Array(Box::new(Array {
            kind: ArrayKind::Named(owned(type_name)),
            items,
        })))
    }

    /// What no contract describes: an object by its elements' names, or its text.
    pub(super) fn tree(&mut self, type_name: Option<OwnedTypeName>) -> Result<Value, DecodeError> {
        let mut members = Vec::new();
        let mut text = String::new();
        loop {
            match self.events.next()? {
                Event::Start => {
                    let local = self.element().name.local;
                    let value = self.any().map_err(|e| e.in_member(local))?;
                    members.push((local.into(), value));
                }
                Event::Content(content) => text.push_str(&content.into_plain()),
                Event::End => break,
                Event::Eof => {
                    return Err(
                        self.fault(DecodeErrorKind::UnexpectedEnd, "the message ends too early")
                    );
                }
            }
        }
        Ok(match type_name {
            Some(type_name) if members.is_empty() && !text.is_empty() => {
                Value::Primitive(Box::new(Primitive {
                    type_name,
                    text: text.into(),
                }))
            }
            None if members.is_empty() => Value::String(text.into()),
            type_name => Value::Object(Box::new(Object { type_name, members })),
        })
    }
}

fn owned(name: Name<'_>) -> OwnedTypeName {
    OwnedTypeName {
        local: name.local.into(),
        namespace: name.namespace.uri().into(),
    }
}
