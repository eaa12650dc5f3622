//! A CRM in PostgreSQL, read in a transaction that cannot write and sees one moment.

mod asker;
mod copy;
mod look;
mod replica;

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgTypeInfo, PgTypeKind};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Error, Executor, SqlSafeStr, Statement, TypeInfo};

use look::Basis;
pub(crate) use look::Look;

use super::server::{Found, Kept, LONGEST_READ, Shape, expressions, hand_on, last_part, within, without_values};
use super::session::{Ask, Cause, Refused, Take, counting, places};
use super::value::LONGEST_TEXT;
use super::{CrmError, Patience};
use crate::address::Server;
use crate::postgres::{self as server, Refusal, code as state};
use crate::profile::{Expected, Query};

/// Tables that were emptied by TRUNCATE, rewritten or made anew after the moment that the transaction sees, and before we locked them: they look empty
/// although they were not. The catalog is read as of the moment, the function sees it as it is now.
const REWRITTEN: &str = "SELECT count(*) FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation \
    WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() \
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
    AND CASE WHEN c.oid IS NULL THEN pg_catalog.pg_get_indexdef(l.relation) IS NULL \
        ELSE c.relkind IN ('r', 'm') AND c.relfilenode <> 0 AND pg_catalog.pg_relation_filenode(c.oid) IS DISTINCT FROM c.relfilenode END";

/// Begins a transaction that cannot write and sees one moment.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Tables and views of the CRM.
const TABLES: &str = "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";

/// One reading: a connection with a transaction in which nothing changes.
pub(crate) struct Session {
    pub(super) connection: PgConnection,
    server: Server,
    patience: Patience,
    /// When the transaction began, by the server's clock: another time is another transaction.
    began: String,
    /// The session before it became any user's.
    own: Option<Vec<String>>,
    /// Roles (empty: the account) and files of statements of which it is known that policies bind the one in the other.
    bound: BTreeSet<(String, String)>,
    /// How a replica is behind its primary, if it is: then nothing is read.
    behind: Option<String>,
    /// Why nothing more can be read.
    broken: Option<CrmError>,
    /// What is known of the connection, if it is one that is kept.
    basis: Option<Basis>,
}

impl Session {
    /// Begins a reading.
    pub(super) async fn begin(server: &Server, patience: Patience) -> Result<Self, CrmError> {
        let failed = |error| refusal(server, patience, error);
        let mut connection = connected(server, patience).await?;
        // What was waited for must be in the moment that follows.
        let behind = replica::behind(&mut connection, patience).await.map_err(failed)?;
        within(patience.lock, connection.execute(BEGIN)).await.map_err(failed)?;
        // The first statement fixes the moment.
        let tables = format!("SELECT count(*) {TABLES}");
        let tables: i64 = within(patience.statement, sqlx::query_scalar(AssertSqlSafe(tables)).fetch_one(&mut connection)).await.map_err(failed)?;
        if tables == 0 {
            return Err(CrmError::Empty { place: server.to_string() });
        }
        let began = within(patience.lock, began(&mut connection)).await.map_err(failed)?;
        Ok(Self::new((connection, server.clone(), patience), (began, behind), None))
    }

    /// Begins a reading on a connection that was kept for looks; none if it is no longer what it was, so that another one is to be made.
    pub(super) async fn begin_on(mut look: Look) -> Option<Self> {
        let behind = look.transact().await.ok().flatten()?;
        let Look { mut connection, server, patience, basis, .. } = look;
        let began = within(patience.lock, began(&mut connection)).await.ok()?;
        Some(Self::new((connection, server, patience), (began, behind), Some(basis)))
    }

    fn new(
        (connection, server, patience): (PgConnection, Server, Patience),
        (began, behind): (String, Option<String>),
        basis: Option<Basis>,
    ) -> Self {
        Self { connection, server, patience, began, own: None, bound: BTreeSet::new(), behind, broken: None, basis }
    }

