//! Applying what became of changes.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::key::ContactId;
use adressbote_rules::ledger::{ClearReason, Pushed};
use adressbote_rules::property::{Properties, Property};
use chrono::{DateTime, Utc};

use super::open::take;
use super::{Act, Intent, IntentId, Outcome, Writing};
use crate::state::contact::{self, contact_of};
use crate::state::statement::Db;
use crate::state::{State, StateError, block, disclosure, refusal};

impl State {
    /// Applies the outcomes of changes to the ledger and the disclosures and takes their intents away. All or none.
    pub async fn settle(&self, outcomes: &[(IntentId, Outcome)], now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let mut folders = BTreeSet::new();
        for (id, outcome) in outcomes {
            let intent = take(&mut change, *id).await?;
            apply(&mut change, &intent, outcome, now).await?;
            folders.insert(intent.folder);
        }
        block::remove(&mut change, &folders).await?;
        change.commit().await
    }
}

async fn apply(db: &mut Db, intent: &Intent, outcome: &Outcome, now: DateTime<Utc>) -> Result<(), StateError> {
    match (&intent.act, outcome) {
        (Act::Create(writing), Outcome::Created(contact)) => written(db, intent, (contact, writing), &BTreeMap::new(), now).await,
        (Act::Update { contact, writing, cleared }, Outcome::Updated) => written(db, intent, (contact, writing), cleared, now).await,
        (Act::Create(_), Outcome::Deleted) => Ok(()),
        (Act::Update { contact, .. }, Outcome::Deleted) => gone(db, intent, (contact, "missing in the mailbox"), now).await,
        (Act::Delete { contact, reason }, Outcome::Deleted) => gone(db, intent, (contact, reason.word()), now).await,
        (_, Outcome::Refused { code, sentence }) => refusal::put(db, intent, (code, sentence), now).await,
        (Act::Update { writing, .. }, Outcome::Unclear) => unclear(db, intent, &writing.filled).await,
        (Act::Delete { .. }, Outcome::Unclear) => unclear(db, intent, &Properties::new()).await,
        (_, Outcome::Dropped) => Ok(()),
        (Act::Update { .. } | Act::Delete { .. }, Outcome::Created(_)) => wrong(intent, "created"),
        (Act::Create(_) | Act::Delete { .. }, Outcome::Updated) => wrong(intent, "updated"),
        (Act::Create(_), Outcome::Unclear) => wrong(intent, "unclear"),
    }
}

fn wrong(intent: &Intent, outcome: &'static str) -> Result<(), StateError> {
    Err(StateError::WrongOutcome { intent: intent.id, outcome })
}

async fn written(
    db: &mut Db,
    Intent { folder, record, act, made_at, .. }: &Intent,
    (contact, writing): (&ContactId, &Writing),
    cleared: &BTreeMap<Property, ClearReason>,
    now: DateTime<Utc>,
) -> Result<(), StateError> {
    let before = match act {
        // What an update adds was added when it was intended; a create has nothing before it.
        Act::Update { .. } => contact_of(db, folder, record).await?.map(|stands| stands.pushed.owned).unwrap_or_default(),
        Act::Create(_) | Act::Delete { .. } => Properties::new(),
    };
    let pushed = Pushed {
        contact: contact.clone(),
        digest: writing.digest,
        owned: &before | &writing.owned,
        filled: writing.filled.clone(),
        brought: writing.brought,
    };
    contact::put(db, folder, record, &pushed, now).await?;
    let why = |property| cleared.get(&property).map_or("no longer filled", |why| why.word()).to_owned();
    // A contact that was made may have been seen since its request left.
    let from = if matches!(act, Act::Create(_)) { *made_at } else { now };
    disclosure::set(db, (folder, record), &writing.filled, &why, from).await?;
    // Where only what must not wait was emptied, what was refused still is.
    if writing.digest.is_some() { refusal::remove(db, folder, record).await } else { Ok(()) }
}

/// The contact does not stand there any longer; if it was a double, the ledger's own stays.
async fn gone(
    db: &mut Db,
    Intent { folder, record, .. }: &Intent,
    (contact, why): (&ContactId, &'static str),
    now: DateTime<Utc>,
) -> Result<(), StateError> {
    if contact::remove(db, folder, record, contact).await? {
        disclosure::set(db, (folder, record), &Properties::new(), &|_| why.to_owned(), now).await?;
        refusal::remove(db, folder, record).await?;
    }
    Ok(())
}

/// The contact may or may not be as it was meant: it is written again, and what it may hold counts as disclosed since its request left.
async fn unclear(db: &mut Db, intent: &Intent, filled: &Properties) -> Result<(), StateError> {
    let Intent { folder, record, made_at, .. } = intent;
    let Some(stands) = contact_of(db, folder, record).await? else { return Ok(()) };
    let filled = &stands.pushed.filled | filled;
    disclosure::set(db, (folder, record), &filled, &|_| String::new(), *made_at).await?;
    let pushed = Pushed { digest: None, filled, ..stands.pushed };
    contact::put(db, folder, record, &pushed, stands.pushed_at).await
}
