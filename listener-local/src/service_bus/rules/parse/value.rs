use super::{Parsed, Parser, only_value};
use crate::service_bus::rules::{
    ParseError, Position, SystemProperty, Value, same_name,
    token::Token,
    tree::{Node, Operator, Property},
};

/// Values: from `+`, which binds least, to properties.
impl Parser<'_> {
    pub(in crate::service_bus::rules) fn value(&mut self) -> Parsed<Node> {
        let position = self.position();
        let node = self.sum()?;
        only_value(position, node)
    }

    pub(super) fn sum(&mut self) -> Parsed<Node> {
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

    pub(in crate::service_bus::rules) fn property(&mut self) -> Parsed<Property> {
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
