use std::borrow::Cow;

use super::{Limits, ParseError, Position};

/// The words that no plain identifier may be.
pub(super) const KEYWORDS: [&str; 13] = [
    "AND", "ESCAPE", "EXISTS", "FALSE", "IN", "IS", "LIKE", "NOT", "NULL", "OR", "REMOVE", "SET",
    "TRUE",
];

/// The signs, longer ones before those that they begin with.
const SIGNS: [&str; 18] = [
    "!=", "<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", ",", ".", ";", "@",
];

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// One of [`KEYWORDS`], in capitals.
    Keyword(&'static str),
    /// A name without quotes.
    Name(String),
    /// A name in brackets or double quotes.
    QuotedName(String),
    String(String),
    /// Digits without a sign: one more than `i64` holds, for its smallest value.
    Integer(u64),
    Double(f64),
    Sign(&'static str),
    End,
}

impl Token {
    /// Its kind and size, never what it holds.
    pub(super) fn describe(&self) -> Cow<'static, str> {
        match self {
            Self::Keyword(word) => format!("`{word}`").into(),
            Self::Name(name) | Self::QuotedName(name) => {
                format!("a name of {} characters", name.chars().count()).into()
            }
            Self::String(text) => format!("a string of {} characters", text.chars().count()).into(),
            Self::Integer(_) => "an integer".into(),
            Self::Double(_) => "a number".into(),
            Self::Sign(sign) => format!("`{sign}`").into(),
            Self::End => "the end".into(),
        }
    }
}

/// The tokens of `text` and where they begin; the last is [`Token::End`].
pub(super) fn tokens(text: &str, limits: &Limits) -> Result<Vec<(Position, Token)>, ParseError> {
    let start = Position { line: 1, column: 1 };
    // Bytes are never fewer than characters: this does not count a text of gigabytes.
    if text.len() > limits.length && text.chars().nth(limits.length).is_some() {
        return Err(ParseError::new(
            start,
            format!("at most {} characters", limits.length),
            format!("more, in {} bytes", text.len()),
        ));
    }
    let mut lexer = Lexer {
        rest: text,
        position: start,
    };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let position = lexer.position;
        let token = lexer.token()?;
        let last = token == Token::End;
        tokens.push((position, token));
        if last {
            return Ok(tokens);
        }
        if tokens.len() > limits.tokens {
            return Err(ParseError::new(
                position,
                format!(
                    "the end after at most {} words, values and signs",
                    limits.tokens
                ),
                "another",
            ));
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    position: Position,
}

impl<'a> Lexer<'a> {
    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        for character in taken.chars() {
            if character == '\n' {
                self.position = Position {
                    line: self.position.line + 1,
                    column: 1,
                };
            } else {
                self.position.column += 1;
            }
        }
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let end = self
            .rest
            .find(|character| !accept(character))
            .unwrap_or(self.rest.len());
        self.advance(end)
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn token(&mut self) -> Result<Token, ParseError> {
        let Some(first) = self.rest.chars().next() else {
            return Ok(Token::End);
        };
        match first {
            '\'' => Ok(Token::String(
                self.quoted('\'', "`'` at the end of the string")?,
            )),
            'N' | 'n' if self.rest[1..].starts_with('\'') => {
                self.advance(1);
                Ok(Token::String(
                    self.quoted('\'', "`'` at the end of the string")?,
                ))
            }
            '[' => self.name(']', "`]` at the end of the name"),
            '"' => self.name('"', "`\"` at the end of the name"),
            '0'..='9' => self.number(),
            '.' if self.rest[1..].starts_with(|next: char| next.is_ascii_digit()) => self.number(),
            letter if letter.is_alphabetic() => {
                let word = self.take_while(|next| next.is_alphanumeric() || next == '_');
                let keyword = KEYWORDS
                    .iter()
                    .find(|keyword| keyword.eq_ignore_ascii_case(word));
                Ok(keyword.map_or_else(
                    || Token::Name(word.to_owned()),
                    |keyword| Token::Keyword(keyword),
                ))
            }
            _ => match SIGNS.iter().find(|sign| self.rest.starts_with(**sign)) {
                Some(sign) => {
                    self.advance(sign.len());
                    Ok(Token::Sign(sign))
                }
                None => Err(ParseError::new(
                    self.position,
                    "a name, a value or an operator",
                    "another character",
                )),
            },
        }
    }

    fn name(&mut self, close: char, missing: &'static str) -> Result<Token, ParseError> {
        let position = self.position;
        let name = self.quoted(close, missing)?;
        if name.is_empty() {
            return Err(ParseError::new(position, "a name", "an empty one"));
        }
        Ok(Token::QuotedName(name))
    }

    /// What stands between quotes, in which the closing one is written twice.
    fn quoted(&mut self, close: char, missing: &'static str) -> Result<String, ParseError> {
        let position = self.position;
        self.advance(1);
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|next| next != close));
            if self.rest.is_empty() {
                return Err(ParseError::new(
                    position,
                    missing,
                    "the end of the expression",
                ));
            }
            self.advance(1);
            if !self.rest.starts_with(close) {
                return Ok(text);
            }
            self.advance(1);
            text.push(close);
        }
    }

    fn number(&mut self) -> Result<Token, ParseError> {
        let position = self.position;
        let token = self.digits(position)?;
        match self.rest.chars().next() {
            Some(next) if next.is_alphanumeric() || next == '_' => Err(ParseError::new(
                position,
                "a number",
                "digits with letters behind them",
            )),
            _ => Ok(token),
        }
    }

    fn digits(&mut self, position: Position) -> Result<Token, ParseError> {
        let too_large = |limit| ParseError::new(position, limit, "a larger one");
        if self.rest.starts_with("0x") || self.rest.starts_with("0X") {
            self.advance(2);
            let digits = self.take_while(|next| next.is_ascii_hexdigit());
            if digits.is_empty() {
                return Err(ParseError::new(
                    position,
                    "hexadecimal digits after `0x`",
                    "none",
                ));
            }
            return match u64::from_str_radix(digits, 16) {
                Ok(number) if i64::try_from(number).is_ok() => Ok(Token::Integer(number)),
                _ => Err(too_large("an integer of 64 bits")),
            };
        }
        let (text, is_integer) = {
            let length = number_length(self.rest);
            let text = self.advance(length);
            (text, text.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if is_integer {
            return match text.parse() {
                Ok(number) if number <= i64::MIN.unsigned_abs() => Ok(Token::Integer(number)),
                _ => Err(too_large("an integer of 64 bits")),
            };
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Token::Double(number)),
            _ => Err(too_large("a number that a double holds")),
        }
    }
}

/// The bytes of the number that `text` begins with: digits, a point with digits, an exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        from + bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}