    /// Ends the reading, and gives the connection back if it is one that is kept for looks. What was read is of one moment only if this succeeds.
    pub(super) async fn end(mut self) -> Result<Option<Look>, CrmError> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let torn = |source: Error| CrmError::Torn { place: self.server.to_string(), source: source.into() };
        if within(self.patience.lock, began(&mut self.connection)).await.map_err(torn)? != self.began {
            return Err(torn(other("the transaction ended in between")));
        }
        let rewritten: i64 = within(self.patience.statement, sqlx::query_scalar(REWRITTEN).fetch_one(&mut self.connection)).await.map_err(torn)?;
        if rewritten > 0 {
            return Err(torn(other("a table was emptied by TRUNCATE, rewritten or made anew while it was read")));
        }
        within(self.patience.lock, self.connection.execute("COMMIT")).await.map_err(torn)?;
        if let Some(basis) = self.basis {
            return Ok(Some(Look::again((self.connection, self.server, self.patience), basis)));
        }
        // The answer to COMMIT is what counts; a server that hangs up first has lost nothing of it.
        let _ = within(self.patience.lock, self.connection.close()).await;
        Ok(None)
    }

    /// The columns that a statement gives.
    pub(super) async fn columns(&mut self, query: &Query) -> Result<Result<Vec<String>, Refused>, CrmError> {
        self.save().await.map_err(|error| refusal(&self.server, self.patience, error))?;
        // As an account that is no user, policies could only fail: it is enough that the statement is understood.
        let done = if query.is_as_user { self.unbarred().await } else { Ok(()) };
        let done = match done {
            Ok(()) => described(&mut self.connection, self.patience, query).await,
            Err(error) => Err(error),
        };
        let done = match done {
            Ok(found) if query.is_as_user => Ok(found),
            // Only carrying it out shows whether we may; no row is read.
            Ok(found) => {
                let sql = format!("SELECT * FROM (\n{}\n) q LIMIT 0", query.statement);
                let sql = sqlx::query(AssertSqlSafe(sql)).persistent(false);
                within(self.patience.statement, self.connection.execute(sql)).await.map(|_| found)
            }
            Err(error) => Err(error),
        };
        self.release(done.is_ok() && !query.is_as_user).await;
        match done {
            Ok(found) => Ok(Ok(found.into_iter().map(|one| one.name).collect())),
            Err(error) if error.as_database_error().is_none() || is_lost(&error) || state(&error) == "55P03" => {
                Err(refusal(&self.server, self.patience, error))
            }
            Err(error) => Ok(Err(refused(&error, self.sentence(&error)))),
        }
    }

    /// The names that a missing one could have meant.
    pub(super) async fn names(&mut self, cause: Cause) -> Result<Vec<String>, CrmError> {
        let sql = match cause {
            Cause::NoColumn => {
                format!(
                    "SELECT DISTINCT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (SELECT c.oid {TABLES})"
                )
            }
            _ => format!("SELECT c.relname::text {TABLES}"),
        };
        let names = within(self.patience.statement, sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.connection)).await;
        names.map_err(|error| refusal(&self.server, self.patience, error))
    }

    /// How many rows the database counts; none if it gives NULL.
    pub(super) async fn count(&mut self, query: &Query) -> Result<Option<u64>, String> {
        self.whole()?;
        self.save().await.map_err(|error| self.unread(error))?;
        let counted = self.counted(query).await;
        self.release(counted.is_ok()).await;
        counted.map(|counted| counted.and_then(|counted| u64::try_from(counted).ok())).map_err(|error| self.unread(error))
    }

    async fn counted(&mut self, query: &Query) -> Result<Option<i64>, Error> {
        let sql = sqlx::query_scalar(AssertSqlSafe(counting(query))).persistent(false);
        within(self.patience.statement, sql.fetch_one(&mut self.connection)).await
    }

    /// Reads the rows, those with some texts in the first expected column or all; `take` gets the expected columns in their order.
    pub(super) async fn rows(&mut self, query: &Query, expected: &[Expected], keys: Option<&[&str]>, take: &mut Take<'_>) -> Result<(), String> {
        self.whole()?;
        self.save().await.map_err(|error| self.unread(error))?;
        let most = self.patience.rows;
        let done = match described(&mut self.connection, self.patience, query).await {
            Ok(found) => match places(query, expected, found.iter().map(|one| one.name.as_str())) {
                Ok(places) => {
                    let columns: Vec<Option<&Found>> = places.iter().map(|place| place.and_then(|place| found.get(place))).collect();
                    let ask = Ask { query, expected, keys, most };
                    if keys.is_some() { self.stream(&ask, &columns, take).await } else { self.copy(&ask, &columns, take).await }
                }
                Err(why) => {
                    self.release(true).await;
                    return Err(why);
                }
            },
            Err(error) => Err(error),
        };
        self.release(done.is_ok()).await;
        match done {
            Ok(count) if count > most => Err(format!("it has more than {most} rows")),
            Ok(_) => Ok(()),
            Err(error) => Err(self.unread(error)),
        }
    }

    /// Reads the rows of a query; gives how many there were, one more than may be at most.
    async fn stream(&mut self, ask: &Ask<'_>, columns: &[Option<&Found>], take: &mut Take<'_>) -> Result<u64, Error> {
        let keyed = columns.first().copied().flatten().zip(ask.keys);
        let narrowed = keyed.map(|(column, _)| ask.query.narrowed(&among(column)));
        let sql = AssertSqlSafe(reading(narrowed.as_ref().unwrap_or(ask.query), columns, ask.most.saturating_add(1)));
        let sql = sqlx::query(sql).persistent(false);
        let sql = match keyed {
            // A text that is no number is no key of such a column.
            Some((column, keys)) if column.shape == Shape::Kept(Kept::Int) => {
                sql.bind(keys.iter().filter_map(|key| key.parse().ok()).collect::<Vec<i64>>())
            }
            Some((column, keys)) if column.shape == Shape::Decimal => {
                sql.bind(keys.iter().copied().filter(|key| key.parse().is_ok_and(f64::is_finite)).collect::<Vec<&str>>())
            }
            Some((_, keys)) => sql.bind(keys),
            None => sql,
        };
        hand_on(sql.fetch(&mut self.connection), columns, Patience { rows: ask.most, ..self.patience }, take).await
    }

    /// Begins what may fail: an error would otherwise end the whole transaction.
    async fn save(&mut self) -> Result<(), Error> {
        within(self.patience.lock, self.connection.execute("SAVEPOINT one")).await.map(|_| ())
    }

    /// Ends what [`Session::save`] began. Locks are kept after success alone: of what was read we must know at the end whether it was whole.
    async fn release(&mut self, is_done: bool) {
        let sql = if is_done { "RELEASE SAVEPOINT one" } else { "ROLLBACK TO SAVEPOINT one; RELEASE SAVEPOINT one" };
        if let Err(error) = within(self.patience.lock, self.connection.execute(sql)).await {
            self.broken.get_or_insert(torn(&self.server, error));
        }
    }

    /// Whether the connection still is, and what it shows is of now.
    fn whole(&self) -> Result<(), String> {
        match &self.behind {
            _ if self.broken.is_some() => Err("the connection is lost".to_owned()),
            Some(behind) => Err(behind.clone()),
            None => Ok(()),
        }
    }

    /// Says why reading a relation failed; without the connection nothing more is read.
    fn unread(&mut self, error: Error) -> String {
        let sentence = self.sentence(&error);
        if is_lost(&error) {
            self.broken = Some(torn(&self.server, error));
        }
        sentence
    }

    /// An error in words, without contents.
    fn sentence(&self, error: &Error) -> String {
        let code = state(error);
        let message = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
        match code.as_str() {
            "57014" => format!("the statement took longer than {} s", self.patience.statement.as_secs_f32()),
            "55P03" => format!("it was locked by another program for more than {} s", self.patience.lock.as_secs_f32()),
            code if code.starts_with("22") || code.starts_with("P0") => without_values(&message),
            _ => message,
        }
    }

    /// How PostgreSQL would carry a statement out, in its own words.
    pub(super) async fn plan(&mut self, query: &Query) -> Result<Vec<String>, String> {
        self.whole()?;
        self.save().await.map_err(|error| self.unread(error))?;
        let sql = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {}", query.statement))).persistent(false);
        let plan: Result<Vec<String>, Error> = within(self.patience.statement, sql.fetch_all(&mut self.connection)).await;
        self.release(plan.is_ok()).await;
        plan.map_err(|error| self.unread(error))
    }
}

