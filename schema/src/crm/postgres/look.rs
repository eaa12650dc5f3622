//! A small question by a single statement, which is of one moment by itself, on a connection that is kept for the next one.
//!
//! What a reading proves with statements of its own, this one proves with a row behind the others: that no table was emptied unnoticed, and that the session is
//! as it was when the connection was made. That row is put together last, when every table is locked that was read.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Error, Executor};

use super::{BEGIN, REWRITTEN, described, other, reached, reading, refusal, replica, within};
use crate::address::Server;
use crate::crm::server::{Found, Shape, hand_on};
use crate::crm::session::{Take, places};
use crate::crm::value::{Cell, text};
use crate::crm::{CrmError, Patience};
use crate::profile::{Expected, Query};

/// How long a connection is kept. As long it may go unnoticed that another server stands at the address, or that the account would no longer be let in.
const KEPT: Duration = Duration::from_mins(1);

/// What must stay as it was: the server's process, whether it is a replica, who we are, and every setting that decides what is read and how. A transaction pool
/// between, or a function that sets what stays set, would change it.
const STATE: &str = "pg_catalog.concat_ws(' ', pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), pg_catalog.current_database(), current_user, \
    session_user, (SELECT pg_catalog.string_agg(pg_catalog.current_setting(one.name), ' ' ORDER BY one.name) FROM pg_catalog.unnest(ARRAY['search_path', \
    'row_security', 'transaction_isolation', 'transaction_read_only', 'default_transaction_isolation', 'default_transaction_read_only', 'client_encoding', \
    'standard_conforming_strings', 'statement_timeout', 'lock_timeout', 'TimeZone', 'DateStyle', 'IntervalStyle', 'extra_float_digits']) AS one(name)))";

/// Whether a statement by itself sees one moment, may not write, and passes over no row, and texts come as UTF-8; and whether the server is a replica.
const GREETING: &str = "pg_catalog.current_setting('transaction_isolation') = 'repeatable read' \
    AND pg_catalog.current_setting('transaction_read_only') = 'on' AND pg_catalog.current_setting('row_security') = 'off' \
    AND pg_catalog.current_setting('server_encoding') <> 'SQL_ASCII', pg_catalog.pg_is_in_recovery()";

/// A connection on which a question is asked again and again.
#[derive(Debug)]
pub(crate) struct Look {
    pub(super) connection: PgConnection,
    pub(super) server: Server,
    pub(super) patience: Patience,
    pub(super) basis: Basis,
    /// Whether something failed, so that another connection is to be asked next.
    is_over: bool,
}

/// What is known of a connection that is kept.
#[derive(Debug)]
pub(super) struct Basis {
    made: Instant,
    /// Whether the server was a replica when the connection was made; a primary does not become one while its connections last.
    is_replica: bool,
    /// What [`STATE`] was when the connection was made.
    state: String,
    /// The columns of the question; none before it was asked. Should they have changed since, the statement fails, or what it gives is not what was seen before.
    found: Vec<Found>,
}

impl Look {
    /// Takes the connection that was kept, if it still answers, or makes one; none where that takes a reading: the settings that
    /// we ask for do not hold, or nobody says how texts are written.
    pub(in crate::crm) async fn begin(kept: Option<Self>, server: &Server, patience: Patience) -> Result<Option<Self>, CrmError> {
        if let Some(mut kept) = kept {
            // Nothing is carried out for it. A server that is gone would otherwise be noticed only after the time that a statement may take.
            let is_there = kept.is_good() && within(patience.lock, kept.connection.ping()).await.is_ok();
            if is_there {
                return Ok(Some(kept));
            }
            let _ = within(patience.lock, kept.connection.close()).await;
        }
        Self::anew(server, patience).await
    }

