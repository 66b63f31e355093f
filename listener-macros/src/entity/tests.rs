use syn::{DeriveInput, parse_quote};

use super::{
    ast::{Row, To},
    valid,
};
use crate::errors::Errors;

fn read(input: &DeriveInput) -> (Row, Vec<String>) {
    let mut errors = Errors::default();
    let row = Row::read(input, &mut errors);
    valid::check(&row, &mut errors);
    (row, errors.texts())
}

#[test]
fn fields_are_columns_of_their_name_or_of_another_or_the_id() {
    let (row, faults) = read(&parse_quote! {
        #[entity("account", crate = facade::listener_core)]
        struct Account {
            #[attribute(id)]
            key: Uuid,
            name: String,
            r#type: String,
            #[attribute("primarycontactid")]
            contact: EntityReference,
            #[attribute(name = "new_limit")]
            limit: Money,
        }
    });
    assert!(faults.is_empty(), "{faults:?}");
    let bound = row.fields.iter().map(|field| match &field.to {
        To::Column(name) => name.value(),
        To::Id => "(id)".to_owned(),
    });
    assert_eq!(
        bound.collect::<Vec<_>>(),
        ["(id)", "name", "type", "primarycontactid", "new_limit"]
    );
}

#[test]
fn all_faults_are_told_at_once() {
    let (_, faults) = read(&parse_quote! {
        #[entity(crate = a)]
        struct Account<T> {
            #[attribute(id, name = "accountid")]
            key: Uuid,
            #[attribute(id)]
            other_key: Uuid,
            name: T,
            #[attribute("name")]
            title: String,
            #[attribute = "Phone"]
            Phone: String,
        }
    });
    assert_eq!(
        faults,
        [
            "the table is missing: `#[entity(\"account\")]`, by its logical name",
            "`#[derive(Entity)]` takes no generics: name the types",
            "a field is the row's `id` or a column by its `name`, not both",
            "`attribute` takes its arguments in parentheses: `#[attribute(..)]`",
            "`key` is the row's id already",
            "`name` is the column `name` already",
            "logical names are lower case: `phone`",
        ]
    );
}

#[test]
fn a_faulty_table_is_not_missing_as_well() {
    let (_, faults) = read(&parse_quote! {
        #[entity(name = 5)]
        struct Account {}
    });
    assert_eq!(faults, ["`name` takes a string: `name = \"account\"`"]);
}
