//! The macros of `listener-core`: `#[listener]`, `#[derive(Entity)]`, `#[derive(Parameters)]` and `#[derive(Choice)]`.
//!
//! Use them from there, where they are exported under the feature `macros`. The attribute and each derive go the same way: the
//! attribute's keys are read (`keys`, `attr`), the item is put into a form of its own (`ast`), both are judged together
//! (`valid`), and only what has no fault is written out (`expand`). All faults are told at once, beside the item as it was
//! and stand-ins for what would have been written, so that no fault causes another.

mod choice;
mod derive;
mod entity;
mod errors;
mod keys;
mod listener;
mod names;
mod parameters;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("docs/listener.md")]
#[proc_macro_attribute]
pub fn listener(arguments: TokenStream, item: TokenStream) -> TokenStream {
    listener::expand(arguments.into(), item.into()).into()
}

#[doc = include_str!("docs/entity.md")]
#[proc_macro_derive(Entity, attributes(entity, attribute))]
pub fn entity(input: TokenStream) -> TokenStream {
    entity::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("docs/parameters.md")]
#[proc_macro_derive(Parameters, attributes(parameters, parameter))]
pub fn parameters(input: TokenStream) -> TokenStream {
    parameters::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("docs/choice.md")]
#[proc_macro_derive(Choice, attributes(choice))]
pub fn choice(input: TokenStream) -> TokenStream {
    choice::derive(&parse_macro_input!(input as DeriveInput)).into()
}
