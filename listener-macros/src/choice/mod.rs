//! `#[derive(Choice)]`.

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
    let choice = ast::Choice::read(input, &mut errors);
    valid::check(&choice, &mut errors);
    match errors.into_result() {
        Ok(()) => expand::choice(&choice),
        Err(error) => Errors::beside(&error, expand::stand_in(&choice)),
    }
}
