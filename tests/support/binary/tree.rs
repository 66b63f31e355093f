use listener_core::decode::binary::{Event, Reader};

use super::value::Value;

pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema";
pub(super) const SERIALIZATION: &str = "http://schemas.microsoft.com/2003/10/Serialization/";
pub(super) const XRM: &str = "http://schemas.microsoft.com/xrm/2011/Contracts";

/// An element by its expanded name.
#[derive(Debug)]
pub struct Tree {
    pub(super) namespace: String,
    pub(super) local: String,
    pub(super) nil: bool,
    pub(super) type_name: Option<(String, String)>,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Nothing,
    Elements(Vec<Tree>),
    Value(Value),
}

impl Tree {
    /// Reads what Microsoft's writer wrote.
    pub fn parse(document: &[u8]) -> Self {
        let mut reader: Reader<'_> = Reader::new(document);
        let Event::Start(root) = reader.read().expect("well-formed") else {
            panic!("no root")
        };
        let mut tree = Self::tag(&reader, root.namespace, root.name.local);
        tree.read(&mut reader);
        tree
    }

    fn tag(reader: &Reader<'_>, namespace: &str, local: &str) -> Self {
        let find = |name: &str| {
            let mut attributes = reader.attributes().iter();
            attributes.find(|attribute| attribute.namespace == XSI && attribute.name.local == name)
        };
        let type_name = find("type").map(|attribute| {
            let name = attribute.value.to_string();
            let (prefix, local) = name.split_once(':').unwrap_or(("", &name));
            let namespace = reader.resolve(prefix).expect("a prefix that is bound");
            (namespace.to_owned(), local.to_owned())
        });
        Self {
            namespace: namespace.to_owned(),
            local: local.to_owned(),
            nil: find("nil").is_some(),
            type_name,
            content: Content::Nothing,
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        loop {
            match reader.read().expect("well-formed") {
                Event::Start(element) => {
                    let mut child = Self::tag(reader, element.namespace, element.name.local);
                    child.read(reader);
                    self.push(child);
                }
                Event::Array(element, items) => {
                    for item in items.iter() {
                        let mut child = Self::tag(reader, element.namespace, element.name.local);
                        child.content = Content::Value(Value::of(item));
                        self.push(child);
                    }
                }
                Event::Text(text) => match &mut self.content {
                    Content::Value(value) => value.append(Value::of(text)),
                    _ => self.content = Content::Value(Value::of(text)),
                },
                Event::End => return,
                Event::Eof => panic!("the document ends within an element"),
            }
        }
    }

    fn push(&mut self, child: Self) {
        match &mut self.content {
            Content::Elements(children) => children.push(child),
            _ => self.content = Content::Elements(vec![child]),
        }
    }
}
