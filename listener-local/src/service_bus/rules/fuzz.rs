use super::{
    Filter, Limits, Properties, PropertiesMut, Rule, SqlAction, SqlFilter, SystemProperty, Value,
    wire,
};

/// Reads bytes as a filter, an action and the body of `add-rule`, for a fuzzer: nothing may panic, and what is read
/// reads the same again in its normal form.
///
/// # Panics
///
/// If one of these does not hold.
pub fn fuzz(data: &[u8]) {
    if let Ok(body) = serde_amqp::from_slice::<serde_amqp::Value>(data)
        && let Ok(rule) = wire::read_add_rule(&body)
    {
        assert!(wire::read_add_rule(&wire::add_rule(&rule)).is_ok());
        assert!(wire::read_description(&wire::description(&rule, 0)).is_ok());
        run(&rule);
    }
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
