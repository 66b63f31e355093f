use uuid::Uuid;

use super::{
    EvaluateError, Properties, SystemProperty, Value,
    compare::{Truth, compare},
    like::is_like,
    limits::RESULT_LIMIT,
    number::{self, Number},
    same_name,
    tree::{Comparison, Node, Operator, Property},
};

type Evaluated<T> = Result<T, EvaluateError>;

/// A message, and the parameters of the expression that reads it.
pub(super) struct Evaluator<'a, P: ?Sized> {
    pub(super) message: &'a P,
    pub(super) parameters: &'a [(String, Value<'static>)],
}

impl<'a, P: Properties + ?Sized> Evaluator<'a, P> {
    pub(super) fn truth(&self, node: &'a Node) -> Evaluated<Truth> {
        match node {
            Node::Or(parts) => self.any(parts, true),
            Node::And(parts) => self.any(parts, false),
            Node::Not(inner) => Ok(self.truth(inner)?.map(|known| !known)),
            Node::Compare {
                left,
                comparison,
                right,
            } => Ok(compare(
                &self.value(left)?,
                *comparison,
                &self.value(right)?,
            )),
            Node::IsNull { property, negated } => {
                Ok(Some(self.property(property).is_null() != *negated))
            }
            Node::In {
                value,
                list,
                negated,
            } => Ok(negate_if(*negated, self.is_in(value, list)?)),
            Node::Like {
                value,
                pattern,
                escape,
                negated,
            } => Ok(negate_if(
                *negated,
                self.is_like(value, pattern, escape.as_deref())?,
            )),
            Node::Exists(property) => Ok(Some(match property {
                Property::System(property) => !self.message.system(*property).is_null(),
                Property::User { name, .. } => self.message.user(name).is_some(),
            })),
            value => Ok(match self.value(value)? {
                Value::Bool(value) => Some(value),
                _ => None,
            }),
        }
    }

    /// `decisive` if one part is that; else unknown if one is unknown; else the opposite.
    fn any(&self, parts: &'a [Node], decisive: bool) -> Evaluated<Truth> {
        let mut truth = Some(!decisive);
        for part in parts {
            match self.truth(part)? {
                Some(known) if known == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => truth = None,
            }
        }
        Ok(truth)
    }

    fn is_in(&self, value: &'a Node, list: &'a [Node]) -> Evaluated<Truth> {
        let value = self.value(value)?;
        let mut truth = Some(false);
        for item in list {
            match compare(&value, Comparison::Equal, &self.value(item)?) {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                None => truth = None,
            }
        }
        Ok(truth)
    }

    fn is_like(
        &self,
        value: &'a Node,
        pattern: &'a Node,
        escape: Option<&'a Node>,
    ) -> Evaluated<Truth> {
        let (value, pattern) = (self.value(value)?, self.value(pattern)?);
        let escape = match escape.map(|escape| self.value(escape)).transpose()? {
            None => None,
            Some(Value::Null) => return Ok(None),
            Some(other) => {
                let mut characters = other.as_text().ok_or(EvaluateError::Escape)?.chars();
                let (Some(escape), None) = (characters.next(), characters.next()) else {
                    return Err(EvaluateError::Escape);
                };
                Some(escape)
            }
        };
        let (Some(text), Some(pattern)) = (value.as_text(), pattern.as_text()) else {
            return Ok(None);
        };
        Ok(Some(is_like(text, pattern, escape)))
    }

    fn property(&self, property: &'a Property) -> Value<'a> {
        match property {
            Property::System(property) => self.message.system(*property),
            Property::User { name, .. } => self.message.user(name).unwrap_or(Value::Null),
        }
    }

    pub(super) fn value(&self, node: &'a Node) -> Evaluated<Value<'a>> {
        match node {
            Node::Literal(value) => Ok(value.borrowed()),
            Node::Property(property) => Ok(self.property(property)),
            Node::Parameter(name) => Ok(self
                .parameters
                .iter()
                .find(|(own, _)| same_name(own, name))
                .map_or(Value::Null, |(_, value)| value.borrowed())),
            Node::NewId => Ok(Value::Uuid(Uuid::new_v4())),
            Node::PropertyFunction(name) => self.property_by_name(&self.value(name)?),
            Node::Arithmetic { first, rest } => {
                let mut left = self.value(first)?;
                for (operator, right) in rest {
                    left = apply(*operator, left, self.value(right)?)?;
                }
                Ok(left)
            }
            Node::Plus(inner) => sign("+", self.value(inner)?, |_, value| Ok(value)),
            Node::Minus(inner) => sign("-", self.value(inner)?, |number, _| number::negate(number)),
            predicate => Ok(self.truth(predicate)?.map_or(Value::Null, Value::Bool)),
        }
    }

    fn property_by_name(&self, name: &Value<'_>) -> Evaluated<Value<'a>> {
        if name.is_null() {
            return Ok(Value::Null);
        }
        let name = name
            .as_text()
            .ok_or(EvaluateError::PropertyName(name.kind()))?;
        match name.split_once('.') {
            Some((scope, name)) if scope.eq_ignore_ascii_case("sys") => {
                let property =
                    SystemProperty::from_name(name).ok_or(EvaluateError::SystemProperty)?;
                Ok(self.message.system(property))
            }
            Some((scope, name)) if scope.eq_ignore_ascii_case("user") => {
                Ok(self.message.user(name).unwrap_or(Value::Null))
            }
            _ => Ok(self.message.user(name).unwrap_or(Value::Null)),
        }
    }
}

fn negate_if(negated: bool, truth: Truth) -> Truth {
    truth.map(|known| known != negated)
}

fn sign<'a>(
    operator: &'static str,
    value: Value<'a>,
    apply: impl FnOnce(Number, Value<'a>) -> Evaluated<Value<'a>>,
) -> Evaluated<Value<'a>> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    match Number::of(&value) {
        Some(number) => apply(number, value),
        None => Err(EvaluateError::Kinds {
            operator,
            left: value.kind(),
            right: "nothing",
        }),
    }
}

/// One arithmetic step: unknown with a null, numbers with numbers, and `+` joins a text with what has one.
fn apply<'a>(operator: Operator, left: Value<'a>, right: Value<'a>) -> Evaluated<Value<'a>> {
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    if let (Some(left), Some(right)) = (Number::of(&left), Number::of(&right)) {
        return number::calculate(operator, left, right);
    }
    if operator == Operator::Add
        && (left.as_text().is_some() || right.as_text().is_some())
        && let (Some(left), Some(right)) = (left.to_text(), right.to_text())
    {
        let length = left.len() + right.len();
        if length > RESULT_LIMIT {
            return Err(EvaluateError::TextTooLong(length));
        }
        return Ok(Value::from(format!("{left}{right}")));
    }
    Err(EvaluateError::Kinds {
        operator: operator.sign(),
        left: left.kind(),
        right: right.kind(),
    })
}
