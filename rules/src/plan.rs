//! What must change in one folder: due − ledger, each removal with its reason, nothing on the word of a doubtful relation.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::crm::Relation;
use crate::due::{Due, DueContact, Evaluation, Verdict};
use crate::key::{ContactId, RecordKey};
use crate::ledger::{Brought, ClearReason, DeleteReason, Pushed};
use crate::map::Input;
use crate::property::{Properties, Property, Shape};
use crate::sight::{Sighting, Viewer, VisibleRecord};
use crate::view::PartId;

/// Whether and how a user is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// His folder becomes what is due to him.
    Served,
    /// Nothing new comes, and what is only wished otherwise stays; losses act (the grace of a lost seat, a mailbox that waits for a person).
    Frozen,
    /// The user's own rows could not be read: nothing changes but for erasures.
    Unreadable,
    /// The folder is emptied, for this reason where no other comes first.
    Withdrawn(DeleteReason),
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A contact leaves the mailbox for good.
    Delete {
        /// The record it shows.
        record: RecordKey,
        /// Its id in the mailbox.
        contact: ContactId,
        /// Why.
        reason: DeleteReason,
    },
    /// Properties are emptied, and nothing else is written but the names that must go with every update.
    Clear {
        /// The record it shows.
        record: RecordKey,
        /// Its id in the mailbox.
        contact: ContactId,
        /// What is emptied, and why. A name among them is never emptied, but becomes what stands in `names`.
        cleared: BTreeMap<Property, ClearReason>,
        /// Of what is emptied, that of which rights may have taken a part: it stays if the mailbox holds just this, which is due.
        unless: BTreeMap<Property, Json>,
        /// `displayName` and `fileAs` as they are due now, for Graph makes up its own where they are missing. None while anything that they rest on is in
        /// doubt: then those of the mailbox go with the update.
        names: Vec<(Property, Json)>,
    },
    /// A contact is written anew, every property of the mapping.
    Update {
        /// Its id in the mailbox.
        contact: ContactId,
        /// What it becomes.
        due: Box<DueContact>,
        /// What had a value and has none now, and why; with what the mapping no longer fills.
        cleared: BTreeMap<Property, ClearReason>,
        /// What had a value and has one now, of which rights may have taken a part: lost even where the update itself cannot be carried out.
        reduced: Properties,
    },
    /// A contact is made.
    Create(Box<DueContact>),
}

/// Something that would change, but rests on what is in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// The record.
    pub record: RecordKey,
    /// What would happen.
    pub what: Waiting,
    /// The relations in doubt that it rests on; none if the record is doubtful alone, or the folder frozen or full.
    pub relations: BTreeSet<Relation>,
}

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    /// A new contact.
    Create,
    /// A changed contact.
    Update,
    /// A removal.
    Delete(DeleteReason),
    /// The record is doubtful alone; its copy stays as it is.
    Doubtful,
}

/// The changes of one folder in one pass: what takes away or changes first, then new contacts in the folder's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Deletions by record, then cleared properties, then updates in the folder's order: any of them may take something away.
    pub withdrawals: Vec<Change>,
    /// New contacts in the folder's order.
    pub additions: Vec<Change>,
    /// Contacts that stay as they are, but are brought by something else than the ledger says: a note for the ledger, no request.
    pub rebrought: Vec<(RecordKey, Brought)>,
    /// What waits, by record.
    pub suspended: Vec<Suspended>,
}

impl Change {
    /// The record whose contact changes.
    pub fn record(&self) -> &RecordKey {
        match self {
            Self::Delete { record, .. } | Self::Clear { record, .. } => record,
            Self::Update { due, .. } | Self::Create(due) => due.record(),
        }
    }
}

impl Plan {
    /// All changes in the order in which they are carried out.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.withdrawals.iter().chain(&self.additions)
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.withdrawals.is_empty() && self.additions.is_empty()
    }
}

