//! A message over many lines, for a person at a terminal.

use std::fmt::{self, Write};

use super::{
    View, Viewed,
    plain::{escape, inline, label, quote},
};
use crate::context::{
    AliasedValue, DateTimeKind, Entity, EntityCollection, EntityReference, Member,
    RemoteExecutionContext, ServiceEndpointFault, Text, Value,
};

/// A message, a row or a value over many lines, with its values: for a person who asks for it.
///
/// Columns stand with type, value and display text; an `OperationCreatedOn` that is off is put right beside the one
/// sent. Control characters are escaped, long texts clipped unless [`whole`](Self::whole) is asked for.
///
/// ```
/// use listener_core::context::{Entity, Money, RemoteExecutionContext};
/// use uuid::Uuid;
///
/// let mut context = RemoteExecutionContext::new("Create", "account");
/// let revenue: Money = "2154.32".parse()?;
/// context.set_target(Entity::new("account", Uuid::nil()).with("revenue", revenue));
/// println!("{}", context.pretty());
/// # Ok::<(), rust_decimal::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Pretty<'a> {
    view: View<'a>,
    longest: usize,
}

/// The most characters of a text, unless the whole is asked for.
const LONGEST: usize = 200;
/// The longest value that stands on the line of its name though something is inside of it.
const INLINE: usize = 100;
/// The widest name that others are aligned with.
const WIDEST: usize = 44;
/// What a context's first two lines say.
const HEAD: [&str; 6] = [
    "MessageName",
    "PrimaryEntityName",
    "PrimaryEntityId",
    "Stage",
    "Mode",
    "Depth",
];
/// What a person wants to see first.
const SECTIONS: [&str; 5] = [
    "InputParameters",
    "PreEntityImages",
    "PostEntityImages",
    "OutputParameters",
    "SharedVariables",
];

impl<'a> Pretty<'a> {
    pub(crate) const fn new(view: View<'a>) -> Self {
        Self {
            view,
            longest: LONGEST,
        }
    }

    /// The same with texts in full.
    #[must_use]
    pub const fn whole(self) -> Self {
        Self {
            longest: usize::MAX,
            ..self
        }
    }
}

macro_rules! pretty {
    ($($type:ty),*) => { $(
        impl $type {
            /// It over many lines, with its values: for a person who asks for it.
            pub fn pretty(&self) -> Pretty<'_> {
                Pretty::new(self.view())
            }
        }
    )* };
}

pretty!(
    RemoteExecutionContext,
    Entity,
    ServiceEndpointFault,
    Value,
    Text
);

/// Names and sizes only.
impl fmt::Debug for Pretty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::Redacted::new(self.view).fmt(f)
    }
}

impl fmt::Display for Pretty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printer = Printer {
            out: f,
            indent: 0,
            longest: self.longest,
        };
        if let Some(context) = self.view.downcast::<RemoteExecutionContext>() {
            return printer.context(context);
        }
        match printer.on_one_line(self.view) {
            Some(text) => printer.out.write_str(&text),
            None => {
                let title = title(self.view);
                let title = format!("{} {title}", text(|f| escape(self.view.kind(), f)));
                printer.out.write_str(title.trim_end())?;
                printer.indent = 2;
                printer.inside(self.view)
            }
        }
    }
}

struct Printer<'p, 'f> {
    out: &'p mut fmt::Formatter<'f>,
    indent: usize,
    longest: usize,
}

/// A name and what it names.
struct Row<'a> {
    name: String,
    /// The type, where the slot does not say.
    kind: String,
    view: View<'a>,
    note: String,
}

impl<'a> Row<'a> {
    fn declared(name: &str, view: View<'a>) -> Self {
        Self {
            name: text(|f| escape(name, f)),
            kind: String::new(),
            view,
            note: String::new(),
        }
    }

