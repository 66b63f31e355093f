use super::BinaryEvents;
use crate::{
    context::name,
    decode::{
        DecodeError, DecodeErrorKind,
        binary::{Short, Text},
        events::{Element, Name, Namespace},
    },
};

const XSI: Namespace<'static> = Namespace::known(name::XSI);

/// The prefix and the type, if that is known and has a short prefix.
#[inline]
fn split(chars: &[u8]) -> Option<(Short, &'static str)> {
    match chars {
        [letter, b':', local @ ..] => Some((Short::letter(*letter)?, known_type(local)?)),
        local => Some((Short::NONE, known_type(local)?)),
    }
}

/// The types that nearly all values have, told apart before their names are known to be UTF-8.
fn known_type(local: &[u8]) -> Option<&'static str> {
    Some(match local {
        b"string" => "string",
        b"EntityReference" => "EntityReference",
        b"OptionSetValue" => "OptionSetValue",
        b"dateTime" => "dateTime",
        b"Money" => "Money",
        b"boolean" => "boolean",
        b"int" => "int",
        b"guid" => "guid",
        b"decimal" => "decimal",
        b"double" => "double",
        b"Entity" => "Entity",
        _ => return None,
    })
}

/// Whether the value of `i:nil` says so.
fn is_true(value: Text<'_>) -> bool {
    match value {
        Text::Bool(value) => value,
        Text::Chars(text) => matches!(text.trim(), "true" | "1"),
        // Records of numbers and of UTF-16 are rare enough to be written out.
        other => matches!(other.to_string().trim(), "true" | "1"),
    }
}

impl<'a> BinaryEvents<'a> {
    /// Enters an element whose tag was read.
    #[inline]
    pub(super) fn start(&mut self, name: Name<'a>) -> Result<(), DecodeError> {
        self.element = Element::plain(name, self.base + self.reader.offset());
        self.count(1)?;
        self.attributes()
    }

    /// Looks for `i:nil` and `i:type` among the attributes that were read.
    #[inline]
    fn attributes(&mut self) -> Result<(), DecodeError> {
        for nth in 0..self.reader.attributes().len() {
            let attribute = self.reader.attributes()[nth];
            if !attribute.namespace.is(name::XSI) {
                continue;
            }
            match attribute.name.local {
                "nil" => self.element.nil = is_true(attribute.value),
                "type" => self.element.type_name = Some(self.type_name(attribute.value)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the tag of an element with this prefix that was entered by its name: most have one attribute that means
    /// something here, and it comes first.
    pub(super) fn tag(&mut self, prefix: Short) -> Result<(), DecodeError> {
        if let Some((instance, chars)) = self.reader.attribute_chars(XSI, "type") {
            // Most types are of a namespace that is declared for them alone.
            if let Some((letter, local)) = split(chars)
                && ![prefix, instance].contains(&letter)
                && let Some(namespace) = self.reader.brief_declaration(letter)
            {
                self.element.type_name = Some(Name { namespace, local });
                return Ok(());
            }
            let offset = self.reader.offset();
            self.rest_of_tag(prefix)?;
            if self.element.type_name.is_some() {
                return Err(self.twice());
            }
            if self.reader.stands_for(instance, XSI) {
                self.element.type_name = Some(self.type_of(chars, offset)?);
            }
        } else if let Some((instance, nil)) = self.reader.attribute_bool(XSI, "nil") {
            self.rest_of_tag(prefix)?;
            if self.element.nil {
                return Err(self.twice());
            }
            self.element.nil = nil && self.reader.stands_for(instance, XSI);
        } else {
            self.rest_of_tag(prefix)?;
        }
        Ok(())
    }

    #[cold]
    fn twice(&self) -> DecodeError {
        self.refused("an attribute of an element stands twice")
    }

    /// Reads what else is in the tag. It holds for the tag's first attribute too, and for its element's name.
    #[inline]
    fn rest_of_tag(&mut self, prefix: Short) -> Result<(), DecodeError> {
        if !self.reader.at_attribute() {
            return Ok(());
        }
        if let Err(error) = self.reader.known_declarations() {
            return Err(self.fault(error));
        }
        if self.reader.at_attribute() {
            self.other_attributes()?;
        }
        let namespace = self.reader.resolve_short(prefix);
        self.element.name.namespace = namespace.unwrap_or(Namespace::NONE);
        Ok(())
    }

    #[inline(never)]
    fn other_attributes(&mut self) -> Result<(), DecodeError> {
        if let Err(error) = self.reader.tag() {
            return Err(self.fault(error));
        }
        self.attributes()
    }

    /// The name of a type that is written in characters, at this place.
    #[inline]
    fn type_of(&self, chars: &'a [u8], offset: usize) -> Result<Name<'a>, DecodeError> {
        if let Some((prefix, local)) = split(chars)
            && let Some(namespace) = self.reader.resolve_short(prefix)
        {
            return Ok(Name { namespace, local });
        }
        match std::str::from_utf8(chars) {
            Ok(text) => self.type_name(Text::Chars(text)),
            Err(error) => Err(DecodeError::new(
                DecodeErrorKind::Syntax,
                "expected the name of a type in UTF-8",
            )
            .at(self.base + offset + error.valid_up_to())),
        }
    }

    /// The name of a type in `i:type`.
    #[inline]
    fn type_name(&self, value: Text<'a>) -> Result<Name<'a>, DecodeError> {
        let (prefix, local) = match value {
            Text::Chars(text) => {
                let text = text.trim();
                text.split_once(':').unwrap_or(("", text))
            }
            Text::QName { prefix, local } => (prefix, local),
            // Nothing could hold the name; those of nearly all values are known.
            Text::Utf16(text) => {
                let text: String = text.chars().collect();
                let chars = text.trim().as_bytes();
                let Some((prefix, local)) = split(chars) else {
                    return Err(self.refused(
                        "expected the name of a type in UTF-8, found UTF-16 and no usual type",
                    ));
                };
                return self.bound(self.reader.resolve_short(prefix), local);
            }
            _ => {
                return Err(
                    self.refused("expected the name of a type in `i:type`, found another value")
                );
            }
        };
        self.bound(self.reader.resolve(prefix), local)
    }

    fn bound(
        &self,
        namespace: Option<Namespace<'a>>,
        local: &'a str,
    ) -> Result<Name<'a>, DecodeError> {
        match namespace {
            Some(namespace) => Ok(Name { namespace, local }),
            None => Err(self.refused("the prefix of a type in `i:type` is bound to no namespace")),
        }
    }
}