/// Lists the steps from what the ledger holds of one folder to what is due.
///
/// `viewer` is none when the CRM no longer has the user, or his rows could not be read ([`Service::Unreadable`]).
pub fn plan<'s>(
    evaluation: &Evaluation<'s>,
    viewer: Option<&Viewer<'s>>,
    service: Service,
    due: Option<&Due>,
    ledger: &BTreeMap<RecordKey, Pushed>,
) -> Plan {
    let planner = Planner { evaluation, viewer, service, due };
    let contacts: BTreeMap<&RecordKey, &DueContact> = match service {
        Service::Withdrawn(_) | Service::Unreadable => BTreeMap::new(),
        Service::Served | Service::Frozen => due.into_iter().flat_map(Due::contacts).map(|contact| (contact.record(), contact)).collect(),
    };
    let mut plan = Plan::default();
    let (mut clears, mut updates, mut kept) = (Vec::new(), Vec::new(), 0);
    for (record, pushed) in ledger {
        let step = match contacts.get(record) {
            Some(contact) => planner.compare(pushed, contact),
            None => planner.remove(record, pushed),
        };
        kept += usize::from(!matches!(step.change, Some(Change::Delete { .. })));
        plan.rebrought.extend(contacts.get(record).and_then(|contact| planner.rebrought(pushed, contact)));
        plan.suspended.extend(step.suspended);
        match step.change {
            None => {}
            Some(delete @ Change::Delete { .. }) => plan.withdrawals.push(delete),
            Some(clear @ Change::Clear { .. }) => clears.push(clear),
            Some(update) => updates.push(update),
        }
    }
    updates.sort_by_key(|update| match update {
        Change::Update { due, .. } => due.place(),
        Change::Delete { .. } | Change::Clear { .. } | Change::Create(_) => 0,
    });
    plan.withdrawals.extend(clears.into_iter().chain(updates));
    let new =
        due.into_iter().flat_map(Due::contacts).filter(|contact| contacts.contains_key(contact.record()) && !ledger.contains_key(contact.record()));
    planner.create(new, kept, due, &mut plan);
    plan.suspended.sort_by(|left, right| left.record.cmp(&right.record));
    plan
}

/// What becomes of one contact of the ledger.
#[derive(Default)]
struct Step {
    change: Option<Change>,
    suspended: Option<Suspended>,
}

/// A reason for which a contact may leave, and the relations that the reason rests on.
type Candidate = (DeleteReason, Vec<Relation>);

struct Planner<'p, 's> {
    evaluation: &'p Evaluation<'s>,
    viewer: Option<&'p Viewer<'s>>,
    service: Service,
    due: Option<&'p Due>,
}