    async fn anew(server: &Server, patience: Patience) -> Result<Option<Self>, CrmError> {
        let made = Instant::now();
        let mut connection = reached(server, patience).await?;
        let sql = sqlx::query_as(AssertSqlSafe(format!("SELECT {STATE}, {GREETING}"))).persistent(false);
        let greeted = within(patience.lock, sql.fetch_one(&mut connection)).await;
        let (state, is_steady, is_replica): (String, bool, bool) = greeted.map_err(|error| refusal(server, patience, error))?;
        if !is_steady {
            let _ = within(patience.lock, connection.close()).await;
            return Ok(None);
        }
        Ok(Some(Self::again((connection, server.clone(), patience), Basis { made, is_replica, state, found: Vec::new() })))
    }

    /// A connection after a transaction of its own.
    pub(super) fn again((connection, server, patience): (PgConnection, Server, Patience), basis: Basis) -> Self {
        Self { connection, server, patience, basis, is_over: false }
    }

    fn is_good(&self) -> bool {
        !self.is_over && self.basis.made.elapsed() < KEPT
    }

    /// Begins a transaction in which nothing changes; gives how a replica is behind. None if the session is no longer as it was when the connection was made.
    pub(super) async fn transact(&mut self) -> Result<Option<Option<String>>, Error> {
        if !self.is_good() {
            return Ok(None);
        }
        // What was waited for must be in the moment that follows.
        let behind = if self.basis.is_replica { replica::behind(&mut self.connection, self.patience).await? } else { None };
        // Whatever an earlier answer left in the session, such as plans that functions hold and settings of their own, would not be of this moment.
        within(self.patience.lock, self.connection.execute("DISCARD ALL")).await?;
        within(self.patience.lock, self.connection.execute(BEGIN)).await?;
        // The first statement fixes the moment.
        let state = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {STATE}"))).persistent(false);
        let state: String = within(self.patience.lock, state.fetch_one(&mut self.connection)).await?;
        Ok((state == self.basis.state).then_some(behind))
    }

    /// Reads every row of a question; `take` gets the expected columns in their order. Of all questions on one connection after the
    /// first the columns are taken to be the same: they differ in their conditions.
    pub(in crate::crm) async fn rows(&mut self, query: &Query, expected: &[Expected], take: &mut Take<'_>) -> Result<(), String> {
        let is_over = std::mem::replace(&mut self.is_over, true);
        if is_over {
            return Err("something failed on this connection before".to_owned());
        }
        let failed = |error| refusal(&self.server, self.patience, error).to_string();
        // What was waited for must be in the moment that follows.
        if self.basis.is_replica
            && let Some(behind) = replica::behind(&mut self.connection, self.patience).await.map_err(failed)?
        {
            return Err(behind);
        }
        if self.basis.found.is_empty() {
            // Of the columns of a union the driver does not ask the server where they come from.
            let twice = query.with(&|statement| format!("(\n{statement}\n) UNION ALL (\n{statement}\n)"));
            self.basis.found = described(&mut self.connection, self.patience, &twice).await.map_err(failed)?;
        }
        let places = places(query, expected, self.basis.found.iter().map(|one| one.name.as_str()))?;
        let proof = Found { name: String::new(), shape: Shape::Text, expression: "NULL::text".to_owned() };
        let columns: Vec<Option<&Found>> =
            places.iter().map(|place| place.and_then(|place| self.basis.found.get(place))).chain([Some(&proof)]).collect();
        let mut proven = None;
        let mut split = |cells: &[Cell<'_>]| match cells.split_last() {
            Some((Cell::Null, cells)) => take(cells),
            Some((proof, _)) => proven = text(proof).ok().flatten(),
            None => {}
        };
        let nulls = "NULL, ".repeat(columns.iter().flatten().count() - 1);
        let rows = reading(query, &columns, self.patience.rows);
        let sql = format!("{rows} UNION ALL SELECT {nulls}(SELECT pg_catalog.concat_ws(' ', ({REWRITTEN}), {STATE}))");
        let sql = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        hand_on(sql.fetch(&mut self.connection), &columns, self.patience, &mut split).await.map_err(failed)?;
        if proven.is_none_or(|proven| proven != format!("0 {}", self.basis.state)) {
            return Err(failed(other("it could not be shown that a question was answered as of one moment, by the session that was opened for it")));
        }
        self.is_over = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
