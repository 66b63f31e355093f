//! Random contexts.

use listener_core::{
    decode::{DecodeOptions, Document, decode},
    encode,
};
use proptest::prelude::*;
use tests::contexts::{Carried, context, context_with_others};

use crate::reference;

fn read(json: &[u8]) -> Document {
    decode(json, Some("application/json"), &DecodeOptions::default())
        .expect("what was written reads back")
        .document
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn reads_back_what_json_can_carry_as_it_was(context in context_with_others(Carried::Json, 1)) {
        let json = encode::json(&context).expect("a context that JSON carries");
        prop_assert!(read(&json) == Document::Context(context));
    }

    #[test]
    fn reads_back_what_json_cannot_carry_as_the_same_print_and_bytes(context in context(Carried::Typed, 1)) {
        let json = encode::json(&context).expect("a context that JSON carries");
        let back = read(&json);
        prop_assert_eq!(encode::canonical(&back), encode::canonical(&Document::Context(context)));
        let Document::Context(back) = back else { panic!("a context") };
        prop_assert_eq!(encode::json(&back), Ok(json));
    }

    #[test]
    fn prints_a_context_as_the_json_of_it_prints(context in context(Carried::Typed, 1)) {
        let json = String::from_utf8(encode::json(&context).expect("a context that JSON carries")).expect("UTF-8");
        prop_assert_eq!(encode::canonical(&Document::Context(context)), reference::canonical(&json));
    }
}
