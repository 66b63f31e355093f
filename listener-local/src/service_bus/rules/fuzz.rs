use serde_amqp::{
    Value as Amqp,
    described::Described,
    descriptor::Descriptor,
    primitives::{Array, Dec128, OrderedMap, Symbol},
};

use super::{
    Filter, Limits, Properties, PropertiesMut, Rule, SqlAction, SqlFilter, SystemProperty, Value,
    wire,
};

/// Reads bytes as a filter, as an action, and as a recipe for the body of a request or a description: nothing may
/// panic, and what is read reads the same again in its normal form.
///
/// The bytes are not decoded as AMQP: that is the decoder's own test.
///
/// # Panics
///
/// If one of these does not hold.
pub fn fuzz(data: &[u8]) {
    let body = body(data);
    let read = [wire::read_add_rule(&body), wire::read_description(&body)];
    for rule in read.into_iter().flatten() {
        assert!(wire::read_add_rule(&wire::add_rule(&rule)).is_ok());
        assert!(wire::read_description(&wire::description(&rule, 0)).is_ok());
        run(&rule);
    }
    let _ = wire::read_remove_rule(&body);
    let _ = wire::read_enumerate_rules(&body);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // The normal form is longer: a sign of one character may get spaces around it and a word in capitals.
    let again = Limits {
        length: usize::MAX,
        ..Limits::default()
    };
    if let Ok(filter) = text.parse::<SqlFilter>() {
        let normal = SqlFilter::new(filter.to_string(), [], &again);
        assert!(normal.is_ok_and(|normal| normal.has_tree_of(&filter)));
        if let Ok(rule) = Rule::new("fuzz", Filter::Sql(filter)) {
            run(&rule);
        }
    }
    if let Ok(action) = text.parse::<SqlAction>() {
        let normal = SqlAction::new(action.to_string(), [], &again);
        assert!(normal.is_ok_and(|normal| normal.has_statements_of(&action)));
        let _ = action.apply(&mut Message::default());
    }
}

fn run(rule: &Rule) {
    // That there may be no result is the filter's own right.
    let _ = rule.filter().matches(&Message::default());
    if let Some(action) = rule.action() {
        let _ = action.apply(&mut Message::default());
    }
}

/// What a recipe makes, four levels deep at most.
pub(super) fn body(recipe: &[u8]) -> Amqp {
    Recipe(recipe).value(4)
}

/// Bytes that say how to make a value; at their end all are zero.
struct Recipe<'a>(&'a [u8]);

/// The texts of rules, without which no recipe gets far.
const WORDS: [&str; 16] = [
    "rule-name",
    "rule-description",
    "sql-filter",
    "correlation-filter",
    "sql-rule-action",
    "expression",
    "label",
    "properties",
    "top",
    "skip",
    "a = 1",
    "SET a = 'x'",
    "com.microsoft:rule-description:list",
    "com.microsoft:sql-filter:list",
    "com.microsoft:correlation-filter:list",
    "com.microsoft:sql-rule-action:list",
];

impl Recipe<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn word(&mut self) -> &'static str {
        WORDS[usize::from(self.byte()) % WORDS.len()]
    }

    fn values(&mut self, depth: u8) -> Vec<Amqp> {
        let count = self.byte() % 5;
        (0..count).map(|_| self.value(depth - 1)).collect()
    }

    fn value(&mut self, depth: u8) -> Amqp {
        let kind = self.byte() % 16;
        match kind {
            0 => Amqp::Null,
            1 => Amqp::Bool(true),
            2 => Amqp::Int(i32::from(self.byte()) - 128),
            3 => Amqp::Ulong(self.byte().into()),
            4 => Amqp::Decimal128(Dec128::from(std::array::from_fn(|_| self.byte()))),
            5 => Amqp::Symbol(Symbol::from(self.word())),
            6 => Amqp::from(f64::from(self.byte())),
            7 if depth > 0 => Amqp::List(self.values(depth)),
            8 if depth > 0 => Amqp::Array(Array(self.values(depth))),
            9 | 10 if depth > 0 => Amqp::Described(Box::new(Described {
                descriptor: Descriptor::Name(Symbol::from(self.word())),
                value: Amqp::List(self.values(depth)),
            })),
            11..=13 if depth > 0 => {
                let count = self.byte() % 5;
                let members = (0..count).map(|_| (Amqp::from(self.word()), self.value(depth - 1)));
                Amqp::Map(OrderedMap::from_iter(members))
            }
            _ => Amqp::from(self.word()),
        }
    }
}

/// A message each of whose properties exists, until an action sets one.
#[derive(Default)]
struct Message {
    last: Option<Value<'static>>,
}

impl Properties for Message {
    fn system(&self, property: SystemProperty) -> Value<'_> {
        match property {
            SystemProperty::DeliveryCount => Value::Uint(u32::MAX),
            SystemProperty::EnqueuedTimeUtc => Value::Timestamp(i64::MIN),
            SystemProperty::SequenceNumber => Value::Long(i64::MIN),
            SystemProperty::SessionId => Value::Null,
            _ => Value::from("text"),
        }
    }

    fn user(&self, name: &str) -> Option<Value<'_>> {
        if let Some(last) = &self.last {
            return Some(last.borrowed());
        }
        Some(match name.len() % 8 {
            0 => return None,
            1 => Value::Int(i32::MIN),
            2 => Value::Ulong(u64::MAX),
            3 => Value::Double(f64::NAN),
            4 => Value::Decimal("79228162514264337593543950335".into()),
            5 => Value::Bool(true),
            6 => Value::Binary(b"bytes".as_slice().into()),
            _ => Value::from("%_text"),
        })
    }
}

impl PropertiesMut for Message {
    fn set_system(
        &mut self,
        _: SystemProperty,
        _: Value<'static>,
    ) -> Result<(), super::EvaluateError> {
        Ok(())
    }

    fn set_user(&mut self, _: &str, value: Value<'static>) {
        self.last = Some(value);
    }

    fn remove_user(&mut self, _: &str) {
        self.last = None;
    }
}
