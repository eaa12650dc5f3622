//! Whether anything changed since the reading before, without reading it again.

use chrono::{DateTime, Utc};

use super::memory::Memory;
use super::session::Take;
use super::source::CrmSource;
use super::{CrmError, Session, postgres};
use crate::profile::{Database, Expected, Profile, Query};

/// Asks whether a reading would bring the same as the one that left the memory. It would not, or that cannot be told, where the profile does not tell the
/// changes of every relation, asks for doubts, or where it is time to read everything. `memory` must be of the same profile and source.
///
/// # Errors
/// When the CRM cannot be asked.
pub async fn is_unchanged(profile: &Profile, source: &CrmSource, (memory, now): (&mut Memory, DateTime<Utc>)) -> Result<bool, CrmError> {
    if let Some(is_unchanged) = looked(profile, source, (&mut *memory, now)).await? {
        return Ok(is_unchanged);
    }
    let mut session = source.begin().await?;
    let is_unchanged = memory.is_unchanged(profile, &mut Teller::Reading(&mut session), now).await;
    session.end().await?;
    Ok(is_unchanged)
}

/// The same, where it takes less than a reading to find out.
pub(super) async fn looked(profile: &Profile, source: &CrmSource, (memory, now): (&mut Memory, DateTime<Utc>)) -> Result<Option<bool>, CrmError> {
    if !memory.hears() {
        return Ok(Some(false));
    }
    // Who counts rows asks several questions, which must be answered as of one moment.
    let is_one_question = profile.changes(source.kind()).is_some_and(|changes| changes.settings.counted.is_empty());
    if is_one_question && let Some(mut look) = source.look(memory.look.take()).await? {
        let is_unchanged = memory.is_unchanged(profile, &mut Teller::Look(&mut look), now).await;
        memory.look = Some(look);
        return Ok(Some(is_unchanged));
    }
    Ok(None)
}

/// Who is asked what changed.
pub(super) enum Teller<'s> {
    /// A reading, in which all is of one moment.
    Reading(&'s mut Session),
    /// A connection on which each question is of a moment of its own.
    Look(&'s mut postgres::Look),
}

impl Teller<'_> {
    pub(super) fn database(&self) -> Database {
        match self {
            Self::Reading(session) => session.database(),
            Self::Look(_) => Database::Postgres,
        }
    }

    /// See [`Session::rows`].
    pub(super) async fn rows(&mut self, query: &Query, expected: &[Expected], take: &mut Take<'_>) -> Result<(), String> {
        match self {
            Self::Reading(session) => session.rows(query, expected, take).await,
            Self::Look(look) => look.rows(query, expected, take).await,
        }
    }

    /// See [`Session::count`].
    pub(super) async fn count(&mut self, query: &Query) -> Result<Option<u64>, String> {
        match self {
            Self::Reading(session) => session.count(query).await,
            Self::Look(_) => Err("it would be counted at another moment".to_owned()),
        }
    }
}
