//! Changing one value changes its bytes and no others.

use listener_core::{
    context::{DataCollection, Money, OptionSetValue, RemoteExecutionContext, Text, Value},
    decode::{DecodeOptions, Document},
    encode,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use tests::fixtures::goldens;

use crate::golden::{assert_same, decoded};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawContext<'a> {
    #[serde(borrow)]
    input_parameters: Vec<RawPair<'a>>,
    #[serde(borrow)]
    depth: &'a RawValue,
}

#[derive(Deserialize)]
struct RawPair<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
}

#[derive(Deserialize)]
struct RawEntity<'a> {
    #[serde(borrow, rename = "Attributes")]
    attributes: Vec<RawPair<'a>>,
}

fn replacements() -> [(Value, &'static str); 6] {
    [
        (Value::Null, "null"),
        (Value::Int(-7), "-7"),
        (Value::Decimal("1.250".parse().unwrap()), "1.250"),
        (
            Value::String("a/b\n€😀".into()),
            r#""a\/b\u000a€\ud83d\ude00""#,
        ),
        (
            Value::Money(Money("2.50".parse().unwrap())),
            r#"{"__type":"Money:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Value":2.50}"#,
        ),
        (
            Value::OptionSetValue(OptionSetValue(3)),
            r#"{"__type":"OptionSetValue:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Value":3}"#,
        ),
    ]
}

struct Golden {
    name: String,
    text: String,
    /// The text with a JSON number in place of each bare `NaN` and `INF`, byte for byte as long.
    strict: String,
    context: RemoteExecutionContext,
}

impl Golden {
    fn raw(&self) -> RawContext<'_> {
        serde_json::from_str(&self.strict).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    #[track_caller]
    fn assert_changed(&self, changed: &RemoteExecutionContext, value: &RawValue, with: &str) {
        let start = value.get().as_ptr().addr() - self.strict.as_ptr().addr();
        let end = start + value.get().len();
        let expected = [&self.text[..start], with, &self.text[end..]].concat();
        assert_same(
            &self.name,
            &encode::json(changed).unwrap(),
            expected.as_bytes(),
        );
    }
}

/// The goldens that are contexts, but for the large ones.
fn contexts() -> Vec<Golden> {
    let contexts: Vec<_> = goldens("json")
        .into_iter()
        .filter(|golden| golden.bytes.len() < 20_000)
        .filter_map(|golden| match decoded(&golden, &DecodeOptions::default()) {
            Document::Context(context) => {
                let text = String::from_utf8(golden.bytes).expect("UTF-8");
                let mut strict = text.clone();
                for before in [":", ":-", ",", ",-", "[", "[-"] {
                    for bare in ["NaN", "INF"] {
                        strict =
                            strict.replace(&format!("{before}{bare}"), &format!("{before}1.0"));
                    }
                }
                Some(Golden {
                    name: golden.name,
                    text,
                    strict,
                    context,
                })
            }
            _ => None,
        })
        .collect();
    assert!(contexts.len() > 55, "{} contexts only", contexts.len());
    contexts
}

/// The collection with another value at one place.
fn with_value(
    pairs: &DataCollection<Text, Value>,
    nth: usize,
    value: Value,
) -> DataCollection<Text, Value> {
    let mut pairs: Vec<_> = pairs
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    pairs[nth].1 = value;
    pairs.into_iter().collect()
}

#[test]
fn changes_the_bytes_of_one_parameter_only() {
    let mut changes = 0;
    for golden in contexts() {
        for (nth, pair) in golden.raw().input_parameters.iter().enumerate() {
            for (value, with) in replacements() {
                let mut changed = golden.context.clone();
                changed.input_parameters =
                    with_value(golden.context.input_parameters(), nth, value).into();
                golden.assert_changed(&changed, pair.value, with);
                changes += 1;
            }
        }
    }
    assert!(changes > 500, "{changes} changes only");
}

#[test]
fn changes_the_bytes_of_one_attribute_only() {
    let mut changes = 0;
    for golden in contexts() {
        for (parameter, pair) in golden.raw().input_parameters.iter().enumerate() {
            let Ok(raw) = serde_json::from_str::<RawEntity<'_>>(pair.value.get()) else {
                continue;
            };
            let parameters = golden.context.input_parameters();
            let Value::Entity(entity) = &parameters.as_slice()[parameter].1 else {
                continue;
            };
            for (nth, pair) in raw.attributes.iter().enumerate() {
                for (value, with) in replacements() {
                    let mut row = entity.clone();
                    row.attributes = with_value(entity.attributes(), nth, value).into();
                    let mut changed = golden.context.clone();
                    changed.input_parameters =
                        with_value(parameters, parameter, Value::Entity(row)).into();
                    golden.assert_changed(&changed, pair.value, with);
                    changes += 1;
                }
            }
        }
    }
    assert!(changes > 1000, "{changes} changes only");
}

#[test]
fn changes_the_bytes_of_one_member_only() {
    for golden in contexts() {
        let mut changed = golden.context.clone();
        changed.depth = 1_234_567.into();
        golden.assert_changed(&changed, golden.raw().depth, "1234567");
    }
}
