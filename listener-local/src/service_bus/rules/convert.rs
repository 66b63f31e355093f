use super::{Value, number::Number};

/// `value` in the kind of `existing`, or as it is where it has no such form: what `SET` does to a property that has a
/// value already.
pub(super) fn convert_to_kind(value: Value<'static>, existing: &Value<'_>) -> Value<'static> {
    let converted = match existing {
        Value::String(_) => value.to_text().map(|text| Value::from(text.into_owned())),
        Value::Symbol(_) => value
            .to_text()
            .map(|text| Value::Symbol(text.into_owned().into())),
        Value::Ubyte(_) => whole(&value).map(Value::Ubyte),
        Value::Ushort(_) => whole(&value).map(Value::Ushort),
        Value::Uint(_) => whole(&value).map(Value::Uint),
        Value::Ulong(_) => whole(&value).map(Value::Ulong),
        Value::Byte(_) => whole(&value).map(Value::Byte),
        Value::Short(_) => whole(&value).map(Value::Short),
        Value::Int(_) => whole(&value).map(Value::Int),
        Value::Long(_) => whole(&value).map(Value::Long),
        Value::Float(_) => Number::of(&value).map(|number| Value::Float(number.to_double() as f32)),
        Value::Double(_) => Number::of(&value).map(|number| Value::Double(number.to_double())),
        Value::Decimal(_) => Number::of(&value)
            .and_then(Number::to_decimal)
            .map(|number| Value::Decimal(number.to_string().into())),
        _ => None,
    };
    converted.unwrap_or(value)
}

/// The whole number that `value` is, if the type asked for holds it.
fn whole<T: TryFrom<i128>>(value: &Value<'_>) -> Option<T> {
    match Number::of(value)? {
        Number::Whole(number) => number.try_into().ok(),
        _ => None,
    }
}
