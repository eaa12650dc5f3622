//! Writing intents down before their requests leave.

use adressbote_rules::property::Properties;
use chrono::{DateTime, Utc};

use super::{Act, IntentId, NewIntent};
use crate::state::cell::{bytes, millis, names, word};
use crate::state::contact::{contact_of, own};
use crate::state::statement::{Db, query};
use crate::state::{PassId, State, StateError, block};

impl State {
    /// Writes down changes that are about to be sent; only when this has returned may their requests leave. All or none. The properties that an update
    /// writes are ours from now on, so that a crash cannot make us forget to clear them. Returns the ids in the order of `new`.
    pub async fn intend(&self, pass: PassId, new: &[NewIntent], now: DateTime<Utc>) -> Result<Vec<IntentId>, StateError> {
        let mut change = self.change().await?;
        let mut ids = Vec::with_capacity(new.len());
        for intent in new {
            check(&mut change, intent).await?;
            ids.push(put(&mut change, pass, intent, now).await?);
        }
        block::remove(&mut change, new.iter().map(|intent| &intent.folder)).await?;
        change.commit().await?;
        Ok(ids)
    }
}

/// Refuses what cannot be right (a second contact of a record, an update of one that is not in the ledger), and extends what we own.
async fn check(db: &mut Db, NewIntent { folder, record, act }: &NewIntent) -> Result<(), StateError> {
    let (user, key) = (folder.user.to_string(), record.to_string());
    match act {
        Act::Create(_) => match contact_of(db, folder, record).await? {
            Some(_) => Err(StateError::AlreadyPushed { user, record: key }),
            None => Ok(()),
        },
        Act::Update { contact, writing, .. } => match contact_of(db, folder, record).await? {
            Some(stands) if stands.pushed.contact == *contact => {
                let owned = &(&stands.pushed.owned | &writing.owned) | &writing.filled;
                if owned == stands.pushed.owned { Ok(()) } else { own(db, folder, record, &owned).await }
            }
            Some(_) | None => Err(StateError::NotPushed { user, record: key }),
        },
        Act::Delete { .. } => Ok(()),
    }
}

async fn put(db: &mut Db, pass: PassId, intent: &NewIntent, now: DateTime<Utc>) -> Result<IntentId, StateError> {
    let NewIntent { folder, record, act } = intent;
    let (name, contact, writing, cleared, reason) = match act {
        Act::Create(writing) => ("create", None, Some(writing), None, None),
        Act::Update { contact, writing, cleared } => ("update", Some(contact), Some(writing), Some(cleared), None),
        Act::Delete { contact, reason } => ("delete", Some(contact), None, None, Some(reason)),
    };
    let cleared: Vec<String> =
        cleared.into_iter().flatten().map(|(property, why)| Ok(format!("{property}={}", word(why)?))).collect::<Result<_, StateError>>()?;
    let id = query(include_str!("../../../queries/intent_put.sql"))
        .bind(pass.number())
        .bind(folder.user.as_str())
        .bind(folder.book.as_str())
        .bind(folder.mailbox.as_str())
        .bind(record.as_str())
        .bind(name)
        .bind(contact.map(|contact| contact.as_str()))
        .bind(bytes(writing.and_then(|writing| writing.digest.as_ref())))
        .bind(names(&writing.map_or_else(Properties::new, |writing| &writing.owned | &writing.filled)))
        .bind(names(writing.map_or(&Properties::new(), |writing| &writing.filled)))
        .bind(writing.map(|writing| word(writing.brought)).transpose()?)
        .bind(cleared.join(","))
        .bind(reason.map(word).transpose()?)
        .bind(millis(now))
        .fetch_one(db)
        .await;
    match id {
        Ok((id,)) => Ok(IntentId(id)),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(StateError::AlreadyIntended { user: folder.user.to_string(), record: record.to_string() })
        }
        Err(error) => Err(error.into()),
    }
}
