//! What a database says of itself, asked through the same session as everything else: no row is read.

use std::collections::BTreeMap;

use super::super::value::{self, Cell};
use super::super::{CrmError, CrmSource, Session};
use crate::profile::draft::{Catalogue, Column, Foreign, Table};
use crate::profile::{Database, Expected, Query};

/// Tables and views with their columns: schema (empty where it is not needed), table, is it a view, column, type, may it be NULL, place in the primary key
/// (0: none), place in the table, about how many rows. What orders a part of a statement orders nothing outside: that is done here.
const COLUMNS: [&str; 2] = [
    "SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN '' ELSE n.nspname::text END AS a, c.relname::text AS b, \
     (c.relkind IN ('v', 'm'))::int AS c, t.attname::text AS d, pg_catalog.format_type(t.atttypid, t.atttypmod) AS e, (NOT t.attnotnull)::int AS f, \
     coalesce(pg_catalog.array_position(k.conkey::int[], t.attnum::int), 0) AS g, t.attnum AS h, \
     CASE WHEN c.relkind <> 'v' AND c.reltuples >= 0 THEN c.reltuples::bigint END AS i \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped \
     LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p' \
     WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
     AND pg_catalog.has_table_privilege(c.oid, 'SELECT')",
    "SELECT '' AS a, t.TABLE_NAME AS b, t.TABLE_TYPE LIKE '%VIEW' AS c, s.COLUMN_NAME AS d, s.COLUMN_TYPE AS e, s.IS_NULLABLE = 'YES' AS f, \
     coalesce(k.ORDINAL_POSITION, 0) AS g, s.ORDINAL_POSITION AS h, t.TABLE_ROWS AS i \
     FROM information_schema.TABLES t JOIN information_schema.COLUMNS s ON s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME \
     LEFT JOIN information_schema.KEY_COLUMN_USAGE k ON k.TABLE_SCHEMA = t.TABLE_SCHEMA AND k.TABLE_NAME = t.TABLE_NAME \
     AND k.COLUMN_NAME = s.COLUMN_NAME AND k.CONSTRAINT_NAME = 'PRIMARY' \
     WHERE t.TABLE_SCHEMA = DATABASE()",
];

/// Foreign keys of one column: schema, table, column, and the schema, table and column that it points to (empty: the primary key).
const FOREIGN: [&str; 2] = [
    "SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN '' ELSE n.nspname::text END AS a, c.relname::text AS b, t.attname::text AS c, \
     CASE WHEN pg_catalog.pg_table_is_visible(r.oid) THEN '' ELSE m.nspname::text END AS d, r.relname::text AS e, o.attname::text AS f \
     FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_catalog.pg_class r ON r.oid = k.confrelid JOIN pg_catalog.pg_namespace m ON m.oid = r.relnamespace \
     JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid AND t.attnum = k.conkey[1] \
     JOIN pg_catalog.pg_attribute o ON o.attrelid = r.oid AND o.attnum = k.confkey[1] \
     WHERE k.contype = 'f' AND pg_catalog.array_length(k.conkey, 1) = 1",
    "SELECT '' AS a, k.TABLE_NAME AS b, k.COLUMN_NAME AS c, '' AS d, k.REFERENCED_TABLE_NAME AS e, k.REFERENCED_COLUMN_NAME AS f \
     FROM information_schema.KEY_COLUMN_USAGE k WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_SCHEMA = k.TABLE_SCHEMA \
     AND 1 = (SELECT count(*) FROM information_schema.KEY_COLUMN_USAGE o WHERE o.TABLE_SCHEMA = k.TABLE_SCHEMA AND o.TABLE_NAME = k.TABLE_NAME \
     AND o.CONSTRAINT_NAME = k.CONSTRAINT_NAME)",
];

/// Rows of a table of SQLite, which estimates none, are counted up to this.
const MOST_COUNTED: u64 = 100_000;

/// Reads what a database says of itself. No row is read; how many there are is a server's own estimate, and of SQLite's tables counted up to 100,000 each.
///
/// # Errors
/// When it cannot be asked. A single table or view that cannot be looked at, such as a view of a table that is gone, is left out and named.
pub async fn catalogue(source: &CrmSource) -> Result<Catalogue, CrmError> {
    let mut session = source.begin().await?;
    let failed = |why: String| CrmError::Failed { place: source.place(), source: why.into() };
    let mut unread = Vec::new();
    let asked = match source.kind() {
        Database::Sqlite => sqlite(&mut session, &mut unread).await,
        Database::Postgres => server(&mut session, [COLUMNS[0], FOREIGN[0]]).await,
        Database::Mysql => server(&mut session, [COLUMNS[1], FOREIGN[1]]).await,
    };
    let (columns, mut foreign) = asked.map_err(failed)?;
    let mut tables = tables(columns);
    foreign.sort_unstable();
    for [schema, table, column, to_schema, to_table, to] in foreign {
        // SQLite keeps a name here as somebody wrote it, in whatever case.
        let target = tables.iter().find(|one| one.name.eq_ignore_ascii_case(&to_table) && one.schema == schema_of(&to_schema));
        let Some((name, primary)) = target.map(|one| (one.name.clone(), one.key.first().cloned())) else { continue };
        let to = if to.is_empty() { primary.unwrap_or_default() } else { to };
        if let Some(table) = tables.iter_mut().find(|one| one.name == table && one.schema == schema_of(&schema)) {
            table.foreign.push(Foreign { column, schema: schema_of(&to_schema), table: name, to });
        }
    }
    session.end().await?;
    Ok(Catalogue { database: source.kind(), tables, unread })
}

