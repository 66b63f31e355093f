use proptest::prelude::*;

use crate::service_bus::rules::{
    Limits, SqlFilter, SystemProperty, Value,
    fuzz::{self, fuzz},
    tree::*,
    wire,
};

fn property() -> impl Strategy<Value = Property> {
    prop_oneof![
        proptest::sample::select(SystemProperty::ALL).prop_map(Property::System),
        ("[a-z\\[\\]\" '.é/:]{1,12}", any::<bool>())
            .prop_map(|(name, scoped)| Property::User { name, scoped }),
        "(?i)and|not|null|property|sys".prop_map(|name| Property::User {
            name,
            scoped: false
        }),
    ]
}

fn value() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(|number| Node::Literal(Value::Long(number))),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| Node::Literal(Value::Double(number))),
        any::<String>().prop_map(|text| Node::Literal(text.into())),
        any::<bool>().prop_map(|value| Node::Literal(value.into())),
        Just(Node::Literal(Value::Null)),
        property().prop_map(Node::Property),
        Just(Node::NewId),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let operators = |own: &'static [Operator]| proptest::sample::select(own);
        let chain = move |own, inner: BoxedStrategy<Node>| {
            (
                inner.clone(),
                proptest::collection::vec((operators(own), inner), 1..4),
            )
                .prop_map(|(first, rest)| Node::Arithmetic {
                    first: Box::new(first),
                    rest,
                })
        };
        prop_oneof![
            chain(&[Operator::Add, Operator::Subtract], inner.clone().boxed()),
            chain(
                &[Operator::Multiply, Operator::Divide, Operator::Remainder],
                inner.clone().boxed()
            ),
            inner.clone().prop_map(|inner| Node::Minus(Box::new(inner))),
            inner.clone().prop_map(|inner| Node::Plus(Box::new(inner))),
            inner.prop_map(|inner| Node::PropertyFunction(Box::new(inner))),
        ]
    })
}

fn predicate() -> impl Strategy<Value = Node> {
    let comparison = proptest::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ]);
    let escape = proptest::option::of(
        any::<char>().prop_map(|escape| Box::new(Node::Literal(escape.to_string().into()))),
    );
    let leaf = prop_oneof![
        (value(), comparison, value()).prop_map(|(left, comparison, right)| Node::Compare {
            left: Box::new(left),
            comparison,
            right: Box::new(right),
        }),
        (property(), any::<bool>())
            .prop_map(|(property, negated)| Node::IsNull { property, negated }),
        (
            value(),
            proptest::collection::vec(value(), 1..4),
            any::<bool>()
        )
            .prop_map(|(value, list, negated)| Node::In {
                value: Box::new(value),
                list,
                negated
            }),
        (value(), value(), escape, any::<bool>()).prop_map(|(value, pattern, escape, negated)| {
            Node::Like {
                value: Box::new(value),
                pattern: Box::new(pattern),
                escape,
                negated,
            }
        }),
        property().prop_map(Node::Exists),
        property().prop_map(Node::Property),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Node::Or),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Node::And),
            inner.prop_map(|inner| Node::Not(Box::new(inner))),
        ]
    })
}

/// Pieces of the language in any order, which reach further into the parser than any bytes do.
fn words() -> impl Strategy<Value = String> {
    let words = vec![
        "a",
        "[b]",
        "\"c\"",
        "sys.",
        "user.",
        "Label",
        "'x'",
        "'",
        "1",
        "-1",
        "0x1F",
        "1e9",
        "9223372036854775808",
        "(",
        ")",
        ",",
        ";",
        ".",
        "@p",
        "=",
        "<>",
        "<",
        "+",
        "-",
        "*",
        "/",
        "%",
        "AND",
        "OR",
        "NOT",
        "IN",
        "IS",
        "NULL",
        "LIKE",
        "ESCAPE",
        "EXISTS",
        "TRUE",
        "newid()",
        "property(",
        "p('a')",
        "SET",
        "REMOVE",
    ];
    proptest::collection::vec(proptest::sample::select(words), 0..24)
        .prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_tree_comes_back_from_its_normal_form(tree in predicate()) {
        let text = tree.to_string();
        let limits = Limits { length: usize::MAX, depth: 100, tokens: usize::MAX };
        let filter = SqlFilter::new(text.as_str(), [], &limits);
        prop_assert!(filter.is_ok(), "{text}: {filter:?}");
        let filter = filter.expect("checked above");
        prop_assert_eq!(filter.root(), &tree, "{}", text);
    }

    #[test]
    fn no_text_and_no_bytes_make_the_reader_panic(
        text in any::<String>(),
        bytes in any::<Vec<u8>>(),
        words in words(),
        place in 0..RULE.len(),
        byte in any::<u8>(),
    ) {
        fuzz(text.as_bytes());
        fuzz(&bytes);
        fuzz(words.as_bytes());
        let mut recipe = RULE;
        recipe[place] = byte;
        fuzz(&recipe);
    }
}

/// A map of a rule's name and its description, which is a map with the map of an expression.
const RULE: [u8; 14] = [11, 2, 0, 15, 10, 1, 11, 1, 2, 11, 1, 5, 15, 10];

#[test]
fn recipes_get_as_far_as_rules() {
    assert!(wire::read_add_rule(&fuzz::body(&RULE)).is_ok());
}
