//! Asking PostgreSQL as a user: his settings and his role are taken on behind a savepoint, and what they were for is rolled back with them.

use sqlx::{Error, Executor};

use super::{REWRITTEN, Session, described, other, places, state, torn, within};
use crate::crm::CrmError;
use crate::crm::asker::Asker;
use crate::crm::server::Found;
use crate::crm::session::{Ask, Take};

/// What makes a session a user's, with the settings named.
const SESSION: &str = "SELECT ARRAY[current_user::text, session_user::text, pg_catalog.current_setting('row_security')] || ARRAY(\
    SELECT coalesce(pg_catalog.current_setting(one.name, true), '') FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS one(name, place) ORDER BY place)";

/// Whom the statement is carried out as, whether policies bind him at all, and a table whose policies do not, with the view through which it is read as that
/// one's owner, and whether they are not even enabled. Looked at is every table and view whose name stands in the statement, and what is behind the views.
const BOUND: &str = "WITH RECURSIVE read(oid, owner, view) AS (\
        SELECT c.oid, NULL::oid, NULL::text COLLATE \"C\" FROM pg_catalog.pg_class c WHERE pg_catalog.lower(c.relname) = ANY ($1::text[]) \
        UNION SELECT d.refobjid, CASE WHEN v.is_invoker THEN read.owner ELSE v.relowner END, CASE WHEN v.is_invoker THEN read.view ELSE v.relname::text END \
        FROM read \
        JOIN (SELECT oid, relname, relowner, relkind, EXISTS (SELECT FROM pg_catalog.unnest(reloptions) AS one(option) \
                WHERE one.option IN ('security_invoker=true', 'security_invoker=on', 'security_invoker=yes', 'security_invoker=1')) AS is_invoker \
            FROM pg_catalog.pg_class) v ON v.oid = read.oid AND v.relkind IN ('v', 'm') \
        JOIN pg_catalog.pg_rewrite w ON w.ev_class = v.oid \
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid \
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> v.oid), \
    free(relation, view, is_off) AS (SELECT c.relname::text, read.view, NOT c.relrowsecurity FROM read JOIN pg_catalog.pg_class c ON c.oid = read.oid \
        LEFT JOIN pg_catalog.pg_roles o ON o.oid = read.owner \
        WHERE CASE WHEN NOT c.relrowsecurity THEN EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid) \
            WHEN read.owner IS NULL THEN NOT pg_catalog.row_security_active(c.oid) \
            ELSE o.rolsuper OR o.rolbypassrls OR (NOT c.relforcerowsecurity AND pg_catalog.pg_has_role(read.owner, c.relowner, 'USAGE')) END \
        ORDER BY 1, 2, 3 LIMIT 1) \
    SELECT current_user::text, r.rolsuper OR r.rolbypassrls, free.relation, free.view, free.is_off \
    FROM pg_catalog.pg_roles r LEFT JOIN free ON true WHERE r.rolname = current_user";

/// Makes the schemas in which names are looked up those of the account. PostgreSQL's own setting, `"$user", public`, would follow the role.
const PATH: &str = "SELECT pg_catalog.set_config('search_path', (SELECT coalesce(pg_catalog.string_agg(pg_catalog.quote_ident(one.name), ', ' ORDER BY place), '') \
    FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS one(name, place)), true)";

/// The beginning and the end of a user's turn. A plan that a function kept could hold what another function, wrongly declared unchanging, said of the one
/// before; and the driver leaves behind each statement that it had described.
const BEGIN: &str = "DISCARD PLANS; SAVEPOINT asker";
const END: &str = "ROLLBACK TO SAVEPOINT asker; RELEASE SAVEPOINT asker; DEALLOCATE ALL; DISCARD PLANS";

impl Session {
    /// Reads every row that a user is given; see [`crate::crm::Session::rows_as`].
    pub(in crate::crm) async fn rows_as(&mut self, asker: &Asker, ask: &Ask<'_>, take: &mut Take<'_>) -> Result<u64, String> {
        self.whole()?;
        let own = match self.own.take() {
            Some(own) => own,
            None => self.session(asker).await.map_err(|error| self.unread(error))?,
        };
        within(self.patience.lock, self.connection.execute(BEGIN)).await.map_err(|error| self.unread(error))?;
        let done = self.answer(asker, ask, &own, take).await;
        let ended = within(self.patience.lock, self.connection.execute(END)).await;
        if let Err(error) = ended {
            self.broken.get_or_insert(torn(&self.server, error));
        }
        self.whole()?;
        let after = self.session(asker).await.map_err(|error| self.unread(error))?;
        if after != own {
            return Err(self.stained(asker, "what made the session his stayed behind"));
        }
        self.own = Some(own);
        done
    }