/// That a column holds one of the keys.
fn among(column: &Found) -> String {
    let name = format!("narrowed.\"{}\"", column.name.replace('"', "\"\""));
    match column.shape {
        Shape::Kept(Kept::Int) => format!("{name} = ANY($1::bigint[])"),
        Shape::Decimal => format!("{name} = ANY($1::text[]::numeric[])"),
        Shape::Int | Shape::Real | Shape::Bool | Shape::Bytes | Shape::Text | Shape::Kept(_) => format!("{name}::text = ANY($1::text[])"),
    }
}

/// A connection for reading, before it is known how texts come by it.
async fn reached(server: &Server, patience: Patience) -> Result<PgConnection, CrmError> {
    within(patience.lock, options(server, patience).connect()).await.map_err(|error| refusal(server, patience, error))
}

/// A connection for reading.
async fn connected(server: &Server, patience: Patience) -> Result<PgConnection, CrmError> {
    let failed = |error| refusal(server, patience, error);
    let mut connection = reached(server, patience).await?;
    // Such a database does not say how its texts are written; as they are, they can be judged one by one.
    let encoding = sqlx::query_scalar("SHOW server_encoding").persistent(false);
    let encoding: String = within(patience.lock, encoding.fetch_one(&mut connection)).await.map_err(failed)?;
    if encoding == "SQL_ASCII" {
        within(patience.lock, connection.execute("SET client_encoding = 'SQL_ASCII'")).await.map_err(failed)?;
    }
    Ok(connection)
}

