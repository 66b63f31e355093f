use super::{Parsed, Parser, only_predicate, only_value};
use crate::service_bus::rules::{
    ParseError, Position,
    token::Token,
    tree::{Comparison, Node},
};

/// Predicates: from `OR`, which binds least, to comparisons.
impl Parser<'_> {
    /// A whole filter.
    pub(in crate::service_bus::rules) fn filter(mut self) -> Parsed<Node> {
        let filter = self.predicate()?;
        if *self.peek() != Token::End {
            return Err(self.unexpected("`AND`, `OR` or the end of the filter"));
        }
        Ok(filter)
    }

    pub(super) fn predicate(&mut self) -> Parsed<Node> {
        let position = self.position();
        let node = self.any()?;
        if node.can_be_predicate() {
            return Ok(node);
        }
        Err(ParseError::new(
            position,
            "a predicate, such as a comparison",
            "a value",
        ))
    }

    /// What stands in parentheses: a predicate or a value.
    pub(super) fn any(&mut self) -> Parsed<Node> {
        self.chain("OR", Node::Or, |parser| {
            parser.chain("AND", Node::And, Self::not)
        })
    }

    fn chain(
        &mut self,
        keyword: &str,
        make: fn(Vec<Node>) -> Node,
        part: impl Fn(&mut Self) -> Parsed<Node>,
    ) -> Parsed<Node> {
        let mut position = self.position();
        let first = part(self)?;
        if !matches!(self.peek(), Token::Keyword(word) if *word == keyword) {
            return Ok(first);
        }
        let mut parts = vec![only_predicate(position, first)?];
        while self.take_keyword(keyword) {
            position = self.position();
            let next = part(self)?;
            parts.push(only_predicate(position, next)?);
        }
        Ok(make(parts))
    }

    fn not(&mut self) -> Parsed<Node> {
        if !self.take_keyword("NOT") {
            return self.comparison();
        }
        let position = self.position();
        let negated = self.deeper(Self::not)?;
        Ok(Node::Not(Box::new(only_predicate(position, negated)?)))
    }

    fn comparison(&mut self) -> Parsed<Node> {
        let position = self.position();
        let left = self.sum()?;
        if let Token::Sign(sign) = *self.peek()
            && let Some(comparison) = Comparison::from_sign(sign)
        {
            let left = Box::new(only_value(position, left)?);
            self.advance();
            let right = Box::new(self.value()?);
            return Ok(Node::Compare {
                left,
                comparison,
                right,
            });
        }
        if self.take_keyword("IS") {
            return self.is_null(position, left);
        }
        let negated = self.take_keyword("NOT");
        if self.take_keyword("IN") {
            let value = Box::new(only_value(position, left)?);
            return Ok(Node::In {
                value,
                list: self.list()?,
                negated,
            });
        }
        if self.take_keyword("LIKE") {
            let value = Box::new(only_value(position, left)?);
            return self.like(value, negated);
        }
        if negated {
            return Err(self.unexpected("`IN` or `LIKE` after `NOT`"));
        }
        Ok(left)
    }

    fn is_null(&mut self, position: Position, left: Node) -> Parsed<Node> {
        let Node::Property(property) = left else {
            return Err(ParseError::new(
                position,
                "a property before `IS`",
                "something else",
            ));
        };
        let negated = self.take_keyword("NOT");
        if self.take_keyword("NULL") {
            return Ok(Node::IsNull { property, negated });
        }
        Err(self.unexpected(if negated {
            "`NULL`"
        } else {
            "`NULL` or `NOT NULL`"
        }))
    }

    fn list(&mut self) -> Parsed<Vec<Node>> {
        self.expect_sign("(", "`(` after `IN`")?;
        let mut list = vec![self.deeper(Self::value)?];
        while self.take_sign(",") {
            list.push(self.deeper(Self::value)?);
        }
        self.expect_sign(")", "`,` or `)` in the list of `IN`")?;
        Ok(list)
    }

    fn like(&mut self, value: Box<Node>, negated: bool) -> Parsed<Node> {
        let pattern = Box::new(self.value()?);
        let mut escape = None;
        if self.take_keyword("ESCAPE") {
            let position = self.position();
            let character = self.value()?;
            if let Node::Literal(literal) = &character
                && literal
                    .as_text()
                    .is_none_or(|text| text.chars().count() != 1)
            {
                return Err(ParseError::new(
                    position,
                    "a string of one character after `ESCAPE`",
                    "another value",
                ));
            }
            escape = Some(Box::new(character));
        }
        Ok(Node::Like {
            value,
            pattern,
            escape,
            negated,
        })
    }
}
