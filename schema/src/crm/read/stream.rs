//! Reading a CRM without collecting it: what is as large as the CRM is handed on row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adressbote_rules::crm::{Crm, Doubt, Reading, RecordDoubt, Relation, Rule, SubscriptionRow, Target};
use adressbote_rules::index::{Builder, Scalar, Taken};
use adressbote_rules::key::RecordKey;
use adressbote_rules::time::Period;
use adressbote_rules::view::PartId;

use super::{Baseline, Reader, known, notations};
use crate::crm::memory::{Recall, Way};
use crate::crm::own::Own;
use crate::crm::repeated::Repeated;
use crate::crm::row::{Bad, Room, Row, emptied};
use crate::crm::{CrmError, CrmSource, decode};
use crate::profile::{Kept, Profile};

/// Takes the rows of a CRM as they come, in the order and with the meaning of [`Builder`]'s functions.
pub trait Sink: Send {
    /// See [`Builder::record`].
    fn record(&mut self, key: &str, values: &[Scalar<'_>]) -> Taken;
    /// See [`Builder::part`].
    fn part(&mut self, part: PartId, record: &str, key: &str, values: &[Scalar<'_>]) -> Taken;
    /// See [`Builder::right`].
    fn right(&mut self, rule: usize, of: &str, principal: &str, during: Period);
    /// See [`Builder::bar`].
    fn bar(&mut self, record: &str, principal: &str, during: Period);
    /// See [`Builder::subscription`].
    fn subscription(&mut self, record: &str, principal: &str, book: Option<&str>, during: Period);
    /// See [`Builder::doubtful`]. The record may be none that was taken: its main row may be the one that cannot be read.
    fn doubtful(&mut self, record: &str);
    /// See [`Builder::has`].
    fn has(&self, record: &str) -> bool;
    /// See [`Builder::rows`].
    fn rows(&self, part: PartId) -> Box<dyn Iterator<Item = (&str, &str)> + '_>;
}

impl Sink for Builder {
    fn record(&mut self, key: &str, values: &[Scalar<'_>]) -> Taken {
        self.record(key, values)
    }

    fn part(&mut self, part: PartId, record: &str, key: &str, values: &[Scalar<'_>]) -> Taken {
        self.part(part, record, key, values)
    }

    fn right(&mut self, rule: usize, of: &str, principal: &str, during: Period) {
        self.right(rule, of, principal, during);
    }

    fn bar(&mut self, record: &str, principal: &str, during: Period) {
        self.bar(record, principal, during);
    }

    fn subscription(&mut self, record: &str, principal: &str, book: Option<&str>, during: Period) {
        self.subscription(record, principal, book, during);
    }

    fn doubtful(&mut self, record: &str) {
        self.doubtful(record);
    }

    fn has(&self, record: &str) -> bool {
        self.has(record)
    }

    fn rows(&self, part: PartId) -> Box<dyn Iterator<Item = (&str, &str)> + '_> {
        Box::new(self.rows(part))
    }
}

/// What is left of a CRM whose rows were handed on. It is no [`super::Read`]: of what was handed on it has proof or doubt, but no rows that could be missed.
#[derive(Clone, Debug)]
pub struct Streamed {
    /// What is small, with the records that are doubtful alone and those that are erased here. What was handed on stands in it without rows and as unread, so
    /// that nobody can conclude anything from there being none.
    pub people: Crm,
    /// The relations that are not proven, small or handed on, with the reason.
    pub doubts: BTreeMap<Relation, Doubt>,
    /// The baseline for the next reading: proven relations as counted now, doubtful ones as before.
    pub baseline: Baseline,
    /// How it came about.
    pub way: Way,
    /// Rows counted in the CRM per relation, proven or not, without our own.
    pub counted: BTreeMap<Relation, u64>,
    /// Rows of parts whose record is not in the view, by the part's name.
    pub strays: BTreeMap<String, u64>,
}

/// A reading of which all is read but what is as large as the CRM: the records and what hangs on them.
pub struct People<'a> {
    reader: Reader<'a>,
    crm: Crm,
    own: &'a Own,
}

impl<'a> People<'a> {
    /// Begins a reading.
    ///
    /// # Errors
    /// As [`super::read`].
    pub async fn read(profile: &'a Profile, source: &CrmSource, own: &'a Own, before: Option<&'a Baseline>) -> Result<Self, CrmError> {
        let session = source.begin().await?;
        let mut reader = Reader::new(profile, (session, source.patience()), Recall::nothing(), before);
        let crm = unkept(reader.small(own).await);
        Ok(Self { reader, crm, own })
    }

    /// What was read: users, groups, field rights, filters and all else that is small. Records, parts, rights, bars and subscriptions stand in it without rows
    /// and as unread.
    pub fn crm(&self) -> &Crm {
        &self.crm
    }

    /// Reads the rest and hands on its rows, our subscriptions with them, one by one. `into` comes back only if all that it took is of one moment.
    ///
    /// The keys of all records are asked for whether their persons were taken out here (`is_erased`), those whose main row cannot be read with them; they are
    /// in `people.erased_here` of what is returned, by which an index leaves them out.
    ///
    /// # Errors
    /// As [`super::read`].
    pub async fn hand_on<S: Sink>(self, mut into: S, is_erased: impl Fn(&str) -> bool + Send + Sync) -> Result<(Streamed, S), CrmError> {
        let Self { mut reader, crm: mut people, own } = self;
        let mut handed = Handed { into: &mut into, is_erased: &is_erased, erased: BTreeSet::new(), doubts: BTreeMap::new(), strays: BTreeMap::new() };
        reader.hand_on(&people.rules, own, &mut handed).await;
        let Handed { mut erased, doubts: handed, strays, .. } = handed;
        let doubtful = std::mem::take(&mut reader.doubtful);
        let is_whole = handed.get(&Relation::View).is_some_and(Option::is_none);
        people.doubtful_records = known(doubtful, |record| !is_whole || into.has(record.as_str()));
        for RecordDoubt { record, .. } in &people.doubtful_records {
            into.doubtful(record.as_str());
            if is_erased(record.as_str()) {
                erased.insert(record.clone());
            }
        }
        people.erased_here = erased;
        let (read, _) = reader.end(people).await?;
        let mut doubts = read.crm.doubts();
        doubts.retain(|relation, _| !handed.contains_key(relation));
        doubts.extend(handed.into_iter().filter_map(|(relation, doubt)| Some((relation, doubt?))));
        let super::Read { crm: people, baseline, way, counted, .. } = read;
        Ok((Streamed { people, doubts, baseline, way, counted, strays }, into))
    }
}

/// The same where what is large is unread.
fn unkept(crm: Crm) -> Crm {
    fn unread<T>() -> Reading<T> {
        Reading::Doubtful { rows: Vec::new(), doubt: Doubt::Unread("its rows are handed on, none is kept".to_owned()) }
    }
    Crm {
        records: unread(),
        parts: crm.view.parts().iter().skip(1).map(|_| unread()).collect(),
        rules: crm.rules.into_iter().map(|rule| Rule { rows: unread(), ..rule }).collect(),
        bars: unread(),
        subscriptions: unread(),
        ..crm
    }
}

/// What rows are handed on to, and what was found on the way.
struct Handed<'h> {
    into: &'h mut dyn Sink,
    is_erased: &'h (dyn Fn(&str) -> bool + Send + Sync),
    /// The records whose persons were taken out here.
    erased: BTreeSet<RecordKey>,
    /// Of each relation why it is doubtful, if it is.
    doubts: BTreeMap<Relation, Option<Doubt>>,
    strays: BTreeMap<String, u64>,
}

impl Handed<'_> {
    /// Takes note of what became of a relation.
    fn read(&mut self, relation: Relation, reading: &Reading<()>) {
        self.doubts.insert(relation, reading.doubt().cloned());
    }
}

impl Reader<'_> {
    async fn hand_on(&mut self, rules: &[Rule], own: &Own, handed: &mut Handed<'_>) {
        self.records_into(handed).await;
        self.parts_into(handed).await;
        self.rules_into(rules, handed).await;
        self.bars_into(handed).await;
        self.subscriptions_into(&own.subscriptions, handed).await;
    }

    async fn records_into(&mut self, handed: &mut Handed<'_>) {
        let (notations, mut room, mut doubles) = (notations(self.profile, self.profile.view().part(PartId::MAIN)), Room::default(), Vec::new());
        let Handed { into, is_erased, erased, .. } = handed;
        let take = |row: &Row<'_>| {
            let decode::Main { record, values } = decode::lent_record(row, &notations, &mut room)?;
            if is_erased(record) {
                erased.insert(RecordKey::new(record));
            }
            if into.record(record, &values) == Taken::Double {
                doubles.push(RecordKey::new(record));
            }
            room.scalars = emptied(values);
            Ok(())
        };
        let reading = self.relation(Relation::View, take).await;
        self.doubt_doubles(&Relation::View, doubles);
        handed.read(Relation::View, &reading);
    }