impl<'s> Planner<'_, 's> {
    /// Of these relations, those in doubt, be it as a whole or for this record alone. A filter of the viewer that is not understood puts his filters
    /// in doubt.
    fn doubted(&self, record: &RecordKey, relations: impl IntoIterator<Item = Relation>) -> BTreeSet<Relation> {
        let snapshot = self.evaluation.snapshot();
        let alone = snapshot.doubtful_records().get(record);
        let has_broken_filter = || {
            let filters = self.viewer.map(|viewer| viewer.filters(&self.evaluation.book().name)).unwrap_or_default();
            filters.iter().any(|(_, filter)| filter.is_err())
        };
        let in_doubt = |relation: &Relation| {
            snapshot.doubts().contains_key(relation)
                || alone.is_some_and(|doubts| doubts.contains_key(relation))
                || (*relation == Relation::Filters && has_broken_filter())
        };
        relations.into_iter().filter(in_doubt).collect()
    }

    /// The relations that a contact's contents and presence rest on.
    fn disclosing(&self, brought: Brought) -> Vec<Relation> {
        let rules = self.evaluation.snapshot().rule_names();
        let rules = rules.flat_map(|rule| [Relation::Rule(rule.to_owned()), Relation::RuleExempt(rule.to_owned())]);
        let wish = match brought {
            Brought::Subscription => vec![Relation::Subscriptions],
            Brought::Filter => vec![Relation::Filters],
        };
        // A bound, too, may ask for whom a user stands.
        let others = [Relation::Bars, Relation::FieldRights, Relation::FieldRightsExempt, Relation::Seats, Relation::Erased, Relation::Deputies];
        self.reading().into_iter().chain(HOLDING).chain(rules).chain(wish).chain(others).collect()
    }

    /// What was read of records themselves.
    fn reading(&self) -> Vec<Relation> {
        let parts = self.evaluation.snapshot().view().parts().iter().skip(1).map(|part| Relation::Part(part.name.clone()));
        [Relation::View].into_iter().chain(parts).collect()
    }

    /// What "nothing wants it" rests on.
    fn wishing(&self, viewer: &Viewer<'_>) -> Vec<Relation> {
        let wishes = [Relation::Subscriptions, Relation::Filters, Relation::Deputies];
        self.reading().into_iter().chain(viewer.masking_relations()).chain(wishes).chain(HOLDING).collect()
    }

    /// What a place in the order rests on: everything.
    fn capping(&self) -> Vec<Relation> {
        self.evaluation.snapshot().doubts().keys().cloned().collect()
    }

    /// A contact that stays: written anew where it differs; under doubt or frozen, only what it lost is emptied.
    fn compare(&self, pushed: &Pushed, due: &DueContact) -> Step {
        let (record, filled) = (due.record(), due.filled());
        if is_as_due(pushed, due) {
            return Step::default();
        }
        let doubted = self.doubted(record, self.disclosing(due.brought()));
        if doubted.is_empty() && self.service == Service::Served {
            let cleared = pushed.filled.difference(&filled).map(|property| (*property, self.clear_reason(*property, record))).collect();
            let reduced = pushed.filled.intersection(&filled).filter(|property| self.may_be_reduced(**property, record)).copied().collect();
            let change = Change::Update { contact: pushed.contact.clone(), due: Box::new(due.clone()), cleared, reduced };
            return Step { change: Some(change), suspended: None };
        }
        let change = self.clear(record, pushed, Some(due), doubted.is_empty());
        Step { change, suspended: Some(Suspended { record: record.clone(), what: Waiting::Update, relations: doubted }) }
    }

    /// What brings a contact now, where it is another thing than the ledger says and nothing about that is in doubt.
    fn rebrought(&self, pushed: &Pushed, due: &DueContact) -> Option<(RecordKey, Brought)> {
        let doubted = || self.doubted(due.record(), [Relation::Subscriptions, Relation::Filters]);
        (due.brought() != pushed.brought && doubted().is_empty()).then(|| (due.record().clone(), due.brought()))
    }

    /// Empties what a copy that is not written anew has lost, as far as the relations that each loss rests on are proven. `due` is what it would become,
    /// if the record could be read, and `is_certain` whether that may be told.
    fn clear(&self, record: &RecordKey, pushed: &Pushed, due: Option<&DueContact>, is_certain: bool) -> Option<Change> {
        let value = |property: Property| Some((property, due?.value(property)?.clone()));
        let names: Vec<(Property, Json)> = NAMES.into_iter().filter(|_| is_certain).filter_map(value).collect();
        let filled = due.map(DueContact::filled).unwrap_or_default();
        let (mut cleared, mut unless) = (BTreeMap::new(), BTreeMap::new());
        for property in &pushed.filled {
            let is_lost = match due {
                Some(_) => !filled.contains(property) || self.may_be_reduced(*property, record),
                None => self.is_kept(*property, record),
            };
            let is_nameless = NAMES.contains(property) && names.is_empty();
            if !is_lost || is_nameless || !self.doubted(record, self.emptying(*property, record)).is_empty() {
                continue;
            }
            if filled.contains(property) {
                unless.extend(value(*property));
                cleared.insert(*property, ClearReason::FieldRightLost);
            } else {
                cleared.insert(*property, self.clear_reason(*property, record));
            }
        }
        (!cleared.is_empty()).then(|| Change::Clear { record: record.clone(), contact: pushed.contact.clone(), cleared, unless, names })
    }

    /// Whether field rights alone leave nothing of the property.
    fn is_kept(&self, property: Property, record: &RecordKey) -> bool {
        let Some(viewer) = self.viewer else { return false };
        self.evaluation.book().mapping.is_empty_without(property, |input| !reads(viewer, record, input))
    }

    /// Whether rights may keep a part of the property from the viewer. It does not look at what is kept: who loses something and who merely gets another
    /// value must not be told apart by what they may not see.
    fn may_be_reduced(&self, property: Property, record: &RecordKey) -> bool {
        let Some(viewer) = self.viewer else { return false };
        let view = self.evaluation.snapshot().view();
        let inputs = self.evaluation.book().mapping.inputs(property);
        inputs.iter().any(|input| !reads(viewer, record, input) || viewer.may_miss_rows(input.part(view)))
    }

    /// What "the property has no longer the value that it had" rests on: field rights alone if they leave nothing of it, else also what it is made of.
    fn emptying(&self, property: Property, record: &RecordKey) -> Vec<Relation> {
        let masking = self.viewer.map(Viewer::masking_relations).unwrap_or_default();
        let read = if self.is_kept(property, record) { BTreeSet::new() } else { self.read_for(property) };
        masking.into_iter().chain(HOLDING).chain(read).collect()
    }

    /// What was read to make a property. A number stands in one of the phone properties only, so each depends on all.
    fn read_for(&self, property: Property) -> BTreeSet<Relation> {
        let view = self.evaluation.snapshot().view();
        let is_phone = |property: Property| matches!(property.shape(), Shape::Phone | Shape::Phones);
        let shared = Property::ALL.iter().filter(|other| **other == property || (is_phone(property) && is_phone(**other)));
        let inputs = shared.flat_map(|property| self.evaluation.book().mapping.inputs(*property));
        let relation = |part: PartId| match view.part(part) {
            Some(part) if part.name != "main" => Relation::Part(part.name.clone()),
            Some(_) | None => Relation::View,
        };
        inputs.map(|input| relation(input.part(view))).collect()
    }

    /// Why a property of a record that the viewer sees has no value any longer: the first reason that fits. For people; nothing rests on it.
    fn clear_reason(&self, property: Property, record: &RecordKey) -> ClearReason {
        let mapping = &self.evaluation.book().mapping;
        let view = self.evaluation.snapshot().view();
        let is_reduced = |viewer: &Viewer<'_>, input: &Input| !reads(viewer, record, input) || viewer.hidden_rows(record, input.part(view)) > 0;
        if self.viewer.is_some_and(|viewer| mapping.inputs(property).iter().any(|input| is_reduced(viewer, input))) {
            ClearReason::FieldRightLost
        } else if mapping.properties().contains(&property) {
            ClearReason::Emptied
        } else {
            ClearReason::MappingChanged
        }
    }

    /// A contact that is not due: removed for the first reason whose relations are proven; if there is none, it waits.
    fn remove(&self, record: &RecordKey, pushed: &Pushed) -> Step {
        let candidates = self.candidates(record, pushed.brought);
        let doubted: Vec<(DeleteReason, BTreeSet<Relation>)> =
            candidates.into_iter().map(|(reason, ground)| (reason, self.doubted(record, ground))).collect();
        if let Some((reason, _)) = doubted.iter().find(|(_, relations)| relations.is_empty()) {
            return Step {
                change: Some(Change::Delete { record: record.clone(), contact: pushed.contact.clone(), reason: *reason }),
                suspended: None,
            };
        }
        let (what, relations) =
            doubted.into_iter().next().map_or((Waiting::Doubtful, BTreeSet::new()), |(reason, relations)| (Waiting::Delete(reason), relations));
        Step { change: self.clear_kept(record, pushed), suspended: Some(Suspended { record: record.clone(), what, relations }) }
    }

    /// A copy that stays though it is not due loses what its viewer certainly lost.
    fn clear_kept(&self, record: &RecordKey, pushed: &Pushed) -> Option<Change> {
        let due = match self.viewer?.look(record) {
            Sighting::Visible(seen) => Some(self.evaluation.contact(&seen, pushed.brought, 0)),
            Sighting::Absent | Sighting::Hidden(_) | Sighting::Unreadable => None,
        };
        if due.as_ref().is_some_and(|due| is_as_due(pushed, due)) {
            return None;
        }
        let is_certain = self.doubted(record, self.disclosing(pushed.brought)).is_empty();
        self.clear(record, pushed, due.as_ref(), is_certain)
    }

    /// Every reason for which a contact that is not due may leave, in their precedence, each with what it rests on.
    fn candidates(&self, record: &RecordKey, brought: Brought) -> Vec<Candidate> {
        let snapshot = self.evaluation.snapshot();
        let mut candidates = Vec::new();
        if snapshot.is_erased(record) {
            candidates.push((DeleteReason::Erased, if snapshot.is_erased_here(record) { Vec::new() } else { vec![Relation::Erased] }));
        }
        if self.service == Service::Withdrawn(DeleteReason::BindingChanged) {
            candidates.push((DeleteReason::BindingChanged, Vec::new()));
        }
        match self.viewer {
            _ if self.service == Service::Unreadable => {}
            Some(viewer) if self.service != Service::Withdrawn(DeleteReason::UserLeft) => candidates.extend(self.of_record(viewer, record, brought)),
            Some(_) | None => candidates.push((DeleteReason::UserLeft, vec![Relation::Users])),
        }
        match self.service {
            Service::Withdrawn(DeleteReason::NoSeat) => candidates.push((DeleteReason::NoSeat, vec![Relation::Seats, Relation::Users])),
            Service::Withdrawn(DeleteReason::BookRemoved) => candidates.push((DeleteReason::BookRemoved, Vec::new())),
            Service::Withdrawn(_) | Service::Served | Service::Frozen | Service::Unreadable => {}
        }
        candidates
    }

    /// The reasons that lie in the record and in what the viewer may see and wants.
    fn of_record(&self, viewer: &Viewer<'s>, record: &RecordKey, brought: Brought) -> Vec<Candidate> {
        let snapshot = self.evaluation.snapshot();
        let mut candidates = Vec::new();
        if !snapshot.has(record) {
            candidates.push((DeleteReason::RecordGone, vec![Relation::View]));
        }
        let lost = viewer.causes(record).into_iter();
        candidates.extend(lost.map(|cause| (DeleteReason::RightLost, viewer.rests_on(&cause).into_iter().collect())));
        let verdict = self.evaluation.judge_present(viewer, record);
        // Of a removed book nothing is known any longer but whose it was.
        if self.service == Service::Withdrawn(DeleteReason::BookRemoved) {
            return candidates;
        }
        if self.evaluation.is_suppressed(record) {
            // It acts in any version of a record that is doubtful alone.
            let doubted = self.reading().into_iter().filter(|relation| snapshot.doubts().contains_key(relation));
            candidates.push((DeleteReason::Suppressed, doubted.collect()));
        }
        // What is only wished otherwise waits while nothing may come in its place.
        let wishes_count = matches!(self.service, Service::Served | Service::Withdrawn(DeleteReason::NoSeat));
        let has_ended = brought == Brought::Subscription && viewer.subscription(record, &self.evaluation.book().name).is_none();
        match verdict {
            Verdict::Unwanted(_) | Verdict::OutOfBounds(_) if wishes_count && has_ended => {
                candidates.push((DeleteReason::Unsubscribed, self.wishing(viewer)));
            }
            Verdict::Unwanted(_) | Verdict::OutOfBounds(_) if wishes_count => candidates.push((DeleteReason::Filter, self.wishing(viewer))),
            // Wanted, not due, and yet not behind the last one that the cap leaves in: that cannot be, so it stays.
            Verdict::Wanted(by, seen) if !self.is_behind_cap(viewer, by, &seen) => {}
            // With its subscription it lost the place that the subscription gave it.
            Verdict::Wanted(..) if self.service == Service::Served && has_ended => candidates.push((DeleteReason::Unsubscribed, self.capping())),
            Verdict::Wanted(..) if self.service == Service::Served => candidates.push((DeleteReason::Cap, self.capping())),
            Verdict::Erased
            | Verdict::Absent
            | Verdict::Hidden(_)
            | Verdict::Suppressed(_)
            | Verdict::Doubtful(_)
            | Verdict::Unwanted(_)
            | Verdict::OutOfBounds(_)
            | Verdict::Wanted(..) => {}
        }
        candidates
    }

    /// Whether the cap leaves anything out, and the record stands behind the last one that it leaves in.
    fn is_behind_cap(&self, viewer: &Viewer<'s>, by: Brought, seen: &VisibleRecord<'_>) -> bool {
        let Some(due) = self.due.filter(|due| due.tally.capped > 0) else { return false };
        let Some((last, last_by)) = due.last() else { return true };
        let Sighting::Visible(last_seen) = viewer.look(last) else { return false };
        let pinned = if self.evaluation.book().is_pinned { by.cmp(last_by) } else { Ordering::Equal };
        pinned.then_with(|| seen.order(&last_seen)) == Ordering::Greater
    }

    /// New contacts: none while one of the relations that they rest on is in doubt, and never more than the cap leaves room for beside what is kept.
    fn create<'d>(&self, new: impl Iterator<Item = &'d DueContact>, kept: usize, due: Option<&Due>, plan: &mut Plan) {
        let cap = due.map_or(0, |due| usize::try_from(due.tally.cap).unwrap_or(usize::MAX));
        let mut room = cap.saturating_sub(kept + due.map_or(0, Due::beside));
        for contact in new {
            let relations = self.doubted(contact.record(), self.disclosing(contact.brought()));
            if relations.is_empty() && room > 0 && self.service == Service::Served {
                room -= 1;
                plan.additions.push(Change::Create(Box::new(contact.clone())));
            } else {
                plan.suspended.push(Suspended { record: contact.record().clone(), what: Waiting::Create, relations });
            }
        }
    }
}

