use super::{
    Limits, ParseError, Position, Value,
    token::{Token, tokens},
    tree::Node,
};

mod predicate;
mod value;

/// A parser by recursive descent: one function for each precedence.
pub(super) struct Parser<'a> {
    tokens: Vec<(Position, Token)>,
    next: usize,
    depth: usize,
    limits: &'a Limits,
    parameters: &'a [(String, Value<'static>)],
}

type Parsed<T> = Result<T, ParseError>;

impl<'a> Parser<'a> {
    pub(super) fn new(
        text: &str,
        parameters: &'a [(String, Value<'static>)],
        limits: &'a Limits,
    ) -> Parsed<Self> {
        Ok(Self {
            tokens: tokens(text, limits)?,
            next: 0,
            depth: 0,
            limits,
            parameters,
        })
    }

    pub(super) fn peek(&self) -> &Token {
        // The last token is the end, behind which nothing advances.
        &self.tokens[self.next].1
    }

    pub(super) fn position(&self) -> Position {
        self.tokens[self.next].0
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> ParseError {
        ParseError::new(self.position(), expected, self.peek().describe())
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        if token != Token::End {
            self.next += 1;
        }
        token
    }

    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Token::Keyword(word) if *word == keyword);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(own) if *own == sign);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect_sign(&mut self, sign: &str, expected: &'static str) -> Parsed<()> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == self.limits.depth {
            return Err(ParseError::new(
                self.position(),
                format!("at most {} levels of nesting", self.limits.depth),
                "another level",
            ));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}

fn only_value(position: Position, node: Node) -> Parsed<Node> {
    if node.is_predicate() {
        return Err(ParseError::new(position, "a value", "a predicate"));
    }
    Ok(node)
}

fn only_predicate(position: Position, node: Node) -> Parsed<Node> {
    if node.can_be_predicate() {
        return Ok(node);
    }
    Err(ParseError::new(
        position,
        "a predicate, such as a comparison",
        "a value",
    ))
}
