//! What a contract tells the codecs about itself, and what a codec offers a contract.
//!
//! Each contract is described once, by `contract!`; the JSON, XML and binary codecs and the canonical print all work
//! from that description.

use super::{Array, DateTime, Member, Number, Object, Primitive, Text, Value, name::TypeName};
use crate::decode::DecodeError;
use rust_decimal::Decimal;
use uuid::Uuid;

/// What kind of thing a slot's declared type is: where XML and binary declare namespaces depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// A primitive, an enum or `object`.
    Scalar,
    /// A contract.
    Contract(TypeName),
    /// A list with this namespace of its own; items are elements of this name.
    List {
        namespace: &'static str,
        item: TypeName,
        item_is_contract: bool,
    },
    /// A list of pairs with this namespace of its own; each pair is an element of this name.
    Pairs {
        namespace: &'static str,
        item: &'static str,
    },
}

/// A type that a declared slot can have.
pub(crate) trait Slot: Sized {
    const SHAPE: Shape;
    /// Reads a value that is not null.
    fn read<R: Reader>(reader: &mut R) -> Result<Self, DecodeError>;
    /// Writes the value.
    fn write<W: Writer>(&self, writer: &mut W) -> Result<(), W::Error>;
    /// Reads the key of a pair.
    fn read_key<R: Reader>(reader: &mut R) -> Result<Self, DecodeError> {
        Self::read(reader)
    }
    /// How a path names the pair that has this as its key; `None` where only its index does.
    fn as_key(&self) -> Option<&str> {
        None
    }
}

/// A type with named members.
pub(crate) trait Contract: Default + 'static {
    const NAME: TypeName;
    /// The members' names, in the order of the wire.
    const MEMBERS: &'static [&'static str];
    /// The shape of each member's type.
    const SHAPES: &'static [Shape];
    /// Reads the member at `index`, null included. The reader refuses a duplicate before it calls.
    fn read_member<R: Reader>(&mut self, index: usize, reader: &mut R) -> Result<(), DecodeError>;
    /// Reads members for as long as the next one is the next of the contract's that was not read: how they mostly come.
    fn read_in_order<R: Reader>(&mut self, reader: &mut R) -> Result<(), DecodeError>;
    /// Writes the member at `index`, which is not absent.
    fn write_member<W: Writer>(&self, index: usize, writer: &mut W) -> Result<(), W::Error>;
    fn is_absent(&self, index: usize) -> bool;
    fn others(&self) -> &[(Text, Value)];
    fn push_other(&mut self, name: Text, value: Value);
}

/// An enumeration: a number in JSON, a name in XML and binary.
pub(crate) trait Enumeration: Sized {
    fn from_number(number: i32) -> Self;
    fn from_name(name: &str) -> Self;
    /// The number; `None` for a name that is not known.
    fn number(&self) -> Option<i32>;
    /// The names, in the order of declaration: more than one only for flags, none for an unknown number.
    fn names(&self) -> impl Iterator<Item = &str>;
}

