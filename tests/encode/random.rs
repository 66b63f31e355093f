//! Random contexts.

use listener_core::{decode::Document, encode};
use proptest::prelude::*;
use tests::contexts::{Carried, context};

use crate::reference;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn prints_a_context_as_the_json_of_it_prints(context in context(Carried::Typed, 1)) {
        let json = String::from_utf8(encode::json(&context).expect("a context that JSON carries")).expect("UTF-8");
        prop_assert_eq!(encode::canonical(&Document::Context(context)), reference::canonical(&json));
    }
}
