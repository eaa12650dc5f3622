//! A profile's SQL before any database sees it: exactly one SELECT that only reads, and reads neither the clock nor chance.

use sqlparser::ast::{Query as Ast, Select, SetExpr, Statement, TableFactor, TableWithJoins};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::error::Notes;
use super::{AsUser, Database, steady};

/// The longest SQL file; longer ones would exhaust the parser's stack.
const LONGEST_SQL: usize = 64 * 1024;

/// The SQL of one relation, checked.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The file's name.
    pub(crate) file: String,
    /// The words of the statement in lower case, with their lines.
    words: Vec<(String, usize)>,
    /// The words of the shared tables before it.
    shared: Vec<String>,
    /// The statement alone, so that it can stand inside another one.
    pub(crate) statement: String,
    /// Whether it is asked as each user.
    pub(crate) is_as_user: bool,
}

impl Query {
    /// Another statement over this one; nothing of the profile's text is in what is put around it.
    pub(crate) fn with(&self, around: &dyn Fn(&str) -> String) -> Self {
        Self { statement: around(&self.statement), ..self.clone() }
    }

    /// The rows of the statement that fulfil a condition on its columns; nothing of the profile's text is in it.
    pub(crate) fn narrowed(&self, condition: &str) -> Self {
        self.with(&|statement| format!("SELECT * FROM (\n{statement}\n) narrowed WHERE {condition}"))
    }

    /// Checks the SQL of a file for a database; what is wrong goes to `notes`. `as_user` is what its session gets if it is asked as each user.
    pub(super) fn check(notes: &Notes<'_>, database: Database, as_user: Option<&AsUser>) -> Option<Self> {
        let dialect: &dyn Dialect = match database {
            Database::Sqlite => &SQLiteDialect {},
            Database::Postgres => &PostgreSqlDialect {},
            Database::Mysql => &MySqlDialect {},
        };
        if notes.text.len() > LONGEST_SQL {
            notes.line(None, format!("the file is longer than {LONGEST_SQL} bytes"), None);
            return None;
        }
        let tokens = match Tokenizer::new(dialect, notes.text).tokenize_with_location() {
            Ok(tokens) => tokens,
            Err(error) => {
                notes.line(Some(line(error.location.line)), format!("this is no SQL: {}", error.message), None);
                return None;
            }
        };
        let tokens: Vec<TokenWithSpan> = tokens.into_iter().filter(|one| !matches!(one.token, Token::Whitespace(_) | Token::EOF)).collect();
        let statement = single(notes, &tokens)?;
        let is_steady = steady::check(notes, database, as_user, &tokens);
        let is_query = reads_only(notes, dialect, &statement);
        let words = tokens.iter().filter_map(|one| match &one.token {
            Token::Word(word) => Some((word.value.to_lowercase(), line(one.span.start.line))),
            _ => None,
        });
        let is_as_user = as_user.is_some();
        (is_steady && is_query).then(|| Self { file: notes.file.to_owned(), words: words.collect(), shared: Vec::new(), statement, is_as_user })
    }

    /// A statement of our own.
    pub(crate) fn own(statement: String) -> Self {
        Self { file: "a question of our own".to_owned(), words: Vec::new(), shared: Vec::new(), statement, is_as_user: false }
    }

    /// A statement that was not checked.
    #[cfg(test)]
    pub(crate) fn unchecked(statement: &str) -> Self {
        let words = statement.split(|one: char| !one.is_alphanumeric() && one != '_').map(|word| (word.to_lowercase(), 1)).collect();
        Self { file: "test.sql".to_owned(), words, shared: Vec::new(), statement: statement.to_owned(), is_as_user: false }
    }

    /// The same statement behind tables that it may read; each may read those before it, and is worked out once.
    pub(super) fn behind(&self, tables: &[(&str, &Self)]) -> Self {
        if tables.is_empty() {
            return self.clone();
        }
        let shared = tables.iter().flat_map(|(_, table)| table.words.iter().map(|(word, _)| word.clone())).collect();
        // The line breaks end comments that the files may end with.
        let tables: Vec<String> = tables.iter().map(|(name, table)| format!("{name} AS MATERIALIZED (\n{}\n)", table.statement)).collect();
        let statement = format!("WITH {}\nSELECT * FROM (\n{}\n) AS statement", tables.join(",\n"), self.statement);
        Self { shared, statement, ..self.clone() }
    }

    /// Whether the statement itself reads a table by FROM or JOIN.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.words.windows(2).any(|pair| matches!(pair, [(before, _), (word, _)] if word == name && (before == "from" || before == "join")))
    }

    /// The words of the statement and its shared tables in lower case, the names of tables and columns among them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|(word, _)| word.as_str()).chain(self.shared.iter().map(String::as_str))
    }

    /// The line in which a name stands in the file, the last one if there are several: results are named at the end of expressions.
    pub(crate) fn line_of(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        self.words.iter().rev().find(|(word, _)| *word == name).map(|(_, line)| *line)
    }
}

pub(super) fn line(number: u64) -> usize {
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

/// Whether the statement is a query in all its parts.
fn reads_only(notes: &Notes<'_>, dialect: &dyn Dialect, statement: &str) -> bool {
    let what = match Parser::parse_sql(dialect, statement).map(<[Statement; 1]>::try_from) {
        Ok(Ok([Statement::Query(query)])) if is_read(&query) => return true,
        Ok(_) => "a profile only reads, this statement does more than select".to_owned(),
        Err(error) => {
            let (message, at) = place_of(&error.to_string());
            let hint =
                "of SQLite's own forms write `a IS b` as `a IS NOT DISTINCT FROM b`, `a NOT GLOB b` as `NOT (a GLOB b)`, `a ISNULL` as `a IS NULL`";
            let hint = dialect.is::<SQLiteDialect>().then(|| hint.to_owned());
            notes.line(at, format!("this is no SELECT that we understand: {message}"), hint);
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
