//! What rules say, in Service Bus's dialect of SQL.
//!
//! The names of claims are quoted, since they are whole URIs; a quote within a text is written twice.

use super::EXPRESSION_LIMIT;

const REQUEST_NAME: &str = r#""http://schemas.microsoft.com/xrm/2011/Claims/RequestName""#;
const ENTITY_LOGICAL_NAME: &str =
    r#""http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName""#;

const AND: &str = " AND ";
const IN: &str = " IN ()";

/// What the names of a rule about messages may take, with their quotes and commas.
pub(super) const MESSAGES_LIMIT: usize = EXPRESSION_LIMIT - REQUEST_NAME.len() - IN.len();

/// The same of a rule about messages and tables, together.
pub(super) const NAMES_LIMIT: usize =
    MESSAGES_LIMIT - AND.len() - ENTITY_LOGICAL_NAME.len() - IN.len();

pub(super) const EVERYTHING: &str = "1=1";
pub(super) const NOTHING: &str = "1=0";

/// The messages with one of these names, of one of these tables. There is at least one of each; no `tables` are all.
pub(super) fn one_of(messages: &[&str], tables: Option<&[&str]>) -> String {
    let mut sql = REQUEST_NAME.to_owned();
    push_one_of(&mut sql, messages);
    if let Some(tables) = tables {
        sql += AND;
        sql += ENTITY_LOGICAL_NAME;
        push_one_of(&mut sql, tables);
    }
    sql
}

/// The messages that lack a claim by which a rule chooses. A null is none.
pub(super) fn unclaimed(by_table: bool) -> String {
    let lacks = |claim| format!("NOT EXISTS({claim}) OR {claim} IS NULL");
    let mut sql = lacks(REQUEST_NAME);
    if by_table {
        sql += " OR ";
        sql += &lacks(ENTITY_LOGICAL_NAME);
    }
    sql
}

fn push_one_of(sql: &mut String, names: &[&str]) {
    if let [name] = names {
        sql.push_str(" = ");
        push_text(sql, name);
        return;
    }
    sql.push_str(" IN (");
    for (place, name) in names.iter().enumerate() {
        if place > 0 {
            sql.push_str(", ");
        }
        push_text(sql, name);
    }
    sql.push(')');
}

fn push_text(sql: &mut String, text: &str) {
    sql.push('\'');
    sql.push_str(&text.replace('\'', "''"));
    sql.push('\'');
}

/// The characters that a name takes in a list, with its quotes and comma.
pub(super) fn length(name: &str) -> usize {
    const QUOTES: usize = 2;
    const COMMA: usize = 2;
    name.encode_utf16().count() + name.matches('\'').count() + QUOTES + COMMA
}