    fn typed(name: String, view: View<'a>) -> Self {
        let kind = match view {
            View::Null => String::new(),
            view => text(|f| escape(view.kind(), f)),
        };
        let (mut note, mut inner) = (String::new(), view);
        if let Some(aliased) = view.downcast::<AliasedValue>() {
            let part =
                |part: &Member<Text>| text(|f| escape(part.value().map_or("", Text::as_str), f));
            note = format!(
                "{}.{}",
                part(&aliased.entity_logical_name),
                part(&aliased.attribute_logical_name)
            );
            inner = aliased.value.value().map_or(View::Null, Viewed::view);
        }
        Self {
            name,
            kind,
            view: inner,
            note,
        }
    }
}

fn text(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    // Writing to a `String` does not fail.
    let _ = write(&mut text);
    text
}

impl Printer<'_, '_> {
    /// Begins a line; the last one has no end.
    fn line(&mut self) -> fmt::Result {
        write!(self.out, "\n{:indent$}", "", indent = self.indent)
    }

    fn context(&mut self, context: &RemoteExecutionContext) -> fmt::Result {
        let head = text(|f| head(context, f));
        self.out.write_str(&head)?;
        self.indent += 2;
        self.line()?;
        self.out.write_str(&circumstances(context))?;
        let (mut first, mut rows, mut sections) = (Vec::new(), Vec::new(), Vec::new());
        let mut parent = None;
        super::Members::each(context, &mut |name, view| match (name.name(), view) {
            (name, _) if HEAD.contains(&name) => {}
            (name, view) if SECTIONS.contains(&name) => sections.push((name, view)),
            ("ParentContext", View::Contract(_)) => parent = Some(view),
            (name @ "OperationCreatedOn", view) => first.push(Row {
                note: created_on(context),
                ..Row::declared(name, view)
            }),
            (name, view) => rows.push(Row::declared(name, view)),
        });
        self.rows(first)?;
        sections.sort_by_key(|(name, _)| SECTIONS.iter().position(|section| section == name));
        let (full, empty): (Vec<_>, Vec<_>) = sections
            .into_iter()
            .partition(|(_, view)| matches!(view, View::Pairs(pairs) if pairs.len() > 0));
        for (name, view) in full {
            self.heading(name)?;
            self.nested(|p| p.inside(view))?;
        }
        if !empty.is_empty() {
            let names: Vec<&str> = empty.iter().map(|(name, _)| *name).collect();
            self.heading("Empty")?;
            write!(self.out, ": {}", names.join(", "))?;
        }
        if !rows.is_empty() {
            self.out.write_char('\n')?;
            self.rows(rows)?;
        }
        if let Some(parent) = parent.and_then(View::downcast::<RemoteExecutionContext>) {
            self.heading("ParentContext: ")?;
            self.context(parent)?;
        }
        self.indent -= 2;
        Ok(())
    }

    /// A line with a blank one before it.
    fn heading(&mut self, name: &str) -> fmt::Result {
        self.out.write_char('\n')?;
        self.line()?;
        self.out.write_str(name)
    }

    fn nested(&mut self, print: impl FnOnce(&mut Self) -> fmt::Result) -> fmt::Result {
        self.indent += 2;
        let result = print(self);
        self.indent -= 2;
        result
    }

    /// Rows under each other, their parts aligned; what does not fit a line below its row.
    fn rows(&mut self, rows: Vec<Row<'_>>) -> fmt::Result {
        let names = widest(rows.iter().map(|row| &*row.name));
        let kinds = widest(rows.iter().map(|row| &*row.kind));
        for row in rows {
            self.line()?;
            let mut line = format!("{:names$}", row.name);
            if kinds > 0 {
                let _ = write!(line, "  {:kinds$}", row.kind);
            }
            let value = self.on_one_line(row.view);
            line.push_str("  ");
            line.push_str(&value.clone().unwrap_or_else(|| title(row.view)));
            if !row.note.is_empty() && value.as_ref() != Some(&row.note) {
                let _ = write!(line, "  ({})", row.note);
            }
            self.out.write_str(line.trim_end())?;
            if value.is_none() {
                self.nested(|p| p.inside(row.view))?;
            }
        }
        Ok(())
    }

