//! What one user wants, in order, up to the cap, and what he is told.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use adressbote_rules::crm::{PartRow, Relation};
use adressbote_rules::key::{Principal, RecordKey};
use adressbote_rules::ledger::Brought;
use adressbote_rules::seat::Licence;
use adressbote_rules::value::Value;

use super::eye::{Cause, Eye, whole};
use super::text::{nulls_last, ordered};
use super::truth::{Truth, truth};
use crate::world::tree::{Source, Tree};
use crate::world::{BOOK, Stored};

/// What is to be said of a record before order and cap.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// Taken out.
    Erased,
    /// Not there.
    Absent,
    /// Not for him.
    Hidden(BTreeSet<Cause>),
    /// Kept out by this suppression.
    Suppressed(usize),
    /// In doubt by itself.
    Doubtful,
    /// Nothing wants it.
    Unwanted,
    /// The bound keeps it out.
    OutOfBounds,
    /// Wanted.
    Wanted(Brought),
}

/// Where a record stands in a folder.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// In it.
    In(usize, Brought),
    /// Behind the cap.
    Capped(usize),
    /// The user is no longer active.
    Left,
    /// He has no seat.
    Unlicensed(Licence),
    /// Not wanted or not to be had.
    Out(Want),
}

/// What the user is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// No such record in his view.
    NotInYourView,
    /// Not now.
    Pending,
    /// Not to be had.
    NotOffered,
    /// Not wanted; per filter: whose it is, what it says, and its text if it is his own.
    NotWanted(Vec<(Option<Principal>, Truth, Option<Tree>)>),
    /// Behind the cap.
    BeyondCap(usize, u32),
    /// In it.
    InYourFolder(usize, Brought),
}

/// A folder: the records wanted, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Folder {
    /// The records wanted with what brought them, in order; those before the cap are due.
    pub queue: Vec<(RecordKey, Brought)>,
    /// The cap.
    pub cap: u32,
}

impl Folder {
    /// The records due.
    pub fn due(&self) -> &[(RecordKey, Brought)] {
        &self.queue[..self.queue.len().min(self.cap as usize)]
    }
}

