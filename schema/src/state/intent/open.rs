//! Reading the intents that have no known outcome.

use std::collections::BTreeMap;

use adressbote_rules::key::{ContactId, RecordKey, UserKey};
use adressbote_rules::ledger::{Brought, ClearReason};
use adressbote_rules::property::Property;

use super::{Act, Intent, IntentId, Writing};
use crate::row::row;
use crate::state::cell::{digest_or_none, instant, of_word, properties, property};
use crate::state::folder::key;
use crate::state::statement::{Db, query};
use crate::state::{MailboxId, PassId, State, StateError};

row! {
    struct Row {
        id: i64,
        pass_id: i64,
        user_key: String,
        book: String,
        mailbox: String,
        record_key: String,
        act: String,
        contact_id: Option<String>,
        digest: Option<Vec<u8>>,
        owned: String,
        filled: String,
        brought: Option<String>,
        cleared: String,
        reason: Option<String>,
        made_at: i64,
    }
}

impl Row {
    fn read(self) -> Result<Intent, StateError> {
        Ok(Intent {
            id: IntentId(self.id),
            pass: PassId::of_number(self.pass_id),
            made_at: instant(self.made_at)?,
            folder: key(&self.user_key, &self.book, &self.mailbox),
            record: RecordKey::new(&self.record_key),
            act: self.act()?,
        })
    }

    fn act(&self) -> Result<Act, StateError> {
        let contact = self.contact_id.as_deref().map(ContactId::new);
        match (self.act.as_str(), contact, self.reason.as_deref()) {
            ("create", None, None) => Ok(Act::Create(self.writing()?)),
            ("update", Some(contact), None) => Ok(Act::Update { contact, writing: self.writing()?, cleared: cleared(&self.cleared)? }),
            ("delete", Some(contact), Some(reason)) => Ok(Act::Delete { contact, reason: of_word(reason, "a reason for a delete")? }),
            _ => Err(StateError::Unreadable { what: "a kind of change" }),
        }
    }

    fn writing(&self) -> Result<Writing, StateError> {
        Ok(Writing {
            digest: digest_or_none(self.digest.as_deref())?,
            owned: properties(&self.owned)?,
            filled: properties(&self.filled)?,
            brought: of_word::<Brought>(self.brought.as_deref().unwrap_or_default(), "what brought a contact")?,
        })
    }
}

fn cleared(text: &str) -> Result<BTreeMap<Property, ClearReason>, StateError> {
    let unreadable = || StateError::Unreadable { what: "a cleared property" };
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, why) = pair.split_once('=').ok_or_else(unreadable)?;
            Ok((property(name)?, of_word(why, "a reason for a cleared property")?))
        })
        .collect()
}

/// Takes an open intent away and gives it.
pub(super) async fn take(db: &mut Db, id: IntentId) -> Result<Intent, StateError> {
    let row: Option<Row> = query(include_str!("../../../queries/intent_take.sql")).bind(id.0).fetch_optional(db).await?;
    row.ok_or_else(|| StateError::Missing { what: "open change", id: id.to_string() })?.read()
}

/// The changes of a user in a mailbox whose outcome is not known, oldest first.
pub(in crate::state) async fn in_mailbox(db: &mut Db, user: &UserKey, mailbox: &MailboxId) -> Result<Vec<Intent>, StateError> {
    let sql = include_str!("../../../queries/mailbox_intents.sql");
    let rows: Vec<Row> = query(sql).bind(user.as_str()).bind(mailbox.as_str()).fetch_all(db).await?;
    rows.into_iter().map(Row::read).collect()
}

impl State {
    /// The changes of a record whose outcome is not known: with them a user may have more of it, or less, than the disclosures say.
    pub async fn open_intents_of_record(&self, record: &RecordKey) -> Result<Vec<Intent>, StateError> {
        let sql = include_str!("../../../queries/intents_of_record.sql");
        let rows: Vec<Row> = query(sql).bind(record.as_str()).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Every change whose outcome is not known, oldest first. To be looked up in its mailbox and settled before anything else is sent to it.
    pub async fn all_open_intents(&self) -> Result<Vec<Intent>, StateError> {
        let rows: Vec<Row> = query(include_str!("../../../queries/intents.sql")).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }
}