/// The names that Graph makes up where an update does not name them.
pub const NAMES: [Property; 2] = [Property::DisplayName, Property::FileAs];

/// What "he holds the principal" rests on.
const HOLDING: [Relation; 3] = [Relation::Users, Relation::Holds, Relation::Implies];

/// Whether a contact stands as it is due, with nothing in it that the mapping no longer fills.
fn is_as_due(pushed: &Pushed, due: &DueContact) -> bool {
    pushed.digest == Some(due.digest()) && pushed.filled.iter().all(|property| due.value(*property).is_some())
}

/// Whether a viewer may read an input.
fn reads(viewer: &Viewer<'_>, record: &RecordKey, input: &Input) -> bool {
    match input {
        Input::Field(field) => viewer.mask(record).reads(*field),
        Input::Column(part, column) => viewer.reads_column(record, *part, *column),
    }
}

/// The properties that are ours after a change was carried out, those that have a value, and what brought the contact: what the ledger keeps of it.
pub fn after(change: &Change, before: Option<&Pushed>) -> Option<(Properties, Properties)> {
    match change {
        Change::Delete { .. } => None,
        Change::Create(due) => Some((due.values().map(|(property, _)| property).collect(), due.filled())),
        Change::Update { due, .. } => Some((due.values().map(|(property, _)| property).collect(), due.filled())),
        Change::Clear { cleared, .. } => {
            let before = before?;
            let stays = |property: &&Property| NAMES.contains(property) || !cleared.contains_key(property);
            Some((before.owned.clone(), before.filled.iter().filter(stays).copied().collect()))
        }
    }
}
