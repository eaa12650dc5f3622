//! How much a reading would bring, before anything is read.

use std::collections::BTreeMap;

use adressbote_rules::crm::Relation;

use super::CrmError;
use super::source::CrmSource;
use crate::profile::Profile;

/// Counts the rows of every relation that is not read as each user. What the database does not count is left out: reading it tells why.
///
/// # Errors
/// When the CRM cannot be asked.
pub async fn sizes(profile: &Profile, source: &CrmSource) -> Result<BTreeMap<Relation, u64>, CrmError> {
    let mut session = source.begin().await?;
    let mut sizes = BTreeMap::new();
    for (relation, query) in profile.queries(session.database()).filter(|(_, query)| !query.is_as_user) {
        if let Ok(Some(rows)) = session.count(query).await {
            sizes.insert(relation.clone(), rows);
        }
    }
    session.end().await?;
    Ok(sizes)
}
