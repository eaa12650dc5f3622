//! A profile's SQL before any database sees it: exactly one SELECT that only reads, and reads neither the clock nor chance.

use sqlparser::ast::{Query as Ast, Select, SetExpr, Statement, TableFactor, TableWithJoins};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use super::Database;
use super::error::Notes;

/// The longest SQL file; longer ones would exhaust the parser's stack.
const LONGEST_SQL: usize = 64 * 1024;

/// Words that give the time by themselves.
const CLOCK_WORDS: [&str; 7] = ["current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "sysdate", "systimestamp"];

/// Functions that give the time, or chance, whatever they are given.
const UNSTEADY: [&str; 24] = [
    "now",
    "getdate",
    "getutcdate",
    "sysdatetime",
    "sysutcdatetime",
    "curdate",
    "curtime",
    "utc_timestamp",
    "utc_date",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "timeofday",
    "unix_timestamp",
    "random",
    "randomblob",
    "rand",
    "newid",
    "uuid",
    "gen_random_uuid",
    "changes",
    "total_changes",
    "last_insert_rowid",
    "load_extension",
];

/// SQLite's functions that take the time of the clock for `'now'`, or for an argument left out, with the arguments they need not to.
const DATE_FUNCTIONS: [(&str, usize); 7] =
    [("date", 1), ("time", 1), ("datetime", 1), ("julianday", 1), ("unixepoch", 1), ("strftime", 2), ("timediff", 2)];

/// What those functions take for the time of the clock; SQLite takes a name in quotes for text where no column has it.
const CLOCK_TEXTS: [&str; 3] = ["now", "subsec", "subsecond"];

/// The SQL of one relation, checked.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The file's name.
    pub(crate) file: String,
    /// The words of the statement in lower case, with their lines.
    words: Vec<(String, usize)>,
    /// The statement alone, so that it can stand inside another one.
    pub(crate) statement: String,
}

impl Query {
    /// Checks the SQL of a file; what is wrong goes to `notes`.
    pub(super) fn check(notes: &Notes<'_>, database: Database) -> Option<Self> {
        let dialect = match database {
            Database::Sqlite => SQLiteDialect {},
        };
        if notes.text.len() > LONGEST_SQL {
            notes.line(None, format!("the file is longer than {LONGEST_SQL} bytes"), None);
            return None;
        }
        let tokens = match Tokenizer::new(&dialect, notes.text).tokenize_with_location() {
            Ok(tokens) => tokens,
            Err(error) => {
                notes.line(Some(line(error.location.line)), format!("this is no SQL: {}", error.message), None);
                return None;
            }
        };
        let tokens: Vec<TokenWithSpan> = tokens.into_iter().filter(|one| !matches!(one.token, Token::Whitespace(_) | Token::EOF)).collect();
        let statement = single(notes, &tokens)?;
        let is_steady = steady(notes, &tokens);
        let is_query = reads_only(notes, &dialect, &statement);
        let words = tokens.iter().filter_map(|one| match &one.token {
            Token::Word(word) => Some((word.value.to_lowercase(), line(one.span.start.line))),
            _ => None,
        });
        (is_steady && is_query).then(|| Self { file: notes.file.to_owned(), words: words.collect(), statement })
    }

    /// The line in which a name stands in the file, the last one if there are several: results are named at the end of expressions.
    pub(crate) fn line_of(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        self.words.iter().rev().find(|(word, _)| *word == name).map(|(_, line)| *line)
    }
}

