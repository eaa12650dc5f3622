//! What keeps the tables of a MariaDB or MySQL database: only some engines let a transaction see one moment.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::dialect::MySqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};
use sqlx::{Error, MySqlConnection};

use super::session::{Cause, Refused};

/// The engines whose tables a consistent snapshot covers.
const STEADY: [&str; 2] = ["innodb", "rocksdb"];

/// Tables and views that the account sees.
const TABLES: &str = "SELECT CAST(t.TABLE_SCHEMA AS CHAR), CAST(t.TABLE_NAME AS CHAR), CAST(t.ENGINE AS CHAR), CAST(v.VIEW_DEFINITION AS CHAR), \
    t.TABLE_TYPE LIKE '%VIEW' \
    FROM information_schema.TABLES t LEFT JOIN information_schema.VIEWS v ON v.TABLE_SCHEMA = t.TABLE_SCHEMA AND v.TABLE_NAME = t.TABLE_NAME \
    WHERE t.TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')";

/// A schema and the name of a table in it, in lower case.
type Name = (String, String);

/// What keeps a table.
#[derive(Debug)]
enum Keeper {
    Engine(String),
    /// A view with the text behind it; none if we may not see it.
    View(Option<String>),
}

/// What keeps the tables that the account sees.
#[derive(Debug)]
pub(super) struct Engines {
    /// The database that names without one are in.
    current: String,
    tables: BTreeMap<Name, Keeper>,
}

impl Engines {
    /// Asks the database.
    pub(super) async fn read(connection: &mut MySqlConnection) -> Result<Self, Error> {
        let current: String = sqlx::query_scalar("SELECT DATABASE()").fetch_one(&mut *connection).await?;
        type Row = (String, String, Option<String>, Option<String>, bool);
        let rows: Vec<Row> = sqlx::query_as(TABLES).fetch_all(connection).await?;
        let keeper = |(schema, name, engine, definition, is_view): Row| {
            let keeper = if is_view {
                Keeper::View(definition.filter(|text| !text.is_empty()))
            } else {
                Keeper::Engine(engine.unwrap_or_else(|| "no engine".to_owned()))
            };
            ((schema.to_lowercase(), name.to_lowercase()), keeper)
        };
        Ok(Self { current: current.to_lowercase(), tables: rows.into_iter().map(keeper).collect() })
    }

    /// Whether every table that is named among some words, itself or behind a view, is read as of one moment. A word that is a column's name may also be
    /// a table's; that is taken for one.
    pub(super) fn check<'w>(&self, words: impl Iterator<Item = &'w str>) -> Result<(), Refused> {
        let words: BTreeSet<String> = words.map(str::to_lowercase).collect();
        let is_named = |(schema, name): &&Name| words.contains(name) && (*schema == self.current || words.contains(schema));
        let mut open: Vec<Name> = self.tables.keys().filter(is_named).cloned().collect();
        let mut seen: BTreeSet<Name> = open.iter().cloned().collect();
        while let Some(name) = open.pop() {
            match self.tables.get(&name) {
                Some(Keeper::Engine(engine)) if STEADY.contains(&engine.to_lowercase().as_str()) => {}
                Some(Keeper::Engine(engine)) => {
                    let what = format!("the table `{}` is kept by {engine}, which cannot be read as of one moment", name.1);
                    return Err(Refused { message: what, name: Some(name.1), cause: Cause::NoMoment });
                }
                Some(Keeper::View(Some(text))) => {
                    let below = self.below(&name, text).ok_or_else(|| unseen(&name))?;
                    open.extend(below.into_iter().filter(|one| seen.insert(one.clone())));
                }
                Some(Keeper::View(None)) | None => return Err(unseen(&name)),
            }
        }
        Ok(())
    }

    /// The tables that a view's text reads, which the server writes with the schema before each; none if it cannot be understood.
    fn below(&self, view: &Name, text: &str) -> Option<Vec<Name>> {
        let tokens = Tokenizer::new(&MySqlDialect {}, text).tokenize().ok()?;
        let tokens: Vec<&Token> =
            tokens.iter().filter(|token| !matches!(token, Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab))).collect();
        let schemas: BTreeSet<&String> = self.tables.keys().map(|(schema, _)| schema).chain([&view.0]).collect();
        let mut below = Vec::new();
        for (place, five) in tokens.windows(4).enumerate() {
            let [before, Token::Word(schema), Token::Period, Token::Word(name)] = five else { continue };
            if tokens.get(place + 4) == Some(&&Token::Period) {
                continue;
            }
            let name = (schema.value.to_lowercase(), name.value.to_lowercase());
            let is_table = match before {
                Token::Word(word) => matches!(word.keyword, Keyword::FROM | Keyword::JOIN | Keyword::STRAIGHT_JOIN),
                // Here a column may stand too, behind the name of its table.
                Token::Comma | Token::LParen => schemas.contains(&name.0),
                _ => false,
            };
            if is_table {
                below.push(name);
            }
        }
        Some(below)
    }
}

fn unseen(name: &Name) -> Refused {
    let message = format!("what keeps `{}` is not visible to the account, and so not whether it can be read as of one moment", name.1);
    Refused { message, name: Some(name.1.clone()), cause: Cause::NoGrant }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engines(tables: &[(&str, &str, &str)]) -> Engines {
        let keeper = |what: &str| match what.strip_prefix("view ") {
            Some(text) => Keeper::View(Some(text.to_owned()).filter(|text| !text.is_empty())),
            None => Keeper::Engine(what.to_owned()),
        };
        let tables = tables.iter().map(|(schema, name, what)| (((*schema).to_owned(), (*name).to_owned()), keeper(what)));
        Engines { current: "crm".to_owned(), tables: tables.collect() }
    }

    #[test]
    fn a_table_without_a_moment_is_found_behind_views() {
        let found = engines(&[
            ("crm", "person", "InnoDB"),
            ("crm", "log", "MyISAM"),
            ("old", "bar", "MEMORY"),
            ("crm", "v", "view select `p`.`id` AS `id` from (`crm`.`person` `p` join `crm`.`w` on(`p`.`id` = `crm`.`w`.`id`))"),
            ("crm", "w", "view select `crm`.`log`.`id` AS `id` from `crm`.`log`"),
            ("crm", "x", "view select `secret`.`t`.`id` AS `id` from `secret`.`t`"),
            ("crm", "dark", "view "),
        ]);
        let check = |words: &str| found.check(words.split(' ')).map_err(|refused| (refused.name.unwrap(), refused.cause));
        assert_eq!(check("select id from person"), Ok(()));
        assert_eq!(check("select id from Log"), Err(("log".to_owned(), Cause::NoMoment)));
        assert_eq!(check("select id from v"), Err(("log".to_owned(), Cause::NoMoment)));
        assert_eq!(check("select bar from person"), Ok(()), "a table of another schema is not meant without it");
        assert_eq!(check("select id from old bar"), Err(("bar".to_owned(), Cause::NoMoment)));
        assert_eq!(check("select id from x"), Err(("t".to_owned(), Cause::NoGrant)));
        assert_eq!(check("select id from dark"), Err(("dark".to_owned(), Cause::NoGrant)));
    }
}
