use syn::{DeriveInput, Field, Generics, Ident, LitStr, Path, Type, ext::IdentExt};

use crate::{
    derive,
    errors::Errors,
    keys::{Form, Keys},
};

const STRUCT: Keys = Keys {
    keys: &[("crate", Form::Path, "crate = my_crate::listener_core")],
    bare: None,
    aliases: &[],
};

const PARAMETER: Keys = Keys {
    keys: &[("name", Form::Text, "name = \"Assignee\"")],
    bare: Some("name"),
    aliases: &[("key", "name"), ("rename", "name"), ("parameter", "name")],
};

/// A struct of parameters.
pub(super) struct Parameters {
    pub(super) ident: Ident,
    /// Refused, but kept for what stands in for the code.
    pub(super) generics: Generics,
    pub(super) krate: Path,
    pub(super) fields: Vec<Parameter>,
}

/// A field and the parameter it is.
pub(super) struct Parameter {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) name: LitStr,
}

impl Parameters {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut arguments = derive::arguments(&input.attrs, "parameters", &STRUCT, errors);
        let fields = derive::fields(input, "Parameters", errors);
        Self {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            krate: arguments.krate(),
            fields: fields
                .into_iter()
                .filter_map(|field| Parameter::read(field, errors))
                .collect(),
        }
    }
}

impl Parameter {
    fn read(field: &Field, errors: &mut Errors) -> Option<Self> {
        let ident = field.ident.clone()?;
        let name = derive::arguments(&field.attrs, "parameter", &PARAMETER, errors).text("name");
        let name = name
            .unwrap_or_else(|| LitStr::new(&pascal_case(&ident.unraw().to_string()), ident.span()));
        Some(Self {
            ident,
            ty: field.ty.clone(),
            name,
        })
    }
}

/// `target_id` as `TargetId`, which is how Dataverse names its own parameters.
pub(super) fn pascal_case(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect::<Vec<_>>()
        })
        .collect()
}
