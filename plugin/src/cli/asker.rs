//! On whose behalf a question is answered, and what may be said of names that do not exist.
//!
//! An operator is told the nearest name. A user is told the same, word for word, of what is hidden from him and of what there is not; and while a
//! relation of the CRM is in doubt he is told nothing, since what he may see rests on it.

use adressbote_rules::explain::Asker;
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::sight::{Snapshot, Viewer};
use adressbote_schema::state::AuditEntry;
use chrono::{DateTime, Utc};

use super::actor;
use super::exit::Refusal;
use crate::app::{App, OpenBook};
use crate::near::nearest;
use crate::worker::concern::Unknown;

/// Whom a question is about, and who asks it.
#[derive(Clone, Debug, clap::Args)]
pub struct Who {
    /// Whom it is about: the user's key in the CRM
    #[arg(long, value_name = "USER", required_unless_present = "as_user")]
    pub user: Option<String>,
    /// Answer as this user may know it; he may ask about himself only
    #[arg(long, value_name = "USER")]
    pub as_user: Option<String>,
}

/// The wish to see values, which is written down.
#[derive(Clone, Debug, clap::Args)]
pub struct Contents {
    /// Show the contents of contacts, too; it is written to the audit
    #[arg(long, requires = "why")]
    pub contents: bool,
    /// Why the contents are looked at
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    pub why: Option<String>,
}

/// The CRM cannot be relied on at the moment; a user is told no more.
#[derive(Debug, thiserror::Error)]
#[error("this cannot be answered at the moment; ask again later")]
pub struct NotNow;

impl Who {
    /// The user it is about, and the asker.
    ///
    /// # Errors
    /// When a user asks about another one.
    pub fn resolve(&self) -> Result<(UserKey, Asker), Refusal> {
        match (&self.user, &self.as_user) {
            (Some(user), Some(asker)) if user != asker => Err(only_himself()),
            (_, Some(asker)) => Ok((UserKey::new(asker), Asker::User(UserKey::new(asker)))),
            (Some(user), None) => Ok((UserKey::new(user), Asker::Operator)),
            (None, None) => Err(Refusal::new("it is not said which user is meant").hint("name one with --user")),
        }
    }
}

impl Contents {
    /// Whether contents are shown. If so it is written down first: to an operator with his reason, to a user as his own.
    ///
    /// # Errors
    /// When it cannot be written down; nothing is shown then.
    pub async fn allow(&self, app: &App, asker: &Asker, (action, subjects): (&str, &[&str]), now: DateTime<Utc>) -> anyhow::Result<bool> {
        let (is_shown, action) = match asker {
            Asker::User(_) => (true, format!("{action}, as himself")),
            Asker::Operator => (self.contents, action.to_owned()),
        };
        if is_shown {
            let subjects = subjects.iter().map(|subject| (*subject).to_owned()).collect();
            app.state.append_audit(&AuditEntry { by: actor::by(self.why.as_deref()), action, subjects }, now).await?;
        }
        Ok(is_shown)
    }
}

/// Why a user gets no answer about others; it says nothing of whether they exist.
pub fn only_himself() -> Refusal {
    Refusal::new("a user may ask about himself only").hint("leave --user out, or ask as an operator without --as-user")
}

/// A user's perspective.
///
/// # Errors
/// When there is no such user; and [`NotNow`] when a user asks while a relation is in doubt.
pub fn viewer<'s>(snapshot: &'s Snapshot, user: &UserKey, asker: &Asker) -> anyhow::Result<Viewer<'s>> {
    match asker {
        Asker::User(_) if !snapshot.doubts().is_empty() => return Err(NotNow.into()),
        Asker::User(_) | Asker::Operator => {}
    }
    match (snapshot.viewer(user), asker) {
        (Some(viewer), _) => Ok(viewer),
        (None, Asker::User(_)) => Err(Refusal::new(format!("there is no user `{user}`")).into()),
        (None, Asker::Operator) => Err(unknown_user(snapshot, user).into()),
    }
}

/// That there is no such user, for an operator.
pub fn unknown_user(snapshot: &Snapshot, user: &UserKey) -> Refusal {
    Unknown::user(snapshot, user).into()
}

/// That there is no such record, for an operator.
pub fn unknown_record(snapshot: &Snapshot, record: &RecordKey) -> Refusal {
    Unknown::record(snapshot, record).into()
}

/// What a user is told of a record that is hidden from him, and of one that there is not.
pub fn not_in_view() -> Refusal {
    Refusal::new("there is no such record in your view; nothing was done")
}

/// The address book of that name, or the only one.
///
/// # Errors
/// When there is none of the name, or several and none is named.
pub fn book<'a>(app: &'a App, name: Option<&str>) -> Result<&'a OpenBook, Refusal> {
    let names = || app.books.iter().map(|book| book.key.as_str());
    let listed = || names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match (name, app.books.as_slice()) {
        (Some(name), _) => app.book(name).ok_or_else(|| {
            let refusal = Refusal::new(format!("there is no address book `{name}` in the configuration"));
            refusal.hint(nearest(name, names()).map_or_else(|| format!("there are {}", listed()), |near| format!("did you mean `{near}`?")))
        }),
        (None, [only]) => Ok(only),
        (None, _) => Err(Refusal::new("there are several address books").hint(format!("name one with --book: {}", listed()))),
    }
}
