//! Whose filter or subscription is meant.

use adressbote_rules::crm::GroupRow;
use adressbote_rules::explain::Asker;
use adressbote_rules::key::{GroupKey, Principal, UserKey};
use adressbote_rules::sight::Snapshot;

use super::asker::{self, only_himself};
use super::exit::Refusal;
use crate::near::nearest;

/// Whose it is: a user's, a group's, or everyone's.
#[derive(Clone, Debug, clap::Args)]
pub struct Holder {
    /// A user (his key in the CRM)
    #[arg(long, value_name = "USER", group = "holder")]
    pub user: Option<String>,
    /// A group (its key in the CRM)
    #[arg(long, value_name = "GROUP", group = "holder")]
    pub group: Option<String>,
    /// Everyone: all active internal users
    #[arg(long, group = "holder")]
    pub everyone: bool,
    /// Act as this user may act: for himself only
    #[arg(long, value_name = "USER")]
    pub as_user: Option<String>,
    /// In which address book; needed when there are several
    #[arg(long, value_name = "BOOK")]
    pub book: Option<String>,
}

impl Holder {
    /// The principal, if one is named, and the asker.
    ///
    /// # Errors
    /// When a user means anybody but himself.
    pub fn resolve(&self) -> Result<(Option<Principal>, Asker), Refusal> {
        let user = self.user.as_ref().map(|user| Principal::of_user(&UserKey::new(user)));
        let group = self.group.as_ref().map(|group| Principal::of_group(&GroupKey::new(group)));
        let named = user.or(group).or_else(|| self.everyone.then(Principal::everyone));
        let Some(asker) = self.as_user.as_ref().map(UserKey::new) else { return Ok((named, Asker::Operator)) };
        let own = Principal::of_user(&asker);
        if named.is_some_and(|named| named != own) {
            return Err(only_himself());
        }
        Ok((Some(own), Asker::User(asker)))
    }

    /// The principal, and the asker.
    ///
    /// # Errors
    /// When none is named, or a user means anybody but himself.
    pub fn named(&self) -> Result<(Principal, Asker), Refusal> {
        let (principal, asker) = self.resolve()?;
        let missing = || Refusal::new("it is not said whose it is").hint("name a user with --user, a group with --group, or --everyone");
        Ok((principal.ok_or_else(missing)?, asker))
    }
}

/// Refuses principals that the CRM does not have.
///
/// # Errors
/// When there is no such user or group; and [`asker::NotNow`].
pub fn known(principal: &Principal, snapshot: &Snapshot, groups: &[GroupRow], asker: &Asker) -> anyhow::Result<()> {
    if let Some(user) = principal.user() {
        asker::viewer(snapshot, &user, asker)?;
    }
    let Some(group) = principal.group() else { return Ok(()) };
    if groups.iter().any(|row| row.key == group) {
        return Ok(());
    }
    let refusal = Refusal::new(format!("there is no group `{group}` in the CRM"));
    let by_name = groups.iter().find(|row| row.name == group.as_str()).map(|row| row.key.as_str());
    let near = by_name.or_else(|| nearest(group.as_str(), groups.iter().map(|row| row.key.as_str())));
    Err(match near {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal,
    }
    .into())
}
