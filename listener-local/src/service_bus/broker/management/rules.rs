//! Rules of subscriptions.

use super::map;
use crate::service_bus::{
    broker::{
        reply::{Answer, Failure},
        request::Request,
    },
    engine::Namespace,
    rules::wire,
};

pub(super) fn add(namespace: &Namespace, path: &str, request: &Request) -> Result<Answer, Failure> {
    let rule = wire::read_add_rule(request.body()).map_err(unread)?;
    namespace.add_rule(path, rule)?;
    Ok(Answer::Ok(map([])))
}

pub(super) fn remove(
    namespace: &Namespace,
    path: &str,
    request: &Request,
) -> Result<Answer, Failure> {
    let name = wire::read_remove_rule(request.body()).map_err(unread)?;
    namespace.remove_rule(path, name)?;
    Ok(Answer::Ok(map([])))
}

pub(super) fn list(
    namespace: &Namespace,
    path: &str,
    request: &Request,
) -> Result<Answer, Failure> {
    let page = wire::read_enumerate_rules(request.body()).map_err(unread)?;
    let rules = namespace.rules(path)?;
    let found: Vec<_> = rules.iter().skip(page.skip).take(page.top).collect();
    if found.is_empty() {
        return Ok(Answer::Nothing);
    }
    let found = found
        .into_iter()
        .map(|(rule, made)| (rule, made.as_millis()));
    Ok(Answer::Ok(wire::enumerated_rules(found)))
}

fn unread(error: wire::WireError) -> Failure {
    Failure::new(400, "com.microsoft:argument-error", error.to_string())
}
