//! `Debug`: the structure of a message without anybody's business data.

use std::fmt;

use super::{DataCollection, Declared, View, Viewed};
use crate::{
    context::{Number, Primitive},
    decode::clip,
};

/// Prints names, kinds and sizes. Values are left out, but for ids and names of tables and columns in declared slots,
/// and the numbers of the server's own.
pub(crate) struct Redacted<'a> {
    view: View<'a>,
    shown: bool,
}

/// Declared texts that name a message, a table, a column or a relationship.
const NAMES: [&str; 16] = [
    "MessageName",
    "PrimaryEntityName",
    "SecondaryEntityName",
    "LogicalName",
    "EntityName",
    "EntityLogicalName",
    "AttributeLogicalName",
    "AttributeName",
    "ManagedPropertyLogicalName",
    "SchemaName",
    "LinkFromAttributeName",
    "LinkFromEntityName",
    "LinkToAttributeName",
    "LinkToEntityName",
    "Columns",
    "Attributes",
];

impl<'a> Redacted<'a> {
    /// A value of which nothing is shown.
    pub(crate) const fn new(view: View<'a>) -> Self {
        Self { view, shown: false }
    }

    /// A member of a contract.
    fn member(name: Declared<'_>, view: View<'a>) -> Self {
        let shown = match (name, view) {
            // `Value` is a column's: that of a BooleanManagedProperty or an AliasedValue.
            (Declared::No(_) | Declared::Yes("Value"), _) => false,
            (_, View::Guid(_) | View::Boolean(_) | View::Int(_) | View::Enumeration(_)) => true,
            (Declared::Yes(name), View::Text(_) | View::List(_)) => NAMES.contains(&name),
            _ => false,
        };
        Self { view, shown }
    }

    fn scalar(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.view {
            View::Boolean(value) if self.shown => fmt::Display::fmt(&value, f),
            View::Int(value) if self.shown => fmt::Display::fmt(&value, f),
            View::Guid(value) if self.shown => fmt::Display::fmt(&value, f),
            View::Text(value) if self.shown => write!(f, "\"{}\"", clip(value)),
            View::Enumeration(value) if self.shown => match value.number() {
                Some(number) => fmt::Display::fmt(&number, f),
                None => f.write_str(&clip(&value.names())),
            },
            View::Text(value) => write!(f, "string({})", value.len()),
            View::Bytes(value) => write!(f, "bytes({})", value.len()),
            View::Primitive(value) => f.write_str(&clip(&value.type_name.local)),
            other => f.write_str(other.kind()),
        }
    }

    /// Items one by one where there is something inside of them, else their number.
    fn list<'v>(
        &self,
        f: &mut fmt::Formatter<'_>,
        kind: &str,
        len: usize,
        items: impl Iterator<Item = View<'v>> + Clone,
    ) -> fmt::Result {
        if !self.shown && items.clone().all(View::is_leaf) {
            return write!(f, "{kind}({len})");
        }
        let items = items.map(|view| Redacted {
            view,
            shown: self.shown,
        });
        f.debug_list().entries(items).finish()
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.view {
            View::Array(array) => {
                let items = array.items.iter().map(Viewed::view);
                self.list(f, &clip(array.kind.name()), array.items.len(), items)
            }
            View::List(list) => {
                self.list(f, "list", list.len(), (0..list.len()).map(|i| list.item(i)))
            }
            View::Pairs(pairs) => f
                .debug_map()
                .entries(pairs.iter().map(|(key, value)| {
                    let shown = true;
                    (Redacted { view: key, shown }, Redacted::new(value))
                }))
                .finish(),
            View::Contract(contract) => {
                let mut debug = f.debug_struct(contract.type_name());
                contract.each(&mut |name, view| {
                    debug.field(&clip(name.name()), &Redacted::member(name, view));
                });
                debug.finish()
            }
            View::Object(object) => {
                let mut debug = f.debug_struct(&clip(self.view.kind()));
                for (name, value) in &object.members {
                    debug.field(&clip(name), &Redacted::new(value.view()));
                }
                debug.finish()
            }
            _ => self.scalar(f),
        }
    }
}

/// Its keys, and its values as kinds and sizes.
impl<K: Viewed, V: Viewed> fmt::Debug for DataCollection<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Redacted::new(self.view()).fmt(f)
    }
}

/// How long it is.
impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number({})", self.as_str().len())
    }
}

/// The name of its type.
impl fmt::Debug for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Redacted::new(View::Primitive(self)).fmt(f)
    }
}
