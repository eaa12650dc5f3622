//! Every statement file is one that the migrated databases take, and one that is used.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::{AssertSqlSafe, Column, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection, Statement, TypeInfo};

use super::super::migration;
use super::{Base, Home, fresh};

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files.iter().map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The statements of both kinds of database, and those of one alone.
fn statements(of: &str) -> Vec<(String, String)> {
    let both = files("queries");
    assert!(both.len() > 60, "only {} statements", both.len());
    both.into_iter().chain(files(&format!("queries/{of}"))).collect()
}

/// The numbers of the placeholders in the order in which they stand.
fn placeholders(sql: &str) -> Vec<usize> {
    sql.split('$').skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()).collect()
}

fn assert_in_order(name: &str, sql: &str) -> usize {
    let numbers = placeholders(sql);
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "{name}: each placeholder once and in order");
    numbers.len()
}

#[tokio::test]
async fn every_statement_prepares_with_placeholders_in_order_on_sqlite() {
    let fresh = fresh(Base::Sqlite).await;
    let mut connection = SqliteConnection::connect(fresh.state.place()).await.unwrap();
    for (name, sql) in statements("sqlite") {
        let count = assert_in_order(&name, &sql);
        let prepared = (&mut connection).prepare(AssertSqlSafe(sql).into_sql_str()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(prepared.parameters().map(|either| either.right_or(0)).unwrap_or_default(), count, "{name}: parameters");
    }
}

#[tokio::test]
async fn every_statement_prepares_on_postgres_and_gives_cells_as_sqlite_does() {
    let fresh = fresh(Base::Postgres).await;
    let mut connection = postgres(&fresh.home).await;
    let both: BTreeSet<String> = files("queries").into_iter().map(|(name, _)| name).collect();
    for (name, sql) in statements("postgres") {
        let count = assert_in_order(&name, &sql);
        let prepared = (&mut connection).prepare(AssertSqlSafe(sql).into_sql_str()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(prepared.parameters().map(|either| either.left().map_or(0, <[_]>::len)).unwrap_or_default(), count, "{name}: parameters");
        for column in prepared.columns().iter().filter(|_| both.contains(&name)) {
            let kind = column.type_info().name();
            assert!(["INT8", "TEXT", "BYTEA"].contains(&kind), "{name}: {} is {kind}", column.name());
        }
    }
}

/// A connection that sees the tables as the state does.
async fn postgres(home: &Home) -> PgConnection {
    let super::Writer::Postgres(mut connection) = home.writer().await else { panic!("no server") };
    (&mut connection).execute("SET search_path = adressbote").await.unwrap();
    connection
}

#[test]
fn every_statement_is_used() {
    let code: String = files("src/state").into_iter().chain(files("src/state/intent")).map(|(_, text)| text).collect();
    for folder in ["", "sqlite/", "postgres/"] {
        for (name, _) in files(&format!("queries/{folder}")) {
            assert!(code.contains(&format!("queries/{folder}{name}\"")), "{folder}{name} is used nowhere");
        }
    }
}

#[test]
fn every_migration_is_embedded_and_says_why() {
    for (folder, embedded) in [("migrations/sqlite", &migration::SQLITE), ("migrations/postgres", &migration::POSTGRES)] {
        let steps = files(folder);
        let names: Vec<String> = embedded.iter().map(|step| format!("{:04}_{}.sql", step.version, step.description)).collect();
        assert_eq!(steps.iter().map(|(name, _)| name).collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
        for ((name, sql), step) in steps.into_iter().zip(embedded.iter()) {
            assert!(sql.starts_with("-- Why: "), "{name} does not say why");
            assert_eq!(sql, step.sql.as_str(), "{name} is another file");
        }
    }
}

/// Table, column, type, and whether it must have a value.
type Columns = BTreeSet<(String, String, String, bool)>;

#[tokio::test]
async fn both_kinds_have_the_same_tables_and_columns() {
    let on_sqlite = fresh(Base::Sqlite).await;
    let mut connection = SqliteConnection::connect(on_sqlite.state.place()).await.unwrap();
    let sql = "SELECT t.name, c.name, c.type, c.\"notnull\" FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c \
               WHERE t.type = 'table' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
    let sqlite: Columns = rows.into_iter().collect();

    let on_postgres = fresh(Base::Postgres).await;
    let mut connection = postgres(&on_postgres.home).await;
    let sql = "SELECT table_name::text, column_name::text, CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB' ELSE upper(data_type) END, \
               is_nullable = 'NO' FROM information_schema.columns WHERE table_schema = 'adressbote' AND table_name <> '_sqlx_migrations'";
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
    let postgres: Columns = rows.into_iter().collect();
    assert!(sqlite.len() > 80, "{}", sqlite.len());
    assert_eq!(sqlite, postgres);
    let sql = "SELECT table_name || '.' || column_name FROM information_schema.columns \
               WHERE table_schema = 'adressbote' AND table_name <> '_sqlx_migrations' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'";
    let unordered: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
    assert_eq!(unordered, Vec::<String>::new(), "texts are compared byte by byte");
}
