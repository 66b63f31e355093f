use std::collections::HashMap;

use super::ast::Parameters;
use crate::errors::Errors;

pub(super) fn check(parameters: &Parameters, errors: &mut Errors) {
    let mut bound = HashMap::new();
    for field in &parameters.fields {
        let name = field.name.value();
        if name.trim().is_empty() {
            errors.at(&field.name, "a parameter has a name, such as `Assignee`");
        } else if let Some(first) = bound.insert(name.clone(), &field.ident) {
            errors.at(
                &field.ident,
                format_args!("`{first}` is the parameter `{name}` already"),
            );
        }
    }
}