/// One format's reader, standing before one value.
pub(crate) trait Reader {
    /// Consumes a null, if there is one here.
    fn null(&mut self) -> Result<bool, DecodeError>;
    fn boolean(&mut self) -> Result<bool, DecodeError>;
    fn int(&mut self) -> Result<i32, DecodeError>;
    fn decimal(&mut self) -> Result<Decimal, DecodeError>;
    fn text(&mut self) -> Result<Text, DecodeError>;
    fn guid(&mut self) -> Result<Uuid, DecodeError>;
    fn date_time(&mut self) -> Result<DateTime, DecodeError>;
    fn enumeration<E: Enumeration>(&mut self) -> Result<E, DecodeError>;
    /// Reads an object of a contract: members in any order, unknown ones kept, duplicates refused.
    fn object<C: Contract>(&mut self) -> Result<C, DecodeError>;
    /// Reads a contract whose one member is `Value`; missing, it is the default.
    fn value_object<T: Slot + Default>(&mut self) -> Result<T, DecodeError>;
    /// Reads a list, calling `item` at each item (a null included).
    fn list(
        &mut self,
        shape: Shape,
        item: impl FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError>;
    /// Reads a list of pairs: `key` and `value` in any order; a value that is missing is the default.
    fn pairs<K: Slot, V: Slot + Default>(
        &mut self,
        shape: Shape,
    ) -> Result<Vec<(K, V)>, DecodeError>;
    /// Reads the key of a pair that is a text.
    fn key(&mut self) -> Result<Text, DecodeError> {
        self.text()
    }
    /// Whether the member of this name, of this contract, comes next; then the reader stands before its value. `quoted` is
    /// the name as JSON has it, `"Name":`. A guess that may be refused: [`object`](Self::object) reads what was not guessed.
    fn next_member_is(
        &mut self,
        contract: TypeName,
        name: &'static str,
        quoted: &'static str,
    ) -> Result<bool, DecodeError>;
    /// Reads a value of a slot whose declared type is `object`; null is [`Value::Null`].
    fn any(&mut self) -> Result<Value, DecodeError>;
}

/// One format's writer, standing at one slot.
///
/// A slot of declared type `object` is written by the slot of [`Value`], which announces the value's type
/// by `scalar_type` or `object_type` before it writes the value as a declared slot would.
pub(crate) trait Writer {
    /// Why this format cannot write a value.
    type Error;

    /// The value written next stands in a slot of type `object` and is of this primitive type or enum.
    fn scalar_type(&mut self, name: TypeName);
    /// The value written next stands in a slot of type `object` and is of this contract or collection.
    fn object_type(&mut self, name: TypeName);

    fn null(&mut self);
    fn boolean(&mut self, value: bool);
    fn int(&mut self, value: i32);
    fn long(&mut self, value: i64);
    fn decimal(&mut self, value: &Decimal);
    fn double(&mut self, value: f64);
    /// A number that JSON wrote, so that nobody knows its type.
    fn number(&mut self, value: &Number) -> Result<(), Self::Error>;
    fn text(&mut self, value: &str) -> Result<(), Self::Error>;
    fn guid(&mut self, value: Uuid);
    fn date_time(&mut self, value: &DateTime) -> Result<(), Self::Error>;
    fn bytes(&mut self, value: &[u8]);
    /// A primitive without a variant of its own; it names its type itself.
    fn primitive(&mut self, value: &Primitive) -> Result<(), Self::Error>;
    fn enumeration<E: Enumeration>(&mut self, value: &E) -> Result<(), Self::Error>;

    fn object<C: Contract>(&mut self, value: &C) -> Result<(), Self::Error>;
    /// A contract of this name, whose one member is `Value`.
    fn value_object(
        &mut self,
        name: TypeName,
        value: impl FnOnce(&mut Self) -> Result<(), Self::Error>,
    ) -> Result<(), Self::Error>;
    fn list<T: Slot>(&mut self, shape: Shape, items: &[T]) -> Result<(), Self::Error>;
    fn pairs<K: Slot, V: Slot>(
        &mut self,
        shape: Shape,
        pairs: &[(K, V)],
    ) -> Result<(), Self::Error>;

    /// An array or a list of contracts in a slot of type `object`; it names its type itself, where it has one.
    fn array(&mut self, array: &Array) -> Result<(), Self::Error>;
    /// A dictionary of texts; it stands in slots of type `object` only.
    fn dictionary(&mut self, pairs: &[(Text, Option<Text>)]) -> Result<(), Self::Error>;
    /// An object of a type that is not known; it names its type itself, where it has one.
    fn unknown(&mut self, object: &Object) -> Result<(), Self::Error>;
}

impl<T> Member<T> {
    pub(crate) fn read<R: Reader>(&mut self, reader: &mut R) -> Result<(), DecodeError>
    where
        T: Slot,
    {
        *self = if reader.null()? {
            Self::Null
        } else {
            Self::Value(T::read(reader)?)
        };
        Ok(())
    }

    pub(crate) fn write<W: Writer>(&self, writer: &mut W) -> Result<(), W::Error>
    where
        T: Slot,
    {
        match self {
            Self::Value(value) => value.write(writer),
            Self::Absent | Self::Null => {
                writer.null();
                Ok(())
            }
        }
    }
}

impl<T: Slot> Slot for Option<T> {
    const SHAPE: Shape = T::SHAPE;