    async fn parts_into(&mut self, handed: &mut Handed<'_>) {
        let view = Arc::clone(self.profile.view());
        for (id, part) in view.numbered_parts().skip(1) {
            let relation = Relation::Part(part.name.clone());
            let (notations, mut room, mut doubles, mut strays) = (notations(self.profile, Some(part)), Room::default(), Vec::new(), 0);
            let take = |row: &Row<'_>| {
                let decode::Attached { record, part, values } = decode::lent_part(row, &notations, &mut room)?;
                match handed.into.part(id, record, part, &values) {
                    Taken::New => {}
                    Taken::Double => doubles.push(RecordKey::new(record)),
                    Taken::Stray => strays += 1,
                }
                room.scalars = emptied(values);
                Ok(())
            };
            let reading = self.relation(relation.clone(), take).await;
            self.doubt_doubles(&relation, doubles);
            handed.read(relation, &reading);
            if strays > 0 {
                handed.strays.insert(part.name.clone(), strays);
            }
        }
    }

    async fn rules_into(&mut self, rules: &[Rule], handed: &mut Handed<'_>) {
        for (number, (declared, rule)) in self.profile.rules().iter().zip(rules).enumerate() {
            let relation = Relation::Rule(rule.shape.name.clone());
            let (reading, bad) = if declared.is_as_user {
                self.right_as_users_into(&relation, number, handed.into).await
            } else {
                self.right_into(&relation, number, handed.into).await
            };
            match &rule.shape.target {
                Target::Record | Target::Source(_) => self.doubt_records(&relation, bad),
                Target::Part(part) => self.doubt_holders(&relation, bad, handed.into.rows(*part)),
            }
            handed.read(relation, &reading);
        }
    }

    async fn right_into(&mut self, relation: &Relation, number: usize, into: &mut dyn Sink) -> (Reading<()>, Vec<Bad>) {
        let mut room = Room::default();
        let take = |row: &Row<'_>| {
            let decode::Beside { of, principal, during } = decode::lent_beside(row, &mut room)?;
            into.right(number, of, principal, during);
            Ok(())
        };
        self.rows(relation, take).await
    }

    /// Rights that each user is asked for are collected first: what one was given is dropped where his answer turns out to be none.
    async fn right_as_users_into(&mut self, relation: &Relation, number: usize, into: &mut dyn Sink) -> (Reading<()>, Vec<Bad>) {
        let (reading, bad) = self.rows_as_users(relation, |row| decode::right(row, &mut Repeated::default())).await;
        reading.rows().iter().for_each(|row| into.right(number, &row.of, row.principal.as_str(), row.during));
        (reading.map(|_| ()), bad)
    }

    async fn bars_into(&mut self, handed: &mut Handed<'_>) {
        let mut room = Room::default();
        let take = |row: &Row<'_>| {
            let decode::Beside { of, principal, during } = decode::lent_beside(row, &mut room)?;
            handed.into.bar(of, principal, during);
            Ok(())
        };
        let reading = self.relation(Relation::Bars, take).await;
        handed.read(Relation::Bars, &reading);
    }

    async fn subscriptions_into(&mut self, own: &[SubscriptionRow], handed: &mut Handed<'_>) {
        let kept = self.profile.subscriptions_kept();
        let mut reading = Reading::absent();
        if matches!(kept, Kept::Crm | Kept::Both) {
            let mut room = Room::default();
            let take = |row: &Row<'_>| {
                let decode::Subscribed { record, principal, book, during, .. } = decode::lent_subscription(row, &mut room)?;
                handed.into.subscription(record, principal, book, during);
                Ok(())
            };
            reading = self.relation(Relation::Subscriptions, take).await;
        }
        if matches!(kept, Kept::Ours | Kept::Both) {
            own.iter().for_each(|row| handed.into.subscription(row.record.as_str(), row.principal.as_str(), row.book.as_deref(), row.during));
        }
        handed.read(Relation::Subscriptions, &reading);
    }
}