/// The rows of the columns and those of the foreign keys.
type Asked = Result<(Vec<[String; 9]>, Vec<[String; 6]>), String>;

async fn server(session: &mut Session, [columns, foreign]: [&str; 2]) -> Asked {
    Ok((ask(session, columns).await?, ask(session, foreign).await?))
}

/// SQLite looks at a view's statement whenever it is asked for the columns, and one that it cannot carry out ends the whole question: each is asked for by itself.
async fn sqlite(session: &mut Session, unread: &mut Vec<String>) -> Asked {
    let names = "SELECT s.name AS a, s.type = 'view' AS b, s.sql LIKE 'CREATE VIRTUAL%' AS c FROM sqlite_schema s \
         WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite!_%' ESCAPE '!'";
    let (mut columns, mut foreign) = (Vec::new(), Vec::new());
    for [name, is_view, is_virtual] in ask::<3>(session, names).await? {
        let text = name.replace('\'', "''");
        let rows = if is_view == "1" || is_virtual == "1" { "NULL".to_owned() } else { counted(session, &name).await };
        let asked = format!(
            "SELECT '' AS a, '{text}' AS b, {is_view} AS c, t.name AS d, t.type AS e, t.\"notnull\" = 0 AS f, t.pk AS g, t.cid AS h, {rows} AS i \
             FROM pragma_table_info('{text}') t"
        );
        match ask::<9>(session, &asked).await {
            Ok(found) => columns.extend(found),
            Err(why) => {
                unread.push(format!("{name}: {why}"));
                continue;
            }
        }
        let asked = format!(
            "SELECT '' AS a, '{text}' AS b, f.\"from\" AS c, '' AS d, f.\"table\" AS e, coalesce(f.\"to\", '') AS f FROM pragma_foreign_key_list('{text}') f \
             WHERE 1 = (SELECT count(*) FROM pragma_foreign_key_list('{text}') o WHERE o.id = f.id)"
        );
        foreign.extend(ask::<6>(session, &asked).await?);
    }
    Ok((columns, foreign))
}

/// How many rows a table of SQLite has, no further than they are soon counted; NULL where they cannot be.
async fn counted(session: &mut Session, table: &str) -> String {
    let quoted = table.replace('"', "\"\"");
    let counted = session.count(&Query::own(format!("SELECT 1 AS one FROM \"{quoted}\" LIMIT {MOST_COUNTED}"))).await;
    counted.ok().flatten().map_or_else(|| "NULL".to_owned(), |rows| rows.to_string())
}

/// Asks a question of our own; each row has its columns as text, NULL as an empty one.
async fn ask<const N: usize>(session: &mut Session, sql: &str) -> Result<Vec<[String; N]>, String> {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let expected: Vec<Expected> = names.iter().take(N).map(|name| Expected { name: (*name).to_owned(), is_optional: false }).collect();
    let mut rows = Vec::new();
    let mut unread: Option<String> = None;
    let mut take = |cells: &[Cell<'_>]| {
        let texts: Result<Vec<String>, value::Unfit> = cells.iter().map(|cell| value::text(cell).map(Option::unwrap_or_default)).collect();
        match texts.map(<[String; N]>::try_from) {
            Ok(Ok(row)) => rows.push(row),
            Ok(Err(_)) => unread = Some("a row of the catalogue has other columns than asked for".to_owned()),
            Err(unfit) => unread = Some(format!("a name in the catalogue {unfit}")),
        }
    };
    session.rows(&Query::own(sql.to_owned()), &expected, &mut take).await?;
    unread.map_or(Ok(rows), Err)
}

fn schema_of(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| name.to_owned())
}

/// The schema of a table, where it needs one, and its name.
type Name = (Option<String>, String);

/// The columns of a table by their places, each with its place in the primary key (0: none).
type Columns = BTreeMap<u32, (Column, u32)>;

/// Puts tables together from the rows of their columns, by name.
fn tables(rows: Vec<[String; 9]>) -> Vec<Table> {
    let mut tables: BTreeMap<Name, (bool, Option<u64>, Columns)> = BTreeMap::new();
    for [schema, name, is_view, column, ty, is_nullable, in_key, place, estimated] in rows {
        let (view, rows, columns) = tables.entry((schema_of(&schema), name)).or_default();
        *view = is_view == "1";
        *rows = estimated.parse().ok();
        let column = Column { name: column, ty, is_nullable: is_nullable == "1" };
        columns.insert(place.parse().unwrap_or_default(), (column, in_key.parse().unwrap_or_default()));
    }
    let table = |((schema, name), (is_view, rows, columns)): (Name, (bool, Option<u64>, Columns))| {
        let key: BTreeMap<u32, String> =
            columns.values().filter(|(_, place)| *place > 0).map(|(column, place)| (*place, column.name.clone())).collect();
        let columns = columns.into_values().map(|(column, _)| column).collect();
        Table { schema, name, is_view, rows, columns, key: key.into_values().collect(), foreign: Vec::new() }
    };
    tables.into_iter().map(table).collect()
}
