use std::mem;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    guess::Guesses,
    sink::{Prefix, Sink},
};
use crate::{
    context::{
        Array, ArrayKind, DateTime, Number, Object, Primitive, Text, Value,
        name::{ARRAYS, GENERIC, SERIALIZATION, TypeName, XRM, XRM_9_0, XSI},
        wire::{Contract, Enumeration, Shape, Slot, Writer},
    },
    encode::EncodeError,
};

/// Turns contracts into elements, and chooses prefixes and places of declarations as Microsoft's serialiser does, which
/// makes text and binary the same elements one by one.
pub(crate) struct XmlWriter<S> {
    sink: S,
    /// Prefixes in scope, the innermost last.
    scopes: Vec<(Prefix, Text)>,
    depth: u16,
    /// The namespace that the open element declares for the type of its slot, whatever its value.
    member: Option<&'static str>,
    /// The value written next is an item of an array: the array's name tells its type.
    item: bool,
    guesses: Guesses,
}

impl<S: Sink> XmlWriter<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self {
            sink,
            scopes: Vec::new(),
            depth: 0,
            member: None,
            item: false,
            guesses: Guesses::default(),
        }
    }

    /// Writes a whole document of this root.
    pub(crate) fn root<T: Slot>(
        mut self,
        root: TypeName,
        value: &T,
    ) -> Result<Guesses, EncodeError> {
        self.sink.start(Prefix::Default, root.local);
        self.depth = 1;
        self.bind(Prefix::Default, root.namespace);
        if root.namespace != SERIALIZATION {
            self.bind(Prefix::Letter(b'i'), XSI);
        }
        value.write(&mut self)?;
        self.sink.end();
        Ok(self.guesses)
    }

    fn bind(&mut self, prefix: Prefix, namespace: &str) {
        self.sink.declare(prefix, namespace);
        self.scopes.push((prefix, namespace.into()));
    }

    fn prefix_of(&self, namespace: &str) -> Option<Prefix> {
        self.scopes
            .iter()
            .rev()
            .find(|(_, bound)| *bound == namespace)
            .map(|(prefix, _)| *prefix)
    }

    fn free_prefix(&self) -> Prefix {
        let letter = (b'a'..=b'z')
            .map(Prefix::Letter)
            .find(|p| self.scopes.iter().all(|(bound, _)| bound != p));
        letter.unwrap_or_else(|| {
            let here = self
                .scopes
                .iter()
                .filter(|(p, _)| matches!(p, Prefix::Deep(d, _) if *d == self.depth))
                .count();
            Prefix::Deep(self.depth, u16::try_from(here).unwrap_or(u16::MAX))
        })
    }

    /// Declares a namespace on the open element unless it is in scope.
    fn need(&mut self, namespace: &str) {
        if self.prefix_of(namespace).is_none() {
            let prefix = self.free_prefix();
            self.bind(prefix, namespace);
        }
    }

    /// Rule M: the namespace of the slot's type, after the attributes and before the content.
    fn declare_member(&mut self) {
        if let Some(namespace) = self.member.take() {
            self.need(namespace);
        }
    }

    /// An element and its value. `class` is the namespace of the type it is a member of.
    fn element(
        &mut self,
        namespace: &str,
        name: &str,
        shape: Shape,
        class: &str,
        value: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let bound = self.scopes.len();
        let prefix = self.prefix_of(namespace);
        let start = prefix.unwrap_or_else(|| self.free_prefix());
        self.sink.start(start, name);
        self.depth += 1;
        if prefix.is_none() {
            self.bind(start, namespace);
        }
        let of_type = match shape {
            Shape::Scalar => None,
            Shape::Contract(name) => Some(name.namespace),
            Shape::List { namespace, .. } | Shape::Pairs { namespace, .. } => Some(namespace),
        };
        self.member = of_type.filter(|of_type| *of_type != class);
        value(self)?;
        self.member = None;
        self.sink.end();
        self.depth -= 1;
        self.scopes.truncate(bound);
        Ok(())
    }

    /// `i:type`, and rule T: its namespace.
    fn type_attribute(&mut self, namespace: &str, local: &str) {
        if mem::take(&mut self.item) {
            return;
        }
        match self.prefix_of(namespace) {
            Some(prefix) => self.sink.type_attribute(prefix, local),
            None => {
                let prefix = self.free_prefix();
                self.sink.type_attribute(prefix, local);
                self.bind(prefix, namespace);
            }
        }
    }

    /// The items of an array: elements of one name, whose types their name tells.
    fn items(
        &mut self,
        namespace: &str,
        name: &str,
        items: &[Value],
        typed: bool,
    ) -> Result<(), EncodeError> {
        for (nth, item) in items.iter().enumerate() {
            let written = self.element(namespace, name, Shape::Scalar, namespace, |writer| {
                writer.item = !typed;
                item.write(writer)
            });
            self.item = false;
            written.map_err(|error| error.in_item(nth))?;
        }
        Ok(())
    }

    /// A member that its contract does not have: it came without a type, and goes so.
    fn other(&mut self, namespace: &str, name: &str, value: &Value) -> Result<(), EncodeError> {
        checked(namespace, name).map_err(|error| error.in_member(name))?;
        self.element(
            namespace,
            name,
            Shape::Scalar,
            namespace,
            |writer| match value {
                Value::String(text) => writer.text(text),
                Value::Object(object) if object.type_name.is_none() => {
                    writer.members(namespace, object)
                }
                value => value.write(writer),
            },
        )
        .map_err(|error| error.in_member(name))
    }

    fn members(&mut self, namespace: &str, object: &Object) -> Result<(), EncodeError> {
        object
            .members
            .iter()
            .try_for_each(|(name, value)| self.other(namespace, name, value))
    }
}

