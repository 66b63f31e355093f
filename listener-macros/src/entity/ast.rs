use syn::{DeriveInput, Field, Generics, Ident, LitStr, Path, Type, ext::IdentExt};

use crate::{
    derive,
    errors::Errors,
    keys::{Form, Keys},
};

const TABLE: Keys = Keys {
    keys: &[
        ("name", Form::Text, "name = \"account\""),
        ("crate", Form::Path, "crate = my_crate::listener_core"),
    ],
    bare: Some("name"),
    aliases: &[
        ("logical_name", "name"),
        ("table", "name"),
        ("entity", "name"),
    ],
};

const COLUMN: Keys = Keys {
    keys: &[
        ("name", Form::Text, "name = \"primarycontactid\""),
        ("id", Form::Flag, "id"),
    ],
    bare: Some("name"),
    aliases: &[
        ("logical_name", "name"),
        ("column", "name"),
        ("rename", "name"),
        ("primary_id", "id"),
        ("key", "id"),
    ],
};

/// A struct bound to a table.
pub(super) struct Row {
    pub(super) ident: Ident,
    /// Refused, but kept for what stands in for the code.
    pub(super) generics: Generics,
    pub(super) table: Option<LitStr>,
    pub(super) krate: Path,
    pub(super) fields: Vec<Bound>,
}

/// A field and what it is bound to.
pub(super) struct Bound {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) to: To,
}

/// What a field is bound to.
pub(super) enum To {
    /// A column.
    Column(LitStr),
    /// The row's id.
    Id,
}

impl Row {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut arguments = derive::arguments(&input.attrs, "entity", &TABLE, errors);
        if !arguments.has("name") {
            errors.at(
                &input.ident,
                "the table is missing: `#[entity(\"account\")]`, by its logical name",
            );
        }
        let fields = derive::fields(input, "Entity", errors);
        Self {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            table: arguments.text("name"),
            krate: arguments.krate(),
            fields: fields
                .into_iter()
                .filter_map(|field| Bound::read(field, errors))
                .collect(),
        }
    }
}

impl Bound {
    fn read(field: &Field, errors: &mut Errors) -> Option<Self> {
        let ident = field.ident.clone()?;
        let mut arguments = derive::arguments(&field.attrs, "attribute", &COLUMN, errors);
        let to = match (arguments.take("id"), arguments.text("name")) {
            (Some((span, _)), Some(_)) => {
                errors.push(syn::Error::new(
                    span,
                    "a field is the row's `id` or a column by its `name`, not both",
                ));
                To::Id
            }
            (Some(_), None) => To::Id,
            (None, Some(name)) => To::Column(name),
            (None, None) => To::Column(LitStr::new(&ident.unraw().to_string(), ident.span())),
        };
        Some(Self {
            ident,
            ty: field.ty.clone(),
            to,
        })
    }
}
