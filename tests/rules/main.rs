//! The rules of a router's subscription against what the router takes.

mod claims;
mod topic;

use listener_core::{Binding, Router};

/// Names that messages and bindings are made of: of Dataverse, of none, and such as break a rule that is not careful.
const MESSAGES: &[&str] = &[
    "Create",
    "create",
    "Update",
    "Delete",
    "new_O'Hara",
    "' OR 1=1",
];
const TABLES: &[&str] = &["account", "Account", "contact", "none", "''"];

/// A router whose listeners do nothing; of two that choose the same, one.
fn router(bindings: impl IntoIterator<Item = Binding>) -> Router {
    let mut there = Vec::new();
    for binding in bindings {
        if !there.contains(&binding) {
            there.push(binding);
        }
    }
    there.into_iter().fold(Router::new(), |router, binding| {
        router.on(binding, || async {})
    })
}