/// Refuses a name out of a message that XML does not have: JSON allows any text there.
fn checked(namespace: &str, local: &str) -> Result<(), EncodeError> {
    let begins = |c: char| c.is_alphabetic() || c == '_';
    let goes_on = |c: char| begins(c) || c.is_numeric() || matches!(c, '-' | '.');
    let mut rest = local.chars();
    if !rest.next().is_some_and(begins) || !rest.all(goes_on) {
        return Err(EncodeError::new(format!(
            "expected a name that XML has, found one of {} characters with others in it",
            local.chars().count()
        )));
    }
    if namespace.is_empty()
        || namespace.contains(|c: char| c.is_control() || matches!(c, '"' | '&' | '<' | '>'))
    {
        return Err(EncodeError::new(
            "expected the namespace of a type, found none or one with characters of markup",
        ));
    }
    Ok(())
}

impl<S: Sink> Writer for XmlWriter<S> {
    type Error = EncodeError;

    fn scalar_type(&mut self, name: TypeName) {
        self.type_attribute(name.namespace, name.local);
    }

    fn object_type(&mut self, name: TypeName) {
        self.type_attribute(name.namespace, name.local);
    }

    fn null(&mut self) {
        self.sink.nil();
        self.declare_member();
    }

    fn boolean(&mut self, value: bool) {
        self.sink.boolean(value);
    }

    fn int(&mut self, value: i32) {
        self.sink.integer(value.into());
    }

    fn long(&mut self, value: i64) {
        self.sink.integer(value);
    }

    fn decimal(&mut self, value: &Decimal) {
        self.sink.decimal(value);
    }

    fn double(&mut self, value: f64) {
        self.sink.double(value);
    }

    fn number(&mut self, value: &Number) -> Result<(), EncodeError> {
        self.guesses.number(value).write(self)
    }

    fn text(&mut self, value: &str) -> Result<(), EncodeError> {
        self.sink.text(value);
        Ok(())
    }

    fn guid(&mut self, value: Uuid) {
        self.sink.guid(value);
    }

    fn date_time(&mut self, value: &DateTime) -> Result<(), EncodeError> {
        self.sink.date_time(value)
    }

    fn bytes(&mut self, value: &[u8]) {
        self.sink.bytes(value);
    }

    fn primitive(&mut self, value: &Primitive) -> Result<(), EncodeError> {
        checked(&value.type_name.namespace, &value.type_name.local)?;
        self.type_attribute(&value.type_name.namespace, &value.type_name.local);
        self.sink.text(&value.text);
        Ok(())
    }

    fn enumeration<E: Enumeration>(&mut self, value: &E) -> Result<(), EncodeError> {
        let mut names = value.names().peekable();
        if names.peek().is_none() {
            return Err(EncodeError::new(
                "expected an enum with a name, found one that is known by a number only",
            ));
        }
        self.sink.names(names);
        Ok(())
    }

