//! The keys of an attribute: `#[listener(message = "Create", two_way)]`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{
    Error, Lit, LitInt, LitStr, Path, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::errors::Errors;

/// What an attribute may say.
pub(crate) struct Keys {
    /// The keys.
    pub keys: &'static [Key],
    /// The key that a literal without one stands for: `#[entity("account")]`.
    pub bare: Option<&'static str>,
    /// Names that people write, and the key they mean.
    pub aliases: &'static [(&'static str, &'static str)],
}

/// A key, what stands behind it, and an example of its use.
pub(crate) type Key = (&'static str, Form, &'static str);

/// What stands behind a key.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// Nothing.
    Flag,
    /// A string.
    Text,
    /// A whole number.
    Number,
    /// A string or a whole number.
    TextOrNumber,
    /// A type.
    Type,
    /// A path.
    Path,
}

/// What stood behind a key.
pub(crate) enum Given {
    Flag,
    Text(LitStr),
    Number(LitInt),
    Type(Box<Type>),
    Path(Path),
    /// Something that does not fit, which has its fault already.
    Faulty,
}

/// The keys that an attribute gave.
#[derive(Default)]
pub(crate) struct Arguments(Vec<Argument>);

struct Argument {
    key: &'static str,
    span: Span,
    given: Given,
}

impl Keys {
    /// Reads the inside of an attribute. A fault of one key does not hide those of the next.
    pub(crate) fn read(&self, tokens: TokenStream, errors: &mut Errors) -> Arguments {
        let mut arguments = Arguments::default();
        self.read_into(&mut arguments, tokens, errors);
        arguments
    }

    /// Reads one more attribute of the same item: a key may stand once in all of them.
    pub(crate) fn read_into(
        &self,
        arguments: &mut Arguments,
        tokens: TokenStream,
        errors: &mut Errors,
    ) {
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let (key, span) = match self.key(input) {
                    Ok(key) => key,
                    Err(error) => {
                        errors.push(error);
                        skip_to_comma(input)?;
                        input.parse::<Option<Token![,]>>()?;
                        continue;
                    }
                };
                let given = value(input, key, span).and_then(|given| {
                    match input.is_empty() || input.peek(Token![,]) {
                        true => Ok(given),
                        false => Err(input.error("expected `,`")),
                    }
                });
                let given = given.unwrap_or_else(|error| {
                    errors.push(error);
                    Given::Faulty
                });
                arguments.add(
                    Argument {
                        key: key.0,
                        span,
                        given,
                    },
                    errors,
                );
                skip_to_comma(input)?;
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        let read = parser.parse2(tokens);
        errors.keep(read);
    }

    /// Reads a key and, where a value follows, the `=` between them.
    fn key(&self, input: ParseStream<'_>) -> syn::Result<(&'static Key, Span)> {
        let span = input.span();
        if let (Some(key), true) = (
            self.bare.and_then(|key| self.find(key)),
            starts_literal(input),
        ) {
            return Ok((key, span));
        }
        let Ok(ident) = input.call(Ident::parse_any) else {
            return Err(Error::new(
                span,
                format_args!("expected one of {}", self.names()),
            ));
        };
        let given = ident.unraw().to_string();
        match self.find(&given) {
            Some(key) if input.peek(Token![=]) && key.1 != Form::Flag => {
                input.parse::<Token![=]>()?;
                Ok((key, span))
            }
            Some(key) => Ok((key, span)),
            None => Err(Error::new(span, self.unknown(&given))),
        }
    }

    fn find(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|(key, ..)| *key == name)
    }

    fn unknown(&self, given: &str) -> String {
        let folded = |name: &str| name.replace('_', "").to_lowercase();
        let same = self
            .keys
            .iter()
            .map(|(key, ..)| *key)
            .find(|key| folded(key) == folded(given));
        let alias = || {
            self.aliases
                .iter()
                .find(|(alias, _)| folded(alias) == folded(given))
                .map(|(_, key)| *key)
        };
        match same.or_else(alias) {
            Some(key) => format!(
                "unknown key `{given}`, did you mean `{key}`? expected one of {}",
                self.names()
            ),
            None => format!("unknown key `{given}`, expected one of {}", self.names()),
        }
    }

    fn names(&self) -> String {
        let names: Vec<_> = self
            .keys
            .iter()
            .map(|(key, ..)| format!("`{key}`"))
            .collect();
        names.join(", ")
    }
}

fn starts_literal(input: ParseStream<'_>) -> bool {
    input.peek(Token![-]) || (input.peek(Lit) && !input.peek(syn::LitBool))
}

fn takes((name, form, example): &Key) -> String {
    let what = match form {
        Form::Flag => "no value",
        Form::Text => "a string",
        Form::Number => "a whole number",
        Form::TextOrNumber => "a number or a name",
        Form::Type => "a type",
        Form::Path => "a path",
    };
    format!("`{name}` takes {what}: `{example}`")
}

