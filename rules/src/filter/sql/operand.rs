//! Values of a filter: fields, attributes of the user, literals, `today()`, `cardinality(..)`; and which may be compared.

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Spanned, UnaryOperator, Value,
};

use super::literal;
use super::lower::Reader;
use crate::filter::error::FilterError;
use crate::filter::names::{Written, shortened};
use crate::filter::tree::{Literal, Matching, Operand, Source, Text};
use crate::value::Kind;

/// The most days that may be added to or taken from `today()`.
const MOST_DAYS: i64 = 1_000_000;

/// A value with what is known of it. A text literal may still become a day or an instant.
pub(super) struct Typed {
    pub(super) operand: Operand,
    pub(super) kind: Kind,
    pub(super) matching: Matching,
    pub(super) place: usize,
}

impl Typed {
    fn new(operand: Operand, kind: Kind, place: usize) -> Self {
        Self { operand, kind, matching: Matching::Folded, place }
    }

    pub(super) fn literal(literal: Literal, place: usize) -> Self {
        let kind = match literal {
            Literal::Bool(_) => Kind::Bool,
            Literal::Int(_) => Kind::Int,
            Literal::Real(_) => Kind::Real,
            Literal::Text(_) => Kind::Text,
            Literal::Date(_) => Kind::Date,
            Literal::Moment(_) => Kind::Moment,
        };
        Self::new(Operand::Literal(literal), kind, place)
    }

    /// The value for a message; literals are not repeated.
    pub(super) fn described(&self) -> String {
        match &self.operand {
            Operand::Of(_) | Operand::Count(_) | Operand::Today(_) => format!("`{}` ({})", self.operand, noun(self.kind)),
            Operand::Literal(_) => noun(self.kind).to_owned(),
        }
    }

    /// Gives a text literal the kind of the value that it is compared with.
    fn become_like(&mut self, kind: Kind) -> Result<(), FilterError> {
        let Operand::Literal(Literal::Text(Text { raw, .. })) = &self.operand else { return Ok(()) };
        let (read, wanted) = match kind {
            Kind::Date => (literal::day(raw).map(Literal::Date), "this text is no day; expected one such as '2026-01-31'"),
            Kind::Moment => {
                (literal::moment(raw).map(Literal::Moment), "this text is no instant; expected one such as '2026-01-31' or '2026-01-31T08:00:00Z'")
            }
            Kind::Text | Kind::Int | Kind::Real | Kind::Bool => return Ok(()),
        };
        let read = read.ok_or_else(|| FilterError::new(self.place, wanted))?;
        if self.matching == Matching::Exact {
            return Err(only_text(self.place));
        }
        *self = Self::literal(read, self.place);
        Ok(())
    }

    /// Whether the day is written or `today()`, so that it may stand for the instant at which it begins.
    fn is_constant(&self) -> bool {
        matches!(self.operand, Operand::Literal(_) | Operand::Today(_))
    }
}

/// Makes two values comparable, or says why they are not; gives how their text is compared.
pub(super) fn agree(left: &mut Typed, right: &mut Typed) -> Result<Matching, FilterError> {
    left.become_like(right.kind)?;
    right.become_like(left.kind)?;
    let is_number = |kind| matches!(kind, Kind::Int | Kind::Real);
    let fits = match (left.kind, right.kind) {
        (Kind::Date, Kind::Moment) => left.is_constant(),
        (Kind::Moment, Kind::Date) => right.is_constant(),
        (one, other) => one == other || (is_number(one) && is_number(other)),
    };
    if !fits {
        let is_turned = left.is_constant() && !right.is_constant();
        let (wanting, given) = if is_turned { (right, left) } else { (left, right) };
        let message = format!("{} cannot be compared with {}; expected {}", given.described(), wanting.described(), example(wanting.kind));
        return Err(FilterError::new(given.place, message));
    }
    Ok(if left.matching == Matching::Exact { left.matching } else { right.matching })
}

fn only_text(place: usize) -> FilterError {
    FilterError::new(place, "COLLATE is for text only")
}

pub(super) fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "a whole number",
        Kind::Real => "a number",
        Kind::Bool => "true or false",
        Kind::Date => "a day",
        Kind::Moment => "an instant",
    }
}

fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text such as 'Konstanz'",
        Kind::Int => "a number such as 90",
        Kind::Real => "a number such as 0.5",
        Kind::Bool => "TRUE or FALSE",
        Kind::Date => "a day such as '2026-01-31' or today() - 90",
        Kind::Moment => "an instant such as '2026-01-31', '2026-01-31T08:00:00Z' or today() - 90",
    }
}

