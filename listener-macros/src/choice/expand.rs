use proc_macro2::TokenStream;
use quote::quote;

use super::ast::Choice;

/// `Choice`, and what makes it a value of a column or parameter, by itself and in lists.
pub(super) fn choice(choice: &Choice) -> TokenStream {
    let Choice {
        ident,
        krate,
        options,
        unknown,
        ..
    } = choice;
    let private = quote!(#krate::__private);
    let (names, numbers): (Vec<_>, Vec<_>) = options
        .iter()
        .map(|(name, number)| (name, number.value))
        .unzip();
    let values = values(choice);
    quote! {
        #[automatically_derived]
        impl #private::Choice for #ident {
            fn from_number(__number: i32) -> Self {
                match __number {
                    #(#numbers => Self::#names,)*
                    __other => Self #(::#unknown)* (__other),
                }
            }

            fn number(&self) -> i32 {
                match self {
                    #(Self::#names => #numbers,)*
                    Self #(::#unknown)* (__other) => *__other,
                }
            }
        }

        #values
    }
}

/// The same without a body: the faults are told, and nothing else needs to be.
pub(super) fn stand_in(choice: &Choice) -> TokenStream {
    let Choice { ident, krate, .. } = choice;
    let private = quote!(#krate::__private);
    let (generics, arguments, bounds) = choice.generics.split_for_impl();
    let values = values(choice);
    quote! {
        #[automatically_derived]
        impl #generics #private::Choice for #ident #arguments #bounds {
            fn from_number(_: i32) -> Self {
                ::core::unreachable!()
            }

            fn number(&self) -> i32 {
                ::core::unreachable!()
            }
        }

        #values
    }
}

fn values(choice: &Choice) -> TokenStream {
    let Choice { ident, krate, .. } = choice;
    let private = quote!(#krate::__private);
    let (generics, arguments, bounds) = choice.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics #private::FromValue for #ident #arguments #bounds {
            fn from_value(__value: &#private::Value) -> ::core::result::Result<Self, #private::DecodeError> {
                #private::choice_from_value(__value)
            }
        }

        #[automatically_derived]
        impl #generics ::core::convert::From<#ident #arguments> for #private::Value #bounds {
            fn from(__choice: #ident #arguments) -> Self {
                #private::choice_into_value(&__choice)
            }
        }

        #[automatically_derived]
        impl #generics #private::ListItem for #ident #arguments #bounds {
            fn list(__items: #private::Vec<#private::Value>) -> #private::Value {
                #private::choices_into_value(__items)
            }
        }
    }
}
