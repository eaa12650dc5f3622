//! The tokens of a filter, checked before they are parsed: how many, how deep, and which may follow which.

use sqlparser::dialect::SQLiteDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace, Word};

use super::place::Places;
use crate::filter::error::FilterError;
use crate::filter::names::shortened;
use crate::text::composed;

/// The most bytes of a filter.
pub(in crate::filter) const LONGEST: usize = 64 * 1024;
/// The most conditions joined by `AND` and `OR`.
const MOST_TERMS: usize = 1_000;
/// The most parentheses and `NOT`s within each other.
pub(super) const DEEPEST: usize = 50;

const OPERAND: &str = "a field, a value or `(`";
const AFTER_OPERAND: &str = "a comparison, AND, OR or the end";

/// The tokens of a filter without white space, fit to be parsed.
pub(super) struct Words {
    pub(super) tokens: Vec<TokenWithSpan>,
    pub(super) places: Places,
    /// How deep parentheses and `NOT`s stand within each other.
    pub(super) deepest: usize,
}

/// What a token is in the filter language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Start,
    Name,
    Number,
    /// Text, `TRUE` or `FALSE`.
    Value,
    Null,
    Open,
    Close,
    Comma,
    Dot,
    Sign,
    Comparison,
    And,
    /// The `AND` of a `BETWEEN`.
    Until,
    Or,
    /// The `NOT` before a condition.
    Not,
    /// The `NOT` of `NOT IN`, `NOT BETWEEN`, `NOT LIKE`.
    Without,
    /// The `NOT` of `IS NOT NULL`.
    IsNot,
    In,
    Between,
    Like,
    Escape,
    Is,
    Any,
    Collate,
    End,
}

/// What an open parenthesis holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// A condition or value.
    Group,
    /// The values of an `IN`.
    List,
    /// The argument of a function or `ANY`.
    Call,
}

struct Frame {
    holds: Holds,
    place: usize,
    prefixes: usize,
    awaited: usize,
}

impl Words {
    pub(super) fn read(text: &str) -> Result<Self, FilterError> {
        if text.len() > LONGEST {
            return Err(FilterError::new(0, format!("the filter has {} bytes; at most {LONGEST} are possible", text.len())));
        }
        if let Some(place) = text.chars().position(|one| one == '\0') {
            return Err(FilterError::new(place, "a NUL character cannot stand in a filter"));
        }
        let places = Places::new(text);
        let dialect = SQLiteDialect {};
        let tokens = Tokenizer::new(&dialect, text).tokenize_with_location().map_err(|error| unclosed(text, &places, &error))?;
        let mut check = Check::new();
        let mut kept = Vec::with_capacity(tokens.len());
        for mut token in tokens {
            let place = places.at(token.span.start);
            if let Token::Whitespace(space) = &token.token {
                match space {
                    Whitespace::Space | Whitespace::Newline | Whitespace::Tab => continue,
                    Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_) => {
                        return Err(FilterError::new(place, "a filter holds no comments"));
                    }
                }
            }
            let role = role(&token.token).map_err(|message| FilterError::new(place, message))?;
            check.next(role, place, &token.token)?;
            if let Token::Word(word) = &mut token.token
                && role == Role::Name
            {
                word.keyword = Keyword::NoKeyword;
            }
            kept.push(token);
        }
        check.next(Role::End, places.end(), &Token::EOF)?;
        Ok(Self { tokens: kept, places, deepest: check.deepest })
    }
}

fn unclosed(text: &str, places: &Places, error: &TokenizerError) -> FilterError {
    let place = places.at(error.location);
    let message = match text.chars().nth(place) {
        Some('\'') => "the text that begins here is not closed; a `'` is missing",
        Some('"' | '`' | '[') => "the name that begins here is not closed",
        _ => "this cannot be read",
    };
    FilterError::new(place, message)
}

/// What a token is; the error says why it is nothing.
fn role(token: &Token) -> Result<Role, String> {
    Ok(match token {
        Token::Word(word) => return word_role(word),
        Token::Number(_, false) => Role::Number,
        Token::SingleQuotedString(_) => Role::Value,
        Token::LParen => Role::Open,
        Token::RParen => Role::Close,
        Token::Comma => Role::Comma,
        Token::Period => Role::Dot,
        Token::Plus | Token::Minus => Role::Sign,
        Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => Role::Comparison,
        Token::DoubleEq => return Err("`==` is written `=`".to_owned()),
        Token::SemiColon => return Err("a filter is one condition, without `;`".to_owned()),
        Token::Placeholder(_) => return Err("a filter has no placeholders; write the value itself".to_owned()),
        Token::StringConcat | Token::Mul | Token::Div | Token::Mod => {
            return Err(format!("`{token}` is not possible: a filter compares, it does not calculate"));
        }
        Token::NationalStringLiteral(_) | Token::HexStringLiteral(_) | Token::UnicodeStringLiteral(_) | Token::EscapedStringLiteral(_) => {
            return Err("text stands in single quotes, without a letter before them".to_owned());
        }
        other => return Err(format!("{} is not part of the filter language", shortened(&other.to_string()))),
    })
}

