use proc_macro2::{Span, TokenStream};
use syn::{Error, LitStr, Path, Type};

use crate::{
    errors::Errors,
    keys::{Form, Given, Keys},
};

const KEYS: Keys = Keys {
    keys: &[
        ("message", Form::Text, "message = \"Create\""),
        ("entity", Form::Text, "entity = \"account\""),
        ("stage", Form::TextOrNumber, "stage = \"post-operation\""),
        ("mode", Form::TextOrNumber, "mode = \"asynchronous\""),
        (
            "filtering_attributes",
            Form::Text,
            "filtering_attributes = \"creditlimit,name\"",
        ),
        ("pre_image", Form::Text, "pre_image = \"before\""),
        ("post_image", Form::Text, "post_image = \"after\""),
        ("two_way", Form::Flag, "two_way"),
        ("state", Form::Type, "state = App"),
        ("crate", Form::Path, "crate = my_crate::listener_core"),
    ],
    bare: None,
    aliases: &[
        ("table", "entity"),
        ("entity_name", "entity"),
        ("primary_entity", "entity"),
        ("message_name", "message"),
        ("filter", "filtering_attributes"),
        ("columns", "filtering_attributes"),
        ("attributes", "filtering_attributes"),
        ("image", "pre_image"),
        ("reply", "two_way"),
    ],
};

/// The stages by number and name.
pub(super) const STAGES: &[(i32, &str)] = &[
    (10, "pre-validation"),
    (20, "pre-operation"),
    (30, "main-operation"),
    (40, "post-operation"),
];
/// A stage of workflow activities, which has a number only.
const WORKFLOW: i32 = 50;
/// The modes by number and name.
const MODES: &[(i32, &str)] = &[(0, "synchronous"), (1, "asynchronous")];

/// What the attribute says.
pub(super) struct Attribute {
    pub(super) message: Option<LitStr>,
    pub(super) entity: Option<LitStr>,
    pub(super) stage: Option<Number>,
    pub(super) mode: Option<Number>,
    pub(super) filtering_attributes: Option<LitStr>,
    pub(super) pre_image: Option<LitStr>,
    pub(super) post_image: Option<LitStr>,
    pub(super) two_way: bool,
    pub(super) state: Option<Type>,
    pub(super) krate: Path,
}

/// A stage or mode by its number, and where it stands.
pub(super) struct Number {
    pub(super) value: i32,
    pub(super) span: Span,
}

impl Attribute {
    pub(super) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut arguments = KEYS.read(tokens, errors);
        if !arguments.has("message") {
            let text = "`message` is missing: `#[listener(message = \"Create\", ..)]`";
            errors.push(Error::new(Span::call_site(), text));
        }
        Self {
            message: arguments.text("message"),
            entity: arguments.text("entity"),
            stage: number(
                arguments.take("stage"),
                "stage",
                STAGES,
                &[WORKFLOW],
                errors,
            ),
            mode: number(arguments.take("mode"), "mode", MODES, &[], errors),
            filtering_attributes: arguments.text("filtering_attributes"),
            pre_image: arguments.text("pre_image"),
            post_image: arguments.text("post_image"),
            two_way: arguments.flag("two_way"),
            state: arguments.ty("state"),
            krate: arguments.krate(),
        }
    }

    /// The columns that an Update is filtered by.
    pub(super) fn columns(&self) -> impl Iterator<Item = LitStr> {
        let list = self.filtering_attributes.iter();
        list.flat_map(|list| {
            let text = list.value();
            text.split(',')
                .map(|column| LitStr::new(column.trim(), list.span()))
                .collect::<Vec<_>>()
        })
    }
}

fn number(
    given: Option<(Span, Given)>,
    key: &str,
    names: &[(i32, &str)],
    nameless: &[i32],
    errors: &mut Errors,
) -> Option<Number> {
    let (value, span) = match given?.1 {
        Given::Text(text) => (
            names
                .iter()
                .find(|(_, name)| *name == text.value())
                .map(|(number, _)| *number),
            text.span(),
        ),
        Given::Number(number) => {
            let known = |value: &i32| {
                nameless.contains(value) || names.iter().any(|(number, _)| number == value)
            };
            (number.base10_parse().ok().filter(known), number.span())
        }
        Given::Flag | Given::Type(_) | Given::Path(_) | Given::Faulty => return None,
    };
    if value.is_none() {
        let names = names
            .iter()
            .map(|(number, name)| format!("{number} or \"{name}\""));
        let nameless = nameless.iter().map(i32::to_string);
        let all = names.chain(nameless).collect::<Vec<_>>().join(", ");
        errors.push(Error::new(
            span,
            format_args!("no such {key}, expected one of {all}"),
        ));
    }
    value.map(|value| Number { value, span })
}
