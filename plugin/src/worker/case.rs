//! One user's folder of one book in one mailbox, and what must change in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adressbote_rules::due::{Addition, Among, Due, Evaluation};
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::ledger::{DeleteReason, Pushed};
use adressbote_rules::plan::{self, Change, Plan, Service};
use adressbote_rules::seat::Licence;
use adressbote_schema::state::{Folder, FolderKey, Intent, MailboxId, Refusal, StateError};
use chrono::{TimeDelta, Utc};

use super::binding::Bindings;
use super::error::{DeliveryError, sentence};
use super::outcome;
use super::quiet::{self, Clue, Quiet, Woken};
use super::reading::Reading;
use super::report::FolderReport;
use crate::app::App;
use crate::graph::{GraphError, Next, Place, Reach};
use crate::marker::Marker;

/// Where more than one contact in so many comes, goes or changes, all are looked at, so that what is told of the folder is not much older than the folder.
const FEW: usize = 4;

/// One user's folder in a pass.
#[derive(Debug)]
pub struct Case {
    /// Whose folder, of which book, in which mailbox; the mailbox is empty while none is known.
    pub key: FolderKey,
    /// The number of the book.
    pub book: usize,
    /// How he is served.
    pub service: Service,
    /// What the ledger holds.
    pub ledger: BTreeMap<RecordKey, Pushed>,
    /// The folder, if we made it.
    pub folder: Option<Folder>,
    /// Our marks in it.
    pub marker: Marker,
    /// What must change, new contacts apart.
    pub plan: Plan,
    /// The new contacts, in the folder's order.
    pub additions: Vec<Addition>,
    /// What came of it.
    pub report: FolderReport,
    /// Whether nothing more is done for it in this pass.
    pub is_stopped: bool,
    /// Whether nothing more is added in this pass; what takes away goes on.
    pub adds_nothing: bool,
    /// Whether its mailbox answered.
    pub is_reached: bool,
    /// Whether its mailbox denied us access.
    pub is_denied: bool,
    /// Whether its mailbox refused a fresh token.
    pub is_unauthorized: bool,
    /// Whether its mailbox cannot be reached for good, as far as Graph tells.
    pub is_out_of_reach: bool,
    /// What Graph refused before.
    refusals: BTreeMap<RecordKey, Refusal>,
    /// The records whose contacts Graph refuses now.
    refused: BTreeSet<RecordKey>,
    /// Records of which a refusal need not be remembered any longer.
    pub stale: Vec<RecordKey>,
    /// Whether nothing is known of it, because the state database may have been lost, and it is only looked for.
    pub is_forgotten: bool,
    /// Creations of an earlier run that were not found and may come late.
    pub late: Vec<Intent>,
    /// Whether another process may still be writing its contacts: until that is over only deletions go out.
    pub awaits_quiet: bool,
    /// Whether the folder was as it is due when it was last decided.
    has_nothing_to_do: bool,
}

/// Every folder that is due or of which the ledger holds anything, of those concerned, but for those in which nothing is to be done.
///
/// # Errors
/// When the state database fails.
pub async fn open_all(
    app: &App,
    reading: &Reading,
    bindings: &Bindings,
    (concerned, quiet): (Option<&BTreeSet<UserKey>>, &Quiet),
) -> Result<Vec<Case>, StateError> {
    let mut keys: BTreeSet<FolderKey> = app.state.standing_folders().await?.into_keys().collect();
    for user in reading.snapshot.users().filter(|user| user.is_active && reading.licence(&user.key) == Licence::Seated) {
        let mailbox = bindings.active.get(&user.key).map_or_else(|| MailboxId::new(""), |binding| binding.mailbox.clone());
        keys.extend(app.books.iter().map(|book| FolderKey { user: user.key.clone(), book: book.key.clone(), mailbox: mailbox.clone() }));
    }
    let mut cases = Vec::new();
    for key in keys.into_iter().filter(|key| concerned.is_none_or(|users| users.contains(&key.user)) && !quiet.contains_key(key)) {
        cases.push(open(app, reading, bindings, key).await?);
    }
    Ok(cases)
}

/// One folder.
///
/// # Errors
/// When the state database fails.
pub async fn open(app: &App, reading: &Reading, bindings: &Bindings, key: FolderKey) -> Result<Case, StateError> {
    let mut case = Case {
        ledger: app.state.contacts_of(&key).await?,
        folder: app.state.folder(&key).await?,
        refusals: app.state.refusals_of(&key).await?,
        marker: Marker::new(app.key.clone(), key.mailbox.as_str(), key.book.as_str()),
        book: app.books.iter().position(|book| book.key == key.book).unwrap_or_default(),
        service: Service::Unreadable,
        plan: Plan::default(),
        additions: Vec::new(),
        report: FolderReport::default(),
        is_stopped: false,
        adds_nothing: false,
        is_reached: false,
        is_denied: false,
        is_unauthorized: false,
        is_out_of_reach: false,
        refused: BTreeSet::new(),
        stale: Vec::new(),
        is_forgotten: false,
        late: Vec::new(),
        awaits_quiet: false,
        has_nothing_to_do: false,
        key,
    };
    case.report.user = case.key.user.to_string();
    case.report.book = case.key.book.to_string();
    case.report.login = reading.snapshot.viewer(&case.key.user).map(|viewer| viewer.user().login.clone()).unwrap_or_default();
    case.serve(app, reading, bindings);
    Ok(case)
}

