use super::{
    record::{self, Text, id},
    scope::{Scope, Tag},
    tree::{Content, SERIALIZATION, Tree, XRM, XSD, XSI},
    value::{self, Value},
};
use crate::random::Random;

/// What the items of an array can be ([MC-NBFX] 2.3.3).
const ITEMS: [u8; 9] = [
    id::BOOL,
    id::INT_16,
    id::INT_32,
    id::INT_64,
    id::FLOAT,
    id::DOUBLE,
    id::DECIMAL,
    id::DATE_TIME,
    id::UUID,
];

impl Tree {
    /// Writes it in the clothes that the numbers choose.
    pub fn dress(&self, random: &mut Random) -> Vec<u8> {
        let mut out = Vec::new();
        if random.one_in(2) {
            record::comment("dressed", &mut out);
        }
        self.write(None, &Scope::default(), random, &mut out);
        if random.one_in(2) {
            record::comment("", &mut out);
        }
        out
    }

    fn write(
        &self,
        item_type: Option<&str>,
        outer: &Scope,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) {
        let mut tag = Vec::new();
        let scope = self.write_tag(outer, random, &mut tag);
        match &self.content {
            Content::Nothing => {
                out.extend(tag);
                let nothing = random.one_in(3).then(|| Text::any_chars("", random));
                write_pieces(nothing.as_slice(), random, out);
            }
            Content::Elements(children) => {
                out.extend(tag);
                self.write_children(children, &scope, random, out);
                space(random, out);
                out.push(id::END_ELEMENT);
            }
            Content::Value(value) => {
                let kind = ITEMS[random.below(ITEMS.len())];
                match value.fixed(kind) {
                    // An array of one item is this one element. The root cannot be one.
                    Some(item) if outer.is_inside() && random.one_in(3) => {
                        out.push(id::ARRAY);
                        out.extend(tag);
                        record::items(kind, &[item], out);
                    }
                    _ => {
                        out.extend(tag);
                        let simple = self.is_simple(value, item_type);
                        write_pieces(&value.records(simple, random), random, out);
                    }
                }
            }
        }
    }

    /// Whether white space around the value, and another text for it, mean nothing.
    fn is_simple(&self, value: &Value, item_type: Option<&str>) -> bool {
        let named = self.type_name.as_ref().map(|(_, local)| local.as_str());
        let declared = self.declared_type().map(|(_, local)| local);
        let type_name = named.or(item_type).or(declared);
        match value {
            Value::Integer(_) => matches!(type_name, Some("int" | "long" | "double")),
            Value::Text(text) => type_name == Some("guid") && value::guid(text).is_some(),
            _ => true,
        }
    }

    /// The type of a member that its contract declares, where it is plain from the name.
    fn declared_type(&self) -> Option<(&'static str, &'static str)> {
        let Content::Value(value) = &self.content else {
            return None;
        };
        if self.namespace != XRM || self.type_name.is_some() {
            return None;
        }
        match (value, &*self.local) {
            (Value::Integer(_), "Depth" | "Mode" | "Stage" | "IsolationMode") => Some((XSD, "int")),
            (Value::Text(text), name) if name.ends_with("Id") && value::guid(text).is_some() => {
                Some((SERIALIZATION, "guid"))
            }
            _ => None,
        }
    }

    fn write_tag(&self, outer: &Scope, random: &mut Random, out: &mut Vec<u8>) -> Scope {
        let mut tag = Tag::new(outer);
        let prefix = tag.prefix(&self.namespace, false, random);
        record::element(&prefix, &self.local, random, out);
        let mut attributes: Vec<(String, &str, Text)> = Vec::new();
        if self.nil || random.one_in(12) {
            let prefix = tag.prefix(XSI, true, random);
            attributes.push((prefix, "nil", boolean(self.nil, random)));
        }
        let type_name = self.type_name.as_ref();
        let type_name = type_name.map(|(namespace, local)| (namespace.as_str(), local.as_str()));
        // Said in a member that declares its type, a type adds nothing.
        let declared = self.declared_type().filter(|_| random.one_in(6));
        if let Some((namespace, local)) = type_name.or(declared) {
            let mut name = tag.prefix(namespace, false, random);
            if !name.is_empty() {
                name.push(':');
            }
            let (before, after) = [("", ""), ("", ""), (" ", "\n")][random.below(3)];
            let value = Text::chars(&format!("{before}{name}{local}{after}"));
            attributes.push((tag.prefix(XSI, true, random), "type", value));
        }
        if random.one_in(8) {
            let prefix = if random.one_in(2) {
                String::new()
            } else {
                tag.prefix("urn:foreign", true, random)
            };
            let name = ["nil", "type", "other"][random.below(3)];
            attributes.push((prefix, name, foreign(random)));
        }
        if random.one_in(12) {
            attributes.push(("xml".to_owned(), "lang", Text::chars("en")));
        }
        if random.one_in(8) {
            tag.disturb(random);
        }
        let (declared, scope) = tag.finish();
        let mut all: Vec<Vec<u8>> = Vec::new();
        for (prefix, name, value) in attributes {
            let mut bytes = Vec::new();
            record::attribute(&prefix, name, &value, random, &mut bytes);
            all.push(bytes);
        }
        for (prefix, uri) in declared {
            let mut bytes = Vec::new();
            record::namespace(&prefix, &uri, random, &mut bytes);
            all.push(bytes);
        }
        random.shuffle(&mut all);
        out.extend(all.concat());
        scope
    }

