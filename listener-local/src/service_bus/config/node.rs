use std::{fmt::Display, ops::RangeInclusive, time::Duration};

use serde_json::Value as Json;

use super::{
    ConfigError, FILE_LIMIT,
    duration::{display_duration, parse_duration},
    problem::Report,
};

/// A file as JSON. Windows' editors begin it with a byte order mark.
pub(super) fn parse(file: &[u8]) -> Result<Json, ConfigError> {
    if file.len() > FILE_LIMIT {
        return Err(ConfigError::whole(format!(
            "expected at most {FILE_LIMIT} bytes, found {}",
            file.len()
        )));
    }
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    serde_json::from_slice(file).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = if error.is_eof() {
            "the end of the file"
        } else {
            "something else"
        };
        ConfigError::whole(format!(
            "expected JSON, found {what} at line {line}, column {column}"
        ))
    })
}

/// A value of a file and its path.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    value: &'a Json,
    path: String,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Json) -> Self {
        Self {
            value,
            path: "$".to_owned(),
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn json(&self) -> &'a Json {
        self.value
    }

    pub(super) fn expected(&self, expected: impl Display, report: &mut Report) {
        report.error(
            &self.path,
            format!("expected {expected}, found {}", describe(self.value)),
        );
    }

    pub(super) fn object(&self, report: &mut Report) -> Option<Members<'a>> {
        let Json::Object(object) = self.value else {
            self.expected("an object", report);
            return None;
        };
        let members = object
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str(),
                    Node {
                        value,
                        path: member_path(&self.path, name),
                    },
                )
            })
            .collect();
        Some(Members {
            path: self.path.clone(),
            members,
            known: Vec::new(),
        })
    }

    pub(super) fn items(&self, report: &mut Report) -> Vec<Node<'a>> {
        let Json::Array(items) = self.value else {
            self.expected("an array of objects", report);
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .map(|(index, value)| Node {
                value,
                path: format!("{}[{index}]", self.path),
            })
            .collect()
    }

    pub(super) fn text(&self, report: &mut Report) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.expected("a string", report);
        }
        text
    }

    pub(super) fn boolean(&self, report: &mut Report) -> Option<bool> {
        match self.value {
            Json::Bool(value) => Some(*value),
            Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => {
                self.expected("`true` or `false`", report);
                None
            }
        }
    }

    pub(super) fn integer(&self, range: RangeInclusive<u32>, report: &mut Report) -> Option<u32> {
        let number = match self.value {
            Json::Number(number) => number.as_u64(),
            Json::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| range.contains(number));
        if number.is_none() {
            self.expected(
                format_args!("an integer from {} to {}", range.start(), range.end()),
                report,
            );
        }
        number
    }

    pub(super) fn duration(
        &self,
        range: RangeInclusive<Duration>,
        report: &mut Report,
    ) -> Option<Duration> {
        let duration = self
            .value
            .as_str()
            .and_then(|text| parse_duration(text).ok())
            .filter(|duration| range.contains(duration));
        if duration.is_none() {
            let least = display_duration(*range.start());
            if *range.end() == Duration::MAX {
                self.expected(format_args!("an ISO 8601 duration from `{least}`"), report);
            } else {
                let most = display_duration(*range.end());
                self.expected(
                    format_args!("an ISO 8601 duration from `{least}` to `{most}`"),
                    report,
                );
            }
        }
        duration
    }
}

/// The members of an object, which are looked up without case.
#[derive(Debug)]
pub(super) struct Members<'a> {
    path: String,
    members: Vec<(&'a str, Node<'a>)>,
    known: Vec<&'static str>,
}

impl<'a> Members<'a> {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The member of a name; a null is none.
    pub(super) fn take(&mut self, name: &'static str, report: &mut Report) -> Option<Node<'a>> {
        self.known.push(name);
        let mut found: Option<Node<'a>> = None;
        self.members.retain(|(own, node)| {
            if !own.eq_ignore_ascii_case(name) {
                return true;
            }
            if found.is_some() {
                report.error(
                    &node.path,
                    format!("expected `{name}` once, found it again in another case"),
                );
            } else {
                found = Some(node.clone());
            }
            false
        });
        found.filter(|node| !node.value.is_null())
    }

    /// The member of a name, without which the object means nothing.
    pub(super) fn require(&mut self, name: &'static str, report: &mut Report) -> Option<Node<'a>> {
        let node = self.take(name, report);
        if node.is_none() {
            report.error(
                &self.path,
                format!("expected a member `{name}`, found none"),
            );
        }
        node
    }

    /// The objects of a list; none if there is no such member.
    pub(super) fn list(&mut self, name: &'static str, report: &mut Report) -> Vec<Node<'a>> {
        self.take(name, report)
            .map_or_else(Vec::new, |node| node.items(report))
    }

    /// Warns of the members that nobody asked for.
    pub(super) fn finish(self, report: &mut Report) {
        for (_, node) in &self.members {
            let known = one_of(&self.known);
            report.warn(
                &node.path,
                format!("expected {known}, found another member, which is ignored"),
            );
        }
    }
}

/// All of them, each with its name: for an object whose members have names of their own.
impl<'a> IntoIterator for Members<'a> {
    type Item = (&'a str, Node<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

fn one_of(names: &[&str]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            text.push_str(if index + 1 == names.len() {
                " or "
            } else {
                ", "
            });
        }
        text.push('`');
        text.push_str(name);
        text.push('`');
    }
    text
}

fn member_path(path: &str, name: &str) -> String {
    let plain = !name.is_empty()
        && name
            .chars()
            .all(|next| next.is_alphanumeric() || "_-$".contains(next));
    if plain {
        format!("{path}.{name}")
    } else {
        format!("{path}[{name:?}]")
    }
}

/// The kind and size of a value, never the value.
fn describe(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(_) => "a boolean".to_owned(),
        Json::Number(_) => "a number".to_owned(),
        Json::String(text) => format!("a string of {} characters", text.chars().count()),
        Json::Array(items) => format!("an array of {} items", items.len()),
        Json::Object(members) => format!("an object of {} members", members.len()),
    }
}
