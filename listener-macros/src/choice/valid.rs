use std::collections::HashMap;

use syn::Error;

use super::ast::Choice;
use crate::errors::Errors;

pub(super) fn check(choice: &Choice, errors: &mut Errors) {
    let mut seen = HashMap::new();
    for (ident, number) in &choice.options {
        if let Some(first) = seen.insert(number.value, ident) {
            errors.push(Error::new(
                number.span,
                format_args!("{} is `{first}` already", number.value),
            ));
        }
    }
    match choice.unknown.as_slice() {
        [] if !choice.is_enum => {}
        [] => errors.at(
            &choice.ident,
            "somebody may add an option while a listener runs: keep its number by `#[choice(unknown)] Unknown(i32)`",
        ),
        [_] => {}
        [first, others @ ..] => {
            for other in others {
                errors.at(other, format_args!("`{first}` keeps the unknown numbers already"));
            }
        }
    }
}
