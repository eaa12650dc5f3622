//! A CRM in MariaDB or MySQL, read in a transaction that cannot write and sees one moment.

mod asker;

use std::io;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow, MySqlSslMode, MySqlTypeInfo};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Error, Executor, MySql, Row, SqlSafeStr, Statement, Type, TypeInfo};

use super::engine::Engines;
use super::server::{Found, LONGEST_READ, Shape, expressions, hand_on, last_part, within, without_values};
use super::session::{Ask, Cause, Refused, Take, counting, places};
use super::{CrmError, Patience};
use crate::address::{Server, Tls};
use crate::profile::{Expected, Query};

/// What makes a profile's SQL mean the same on every server, and gives all rows and texts whole. Quotes and backslashes are read as the checks of a
/// profile's SQL read them.
const SETTINGS: &str = "SET SESSION sql_mode = 'PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', SESSION sql_select_limit = 18446744073709551615, \
    SESSION group_concat_max_len = 16777216";

/// How many statements the server keeps prepared. Taking one back costs a wait of 40 ms, for the server says nothing to that and the driver's next packet stays
/// behind until it has been acknowledged; and as each user the same is asked again.
const STATEMENTS: usize = 64;

/// Tables and views of the CRM.
const TABLES: &str = "FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";

/// One reading: a connection with a transaction in which nothing changes.
pub(crate) struct Session {
    pub(super) connection: MySqlConnection,
    server: Server,
    patience: Patience,
    is_mariadb: bool,
    /// What keeps the tables; read when the first statement asks.
    engines: Option<Engines>,
    /// The session before it became any user's.
    own: Option<Vec<Option<String>>>,
    /// Why nothing more can be read.
    broken: Option<CrmError>,
}

impl Session {
    /// Begins a reading.
    pub(super) async fn begin(server: &Server, patience: Patience) -> Result<Self, CrmError> {
        let failed = |error| refusal(server, patience, error);
        let options = options(server);
        let mut connection = within(patience.lock, options.connect()).await.map_err(failed)?;
        let version: String = within(patience.lock, sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut connection)).await.map_err(failed)?;
        let is_mariadb = version.contains("MariaDB");
        within(patience.lock, connection.execute(AssertSqlSafe(settings(patience, is_mariadb)))).await.map_err(failed)?;
        within(patience.lock, connection.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")).await.map_err(failed)?;
        let tables = format!("SELECT count(*) {TABLES}");
        let tables: i64 = within(patience.statement, sqlx::query_scalar(AssertSqlSafe(tables)).fetch_one(&mut connection)).await.map_err(failed)?;
        if tables == 0 {
            return Err(CrmError::Empty { place: server.to_string() });
        }
        Ok(Self { connection, server: server.clone(), patience, is_mariadb, engines: None, own: None, broken: None })
    }

