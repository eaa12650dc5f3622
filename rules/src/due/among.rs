//! What of a folder must be looked at where only some records changed: these, and what the cap lets in or out in their place.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashSet;

use super::{Due, Evaluation, Queue, Tally, Verdict};
use crate::index::{Counts, Mark};
use crate::key::RecordKey;
use crate::ledger::{Brought, Pushed};
use crate::sight::{Viewer, VisibleRecord};

/// What is due of a part of a folder, and what stands there of it.
#[derive(Clone, Debug)]
pub struct Among {
    /// What is due: of what it was worked out for alone. What it tells of fields is told of these.
    pub due: Due,
    /// What the ledger holds of it, with what is to leave the folder.
    pub held: BTreeMap<RecordKey, Pushed>,
    /// What was counted beside; all else stays as it was told before.
    pub counted: Counted,
}

/// What of a folder was counted where only a part of it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Nothing: everything stays in its place, and nobody looked at what the cap leaves out.
    Nothing,
    /// What is wanted.
    Wanted,
    /// That, and what is visible.
    All,
}

/// A record that is wanted, looked at or not.
struct Chosen<'v> {
    record: RecordKey,
    brought: Brought,
    seen: Option<VisibleRecord<'v>>,
}

/// Records with their places in the folder, from 1.
type Placed<'v> = Vec<(u32, Chosen<'v>)>;

impl<'s> Evaluation<'s> {
    /// What is due to a viewer of some records, where it is known of all others in his folder that they stand as they were due before these changed, and of
    /// all others that changed that they neither stand in it nor are owed to him ([`Evaluation::owed`]). None if that does not tell what the cap leaves out.
    pub fn due_among(&self, viewer: &Viewer<'s>, records: &BTreeSet<RecordKey>, standing: &BTreeMap<RecordKey, Pushed>) -> Option<Among> {
        let cap = self.book.cap_of(viewer);
        let most = usize::try_from(cap).unwrap_or(usize::MAX);
        let mut queue = Queue { visible: 0, matched: 0, subscribed: 0, first: Vec::new() };
        for record in records {
            if let Verdict::Wanted(brought, seen) = self.judge(viewer, record) {
                self.queue_up(&mut queue, (brought, seen));
            }
        }
        let is_under_cap = standing.len() < most && standing.len() + records.len() <= most;
        let stays_in_place = || queue.matched == records.len() && self.stays_in_place(&queue, standing);
        if !is_under_cap && !stays_in_place() {
            return self.due_under_cap(viewer, records, standing);
        }
        let mut tally = Tally { cap, ..Tally::default() };
        let contacts = self.contacts((1..).zip(&queue.first), &mut tally);
        let held = standing_of(records, standing);
        tally.matched = standing.len() - held.len() + contacts.len();
        let of_subscription = |held: &BTreeMap<RecordKey, Pushed>| held.values().filter(|pushed| pushed.brought == Brought::Subscription).count();
        tally.subscribed = of_subscription(standing) - of_subscription(&held) + queue.subscribed;
        let due = Due { user: viewer.person().id.clone(), contacts, tally, last: None, beside: standing.len() - held.len() };
        Some(Among { due, held, counted: if is_under_cap { Counted::Wanted } else { Counted::Nothing } })
    }

    /// Whether wanted records stand in the folder already, each where it stood: then the cap lets nothing in or out.
    fn stays_in_place(&self, queue: &Queue<'_>, standing: &BTreeMap<RecordKey, Pushed>) -> bool {
        let stood = |brought: Brought, record: &RecordKey| standing.get(record).is_some_and(|pushed| pushed.brought == brought);
        queue.first.iter().all(|(brought, seen)| stood(*brought, seen.key()) && !self.snapshot.moved().contains(seen.key()))
    }