/// The folders that may stand in mailboxes of users who are not served, of which nothing is known any longer.
///
/// # Errors
/// When the state database fails.
pub async fn open_forgotten(
    app: &App,
    reading: &Reading,
    bindings: &Bindings,
    mailboxes: BTreeMap<MailboxId, UserKey>,
) -> Result<Vec<Case>, StateError> {
    let mut cases = Vec::new();
    for (mailbox, user) in mailboxes {
        let is_active = reading.snapshot.viewer(&user).is_some_and(|viewer| viewer.user().is_active);
        for book in &app.books {
            let key = FolderKey { user: user.clone(), book: book.key.clone(), mailbox: mailbox.clone() };
            let case = open(app, reading, bindings, key).await?;
            cases.push(Case { service: service_of(is_active, reading.licence(&user)), is_forgotten: true, ..case });
        }
    }
    Ok(cases)
}

/// Takes over where mailboxes were found meanwhile. Returns the cases that must be decided, or decided anew.
///
/// # Errors
/// When the state database fails.
pub async fn rebind(app: &App, reading: &Reading, bindings: &Bindings, cases: &mut Vec<Case>) -> Result<Vec<FolderKey>, StateError> {
    let mut changed = Vec::new();
    let known: BTreeSet<FolderKey> = cases.iter().map(|case| case.key.clone()).collect();
    let found = |case: &Case| {
        let binding = bindings.active.get(&case.key.user).filter(|_| !case.has_mailbox())?;
        Some(FolderKey { mailbox: binding.mailbox.clone(), ..case.key.clone() })
    };
    cases.retain(|case| found(case).is_none_or(|key| !known.contains(&key)));
    for case in cases.iter_mut() {
        let before = (case.key.clone(), case.service);
        match found(case) {
            Some(key) => *case = open(app, reading, bindings, key).await?,
            None => case.serve(app, reading, bindings),
        }
        if !case.has_mailbox() || before != (case.key.clone(), case.service) {
            changed.push(case.key.clone());
        }
    }
    Ok(changed)
}

/// How a user is served, as his licence and the CRM say. A user who is inactive or gone has left.
pub fn service_of(is_active: bool, licence: Licence) -> Service {
    match licence {
        _ if !is_active => Service::Withdrawn(DeleteReason::UserLeft),
        Licence::Seated => Service::Served,
        Licence::Grace => Service::Frozen,
        Licence::Lost | Licence::Waiting | Licence::None => Service::Withdrawn(DeleteReason::NoSeat),
    }
}

/// How the user of a folder is served, and what stands in the way, in a sentence.
pub fn standing(app: &App, reading: &Reading, bindings: &Bindings, key: &FolderKey) -> (Service, Option<String>) {
    let user = &key.user;
    let row = reading.snapshot.viewer(user).map(|viewer| viewer.user());
    let unreadable = reading.snapshot.doubtful_users().get(user);
    let is_bound = key.mailbox.as_str().is_empty() || bindings.active.get(user).is_some_and(|binding| binding.mailbox == key.mailbox);
    let contestants = bindings.contested.get(&key.mailbox);
    let service = match service_of(row.is_some_and(|row| row.is_active), reading.licence(user)) {
        _ if !is_bound => Service::Withdrawn(DeleteReason::BindingChanged),
        _ if unreadable.is_some() => Service::Unreadable,
        withdrawn @ Service::Withdrawn(DeleteReason::UserLeft) => withdrawn,
        _ if app.books.iter().all(|book| book.key != key.book) => Service::Withdrawn(DeleteReason::BookRemoved),
        Service::Served if contestants.is_some() || bindings.trouble.contains_key(user) => Service::Frozen,
        service => service,
    };
    let contested = |users: &BTreeSet<UserKey>| {
        let users: Vec<&str> = users.iter().map(UserKey::as_str).collect();
        let (users, mailbox) = (users.join(", "), &key.mailbox);
        format!("users {users} have the same mailbox {mailbox}; none gets anything new until only one is left (`adressbote bind release --user U`)")
    };
    let trouble = unreadable.filter(|_| is_bound).map(|why| format!("what the CRM says of him could not be read ({why}); his folder stays as it is"));
    (service, trouble.or_else(|| contestants.map(contested)).or_else(|| bindings.trouble.get(user).cloned()))
}

