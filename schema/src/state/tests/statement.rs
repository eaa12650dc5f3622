//! Every statement file is one that the migrated database takes, and one that is used.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, Executor, SqlSafeStr, SqliteConnection, Statement};

use super::super::migration;
use super::fresh;

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files.iter().map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The numbers of the placeholders in the order in which they stand.
fn placeholders(sql: &str) -> Vec<usize> {
    sql.split('$').skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()).collect()
}

#[tokio::test]
async fn every_statement_prepares_with_placeholders_in_order() {
    let fresh = fresh().await;
    let mut connection = SqliteConnection::connect(fresh.state.path().to_str().unwrap()).await.unwrap();
    let statements = files("queries");
    assert!(statements.len() > 60, "only {} statements", statements.len());
    for (name, sql) in statements {
        let numbers = placeholders(&sql);
        assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "{name}: each placeholder once and in order");
        let prepared = (&mut connection).prepare(AssertSqlSafe(sql).into_sql_str()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(prepared.parameters().map(|either| either.right_or(0)).unwrap_or_default(), numbers.len(), "{name}: parameters");
    }
}

#[test]
fn every_statement_is_used() {
    let code: String = files("src/state").into_iter().map(|(_, text)| text).collect();
    let intents: String = files("src/state/intent").into_iter().map(|(_, text)| text).collect();
    for (name, _) in files("queries") {
        assert!(code.contains(&format!("queries/{name}\"")) || intents.contains(&format!("queries/{name}\"")), "{name} is used nowhere");
    }
}

#[test]
fn every_migration_is_embedded_and_says_why() {
    let steps = files("migrations/sqlite");
    assert_eq!(steps.len(), migration::SQLITE.iter().count());
    for (name, sql) in steps {
        assert!(sql.starts_with("-- Why: "), "{name} does not say why");
    }
}