    /// The same where the cap may leave records out: those that come in and go out beside the ones that changed are looked at, too. All others that the index
    /// chooses stand in the folder already.
    fn due_under_cap(&self, viewer: &Viewer<'s>, records: &BTreeSet<RecordKey>, standing: &BTreeMap<RecordKey, Pushed>) -> Option<Among> {
        let most = usize::try_from(self.book.cap_of(viewer)).unwrap_or(usize::MAX);
        let mut counts = self.shelf()?.seer(viewer)?.counts();
        let mut admitted = self.line_up(viewer, most, &mut counts)?;
        admitted.truncate(most);
        let mut others: HashSet<&RecordKey> = standing.keys().collect();
        let (new, stay): (Vec<_>, Vec<_>) = (1..).zip(admitted).partition(|(_, one)| records.contains(&one.record) || !others.remove(&one.record));
        self.beside(viewer, (new, stay), counts, standing_of(others, standing))
    }

    /// What is due to a viewer where it is known by which marks his contacts stood when all of them were last found as they are due: those that have their mark
    /// still are not looked at. None if the index does not know him and all records, or if more than `most` contacts come, go or change.
    pub fn due_by_marks(
        &self,
        viewer: &Viewer<'s>,
        (standing, had): (&BTreeMap<RecordKey, Pushed>, impl Fn(&Mark) -> bool),
        most: usize,
    ) -> Option<Among> {
        let seer = self.knowing_shelf()?.seer(viewer)?;
        let (counts, chosen) = (seer.counts(), seer.choose());
        if chosen.len() != counts.matched.min(seer.cap()) {
            return None;
        }
        let admitted = seer.keys(&chosen).into_iter().map(|(record, brought)| Chosen { record, brought, seen: None });
        let marked = (1..).zip(admitted).zip(seer.marks(&chosen));
        let mut others: HashSet<&RecordKey> = standing.keys().collect();
        let (new, stay): (Vec<_>, Vec<_>) = marked.partition(|((_, one), mark)| !had(mark) || !others.remove(&one.record));
        if new.len().max(others.len()) > most {
            return None;
        }
        let [new, stay] = [new, stay].map(|all| all.into_iter().map(|(placed, _)| placed).collect());
        self.beside(viewer, (new, stay), counts, standing_of(others, standing))
    }

