//! Passing over elements: checked to be well-formed, not kept. Nothing counts here that does not when it is read.

use std::mem;

use super::{Token, XmlEvents};
use crate::decode::DecodeError;

impl XmlEvents<'_> {
    /// Goes behind the end of the open element.
    pub(super) fn pass_over(&mut self) -> Result<(), DecodeError> {
        if self.tokens.plain_text().is_some() {
            return Ok(());
        }
        let inside = self.tokens.depth().max(1);
        while self.tokens.depth() >= inside {
            self.pass()?;
        }
        Ok(())
    }

    /// Passes over the next token, as well-formed as one that is read.
    fn pass(&mut self) -> Result<(), DecodeError> {
        let token = self.tokens.next();
        match token.map_err(|error| self.moved(error))? {
            Token::Start {
                attributes,
                empty,
                offset,
                ..
            } => {
                let offset = self.base + offset;
                self.end_next = empty;
                self.count(offset)?;
                if !attributes.is_empty() {
                    self.attributes::<false>(attributes, offset)?;
                }
                if !mem::take(&mut self.end_next) {
                    // Most elements hold a text and nothing else.
                    self.tokens.plain_text();
                }
            }
            Token::Text(text) | Token::CData(text) => drop(self.text(text)?),
            Token::Reference(reference) => drop(self.reference(reference)?),
            Token::End | Token::Eof => {}
        }
        Ok(())
    }
}
