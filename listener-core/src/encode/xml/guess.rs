use std::fmt;

use rust_decimal::Decimal;

use crate::{
    context::{
        Array, ArrayKind, Number, Value,
        name::{ARRAYS, OwnedTypeName, XRM},
    },
    decode::lexical,
};

/// How often a type had to be guessed: JSON does not name the types that XML and .NET binary name.
///
/// A number with a point or an exponent is taken for a `decimal` if one can hold it, else for a `double`; another is an
/// `int` if it fits, else a `long`, else a `decimal`. A text stays a `string`, never a `guid`. A list has the type of its
/// items; an empty one, or one of mixed items, is an `ArrayOfanyType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Guesses {
    /// Numbers taken for `int`.
    pub ints: usize,
    /// Numbers taken for `long`.
    pub longs: usize,
    /// Numbers taken for `decimal`.
    pub decimals: usize,
    /// Numbers taken for `double`.
    pub doubles: usize,
    /// Lists whose type was taken from their items.
    pub arrays: usize,
    /// Lists of no or of mixed items.
    pub any_arrays: usize,
}

impl Guesses {
    /// Whether every type was known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn number(&mut self, number: &Number) -> Value {
        let value = guess(number);
        match value {
            Value::Int(_) => self.ints += 1,
            Value::Long(_) => self.longs += 1,
            Value::Decimal(_) => self.decimals += 1,
            _ => self.doubles += 1,
        }
        value
    }

    pub(super) fn array(&mut self, array: &Array) -> Array {
        let items: Vec<Value> = array.items.iter().map(|item| self.item(item)).collect();
        let kind = match common(&items) {
            Some(kind) => {
                self.arrays += 1;
                kind
            }
            None => {
                self.any_arrays += 1;
                named(ARRAYS, "ArrayOfanyType".to_owned())
            }
        };
        Array {
            items: level(items, &kind),
            kind,
        }
    }

    fn item(&mut self, item: &Value) -> Value {
        match item {
            Value::Number(number) => self.number(number),
            Value::Array(array) if array.kind == ArrayKind::Untyped => {
                Value::Array(Box::new(self.array(array)))
            }
            other => other.clone(),
        }
    }
}

fn guess(number: &Number) -> Value {
    let text = number.as_str();
    let whole = !text.contains(['.', 'e', 'E']);
    if whole && let Some(long) = lexical::integer(text) {
        return i32::try_from(long).map_or(Value::Long(long), Value::Int);
    }
    let decimal = lexical::decimal(text).or_else(|| Decimal::from_scientific(text).ok());
    decimal.map_or_else(
        || Value::Double(lexical::double(text).unwrap_or(f64::NAN)),
        Value::Decimal,
    )
}

fn named(namespace: &str, local: String) -> ArrayKind {
    ArrayKind::Named(OwnedTypeName {
        local: local.into(),
        namespace: namespace.into(),
    })
}

/// The type of a list all of whose items are of one type; numbers of several types go by the widest.
fn common(items: &[Value]) -> Option<ArrayKind> {
    let mut present = items.iter().filter(|item| !item.is_null());
    let first = present.next()?;
    let rank = |value: &Value| match value {
        Value::Int(_) => Some(0),
        Value::Long(_) => Some(1),
        Value::Decimal(_) => Some(2),
        Value::Double(_) => Some(3),
        _ => None,
    };
    if rank(first).is_some() {
        let widest = items
            .iter()
            .map(rank)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()?;
        return Some(named(
            ARRAYS,
            format!("ArrayOf{}", ["int", "long", "decimal", "double"][widest]),
        ));
    }
    if !present.all(|item| std::mem::discriminant(item) == std::mem::discriminant(first)) {
        return None;
    }
    Some(match first {
        Value::EntityReference(_) => ArrayKind::EntityReferenceCollection,
        Value::OptionSetValue(_) => ArrayKind::OptionSetValueCollection,
        Value::Entity(_) => named(XRM, "ArrayOfEntity".to_owned()),
        Value::Money(_) => named(XRM, "ArrayOfMoney".to_owned()),
        Value::EntityCollection(_) => named(XRM, "ArrayOfEntityCollection".to_owned()),
        Value::EntityImageCollection(_) => named(XRM, "ArrayOfEntityImageCollection".to_owned()),
        Value::PrincipalAccess(_) => named(
            crate::context::name::CRM,
            "ArrayOfPrincipalAccess".to_owned(),
        ),
        Value::String(_) => named(ARRAYS, "ArrayOfstring".to_owned()),
        Value::Boolean(_) if !items.iter().any(Value::is_null) => {
            named(ARRAYS, "ArrayOfboolean".to_owned())
        }
        Value::DateTime(_) if !items.iter().any(Value::is_null) => {
            named(ARRAYS, "ArrayOfdateTime".to_owned())
        }
        Value::Array(array) => match &array.kind {
            ArrayKind::Named(inner) if *inner.namespace == *ARRAYS => {
                let same = items.iter().all(|item| match item {
                    Value::Array(other) => other.kind == array.kind,
                    other => other.is_null(),
                });
                same.then(|| named(ARRAYS, format!("ArrayOf{}", inner.local)))?
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Numbers of several types become the type of the list.
fn level(items: Vec<Value>, kind: &ArrayKind) -> Vec<Value> {
    let ArrayKind::Named(name) = kind else {
        return items;
    };
    let to = |item: Value| match (&*name.local, item) {
        ("ArrayOflong", Value::Int(v)) => Value::Long(v.into()),
        ("ArrayOfdecimal", Value::Int(v)) => Value::Decimal(v.into()),
        ("ArrayOfdecimal", Value::Long(v)) => Value::Decimal(v.into()),
        ("ArrayOfdouble", Value::Int(v)) => Value::Double(v.into()),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a list of doubles holds no longs"
        )]
        ("ArrayOfdouble", Value::Long(v)) => Value::Double(v as f64),
        ("ArrayOfdouble", Value::Decimal(v)) => {
            Value::Double(v.to_string().parse().unwrap_or(f64::NAN))
        }
        (_, item) => item,
    };
    items.into_iter().map(to).collect()
}

impl fmt::Display for Guesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.ints, "number", "int"),
            (self.longs, "number", "long"),
            (self.decimals, "number", "decimal"),
            (self.doubles, "number", "double"),
            (self.arrays, "list", "an array of its items' type"),
            (self.any_arrays, "list", "ArrayOfanyType"),
        ];
        f.write_str("JSON does not tell these types, so they were guessed:")?;
        let mut separator = " ";
        for (count, what, taken_for) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            write!(
                f,
                "{separator}{count} {what}{} as {taken_for}",
                if count == 1 { "" } else { "s" }
            )?;
            separator = ", ";
        }
        Ok(())
    }
}