fn typographic() -> String {
    "typographic quotes mean nothing here; text stands in `'`, a name in `\"`".to_owned()
}

fn word_role(word: &Word) -> Result<Role, String> {
    if word.quote_style.is_some() {
        return Ok(Role::Name);
    }
    Ok(match word.keyword {
        Keyword::AND => Role::And,
        Keyword::OR => Role::Or,
        Keyword::NOT => Role::Not,
        Keyword::IN => Role::In,
        Keyword::BETWEEN => Role::Between,
        Keyword::LIKE => Role::Like,
        Keyword::ESCAPE => Role::Escape,
        Keyword::IS => Role::Is,
        Keyword::ANY => Role::Any,
        Keyword::COLLATE => Role::Collate,
        Keyword::NULL => Role::Null,
        Keyword::TRUE | Keyword::FALSE => Role::Value,
        _ => {
            let strange = composed(&word.value).chars().find(|one| !one.is_alphanumeric() && *one != '_');
            match strange {
                None => Role::Name,
                Some('„' | '“' | '”' | '‘' | '’' | '‚' | '«' | '»' | '´') => return Err(typographic()),
                Some(one) if one.is_whitespace() => return Err("there is a space of an unusual kind here; write a plain one".to_owned()),
                Some(one) => return Err(format!("the character U+{:04X} stands only in names in double quotes", u32::from(one))),
            }
        }
    })
}

/// What was found, for a message; what stands in quotes is not repeated.
fn found(role: Role, token: &Token) -> String {
    match (role, token) {
        (Role::End, _) => "the end".to_owned(),
        (Role::Number, _) => "a number".to_owned(),
        (_, Token::SingleQuotedString(_)) => "text in quotes".to_owned(),
        (_, token) => shortened(&token.to_string()),
    }
}

/// The tokens so far: what came last, what is open, how much it is.
struct Check {
    last: Role,
    frames: Vec<Frame>,
    /// `NOT`s before the condition at hand.
    prefixes: usize,
    /// `BETWEEN`s whose `AND` has not come.
    awaited: usize,
    depth: usize,
    deepest: usize,
    terms: usize,
    is_compared: bool,
}

impl Check {
    fn new() -> Self {
        Self { last: Role::Start, frames: Vec::new(), prefixes: 0, awaited: 0, depth: 0, deepest: 0, terms: 1, is_compared: false }
    }

    fn next(&mut self, role: Role, place: usize, token: &Token) -> Result<(), FilterError> {
        if self.last == Role::Open && is_query(token) {
            return Err(FilterError::new(place, "a filter asks about one record; a subquery is not possible"));
        }
        let role = self.in_context(role);
        if let Some(expected) = self.last.wants(role) {
            let hint = hint(self.last, role, token);
            return Err(FilterError::new(place, format!("expected {expected}, found {}{hint}", found(role, token))));
        }
        self.count(role, place)?;
        self.nest(role, place)?;
        self.last = role;
        Ok(())
    }

    /// Tells apart the three meanings of `NOT` and the two of `AND`.
    fn in_context(&self, role: Role) -> Role {
        match role {
            Role::Not if self.last.ends_operand() => Role::Without,
            Role::Not if self.last == Role::Is => Role::IsNot,
            Role::And if self.awaited > 0 => Role::Until,
            other => other,
        }
    }

