//! Asking MariaDB or MySQL as a user: his variables are set, and afterwards every variable of the session is taken back.

use sqlx::{AssertSqlSafe, Error, Executor};

use super::{Session, within};
use crate::crm::CrmError;
use crate::crm::asker::Asker;
use crate::crm::session::{Ask, Take};

/// Who the session is.
const SESSION: &str = "SELECT CAST(CURRENT_USER() AS CHAR), CAST(CURRENT_ROLE() AS CHAR), CAST(DATABASE() AS CHAR)";

/// The variables of the session that have a value.
const MARIADB: &str = "SELECT CAST(VARIABLE_NAME AS CHAR) FROM information_schema.USER_VARIABLES WHERE VARIABLE_VALUE IS NOT NULL";
const MYSQL: &str = "SELECT CAST(VARIABLE_NAME AS CHAR) FROM performance_schema.user_variables_by_thread \
    WHERE THREAD_ID = PS_CURRENT_THREAD_ID() AND VARIABLE_VALUE IS NOT NULL";

impl Session {
    /// Reads every row that a user is given; see [`crate::crm::Session::rows_as`].
    pub(in crate::crm) async fn rows_as(&mut self, asker: &Asker, ask: &Ask<'_>, take: &mut Take<'_>) -> Result<u64, String> {
        self.whole()?;
        let own = match self.own.take() {
            Some(own) => own,
            None => self.session().await.map_err(|error| self.unread(error))?,
        };
        // Without it nobody could tell what stays behind, and so nothing is begun.
        let left = self.variables().await;
        let left = left.map_err(|error| format!("the account may not see its session's variables: {}", self.unread(error)))?;
        if !left.is_empty() {
            // Of what was read as the account.
            self.clean(asker, &own).await.map_err(|error| self.unread(error))?;
        }
        let done = self.answer(asker, ask, take).await;
        self.whole()?;
        let is_clean = self.clean(asker, &own).await.map_err(|error| self.unread(error))?;
        if !is_clean {
            return Err(self.stained(asker, "what made the session his stayed behind"));
        }
        self.own = Some(own);
        done
    }

    /// Sets what makes the session his, and reads. It is taken back by the caller.
    async fn answer(&mut self, asker: &Asker, ask: &Ask<'_>, take: &mut Take<'_>) -> Result<u64, String> {
        for (name, value) in &asker.settings {
            let sql = sqlx::query(AssertSqlSafe(format!("SET {} = ?", variable(name)))).bind(value);
            within(self.patience.lock, sql.execute(&mut self.connection)).await.map_err(|error| self.unread(error))?;
        }
        let listed = self.variables().await.map_err(|error| self.unread(error))?;
        if asker.settings.iter().any(|(name, _)| !listed.iter().any(|one| one.eq_ignore_ascii_case(name))) {
            return Err("the server does not list the variables of its session, so that nobody could tell what stays behind".to_owned());
        }
        let read = self.every(ask, take).await?;
        let counted = self.counted(ask.query).await.map_err(|error| self.unread(error))?;
        for (name, value) in &asker.settings {
            let sql = AssertSqlSafe(format!("SELECT CAST({} AS CHAR CHARACTER SET utf8mb4)", variable(name)));
            let now = within(self.patience.lock, sqlx::query_scalar(sql).fetch_one(&mut self.connection)).await;
            let now: Option<String> = now.map_err(|error| self.unread(error))?;
            if now.as_ref() != Some(value) {
                return Err(self.stained(asker, "something in the database changed what made the session his while it answered"));
            }
        }
        ask.proven(read, counted)
    }

    /// Takes every variable of the session back, those that the CRM's own functions set too; whether the session is as it was.
    async fn clean(&mut self, asker: &Asker, own: &[Option<String>]) -> Result<bool, Error> {
        let left = self.variables().await?;
        let names = left.iter().chain(asker.settings.iter().map(|(name, _)| name));
        let sets: Vec<String> = names.map(|name| format!("{} = NULL", variable(name))).collect();
        if !sets.is_empty() {
            within(self.patience.lock, self.connection.execute(AssertSqlSafe(format!("SET {}", sets.join(", "))))).await?;
        }
        Ok(self.variables().await?.is_empty() && self.session().await? == own)
    }

    async fn variables(&mut self) -> Result<Vec<String>, Error> {
        let sql = sqlx::query_scalar(if self.is_mariadb { MARIADB } else { MYSQL });
        within(self.patience.lock, sql.fetch_all(&mut self.connection)).await
    }

    async fn session(&mut self) -> Result<Vec<Option<String>>, Error> {
        let sql = sqlx::query_as(SESSION);
        let (user, role, database): (Option<String>, Option<String>, Option<String>) =
            within(self.patience.lock, sql.fetch_one(&mut self.connection)).await?;
        Ok(vec![user, role, database])
    }

    fn stained(&mut self, asker: &Asker, what: &str) -> String {
        let (place, user) = (self.server.to_string(), asker.user.clone());
        self.broken.get_or_insert(CrmError::Stained { place, user, what: what.to_owned() });
        what.to_owned()
    }
}

/// A variable of the session by its name.
fn variable(name: &str) -> String {
    format!("@`{}`", name.replace('`', "``"))
}
