//! Which mailbox is whose: found once by the address in the CRM, then kept; whatever looks like another person's waits for a yes.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::{Relation, UserRow};
use adressbote_rules::key::UserKey;
use adressbote_rules::seat::Licence;
use adressbote_schema::state::{Binding, By, MailboxId, NewBinding, PassKind, Standing, StateError};
use futures::{FutureExt, StreamExt};

use super::error::{BindingError, DeliveryError, sentence};
use super::pass::Round;
use super::reading::Reading;
use crate::app::App;
use crate::graph::{DirectoryUser, GraphError, Purpose, Reach, Resolved};

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
    /// Mailboxes that more than one user has or waits for, and who: nothing new comes to any of them.
    pub contested: BTreeMap<MailboxId, BTreeSet<UserKey>>,
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
    let standing = Bindings::read(round.app).await?;
    if round.reading.snapshot.doubts().contains_key(&Relation::Users) {
        return Ok(standing);
    }
    let standing = without_those_who_left(round, standing).await?;
    let mut looks = Vec::new();
    for user in to_look_up(round, &standing) {
        looks.push(look(round, user, standing.active.get(&user.key)).boxed());
    }
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

/// The users who are served and must be looked up.
fn to_look_up<'r>(round: &Round<'r>, standing: &Bindings) -> Vec<&'r UserRow> {
    let reading = round.reading;
    // Whoever has the same address is looked up with those concerned, so that it is seen whose mailbox it is not.
    let addresses: BTreeSet<String> = reading.snapshot.users().filter(|user| round.concerns(&user.key)).map(address).collect();
    let shares = |user: &UserRow| Some(address(user)).is_some_and(|address| !address.is_empty() && addresses.contains(&address));
    let concerned = |user: &&UserRow| round.concerns(&user.key) || shares(user);
    let certain = |user: &&UserRow| !reading.snapshot.doubtful_users().contains_key(&user.key);
    let served = |user: &&UserRow| is_served(reading, user);
    reading.snapshot.users().filter(concerned).filter(certain).filter(served).filter(|user| needs_look(user, standing)).collect()
}

fn is_served(reading: &Reading, user: &UserRow) -> bool {
    user.is_active && reading.licence(&user.key) == Licence::Seated
}

/// A user's address as it is compared.
fn address(user: &UserRow) -> String {
    user.mail.as_deref().unwrap_or_default().trim().to_lowercase()
}

/// Ends what stands in the way of others: who left waits for no mailbox any longer, and leaves one that another user has or waits for.
async fn without_those_who_left(round: &Round<'_>, standing: Bindings) -> Result<Bindings, StateError> {
    let ending = in_the_way(round, &standing);
    let by = By { actor: "worker".to_owned(), why: Some("the user left".to_owned()) };
    for user in &ending {
        round.app.state.release_binding(user, &by, round.now).await?;
    }
    if ending.is_empty() { Ok(standing) } else { Bindings::read(round.app).await }
}

/// The users who left and stand in somebody's way.
fn in_the_way(round: &Round<'_>, standing: &Bindings) -> BTreeSet<UserKey> {
    let snapshot = &round.reading.snapshot;
    let is_active = |user: &UserKey| snapshot.viewer(user).is_some_and(|viewer| viewer.user().is_active);
    let has_left = |user: &UserKey| !snapshot.doubtful_users().contains_key(user) && !is_active(user);
    let contested = standing.active.values().filter(|binding| standing.contested.contains_key(&binding.mailbox));
    let ending = standing.waiting.values().chain(contested).map(|binding| binding.user.clone());
    ending.filter(|user| round.concerns(user) && has_left(user)).collect()
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
    bindings.contested = holders.into_iter().filter(|(_, users)| users.len() > 1).collect();
    bindings
}

/// Whether a user's address must be looked up: he has no binding, or his address in the CRM is another than the binding's.
fn needs_look(user: &UserRow, bindings: &Bindings) -> bool {
    match bindings.active.get(&user.key).or_else(|| bindings.waiting.get(&user.key)) {
        Some(binding) => binding.address.trim().to_lowercase() != address(user),
        None => true,
    }
}

/// Looks a user's address up and binds what is found; a sentence if he cannot be served, or nothing new may go to the mailbox that he has.
async fn look(round: &Round<'_>, user: &UserRow, bound: Option<&Binding>) -> (UserKey, Result<Option<String>, BindingError>) {
    (user.key.clone(), look_and_bind(round, user, bound).await)
}

async fn look_and_bind(round: &Round<'_>, user: &UserRow, bound: Option<&Binding>) -> Result<Option<String>, BindingError> {
    if round.stop.is_cancelled() {
        return Ok(None);
    }
    let Some(address) = user.mail.as_deref().map(str::trim).filter(|mail| !mail.is_empty()) else {
        return Ok(Some("he has no mail address in the CRM, so it cannot be told which mailbox is his".to_owned()));
    };
    let found = match resolve(round, address).await {
        Ok(Ok(user)) => user,
        Ok(Err(sentence)) => return Ok(Some(sentence)),
        Err(error) if error.is_for_all() => return Err(error.into()),
        Err(error) => return Ok(Some(sentence(&error))),
    };
    let by = By { actor: "worker".to_owned(), why: None };
    if found.purpose == Some(Purpose::Untold) {
        round.alarm("whether newly bound mailboxes are shared ones or rooms cannot be told: grant MailboxSettings.Read to the app".to_owned());
    }
    match bound.filter(|bound| bound.mailbox == found.id) {
        Some(bound) => round.app.state.readdress(bound, address, &by, round.now).await?,
        None => {
            let new = NewBinding { user: user.key.clone(), mailbox: found.id, address: address.to_owned() };
            round.app.state.bind(&new, &by, round.now).await?;
        }
    }
    Ok(None)
}