    /// Ends the reading. What was read is of one moment only if this succeeds.
    pub(super) async fn end(mut self) -> Result<(), CrmError> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let torn = |source: Error| CrmError::Torn { place: self.server.to_string(), source: source.into() };
        if self.is_mariadb {
            let is_on =
                within(self.patience.lock, sqlx::query_scalar("SELECT CAST(@@in_transaction AS SIGNED)").fetch_one(&mut self.connection)).await;
            let is_on: i64 = is_on.map_err(torn)?;
            if is_on == 0 {
                return Err(torn(Error::Io(io::Error::other("the transaction ended in between"))));
            }
        }
        within(self.patience.lock, self.connection.execute("COMMIT")).await.map_err(torn)?;
        // The answer to COMMIT is what counts; a server that hangs up first has lost nothing of it.
        let _ = within(self.patience.lock, self.connection.close()).await;
        Ok(())
    }

    /// The columns that a statement gives.
    pub(super) async fn columns(&mut self, query: &Query) -> Result<Result<Vec<String>, Refused>, CrmError> {
        match self.described(query).await {
            Ok(found) => {
                let moment = self.moment(query).await.map_err(|error| refusal(&self.server, self.patience, error))?;
                Ok(moment.map(|()| found.into_iter().map(|one| one.name).collect()))
            }
            Err(error) if number(&error).is_none() || is_lost(&error) || number(&error) == Some(1205) => {
                Err(refusal(&self.server, self.patience, error))
            }
            Err(error) => Ok(Err(refused(&error, self.sentence(&error)))),
        }
    }

    /// The names that a missing one could have meant.
    pub(super) async fn names(&mut self, cause: Cause) -> Result<Vec<String>, CrmError> {
        let sql = match cause {
            Cause::NoColumn => "SELECT DISTINCT CAST(COLUMN_NAME AS CHAR) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()".to_owned(),
            _ => format!("SELECT CAST(TABLE_NAME AS CHAR) {TABLES}"),
        };
        let names = within(self.patience.statement, sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.connection)).await;
        names.map_err(|error| refusal(&self.server, self.patience, error))
    }

    /// How many rows the database counts; none if it gives NULL.
    pub(super) async fn count(&mut self, query: &Query) -> Result<Option<u64>, String> {
        self.whole()?;
        let counted = self.counted(query).await;
        counted.map(|counted| counted.and_then(|counted| u64::try_from(counted).ok())).map_err(|error| self.unread(error))
    }

    async fn counted(&mut self, query: &Query) -> Result<Option<i64>, Error> {
        let sql = sqlx::query_scalar(AssertSqlSafe(counting(query)));
        within(self.patience.statement, sql.fetch_one(&mut self.connection)).await
    }

    /// Reads the rows, those with some texts in the first expected column or all; `take` gets the expected columns in their order.
    pub(super) async fn rows(&mut self, query: &Query, expected: &[Expected], keys: Option<&[&str]>, take: &mut Take<'_>) -> Result<(), String> {
        self.whole()?;
        let most = self.patience.rows;
        match self.every(&Ask { query, expected, keys, most }, take).await? {
            count if count > most => Err(format!("it has more than {most} rows")),
            _ => Ok(()),
        }
    }

    /// Reads every row, one more than may be at most; gives their number.
    async fn every(&mut self, ask: &Ask<'_>, take: &mut Take<'_>) -> Result<u64, String> {
        let found = self.described(ask.query).await.map_err(|error| self.unread(error))?;
        let places = places(ask.query, ask.expected, found.iter().map(|one| one.name.as_str()))?;
        match self.moment(ask.query).await {
            Ok(Ok(())) => {}
            Ok(Err(refused)) => return Err(refused.message),
            Err(error) => return Err(self.unread(error)),
        }
        let columns: Vec<Option<&Found>> = places.iter().map(|place| place.and_then(|place| found.get(place))).collect();
        self.stream(ask, &columns, take).await.map_err(|error| self.unread(error))
    }

    /// Reads the rows of a query; gives how many there were, one more than may be at most.
    async fn stream(&mut self, ask: &Ask<'_>, columns: &[Option<&Found>], take: &mut Take<'_>) -> Result<u64, Error> {
        let keyed = columns.first().copied().flatten().zip(ask.keys);
        let narrowed = keyed.map(|(column, keys)| {
            let marks = vec!["?"; keys.len()].join(", ");
            ask.query.narrowed(&format!("narrowed.`{}` IN ({marks})", column.name.replace('`', "``")))
        });
        // The same text for every user, however many rows the others had.
        let sql = AssertSqlSafe(reading(narrowed.as_ref().unwrap_or(ask.query), columns, self.patience.rows));
        let sql = sqlx::query(sql).persistent(keyed.is_none());
        let sql = keyed.map_or(&[][..], |(_, keys)| keys).iter().fold(sql, |sql, key| sql.bind(*key));
        hand_on(sql.fetch(&mut self.connection), columns, Patience { rows: ask.most, ..self.patience }, take).await
    }

    /// The columns of a statement and what they hold, by the types that the database declares.
    async fn described(&mut self, query: &Query) -> Result<Vec<Found>, Error> {
        let sql = AssertSqlSafe(query.statement.clone()).into_sql_str();
        let statement = within(self.patience.statement, self.connection.prepare(sql)).await?;
        let found = |column: &<MySql as sqlx::Database>::Column| {
            let shape = shape(column.type_info());
            Found { name: column.name().to_owned(), shape, expression: expression(column.name(), shape) }
        };
        Ok(statement.columns().iter().map(found).collect())
    }

    /// Whether all that a statement reads can be read as of one moment.
    async fn moment(&mut self, query: &Query) -> Result<Result<(), Refused>, Error> {
        if self.engines.is_none() {
            self.engines = Some(within(self.patience.statement, Engines::read(&mut self.connection)).await?);
        }
        Ok(self.engines.as_ref().map_or(Ok(()), |engines| engines.check(query.names())))
    }

    /// Whether the connection still is.
    fn whole(&self) -> Result<(), String> {
        if self.broken.is_some() { Err("the connection is lost".to_owned()) } else { Ok(()) }
    }

    /// Says why reading a relation failed; without the connection nothing more is read.
    fn unread(&mut self, error: Error) -> String {
        let sentence = self.sentence(&error);
        if is_lost(&error) {
            self.broken = Some(CrmError::Torn { place: self.server.to_string(), source: error.into() });
        }
        sentence
    }

    /// An error in words, without contents.
    fn sentence(&self, error: &Error) -> String {
        let message = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
        match number(error) {
            None => message,
            Some(1969 | 3024) => format!("the statement took longer than {} s", self.patience.statement.as_secs_f32()),
            Some(1205) => format!("it was locked by another program for more than {} s", self.patience.lock.as_secs_f32()),
            // These name tables, columns, functions and accounts, or what stands in the profile.
            Some(1044..=1064 | 1142..=1146 | 1222..=1248 | 1305 | 1345 | 1356 | 1370 | 1792) => message,
            Some(_) => without_values(&message),
        }
    }

    /// How the server would carry a statement out: a line for each table that it reads, with what it says of it.
    pub(super) async fn plan(&mut self, query: &Query) -> Result<Vec<String>, String> {
        self.whole()?;
        let sql = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN {}", query.statement)));
        let steps = within(self.patience.statement, sql.fetch_all(&mut self.connection)).await.map_err(|error| self.unread(error))?;
        let said = |row: &MySqlRow| {
            let each = row.columns().iter().enumerate().map(|(place, column)| {
                let value: Option<String> = row.try_get_unchecked(place)?;
                Ok(value.map(|value| format!("{} {value}", column.name())))
            });
            let words: Vec<Option<String>> = each.collect::<Result<_, Error>>()?;
            Ok(words.into_iter().flatten().collect::<Vec<_>>().join(", "))
        };
        steps.iter().map(said).collect::<Result<_, Error>>().map_err(|error| self.unread(error))
    }
}

