//! What a pass did, in numbers and reasons; never contents.

use std::collections::BTreeMap;
use std::sync::Arc;

use adressbote_rules::due::{Among, Counted, Due, Tally};
use adressbote_rules::ledger::{ClearReason, DeleteReason};
use adressbote_rules::plan::{Change, Plan, Waiting};
use adressbote_rules::property::Property;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::graph::Gone;

/// A pass.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PassReport {
    /// Its number; none for a dry run.
    pub pass: Option<String>,
    /// Its instant.
    pub at: Option<DateTime<Utc>>,
    /// The folders, by user and book. While nothing changes, every pass tells the same list.
    pub folders: Arc<[FolderReport]>,
    /// What concerns everybody and waits for a person, in sentences.
    pub alarms: Vec<String>,
    /// The relations in doubt, with the reason.
    pub doubts: BTreeMap<String, String>,
    /// How many records are doubtful alone.
    pub doubtful_records: usize,
    /// The first of them, with the reason.
    pub doubtful_first: Vec<String>,
    /// Users who wait for a seat.
    pub waiting_for_seats: usize,
    /// The next instant at which a right or subscription turns.
    pub next_turn: Option<DateTime<Utc>>,
    /// Whether it was told to stop before it was through.
    pub is_stopped: bool,
    /// Whether the time for additions was over before it was through.
    pub is_cut: bool,
    /// How many contacts of ours users had changed, moved or deleted and were restored; none of one user alone.
    pub restored: usize,
    /// How many items of users' own stand in our folders; they were not read. None of one user alone.
    pub foreign: usize,
}

/// How a folder came about, in numbers. Of a folder in which nothing was to be done they are those of when it was last compared. Where only some contacts were
/// compared, what can only be told of all (`withheld`, `misfits`, and where records changed `visible`) is that of when all were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Records that he may see.
    pub visible: usize,
    /// Records that he wants.
    pub matched: usize,
    /// Of these, those that a subscription brought.
    pub subscribed: usize,
    /// His cap.
    pub cap: u32,
    /// How many wanted records the cap leaves out.
    pub capped: usize,
    /// How many contacts stand in his folder afterwards.
    pub standing: usize,
    /// Fields withheld, with the number of contacts.
    pub withheld: BTreeMap<String, usize>,
    /// Values that did not fit into Graph's contact.
    pub misfits: usize,
}

/// One user's folder in a pass.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FolderReport {
    /// Whose folder.
    pub user: String,
    /// The name he logs in with; empty when the CRM no longer has him.
    pub login: String,
    /// Of which book.
    pub book: String,
    /// How it is served.
    pub service: String,
    /// How it came about.
    #[serde(flatten)]
    pub figures: Figures,
    /// Contacts made.
    pub created: usize,
    /// Contacts written anew.
    pub updated: usize,
    /// Contacts taken away, by reason.
    pub deleted: BTreeMap<String, usize>,
    /// Properties emptied, as `property: reason`.
    pub cleared: BTreeMap<String, usize>,
    /// Contacts that could only be moved to Deleted Items, because this cloud knows no removal for good.
    pub trashed: usize,
    /// Contacts that Graph refused.
    pub refused: usize,
    /// Changes that were not sent, because something stood in the way or it was told to stop; the next pass sends them.
    pub unsent: usize,
    /// What waits, by kind.
    pub waiting: BTreeMap<String, usize>,
    /// What a user had changed in what is ours and was restored. What he did is not told of him, only of all together.
    #[serde(skip)]
    pub restored: usize,
    /// Items in the folder that are not ours; they were not read. As with what was restored, only the sum is told.
    #[serde(skip)]
    pub foreign: Option<usize>,
    /// Whether the index had said otherwise than the rights check, which counts.
    #[serde(skip)]
    pub is_disputed: bool,
    /// What stands in the way, in a sentence.
    pub trouble: Option<String>,
    /// When Graph lets us try again, if it said so.
    pub next_try: Option<DateTime<Utc>>,
}

