use std::collections::HashSet;

use syn::{Error, Safety, Type};

use super::{ast::Function, attr::Attribute};
use crate::{
    errors::Errors,
    names::{check_logical, check_message},
};

/// The stage in which a row has its new values.
const POST_OPERATION: i32 = 40;
const ASYNCHRONOUS: i32 = 1;

/// Gathers what is wrong with an attribute and its function.
pub(super) fn check(attribute: &Attribute, function: &Function, errors: &mut Errors) {
    check_binding(attribute, errors);
    check_images(attribute, function, errors);
    check_signature(function, errors);
}

fn check_binding(attribute: &Attribute, errors: &mut Errors) {
    if let Some(message) = &attribute.message {
        check_message(message, errors);
    }
    if let Some(entity) = &attribute.entity {
        check_logical(entity, errors);
    }
    if let (Some(stage), Some(mode)) = (&attribute.stage, &attribute.mode)
        && mode.value == ASYNCHRONOUS
        && stage.value < POST_OPERATION
    {
        let text = "asynchronous steps run after the operation: no message has this stage and `mode = \"asynchronous\"`";
        errors.push(Error::new(stage.span, text));
    }
    let Some(list) = &attribute.filtering_attributes else {
        return;
    };
    if let Some(message) = attribute
        .message
        .as_ref()
        .filter(|message| message.value() != "Update")
    {
        let text = format!(
            "filtering attributes choose among Updates, this listens to `{}`",
            message.value()
        );
        errors.at(list, text);
    }
    let mut columns = HashSet::new();
    for column in attribute.columns() {
        check_logical(&column, errors);
        if !columns.insert(column.value()) {
            errors.at(list, format_args!("`{}` is given twice", column.value()));
        }
    }
}

fn check_images(attribute: &Attribute, function: &Function, errors: &mut Errors) {
    let message = attribute
        .message
        .as_ref()
        .map(syn::LitStr::value)
        .unwrap_or_default();
    let early = attribute
        .stage
        .as_ref()
        .is_some_and(|stage| stage.value < POST_OPERATION);
    let none = |kind, reason| format!("{kind}: {reason}");
    let pre =
        (message == "Create").then(|| none("a Create has no pre-image", "there was no row before"));
    let post = match message.as_str() {
        "Delete" => Some(none("a Delete has no post-image", "the row is gone")),
        _ if early => Some(none(
            "this stage has no post-image",
            "the row has not changed yet",
        )),
        _ => None,
    };
    for (fault, name, extractor) in [
        (pre, &attribute.pre_image, "PreImage"),
        (post, &attribute.post_image, "PostImage"),
    ] {
        let Some(fault) = fault else { continue };
        if let Some(name) = name {
            errors.at(name, &fault);
        }
        for argument in function
            .arguments
            .iter()
            .filter(|argument| argument.is(extractor))
        {
            errors.at(&argument.ty, &fault);
        }
    }
}

fn check_signature(function: &Function, errors: &mut Errors) {
    let signature = &function.item.sig;
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, "a listener is async: `async fn`");
    }
    if let Some(receiver) = signature.receiver() {
        errors.at(
            receiver,
            "a listener is a free function: take what it needs as `State<T>` instead of `self`",
        );
    }
    if let Some(constness) = &signature.constness {
        errors.at(constness, "a listener cannot be `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(token, "a listener cannot be `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "a listener cannot be `extern`");
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, "a listener cannot be variadic");
    }
    if !signature.generics.params.is_empty() {
        errors.at(
            &signature.generics,
            "a listener cannot be generic: its router must know each type",
        );
    } else if let Some(clause) = &signature.generics.where_clause {
        errors.at(
            clause,
            "a listener cannot have a `where` clause: its router must know each type",
        );
    }
    for argument in &function.arguments {
        match &argument.ty {
            Type::Reference(reference) => {
                errors.at(
                    reference,
                    "a listener owns its arguments: take them by value, without `&`",
                );
            }
            ty if argument.is_impl_trait() => {
                errors.at(
                    ty,
                    "a listener cannot be generic: name the type instead of `impl ..`",
                );
            }
            _ => {}
        }
    }
}