/// How the server is reached.
fn options(server: &Server) -> MySqlConnectOptions {
    let tls = match server.tls {
        Tls::Off => MySqlSslMode::Disabled,
        Tls::Required => MySqlSslMode::Required,
        Tls::Authority => MySqlSslMode::VerifyCa,
        Tls::Full => MySqlSslMode::VerifyIdentity,
    };
    let options = MySqlConnectOptions::new()
        .host(&server.host)
        .port(server.port)
        .username(&server.user)
        .database(&server.database)
        .charset("utf8mb4")
        .timezone(Some("+00:00".to_owned()))
        .ssl_mode(tls)
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let options = match &server.password {
        Some(password) => options.password(password.expose_secret()),
        None => options,
    };
    let options = match &server.socket {
        Some(socket) => options.socket(socket),
        None => options,
    };
    match &server.root_certificate {
        Some(path) => options.ssl_ca(path),
        None => options,
    }
}

/// The session's settings: it only reads, and waits only so long.
fn settings(patience: Patience, is_mariadb: bool) -> String {
    // Both servers know no shorter wait for a lock than a second.
    let seconds = |limit: Duration| limit.as_secs().clamp(1, 31_536_000);
    let statement = if is_mariadb {
        // A recursion would end there without a word.
        format!("max_recursive_iterations = 4294967295, SESSION max_statement_time = {}", patience.statement.as_secs_f64().max(0.001))
    } else {
        format!("max_execution_time = {}", patience.statement.as_millis().clamp(1, u128::from(u32::MAX)))
    };
    let lock = seconds(patience.lock);
    format!(
        "{SETTINGS}, SESSION lock_wait_timeout = {lock}, SESSION innodb_lock_wait_timeout = {lock}, SESSION wait_timeout = {}, SESSION {statement}; \
         SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        seconds(patience.statement)
    )
}