/// The columns of a statement and what they hold, by the types that the database declares.
async fn described(connection: &mut PgConnection, patience: Patience, query: &Query) -> Result<Vec<Found>, Error> {
    let sql = AssertSqlSafe(query.statement.clone()).into_sql_str();
    let statement = within(patience.statement, connection.prepare(sql)).await?;
    let found = |column: &<sqlx::Postgres as sqlx::Database>::Column| {
        let shape = shape(column.type_info());
        Found { name: column.name().to_owned(), shape, expression: expression(column.name(), shape, column.type_info()) }
    };
    Ok(statement.columns().iter().map(found).collect())
}

/// How the server is reached for reading.
pub(super) fn options(server: &Server, patience: Patience) -> PgConnectOptions {
    server::options(server).statement_cache_capacity(0).options([
        ("default_transaction_read_only", "on".to_owned()),
        ("default_transaction_isolation", "repeatable read".to_owned()),
        ("statement_timeout", millis(patience.statement)),
        ("lock_timeout", millis(patience.lock)),
        ("idle_in_transaction_session_timeout", millis(patience.statement)),
        // The checks of a profile's SQL read its texts so.
        ("standard_conforming_strings", "on".to_owned()),
        // What a policy hides would be missing without a word; so it is an error.
        ("row_security", "off".to_owned()),
        // A profile's statement may be long and read little: to compile it would take many times as long as to run it.
        ("jit", "off".to_owned()),
    ])
}

/// A time limit as PostgreSQL takes it; it knows none below a millisecond, and 0 would be none at all.
fn millis(limit: Duration) -> String {
    limit.as_millis().clamp(1, i32::MAX as u128).to_string()
}

/// When the running transaction began.
async fn began(connection: &mut PgConnection) -> Result<String, Error> {
    sqlx::query_scalar("SELECT pg_catalog.transaction_timestamp()::text || ' ' || pg_catalog.pg_current_snapshot()::text").fetch_one(connection).await
}

fn other(what: &'static str) -> Error {
    Error::Io(io::Error::other(what))
}

