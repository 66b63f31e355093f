use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Error, FnArg, GenericArgument, ItemFn, PathArguments, PathSegment, Type};

/// The function under the attribute.
pub(super) struct Function {
    pub(super) item: ItemFn,
    pub(super) arguments: Vec<Argument>,
    /// Whether it takes `self`, so that it stands in an `impl` block.
    pub(super) method: bool,
}

/// An argument of the function, by its type.
pub(super) struct Argument {
    pub(super) ty: Type,
}

impl Function {
    pub(super) fn read(item: TokenStream) -> syn::Result<Self> {
        let item: ItemFn = syn::parse2(item.clone()).map_err(|_| {
            Error::new_spanned(first_line(item), "`#[listener]` stands on an `async fn`")
        })?;
        let arguments = item.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(argument) => Some(Argument {
                ty: (*argument.ty).clone(),
            }),
            FnArg::Receiver(_) => None,
        });
        let (arguments, method) = (arguments.collect(), item.sig.receiver().is_some());
        Ok(Self {
            item,
            arguments,
            method,
        })
    }
}

/// The tokens before the first braces: enough to underline an item by.
fn first_line(item: TokenStream) -> TokenStream {
    item.into_iter().take_while(|token| !matches!(token, TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace)).collect()
}

impl Argument {
    /// `T` of an argument `State<T>`.
    pub(super) fn state(&self) -> Option<&Type> {
        let segment = last_segment(&self.ty)?;
        if segment.ident != "State" {
            return None;
        }
        let PathArguments::AngleBracketed(generics) = &segment.arguments else {
            return None;
        };
        match generics.args.first() {
            Some(GenericArgument::Type(ty)) if generics.args.len() == 1 => Some(ty),
            _ => None,
        }
    }

    /// Whether the argument's type is of this name, as far as its tokens tell.
    pub(super) fn is(&self, name: &str) -> bool {
        last_segment(&self.ty).is_some_and(|segment| segment.ident == name)
    }

    /// Whether the type holds an `impl Trait`, which is a generic without a name.
    pub(super) fn is_impl_trait(&self) -> bool {
        has_impl(self.ty.to_token_stream())
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
