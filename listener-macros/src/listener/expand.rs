use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{ReturnType, Type, spanned::Spanned};

use super::{ast::Function, attr::Attribute};

/// The function, the struct of its name and the struct's `Listener`.
pub(super) fn listener(attribute: &Attribute, function: &Function) -> TokenStream {
    let krate = &attribute.krate;
    let private = quote!(#krate::__private);
    let item = &function.item;
    let name = &item.sig.ident;
    let structure = structure(attribute, function);
    let answer = answer(attribute);
    let binding = binding(attribute, &private);
    let (generics, state, bounds) = state(attribute, function, &private);
    let tables = tables(attribute, function, &private);

    let names: Vec<_> = (0..function.arguments.len())
        .map(|index| format_ident!("__argument{index}"))
        .collect();
    let extracted = function.arguments.iter().zip(&names).map(|(argument, name)| {
        let ty = &argument.ty;
        // The user's type carries its place, so that a type that does not fit is underlined where it stands.
        quote_spanned! {ty.span()=>
            let #name = <#ty as #private::FromContext<#state>>::from_context(&__delivery, &__state)?;
        }
    });
    let outcome = outcome(&item.sig.output, name, &answer, &private);

    quote! {
        #item
        #structure
        #tables

        #[automatically_derived]
        #[allow(deprecated, clippy::all)]
        impl #generics #private::Listener<#state, #answer> for #name
        #bounds
        {
            const BINDING: #private::Binding = #binding;

            fn call(__delivery: #private::Delivery, __state: #state) -> #private::Answer<#answer> {
                #private::Box::pin(async move {
                    #(#extracted)*
                    // What the listener did not ask for is not kept while it runs.
                    #private::drop((__delivery, __state));
                    let __output = #name(#(#names),*).await;
                    #outcome
                })
            }
        }
    }
}

/// The function and a listener that asks nothing: the faults are told, and nothing else needs to be.
pub(super) fn stand_in(attribute: &Attribute, function: &Function) -> TokenStream {
    let item = &function.item;
    if function.method {
        return item.to_token_stream();
    }
    let krate = &attribute.krate;
    let private = quote!(#krate::__private);
    let name = &item.sig.ident;
    let structure = structure(attribute, function);
    let answer = answer(attribute);
    quote! {
        #item
        #structure

        #[automatically_derived]
        impl<__S> #private::Listener<__S, #answer> for #name {
            const BINDING: #private::Binding = #private::Binding::message("");

            fn call(_: #private::Delivery, _: __S) -> #private::Answer<#answer> {
                ::core::unreachable!()
            }
        }
    }
}

/// The struct of the function's name, as visible and as documented as the function.
fn structure(attribute: &Attribute, function: &Function) -> TokenStream {
    let item = &function.item;
    let kept = ["doc", "cfg", "cfg_attr", "deprecated", "allow"];
    let attributes: Vec<_> = item
        .attrs
        .iter()
        .filter(|attribute| kept.iter().any(|kept| attribute.path().is_ident(kept)))
        .collect();
    let documented = attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("doc"));
    let documentation = (!documented).then(|| {
        let message = attribute
            .message
            .as_ref()
            .map(syn::LitStr::value)
            .unwrap_or_default();
        let text = format!("Listens to `{message}`.");
        quote!(#[doc = #text])
    });
    let (visibility, name) = (&item.vis, &item.sig.ident);
    quote! {
        #(#attributes)*
        #documentation
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #visibility struct #name {}
    }
}

fn answer(attribute: &Attribute) -> TokenStream {
    let krate = &attribute.krate;
    if attribute.two_way {
        quote!(#krate::__private::Reply)
    } else {
        quote!(())
    }
}

fn binding(attribute: &Attribute, private: &TokenStream) -> TokenStream {
    let message = attribute.message.iter();
    let entity = attribute.entity.iter();
    let stage = attribute.stage.iter().map(|stage| stage.value);
    let mode = attribute.mode.iter().map(|mode| mode.value);
    let (pre_image, post_image) = (attribute.pre_image.iter(), attribute.post_image.iter());
    let columns: Vec<_> = attribute.columns().collect();
    let columns = (!columns.is_empty()).then(|| quote!(.filtering_attributes(&[#(#columns),*])));
    quote! {
        #private::Binding #(::message(#message))* #(.entity(#entity))* #(.stage(#stage))* #(.mode(#mode))* #columns
            #(.pre_image(#pre_image))* #(.post_image(#post_image))*
    }
}

/// The generics of the `impl`, the router's state, and what is asked of it: one part a `State<T>`.
fn state(
    attribute: &Attribute,
    function: &Function,
    private: &TokenStream,
) -> (TokenStream, TokenStream, TokenStream) {
    if let Some(state) = &attribute.state {
        return (
            TokenStream::new(),
            state.to_token_stream(),
            TokenStream::new(),
        );
    }
    let parts = function
        .arguments
        .iter()
        .filter_map(|argument| argument.state());
    let parts =
        parts.map(|part: &Type| quote_spanned!(part.span()=> #part: #private::FromRef<__S>,));
    let bounds =
        quote!(where __S: ::core::marker::Send + ::core::marker::Sync + 'static, #(#parts)*);
    (quote!(<__S>), quote!(__S), bounds)
}

fn outcome(
    output: &ReturnType,
    name: &Ident,
    answer: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    match output {
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
            quote_spanned!(ty.span()=> #private::IntoOutcome::<#answer>::into_outcome(__output))
        }
        ReturnType::Type(_, ty) => {
            quote_spanned!(ty.span()=> <#ty as #private::IntoOutcome<#answer>>::into_outcome(__output))
        }
        ReturnType::Default => {
            let span: Span = name.span();
            quote_spanned!(span=> <() as #private::IntoOutcome<#answer>>::into_outcome(__output))
        }
    }
}

/// Where the listener names a table, each argument that is a row is asked for its own, at compile time.
fn tables(attribute: &Attribute, function: &Function, private: &TokenStream) -> TokenStream {
    let Some(entity) = &attribute.entity else {
        return TokenStream::new();
    };
    let checks = function.arguments.iter().map(|argument| {
        let ty = &argument.ty;
        let text = format!(
            "`{}` listens to the table `{}`, but `{}` is a row of another table",
            function.item.sig.ident,
            entity.value(),
            plain(ty),
        );
        let (first, last) = ends(ty);
        let mut checked = Group::new(
            Delimiter::Parenthesis,
            quote!(#private::same_table(<#private::Table<#ty>>::LOGICAL_NAME, #entity), #text),
        );
        checked.set_span(last);
        let assertion = quote_spanned!(first=> ::core::assert! #checked);
        quote! {
            const _: () = {
                #[allow(unused_imports)]
                use #private::NoTable as _;
                #assertion
            };
        }
    });
    quote!(#(#checks)*)
}

/// The places of a type's first and last token: what stands from one to the other is underlined whole.
fn ends(ty: &Type) -> (Span, Span) {
    let mut spans = ty.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// A type's tokens as people write them.
fn plain(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, tight) in [
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" :: ", "::"),
        (" ,", ","),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}