impl Case {
    /// Works out how the user is served.
    fn serve(&mut self, app: &App, reading: &Reading, bindings: &Bindings) {
        let (service, trouble) = standing(app, reading, bindings, &self.key);
        self.service = service;
        self.report.trouble = self.report.trouble.take().or(trouble);
    }

    /// Works out what is due and what must change. What Graph is known to refuse is left out.
    pub fn decide(&mut self, evaluation: &Evaluation<'_>) {
        let viewer = evaluation.snapshot().viewer(&self.key.user);
        let due = match (&viewer, self.service) {
            (Some(viewer), Service::Served | Service::Frozen) => Some(evaluation.due(viewer)),
            (None, _) | (_, Service::Unreadable | Service::Withdrawn(_)) => None,
        };
        if let Some(due) = &due {
            self.report.describe(due);
        }
        let plan = plan::plan(evaluation, viewer.as_ref(), self.service, due.as_ref(), &self.ledger);
        let is_decided = due.as_ref().is_some_and(|due| due.contacts().len() == self.ledger.len() && !due.tally.is_disputed);
        self.report.figures.standing = self.ledger.len();
        self.find_stale(due.as_ref());
        self.take_plan(evaluation, plan, is_decided);
    }

    /// The same where the whole folder was found as it was due before something changed: only that is looked at, and what the cap lets in or out in its place.
    /// What was told of the folder is of the last time that all was looked at.
    pub fn decide_among(&mut self, evaluation: &Evaluation<'_>, Woken { clue, told }: &Woken) {
        let Some((plan, among)) = self.plan_among(evaluation, clue) else { return self.decide(evaluation) };
        self.report.figures = told.among(&among, self.ledger.len());
        self.take_plan(evaluation, plan, among.due.contacts().len() == among.held.len());
    }

    /// Whether a folder that was decided by what changed stands by now as it is due, as far as the ledger tells.
    pub fn has_settled(&self, evaluation: &Evaluation<'_>, clue: &Clue) -> bool {
        let is_as_due = |(plan, Among { due, held, .. }): (Plan, Among)| {
            let is_over = plan.is_empty() && plan.suspended.is_empty() && plan.rebrought.is_empty();
            is_over && due.contacts().len() == held.len()
        };
        // Of what was restored it is not known what stands in it.
        let is_known = self.report.restored == 0 && self.refused.is_empty();
        self.is_calm() && is_known && self.plan_among(evaluation, clue).is_some_and(is_as_due)
    }

    /// What must change, and what that rests on; none where the whole folder must be looked at.
    fn plan_among(&self, evaluation: &Evaluation<'_>, clue: &Clue) -> Option<(Plan, Among)> {
        let viewer = evaluation.snapshot().viewer(&self.key.user)?;
        if self.service != Service::Served || !self.refusals.is_empty() {
            return None;
        }
        let among = match clue {
            Clue::Records(records) => evaluation.due_among(&viewer, records, &self.ledger)?,
            Clue::Block(block) => {
                evaluation.due_by_marks(&viewer, (&self.ledger, |mark| block.holds(&quiet::made(mark))), self.ledger.len() / FEW)?
            }
        };
        Some((plan::plan(evaluation, Some(&viewer), self.service, Some(&among.due), &among.held), among))
    }

    /// Takes over what must change; `is_decided` says that the ledger holds a contact for each that is due, and no other.
    fn take_plan(&mut self, evaluation: &Evaluation<'_>, plan: Plan, is_decided: bool) {
        self.plan = plan;
        // Kept for no reason that anybody could name: wanted, but not due.
        let is_unexplained = |waits: &plan::Suspended| {
            let is_doubtful = evaluation.snapshot().doubtful_records().contains_key(&waits.record);
            waits.what == plan::Waiting::Doubtful && waits.relations.is_empty() && !is_doubtful
        };
        self.report.is_disputed |= self.service == Service::Served && self.plan.suspended.iter().any(is_unexplained);
        self.report.count_waiting(&self.plan);
        self.report.service = word(self.service).to_owned();
        let (withdrawals, additions) = (std::mem::take(&mut self.plan.withdrawals), std::mem::take(&mut self.plan.additions));
        self.plan.withdrawals = self.without_refused(withdrawals);
        let contact = |change: &Change| if let Change::Create(due) = change { Some(Addition::of(due)) } else { None };
        self.additions = self.without_refused(additions).iter().filter_map(contact).collect();
        let waits = !self.plan.suspended.is_empty() || !self.plan.rebrought.is_empty() || !self.refusals.is_empty();
        self.has_nothing_to_do =
            is_decided && self.plan.withdrawals.is_empty() && self.additions.is_empty() && !waits && self.service == Service::Served;
    }

