//! The folder due to a user: what he sees, of that what he wants, in order, up to the cap, mapped.

mod addition;
mod among;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::book::Book;
use crate::digest::{Digest, DigestKey};
use crate::filter::Truth;
use crate::index::{Counts, Index, Mark, Shelf};
use crate::key::{RecordKey, UserKey};
use crate::ledger::Brought;
use crate::map::{Filled, Misfit};
use crate::mask::FieldMask;
use crate::property::Property;
use crate::sight::{Loss, Sighting, Snapshot, Viewer, VisibleRecord};
use crate::value::Value;

pub use addition::Addition;
pub use among::{Among, Counted};

/// A book over a snapshot, ready to be evaluated for any viewer.
#[derive(Debug)]
pub struct Evaluation<'s> {
    snapshot: &'s Snapshot,
    book: &'s Book,
    digests: DigestKey,
    suppressed: BTreeMap<RecordKey, usize>,
    index: Option<&'s Index>,
    /// Made when it is needed first.
    shelf: OnceLock<Option<Shelf<'s>>>,
}

/// What a viewer wants, in numbers, and what stands first of it.
struct Queue<'v> {
    visible: usize,
    matched: usize,
    subscribed: usize,
    first: Vec<(Brought, VisibleRecord<'v>)>,
}

/// The index says something else than the rights check.
struct Disputed;

impl Queue<'_> {
    fn tally(&self, cap: u32) -> Tally {
        let admitted = self.matched.min(usize::try_from(cap).unwrap_or(usize::MAX));
        let (visible, matched, subscribed) = (self.visible, self.matched, self.subscribed);
        let mut tally = Tally { visible, matched, subscribed, cap, capped: matched - admitted, ..Tally::default() };
        if let Some((_, refused)) = self.first.get(admitted) {
            tally.first_refused = Some(refused.sort_key());
            tally.last_admitted = admitted.checked_sub(1).and_then(|last| self.first.get(last)).map(|(_, last)| last.sort_key());
        }
        tally
    }
}