impl Reader<'_> {
    /// One value.
    pub(super) fn operand(&self, expression: Expr) -> Result<Typed, FilterError> {
        let place = self.place(&expression);
        match expression {
            Expr::Nested(inner) => self.operand(*inner),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let source = self.source(&expression)?;
                if source.ty.many {
                    let message = format!(
                        "`{source}` holds many values; expected one of them as in 'VIP' = ANY({source}), or their number as in cardinality({source}) > 0"
                    );
                    return Err(FilterError::new(place, message));
                }
                let kind = source.ty.kind;
                Ok(Typed::new(Operand::Of(source), kind, place))
            }
            Expr::Value(value) => match value.value {
                Value::Number(written, _) => self.number(&written, false, place),
                Value::SingleQuotedString(text) => Ok(Typed::literal(Literal::Text(Text::new(&text)), place)),
                Value::Boolean(value) => Ok(Typed::literal(Literal::Bool(value), place)),
                Value::Null => Err(FilterError::new(place, "nothing can be compared with NULL; write IS NULL or IS NOT NULL")),
                _ => Err(no_value(place)),
            },
            Expr::UnaryOp { op: op @ (UnaryOperator::Minus | UnaryOperator::Plus), expr } => match *expr {
                Expr::Value(value) => match value.value {
                    Value::Number(written, _) => self.number(&written, op == UnaryOperator::Minus, place),
                    _ => Err(no_value(place)),
                },
                _ => Err(no_value(place)),
            },
            Expr::BinaryOp { left, op: op @ (BinaryOperator::Plus | BinaryOperator::Minus), right } => self.day(*left, &op, *right),
            Expr::Collate { expr, collation } => self.collated(*expr, &collation),
            Expr::Function(function) => self.call(function, place),
            _ => Err(no_value(place)),
        }
    }

    /// A field or attribute, of one value or many.
    pub(super) fn source(&self, expression: &Expr) -> Result<Source, FilterError> {
        match expression {
            Expr::Nested(inner) => self.source(inner),
            Expr::Identifier(name) => self.names.field(self.written(name)),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [user, name] if user.value.eq_ignore_ascii_case("user") => self.names.attribute(self.written(name)),
                _ => {
                    let message = "only `user.` stands before a name; a field with a point in its name is written in double quotes";
                    Err(FilterError::new(self.place(expression), message))
                }
            },
            other => Err(FilterError::new(self.place(other), "expected a field or an attribute such as user.groups")),
        }
    }

    fn written<'n>(&self, name: &'n Ident) -> Written<'n> {
        Written { text: &name.value, is_quoted: name.quote_style.is_some(), place: self.places.at(name.span.start) }
    }

    fn number(&self, written: &str, is_negative: bool, place: usize) -> Result<Typed, FilterError> {
        let literal = literal::number(written, is_negative).map_err(|message| FilterError::new(place, message))?;
        Ok(Typed::literal(literal, place))
    }

    fn collated(&self, inner: Expr, collation: &ObjectName) -> Result<Typed, FilterError> {
        let mut typed = self.operand(inner)?;
        let is_binary = match collation.0.as_slice() {
            [one] => one.as_ident().is_some_and(|name| name.value.eq_ignore_ascii_case("binary")),
            _ => false,
        };
        if !is_binary {
            return Err(FilterError::new(
                self.places.at(collation.span().start),
                "the only collation that can be named is binary; without it the book's counts",
            ));
        }
        if typed.kind != Kind::Text {
            return Err(only_text(typed.place));
        }
        typed.matching = Matching::Exact;
        Ok(typed)
    }

    /// `today()` plus or minus days.
    fn day(&self, left: Expr, op: &BinaryOperator, right: Expr) -> Result<Typed, FilterError> {
        let today = self.operand(left)?;
        let days = self.operand(right)?;
        match (today.operand, days.operand) {
            (Operand::Today(0), Operand::Literal(Literal::Int(days))) if (0..=MOST_DAYS).contains(&days) => {
                let days = if *op == BinaryOperator::Minus { -days } else { days };
                let days = i32::try_from(days).map_err(|_| no_value(today.place))?;
                Ok(Typed::new(Operand::Today(days), Kind::Date, today.place))
            }
            (Operand::Today(0), _) => {
                let message = format!("a whole number of days was expected after today(), as in today() - 90, at most {MOST_DAYS}");
                Err(FilterError::new(days.place, message))
            }
            (_, _) => Err(FilterError::new(today.place, "only today() can be calculated with, as in today() - 90")),
        }
    }

    fn call(&self, function: Function, place: usize) -> Result<Typed, FilterError> {
        let name = match function.name.0.as_slice() {
            [one] => one.as_ident().map(|name| name.value.to_ascii_lowercase()),
            _ => None,
        };
        let arguments = match function.args {
            FunctionArguments::List(list) => list.args,
            FunctionArguments::None | FunctionArguments::Subquery(_) => Vec::new(),
        };
        match (name.as_deref(), arguments.as_slice()) {
            (Some("today"), []) => Ok(Typed::new(Operand::Today(0), Kind::Date, place)),
            (Some("today"), _) => Err(FilterError::new(place, "today() takes nothing between its parentheses")),
            (Some("cardinality"), [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))]) => {
                let source = self.many(argument)?;
                Ok(Typed::new(Operand::Count(source), Kind::Int, place))
            }
            (Some("cardinality"), _) => Err(FilterError::new(place, "cardinality(..) takes one field with many values")),
            _ => {
                let message = format!("there is no function {}; expected today() or cardinality(..)", shortened(&function.name.to_string()));
                Err(FilterError::new(place, message))
            }
        }
    }

    /// A field or attribute with many values.
    pub(super) fn many(&self, expression: &Expr) -> Result<Source, FilterError> {
        let source = self.source(expression)?;
        if source.ty.many {
            return Ok(source);
        }
        let message = format!("`{source}` holds one value; ANY and cardinality are for fields with many, compare this one by itself");
        Err(FilterError::new(self.place(expression), message))
    }

    /// Where an expression begins.
    pub(super) fn place(&self, expression: &Expr) -> usize {
        self.places.at(expression.span().start)
    }
}

fn no_value(place: usize) -> FilterError {
    FilterError::new(place, "expected a field or a value here, found a condition")
}
