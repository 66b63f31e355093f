//! `#[listener]`: attribute, function, whether they fit, and what is written for them.

mod ast;
mod attr;
mod expand;
#[cfg(test)]
mod tests;
mod valid;

use proc_macro2::TokenStream;

use crate::errors::Errors;

/// The function as it was, and the listener of its name; or the faults.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let attribute = attr::Attribute::read(arguments, &mut errors);
    let function = match ast::Function::read(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let error = errors.into_result().expect_err("a fault was just pushed");
            return Errors::beside(&error, item);
        }
    };
    valid::check(&attribute, &function, &mut errors);
    match errors.into_result() {
        Ok(()) => expand::listener(&attribute, &function),
        Err(error) => Errors::beside(&error, expand::stand_in(&attribute, &function)),
    }
}
