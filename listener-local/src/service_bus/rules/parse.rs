use super::{
    Limits, ParseError, Position, SystemProperty, Value, same_name,
    token::{Token, tokens},
    tree::{Comparison, Node, Operator, Property},
};

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

    /// A whole filter.
    pub(super) fn filter(mut self) -> Parsed<Node> {
        let filter = self.predicate()?;
        if *self.peek() != Token::End {
            return Err(self.unexpected("`AND`, `OR` or the end of the filter"));
        }
        Ok(filter)
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

    fn predicate(&mut self) -> Parsed<Node> {
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

    pub(super) fn value(&mut self) -> Parsed<Node> {
        let position = self.position();
        let node = self.sum()?;
        only_value(position, node)
    }

    /// What stands in parentheses: a predicate or a value.
    fn any(&mut self) -> Parsed<Node> {
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

    fn sum(&mut self) -> Parsed<Node> {
        let operator = |sign: &str| match sign {
            "+" => Some(Operator::Add),
            "-" => Some(Operator::Subtract),
            _ => None,
        };
        self.arithmetic(operator, Self::product)
    }

    fn product(&mut self) -> Parsed<Node> {
        let operator = |sign: &str| match sign {
            "*" => Some(Operator::Multiply),
            "/" => Some(Operator::Divide),
            "%" => Some(Operator::Remainder),
            _ => None,
        };
        self.arithmetic(operator, Self::signed)
    }

    fn arithmetic(
        &mut self,
        operator: impl Fn(&str) -> Option<Operator>,
        part: impl Fn(&mut Self) -> Parsed<Node>,
    ) -> Parsed<Node> {
        let position = self.position();
        let mut first = part(self)?;
        let mut rest = Vec::new();
        while let Token::Sign(sign) = *self.peek()
            && let Some(operator) = operator(sign)
        {
            if rest.is_empty() {
                first = only_value(position, first)?;
            }
            self.advance();
            let position = self.position();
            let next = part(self)?;
            rest.push((operator, only_value(position, next)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Node::Arithmetic {
            first: Box::new(first),
            rest,
        })
    }

    fn signed(&mut self) -> Parsed<Node> {
        if self.take_sign("-") {
            // A number keeps its sign: `-9223372036854775808` has no positive one.
            return match *self.peek() {
                Token::Integer(number) => {
                    self.advance();
                    Ok(Node::Literal(Value::Long(
                        0_i64.wrapping_sub_unsigned(number),
                    )))
                }
                Token::Double(number) => {
                    self.advance();
                    Ok(Node::Literal(Value::Double(-number)))
                }
                _ => Ok(Node::Minus(Box::new(self.signed_value()?))),
            };
        }
        if self.take_sign("+") {
            return Ok(Node::Plus(Box::new(self.signed_value()?)));
        }
        self.primary()
    }

    fn signed_value(&mut self) -> Parsed<Node> {
        let position = self.position();
        let node = self.deeper(Self::signed)?;
        only_value(position, node)
    }

    fn primary(&mut self) -> Parsed<Node> {
        let position = self.position();
        match self.peek().clone() {
            Token::Integer(number) => {
                self.advance();
                let number = i64::try_from(number).map_err(|_| {
                    ParseError::new(position, "an integer of 64 bits", "a larger one")
                })?;
                Ok(Node::Literal(Value::Long(number)))
            }
            Token::Double(number) => {
                self.advance();
                Ok(Node::Literal(Value::Double(number)))
            }
            Token::String(text) => {
                self.advance();
                Ok(Node::Literal(text.into()))
            }
            Token::Keyword("TRUE") => {
                self.advance();
                Ok(Node::Literal(Value::Bool(true)))
            }
            Token::Keyword("FALSE") => {
                self.advance();
                Ok(Node::Literal(Value::Bool(false)))
            }
            Token::Keyword("NULL") => {
                self.advance();
                Ok(Node::Literal(Value::Null))
            }
            Token::Keyword("EXISTS") => {
                self.advance();
                self.expect_sign("(", "`(` after `EXISTS`")?;
                let property = self.property()?;
                self.expect_sign(")", "`)` after the property")?;
                Ok(Node::Exists(property))
            }
            Token::Sign("(") => {
                self.advance();
                let inner = self.deeper(Self::any)?;
                self.expect_sign(")", "`)`")?;
                Ok(inner)
            }
            Token::Sign("@") => {
                self.advance();
                self.parameter(position)
            }
            Token::Name(name) if matches!(self.tokens[self.next + 1].1, Token::Sign("(")) => {
                self.function(&name)
            }
            Token::Name(_) | Token::QuotedName(_) => self.property().map(Node::Property),
            _ => Err(self.unexpected("a value, a property or `(`")),
        }
    }

    fn parameter(&mut self, position: Position) -> Parsed<Node> {
        let (Token::Name(name) | Token::QuotedName(name)) = self.peek().clone() else {
            return Err(self.unexpected("the name of a parameter after `@`"));
        };
        self.advance();
        if self.parameters.iter().any(|(own, _)| same_name(own, &name)) {
            return Ok(Node::Parameter(name));
        }
        Err(ParseError::new(
            position,
            "a parameter whose value is given beside the expression",
            "one without a value",
        ))
    }

    fn function(&mut self, name: &str) -> Parsed<Node> {
        let position = self.position();
        let is = |function: &str| name.eq_ignore_ascii_case(function);
        let takes_name = is("property") || is("p");
        if !takes_name && !is("newid") {
            let found = format!("one with a name of {} characters", name.chars().count());
            return Err(ParseError::new(
                position,
                "a function: `newid`, `property` or `p`",
                found,
            ));
        }
        self.advance();
        self.advance();
        let node = if takes_name {
            Node::PropertyFunction(Box::new(self.deeper(Self::value)?))
        } else {
            Node::NewId
        };
        self.expect_sign(")", "`)` at the end of the function")?;
        Ok(node)
    }

    pub(super) fn property(&mut self) -> Parsed<Property> {
        let position = self.position();
        match self.peek().clone() {
            Token::QuotedName(name) => {
                self.advance();
                Ok(Property::User {
                    name,
                    scoped: false,
                })
            }
            Token::Name(name) => {
                self.advance();
                if !self.take_sign(".") {
                    return Ok(Property::User {
                        name,
                        scoped: false,
                    });
                }
                let member_position = self.position();
                let (Token::Name(member) | Token::QuotedName(member)) = self.peek().clone() else {
                    return Err(self.unexpected("the name of a property after `.`"));
                };
                self.advance();
                if name.eq_ignore_ascii_case("user") {
                    return Ok(Property::User {
                        name: member,
                        scoped: true,
                    });
                }
                if !name.eq_ignore_ascii_case("sys") {
                    return Err(ParseError::new(
                        position,
                        "`sys.` or `user.`",
                        "another scope",
                    ));
                }
                SystemProperty::from_name(&member)
                    .map(Property::System)
                    .ok_or_else(|| {
                        let found =
                            format!("another name of {} characters", member.chars().count());
                        ParseError::new(
                            member_position,
                            "the name of a system property, such as `Label`",
                            found,
                        )
                    })
            }
            _ => Err(self.unexpected("a property")),
        }
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
