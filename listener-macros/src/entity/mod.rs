//! `#[derive(Entity)]`.

mod ast;
mod expand;
#[cfg(test)]
mod tests;
mod valid;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let row = ast::Row::read(input, &mut errors);
    valid::check(&row, &mut errors);
    match errors.into_result() {
        Ok(()) => expand::row(&row),
        Err(error) => Errors::beside(&error, expand::stand_in(&row)),
    }
}
