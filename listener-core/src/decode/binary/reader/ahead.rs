use super::{Namespace, Reader};
use crate::decode::binary::{BinaryError, Text, name::Short};

/// What is quicker for callers who know what mostly comes next. Each of these does what [`Reader::read`] would do, or nothing.
impl<'a, N: Namespace<'a>> Reader<'a, N> {
    /// Whether the next record seems to have this name: a look at the bytes, and no promise.
    #[inline(always)]
    pub(in crate::decode) fn sees(&self, local: &str) -> bool {
        self.records.sees(local)
    }

    /// Enters the element of this name, which was seen, if it may stand here, its prefix is none or a letter, and that stands
    /// for this namespace: the prefix is given back. If not, nothing is read. It is what [`read`](Self::read) does, for
    /// callers who know what mostly comes; the tag is left to them.
    #[inline(always)]
    pub(in crate::decode) fn enter(&mut self, namespace: N, local: &str) -> Option<Short> {
        self.settle();
        let id = self.records.next_id()?;
        let prefix = Short::of_element(id)?;
        if !self.namespaces.stands_for(prefix, namespace) || !self.records.enter(id, local.len()) {
            return None;
        }
        self.offset = self.records.offset();
        Some(prefix)
    }

    /// The value of the attribute of this name, with its prefix, if that comes next in a tag, is a letter that stands for this
    /// namespace, and the value is short characters; those are not checked to be UTF-8.
    #[inline]
    pub(in crate::decode) fn attribute_chars(
        &mut self,
        namespace: N,
        local: &str,
    ) -> Option<(Short, &'a [u8])> {
        let (id, prefix) = self.attribute_of(namespace)?;
        Some((prefix, self.records.attribute_chars(id, local)?))
    }

    /// The same, where the value is true or false.
    #[inline]
    pub(in crate::decode) fn attribute_bool(
        &mut self,
        namespace: N,
        local: &str,
    ) -> Option<(Short, bool)> {
        let (id, prefix) = self.attribute_of(namespace)?;
        Some((prefix, self.records.attribute_bool(id, local)?))
    }

    /// The id of the next record and the letter in it, if that is an attribute of this namespace.
    #[inline]
    fn attribute_of(&self, namespace: N) -> Option<(u8, Short)> {
        let id = self.records.next_id()?;
        let prefix = Short::of_attribute(id)?;
        let of = self.namespaces.stands_for(prefix, namespace);
        of.then_some((id, prefix))
    }

    /// What a short prefix stands for here.
    #[inline]
    pub(in crate::decode) fn resolve_short(&self, prefix: Short) -> Option<N> {
        self.namespaces.resolve_short(prefix)
    }

    /// Whether a short prefix stands for this namespace here.
    #[inline]
    pub(in crate::decode) fn stands_for(&self, prefix: Short, namespace: N) -> bool {
        self.namespaces.stands_for(prefix, namespace)
    }

    /// The namespace that comes to stand for this letter, if it is known, that declaration is all that is left of the open
    /// tag, and a text that ends the element follows. It is not bound: the tag alone could use it.
    #[inline]
    pub(in crate::decode) fn brief_declaration(&mut self, letter: Short) -> Option<N> {
        if self.namespaces.len() >= self.records.limits().namespaces {
            return None;
        }
        self.records.brief_declaration(letter, N::known).copied()
    }

    /// Reads the declarations that come next in the open tag, as far as they are of letters and known namespaces.
    #[inline]
    pub(in crate::decode) fn known_declarations(&mut self) -> Result<(), BinaryError> {
        let (depth, most) = (self.records.depth(), self.records.limits().namespaces);
        while let Some((prefix, namespace)) = self.records.known_declaration(N::known) {
            if let Err(fault) = self
                .namespaces
                .add(prefix.as_str(), *namespace, depth, most)
            {
                return Err(BinaryError::new(fault, self.records.offset()));
            }
        }
        Ok(())
    }

    /// Whether there is more in the open tag.
    #[inline]
    pub(in crate::decode) fn at_attribute(&self) -> bool {
        self.records.at_attribute()
    }

    /// The one text that is all that is left of the open element, and that element's end, if one record holds both.
    #[inline(always)]
    pub(in crate::decode) fn last_text(&mut self) -> Option<Text<'a>> {
        self.settle();
        let text = self.records.last_text()?;
        self.offset = self.records.offset();
        Some(text)
    }

    /// What `value` makes of that text, if it is short characters. Nothing is read if it makes nothing of them. They are not
    /// checked to be UTF-8.
    #[inline]
    pub(in crate::decode) fn last_chars<T>(
        &mut self,
        value: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Option<T> {
        self.settle();
        let value = self.records.last_chars(value)?;
        self.offset = self.records.offset();
        Some(value)
    }

    /// The end of the open element, if it comes next.
    #[inline(always)]
    pub(in crate::decode) fn leave(&mut self) -> bool {
        self.settle();
        let left = self.records.leave();
        if left {
            self.offset = self.records.offset();
        }
        left
    }
}
