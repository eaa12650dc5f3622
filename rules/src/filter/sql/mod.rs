//! From text to tree by sqlparser; only this folder names it.
//!
//! Its traps are dealt with before it sees anything: [`words`] bounds length, terms and depth on the tokens and refuses two tokens that cannot follow
//! each other, so that places and sentences are ours; every word that is not of the filter language loses its meaning as a keyword, so that `date`,
//! `position` or `user` are names like any other. What it builds is turned into the typed tree by [`lower`] and [`operand`], and anything else refused.

mod literal;
mod lower;
mod operand;
mod place;
mod words;

use sqlparser::ast::Expr;
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::Names;
use super::error::FilterError;
use super::tree::Node;
use lower::Reader;
use words::Words;

pub(super) use words::LONGEST;

/// Twice the depth that `words` lets through, for the levels that the parser adds by itself.
const RECURSION: usize = 2 * words::DEEPEST;
/// To this depth the stack of any caller suffices.
const SHALLOW: usize = 8;
/// The stack for deeper filters: the parser takes up to 100 KiB for each level, without optimisation.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Reads a filter.
pub(super) fn read(text: &str, names: Names<'_>) -> Result<Node, FilterError> {
    let words = Words::read(text)?;
    let places = words.places.clone();
    let expression = if words.deepest > SHALLOW { parse_deep(words)? } else { parse(words)? };
    Reader { names, places: &places }.condition(expression)
}

/// Parses on a stack of its own, so that no filter within our limits can overflow the caller's.
fn parse_deep(words: Words) -> Result<Expr, FilterError> {
    let parsing = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || parse(words));
    let no_stack = || FilterError::new(0, "there is no memory to read a filter as deep as this; fewer parentheses and NOTs need less");
    parsing.map_err(|_| no_stack())?.join().map_err(|_| no_stack())?
}

fn parse(words: Words) -> Result<Expr, FilterError> {
    let Words { tokens, places, deepest: _ } = words;
    let dialect = SQLiteDialect {};
    let mut parser = Parser::new(&dialect).with_recursion_limit(RECURSION).with_tokens_with_locations(tokens);
    let expression = parser.parse_expr().map_err(|error| {
        let place = places.named_in(&error.to_string());
        FilterError::new(place, "this is no condition; expected comparisons joined by AND and OR")
    })?;
    let rest = parser.peek_token();
    if rest.token == Token::EOF { Ok(expression) } else { Err(FilterError::new(places.at(rest.span.start), "expected AND, OR or the end")) }
}