fn line(number: u64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// The text of the single statement, without the `;` that may end it.
fn single(notes: &Notes<'_>, tokens: &[TokenWithSpan]) -> Option<String> {
    let Some(first) = tokens.first() else {
        notes.line(None, "the file holds no statement".to_owned(), Some("write one SELECT".to_owned()));
        return None;
    };
    let is_query = matches!(&first.token, Token::Word(word) if matches!(word.keyword, Keyword::SELECT | Keyword::WITH));
    if !is_query {
        let what = format!("a profile only reads, this begins with `{}`", first.token);
        notes.line(Some(line(first.span.start.line)), what, Some("write one SELECT, or WITH … SELECT".to_owned()));
        return None;
    }
    let Some(end) = tokens.iter().position(|one| one.token == Token::SemiColon) else { return Some(notes.text.to_owned()) };
    if let Some(more) = tokens.iter().skip(end).find(|one| one.token != Token::SemiColon) {
        let what = "there is a second statement; a file holds exactly one".to_owned();
        notes.line(Some(line(more.span.start.line)), what, Some("remove it, or give it a file of its own".to_owned()));
        return None;
    }
    let at = tokens.get(end).map(|one| one.span.start)?;
    let before = notes.text.split_inclusive('\n').take(line(at.line).saturating_sub(1)).map(str::len).sum::<usize>();
    let in_line = notes.text.get(before..)?.chars().take(line(at.column).saturating_sub(1)).map(char::len_utf8).sum::<usize>();
    notes.text.get(..before + in_line).map(str::to_owned)
}

/// Whether the statement neither reads the clock nor chance nor waits for parameters; every place where it does is noted.
fn steady(notes: &Notes<'_>, tokens: &[TokenWithSpan]) -> bool {
    let mut is_steady = true;
    let has_dates = tokens.windows(2).any(|pair| matches!(pair, [one, open] if is_call(one, open) && date_function(one).is_some()));
    let mut refuse = |at: &TokenWithSpan, what: String, hint: &str| {
        is_steady = false;
        notes.line(Some(line(at.span.start.line)), what, Some(hint.to_owned()));
    };
    const TIME: &str = "give from/until columns instead: what turns with time is decided at each pass";
    for (place, one) in tokens.iter().enumerate() {
        let next = tokens.get(place + 1);
        match &one.token {
            Token::Placeholder(name) => refuse(one, format!("`{name}` is a parameter, and nobody gives it a value"), "write the value itself"),
            Token::Colon | Token::AtSign => {
                refuse(one, format!("`{}` begins a parameter, and nobody gives it a value", one.token), "write the value itself");
            }
            Token::SingleQuotedString(text) if has_dates && is_one_of(text, &CLOCK_TEXTS) => refuse(one, format!("`'{text}'` reads the clock"), TIME),
            Token::SingleQuotedString(text) if has_dates && is_one_of(text, &["localtime", "utc"]) => {
                refuse(
                    one,
                    format!("`'{text}'` reads this machine's time zone"),
                    "give instants in UTC; the profile's `time_zone` says the company's",
                );
            }
            Token::Word(word) if word.quote_style.is_some() && has_dates && is_one_of(&word.value, &CLOCK_TEXTS) => {
                refuse(one, format!("`{}` reads the clock", word.value), TIME);
            }
            Token::Word(word) => {
                let name = word.value.to_lowercase();
                let called = next.is_some_and(|open| is_call(one, open));
                let after_dot = place.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|before| before.token == Token::Period);
                if word.quote_style.is_none() && CLOCK_WORDS.contains(&name.as_str()) && !after_dot {
                    refuse(one, format!("`{}` reads the clock", word.value), TIME);
                } else if called && UNSTEADY.contains(&name.as_str()) {
                    refuse(one, format!("`{}()` gives another answer each time", word.value), TIME);
                } else if called && date_function(one).is_some_and(|needed| arguments(tokens.get(place + 1..).unwrap_or_default()) < needed) {
                    refuse(one, format!("`{}()` without a time reads the clock", word.value), TIME);
                }
            }
            _ => {}
        }
    }
    is_steady
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

fn is_call(one: &TokenWithSpan, open: &TokenWithSpan) -> bool {
    matches!(one.token, Token::Word(_)) && open.token == Token::LParen
}

fn date_function(one: &TokenWithSpan) -> Option<usize> {
    let Token::Word(Word { value, .. }) = &one.token else { return None };
    DATE_FUNCTIONS.iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|(_, needed)| *needed)
}

/// How many arguments a call has; `tokens` begin with its parenthesis.
fn arguments(tokens: &[TokenWithSpan]) -> usize {
    let (mut depth, mut commas, mut is_empty) = (0_usize, 0, true);
    for one in tokens {
        match one.token {
            Token::LParen => depth += 1,
            Token::RParen => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            Token::Comma if depth == 1 => commas += 1,
            _ => is_empty = false,
        }
    }
    if is_empty { 0 } else { commas + 1 }
}

/// Whether the statement is a query in all its parts.
fn reads_only(notes: &Notes<'_>, dialect: &SQLiteDialect, statement: &str) -> bool {
    let what = match Parser::parse_sql(dialect, statement).map(<[Statement; 1]>::try_from) {
        Ok(Ok([Statement::Query(query)])) if is_read(&query) => return true,
        Ok(_) => "a profile only reads, this statement does more than select".to_owned(),
        Err(error) => {
            let (message, at) = place_of(&error.to_string());
            let hint =
                "of SQLite's own forms write `a IS b` as `a IS NOT DISTINCT FROM b`, `a NOT GLOB b` as `NOT (a GLOB b)`, `a ISNULL` as `a IS NULL`";
            notes.line(at, format!("this is no SELECT that we understand: {message}"), Some(hint.to_owned()));
            return false;
        }
    };
    notes.line(Some(1), what, None);
    false
}

fn is_read(query: &Ast) -> bool {
    let with = query.with.iter().flat_map(|with| &with.cte_tables).all(|table| is_read(&table.query));
    with && query.locks.is_empty() && is_read_body(&query.body)
}

fn is_read_body(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => is_read_select(select),
        SetExpr::Query(query) => is_read(query),
        SetExpr::SetOperation { left, right, .. } => is_read_body(left) && is_read_body(right),
        SetExpr::Values(_) => true,
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) | SetExpr::Table(_) => false,
    }
}

fn is_read_select(select: &Select) -> bool {
    let table = |from: &TableFactor| match from {
        TableFactor::Derived { subquery, .. } => is_read(subquery),
        _ => true,
    };
    let joined = |from: &TableWithJoins| table(&from.relation) && from.joins.iter().all(|join| table(&join.relation));
    select.into.is_none() && select.from.iter().all(joined)
}

/// Splits the parser's message into what it says and the line it names.
fn place_of(message: &str) -> (String, Option<usize>) {
    let message = message.trim_start_matches("sql parser error: ");
    let Some((what, place)) = message.rsplit_once(" at Line: ") else { return (message.to_owned(), None) };
    let line = place.split(',').next().and_then(|number| number.trim().parse().ok());
    (what.to_owned(), line)
}
