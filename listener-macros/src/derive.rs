//! What the derives have in common.

use proc_macro2::TokenStream;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Meta, Type};

use crate::{
    errors::Errors,
    keys::{Arguments, Keys},
};

/// The keys of all attributes of this name.
pub(crate) fn arguments(
    attributes: &[Attribute],
    name: &str,
    keys: &Keys,
    errors: &mut Errors,
) -> Arguments {
    let mut arguments = Arguments::default();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(name))
    {
        match &attribute.meta {
            Meta::List(list) => keys.read_into(&mut arguments, list.tokens.clone(), errors),
            meta => {
                let text = format!("`{name}` takes its arguments in parentheses: `#[{name}(..)]`");
                errors.at(meta, text);
                arguments.faulty(keys);
            }
        }
    }
    arguments
}

/// The named fields of a struct that is not generic.
pub(crate) fn fields<'a>(
    input: &'a DeriveInput,
    derive: &str,
    errors: &mut Errors,
) -> Vec<&'a Field> {
    not_generic(input, derive, errors);
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => fields.named.iter().collect(),
            Fields::Unnamed(_) | Fields::Unit => {
                errors.at(
                    &input.ident,
                    format_args!("`#[derive({derive})]` stands on a struct with named fields"),
                );
                Vec::new()
            }
        },
        Data::Enum(_) | Data::Union(_) => {
            errors.at(
                &input.ident,
                format_args!("`#[derive({derive})]` stands on a struct with named fields"),
            );
            Vec::new()
        }
    }
}

/// Refuses generics: a type is bound to one table or message.
pub(crate) fn not_generic(input: &DeriveInput, derive: &str, errors: &mut Errors) {
    if !input.generics.params.is_empty() {
        errors.at(
            &input.generics,
            format_args!("`#[derive({derive})]` takes no generics: name the types"),
        );
    } else if let Some(clause) = &input.generics.where_clause {
        errors.at(
            clause,
            format_args!("`#[derive({derive})]` takes no `where` clause: name the types"),
        );
    }
}

/// Bounds that hold only where the field types do, and whose failure is told at the use of the `impl`.
///
/// The lifetime keeps rustc from looking at them before: a type that can only be read is no fault of a derive.
pub(crate) fn if_each<'a>(
    types: impl Iterator<Item = &'a Type>,
    bound: &TokenStream,
) -> TokenStream {
    let bounds = types.map(|ty| quote::quote!(for<'__any> #ty: #bound));
    quote::quote!(where #(#bounds),*)
}