    fn count(&mut self, role: Role, place: usize) -> Result<(), FilterError> {
        match role {
            Role::And | Role::Or => {
                self.is_compared = false;
                self.terms += 1;
                if self.terms > MOST_TERMS {
                    return Err(FilterError::new(
                        place,
                        format!("the filter has more than {MOST_TERMS} conditions; write many values of one field as IN (..)"),
                    ));
                }
            }
            Role::Comparison | Role::In | Role::Between | Role::Like | Role::Is => {
                if self.is_compared {
                    return Err(FilterError::new(place, "a comparison cannot be compared; expected AND, OR or the end"));
                }
                self.is_compared = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn nest(&mut self, role: Role, place: usize) -> Result<(), FilterError> {
        match role {
            Role::Not => {
                self.prefixes += 1;
                self.depth += 1;
            }
            Role::And | Role::Or => {
                self.depth -= self.prefixes;
                self.prefixes = 0;
            }
            Role::Between => self.awaited += 1,
            Role::Until => self.awaited -= 1,
            Role::Open => {
                let holds = match self.last {
                    Role::In => Holds::List,
                    Role::Name | Role::Any => Holds::Call,
                    _ => Holds::Group,
                };
                self.frames.push(Frame { holds, place, prefixes: self.prefixes, awaited: self.awaited });
                (self.prefixes, self.awaited) = (0, 0);
                self.depth += 1;
            }
            Role::Close => {
                let frame = self.frames.pop().ok_or_else(|| FilterError::new(place, "this `)` closes nothing"))?;
                if frame.holds != Holds::Call && self.last == Role::Open {
                    return Err(FilterError::new(place, "expected a value, found `)`"));
                }
                self.depth -= self.prefixes + 1;
                (self.prefixes, self.awaited) = (frame.prefixes, frame.awaited);
            }
            Role::Comma if self.frames.last().is_none_or(|frame| frame.holds != Holds::List) => {
                return Err(FilterError::new(place, "a comma stands only between the values of IN (..)"));
            }
            Role::End => {
                if let Some(frame) = self.frames.last() {
                    return Err(FilterError::new(frame.place, "this `(` is not closed"));
                }
            }
            _ => {}
        }
        self.deepest = self.deepest.max(self.depth);
        if self.depth > DEEPEST {
            return Err(FilterError::new(place, format!("more than {DEEPEST} parentheses and NOTs stand within each other")));
        }
        Ok(())
    }
}

impl Role {
    fn ends_operand(self) -> bool {
        matches!(self, Self::Name | Self::Number | Self::Value | Self::Null | Self::Close)
    }

    fn begins_operand(self) -> bool {
        matches!(self, Self::Name | Self::Number | Self::Value | Self::Null | Self::Open | Self::Sign)
    }

    /// What was expected after this one, if `next` cannot follow it.
    fn wants(self, next: Self) -> Option<&'static str> {
        let (fits, expected) = match self {
            Self::Start | Self::And | Self::Or | Self::Not => (next.begins_operand() || next == Self::Not, "a condition"),
            Self::Open => (next.begins_operand() || matches!(next, Self::Not | Self::Close), OPERAND),
            Self::Comparison => (next.begins_operand() || next == Self::Any, OPERAND),
            Self::Comma | Self::Between | Self::Until => (next.begins_operand(), OPERAND),
            Self::Like | Self::Escape => (next == Self::Value, "text in single quotes"),
            Self::Sign => (next == Self::Number, "a number"),
            Self::Without => (matches!(next, Self::In | Self::Between | Self::Like), "IN, BETWEEN or LIKE"),
            Self::Is => (matches!(next, Self::Null | Self::IsNot), "NULL or NOT NULL"),
            Self::IsNot => (next == Self::Null, "NULL"),
            Self::In | Self::Any => (next == Self::Open, "`(`"),
            Self::Dot | Self::Collate => (next == Self::Name, "a name"),
            Self::Name | Self::Number | Self::Value | Self::Null | Self::Close => return self.wants_after_operand(next),
            Self::End => (false, "nothing more"),
        };
        (!fits).then_some(expected)
    }

    fn wants_after_operand(self, next: Self) -> Option<&'static str> {
        let fits = match next {
            Self::Dot | Self::Open => self == Self::Name,
            Self::Sign => return (self != Self::Close).then_some("a comparison, AND, OR or the end (only today() can be calculated with)"),
            Self::Close | Self::Comma | Self::Comparison | Self::And | Self::Until | Self::Or | Self::Without | Self::In => true,
            Self::Between | Self::Like | Self::Escape | Self::Is | Self::Collate | Self::End => true,
            Self::Start | Self::Name | Self::Number | Self::Value | Self::Null | Self::Not | Self::IsNot | Self::Any => false,
        };
        (!fits).then_some(AFTER_OPERAND)
    }
}

/// What else to say about words that other SQL knows.
fn hint(last: Role, role: Role, token: &Token) -> &'static str {
    let Token::Word(Word { keyword, .. }) = token else { return "" };
    match (last, keyword) {
        (_, Keyword::ILIKE) => "; LIKE takes no notice of case already",
        (_, Keyword::REGEXP | Keyword::RLIKE | Keyword::GLOB | Keyword::MATCH | Keyword::SIMILAR) => "; there is LIKE with `%` and `_`",
        (Role::Is, Keyword::TRUE | Keyword::FALSE) => "; write the field by itself, or NOT before it",
        (Role::Name, _) if role == Role::Name => "; a name with spaces stands in double quotes",
        _ => "",
    }
}

/// Whether the token begins a subquery.
fn is_query(token: &Token) -> bool {
    matches!(token, Token::Word(Word { keyword: Keyword::SELECT, quote_style: None, .. }))
}