    /// Whether what stands in the mailbox was found as it is due, and nothing came in between.
    pub fn has_nothing_left(&self) -> bool {
        self.has_nothing_to_do && self.is_calm() && !self.report.has_changes()
    }

    /// Whether nothing stood in the way.
    fn is_calm(&self) -> bool {
        let is_through = !self.is_stopped && !self.adds_nothing && self.late.is_empty();
        is_through && self.report.trouble.is_none() && self.report.unsent == 0
    }

    /// Leaves out what Graph refused before in exactly this form; what it takes away is still taken away, in another form.
    fn without_refused(&mut self, changes: Vec<Change>) -> Vec<Change> {
        let mut kept = Vec::with_capacity(changes.len());
        for change in changes {
            let digest = match &change {
                Change::Create(due) | Change::Update { due, .. } => Some(due.digest()),
                Change::Delete { .. } | Change::Clear { .. } => None,
            };
            if digest.is_some() && self.refusals.get(change.record()).is_some_and(|refusal| refusal.digest == digest) {
                self.note_refused(change.record().clone());
                kept.extend(outcome::instead(change));
            } else {
                kept.push(change);
            }
        }
        kept
    }

    /// Notes that Graph refuses the contact of a record.
    pub fn note_refused(&mut self, record: RecordKey) {
        self.refused.insert(record);
        self.report.refused = self.refused.len();
    }

    /// Finds the refusals of records that are neither due nor there any longer.
    fn find_stale(&mut self, due: Option<&Due>) {
        let is_due = |record: &RecordKey| due.is_some_and(|due| due.contacts().iter().any(|contact| contact.record() == record));
        let is_stale = |record: &&RecordKey| !self.ledger.contains_key(*record) && !is_due(record);
        let stale = if self.service == Service::Unreadable { Vec::new() } else { self.refusals.keys().filter(is_stale).cloned().collect() };
        self.stale = stale;
    }

    /// Ends the case for this pass with a sentence for people.
    pub fn stop(&mut self, trouble: String) {
        self.report.trouble = Some(trouble);
        self.is_stopped = true;
    }

    /// Adds nothing more in this pass; what takes away goes on.
    pub fn stop_adding(&mut self, trouble: String) {
        self.report.trouble = Some(trouble);
        self.adds_nothing = true;
    }

    /// Adds nothing more in this pass because of its mailbox.
    pub fn fail_adding(&mut self, error: &GraphError) {
        match error {
            // That is no trouble of the mailbox.
            GraphError::Stopped { .. } => self.adds_nothing = true,
            error => self.stop_adding(sentence(error)),
        }
    }

    /// Ends the case for this pass because of its mailbox.
    pub fn fail(&mut self, error: &GraphError) {
        self.is_denied |= matches!(error, GraphError::Forbidden { reach: Reach::Mailbox, .. });
        self.is_unauthorized |= matches!(error, GraphError::Unauthorized { .. });
        self.is_out_of_reach |= matches!(error.next(Duration::ZERO), Next::StopMailbox);
        if let GraphError::Throttled { wait, .. } = error {
            self.report.next_try = Utc::now().checked_add_signed(TimeDelta::from_std(*wait).unwrap_or(TimeDelta::MAX));
        }
        match error {
            // That is no trouble of the mailbox.
            GraphError::Stopped { .. } => self.is_stopped = true,
            error => self.stop(sentence(error)),
        }
    }

    /// Takes a failure upon the case if it concerns this folder alone; what concerns everybody is given back.
    ///
    /// # Errors
    /// What concerns everybody.
    pub fn bear(&mut self, outcome: Result<(), DeliveryError>) -> Result<(), DeliveryError> {
        match outcome {
            Err(error) if error.is_for_all() => return Err(error),
            Err(DeliveryError::Graph(error)) => self.fail(&error),
            Err(error @ DeliveryError::State(_)) => self.stop(sentence(&error)),
            Ok(()) => {}
        }
        Ok(())
    }

    /// Whose folder.
    pub fn user(&self) -> &UserKey {
        &self.key.user
    }

    /// Whether it is known which mailbox it is in.
    pub fn has_mailbox(&self) -> bool {
        !self.key.mailbox.as_str().is_empty()
    }

    /// Where the contacts of the case stand.
    pub fn place(&self) -> Place {
        self.folder.as_ref().map_or(Place::Default, |folder| Place::from(folder.id.clone()))
    }
}

/// How somebody is served, in a word.
pub fn word(service: Service) -> &'static str {
    match service {
        Service::Served => "served",
        Service::Frozen => "frozen",
        Service::Unreadable => "unreadable",
        Service::Withdrawn(_) => "withdrawn",
    }
}