fn value(input: ParseStream<'_>, key: &Key, span: Span) -> syn::Result<Given> {
    let ended = input.is_empty() || input.peek(Token![,]);
    let refuse = |error: Error| Error::new(if ended { span } else { error.span() }, takes(key));
    match key.1 {
        Form::Flag if ended => return Ok(Given::Flag),
        Form::Flag => return Err(Error::new(span, takes(key))),
        Form::Type => return input.parse().map(Box::new).map(Given::Type).map_err(refuse),
        Form::Path => {
            return input
                .call(Path::parse_mod_style)
                .map(Given::Path)
                .map_err(refuse);
        }
        Form::Text | Form::Number | Form::TextOrNumber => {}
    }
    match input.parse::<Lit>().map_err(refuse)? {
        Lit::Str(text) if matches!(key.1, Form::Text | Form::TextOrNumber) => Ok(Given::Text(text)),
        Lit::Int(number) if matches!(key.1, Form::Number | Form::TextOrNumber) => {
            Ok(Given::Number(number))
        }
        other => Err(Error::new(other.span(), takes(key))),
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

impl Arguments {
    fn add(&mut self, argument: Argument, errors: &mut Errors) {
        let key = argument.key;
        if self.has(key) {
            errors.push(Error::new(
                argument.span,
                format_args!("`{key}` is given twice"),
            ));
        } else {
            self.0.push(argument);
        }
    }

    /// Counts the bare key as given, in a form that has its fault already.
    pub(crate) fn faulty(&mut self, keys: &Keys) {
        self.0.extend(keys.bare.map(|key| Argument {
            key,
            span: Span::call_site(),
            given: Given::Faulty,
        }));
    }

    /// Takes out what stood behind a key, with the place of the key.
    pub(crate) fn take(&mut self, key: &str) -> Option<(Span, Given)> {
        let index = self.0.iter().position(|argument| argument.key == key)?;
        let argument = self.0.swap_remove(index);
        Some((argument.span, argument.given))
    }

    /// Whether a key was given, even if what stood behind it does not fit.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|argument| argument.key == key)
    }

    /// Whether a key was given.
    pub(crate) fn flag(&mut self, key: &str) -> bool {
        self.take(key).is_some()
    }

    /// The string behind a key.
    pub(crate) fn text(&mut self, key: &str) -> Option<LitStr> {
        match self.take(key) {
            Some((_, Given::Text(text))) => Some(text),
            _ => None,
        }
    }

    /// The number behind a key.
    pub(crate) fn number(&mut self, key: &str) -> Option<LitInt> {
        match self.take(key) {
            Some((_, Given::Number(number))) => Some(number),
            _ => None,
        }
    }

    /// The type behind a key.
    pub(crate) fn ty(&mut self, key: &str) -> Option<Type> {
        match self.take(key) {
            Some((_, Given::Type(ty))) => Some(*ty),
            _ => None,
        }
    }

    /// The path to `listener_core`: that behind the key `crate`, or the crate's own name.
    pub(crate) fn krate(&mut self) -> Path {
        match self.take("crate") {
            Some((_, Given::Path(path))) => path,
            _ => syn::parse_quote!(::listener_core),
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};

    use super::*;

    const KEYS: Keys = Keys {
        keys: &[
            ("name", Form::Text, "name = \"x\""),
            ("stage", Form::TextOrNumber, "stage = 40"),
            ("two_way", Form::Flag, "two_way"),
            ("state", Form::Type, "state = App"),
            ("crate", Form::Path, "crate = a::b"),
        ],
        bare: Some("name"),
        aliases: &[("title", "name")],
    };

    fn read(tokens: TokenStream) -> (Arguments, Vec<String>) {
        let mut errors = Errors::default();
        let arguments = KEYS.read(tokens, &mut errors);
        (arguments, errors.texts())
    }

    fn faults(tokens: TokenStream) -> Vec<String> {
        read(tokens).1
    }

    #[test]
    fn reads_each_form() {
        let (mut arguments, faults) =
            read(quote!("x", stage = -1, two_way, state = Map<String, App>, crate = a::b,));
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(arguments.text("name").unwrap().value(), "x");
        assert_eq!(
            arguments
                .number("stage")
                .unwrap()
                .base10_parse::<i32>()
                .unwrap(),
            -1
        );
        assert!(arguments.flag("two_way"));
        let state = arguments.ty("state").unwrap().to_token_stream().to_string();
        assert_eq!(state.replace(' ', ""), "Map<String,App>");
        assert_eq!(arguments.krate(), syn::parse_quote!(a::b));
    }

    #[test]
    fn the_crate_is_found_by_its_own_name() {
        assert_eq!(
            Arguments::default().krate(),
            syn::parse_quote!(::listener_core)
        );
    }

    #[test]
    fn an_unknown_key_names_those_there_are() {
        assert_eq!(
            faults(quote!(colour = "red")),
            ["unknown key `colour`, expected one of `name`, `stage`, `two_way`, `state`, `crate`"]
        );
    }

    #[test]
    fn a_key_in_another_case_or_by_another_name_is_told_the_right_one() {
        for tokens in [quote!(twoWay), quote!(TWOWAY)] {
            assert!(faults(tokens)[0].contains("did you mean `two_way`?"));
        }
        assert!(faults(quote!(title = "x"))[0].contains("did you mean `name`?"));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        assert_eq!(
            faults(quote!(
                name = 5,
                colour = red + blue,
                two_way = true,
                stage,
                state = 1,
                crate = "a"
            )),
            [
                "`name` takes a string: `name = \"x\"`",
                "unknown key `colour`, expected one of `name`, `stage`, `two_way`, `state`, `crate`",
                "`two_way` takes no value: `two_way`",
                "`stage` takes a number or a name: `stage = 40`",
                "`state` takes a type: `state = App`",
                "`crate` takes a path: `crate = a::b`",
            ]
        );
    }

    #[test]
    fn a_key_stands_once_even_if_the_first_is_faulty() {
        assert_eq!(faults(quote!("x", name = "y")), ["`name` is given twice"]);
        assert_eq!(faults(quote!(name = 1, name = "y")).len(), 2);
    }

    #[test]
    fn what_follows_a_value_is_not_passed_over() {
        assert_eq!(faults(quote!(name = "x" "y", two_way)), ["expected `,`"]);
    }
}
