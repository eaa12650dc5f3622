//! Whom a pass deals with: everybody, one user, or those whom one record may concern.

use std::collections::BTreeSet;

use adressbote_rules::crm::Relation;
use adressbote_rules::due::{Evaluation, Verdict};
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::sight::{Snapshot, Viewer};
use adressbote_schema::state::PassKind;

use super::error::PassError;
use crate::app::App;
use crate::near::nearest;

/// That neither the CRM nor the ledger knows whom or what a pass is for. Nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Unknown {
    what: String,
    hint: String,
}

impl Unknown {
    /// That there is no such user, for an operator.
    pub fn user(snapshot: &Snapshot, user: &UserKey) -> Self {
        let by_name = |login: &str, mail: Option<&str>| login == user.as_str() || mail == Some(user.as_str());
        let hint = match snapshot.users().find(|row| by_name(&row.login, row.mail.as_deref())) {
            Some(found) => format!("users are named by key; with this login or address there is `{}`", found.key),
            None => match nearest(user.as_str(), snapshot.users().map(|row| row.key.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "users are named by the key that the profile gives them".to_owned(),
            },
        };
        Self { what: format!("there is no user `{user}` in the CRM"), hint }
    }

    /// That there is no such record, for an operator.
    pub fn record(snapshot: &Snapshot, record: &RecordKey) -> Self {
        let hint = match nearest(record.as_str(), snapshot.record_keys().map(RecordKey::as_str)) {
            Some(near) => format!("the nearest key is `{near}`"),
            None => "records are named by the key that the profile gives them".to_owned(),
        };
        Self { what: format!("there is no record `{record}` in the CRM's view"), hint }
    }

    /// What to do.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// The users whom a pass of this kind deals with; none: all. Whoever has the record in his mailbox, or may have it, is among them, whatever the CRM now
/// says of him or of it.
///
/// # Errors
/// When neither the CRM nor the ledger knows the user or record, or the state database fails.
pub async fn concerned<'s>(
    app: &App,
    snapshot: &'s Snapshot,
    evaluations: &[Evaluation<'s>],
    kind: &PassKind,
) -> Result<Option<BTreeSet<UserKey>>, PassError> {
    match kind {
        PassKind::Full => Ok(None),
        PassKind::User(user) => {
            // Where the users could not be read, he may be one of them.
            let is_known =
                snapshot.viewer(user).is_some() || snapshot.doubtful_users().contains_key(user) || snapshot.doubts().contains_key(&Relation::Users);
            if !is_known && app.state.binding_history(user).await?.is_empty() {
                return Err(Unknown::user(snapshot, user).into());
            }
            Ok(Some(BTreeSet::from([user.clone()])))
        }
        PassKind::Record(record) => {
            let mut users = app.state.holders(record).await?;
            let is_known =
                snapshot.has(record) || snapshot.doubtful_records().contains_key(record) || snapshot.doubts().contains_key(&Relation::View);
            if users.is_empty() && !is_known && app.state.where_record(record).await?.is_empty() {
                return Err(Unknown::record(snapshot, record).into());
            }
            for user in snapshot.users() {
                let viewer = snapshot.viewer(&user.key);
                if viewer.is_some_and(|viewer| evaluations.iter().any(|book| is_due(book, &viewer, record))) {
                    users.insert(user.key.clone());
                }
            }
            Ok(Some(users))
        }
    }
}

fn is_due<'s>(evaluation: &Evaluation<'s>, viewer: &Viewer<'s>, record: &RecordKey) -> bool {
    // The folder as a whole is worked out only for those who want the record at all.
    matches!(evaluation.judge(viewer, record), Verdict::Wanted(..))
        && evaluation.due(viewer).contacts().iter().any(|contact| contact.record() == record)
}
