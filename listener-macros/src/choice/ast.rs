use proc_macro2::Span;
use quote::ToTokens;
use syn::{
    Data, DeriveInput, Error, Expr, Fields, Generics, Ident, Lit, LitInt, Path, Variant,
    spanned::Spanned,
};

use crate::{
    derive,
    errors::Errors,
    keys::{Form, Keys},
};

const ENUM: Keys = Keys {
    keys: &[("crate", Form::Path, "crate = my_crate::listener_core")],
    bare: None,
    aliases: &[],
};

const OPTION: Keys = Keys {
    keys: &[
        ("number", Form::Number, "number = 1"),
        ("unknown", Form::Flag, "unknown"),
    ],
    bare: Some("number"),
    aliases: &[
        ("value", "number"),
        ("other", "unknown"),
        ("default", "unknown"),
    ],
};

/// An enum of the numbers of a choice.
pub(super) struct Choice {
    pub(super) ident: Ident,
    /// Refused, but kept for what stands in for the code.
    pub(super) generics: Generics,
    pub(super) krate: Path,
    /// Whether it is an enum at all.
    pub(super) is_enum: bool,
    /// The variants that are numbers.
    pub(super) options: Vec<(Ident, Number)>,
    /// The variants that keep a number which the enum does not know: one, if nothing is wrong.
    pub(super) unknown: Vec<Ident>,
}

/// A number and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) value: i32,
    pub(super) span: Span,
}

impl Choice {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        derive::not_generic(input, "Choice", errors);
        let mut choice = Self {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            krate: derive::arguments(&input.attrs, "choice", &ENUM, errors).krate(),
            is_enum: matches!(input.data, Data::Enum(_)),
            options: Vec::new(),
            unknown: Vec::new(),
        };
        match &input.data {
            Data::Enum(data) => data
                .variants
                .iter()
                .for_each(|variant| choice.variant(variant, errors)),
            Data::Struct(_) | Data::Union(_) => {
                errors.at(&input.ident, "`#[derive(Choice)]` stands on an enum");
            }
        }
        choice
    }

    fn variant(&mut self, variant: &Variant, errors: &mut Errors) {
        let ident = &variant.ident;
        let mut arguments = derive::arguments(&variant.attrs, "choice", &OPTION, errors);
        let has_number = arguments.has("number");
        let given = arguments.number("number");
        if let Some((span, _)) = arguments.take("unknown") {
            if has_number {
                errors.push(Error::new(
                    span,
                    "a variant is a `number` or keeps the `unknown` ones, not both",
                ));
            }
            if !holds_number(&variant.fields) {
                errors.at(
                    ident,
                    format_args!(
                        "the variant that keeps unknown numbers holds one: `{ident}(i32)`"
                    ),
                );
            }
            self.unknown.push(ident.clone());
            return;
        }
        if variant.fields != Fields::Unit {
            errors.at(ident, "an option holds nothing; the variant that keeps unknown numbers is `#[choice(unknown)]`");
            return;
        }
        let faulty = has_number && given.is_none();
        let given = given.map(|literal| errors.keep(number(&literal)));
        let discriminant = variant.discriminant.as_ref().map(|(_, expression)| {
            let number = literal(expression).and_then(|literal| number(&literal));
            errors.keep(number)
        });
        match (given, discriminant) {
            (Some(Some(given)), Some(Some(other))) if given.value != other.value => {
                errors.push(Error::new(
                    given.span,
                    format_args!("`{ident}` is {} by its discriminant", other.value),
                ));
            }
            (Some(Some(number)), _) | (None, Some(Some(number))) => {
                self.options.push((ident.clone(), number));
            }
            (None, None) if !faulty => {
                errors.at(
                    ident,
                    format_args!("the number of `{ident}` is missing: `#[choice(1)]`"),
                );
            }
            _ => {}
        }
    }
}

fn holds_number(fields: &Fields) -> bool {
    match fields {
        Fields::Unnamed(fields) => {
            fields.unnamed.len() == 1 && fields.unnamed[0].ty.to_token_stream().to_string() == "i32"
        }
        Fields::Named(_) | Fields::Unit => false,
    }
}

fn number(literal: &LitInt) -> syn::Result<Number> {
    let value = literal
        .base10_parse()
        .map_err(|_| Error::new(literal.span(), "the number of an option is an `i32`"))?;
    Ok(Number {
        value,
        span: literal.span(),
    })
}

/// `1` or `-1`.
fn literal(expression: &Expr) -> syn::Result<LitInt> {
    let text = expression.to_token_stream().to_string().replace(' ', "");
    match syn::parse_str(&text) {
        Ok(Lit::Int(mut literal)) => {
            literal.set_span(expression.span());
            Ok(literal)
        }
        _ => Err(Error::new_spanned(expression, "expected a literal number")),
    }
}
