//! XML that says the same in other words: other prefixes, orders, references, comments.

use std::collections::BTreeMap;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::random::Random;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const SERIALIZATION: &str = "http://schemas.microsoft.com/2003/10/Serialization/";

/// An element by its expanded name.
#[derive(Debug)]
pub struct Tree {
    namespace: String,
    local: String,
    nil: bool,
    type_name: Option<(String, String)>,
    children: Vec<Tree>,
    text: String,
}

type Scope = BTreeMap<String, String>;

impl Tree {
    /// Parses what Microsoft's writer wrote.
    pub fn parse(text: &str) -> Self {
        let mut reader = Reader::from_str(text);
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Start(tag) => return Self::element(&mut reader, &tag, &Scope::new(), false),
                Event::Eof => panic!("no root"),
                _ => {}
            }
        }
    }

    fn element(
        reader: &mut Reader<&[u8]>,
        tag: &BytesStart<'_>,
        outer: &Scope,
        empty: bool,
    ) -> Self {
        let mut scope = outer.clone();
        let attributes: Vec<(String, String)> = tag
            .attributes()
            .map(|attribute| {
                let attribute = attribute.expect("well-formed");
                (attribute.key.0.to_owned(), attribute.value.into_owned())
            })
            .collect();
        for (key, value) in &attributes {
            if let Some(prefix) = key.strip_prefix("xmlns") {
                scope.insert(prefix.trim_start_matches(':').to_owned(), value.clone());
            }
        }
        let resolve = |name: &str| {
            let (prefix, local) = name.split_once(':').unwrap_or(("", name));
            (scope[prefix].clone(), local.to_owned())
        };
        let (namespace, local) = resolve(tag.name().0);
        let mut tree = Self {
            namespace,
            local,
            nil: attributes.iter().any(|(key, _)| key == "i:nil"),
            type_name: attributes
                .iter()
                .find(|(key, _)| key == "i:type")
                .map(|(_, name)| resolve(name)),
            children: Vec::new(),
            text: String::new(),
        };
        if empty {
            return tree;
        }
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Start(tag) => tree
                    .children
                    .push(Self::element(reader, &tag, &scope, false)),
                Event::Empty(tag) => tree
                    .children
                    .push(Self::element(reader, &tag, &scope, true)),
                Event::Text(text) => tree.text.push_str(&text),
                Event::GeneralRef(reference) => tree.text.push(match &*reference {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    number => {
                        let hex = number
                            .strip_prefix("#x")
                            .expect("the writer uses hexadecimal");
                        char::from_u32(u32::from_str_radix(hex, 16).expect("hexadecimal"))
                            .expect("a character")
                    }
                }),
                Event::End(_) => break,
                other => panic!("the writer makes no {other:?}"),
            }
        }
        tree
    }

    /// Writes it in the clothes that the numbers choose.
    pub fn dress(&self, random: &mut Random) -> String {
        let mut out = String::new();
        if random.one_in(2) {
            out.push_str("<?xml version=\"1.0\"?>\n<!-- dressed -->");
        }
        self.write(&mut out, random, &Scope::new());
        if random.one_in(2) {
            out.push_str("\n<!-- end -->\n");
        }
        out
    }

    fn write(&self, out: &mut String, random: &mut Random, outer: &Scope) {
        let mut scope = outer.clone();
        let mut declarations = Vec::new();
        let mut prefix = |namespace: &str, default: bool, random: &mut Random| {
            let known: Vec<String> = scope
                .iter()
                .filter(|(prefix, bound)| *bound == namespace && (default || !prefix.is_empty()))
                .map(|(prefix, _)| prefix.clone())
                .collect();
            if !known.is_empty() && !random.one_in(6) {
                return known[random.below(known.len())].clone();
            }
            let mut new = format!(
                "{}{}",
                ["p", "ns", "d2p", "é"][random.below(4)],
                random.below(50)
            );
            // A prefix that this element uses already cannot be bound again on it.
            while declarations.iter().any(|(bound, _)| *bound == new) || scope.contains_key(&new) {
                new.push('x');
            }
            if default && declarations.is_empty() && !scope.contains_key("") && random.one_in(3) {
                new.clear();
            }
            scope.insert(new.clone(), namespace.to_owned());
            declarations.push((new.clone(), namespace.to_owned()));
            new
        };
        let qualified = |prefix: &str, local: &str| {
            if prefix.is_empty() {
                local.to_owned()
            } else {
                format!("{prefix}:{local}")
            }
        };
        let name = qualified(&prefix(&self.namespace, true, random), &self.local);
        let mut attributes = Vec::new();
        if self.nil {
            let value = ["true", "1", " true "][random.below(3)];
            attributes.push((
                qualified(&prefix(XSI, false, random), "nil"),
                value.to_owned(),
            ));
        }
        if let Some((namespace, local)) = &self.type_name {
            let value = qualified(&prefix(namespace, true, random), local);
            attributes.push((qualified(&prefix(XSI, false, random), "type"), value));
        }
        if random.one_in(8) {
            let foreign = prefix("urn:foreign", false, random);
            attributes.push((qualified(&foreign, "nil"), "true".to_owned()));
        }
        for (prefix, namespace) in declarations {
            let key = if prefix.is_empty() {
                "xmlns".to_owned()
            } else {
                format!("xmlns:{prefix}")
            };
            attributes.push((key, namespace));
        }
        random.shuffle(&mut attributes);
        out.push_str(&format!("<{name}"));
        for (key, value) in attributes {
            let quote = if random.one_in(2) { '"' } else { '\'' };
            let space = if random.one_in(4) { "\n  " } else { " " };
            out.push_str(&format!(
                "{space}{key}{}={quote}{value}{quote}",
                if random.one_in(5) { " " } else { "" }
            ));
        }
        if self.children.is_empty() && self.text.is_empty() && random.one_in(2) {
            out.push_str(" />");
            return;
        }
        out.push('>');
        self.write_content(out, random, &scope);
        out.push_str(&format!("</{name}>"));
    }

    fn write_content(&self, out: &mut String, random: &mut Random, scope: &Scope) {
        if self.children.is_empty() {
            // White space around a value is part of it where the value is text.
            let simple = matches!(
                self.type_name
                    .as_ref()
                    .map(|(namespace, local)| (namespace.as_str(), local.as_str())),
                Some(
                    (
                        _,
                        "int"
                            | "long"
                            | "boolean"
                            | "decimal"
                            | "double"
                            | "dateTime"
                            | "base64Binary"
                    ) | (SERIALIZATION, "guid")
                )
            );
            let pad = |random: &mut Random| {
                if simple && random.one_in(2) {
                    " \n"
                } else {
                    ""
                }
            };
            out.push_str(pad(random));
            write_text(&self.text, out, random);
            out.push_str(pad(random));
            return;
        }
        // Items of a list have one name and keep their order; members of a contract have different names.
        let mut order: Vec<&Self> = self.children.iter().collect();
        let mut names: Vec<&str> = order.iter().map(|child| child.local.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() == order.len() {
            random.shuffle(&mut order);
        }
        let is_contract = names.len() == order.len() && names.len() > 2;
        for child in order {
            match random.below(8) {
                0 => out.push_str("\n\t"),
                1 => out.push_str("<!-- between -->"),
                2 if is_contract => {
                    // Nobody's member: of the same name in another namespace.
                    out.push_str(&format!(
                        "<u:{0} xmlns:u=\"urn:foreign\">7<x/></u:{0}>",
                        child.local
                    ));
                }
                _ => {}
            }
            child.write(out, random, scope);
        }
    }
}

fn write_text(text: &str, out: &mut String, random: &mut Random) {
    if !text.is_empty()
        && !text.contains("]]>")
        && !text.contains(is_no_xml)
        && !text.contains('\r')
        && random.one_in(4)
    {
        out.push_str(&format!("<![CDATA[{text}]]>"));
        return;
    }
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            character if is_no_xml(character) || random.one_in(20) => {
                out.push_str(&format!("&#x{:x};", u32::from(character)));
            }
            character => out.push(character),
        }
        if random.one_in(60) {
            out.push_str("<!-- within -->");
        }
    }
}

fn is_no_xml(character: char) -> bool {
    (character < ' ' && !matches!(character, '\t' | '\n'))
        || matches!(character, '\u{fffe}' | '\u{ffff}')
}
