//! What happens in the sample CRM between two passes: small things, each with an effect in somebody's address book.

use std::fmt;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::create::{SampleError, failed, open};
use crate::row::row;

/// A change in the sample CRM. Whom it concerns is found by asking the database, so the same sample gives the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A contact shared with a user from another region is shared no longer.
    RecordRightWithdrawn,
    /// A group may no longer read a field.
    FieldRightWithdrawn,
    /// A contact gets another office number.
    PhoneChanged,
    /// A user reserves a contact for his address book.
    SubscriptionAdded,
    /// A share ends at the instant given.
    RightExpires,
    /// A user leaves the company.
    UserLeaves,
}

impl Change {
    /// Every change, in an order for showing.
    pub const ALL: [Self; 6] =
        [Self::RecordRightWithdrawn, Self::FieldRightWithdrawn, Self::PhoneChanged, Self::SubscriptionAdded, Self::RightExpires, Self::UserLeaves];
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RecordRightWithdrawn => "a record right withdrawn",
            Self::FieldRightWithdrawn => "a field right withdrawn",
            Self::PhoneChanged => "a phone number changed",
            Self::SubscriptionAdded => "a subscription added",
            Self::RightExpires => "a right that expires",
            Self::UserLeaves => "a user leaves",
        })
    }
}

/// A change made, and whom and what it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// What was done.
    pub change: Change,
    /// The user in whose folder it shows, if it is one.
    pub user: Option<String>,
    /// The group in whose members' folders it shows, if it is a group.
    pub group: Option<String>,
    /// The record, if it is one.
    pub record: Option<String>,
    /// The field, as the CRM names it: `TABLE.COLUMN`.
    pub field: Option<String>,
}

impl fmt::Display for Applied {
    /// One sentence with keys, without contents.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |key: &Option<String>| key.clone().unwrap_or_else(|| "?".to_owned());
        let (user, group, record, field) = (name(&self.user), name(&self.group), name(&self.record), name(&self.field));
        match self.change {
            Change::RecordRightWithdrawn => write!(f, "record {record} is no longer shared with user {user}"),
            Change::FieldRightWithdrawn => write!(f, "group {group} may no longer read {field}"),
            Change::PhoneChanged => write!(f, "record {record}, looked after by user {user}, has another office number"),
            Change::SubscriptionAdded => write!(f, "user {user} subscribed record {record}"),
            Change::RightExpires => write!(f, "the share of record {record} with user {user} expires"),
            Change::UserLeaves => write!(f, "user {user} left the company"),
        }
    }
}

row! {
    /// Whom and what a statement touched, as it returns it.
    struct Touched {
        user_id: Option<String>,
        group_id: Option<String>,
        contact_id: Option<i64>,
        field: Option<String>,
    }
}

/// Makes a change in the sample at `path`, in a transaction of its own. `at` is the instant at which a right expires, now or in a moment; the other
/// changes count at once.
///
/// # Errors
/// If the database refuses, or nothing is left to change so that it would show; nothing was changed then.
pub async fn apply(path: &Path, change: Change, at: DateTime<Utc>) -> Result<Applied, SampleError> {
    let mut connection = open(path).await?;
    let touched = touch(&mut connection, path, change, at).await;
    connection.close().await.map_err(failed(path, "close the database"))?;
    let Touched { user_id, group_id, contact_id, field } = touched?.ok_or(SampleError::NoSubject { path: path.to_owned(), change })?;
    Ok(Applied { change, user: user_id, group: group_id, record: contact_id.map(|key| key.to_string()), field })
}

async fn touch(connection: &mut SqliteConnection, path: &Path, change: Change, at: DateTime<Utc>) -> Result<Option<Touched>, SampleError> {
    let doing = "make the change";
    let mut transaction = connection.begin().await.map_err(failed(path, doing))?;
    sqlx::raw_sql(include_str!("change/subjects.sql")).execute(&mut *transaction).await.map_err(failed(path, doing))?;
    let statement = match change {
        Change::RecordRightWithdrawn => sqlx::query_as(include_str!("change/record_right_withdrawn.sql")),
        Change::FieldRightWithdrawn => sqlx::query_as(include_str!("change/field_right_withdrawn.sql")),
        Change::PhoneChanged => sqlx::query_as(include_str!("change/phone_changed.sql")).bind("0049 (0) 30 / 23125-007"),
        Change::SubscriptionAdded => sqlx::query_as(include_str!("change/subscription_added.sql")),
        Change::RightExpires => sqlx::query_as(include_str!("change/right_expires.sql")).bind(at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        Change::UserLeaves => sqlx::query_as(include_str!("change/user_leaves.sql")),
    };
    let touched = statement.fetch_optional(&mut *transaction).await.map_err(failed(path, doing))?;
    transaction.commit().await.map_err(failed(path, doing))?;
    Ok(touched)
}
