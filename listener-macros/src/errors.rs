use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// Faults of an attribute and its item, gathered so that all are told at once.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    /// Adds a fault that underlines these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, text: impl std::fmt::Display) {
        self.push(Error::new_spanned(tokens, text));
    }

    /// Adds a fault.
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, if it could be made, or the fault why not, which is kept.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// `Ok` if there was no fault.
    pub(crate) fn into_result(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }

    /// The faults as `compile_error!`s, followed by what keeps the rest of the crate compiling.
    pub(crate) fn beside(error: &Error, item: impl ToTokens) -> TokenStream {
        let mut tokens = error.to_compile_error();
        item.to_tokens(&mut tokens);
        tokens
    }

    /// The texts of the faults, in the order they were found.
    #[cfg(test)]
    pub(crate) fn texts(self) -> Vec<String> {
        self.0.map_or_else(Vec::new, |error| {
            error.into_iter().map(|e| e.to_string()).collect()
        })
    }
}
