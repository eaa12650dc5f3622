//! `$filter`: the small part of OData's expressions that mailboxes and directories answer.

use serde_json::Value;

use crate::error::Refusal;
use crate::lexeme::{Token, Tokens};

/// How deep a filter may nest.
const DEPTH: u8 = 24;

/// A filter as a tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Compare {
        path: String,
        op: Op,
        value: Value,
    },
    /// `path/any(var: inner)`, or `path/any()`.
    Any {
        path: String,
        var: String,
        inner: Option<Box<Expr>>,
    },
    /// `startswith(path,'x')` and its like.
    Text {
        function: TextFunction,
        path: String,
        value: String,
    },
    /// A single-value extended property; `id` in its canonical spelling.
    Extended {
        id: String,
        op: Op,
        value: String,
    },
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A function over text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextFunction {
    StartsWith,
    EndsWith,
    Contains,
}

/// Something a filter can look at.
pub(crate) trait Subject {
    /// The value at a path such as `displayName` or `businessAddress/city`.
    fn value(&self, path: &str) -> Value;
    /// The extended property of this canonical id.
    fn extended(&self, _id: &str) -> Option<String> {
        None
    }
}

impl Subject for Value {
    fn value(&self, path: &str) -> Value {
        path.split('/').try_fold(self, |value, step| value.get(step)).cloned().unwrap_or(Value::Null)
    }
}

impl Expr {
    /// Reads a filter. The message names the place where reading stopped.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut tokens = Tokens::of(text)?;
        let expr = or(&mut tokens, 0)?;
        match tokens.next() {
            None => Ok(expr),
            Some(_) => Err(tokens.error()),
        }
    }

    /// Whether the filter holds; text is compared without regard to case.
    pub(crate) fn holds(&self, subject: &dyn Subject) -> bool {
        match self {
            Self::And(a, b) => a.holds(subject) && b.holds(subject),
            Self::Or(a, b) => a.holds(subject) || b.holds(subject),
            Self::Not(inner) => !inner.holds(subject),
            Self::Compare { path, op, value } => op.holds(&subject.value(path), value),
            Self::Text { function, path, value } => function.holds(subject.value(path).as_str().unwrap_or_default(), value),
            Self::Any { path, var, inner } => match (subject.value(path), inner) {
                (Value::Array(items), None) => !items.is_empty(),
                (Value::Array(items), Some(inner)) => items.iter().any(|item| inner.holds(&Element { var, item })),
                _ => false,
            },
            Self::Extended { id, op, value } => subject.extended(id).is_some_and(|found| op.holds_extended(id, &found, value)),
        }
    }

    /// Calls `see` for every leaf.
    pub(crate) fn leaves<'e>(&'e self, see: &mut dyn FnMut(&'e Self)) {
        match self {
            Self::And(a, b) | Self::Or(a, b) => {
                a.leaves(see);
                b.leaves(see);
            }
            Self::Not(inner) => inner.leaves(see),
            leaf => see(leaf),
        }
    }
}

/// One element of a collection, seen under the variable of its `any`.
struct Element<'e> {
    var: &'e str,
    item: &'e Value,
}

impl Subject for Element<'_> {
    fn value(&self, path: &str) -> Value {
        match path.strip_prefix(self.var) {
            Some("") => self.item.clone(),
            Some(rest) => rest.strip_prefix('/').map_or(Value::Null, |rest| self.item.value(rest)),
            None => Value::Null,
        }
    }
}

impl Op {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    fn of(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
        }
    }

    fn holds(self, found: &Value, wanted: &Value) -> bool {
        match (found, wanted) {
            (Value::String(a), Value::String(b)) => self.of(a.to_lowercase().cmp(&b.to_lowercase())),
            (Value::Number(a), Value::Number(b)) => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)).is_some_and(|o| self.of(o)),
            (a, b) => match self {
                Self::Eq => a == b,
                Self::Ne => a != b,
                _ => false,
            },
        }
    }

    /// Compares an extended property; only numeric types know an order.
    fn holds_extended(self, id: &str, found: &str, wanted: &str) -> bool {
        if id.starts_with("String ") {
            return self.of(found.to_lowercase().cmp(&wanted.to_lowercase())) && matches!(self, Self::Eq | Self::Ne);
        }
        match (found.parse::<f64>(), wanted.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.partial_cmp(&b).is_some_and(|o| self.of(o)),
            _ => self == Self::Eq && found.eq_ignore_ascii_case(wanted),
        }
    }
}

impl TextFunction {
    fn holds(self, found: &str, wanted: &str) -> bool {
        let (found, wanted) = (found.to_lowercase(), wanted.to_lowercase());
        match self {
            Self::StartsWith => found.starts_with(&wanted),
            Self::EndsWith => found.ends_with(&wanted),
            Self::Contains => found.contains(&wanted),
        }
    }
}

fn or(tokens: &mut Tokens, depth: u8) -> Result<Expr, Refusal> {
    let mut left = and(tokens, depth)?;
    while tokens.take_word("or") {
        left = Expr::Or(Box::new(left), Box::new(and(tokens, depth)?));
    }
    Ok(left)
}