/// Whether nothing more can come from this connection or transaction.
fn is_lost(error: &Error) -> bool {
    match error {
        Error::Database(_) => {
            let code = state(error);
            ["08", "57P"].iter().any(|class| code.starts_with(class)) || ["40001", "25P01", "25P02", "25P03", "25P04"].contains(&code.as_str())
        }
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Why a reading ended that had begun.
fn torn(server: &Server, error: Error) -> CrmError {
    let place = server.to_string();
    if state(&error) == "40001" { CrmError::Replica { place, source: error.into() } } else { CrmError::Torn { place, source: error.into() } }
}

/// Why the server cannot be read at all.
pub(super) fn refusal(server: &Server, patience: Patience, error: Error) -> CrmError {
    let (place, user) = (server.to_string(), server.user.clone());
    let (code, refusal) = (state(&error), Refusal::of(server, &error));
    let source = Box::new(error);
    match (code.as_str(), refusal) {
        ("55P03", _) => CrmError::Locked { place, waited: patience.lock },
        ("40001", _) => CrmError::Replica { place, source },
        (_, Refusal::Tls) => CrmError::Tls { place, source },
        (_, Refusal::Login) => CrmError::Login { place, user, source },
        (_, Refusal::NoDatabase) => CrmError::Missing { place },
        (_, Refusal::Forbidden) => CrmError::Forbidden { place, user, source },
        (_, Refusal::Busy) => CrmError::Busy { place, source },
        (_, Refusal::Unreachable) => CrmError::Unreachable { place, source },
        (_, Refusal::Other) => CrmError::Failed { place, source },
    }
}

/// What PostgreSQL's refusal of a statement is about.
fn refused(error: &Error, message: String) -> Refused {
    let quoted = message.split('"').nth(1).and_then(last_part);
    let (cause, name) = match state(error).as_str() {
        "42P01" => (Cause::NoTable, quoted),
        "42703" => (Cause::NoColumn, quoted.or_else(|| message.split_whitespace().nth(1).and_then(last_part))),
        "42501" => (Cause::NoGrant, quoted.or_else(|| message.split_whitespace().last().and_then(last_part))),
        _ => (Cause::Other, quoted),
    };
    Refused { message, name, cause }
}

/// The statement that reads some columns of a query, so many rows at most: one more than may be, so that too many are noticed. The limit stands inside, for
/// otherwise what a column is computed from would stand wherever its name does, and be computed a second time where its length is measured.
fn reading(query: &Query, columns: &[Option<&Found>], rows: u64) -> String {
    format!("SELECT {} FROM (SELECT * FROM (\n{}\n) q LIMIT {rows}) q", expressions(columns), query.statement)
}

/// How a column is read: as it is kept, or as text, cut where it is too long. To cut every text costs more than all else; so most are only measured.
fn expression(name: &str, shape: Shape, of: &PgTypeInfo) -> String {
    let name = format!("\"{}\"", name.replace('"', "\"\""));
    match (shape, base(of).name()) {
        (Shape::Kept(_), _) => name,
        (Shape::Int | Shape::Real | Shape::Decimal | Shape::Bool, _) => format!("{name}::text"),
        (Shape::Bytes, _) => format!("CASE WHEN {name} IS NOT NULL THEN '' END"),
        (Shape::Text, "TEXT" | "VARCHAR") => {
            format!("CASE WHEN pg_catalog.octet_length({name}) > {LONGEST_TEXT} THEN pg_catalog.left({name}, {LONGEST_READ}) ELSE {name} END")
        }
        (Shape::Text, _) => format!("pg_catalog.left({name}::text, {LONGEST_READ})"),
    }
}

/// What a domain restricts.
fn base(of: &PgTypeInfo) -> &PgTypeInfo {
    if let PgTypeKind::Domain(inner) = of.kind() { base(inner) } else { of }
}

/// A number of single precision comes as text: what is meant is the shortest that it could be, not all the digits that it is kept with.
fn shape(of: &PgTypeInfo) -> Shape {
    match base(of).name() {
        "INT2" | "INT4" | "INT8" => Shape::Kept(Kept::Int),
        "FLOAT8" => Shape::Kept(Kept::Double),
        "FLOAT4" => Shape::Real,
        "NUMERIC" => Shape::Decimal,
        "BOOL" => Shape::Kept(Kept::Bool),
        "DATE" => Shape::Kept(Kept::Day),
        "TIMESTAMP" => Shape::Kept(Kept::Instant),
        "TIMESTAMPTZ" => Shape::Kept(Kept::ZonedInstant),
        "BYTEA" => Shape::Bytes,
        _ => Shape::Text,
    }
}
