//! Whether anything changed since the reading before, without reading it again.

use chrono::{DateTime, Utc};

use super::CrmError;
use super::memory::Memory;
use super::source::CrmSource;
use crate::profile::Profile;

/// Asks whether a reading would bring the same as the one that left the memory. It would not, or that cannot be told, where the profile does not tell the
/// changes of every relation, asks for doubts, or where it is time to read everything. `memory` must be of the same profile and source.
///
/// # Errors
/// When the CRM cannot be asked.
pub async fn is_unchanged(profile: &Profile, source: &CrmSource, (memory, now): (&mut Memory, DateTime<Utc>)) -> Result<bool, CrmError> {
    if !memory.hears() {
        return Ok(false);
    }
    let mut session = source.begin().await?;
    let is_unchanged = memory.is_unchanged(profile, &mut session, now).await;
    session.end().await?;
    Ok(is_unchanged)
}
