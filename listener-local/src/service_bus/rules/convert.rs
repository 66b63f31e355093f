use super::{Value, number::Number};

/// `value` in the kind of `existing`, or as it is where it has no such form: what `SET` does to a property that has a
/// value already.
pub(super) fn convert_to_kind(value: Value<'static>, existing: &Value<'_>) -> Value<'static> {
    let converted = match existing {
        Value::String(_) => value.to_text().map(|text| Value::from(text.into_owned())),
        Value::Symbol(_) => value
            .to_text()
            .map(|text| Value::Symbol(text.into_owned().into())),
        Value::Ubyte(_) => value.to_whole().map(Value::Ubyte),
        Value::Ushort(_) => value.to_whole().map(Value::Ushort),
        Value::Uint(_) => value.to_whole().map(Value::Uint),
        Value::Ulong(_) => value.to_whole().map(Value::Ulong),
        Value::Byte(_) => value.to_whole().map(Value::Byte),
        Value::Short(_) => value.to_whole().map(Value::Short),
        Value::Int(_) => value.to_whole().map(Value::Int),
        Value::Long(_) => value.to_whole().map(Value::Long),
        Value::Float(_) => Number::of(&value).map(|number| Value::Float(number.to_double() as f32)),
        Value::Double(_) => Number::of(&value).map(|number| Value::Double(number.to_double())),
        Value::Decimal(_) => Number::of(&value)
            .and_then(Number::to_decimal)
            .map(|number| Value::Decimal(number.to_string().into())),
        _ => None,
    };
    converted.unwrap_or(value)
}
