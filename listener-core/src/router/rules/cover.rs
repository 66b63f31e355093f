//! Few rules that take at least what the routes take.

use std::collections::{BTreeMap, BTreeSet};

use super::sql::{self, MESSAGES_LIMIT, NAMES_LIMIT};

/// The tables of a message; `None` for all.
type Tables<'a> = Option<BTreeSet<&'a str>>;

/// The longest list of messages beside a list of tables.
const HALF: usize = NAMES_LIMIT / 2;

/// What the rules have to say, whatever the order of the routes.
pub(super) struct Cover<'a> {
    /// The messages that go by the same tables. Fewer rules say the same then.
    groups: BTreeMap<Tables<'a>, Vec<&'a str>>,
    /// Whether the name of a message is too long to be told.
    everything: bool,
}

impl<'a> Cover<'a> {
    pub(super) fn of(routes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let mut messages: BTreeMap<&str, Tables<'_>> = BTreeMap::new();
        let mut everything = false;
        for (message, table) in routes {
            everything |= sql::length(message) > HALF;
            let tables = messages
                .entry(message)
                .or_insert_with(|| Some(BTreeSet::new()));
            match table {
                Some(table) if sql::length(table) <= HALF => {
                    if let Some(tables) = tables {
                        tables.insert(table);
                    }
                }
                // A table whose name is too long is told by taking all.
                _ => *tables = None,
            }
        }
        let mut groups: BTreeMap<Tables<'_>, Vec<&str>> = BTreeMap::new();
        for (message, tables) in messages {
            groups.entry(tables).or_default().push(message);
        }
        Self { groups, everything }
    }

    pub(super) fn is_everything(&self) -> bool {
        self.everything
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether a rule compares tables.
    pub(super) fn by_table(&self) -> bool {
        self.groups.keys().any(Option::is_some)
    }

    /// Expressions that fit the limit, which together take what the routes take.
    pub(super) fn expressions(&self) -> Vec<String> {
        let mut expressions = Vec::new();
        for (tables, messages) in &self.groups {
            let Some(tables) = tables else {
                let parts = parts(messages, MESSAGES_LIMIT);
                expressions.extend(parts.iter().map(|part| sql::one_of(part, None)));
                continue;
            };
            let tables: Vec<&str> = tables.iter().copied().collect();
            for messages in parts(messages, HALF) {
                let taken: usize = messages.iter().map(|name| sql::length(name)).sum();
                for tables in parts(&tables, NAMES_LIMIT - taken) {
                    expressions.push(sql::one_of(messages, Some(tables)));
                }
            }
        }
        expressions
    }
}

/// Cuts a list so that no part is longer than `limit`. No name is.
fn parts<'a, 'n>(names: &'a [&'n str], limit: usize) -> Vec<&'a [&'n str]> {
    let mut parts = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (place, name) in names.iter().enumerate() {
        let own = sql::length(name);
        if length + own > limit && place > start {
            parts.push(&names[start..place]);
            (start, length) = (place, 0);
        }
        length += own;
    }
    parts.push(&names[start..]);
    parts
}