impl Eye<'_> {
    /// What a filter says of a record, for him.
    pub fn says(&self, tree: &Tree, record: &RecordKey) -> Truth {
        truth(tree, self.world.view.locale(), &|source| match source {
            Source::Field(name) => self.field(record, name),
            Source::User(name) => self.attribute(name),
        })
    }

    /// What a filter would say of a record if nothing in it were hidden from him.
    pub fn would_say(&self, tree: &Tree, record: &RecordKey) -> Truth {
        let main = self.main(record)?;
        truth(tree, self.world.view.locale(), &|source| match source {
            Source::Field(name) => Some(whole(self.world, name, main)),
            Source::User(name) => self.attribute(name),
        })
    }

    /// The filters stored for him: his own, else his groups'.
    pub fn stored(&self) -> Vec<&Stored> {
        let fits = |stored: &&Stored| stored.book.is_none() || stored.book.as_deref() == Some(BOOK);
        let own = Principal::new(format!("user:{}", self.user.key));
        let is_his = self.held.contains(&own);
        let his: Vec<&Stored> = self.world.filters.iter().filter(fits).filter(|stored| stored.holder == own && is_his).collect();
        if !his.is_empty() {
            return his;
        }
        let groups: BTreeSet<String> = self.groups().into_iter().map(|group| format!("group:{group}")).collect();
        self.world.filters.iter().filter(fits).filter(|stored| groups.contains(stored.holder.as_str())).collect()
    }

    /// The filters that count for him; those that cannot be understood want nothing.
    pub fn counting(&self) -> Vec<&Tree> {
        let stored = self.stored();
        if stored.is_empty() {
            self.world.shelf.default.iter().collect()
        } else {
            stored.into_iter().filter_map(|stored| stored.tree.as_ref()).collect()
        }
    }

    /// Whether a subscription of his reserves the record.
    pub fn subscribes(&self, record: &RecordKey) -> bool {
        let now = now();
        self.world.subscriptions.iter().any(|row| {
            let fits = row.book.is_none() || row.book.as_deref() == Some(BOOK);
            let runs = row.during.from.is_none_or(|from| now >= from) && row.during.until.is_none_or(|until| now < until);
            row.record == *record && fits && runs && self.held.contains(&row.principal)
        })
    }

    /// Whether a rule keeps the record out for everyone; it sees every version of it whole.
    pub fn suppressed(&self, record: &RecordKey) -> Option<usize> {
        let versions: Vec<_> = self.world.records.iter().filter(|row| row.key == *record).collect();
        let says = |tree: &Tree, main| {
            truth(tree, self.world.view.locale(), &|source| match source {
                Source::Field(name) => Some(whole(self.world, name, main)),
                Source::User(_) => None,
            })
        };
        self.world.shelf.suppressions.iter().position(|tree| versions.iter().any(|main| says(tree, main) == Some(true)))
    }

    /// Whether the record is doubtful alone.
    pub fn is_doubtful(&self, record: &RecordKey) -> bool {
        !self.alone(record).is_empty()
    }

    /// In what the record is doubtful alone: where it is reported so, or a key of it is double.
    pub fn alone(&self, record: &RecordKey) -> BTreeSet<Relation> {
        let world = self.world;
        let mut doubts: BTreeSet<Relation> =
            world.doubtful.iter().filter(|doubt| doubt.record == *record).map(|doubt| doubt.relation.clone()).collect();
        if !self.keys.contains(record) {
            return doubts;
        }
        let mut double = |keys: Vec<&str>, relation: Relation| {
            if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
                doubts.insert(relation);
            }
        };
        let of_part =
            |rows: &'_ [PartRow]| rows.iter().filter(|row| row.record == *record).map(|row| row.key.as_str().to_owned()).collect::<Vec<_>>();
        let (phones, companies) = (of_part(&world.phones), of_part(&world.companies));
        double(world.records.iter().filter(|row| row.key == *record).map(|row| row.key.as_str()).collect(), Relation::View);
        double(phones.iter().map(String::as_str).collect(), Relation::Part("phone".to_owned()));
        double(companies.iter().map(String::as_str).collect(), Relation::Part("company".to_owned()));
        doubts
    }

    /// What is to be said of a record before order and cap.
    pub fn want(&self, record: &RecordKey) -> Want {
        if self.world.erased.contains(record) || self.world.erased_here.contains(record) {
            return Want::Erased;
        }
        if !self.keys.contains(record) {
            return Want::Absent;
        }
        let causes = self.causes(record);
        if !causes.is_empty() {
            return Want::Hidden(causes);
        }
        if let Some(number) = self.suppressed(record) {
            return Want::Suppressed(number);
        }
        if self.is_doubtful(record) {
            return Want::Doubtful;
        }
        self.wish(record)
    }

    /// Whether he wants a record that he sees.
    pub fn wish(&self, record: &RecordKey) -> Want {
        let is_filtered = self.counting().into_iter().any(|tree| self.says(tree, record) == Some(true));
        let brought = match (self.subscribes(record), is_filtered) {
            (true, _) => Brought::Subscription,
            (false, true) => Brought::Filter,
            (false, false) => return Want::Unwanted,
        };
        match &self.world.shelf.bound {
            Some(bound) if self.says(bound, record) != Some(true) => Want::OutOfBounds,
            _ => Want::Wanted(brought),
        }
    }

    /// The cap: his own, else the largest of his groups', else the book's.
    pub fn cap(&self) -> u32 {
        let caps = &self.world.shelf.caps;
        let own = caps.get(&Principal::new(format!("user:{}", self.user.key)));
        let groups = self.groups().into_iter().filter_map(|group| caps.get(&Principal::new(format!("group:{group}")))).max();
        *own.or(groups).unwrap_or(&self.world.shelf.cap)
    }

    /// The order of two records that he sees.
    pub fn order(&self, left: &RecordKey, right: &RecordKey) -> Ordering {
        let see = |record: &RecordKey, field: &str| self.field(record, field).unwrap_or(Value::Null);
        self.ordered(left, right, &see)
    }

    /// The order of two records if nothing in them were hidden from him.
    pub fn whole_order(&self, left: &RecordKey, right: &RecordKey) -> Ordering {
        let see = |record: &RecordKey, field: &str| self.main(record).map_or(Value::Null, |main| whole(self.world, field, main));
        self.ordered(left, right, &see)
    }

    fn ordered(&self, left: &RecordKey, right: &RecordKey, see: &dyn Fn(&RecordKey, &str) -> Value) -> Ordering {
        let view = &self.world.view;
        for key in view.order() {
            let name = &view.field(key.field).unwrap().name;
            let text = |left: &str, right: &str| ordered(left, right, view.locale());
            let ordering = nulls_last(&see(left, name), &see(right, name), key.descending, &text);
            if ordering.is_ne() {
                return ordering;
            }
        }
        left.as_str().cmp(right.as_str())
    }

    /// His folder.
    pub fn folder(&self) -> Folder {
        let wanted = self.keys.iter().filter_map(|record| match self.want(record) {
            Want::Wanted(brought) => Some((record.clone(), brought)),
            _ => None,
        });
        let mut queue: Vec<(RecordKey, Brought)> = wanted.collect();
        queue.sort_by(|(left, left_by), (right, right_by)| {
            let is_first = |by: &Brought| *by == Brought::Subscription && self.world.shelf.is_pinned;
            is_first(right_by).cmp(&is_first(left_by)).then_with(|| self.order(left, right))
        });
        Folder { queue, cap: self.cap() }
    }

    /// Where a record stands in his folder.
    pub fn standing(&self, folder: &Folder, licence: Licence, record: &RecordKey) -> Standing {
        if !self.user.is_active {
            return Standing::Left;
        }
        if licence != Licence::Seated {
            return Standing::Unlicensed(licence);
        }
        match self.want(record) {
            Want::Wanted(brought) => {
                let place = folder.queue.iter().position(|(queued, _)| queued == record).unwrap() + 1;
                if place <= folder.cap as usize { Standing::In(place, brought) } else { Standing::Capped(place) }
            }
            other => Standing::Out(other),
        }
    }

    /// What he is told about a record.
    pub fn told(&self, folder: &Folder, licence: Licence, record: &RecordKey) -> Told {
        let others = [Relation::Groups, Relation::Deputies, Relation::Seats, Relation::Subscriptions, Relation::Filters];
        // Whoever cannot know what he may see is told nothing of any record.
        if self.world.doubts.iter().any(|doubted| !others.contains(doubted)) {
            return Told::Pending;
        }
        if !self.sees(record) || self.alone(record).iter().any(is_right) {
            return Told::NotInYourView;
        }
        match self.standing(folder, licence, record) {
            Standing::Left | Standing::Unlicensed(_) | Standing::Out(Want::Doubtful) => Told::Pending,
            Standing::In(place, brought) => Told::InYourFolder(place, brought),
            Standing::Capped(place) => Told::BeyondCap(place, folder.cap),
            Standing::Out(Want::Unwanted) => Told::NotWanted(self.filters_told(record)),
            Standing::Out(Want::Erased | Want::Suppressed(_) | Want::OutOfBounds) => Told::NotOffered,
            Standing::Out(other) => panic!("{other:?} of a record that he sees"),
        }
    }

    fn filters_told(&self, record: &RecordKey) -> Vec<(Option<Principal>, Truth, Option<Tree>)> {
        let stored = self.stored();
        if stored.is_empty() {
            return self.world.shelf.default.iter().map(|tree| (None, self.says(tree, record), None)).collect();
        }
        let own = Principal::new(format!("user:{}", self.user.key));
        let one = |stored: &Stored| {
            let truth = stored.tree.as_ref().and_then(|tree| self.says(tree, record));
            (Some(stored.holder.clone()), truth, stored.tree.clone().filter(|_| stored.holder == own))
        };
        stored.into_iter().map(one).collect()
    }
}

/// Whether a relation says who may see a record. One of its rows that could not be read may be the one that hides it.
fn is_right(relation: &Relation) -> bool {
    matches!(relation, Relation::Rule(_) | Relation::RuleExempt(_) | Relation::Bars | Relation::FieldRights | Relation::FieldRightsExempt)
}

fn now() -> chrono::DateTime<chrono::Utc> {
    crate::world::World::at().now
}
