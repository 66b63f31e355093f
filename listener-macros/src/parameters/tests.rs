use syn::{DeriveInput, parse_quote};

use super::{
    ast::{Parameters, pascal_case},
    valid,
};
use crate::errors::Errors;

fn read(input: &DeriveInput) -> (Parameters, Vec<String>) {
    let mut errors = Errors::default();
    let parameters = Parameters::read(input, &mut errors);
    valid::check(&parameters, &mut errors);
    (parameters, errors.texts())
}

#[test]
fn names_are_those_of_dataverse() {
    for (field, parameter) in [
        ("target", "Target"),
        ("target_id", "TargetId"),
        ("x", "X"),
        ("_private", "Private"),
    ] {
        assert_eq!(pascal_case(field), parameter);
    }
}

#[test]
fn fields_are_parameters_of_their_name_or_of_another() {
    let (parameters, faults) = read(&parse_quote! {
        struct Assign {
            target: EntityReference,
            #[parameter("new_assignee")]
            to: EntityReference,
        }
    });
    assert!(faults.is_empty(), "{faults:?}");
    let names = parameters.fields.iter().map(|field| field.name.value());
    assert_eq!(names.collect::<Vec<_>>(), ["Target", "new_assignee"]);
}

#[test]
fn a_parameter_is_read_once() {
    let (_, faults) = read(&parse_quote! {
        struct Assign {
            target: EntityReference,
            #[parameter("Target")]
            row: EntityReference,
            #[parameter("")]
            nothing: bool,
        }
    });
    assert_eq!(
        faults,
        [
            "`target` is the parameter `Target` already",
            "a parameter has a name, such as `Assignee`",
        ]
    );
}
