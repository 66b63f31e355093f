use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::ast::{Bound, Row, To};
use crate::derive::if_each;

/// `FromEntity`, `IntoEntity`, and what makes a row a value of a column or parameter, by itself and in lists.
pub(super) fn row(row: &Row) -> TokenStream {
    let Row {
        ident,
        table,
        krate,
        fields,
        ..
    } = row;
    let private = quote!(#krate::__private);
    let read = fields.iter().map(|field| read(field, &private));
    let write = fields.iter().map(|field| write(field, &private));
    let columns = fields
        .iter()
        .filter(|field| matches!(field.to, To::Column(_)))
        .map(|field| &field.ty);
    let writes = if_each(columns, &quote!(#private::IntoColumn));
    let from_value = from_value(row, &private);

    quote! {
        #[automatically_derived]
        impl #private::FromEntity for #ident {
            const LOGICAL_NAME: ::core::option::Option<&'static str> = ::core::option::Option::Some(#table);

            fn from_row(__row: &#private::Row<'_>) -> ::core::result::Result<Self, #private::DecodeError> {
                #private::expect_table(__row, #table)?;
                ::core::result::Result::Ok(Self { #(#read)* })
            }
        }

        #[automatically_derived]
        impl #private::IntoEntity for #ident #writes {
            fn into_entity(self) -> #private::Entity {
                let mut __row = #private::new_row(#table);
                #(#write)*
                __row
            }
        }

        #from_value

        #[automatically_derived]
        impl ::core::convert::From<#ident> for #private::Value #writes {
            fn from(__row: #ident) -> Self {
                #private::entity_into_value(__row)
            }
        }

        #[automatically_derived]
        impl #private::ListItem for #ident #writes {
            fn list(__items: #private::Vec<#private::Value>) -> #private::Value {
                #private::entities_into_value(#table, __items)
            }
        }
    }
}

/// The same without a body: the faults are told, and nothing else needs to be.
pub(super) fn stand_in(row: &Row) -> TokenStream {
    let Row { ident, krate, .. } = row;
    let private = quote!(#krate::__private);
    let (generics, arguments, bounds) = row.generics.split_for_impl();
    let from_value = from_value(row, &private);
    quote! {
        #[automatically_derived]
        impl #generics #private::FromEntity for #ident #arguments #bounds {
            fn from_row(_: &#private::Row<'_>) -> ::core::result::Result<Self, #private::DecodeError> {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #generics #private::IntoEntity for #ident #arguments #bounds {
            fn into_entity(self) -> #private::Entity {
                ::core::unreachable!()
            }
        }

        #from_value

        #[automatically_derived]
        impl #generics ::core::convert::From<#ident #arguments> for #private::Value #bounds {
            fn from(_: #ident #arguments) -> Self {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #generics #private::ListItem for #ident #arguments #bounds {
            fn list(_: #private::Vec<#private::Value>) -> #private::Value {
                ::core::unreachable!()
            }
        }
    }
}

fn from_value(row: &Row, private: &TokenStream) -> TokenStream {
    let ident = &row.ident;
    let (generics, arguments, bounds) = row.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics #private::FromValue for #ident #arguments #bounds {
            fn from_value(__value: &#private::Value) -> ::core::result::Result<Self, #private::DecodeError> {
                #private::entity_from_value(__value)
            }

            fn from_item_entity(__row: &#private::Entity) -> ::core::result::Result<Self, #private::DecodeError> {
                <Self as #private::FromEntity>::from_entity(__row)
            }
        }
    }
}

fn read(field: &Bound, private: &TokenStream) -> TokenStream {
    let (ident, ty) = (&field.ident, &field.ty);
    // The user's type carries its place, so that a type that does not fit is underlined where it stands.
    let value = match &field.to {
        To::Column(name) => {
            quote_spanned!(ty.span()=> <#ty as #private::FromColumn>::from_column(__row, #name)?)
        }
        To::Id => quote_spanned!(ty.span()=> <#ty as #private::RowId>::from_row(__row)?),
    };
    quote!(#ident: #value,)
}

fn write(field: &Bound, private: &TokenStream) -> TokenStream {
    let (ident, ty) = (&field.ident, &field.ty);
    match &field.to {
        To::Column(name) => {
            quote!(#private::set_column(&mut __row, #name, <#ty as #private::IntoColumn>::into_column(self.#ident));)
        }
        To::Id => quote!(<#ty as #private::RowId>::write(self.#ident, &mut __row);),
    }
}
