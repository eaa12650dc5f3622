//! Whose mailbox is whose. Only a user's very first binding counts at once; every later one waits for a person.

use adressbote_rules::key::UserKey;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::audit::{By, note};
use super::cell::{instant, instant_or_none, millis, of_word, word};
use super::statement::{Db, query};
use super::{MailboxId, State, StateError};
use crate::row::row;

/// The id of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(i64);

/// Where a binding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits for a person to confirm it.
    Waiting,
    /// The mailbox is served.
    Active,
    /// The user's folders are being withdrawn from the mailbox.
    Leaving,
    /// It is over.
    Withdrawn,
}

/// A mailbox that was found for a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBinding {
    /// The user.
    pub user: UserKey,
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The address by which it was found.
    pub address: String,
}

/// A binding of a user to a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its id.
    pub id: BindingId,
    /// The user.
    pub user: UserKey,
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The address by which it was found.
    pub address: String,
    /// Where it stands.
    pub standing: Standing,
    /// When it was made, and by whom.
    pub made: (DateTime<Utc>, String),
    /// When a person confirmed it, and who, if it had to be.
    pub confirmed: Option<(DateTime<Utc>, String)>,
    /// When it began to end, and by whom.
    pub ended: Option<(DateTime<Utc>, String)>,
}

row! {
    struct Row {
        id: i64,
        user_key: String,
        mailbox: String,
        address: String,
        standing: String,
        made_at: i64,
        made_by: String,
        confirmed_at: Option<i64>,
        confirmed_by: Option<String>,
        ended_at: Option<i64>,
        ended_by: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<Binding, StateError> {
        Ok(Binding {
            id: BindingId(self.id),
            user: UserKey::new(&self.user_key),
            mailbox: MailboxId::new(&self.mailbox),
            address: self.address,
            standing: of_word(&self.standing, "a standing of a binding")?,
            made: (instant(self.made_at)?, self.made_by),
            confirmed: instant_or_none(self.confirmed_at)?.zip(self.confirmed_by),
            ended: instant_or_none(self.ended_at)?.zip(self.ended_by),
        })
    }
}

async fn history(db: &mut Db, user: &UserKey) -> Result<Vec<Binding>, StateError> {
    let rows: Vec<Row> = query(include_str!("../../queries/bindings_of_user.sql")).bind(user.as_str()).fetch_all(db).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Another user whose binding to the mailbox is not over, and its standing.
async fn rival(db: &mut Db, user: &UserKey, mailbox: &MailboxId) -> Result<Option<(UserKey, Standing)>, StateError> {
    let sql = include_str!("../../queries/binding_rival.sql");
    let row: Option<(String, String)> = query(sql).bind(mailbox.as_str()).bind(user.as_str()).fetch_optional(db).await?;
    row.map(|(user, standing)| Ok((UserKey::new(user), of_word(&standing, "a standing of a binding")?))).transpose()
}

/// Ends a binding: an active one leaves, any other is over.
async fn end(db: &mut Db, binding: &Binding, by: &By, now: DateTime<Utc>) -> Result<(), StateError> {
    let standing = if binding.standing == Standing::Active { Standing::Leaving } else { Standing::Withdrawn };
    query(include_str!("../../queries/binding_end.sql"))
        .bind(word(standing)?)
        .bind(millis(now))
        .bind(by.actor.as_str())
        .bind(binding.id.0)
        .execute(db)
        .await?;
    Ok(())
}

fn none_waits(user: &UserKey) -> StateError {
    StateError::Missing { what: "binding to be changed of user", id: user.to_string() }
}

impl State {
    /// Binds a user to the mailbox that was found for him, or says where that binding stands already. A user's very first binding is active at once,
    /// unless another user has or wants the mailbox; any other waits, and what was active before begins to leave: a changed address may be another
    /// person's.
    pub async fn bind(&self, new: &NewBinding, by: &By, now: DateTime<Utc>) -> Result<Binding, StateError> {
        let mut change = self.change().await?;
        let before = history(&mut change, &new.user).await?;
        let living = |binding: &&Binding| matches!(binding.standing, Standing::Active | Standing::Waiting);
        if let Some(same) = before.iter().filter(living).find(|binding| binding.mailbox == new.mailbox && binding.address == new.address) {
            return Ok(same.clone());
        }
        for binding in before.iter().filter(living) {
            end(&mut change, binding, by, now).await?;
        }
        let is_contested = rival(&mut change, &new.user, &new.mailbox).await?.is_some();
        let standing = if before.is_empty() && !is_contested { Standing::Active } else { Standing::Waiting };
        let made: Row = query(include_str!("../../queries/binding_put.sql"))
            .bind(new.user.to_string())
            .bind(new.mailbox.to_string())
            .bind(new.address.clone())
            .bind(word(standing)?)
            .bind(millis(now))
            .bind(by.actor.clone())
            .fetch_one(&mut change)
            .await?;
        note(&mut change, by, "bind", &[new.user.as_str(), new.mailbox.as_str()], now).await?;
        change.commit().await?;
        made.read()
    }

    /// Notes by which address the mailbox of a binding is found now. The mailbox is the same one, so nothing else changes.
    pub async fn readdress(&self, binding: &Binding, address: &str, by: &By, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        query(include_str!("../../queries/binding_readdress.sql")).bind(address).bind(binding.id.0).execute(&mut change).await?;
        note(&mut change, by, "readdress binding", &[binding.user.as_str(), binding.mailbox.as_str()], now).await?;
        change.commit().await
    }

    /// Makes the waiting binding of a user active, because a person says that the mailbox is his. Refused while another user has the mailbox.
    pub async fn confirm_binding(&self, user: &UserKey, by: &By, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let bindings = history(&mut change, user).await?;
        let waiting = bindings.iter().find(|binding| binding.standing == Standing::Waiting).ok_or_else(|| none_waits(user))?;
        if let Some((rival, Standing::Active | Standing::Leaving)) = rival(&mut change, user, &waiting.mailbox).await? {
            return Err(StateError::MailboxTaken { mailbox: waiting.mailbox.to_string(), user: rival.to_string() });
        }
        // It is the mailbox that he was leaving: what stands there is his and stays.
        for left in bindings.iter().filter(|left| left.standing == Standing::Leaving && left.mailbox == waiting.mailbox) {
            end(&mut change, left, by, now).await?;
        }
        let sql = include_str!("../../queries/binding_confirm.sql");
        query(sql).bind(millis(now)).bind(by.actor.as_str()).bind(waiting.id.0).execute(&mut change).await?;
        note(&mut change, by, "confirm binding", &[user.as_str(), waiting.mailbox.as_str()], now).await?;
        change.commit().await
    }

    /// Ends a user's binding: the active one begins to leave, a waiting one is over. He is served again only after a person has confirmed a new one.
    pub async fn release_binding(&self, user: &UserKey, by: &By, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let bindings = history(&mut change, user).await?;
        let living: Vec<&Binding> = bindings.iter().filter(|binding| matches!(binding.standing, Standing::Active | Standing::Waiting)).collect();
        living.first().ok_or_else(|| none_waits(user))?;
        for binding in living {
            end(&mut change, binding, by, now).await?;
            note(&mut change, by, "release binding", &[user.as_str(), binding.mailbox.as_str()], now).await?;
        }
        change.commit().await
    }

    /// Notes that nothing of ours stands any longer in the mailbox of a binding that was leaving. Refused while the ledger holds anything of it.
    pub async fn withdrawn(&self, binding: &Binding, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let sql = include_str!("../../queries/binding_holds.sql");
        let (count,): (i64,) = query(sql).bind(binding.user.as_str()).bind(binding.mailbox.as_str()).fetch_one(&mut change).await?;
        if count > 0 {
            return Err(StateError::StillThere { user: binding.user.to_string(), mailbox: binding.mailbox.to_string(), count });
        }
        let sql = include_str!("../../queries/binding_withdrawn.sql");
        query(sql).bind(millis(now)).bind(binding.id.0).execute(&mut change).await?;
        change.commit().await
    }

    /// The active binding of a user.
    pub async fn binding(&self, user: &UserKey) -> Result<Option<Binding>, StateError> {
        Ok(self.binding_history(user).await?.into_iter().find(|binding| binding.standing == Standing::Active))
    }

    /// Every binding of a user that ever was, oldest first.
    pub async fn binding_history(&self, user: &UserKey) -> Result<Vec<Binding>, StateError> {
        let mut db = self.reader().await?;
        history(&mut db, user).await
    }

    /// Every binding that is not over, by user. A mailbox that more than one user has or waits for is to be served for none of them.
    pub async fn bindings(&self) -> Result<Vec<Binding>, StateError> {
        let rows: Vec<Row> = query(include_str!("../../queries/bindings.sql")).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }
}