    fn read<R: Reader>(reader: &mut R) -> Result<Self, DecodeError> {
        if reader.null()? {
            Ok(None)
        } else {
            T::read(reader).map(Some)
        }
    }

    fn write<W: Writer>(&self, writer: &mut W) -> Result<(), W::Error> {
        match self {
            Some(value) => value.write(writer),
            None => {
                writer.null();
                Ok(())
            }
        }
    }
}

impl<T: Slot> Slot for Box<T> {
    const SHAPE: Shape = T::SHAPE;

    fn read<R: Reader>(reader: &mut R) -> Result<Self, DecodeError> {
        T::read(reader).map(Self::new)
    }

    fn write<W: Writer>(&self, writer: &mut W) -> Result<(), W::Error> {
        (**self).write(writer)
    }
}

macro_rules! scalar_slots {
    ($($type:ty: $read:ident => |$writer:ident, $value:ident| $write:expr;)*) => { $(
        impl Slot for $type {
            const SHAPE: Shape = Shape::Scalar;

            fn read<R: Reader>(reader: &mut R) -> Result<Self, DecodeError> {
                reader.$read()
            }

            fn write<W: Writer>(&self, $writer: &mut W) -> Result<(), W::Error> {
                let $value = self;
                $write
            }
        }
    )* };
}

scalar_slots! {
    bool: boolean => |w, v| { w.boolean(*v); Ok(()) };
    i32: int => |w, v| { w.int(*v); Ok(()) };
    Decimal: decimal => |w, v| { w.decimal(v); Ok(()) };
    Uuid: guid => |w, v| { w.guid(*v); Ok(()) };
    DateTime: date_time => |w, v| w.date_time(v);
}

impl Slot for Text {
    const SHAPE: Shape = Shape::Scalar;

    fn read<R: Reader>(reader: &mut R) -> Result<Self, DecodeError> {
        reader.text()
    }

    fn write<W: Writer>(&self, writer: &mut W) -> Result<(), W::Error> {
        writer.text(self)
    }

    fn read_key<R: Reader>(reader: &mut R) -> Result<Self, DecodeError> {
        reader.key()
    }

    fn as_key(&self) -> Option<&str> {
        Some(self)
    }
}

/// Describes a contract once: its struct, and all that the codecs need to know of it.
macro_rules! contract {
    (
        $(#[$meta:meta])*
        pub struct $name:ident: $local:literal in $namespace:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $wire:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $crate::context::Member<$type>,)*
            others: $crate::context::Others,
        }

        impl $name {
            /// A member that this contract did not have when this crate was written, by its name on the wire.
            pub fn other(&self, name: &str) -> Option<&$crate::context::Value> {
                self.others.get(name)
            }

            /// Keeps a member that the contract does not have; it is written back after the known ones.
            pub fn set_other(&mut self, name: impl Into<$crate::context::Text>, value: impl Into<$crate::context::Value>) {
                self.others.push(name.into(), value.into());
            }
        }

        impl $crate::context::wire::Contract for $name {
            const NAME: $crate::context::name::TypeName = $crate::context::name::TypeName {
                local: $local,
                namespace: $crate::context::name::$namespace,
            };
            const MEMBERS: &'static [&'static str] = &[$($wire),*];
            const SHAPES: &'static [$crate::context::wire::Shape] =
                &[$(<$type as $crate::context::wire::Slot>::SHAPE),*];

            fn read_member<R: $crate::context::wire::Reader>(
                &mut self,
                index: usize,
                reader: &mut R,
            ) -> Result<(), $crate::decode::DecodeError> {
                $crate::context::wire::by_index!(index; $(self.$field.read(reader)),*)
            }

            fn read_in_order<R: $crate::context::wire::Reader>(
                &mut self,
                reader: &mut R,
            ) -> Result<(), $crate::decode::DecodeError> {
                $(
                    if self.$field.is_absent() && reader.next_member_is(Self::NAME, $wire, concat!("\"", $wire, "\":"))? {
                        self.$field.read(reader).map_err(|error| error.in_member($wire))?;
                    }
                )*
                Ok(())
            }

            fn write_member<W: $crate::context::wire::Writer>(
                &self,
                index: usize,
                writer: &mut W,
            ) -> Result<(), W::Error> {
                $crate::context::wire::by_index!(index; $(self.$field.write(writer)),*)
            }

            fn is_absent(&self, index: usize) -> bool {
                $crate::context::wire::by_index!(index; $(self.$field.is_absent()),*)
            }

            fn others(&self) -> &[($crate::context::Text, $crate::context::Value)] {
                self.others.as_slice()
            }

            fn push_other(&mut self, name: $crate::context::Text, value: $crate::context::Value) {
                self.others.push(name, value);
            }
        }