/// The server's number of an error; none for one that is not the server's.
fn number(error: &Error) -> Option<u16> {
    Some(error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?.number())
}

/// Whether nothing more can come from this connection or transaction. 1412 is a table that was emptied by TRUNCATE or made anew since the moment.
fn is_lost(error: &Error) -> bool {
    match error {
        Error::Database(_) => matches!(number(error), Some(1053 | 1152 | 1158..=1161 | 1213 | 1412 | 1927 | 2006 | 2013)),
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Why the server cannot be read at all.
fn refusal(server: &Server, patience: Patience, error: Error) -> CrmError {
    let (place, user) = (server.to_string(), server.user.clone());
    let number = number(&error);
    let is_certificate = matches!(&error, Error::Io(error) if error.kind() == io::ErrorKind::InvalidData);
    let is_unreachable = matches!(&error, Error::Io(_));
    let source = Box::new(error);
    match number {
        Some(1045 | 1130 | 1524 | 1698 | 1820 | 1862 | 3118 | 4151) => CrmError::Login { place, user, source },
        Some(1044 | 1142) => CrmError::Forbidden { place, user, source },
        Some(1049) => CrmError::Missing { place },
        Some(1040 | 1203 | 1226) => CrmError::Busy { place, source },
        Some(1205) => CrmError::Locked { place, waited: patience.lock },
        Some(3159) => CrmError::Tls { place, source },
        Some(1412) => CrmError::Torn { place, source },
        None if is_certificate || matches!(*source, Error::Tls(_)) => CrmError::Tls { place, source },
        None if is_unreachable => CrmError::Unreachable { place, source },
        Some(_) | None => CrmError::Failed { place, source },
    }
}

/// What the refusal of a statement is about.
fn refused(error: &Error, message: String) -> Refused {
    let quoted = |quote: char| message.split(quote).nth(1).and_then(last_part);
    let (cause, name) = match number(error) {
        Some(1146) => (Cause::NoTable, quoted('\'')),
        Some(1054) => (Cause::NoColumn, quoted('\'')),
        Some(1142 | 1143 | 1345 | 1356 | 1370) => {
            let name = message.rsplit(" table ").next().and_then(|rest| rest.split_whitespace().next()).and_then(last_part);
            (Cause::NoGrant, name)
        }
        _ => (Cause::Other, quoted('\'').and_then(|near| near.split_whitespace().next().map(str::to_owned))),
    };
    Refused { message, name, cause }
}

/// The statement that reads some columns of a query, one row more than may be, so that too many are noticed.
fn reading(query: &Query, columns: &[Option<&Found>], rows: u64) -> String {
    format!("SELECT {} FROM (\n{}\n) q LIMIT {}", expressions(columns), query.statement, rows.saturating_add(1))
}

/// How a column is read: as text, cut where it is too long.
fn expression(name: &str, shape: Shape) -> String {
    let name = format!("`{}`", name.replace('`', "``"));
    match shape {
        Shape::Int | Shape::Real | Shape::Decimal => format!("CAST({name} AS CHAR)"),
        // Bits alone; as text they would be bytes.
        Shape::Bool => format!("CAST({name} + 0 AS CHAR)"),
        Shape::Bytes => format!("CASE WHEN {name} IS NOT NULL THEN '' END"),
        Shape::Text | Shape::Kept(_) => format!("LEFT(CAST({name} AS CHAR CHARACTER SET utf8mb4), {LONGEST_READ})"),
    }
}

fn shape(of: &MySqlTypeInfo) -> Shape {
    match of.name() {
        "FLOAT" | "DOUBLE" => Shape::Real,
        "DECIMAL" => Shape::Decimal,
        "BIT" => Shape::Bool,
        "GEOMETRY" => Shape::Bytes,
        "DATE" | "TIME" | "DATETIME" | "TIMESTAMP" | "JSON" | "ENUM" | "SET" | "NULL" => Shape::Text,
        name if name == "BOOLEAN" || name == "YEAR" || name.contains("INT") => Shape::Int,
        // The name alone does not tell text in a binary collation from bytes.
        _ if <str as Type<MySql>>::compatible(of) => Shape::Text,
        _ => Shape::Bytes,
    }
}