impl Figures {
    /// The same after a part of the folder was decided anew, in which so many contacts stand. Where nothing but contents changed in it, what the cap leaves out is
    /// told as it was when it was counted last; of what is withheld and does not fit no more is known than of that part and of when the whole was looked at.
    pub fn among(&self, among: &Among, standing: usize) -> Self {
        let Tally { visible, matched, subscribed, cap, capped, ref misfits, .. } = among.due.tally;
        let withheld = self.withheld.iter().map(|(field, contacts)| (field.clone(), standing.min(*contacts))).collect();
        let told = Self { standing, withheld, misfits: self.misfits.max(misfits.len()), ..self.clone() };
        let visible = if among.counted == Counted::All { visible } else { told.visible };
        if among.counted == Counted::Nothing { told } else { Self { visible, matched, subscribed, cap, capped, ..told } }
    }
}

impl FolderReport {
    /// Takes over how the due folder came about.
    pub fn describe(&mut self, due: &Due) {
        let tally = &due.tally;
        self.is_disputed |= tally.is_disputed;
        let Figures { visible, matched, subscribed, cap, capped, standing: _, withheld, misfits } = &mut self.figures;
        (*visible, *matched, *subscribed) = (tally.visible, tally.matched, tally.subscribed);
        (*cap, *capped, *misfits) = (tally.cap, tally.capped, tally.misfits.len());
        *withheld = tally.withheld.clone();
    }

    /// Counts what waits.
    pub fn count_waiting(&mut self, plan: &Plan) {
        self.waiting.clear();
        for suspended in &plan.suspended {
            let kind = match suspended.what {
                Waiting::Create => "new contacts".to_owned(),
                Waiting::Update => "updates".to_owned(),
                Waiting::Delete(reason) => format!("removals: {reason}"),
                Waiting::Doubtful => "kept as they are".to_owned(),
            };
            *self.waiting.entry(kind).or_default() += 1;
        }
    }

    /// Counts a change that was carried out.
    pub fn count(&mut self, change: &Change) {
        match change {
            Change::Create(_) => self.created += 1,
            Change::Update { cleared, .. } => {
                self.updated += 1;
                self.count_cleared(cleared);
            }
            Change::Clear { cleared, .. } => self.count_cleared(cleared),
            Change::Delete { reason, .. } => self.count_deleted(*reason),
        }
    }

    /// Counts a contact that is gone from where its user looks for it.
    pub fn count_gone(&mut self, gone: Gone) {
        self.trashed += usize::from(gone == Gone::Trashed);
    }

    /// Counts a contact that was taken away.
    pub fn count_deleted(&mut self, reason: DeleteReason) {
        *self.deleted.entry(reason.word().to_owned()).or_default() += 1;
    }

    fn count_cleared(&mut self, cleared: &BTreeMap<Property, ClearReason>) {
        for (property, reason) in cleared {
            *self.cleared.entry(format!("{property}: {reason}")).or_default() += 1;
        }
    }

    /// What is told of the folder when nothing is done in it any longer.
    pub fn at_rest(&self) -> Self {
        let (user, login, book, service) = (self.user.clone(), self.login.clone(), self.book.clone(), self.service.clone());
        Self { user, login, book, service, figures: self.figures.clone(), ..Self::default() }
    }

    /// Whether anything changed.
    pub fn has_changes(&self) -> bool {
        self.created + self.updated + self.restored > 0 || !self.deleted.is_empty() || !self.cleared.is_empty()
    }
}

impl PassReport {
    /// When the next pass can do more than this one: at once if additions were left to it, when a right turns, or when Graph lets us try again.
    pub fn next_pass(&self) -> Option<DateTime<Utc>> {
        let cut = self.at.filter(|_| self.is_cut);
        self.folders.iter().filter_map(|folder| folder.next_try).chain(self.next_turn).chain(cut).min()
    }

    /// Whether somebody was not served as is due, or something waits for a person.
    pub fn needs_attention(&self) -> bool {
        let troubled = |folder: &FolderReport| folder.trouble.is_some() || folder.refused > 0 || folder.unsent > 0;
        !self.alarms.is_empty() || !self.doubts.is_empty() || self.doubtful_records > 0 || self.is_stopped || self.folders.iter().any(troubled)
    }
}
