use syn::{DeriveInput, parse_quote};

use super::{ast::Choice, valid};
use crate::errors::Errors;

fn read(input: &DeriveInput) -> (Choice, Vec<String>) {
    let mut errors = Errors::default();
    let choice = Choice::read(input, &mut errors);
    valid::check(&choice, &mut errors);
    (choice, errors.texts())
}

#[test]
fn numbers_are_those_of_the_attribute_or_the_discriminant() {
    let (choice, faults) = read(&parse_quote! {
        enum Status {
            Active = 1,
            #[choice(100_000_000)]
            Renewed,
            None = -1,
            #[choice(number = 3)]
            Same = 3,
            #[choice(unknown)]
            Other(i32),
        }
    });
    assert!(faults.is_empty(), "{faults:?}");
    let numbers = choice.options.iter().map(|(_, number)| number.value);
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 100_000_000, -1, 3]);
    assert_eq!(choice.unknown.len(), 1);
}

#[test]
fn all_faults_are_told_at_once() {
    let (_, faults) = read(&parse_quote! {
        enum Status {
            Active,
            #[choice(2)]
            Two,
            AlsoTwo = 2,
            #[choice(3)]
            Four = 4,
            Sum = 1 + 1,
            #[choice(2147483648)]
            Large,
            #[choice("x")]
            Named,
            #[choice(5)]
            Held(i32),
            #[choice(unknown)]
            Other(u64),
            #[choice(6, unknown)]
            Another(i32),
        }
    });
    assert_eq!(
        faults,
        [
            "the number of `Active` is missing: `#[choice(1)]`",
            "`Four` is 4 by its discriminant",
            "expected a literal number",
            "the number of an option is an `i32`",
            "`number` takes a whole number: `number = 1`",
            "an option holds nothing; the variant that keeps unknown numbers is `#[choice(unknown)]`",
            "the variant that keeps unknown numbers holds one: `Other(i32)`",
            "a variant is a `number` or keeps the `unknown` ones, not both",
            "2 is `Two` already",
            "`Other` keeps the unknown numbers already",
        ]
    );
}

#[test]
fn what_is_no_enum_is_told_so() {
    let (_, faults) = read(&parse_quote!(
        struct Status(i32);
    ));
    assert_eq!(faults, ["`#[derive(Choice)]` stands on an enum"]);
}
