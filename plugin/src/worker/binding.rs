//! Which mailbox is whose: found once by the address in the CRM, then kept; whatever looks like another person's waits for a yes.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::{Relation, UserRow};
use adressbote_rules::key::UserKey;
use adressbote_rules::seat::Licence;
use adressbote_schema::state::{Binding, By, MailboxId, NewBinding, Standing, StateError};
use futures::{FutureExt, StreamExt};

use super::error::{BindingError, DeliveryError, sentence};
use super::pass::Round;
use crate::app::App;
use crate::graph::{GraphError, Reach, Resolved};

/// How many users are looked up side by side.
const SIDE_BY_SIDE: usize = 16;

/// Where users stand with their mailboxes.
#[derive(Debug, Default)]
pub struct Bindings {
    /// The mailbox of each user who has one.
    pub active: BTreeMap<UserKey, Binding>,
    /// The mailbox of each user that waits for a person's yes.
    pub waiting: BTreeMap<UserKey, Binding>,
    /// Mailboxes that users left and that are not empty yet.
    pub leaving: Vec<Binding>,
    /// Mailboxes that more than one user has or waits for: nothing new comes to any of them.
    pub contested: BTreeSet<MailboxId>,
    /// Why a user has no mailbox, in a sentence.
    pub trouble: BTreeMap<UserKey, String>,
}

impl Bindings {
    /// Where everybody stands as the state database has it; nobody is looked up.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn read(app: &App) -> Result<Self, StateError> {
        Ok(sort(app.state.bindings().await?))
    }
}

/// Finds the mailboxes of users who are served and have none, notices changed addresses, and says where everybody stands. While the users are in doubt
/// nobody is bound, and never one whose own rows are.
///
/// # Errors
/// When the state database fails, or Graph fails for everybody.
pub async fn settle(round: &Round<'_>) -> Result<Bindings, BindingError> {
    let (reading, only) = (round.reading, round.only_user());
    let standing = Bindings::read(round.app).await?;
    if reading.snapshot.doubts().contains_key(&Relation::Users) {
        return Ok(standing);
    }
    let concerned = |user: &&UserRow| only.is_none_or(|only| *only == user.key) && !reading.snapshot.doubtful_users().contains_key(&user.key);
    let seated = |user: &&UserRow| user.is_active && reading.licence(&user.key) == Licence::Seated;
    let users: Vec<&UserRow> = reading.snapshot.users().filter(concerned).filter(seated).filter(|user| needs_look(user, &standing)).collect();
    let looks: Vec<_> = users.into_iter().map(|user| look(round, user, standing.active.get(&user.key)).boxed()).collect();
    let found: Vec<(UserKey, Result<Option<String>, BindingError>)> = futures::stream::iter(looks).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let mut trouble = BTreeMap::new();
    for (user, outcome) in found {
        if let Some(sentence) = outcome? {
            trouble.insert(user, sentence);
        }
    }
    let mut bindings = Bindings::read(round.app).await?;
    bindings.trouble.extend(trouble);
    Ok(bindings)
}

fn sort(all: Vec<Binding>) -> Bindings {
    let mut bindings = Bindings::default();
    let mut holders: BTreeMap<MailboxId, BTreeSet<UserKey>> = BTreeMap::new();
    for binding in all {
        match binding.standing {
            Standing::Active | Standing::Waiting => {
                holders.entry(binding.mailbox.clone()).or_default().insert(binding.user.clone());
            }
            Standing::Leaving | Standing::Withdrawn => {}
        }
        match binding.standing {
            Standing::Active => {
                bindings.active.insert(binding.user.clone(), binding);
            }
            Standing::Waiting => {
                let sentence = format!(
                    "his mailbox {} waits for a person's yes; confirm it with `adressbote bind confirm --user {}`",
                    binding.mailbox, binding.user
                );
                bindings.trouble.insert(binding.user.clone(), sentence);
                bindings.waiting.insert(binding.user.clone(), binding);
            }
            Standing::Leaving => bindings.leaving.push(binding),
            Standing::Withdrawn => {}
        }
    }
    bindings.contested = holders.into_iter().filter(|(_, users)| users.len() > 1).map(|(mailbox, _)| mailbox).collect();
    bindings
}