/// The user behind an address, or a sentence why he is not served.
async fn resolve(round: &Round<'_>, address: &str) -> Result<Result<DirectoryUser, String>, GraphError> {
    let found = match round.graph.resolve_user(address).await {
        Ok(found) => found,
        Err(error) => {
            if let GraphError::Forbidden { reach: reach @ Reach::Tenant, .. } = &error {
                round.alarm(format!("no new mailbox can be found: {reach}"));
            }
            return Err(error);
        }
    };
    Ok(match found {
        Resolved::Nobody => Err("the directory has nobody with his mail address; correct it in the CRM".to_owned()),
        Resolved::Several(mailboxes) => Err(format!("the directory has {} users with his mail address; make it unique", mailboxes.len())),
        Resolved::One(user) => match user.unfit().filter(|_| !round.app.config.graph.allows(address)) {
            Some(unfit) => Err(format!("his address belongs to {unfit}; it is served only if named in `allow_mailboxes`")),
            None => Ok(user),
        },
    })
}

/// Whether the address of a binding still leads to its mailbox, asked before anything new goes there. If it leads to another one, that is a new
/// binding: the old mailbox is left and the new one waits.
///
/// # Errors
/// When the state database or Graph fails.
pub async fn still_leads_there(round: &Round<'_>, binding: &Binding) -> Result<Lead, DeliveryError> {
    match resolve(round, &binding.address).await? {
        Ok(user) if user.id == binding.mailbox => Ok(Lead::Same),
        Ok(DirectoryUser { id: mailbox, .. }) => {
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

/// Who is behind a user's address; nothing is bound.
async fn look_only(round: &Round<'_>, user: &UserRow) -> (UserKey, Result<Resolved, GraphError>) {
    // A pass that was told to stop is not through, so that the next one looks again.
    if round.stop.is_cancelled() {
        return (user.key.clone(), Ok(Resolved::Nobody));
    }
    (user.key.clone(), round.graph.resolve_user(&address(user)).await)
}

/// The mailboxes of users who are not served, if the state database may have been lost or comes from a backup: a folder of ours may still stand there.
/// Without those that somebody else has now.
///
/// # Errors
/// When the state database fails, or Graph fails for everybody.
pub async fn forgotten(round: &Round<'_>, bindings: &Bindings) -> Result<BTreeMap<MailboxId, UserKey>, BindingError> {
    let (reading, doubts) = (round.reading, round.reading.snapshot.doubts());
    let is_proven = ![Relation::Users, Relation::Seats].iter().any(|relation| doubts.contains_key(relation));
    let is_due = round.restored_after.is_some() || !round.app.state.has_finished_a_pass().await?;
    if round.order.kind != PassKind::Full || round.stop.is_cancelled() || !is_due {
        return Ok(BTreeMap::new());
    }
    if !is_proven {
        // Who is not served is not known, so that a later pass must look.
        round.leave_unsearched();
        return Ok(BTreeMap::new());
    }
    // Of whom a backup knows a mailbox, it need not know the folder.
    let is_unknown = |user: &UserKey| round.restored_after.is_some() || !(bindings.active.contains_key(user) || bindings.waiting.contains_key(user));
    let unserved = unserved(reading).filter(|user| is_unknown(&user.key));
    let looks: Vec<_> = unserved.map(|user| look_only(round, user).boxed()).collect();
    let found: Vec<(UserKey, Result<Resolved, GraphError>)> = futures::stream::iter(looks).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let mut mailboxes = BTreeMap::new();
    for (user, found) in found {
        match found {
            Ok(Resolved::One(one)) => drop(mailboxes.insert(one.id, user)),
            Ok(Resolved::Nobody | Resolved::Several(_)) => {}
            Err(error) if error.is_for_all() => return Err(error.into()),
            Err(error) => round.leave_unfinished(&error),
        }
    }
    for binding in bindings.active.values().chain(bindings.waiting.values()).chain(&bindings.leaving) {
        if mailboxes.get(&binding.mailbox).is_some_and(|user| *user != binding.user) {
            mailboxes.remove(&binding.mailbox);
        }
    }
    Ok(mailboxes)
}

/// The users who are not served, with an address.
fn unserved(reading: &Reading) -> impl Iterator<Item = &UserRow> {
    let is_unserved = |user: &&UserRow| !is_served(reading, user) && !reading.snapshot.doubtful_users().contains_key(&user.key);
    reading.snapshot.users().filter(is_unserved).filter(|user| !address(user).is_empty())
}