        $crate::context::view::viewed_contract!($name: $local { $($field = $wire,)* });

        impl $crate::context::wire::Slot for $name {
            const SHAPE: $crate::context::wire::Shape =
                $crate::context::wire::Shape::Contract(<Self as $crate::context::wire::Contract>::NAME);

            fn read<R: $crate::context::wire::Reader>(
                reader: &mut R,
            ) -> Result<Self, $crate::decode::DecodeError> {
                reader.object()
            }

            fn write<W: $crate::context::wire::Writer>(
                &self,
                writer: &mut W,
            ) -> Result<(), W::Error> {
                writer.object(self)
            }
        }
    };
}
pub(crate) use contract;

/// The expression at `index`, as a jump table.
macro_rules! by_index {
    ($index:expr; $($e:expr),*) => {
        $crate::context::wire::by_index!(@ $index; [] [$($e),*]
            [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31])
    };
    (@ $index:expr; [$($arm:tt)*] [$e:expr $(, $rest:expr)*] [$n:literal $($numbers:literal)*]) => {
        $crate::context::wire::by_index!(@ $index; [$($arm)* $n => $e,] [$($rest),*] [$($numbers)*])
    };
    (@ $index:expr; [$($arm:tt)*] [] [$($numbers:literal)*]) => {
        match $index {
            $($arm)*
            _ => unreachable!("a member index comes from MEMBERS"),
        }
    };
}
pub(crate) use by_index;

/// A list whose items are elements of one name.
macro_rules! list_slot {
    ($item:ty: $local:literal in $item_namespace:ident, list in $namespace:ident, contract: $contract:literal) => {
        impl $crate::context::wire::Slot for Vec<Option<$item>> {
            const SHAPE: $crate::context::wire::Shape = $crate::context::wire::Shape::List {
                namespace: $crate::context::name::$namespace,
                item: $crate::context::name::TypeName {
                    local: $local,
                    namespace: $crate::context::name::$item_namespace,
                },
                item_is_contract: $contract,
            };

            fn read<R: $crate::context::wire::Reader>(
                reader: &mut R,
            ) -> Result<Self, $crate::decode::DecodeError> {
                let mut items = Self::new();
                reader.list(Self::SHAPE, |reader| {
                    items.push($crate::context::wire::Slot::read(reader)?);
                    Ok(())
                })?;
                Ok(items)
            }

            fn write<W: $crate::context::wire::Writer>(
                &self,
                writer: &mut W,
            ) -> Result<(), W::Error> {
                writer.list(Self::SHAPE, self)
            }
        }
    };
}
pub(crate) use list_slot;

/// A list of pairs.
macro_rules! pairs_slot {
    ($collection:ty: $key:ty => $value:ty, $item:literal in $namespace:ident) => {
        impl $crate::context::wire::Slot for $collection {
            const SHAPE: $crate::context::wire::Shape = $crate::context::wire::Shape::Pairs {
                namespace: $crate::context::name::$namespace,
                item: $item,
            };

            fn read<R: $crate::context::wire::Reader>(
                reader: &mut R,
            ) -> Result<Self, $crate::decode::DecodeError> {
                reader.pairs::<$key, $value>(Self::SHAPE).map(Self::from)
            }

            fn write<W: $crate::context::wire::Writer>(
                &self,
                writer: &mut W,
            ) -> Result<(), W::Error> {
                writer.pairs(Self::SHAPE, self.as_slice())
            }
        }
    };
}
pub(crate) use pairs_slot;