    /// Takes on what makes the session his, and reads. Whatever comes of it is rolled back by the caller.
    async fn answer(&mut self, asker: &Asker, ask: &Ask<'_>, own: &[String], take: &mut Take<'_>) -> Result<u64, String> {
        self.unbarred().await.map_err(|error| self.unread(error))?;
        for (name, value) in &asker.settings {
            self.set(name, value).await.map_err(|error| self.unread(error))?;
        }
        if let Some(role) = &asker.role {
            // Names mean the account's tables still, never what stands in a schema of his own.
            within(self.patience.lock, self.connection.execute(PATH)).await.map_err(|error| self.unread(error))?;
            self.set("role", role).await.map_err(|error| self.no_role(error))?;
        }
        self.bound(asker, ask).await?;
        let found = described(&mut self.connection, self.patience, ask.query).await.map_err(|error| self.unread(error))?;
        let places = places(ask.query, ask.expected, found.iter().map(|one| one.name.as_str()))?;
        let columns: Vec<Option<&Found>> = places.iter().map(|place| place.and_then(|place| found.get(place))).collect();
        let read = self.stream(ask, &columns, take).await.map_err(|error| self.unread(error))?;
        let counted = self.counted(ask.query).await.map_err(|error| self.unread(error))?;
        let is_his = |at: usize| match at {
            0 => asker.role.as_ref().or(own.first()),
            2 => None,
            at => at.checked_sub(3).and_then(|at| asker.settings.get(at)).map(|(_, value)| value).or(own.get(at)),
        };
        let now = self.session(asker).await.map_err(|error| self.unread(error))?;
        if now.iter().enumerate().any(|(at, text)| is_his(at).map_or(text != "on", |his| text != his)) {
            return Err(self.stained(asker, "something in the database changed what made the session his while it answered"));
        }
        // The locks that he took end with his turn, and with them what keeps the tables from being emptied unnoticed.
        let rewritten = sqlx::query_scalar(REWRITTEN).persistent(false);
        let rewritten: i64 = within(self.patience.statement, rewritten.fetch_one(&mut self.connection)).await.map_err(|error| self.unread(error))?;
        if rewritten > 0 {
            let error = other("a table was emptied by TRUNCATE, rewritten or made anew while it was read");
            self.broken = Some(torn(&self.server, error));
        }
        self.whole()?;
        ask.proven(read, counted)
    }

    /// Lets policies hide rows, as they do for users.
    pub(super) async fn unbarred(&mut self) -> Result<(), Error> {
        within(self.patience.lock, self.connection.execute("SET LOCAL row_security = on")).await.map(|_| ())
    }

    async fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let sql = sqlx::query("SELECT pg_catalog.set_config($1, $2, true)").bind(name).bind(value).persistent(false);
        within(self.patience.lock, sql.execute(&mut self.connection)).await.map(|_| ())
    }

    /// Whether the session is that of the role that it should be, and policies bind that one.
    async fn bound(&mut self, asker: &Asker, ask: &Ask<'_>) -> Result<(), String> {
        let key = (asker.role.clone().unwrap_or_default(), ask.query.file.clone());
        if self.bound.contains(&key) {
            return Ok(());
        }
        let names: Vec<&str> = ask.query.names().collect();
        let sql = sqlx::query_as(BOUND).bind(names).persistent(false);
        let found = within(self.patience.statement, sql.fetch_one(&mut self.connection)).await;
        let (role, is_free, table, view, is_off): (String, bool, Option<String>, Option<String>, Option<bool>) =
            found.map_err(|error| self.unread(error))?;
        let whom = if asker.role.is_some() { "his database role" } else { "the account that reads" };
        match (table, view) {
            _ if asker.role.as_ref().is_some_and(|wanted| *wanted != role) => Err("what should be his database role is none".to_owned()),
            _ if is_free => Err(format!("no policy binds {whom}, which is superuser or has BYPASSRLS")),
            (Some(table), _) if is_off == Some(true) => {
                Err(format!("the policies of `{table}` bind nobody: they are not switched on (ALTER TABLE {table} ENABLE ROW LEVEL SECURITY)"))
            }
            (Some(table), None) => {
                Err(format!("the policies of `{table}` do not bind {whom}, which owns it; FORCE ROW LEVEL SECURITY would make them"))
            }
            (Some(table), Some(view)) => {
                Err(format!("the view `{view}` is read as its owner, whom the policies of `{table}` do not bind; make it `security_invoker`"))
            }
            (None, _) => {
                self.bound.insert(key);
                Ok(())
            }
        }
    }

    async fn session(&mut self, asker: &Asker) -> Result<Vec<String>, Error> {
        let names: Vec<&str> = asker.settings.iter().map(|(name, _)| name.as_str()).collect();
        let sql = sqlx::query_scalar(SESSION).bind(names).persistent(false);
        within(self.patience.lock, sql.fetch_one(&mut self.connection)).await
    }

    fn no_role(&mut self, error: Error) -> String {
        match state(&error).as_str() {
            "22023" => "his database role does not exist".to_owned(),
            "42501" => "the account that reads is no member of his database role".to_owned(),
            _ => self.unread(error),
        }
    }

    fn stained(&mut self, asker: &Asker, what: &str) -> String {
        let (place, user) = (self.server.to_string(), asker.user.clone());
        self.broken.get_or_insert(CrmError::Stained { place, user, what: what.to_owned() });
        what.to_owned()
    }
}