    /// What is due beside contacts that stay as they are, all with their places; `held` are those that do not stay so.
    fn beside<'v>(
        &self,
        viewer: &'v Viewer<'s>,
        (new, stay): (Placed<'v>, Placed<'v>),
        counts: Counts,
        held: BTreeMap<RecordKey, Pushed>,
    ) -> Option<Among> {
        let Counts { visible, matched, subscribed } = counts;
        let capped = matched - new.len() - stay.len();
        let mut tally = Tally { visible, matched, subscribed, cap: self.book.cap_of(viewer), capped, ..Tally::default() };
        let last = new.last().into_iter().chain(stay.last()).max_by_key(|(place, _)| *place);
        let last = last.map(|(_, one)| (one.record.clone(), one.brought));
        let new: Vec<_> = new.iter().map(|(place, one)| Some((*place, (one.brought, self.seen(viewer, one)?)))).collect::<Option<_>>()?;
        let contacts = self.contacts(new.iter().map(|(place, one)| (*place, one)), &mut tally);
        let due = Due { user: viewer.person().id.clone(), contacts, tally, last, beside: stay.len() };
        Some(Among { due, held, counted: Counted::All })
    }

    /// What a viewer wants in the folder's order: so many from the index, and every amended record among them that he wants; those are added to `counts`.
    /// None if there is no index that knows him, or the rights check says otherwise.
    fn line_up<'v>(&self, viewer: &'v Viewer<'s>, most: usize, counts: &mut Counts) -> Option<Vec<Chosen<'v>>> {
        let seer = self.shelf()?.seer(viewer)?;
        let chosen = seer.keys(&seer.choose_up_to(most));
        let mut line: Vec<Chosen<'_>> = chosen.into_iter().map(|(record, brought)| Chosen { record, brought, seen: None }).collect();
        for record in self.snapshot.amended() {
            match self.judge(viewer, record) {
                Verdict::Wanted(brought, seen) => {
                    counts.matched += 1;
                    counts.subscribed += usize::from(brought == Brought::Subscription);
                    let place = self.place(viewer, &line, &(brought, seen.clone()))?;
                    line.insert(place, Chosen { record: record.clone(), brought, seen: Some(seen) });
                }
                Verdict::Unwanted(_) | Verdict::OutOfBounds(_) => {}
                Verdict::Erased | Verdict::Absent | Verdict::Hidden(_) | Verdict::Suppressed(_) | Verdict::Doubtful(_) => continue,
            }
            counts.visible += 1;
        }
        Some(line)
    }

    /// The place of a record among those that a viewer wants, from 1, whatever the cap, and how many these are.
    pub(crate) fn standing(&self, viewer: &Viewer<'s>, record: &RecordKey) -> (Option<usize>, usize) {
        let is_wanted = matches!(self.judge(viewer, record), Verdict::Wanted(..));
        if let Some(line) = self.line_up(viewer, usize::MAX, &mut Counts::default()) {
            let before = line.iter().position(|one| one.record == *record);
            if before.is_some() == is_wanted {
                return (before.map(|before| before + 1), line.len());
            }
        }
        let (_, queue) = self.queue(viewer);
        (queue.iter().position(|(_, seen)| seen.key() == record).map(|before| before + 1), queue.len())
    }

    /// Where a wanted record stands among others; none if the rights check says otherwise of one of these.
    fn place<'v>(&self, viewer: &'v Viewer<'s>, others: &[Chosen<'v>], one: &(Brought, VisibleRecord<'v>)) -> Option<usize> {
        let (mut low, mut high) = (0, others.len());
        while low < high {
            let middle = low.midpoint(high);
            let other = others.get(middle)?;
            if self.order(&(other.brought, self.seen(viewer, other)?), one) == Ordering::Less {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// A record that the index chose, if the rights check says the same.
    fn seen<'v>(&self, viewer: &'v Viewer<'s>, one: &Chosen<'v>) -> Option<VisibleRecord<'v>> {
        match &one.seen {
            Some(seen) => Some(seen.clone()),
            None => match self.judge(viewer, &one.record) {
                Verdict::Wanted(brought, seen) if brought == one.brought => Some(seen),
                _ => None,
            },
        }
    }

    /// Those of some amended records that may be due to a viewer. Where his folder is full (`is_full`: it is worth a look at all), a record is not due that
    /// stands behind as many others as the cap admits, whatever became of the amended ones.
    pub fn owed<'r>(&self, viewer: &Viewer<'s>, records: &[&'r RecordKey], is_full: bool) -> Vec<&'r RecordKey> {
        let wanted = |record: &&'r RecordKey| match self.judge(viewer, record) {
            Verdict::Wanted(brought, seen) => Some((*record, (brought, seen))),
            _ => None,
        };
        let wanted: Vec<_> = records.iter().filter_map(wanted).collect();
        let last = if is_full && !wanted.is_empty() { self.last_of_others(viewer) } else { None };
        let is_in_reach = |one: &(Brought, VisibleRecord<'_>)| last.as_ref().is_none_or(|last| self.order(one, last) != Ordering::Greater);
        wanted.into_iter().filter(|(_, one)| is_in_reach(one)).map(|(record, _)| record).collect()
    }

    /// The last record that the cap would admit, were there no amended ones; none if it left none out, or there is no index.
    fn last_of_others<'v>(&self, viewer: &'v Viewer<'s>) -> Option<(Brought, VisibleRecord<'v>)> {
        let seer = self.shelf()?.seer(viewer)?;
        let most = usize::try_from(self.book.cap_of(viewer)).unwrap_or(usize::MAX);
        let chosen = seer.choose_up_to(most);
        let last = seer.last(&chosen).filter(|_| chosen.len() == most)?;
        match self.judge(viewer, &last) {
            Verdict::Wanted(brought, seen) => Some((brought, seen)),
            _ => None,
        }
    }
}

/// What stands of some records.
fn standing_of<'r>(records: impl IntoIterator<Item = &'r RecordKey>, standing: &BTreeMap<RecordKey, Pushed>) -> BTreeMap<RecordKey, Pushed> {
    records.into_iter().filter_map(|record| Some((record.clone(), standing.get(record)?.clone()))).collect()
}