    /// What is inside of a value that does not fit a line.
    fn inside(&mut self, view: View<'_>) -> fmt::Result {
        let mut rows = Vec::new();
        match view {
            View::Array(array) => {
                for (index, item) in array.items.iter().enumerate() {
                    rows.push(Row::typed(format!("[{index}]"), item.view()));
                }
            }
            View::List(list) => {
                for (index, item) in list.iter().enumerate() {
                    rows.push(Row::declared(&format!("[{index}]"), item));
                }
            }
            View::Pairs(pairs) => {
                for (key, value) in pairs.iter() {
                    rows.push(Row::typed(text(|f| label(key, f)), value));
                }
            }
            View::Object(object) => {
                for (name, value) in &object.members {
                    rows.push(Row::typed(text(|f| escape(name, f)), value.view()));
                }
            }
            View::Contract(contract) => {
                if let Some(row) = view.downcast::<Entity>() {
                    return self.entity(row);
                }
                if let Some(context) = view.downcast::<RemoteExecutionContext>() {
                    self.line()?;
                    return self.context(context);
                }
                contract.each(&mut |name, view| {
                    if !matches!(view, View::Null) {
                        rows.push(Row::declared(name.name(), view));
                    }
                });
            }
            leaf => rows.push(Row::declared("", leaf)),
        }
        self.rows(rows)
    }

    /// The columns of a row with their display texts, and what else it carries.
    fn entity(&mut self, row: &Entity) -> fmt::Result {
        let texts = row.formatted_values();
        let columns = row.attributes().iter().map(|(name, value)| {
            let note = row.formatted_value(name).unwrap_or_default();
            let mut row = Row::typed(text(|f| escape(name, f)), value.view());
            if !note.is_empty() {
                row.note = text(|f| escape(note, f));
            }
            row
        });
        let mut rows: Vec<_> = columns.collect();
        for (name, display) in texts {
            if !row.attributes().contains_key(name.as_str()) {
                let name = text(|f| escape(name, f));
                rows.push(Row {
                    kind: String::from("display text"),
                    ..Row::typed(name, display.view())
                });
            }
        }
        self.rows(rows)?;
        let mut others = Vec::new();
        super::Members::each(row, &mut |name, view| {
            let empty = match view {
                View::Null => true,
                View::Pairs(pairs) => pairs.len() == 0,
                _ => false,
            };
            let told = ["Attributes", "FormattedValues", "Id", "LogicalName"];
            if !empty && !told.contains(&name.name()) {
                others.push(Row::declared(name.name(), view));
            }
        });
        self.rows(others)
    }

    /// A value that fits the line of its name.
    fn on_one_line(&self, view: View<'_>) -> Option<String> {
        match view {
            View::Text(long) => Some(self.clipped(long)),
            view if view.is_leaf() => Some(text(|f| inline(view, f))),
            View::Pairs(pairs) => (pairs.len() == 0).then(|| String::from("none")),
            View::Contract(_) if view.downcast::<EntityReference>().is_some() => {
                self.reference(view.downcast::<EntityReference>()?)
            }
            View::Contract(contract) => {
                let mut flat = true;
                contract.each(&mut |_, view| flat &= view.is_leaf());
                let rows = view.downcast::<Entity>().is_some();
                (flat && !rows).then(|| text(|f| inline(view, f)))
            }
            View::Array(array) => {
                let flat = array.items.iter().all(|item| self.is_flat(item.view()));
                flat.then(|| text(|f| inline(view, f)))
            }
            View::List(list) => {
                let flat = list.iter().all(|item| self.is_flat(item));
                flat.then(|| text(|f| inline(view, f)))
            }
            _ => None,
        }
        .filter(|line| {
            let whole = view.is_leaf() || view.downcast::<EntityReference>().is_some();
            whole || line.chars().count() <= INLINE
        })
    }

