use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::ast::Parameters;
use crate::derive::if_each;

/// `FromParameters` and `IntoParameters`.
pub(super) fn parameters(parameters: &Parameters) -> TokenStream {
    let Parameters {
        ident,
        krate,
        fields,
        ..
    } = parameters;
    let private = quote!(#krate::__private);
    let read = fields.iter().map(|field| {
        let (ident, ty, name) = (&field.ident, &field.ty, &field.name);
        // The user's type carries its place, so that a type that does not fit is underlined where it stands.
        let value =
            quote_spanned!(ty.span()=> #private::read_parameter::<#ty>(__parameters, #name)?);
        quote!(#ident: #value,)
    });
    let write = fields.iter().map(|field| {
        let (ident, name) = (&field.ident, &field.name);
        quote!(#private::push_parameter(&mut __parameters, #name, self.#ident);)
    });
    let writes = if_each(
        fields.iter().map(|field| &field.ty),
        &quote!(#private::IntoColumn),
    );
    quote! {
        #[automatically_derived]
        impl #private::FromParameters for #ident {
            fn from_parameters(
                __parameters: &#private::Parameters<'_>,
            ) -> ::core::result::Result<Self, #private::DecodeError> {
                ::core::result::Result::Ok(Self { #(#read)* })
            }
        }

        #[automatically_derived]
        impl #private::IntoParameters for #ident #writes {
            fn into_parameters(self) -> #private::ParameterCollection {
                let mut __parameters = #private::ParameterCollection::new();
                #(#write)*
                __parameters
            }
        }
    }
}

/// The same without a body: the faults are told, and nothing else needs to be.
pub(super) fn stand_in(parameters: &Parameters) -> TokenStream {
    let Parameters { ident, krate, .. } = parameters;
    let private = quote!(#krate::__private);
    let (generics, arguments, bounds) = parameters.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics #private::FromParameters for #ident #arguments #bounds {
            fn from_parameters(
                _: &#private::Parameters<'_>,
            ) -> ::core::result::Result<Self, #private::DecodeError> {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #generics #private::IntoParameters for #ident #arguments #bounds {
            fn into_parameters(self) -> #private::ParameterCollection {
                ::core::unreachable!()
            }
        }
    }
}
