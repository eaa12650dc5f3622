//! Conditions of a filter: from the parser's tree to ours.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use super::operand::{Typed, agree, noun};
use super::place::Places;
use crate::filter::Names;
use crate::filter::error::FilterError;
use crate::filter::like::Pattern;
use crate::filter::list::List;
use crate::filter::tree::{Atom, Comparison, Literal, Matching, Node, Operand, Text};
use crate::value::Kind;

/// What is at hand while a tree is read.
pub(super) struct Reader<'a> {
    pub(super) names: Names<'a>,
    pub(super) places: &'a Places,
}

impl Reader<'_> {
    /// A condition.
    pub(super) fn condition(&self, expression: Expr) -> Result<Node, FilterError> {
        match expression {
            Expr::Nested(inner) => self.condition(*inner),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => Ok(Node::Not(Box::new(self.condition(*expr)?))),
            Expr::BinaryOp { ref op, .. } if is_joining(op) => self.joined(expression),
            Expr::BinaryOp { left, op, right } => match comparison(&op) {
                Some(comparison) => self.compare(*left, comparison, *right),
                None => self.holds(Expr::BinaryOp { left, op, right }),
            },
            Expr::AnyOp { left, compare_op, right, is_some: _ } => self.member(*left, &compare_op, &right),
            Expr::InList { expr, list, negated } => Ok(negated_if(negated, self.within(*expr, list)?)),
            Expr::Between { expr, negated, low, high } => Ok(negated_if(negated, self.between(*expr, *low, *high)?)),
            Expr::Like { negated, any: _, expr, pattern, escape_char } => {
                let escape = escape_char.map(|escape| *escape);
                Ok(negated_if(negated, self.like(*expr, *pattern, escape)?))
            }
            Expr::IsNull(inner) => Ok(Node::Atom(Atom::IsNull(self.source(&inner)?))),
            Expr::IsNotNull(inner) => Ok(negated_if(true, Atom::IsNull(self.source(&inner)?))),
            other => self.holds(other),
        }
    }

    /// `a AND b AND c` or `a OR b OR c`: the parser nests them to the left, which is undone without recursion.
    fn joined(&self, expression: Expr) -> Result<Node, FilterError> {
        let Expr::BinaryOp { op: joining, .. } = &expression else { return self.holds(expression) };
        let joining = joining.clone();
        let mut parts = Vec::new();
        let mut rest = expression;
        loop {
            match rest {
                Expr::BinaryOp { left, op, right } if op == joining => {
                    parts.push(*right);
                    rest = *left;
                }
                other => {
                    parts.push(other);
                    break;
                }
            }
        }
        let mut nodes = Vec::with_capacity(parts.len());
        for part in parts.into_iter().rev() {
            match (self.condition(part)?, &joining) {
                (Node::All(inner), BinaryOperator::And) | (Node::Any(inner), BinaryOperator::Or) => nodes.extend(inner),
                (other, _) => nodes.push(other),
            }
        }
        Ok(if joining == BinaryOperator::And { Node::All(nodes) } else { Node::Any(nodes) })
    }

    /// A value that is a condition by itself.
    fn holds(&self, expression: Expr) -> Result<Node, FilterError> {
        let typed = self.operand(expression)?;
        match typed.operand {
            Operand::Literal(Literal::Bool(value)) => Ok(Node::Atom(Atom::Constant(value))),
            Operand::Of(source) if typed.kind == Kind::Bool => Ok(Node::Atom(Atom::Holds(source))),
            Operand::Of(_) | Operand::Count(_) | Operand::Literal(_) | Operand::Today(_) => {
                let message = format!("{} is no condition; expected a comparison with it, such as `= ..` or IS NOT NULL", typed.described());
                Err(FilterError::new(typed.place, message))
            }
        }
    }

    fn compare(&self, left: Expr, comparison: Comparison, right: Expr) -> Result<Node, FilterError> {
        let (mut left, mut right) = (self.operand(left)?, self.operand(right)?);
        let matching = agree(&mut left, &mut right)?;
        if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            ordered(&left)?;
        }
        Ok(Node::Atom(Atom::Compare { left: left.operand, comparison, right: right.operand, matching }))
    }

    fn member(&self, left: Expr, compare_op: &BinaryOperator, set: &Expr) -> Result<Node, FilterError> {
        let mut what = self.operand(left)?;
        if *compare_op != BinaryOperator::Eq {
            let message = "only `= ANY(..)` is possible; for what is not among the values write NOT before it, as in NOT 'VIP' = ANY(..)";
            return Err(FilterError::new(what.place, message));
        }
        let set_place = self.place(set);
        let set = self.many(set)?;
        let mut element = Typed { operand: Operand::Of(set.clone()), kind: set.ty.kind, matching: Matching::Folded, place: set_place };
        let matching = agree(&mut what, &mut element)?;
        Ok(Node::Atom(Atom::Member { what: what.operand, set, matching }))
    }

    fn within(&self, expression: Expr, values: Vec<Expr>) -> Result<Atom, FilterError> {
        let mut what = self.operand(expression)?;
        let (mut written, mut has_null, mut matching) = (Vec::with_capacity(values.len()), false, what.matching);
        for value in values {
            if matches!(&value, Expr::Value(value) if value.value == Value::Null) {
                has_null = true;
                continue;
            }
            let mut value = self.operand(value)?;
            if agree(&mut what, &mut value)? == Matching::Exact {
                matching = Matching::Exact;
            }
            match value.operand {
                Operand::Literal(literal) => written.push(literal),
                Operand::Of(_) | Operand::Count(_) | Operand::Today(_) => {
                    let message = format!("{} is no value that can be listed; compare with it by `=` and join by OR", value.described());
                    return Err(FilterError::new(value.place, message));
                }
            }
        }
        Ok(Atom::In { what: what.operand, list: List::new(written, has_null, matching) })
    }

    fn between(&self, expression: Expr, low: Expr, high: Expr) -> Result<Atom, FilterError> {
        let (mut what, mut low, mut high) = (self.operand(expression)?, self.operand(low)?, self.operand(high)?);
        // The bounds may be what gives a text literal its kind, so that the value is looked at twice.
        agree(&mut what, &mut low)?;
        let upper = agree(&mut what, &mut high)?;
        let lower = agree(&mut what, &mut low)?;
        ordered(&what)?;
        let matching = if upper == Matching::Exact { upper } else { lower };
        Ok(Atom::Between { what: what.operand, low: low.operand, high: high.operand, matching })
    }

    fn like(&self, expression: Expr, pattern: Expr, escape: Option<Expr>) -> Result<Atom, FilterError> {
        let what = self.operand(expression)?;
        if what.kind != Kind::Text {
            return Err(FilterError::new(what.place, format!("LIKE is for text; {} is none", what.described())));
        }
        let pattern = self.operand(pattern)?;
        let matching = if what.matching == Matching::Exact { what.matching } else { pattern.matching };
        let escape = escape.map(|escape| self.operand(escape)).transpose()?;
        let escape_character = match &escape {
            None => None,
            Some(Typed { operand: Operand::Literal(Literal::Text(text)), place, .. }) => {
                let mut characters = text.raw.chars();
                match (characters.next(), characters.next()) {
                    (Some(one), None) => Some(one),
                    _ => return Err(FilterError::new(*place, "expected one character after ESCAPE")),
                }
            }
            Some(other) => return Err(FilterError::new(other.place, "expected one character in single quotes after ESCAPE")),
        };
        match &pattern.operand {
            Operand::Literal(Literal::Text(Text { raw, .. })) => {
                let read = Pattern::new(raw, escape_character, matching).map_err(|message| FilterError::new(pattern.place, message))?;
                Ok(Atom::Like { what: what.operand, pattern: read })
            }
            Operand::Of(_) | Operand::Count(_) | Operand::Literal(_) | Operand::Today(_) => {
                Err(FilterError::new(pattern.place, "expected a pattern in single quotes after LIKE"))
            }
        }
    }
}

fn is_joining(op: &BinaryOperator) -> bool {
    matches!(op, BinaryOperator::And | BinaryOperator::Or)
}

fn comparison(op: &BinaryOperator) -> Option<Comparison> {
    match op {
        BinaryOperator::Eq => Some(Comparison::Equal),
        BinaryOperator::NotEq => Some(Comparison::NotEqual),
        BinaryOperator::Lt => Some(Comparison::Less),
        BinaryOperator::LtEq => Some(Comparison::LessOrEqual),
        BinaryOperator::Gt => Some(Comparison::Greater),
        BinaryOperator::GtEq => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}

fn ordered(typed: &Typed) -> Result<(), FilterError> {
    if typed.kind == Kind::Bool {
        return Err(FilterError::new(typed.place, format!("{} has no order; expected `=` or `<>`", noun(typed.kind))));
    }
    Ok(())
}

fn negated_if(is_negated: bool, atom: Atom) -> Node {
    let atom = Node::Atom(atom);
    if is_negated { Node::Not(Box::new(atom)) } else { atom }
}