    fn is_flat(&self, view: View<'_>) -> bool {
        view.is_leaf()
            || view
                .downcast()
                .is_some_and(|reference| self.reference(reference).is_some())
    }

    /// A lookup that says no more than table, id and name.
    fn reference(&self, reference: &EntityReference) -> Option<String> {
        let mut plain = true;
        super::Members::each(reference, &mut |name, view| {
            plain &= match (name.name(), view) {
                ("Id" | "LogicalName" | "Name", _) | (_, View::Null) => true,
                (_, View::Pairs(pairs)) => pairs.len() == 0,
                _ => false,
            };
        });
        let name = reference.name().map(|name| self.clipped(name));
        plain.then(|| {
            let reference = text(|f| escape(&reference.to_string(), f));
            match name {
                Some(name) => format!("{reference} {name}"),
                None => reference,
            }
        })
    }

    fn clipped(&self, long: &str) -> String {
        match long.char_indices().nth(self.longest) {
            None => text(|f| quote(long, f)),
            Some((end, _)) => {
                let start = text(|f| quote(&long[..end], f));
                format!("{start}… ({} characters)", long.chars().count())
            }
        }
    }
}

/// What names a value whose inside stands below.
fn title(view: View<'_>) -> String {
    let count = |number: usize, one: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {one}{plural}")
    };
    match view {
        View::Array(array) => count(array.items.len(), "item"),
        View::List(list) => count(list.len(), "item"),
        View::Pairs(pairs) => count(pairs.len(), "pair"),
        View::Contract(_) => {
            if view.downcast::<Entity>().is_some() {
                return text(|f| inline(view, f));
            }
            if let Some(rows) = view.downcast::<EntityCollection>() {
                let number = rows.entities.value().map_or(0, Vec::len);
                let table = rows.entity_name.value().map_or("", Text::as_str);
                let table = text(|f| escape(table, f));
                return format!("{} of {table}", count(number, "row"));
            }
            String::new()
        }
        _ => String::new(),
    }
}

/// The width to align with.
fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    let widths = texts.map(|text| text.chars().count());
    widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
}

/// `Update of account(…)`.
fn head(context: &RemoteExecutionContext, f: &mut String) -> fmt::Result {
    let message = context.message_name();
    escape(
        if message.is_empty() {
            "no message"
        } else {
            message
        },
        f,
    )?;
    let table = context.primary_entity_name();
    if matches!(table, "" | "none") && context.primary_entity_id().is_nil() {
        return Ok(());
    }
    f.push_str(" of ");
    escape(table, f)?;
    write!(f, "({})", context.primary_entity_id())
}

/// Stage, mode and depth in words.
fn circumstances(context: &RemoteExecutionContext) -> String {
    let stage = match context.stage.value() {
        Some(10) => String::from("stage 10 (pre-validation)"),
        Some(20) => String::from("stage 20 (pre-operation)"),
        Some(30) => String::from("stage 30 (main operation)"),
        Some(40) => String::from("stage 40 (post-operation)"),
        Some(50) => String::from("stage 50 (workflow)"),
        Some(other) => format!("stage {other}"),
        None => String::from("no stage"),
    };
    let mode = match context.mode.value() {
        Some(0) => String::from("synchronous"),
        Some(1) => String::from("asynchronous"),
        Some(other) => format!("mode {other}"),
        None => String::from("no mode"),
    };
    format!("{stage}, {mode}, depth {}", context.depth())
}

/// The corrected date, where it differs from the one sent.
fn created_on(context: &RemoteExecutionContext) -> String {
    match context.operation_created_on().kind() {
        DateTimeKind::Local(Some(0)) | DateTimeKind::Utc | DateTimeKind::Unspecified => {
            String::new()
        }
        DateTimeKind::Local(Some(_)) => {
            format!("corrected: {}", context.operation_created_on_utc())
        }
        DateTimeKind::Local(None) => String::from("by the server's clock; its offset was not sent"),
    }
}