/// Whether a user's address must be looked up: he has no binding, or his address in the CRM is another than the binding's.
fn needs_look(user: &UserRow, bindings: &Bindings) -> bool {
    let address = user.mail.as_deref().unwrap_or_default();
    match bindings.active.get(&user.key).or_else(|| bindings.waiting.get(&user.key)) {
        Some(binding) => !binding.address.eq_ignore_ascii_case(address),
        None => true,
    }
}

/// Looks a user's address up and binds what is found; a sentence if he cannot be served, or nothing new may go to the mailbox that he has.
async fn look(round: &Round<'_>, user: &UserRow, bound: Option<&Binding>) -> (UserKey, Result<Option<String>, BindingError>) {
    (user.key.clone(), look_and_bind(round, user, bound).await)
}

async fn look_and_bind(round: &Round<'_>, user: &UserRow, bound: Option<&Binding>) -> Result<Option<String>, BindingError> {
    let Some(address) = user.mail.as_deref().filter(|mail| !mail.trim().is_empty()) else {
        return Ok(Some("he has no mail address in the CRM, so it cannot be told which mailbox is his".to_owned()));
    };
    let found = match resolve(round, address).await? {
        Ok(mailbox) => mailbox,
        Err(sentence) => return Ok(Some(sentence)),
    };
    let by = By { actor: "worker".to_owned(), why: None };
    match bound.filter(|bound| bound.mailbox == found) {
        Some(bound) => round.app.state.readdress(bound, address, &by, round.now).await?,
        None => {
            let new = NewBinding { user: user.key.clone(), mailbox: found, address: address.to_owned() };
            round.app.state.bind(&new, &by, round.now).await?;
        }
    }
    Ok(None)
}

/// The mailbox behind an address, or a sentence why it is not served.
async fn resolve(round: &Round<'_>, address: &str) -> Result<Result<MailboxId, String>, GraphError> {
    let found = match round.graph.resolve_user(address).await {
        Ok(found) => found,
        Err(error) if error.is_for_all() => return Err(error),
        Err(error) => {
            if let GraphError::Forbidden { reach: reach @ Reach::Tenant, .. } = &error {
                round.alarm(format!("no new mailbox can be found: {reach}"));
            }
            return Ok(Err(sentence(&error)));
        }
    };
    Ok(match found {
        Resolved::Nobody => Err("the directory has nobody with his mail address; correct it in the CRM".to_owned()),
        Resolved::Several(mailboxes) => Err(format!("the directory has {} users with his mail address; make it unique", mailboxes.len())),
        Resolved::One(user) => {
            let allowed = round.app.config.graph.allow_mailboxes.iter().any(|allowed| allowed.eq_ignore_ascii_case(address));
            match user.unfit().filter(|_| !allowed) {
                Some(unfit) => Err(format!("his address belongs to {unfit}; it is served only if named in `allow_mailboxes`")),
                None => Ok(user.id),
            }
        }
    })
}

/// Whether the address of a binding still leads to its mailbox, asked before anything new goes there. If it leads to another one, that is a new
/// binding: the old mailbox is left and the new one waits. False: the case is to be withdrawn.
///
/// # Errors
/// When the state database fails, or Graph fails for everybody.
pub async fn still_leads_there(round: &Round<'_>, binding: &Binding) -> Result<Lead, DeliveryError> {
    match resolve(round, &binding.address).await? {
        Ok(mailbox) if mailbox == binding.mailbox => Ok(Lead::Same),
        Ok(mailbox) => {
            let new = NewBinding { user: binding.user.clone(), mailbox, address: binding.address.clone() };
            round.app.state.bind(&new, &By { actor: "worker".to_owned(), why: None }, round.now).await?;
            Ok(Lead::Other)
        }
        Err(sentence) => Ok(Lead::Unclear(sentence)),
    }
}

/// Where the address of a binding leads now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// To its mailbox.
    Same,
    /// To another one.
    Other,
    /// It cannot be told, or to what is not served; nothing new goes out.
    Unclear(String),
}