    fn object<C: Contract>(&mut self, value: &C) -> Result<(), EncodeError> {
        self.declare_member();
        for (index, name) in C::MEMBERS.iter().enumerate() {
            if !value.is_absent(index) {
                self.element(
                    C::NAME.namespace,
                    name,
                    C::SHAPES[index],
                    C::NAME.namespace,
                    |writer| value.write_member(index, writer),
                )
                .map_err(|error| error.in_member(name))?;
            }
        }
        value
            .others()
            .iter()
            .try_for_each(|(name, value)| self.other(C::NAME.namespace, name, value))
    }

    fn value_object(
        &mut self,
        name: TypeName,
        value: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.declare_member();
        self.element(
            name.namespace,
            "Value",
            Shape::Scalar,
            name.namespace,
            value,
        )
        .map_err(|error| error.in_member("Value"))
    }

    fn list<T: Slot>(&mut self, shape: Shape, items: &[T]) -> Result<(), EncodeError> {
        self.declare_member();
        let Shape::List {
            namespace,
            item,
            item_is_contract,
        } = shape
        else {
            unreachable!("a list has the shape of one");
        };
        if item_is_contract && item.namespace != namespace {
            self.need(item.namespace);
        }
        for (nth, value) in items.iter().enumerate() {
            self.element(item.namespace, item.local, T::SHAPE, namespace, |writer| {
                value.write(writer)
            })
            .map_err(|error| error.in_item(nth))?;
        }
        Ok(())
    }

    fn pairs<K: Slot, V: Slot>(
        &mut self,
        shape: Shape,
        pairs: &[(K, V)],
    ) -> Result<(), EncodeError> {
        self.declare_member();
        let Shape::Pairs { namespace, item } = shape else {
            unreachable!("a collection of pairs has the shape of one");
        };
        self.need(GENERIC);
        for (nth, (key, value)) in pairs.iter().enumerate() {
            self.element(namespace, item, Shape::Scalar, namespace, |writer| {
                writer.element(GENERIC, "key", Shape::Scalar, GENERIC, |writer| {
                    key.write(writer)
                })?;
                writer.element(GENERIC, "value", Shape::Scalar, GENERIC, |writer| {
                    value.write(writer)
                })
            })
            .map_err(|error| match key.as_key() {
                Some(key) => error.in_key(key),
                None => error.in_item(nth),
            })?;
        }
        Ok(())
    }

    fn array(&mut self, array: &Array) -> Result<(), EncodeError> {
        let (namespace, local, item_namespace, item) = match &array.kind {
            ArrayKind::EntityReferenceCollection => {
                (XRM, "EntityReferenceCollection", XRM, "EntityReference")
            }
            ArrayKind::OptionSetValueCollection => (
                XRM_9_0,
                "OptionSetValueCollection",
                XRM_9_0,
                "OptionSetValue",
            ),
            ArrayKind::Named(name) => {
                let item = name.local.strip_prefix("ArrayOf").unwrap_or("anyType");
                (&*name.namespace, &*name.local, &*name.namespace, item)
            }
            ArrayKind::Untyped => {
                let guessed = self.guesses.array(array);
                return self.array(&guessed);
            }
        };
        checked(namespace, local)?;
        self.type_attribute(namespace, local);
        if matches!(array.kind, ArrayKind::OptionSetValueCollection) {
            self.need(XRM);
        }
        if let Some(prefix) = self.prefix_of(item_namespace)
            && self.sink.array(prefix, item, array)
        {
            return Ok(());
        }
        self.items(item_namespace, item, &array.items, item == "anyType")
    }

    fn dictionary(&mut self, pairs: &[(Text, Option<Text>)]) -> Result<(), EncodeError> {
        self.type_attribute(ARRAYS, "ArrayOfKeyValueOfstringstring");
        for (key, value) in pairs {
            self.element(
                ARRAYS,
                "KeyValueOfstringstring",
                Shape::Scalar,
                ARRAYS,
                |writer| {
                    writer.element(ARRAYS, "Key", Shape::Scalar, ARRAYS, |writer| {
                        key.write(writer)
                    })?;
                    writer.element(ARRAYS, "Value", Shape::Scalar, ARRAYS, |writer| {
                        value.write(writer)
                    })
                },
            )
            .map_err(|error| error.in_key(key))?;
        }
        Ok(())
    }

    fn unknown(&mut self, object: &Object) -> Result<(), EncodeError> {
        let namespace = object
            .type_name
            .as_ref()
            .map_or(XRM, |name| &*name.namespace);
        if let Some(name) = &object.type_name {
            checked(&name.namespace, &name.local)?;
            self.type_attribute(&name.namespace, &name.local);
        }
        self.members(namespace, object)
    }
}