/// What holds of a record for a viewer, before order and cap. The first that fits, in this order.
#[derive(Clone, Debug)]
pub enum Verdict<'v> {
    /// The person was taken out.
    Erased,
    /// The view has no such record.
    Absent,
    /// He may not see it.
    Hidden(Loss),
    /// The book's suppression with this number keeps it out.
    Suppressed(usize),
    /// He may see it, but the record is doubtful alone; one of its versions as he sees it, if it could be read.
    Doubtful(Option<VisibleRecord<'v>>),
    /// He sees it, and nothing wants it.
    Unwanted(VisibleRecord<'v>),
    /// Something wants it, but the book's bound does not admit it.
    OutOfBounds(VisibleRecord<'v>),
    /// He sees it and it is wanted.
    Wanted(Brought, VisibleRecord<'v>),
}

/// A contact due to a user: made only from a record that passed his rights check.
#[derive(Clone, Debug, PartialEq)]
pub struct DueContact {
    user: UserKey,
    record: RecordKey,
    place: u32,
    brought: Brought,
    mask: FieldMask,
    filled: Filled,
    digest: Digest,
}

/// The folder due to a user.
#[derive(Clone, Debug)]
pub struct Due {
    user: UserKey,
    contacts: Vec<DueContact>,
    /// How it came about, in numbers.
    pub tally: Tally,
    last: Option<(RecordKey, Brought)>,
    beside: usize,
}

/// How a folder came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Records that the user may see.
    pub visible: usize,
    /// Of these, those he wants: by subscription or filter, within the book's bound.
    pub matched: usize,
    /// Of these, those that a subscription brought.
    pub subscribed: usize,
    /// The most contacts he may have.
    pub cap: u32,
    /// How many wanted records the cap leaves out.
    pub capped: usize,
    /// The sort key of the last record admitted, as the user may see it, if the cap leaves any out.
    pub last_admitted: Option<Vec<Option<Value>>>,
    /// The sort key of the first record refused, as the user may see it.
    pub first_refused: Option<Vec<Option<Value>>>,
    /// Per field of the view: in how many contacts it is withheld.
    pub withheld: BTreeMap<String, usize>,
    /// What did not fit into Graph's contact, per record.
    pub misfits: Vec<(RecordKey, Misfit)>,
    /// Whether the index had said otherwise. What the rights check says counts; somebody should find out why.
    pub is_disputed: bool,
}

impl DueContact {
    /// Whose folder it is due to.
    pub fn user(&self) -> &UserKey {
        &self.user
    }

    /// The record it shows.
    pub fn record(&self) -> &RecordKey {
        &self.record
    }

    /// Its place in the folder, from 1.
    pub fn place(&self) -> u32 {
        self.place
    }

    /// What made it wanted.
    pub fn brought(&self) -> Brought {
        self.brought
    }

    /// The fields of the record that the user may read.
    pub fn mask(&self) -> &FieldMask {
        &self.mask
    }

    /// The keyed digest of its contents.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Every property of the mapping with its value, the empty ones as null or [].
    pub fn values(&self) -> impl Iterator<Item = (Property, &Json)> {
        self.filled.values().iter().map(|(property, value)| (*property, value))
    }

    /// A property's value, if the mapping has the property.
    pub fn value(&self, property: Property) -> Option<&Json> {
        self.filled.values().get(&property)
    }

    /// What of the record does not fit into the contact.
    pub fn misfits(&self) -> &[Misfit] {
        self.filled.misfits()
    }

    /// The properties that have a value.
    pub fn filled(&self) -> BTreeSet<Property> {
        self.values().map(|(property, _)| property).filter(|property| self.filled.fills(*property)).collect()
    }
}

impl Due {
    /// Whose folder it is.
    pub fn user(&self) -> &UserKey {
        &self.user
    }

    /// The contacts, in the folder's order.
    pub fn contacts(&self) -> &[DueContact] {
        &self.contacts
    }

    /// The record of the last one in the folder, and what brought it, if the cap may leave any out.
    pub(crate) fn last(&self) -> Option<&(RecordKey, Brought)> {
        self.last.as_ref()
    }

    /// How many contacts stay in the folder beside those that were looked at.
    pub(crate) fn beside(&self) -> usize {
        self.beside
    }
}

impl<'s> Evaluation<'s> {
    /// Prepares a book over a snapshot: suppressions look at every record once.
    pub fn new(snapshot: &'s Snapshot, book: &'s Book, digests: DigestKey) -> Self {
        let first = |record: &RecordKey| book.suppressions.iter().position(|suppression| snapshot.suppresses(suppression, record));
        let suppressed = if book.suppressions.is_empty() {
            BTreeMap::new()
        } else {
            snapshot.record_keys().filter_map(|record| Some((record.clone(), first(record)?))).collect()
        };
        Self { snapshot, book, digests, suppressed, index: None, shelf: OnceLock::new() }
    }

    /// The same with an index of the snapshot, which makes deciding for many viewers quick. An index that was made for other books is of no use here and
    /// left aside.
    #[must_use]
    pub fn with_index(self, index: &'s Index) -> Self {
        Self { index: Some(index), shelf: OnceLock::new(), ..self }
    }

    /// The same without its index: every record is looked at for every viewer.
    #[must_use]
    pub fn without_index(self) -> Self {
        Self { index: None, shelf: OnceLock::new(), ..self }
    }

    fn shelf(&self) -> Option<&Shelf<'s>> {
        self.shelf.get_or_init(|| Shelf::new(self.index?, self.snapshot, self.book)).as_ref()
    }

    /// The book.
    pub fn book(&self) -> &'s Book {
        self.book
    }

    /// The snapshot.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// Whether a suppression keeps the record out for everyone.
    pub(crate) fn is_suppressed(&self, record: &RecordKey) -> bool {
        self.suppressed.contains_key(record)
    }

    /// What holds of a record for a viewer, before order and cap.
    pub fn judge<'v>(&self, viewer: &'v Viewer<'s>, record: &RecordKey) -> Verdict<'v> {
        if self.snapshot.is_erased(record) { Verdict::Erased } else { self.judge_present(viewer, record) }
    }

    /// The same, were nobody erased: for what else takes a contact away while the erased are in doubt.
    pub(crate) fn judge_present<'v>(&self, viewer: &'v Viewer<'s>, record: &RecordKey) -> Verdict<'v> {
        let seen = match viewer.look(record) {
            Sighting::Absent => return Verdict::Absent,
            Sighting::Hidden(loss) => return Verdict::Hidden(loss),
            Sighting::Unreadable => None,
            Sighting::Visible(seen) => Some(seen),
        };
        if let Some(suppression) = self.suppressed.get(record) {
            return Verdict::Suppressed(*suppression);
        }
        match seen {
            Some(seen) if !self.snapshot.doubtful_records().contains_key(record) => self.wanted(viewer, seen),
            doubtful => Verdict::Doubtful(doubtful),
        }
    }

    fn wanted<'v>(&self, viewer: &Viewer<'_>, seen: VisibleRecord<'v>) -> Verdict<'v> {
        let brought = match viewer.subscription(seen.key(), &self.book.name) {
            Some(_) => Some(Brought::Subscription),
            None if self.is_filtered(viewer, &seen) => Some(Brought::Filter),
            None => None,
        };
        match brought {
            None => Verdict::Unwanted(seen),
            Some(brought) if self.is_in_bound(&seen) => Verdict::Wanted(brought, seen),
            Some(_) => Verdict::OutOfBounds(seen),
        }
    }

    /// Whether the filters that count for the viewer want the record: his own, else any of his groups', else the book's.
    pub fn is_filtered(&self, viewer: &Viewer<'_>, seen: &VisibleRecord<'_>) -> bool {
        let stored = viewer.filters(&self.book.name);
        if stored.is_empty() {
            return self.book.default_filter.as_ref().is_some_and(|filter| seen.judge(filter) == Truth::True);
        }
        stored.iter().filter_map(|(_, filter)| filter.as_ref().ok()).any(|filter| seen.judge(filter) == Truth::True)
    }

    /// Whether the book's bound admits the record; unknown does not.
    pub fn is_in_bound(&self, seen: &VisibleRecord<'_>) -> bool {
        self.book.bound.as_ref().is_none_or(|bound| seen.judge(bound) == Truth::True)
    }

    /// The records a viewer wants, in the folder's order, and how many he sees; the cap is not applied.
    pub fn queue<'v>(&self, viewer: &'v Viewer<'s>) -> (usize, Vec<(Brought, VisibleRecord<'v>)>) {
        let mut visible = 0;
        let mut wanted = Vec::new();
        for record in self.snapshot.record_keys() {
            match self.judge(viewer, record) {
                Verdict::Wanted(brought, seen) => wanted.push((brought, seen)),
                Verdict::Unwanted(_) | Verdict::OutOfBounds(_) => {}
                Verdict::Erased | Verdict::Absent | Verdict::Hidden(_) | Verdict::Suppressed(_) | Verdict::Doubtful(_) => continue,
            }
            visible += 1;
        }
        wanted.sort_by(|left, right| self.order(left, right));
        (visible, wanted)
    }

    /// How two wanted records follow each other in a folder.
    fn order(&self, (left_by, left): &(Brought, VisibleRecord<'_>), (right_by, right): &(Brought, VisibleRecord<'_>)) -> Ordering {
        let pinned = if self.book.is_pinned { left_by.cmp(right_by) } else { Ordering::Equal };
        pinned.then_with(|| left.order(right))
    }

    /// The folder due to a viewer. Where the index takes a record for wanted that the rights check does not, the check counts, as it does without an index.
    pub fn due(&self, viewer: &Viewer<'s>) -> Due {
        let cap = self.book.cap_of(viewer);
        let most = usize::try_from(cap).unwrap_or(usize::MAX);
        let indexed = self.indexed_queue(viewer, most.saturating_add(1));
        let is_disputed = matches!(indexed, Some(Err(Disputed)));
        let queue = indexed.and_then(Result::ok).unwrap_or_else(|| self.whole_queue(viewer));
        let mut tally = Tally { is_disputed, ..queue.tally(cap) };
        let admitted = queue.first.get(..queue.matched.min(most)).unwrap_or(&queue.first);
        let contacts = self.contacts((1..).zip(admitted), &mut tally);
        let last = admitted.last().map(|(brought, seen)| (seen.key().clone(), *brought));
        Due { user: viewer.person().id.clone(), contacts, tally, last, beside: 0 }
    }

    fn whole_queue<'v>(&self, viewer: &'v Viewer<'s>) -> Queue<'v> {
        let (visible, queue) = self.queue(viewer);
        let subscribed = queue.iter().filter(|(brought, _)| *brought == Brought::Subscription).count();
        Queue { visible, matched: queue.len(), subscribed, first: queue }
    }

    /// What the index says, if it knows the viewer and the rights check says the same of each record. Amended records, of which it knows nothing, are looked at
    /// one by one.
    fn indexed_queue<'v>(&self, viewer: &'v Viewer<'s>, most: usize) -> Option<Result<Queue<'v>, Disputed>> {
        let seer = self.shelf()?.seer(viewer)?;
        let Counts { visible, matched, subscribed } = seer.counts();
        let mut first = Vec::with_capacity(matched.min(most));
        for (record, chosen_by) in seer.keys(&seer.choose_up_to(most)) {
            match self.judge(viewer, &record) {
                Verdict::Wanted(brought, seen) if brought == chosen_by => first.push((brought, seen)),
                _ => return Some(Err(Disputed)),
            }
        }
        if first.len() != matched.min(most) {
            return Some(Err(Disputed));
        }
        let mut queue = Queue { visible, matched, subscribed, first };
        for record in self.snapshot.amended() {
            match self.judge(viewer, record) {
                Verdict::Wanted(brought, seen) => self.queue_up(&mut queue, (brought, seen)),
                Verdict::Unwanted(_) | Verdict::OutOfBounds(_) => {}
                Verdict::Erased | Verdict::Absent | Verdict::Hidden(_) | Verdict::Suppressed(_) | Verdict::Doubtful(_) => continue,
            }
            queue.visible += 1;
        }
        queue.first.truncate(most);
        Some(Ok(queue))
    }

    /// Puts one more wanted record in its place.
    fn queue_up<'v>(&self, queue: &mut Queue<'v>, one: (Brought, VisibleRecord<'v>)) {
        queue.matched += 1;
        queue.subscribed += usize::from(one.0 == Brought::Subscription);
        let place = queue.first.partition_point(|other| self.order(other, &one) == Ordering::Less);
        queue.first.insert(place, one);
    }

    fn contacts<'q, 'v: 'q>(&self, placed: impl Iterator<Item = (u32, &'q (Brought, VisibleRecord<'v>))>, tally: &mut Tally) -> Vec<DueContact> {
        placed.map(|(place, (brought, seen))| self.map(seen, *brought, place, tally)).collect()
    }

    /// What tells whether the folder due to a viewer is still made of the same. None if there is no index that knows him and all records.
    pub fn seal(&self, viewer: &Viewer<'s>) -> Option<Digest> {
        let seer = self.knowing_shelf()?.seer(viewer)?;
        Some(seer.digest(&seer.choose()))
    }

    /// The same, and what tells it of each of his contacts.
    pub fn marks(&self, viewer: &Viewer<'s>) -> Option<(Digest, Vec<Mark>)> {
        let seer = self.knowing_shelf()?.seer(viewer)?;
        let chosen = seer.choose();
        Some((seer.digest(&chosen), seer.marks(&chosen)))
    }

    /// Whether there is an index that knows the viewer.
    pub fn has_index_for(&self, viewer: &Viewer<'s>) -> bool {
        self.shelf().is_some_and(|shelf| shelf.seer(viewer).is_some())
    }

    fn knowing_shelf(&self) -> Option<&Shelf<'s>> {
        self.shelf().filter(|_| self.snapshot.amended().is_empty())
    }

    fn map(&self, seen: &VisibleRecord<'_>, brought: Brought, place: u32, tally: &mut Tally) -> DueContact {
        for (field, shape) in self.snapshot.view().numbered_fields() {
            if !seen.mask().reads(field) {
                *tally.withheld.entry(shape.name.clone()).or_default() += 1;
            }
        }
        let contact = self.contact(seen, brought, place);
        tally.misfits.extend(contact.filled.misfits().iter().map(|misfit| (seen.key().clone(), *misfit)));
        contact
    }

    /// The contact that a visible record gives.
    pub(crate) fn contact(&self, seen: &VisibleRecord<'_>, brought: Brought, place: u32) -> DueContact {
        let filled = self.book.mapping.fill(&seen.document());
        let digest = filled.digest(&self.digests);
        let (user, record, mask) = (seen.viewer().clone(), seen.key().clone(), seen.mask().clone());
        DueContact { user, record, place, brought, mask, filled, digest }
    }
}
