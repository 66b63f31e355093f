use proc_macro2::TokenStream;
use quote::quote;

use super::{ast::Function, attr::Attribute, valid};
use crate::errors::Errors;

fn faults(attribute: TokenStream, function: TokenStream) -> Vec<String> {
    let mut errors = Errors::default();
    let attribute = Attribute::read(attribute, &mut errors);
    match Function::read(function) {
        Ok(function) => valid::check(&attribute, &function, &mut errors),
        Err(error) => errors.push(error),
    }
    errors.texts()
}

fn binding_faults(attribute: TokenStream) -> Vec<String> {
    faults(
        attribute,
        quote!(
            async fn listener() {}
        ),
    )
}

fn signature_faults(function: TokenStream) -> Vec<String> {
    faults(quote!(message = "Update"), function)
}

#[test]
fn all_keys_together_have_no_fault() {
    let faults = binding_faults(quote!(
        message = "Update",
        entity = "account",
        stage = 40,
        mode = "asynchronous",
        filtering_attributes = "creditlimit, name",
        pre_image = "before",
        post_image = "after",
        two_way,
        state = std::sync::Arc<App>,
        crate = facade::listener_core
    ));
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn stages_and_modes_go_by_number_or_name() {
    for stage in [quote!(10), quote!("pre-operation"), quote!(30), quote!(50)] {
        assert!(binding_faults(quote!(message = "Update", stage = #stage)).is_empty());
    }
    assert_eq!(
        binding_faults(quote!(message = "Update", stage = "post", mode = 2)),
        [
            "no such stage, expected one of 10 or \"pre-validation\", 20 or \"pre-operation\", \
             30 or \"main-operation\", 40 or \"post-operation\", 50",
            "no such mode, expected one of 0 or \"synchronous\", 1 or \"asynchronous\"",
        ]
    );
}

#[test]
fn a_missing_message_is_told_once() {
    assert_eq!(
        binding_faults(quote!(entity = "account")),
        ["`message` is missing: `#[listener(message = \"Create\", ..)]`"]
    );
    assert_eq!(binding_faults(quote!(message = Create)).len(), 1);
}

#[test]
fn messages_of_your_own_are_taken_as_they_are() {
    assert!(binding_faults(quote!(message = "new_approve")).is_empty());
    assert_eq!(
        binding_faults(quote!(message = "setstate")),
        ["Dataverse writes this message `SetState`"]
    );
}

#[test]
fn filtering_attributes_are_for_updates() {
    assert_eq!(
        binding_faults(quote!(message = "Create", filtering_attributes = "name")),
        ["filtering attributes choose among Updates, this listens to `Create`"]
    );
    assert_eq!(
        binding_faults(quote!(
            message = "Update",
            filtering_attributes = "name,,Name,name"
        )),
        [
            "a logical name is not empty",
            "logical names are lower case: `name`",
            "`name` is given twice",
        ]
    );
}

#[test]
fn images_are_where_a_row_was_before_and_is_after() {
    let pre = "a Create has no pre-image: there was no row before";
    assert_eq!(
        binding_faults(quote!(message = "Create", pre_image = "a")),
        [pre]
    );
    assert_eq!(
        faults(
            quote!(message = "Create"),
            quote!(
                async fn f(a: core::PreImage<A>) {}
            )
        ),
        [pre]
    );
    assert_eq!(
        binding_faults(quote!(message = "Delete", post_image = "a")),
        ["a Delete has no post-image: the row is gone"]
    );
    assert_eq!(
        binding_faults(quote!(message = "Update", stage = 20, post_image = "a")),
        ["this stage has no post-image: the row has not changed yet"]
    );
}

#[test]
fn a_listener_is_a_plain_async_function() {
    assert!(
        signature_faults(quote!(
            pub(crate) async fn f(Target(a): Target<A>, mut b: B) -> Result {}
        ))
        .is_empty()
    );
    for (function, fault) in [
        (
            quote!(
                fn f() {}
            ),
            "a listener is async: `async fn`",
        ),
        (
            quote!(
                struct F;
            ),
            "`#[listener]` stands on an `async fn`",
        ),
        (
            quote!(
                async unsafe fn f() {}
            ),
            "a listener cannot be `unsafe`",
        ),
        (
            quote!(
                async extern "C" fn f() {}
            ),
            "a listener cannot be `extern`",
        ),
        (
            quote!(
                async fn f(&self) {}
            ),
            "a listener is a free function: take what it needs as `State<T>` instead of `self`",
        ),
        (
            quote!(
                async fn f<'a>(a: A<'a>) {}
            ),
            "a listener cannot be generic: its router must know each type",
        ),
        (
            quote!(
                async fn f()
                where
                    A: B,
                {
                }
            ),
            "a listener cannot have a `where` clause: its router must know each type",
        ),
        (
            quote!(
                async fn f(a: Option<impl A>) {}
            ),
            "a listener cannot be generic: name the type instead of `impl ..`",
        ),
        (
            quote!(
                async fn f(a: &A) {}
            ),
            "a listener owns its arguments: take them by value, without `&`",
        ),
    ] {
        assert_eq!(signature_faults(function), [fault]);
    }
}

#[test]
fn a_state_is_known_by_its_last_segment() {
    let function = Function::read(quote!(
        async fn f(a: State<A>, b: listener_core::State<Vec<B>>, c: Target<State>, d: State) {}
    ))
    .unwrap();
    let states = function
        .arguments
        .iter()
        .filter_map(|argument| argument.state());
    let states: Vec<_> = states
        .map(|ty| quote!(#ty).to_string().replace(' ', ""))
        .collect();
    assert_eq!(states, ["A", "Vec<B>"]);
}