fn and(tokens: &mut Tokens, depth: u8) -> Result<Expr, Refusal> {
    let mut left = unary(tokens, depth)?;
    while tokens.take_word("and") {
        left = Expr::And(Box::new(left), Box::new(unary(tokens, depth)?));
    }
    Ok(left)
}

fn unary(tokens: &mut Tokens, depth: u8) -> Result<Expr, Refusal> {
    if depth > DEPTH {
        return Err(Refusal::bad_request("Invalid filter clause: The node count limit has been exceeded."));
    }
    if tokens.take_word("not") {
        return Ok(Expr::Not(Box::new(unary(tokens, depth + 1)?)));
    }
    if tokens.take(&Token::Open) {
        let inner = or(tokens, depth + 1)?;
        tokens.expect(&Token::Close)?;
        return Ok(inner);
    }
    let word = tokens.word()?;
    if tokens.take(&Token::Open) {
        return call(tokens, &word, depth);
    }
    compare(tokens, word)
}

fn compare(tokens: &mut Tokens, path: String) -> Result<Expr, Refusal> {
    let word = tokens.word()?;
    if word == "in" {
        return any_of(tokens, &path);
    }
    let op = Op::named(&word).ok_or_else(|| tokens.error())?;
    let value = tokens.literal()?;
    Ok(Expr::Compare { path, op, value })
}

/// `path in ('a','b')` as a chain of `or`.
fn any_of(tokens: &mut Tokens, path: &str) -> Result<Expr, Refusal> {
    tokens.expect(&Token::Open)?;
    let mut found: Option<Expr> = None;
    loop {
        let next = Expr::Compare { path: path.to_owned(), op: Op::Eq, value: tokens.literal()? };
        found = Some(match found {
            None => next,
            Some(left) => Expr::Or(Box::new(left), Box::new(next)),
        });
        if !tokens.take(&Token::Comma) {
            break;
        }
    }
    tokens.expect(&Token::Close)?;
    found.ok_or_else(|| tokens.error())
}

fn call(tokens: &mut Tokens, name: &str, depth: u8) -> Result<Expr, Refusal> {
    if let Some((path, last)) = name.rsplit_once('/') {
        if last.eq_ignore_ascii_case("any") {
            return any(tokens, path, depth);
        }
        return Err(tokens.error());
    }
    let function = match name.to_ascii_lowercase().as_str() {
        "startswith" => TextFunction::StartsWith,
        "endswith" => TextFunction::EndsWith,
        "contains" => TextFunction::Contains,
        _ => {
            return Err(Refusal::bad_request(format!("Invalid filter clause: An unknown function with name '{name}' was found.")));
        }
    };
    let path = tokens.word()?;
    tokens.expect(&Token::Comma)?;
    let Value::String(value) = tokens.literal()? else {
        return Err(tokens.error());
    };
    tokens.expect(&Token::Close)?;
    Ok(Expr::Text { function, path, value })
}

fn any(tokens: &mut Tokens, path: &str, depth: u8) -> Result<Expr, Refusal> {
    let path = path.to_owned();
    if tokens.take(&Token::Close) {
        return Ok(Expr::Any { path, var: String::new(), inner: None });
    }
    let var = tokens.word()?;
    tokens.expect(&Token::Colon)?;
    let inner = or(tokens, depth + 1)?;
    tokens.expect(&Token::Close)?;
    Ok(Expr::Any { path, var, inner: Some(Box::new(inner)) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(filter: &str, subject: &Value) -> bool {
        Expr::parse(filter).unwrap().holds(subject)
    }

    #[test]
    fn compares_text_without_case_and_binds_and_before_or() {
        let anna = json!({"mail": "Anna@Nord.example", "accountEnabled": true, "city": null});
        assert!(holds("mail eq 'anna@nord.example'", &anna));
        assert!(holds("mail eq 'x' and accountEnabled eq false or accountEnabled eq true", &anna));
        assert!(!holds("mail eq 'x' and (accountEnabled eq false or accountEnabled eq true)", &anna));
        assert!(holds("city eq null and not (mail eq 'O''Hara')", &anna));
        assert!(holds("startswith(mail,'anna') and mail in ('x','anna@nord.example')", &anna));
    }

    #[test]
    fn looks_into_collections() {
        let anna = json!({"proxyAddresses": ["SMTP:a@nord.example"], "emailAddresses": [{"address": "b@nord.example"}]});
        assert!(holds("proxyAddresses/any(x:x eq 'smtp:a@nord.example')", &anna));
        assert!(holds("emailAddresses/any(a:a/address eq 'b@nord.example')", &anna));
        assert!(!holds("emailAddresses/any(a:a/address eq 'c@nord.example')", &anna));
    }

    #[test]
    fn refuses_nonsense_with_a_sentence() {
        let deep = "(".repeat(5_000);
        for wild in ["", "a", "a eq", "a eq 'x", "a like 'x'", "a eq 1 2", "any(", ")", "a/any(x x eq 1)", "é$%&", &deep] {
            let refused = Expr::parse(wild).unwrap_err();
            assert_eq!((refused.status, refused.code.as_ref()), (400, "BadRequest"), "{wild}");
        }
    }
}