    fn write_children(
        &self,
        children: &[Self],
        scope: &Scope,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) {
        let item_type = self
            .type_name
            .as_ref()
            .and_then(|(_, local)| local.strip_prefix("ArrayOf"));
        // Items of a list have one name and keep their order; members of a contract have different names.
        let mut order: Vec<&Self> = children.iter().collect();
        let mut names: Vec<_> = order
            .iter()
            .map(|child| (&child.namespace, &child.local))
            .collect();
        names.sort_unstable();
        names.dedup();
        let is_contract = names.len() == order.len() && names.len() > 1;
        if is_contract {
            random.shuffle(&mut order);
        }
        let mut rest = order.as_slice();
        while let [child, after @ ..] = rest {
            space(random, out);
            if is_contract && random.one_in(8) {
                child.write_foreign(scope, random, out);
                space(random, out);
            }
            let run = if random.one_in(2) {
                child.write_run(rest, scope, random, out)
            } else {
                0
            };
            if run == 0 {
                child.write(item_type, scope, random, out);
                rest = after;
            } else {
                rest = &rest[run..];
            }
        }
    }

    /// Writes some elements of this name as one array, if there are several and they can be one. Returns how many.
    fn write_run(
        &self,
        elements: &[&Self],
        scope: &Scope,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) -> usize {
        let kind = ITEMS[random.below(ITEMS.len())];
        let most = 2 + random.below(elements.len());
        let items: Vec<Vec<u8>> = elements
            .iter()
            .take(most)
            .map_while(|element| match &element.content {
                Content::Value(value)
                    if element.type_name.is_none()
                        && (&element.namespace, &element.local)
                            == (&self.namespace, &self.local) =>
                {
                    value.fixed(kind)
                }
                _ => None,
            })
            .collect();
        if items.len() < 2 {
            return 0;
        }
        out.push(id::ARRAY);
        self.write_tag(scope, random, out);
        record::items(kind, &items, out);
        items.len()
    }

    /// Writes what is nobody's member: it has this element's name in another namespace.
    fn write_foreign(&self, scope: &Scope, random: &mut Random, out: &mut Vec<u8>) {
        let inside = |local: &str, content| Self {
            namespace: "urn:foreign".to_owned(),
            local: local.to_owned(),
            nil: false,
            type_name: None,
            content,
        };
        let children = vec![
            inside("x", Content::Nothing),
            inside("value", Content::Value(Value::Integer(7))),
        ];
        let foreign = inside(&self.local, Content::Elements(children));
        foreign.write(None, scope, random, out);
    }
}

/// The value of `i:nil`.
fn boolean(value: bool, random: &mut Random) -> Text {
    let (word, digit) = if value { ("true", "1") } else { ("false", "0") };
    match random.below(5) {
        0 => Text::new(if value { id::ONE } else { id::ZERO }, Vec::new()),
        1 => Text::new(id::BOOL, vec![value.into()]),
        2 => Text::chars(digit),
        3 => Text::chars(&format!(" {word} ")),
        _ => Text::new(if value { id::TRUE } else { id::FALSE }, Vec::new()),
    }
}

/// The value of an attribute that means nothing.
fn foreign(random: &mut Random) -> Text {
    match random.below(5) {
        0 => Text::new(id::TRUE, Vec::new()),
        1 => Text::new(id::TIME_SPAN, vec![7; 8]),
        2 => Text::any_bytes(b"foreign", random),
        3 => Text::any_chars("nowhere:string", random),
        _ => Text::new(id::EMPTY, Vec::new()),
    }
}

/// What may stand between elements.
fn space(random: &mut Random, out: &mut Vec<u8>) {
    match random.below(12) {
        0 => record::comment("between", out),
        1 => Text::any_chars("\r\n\t ", random).write(false, out),
        2 => Text::any_chars("", random).write(false, out),
        _ => {}
    }
}

/// Writes the records of a value, with comments between them, and the end of their element.
fn write_pieces(pieces: &[Text], random: &mut Random, out: &mut Vec<u8>) {
    for (nth, piece) in pieces.iter().enumerate() {
        if random.one_in(8) {
            record::comment("within", out);
        }
        let ends = nth + 1 == pieces.len() && random.one_in(2);
        piece.write(ends, out);
        if ends {
            return;
        }
    }
    if random.one_in(8) {
        record::comment("", out);
    }
    out.push(id::END_ELEMENT);
}
