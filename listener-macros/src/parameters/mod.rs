//! `#[derive(Parameters)]`.

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
    let parameters = ast::Parameters::read(input, &mut errors);
    valid::check(&parameters, &mut errors);
    match errors.into_result() {
        Ok(()) => expand::parameters(&parameters),
        Err(error) => Errors::beside(&error, expand::stand_in(&parameters)),
    }
}
