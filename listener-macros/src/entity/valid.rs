use std::collections::HashMap;

use super::ast::{Row, To};
use crate::{errors::Errors, names::check_logical};

pub(super) fn check(row: &Row, errors: &mut Errors) {
    if let Some(table) = &row.table {
        check_logical(table, errors);
    }
    let mut bound = HashMap::new();
    for field in &row.fields {
        let what = match &field.to {
            To::Column(name) => {
                check_logical(name, errors);
                format!("column `{}`", name.value())
            }
            To::Id => "row's id".to_owned(),
        };
        if let Some(first) = bound.insert(what.clone(), &field.ident) {
            errors.at(
                &field.ident,
                format_args!("`{first}` is the {what} already"),
            );
        }
    }
}
