//! Reading a CRM without collecting it: what is as large as the CRM is handed on row by row.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use adressbote_rules::crm::{BarRow, Crm, Doubt, PartRow, Reading, RecordDoubt, RecordRow, Relation, RightRow, Rule, SubscriptionRow, Target};
use adressbote_rules::index::{Builder, Scalar};
use adressbote_rules::key::RecordKey;
use adressbote_rules::time::Period;
use adressbote_rules::view::PartId;

use super::{Baseline, Read, Reader, known, notations};
use crate::crm::memory::{MOST_KEYS, Recall};
use crate::crm::own::Own;
use crate::crm::row::{Bad, Room, Row};
use crate::crm::session::Take;
use crate::crm::value::{self, Cell};
use crate::crm::{CrmError, CrmSource, decode};
use crate::profile::{Expected, Kept, Profile};

/// Takes the rows of a CRM as they come, in the order and with the meaning of [`Builder`]'s functions.
pub trait Sink: Send {
    /// See [`Builder::record`].
    fn record(&mut self, key: &str, values: &[Scalar<'_>]);
    /// See [`Builder::part`].
    fn part(&mut self, part: PartId, record: &str, key: &str, values: &[Scalar<'_>]) -> bool;
    /// See [`Builder::right`].
    fn right(&mut self, rule: usize, of: &str, principal: &str, during: Period);
    /// See [`Builder::bar`].
    fn bar(&mut self, record: &str, principal: &str, during: Period);
    /// See [`Builder::subscription`].
    fn subscription(&mut self, record: &str, principal: &str, book: Option<&str>, during: Period);
    /// See [`Builder::doubtful`]. The record may be none that was taken: its main row may be the one that cannot be read.
    fn doubtful(&mut self, record: &str);
}

impl Sink for Builder {
    fn record(&mut self, key: &str, values: &[Scalar<'_>]) {
        self.record(key, values);
    }

    fn part(&mut self, part: PartId, record: &str, key: &str, values: &[Scalar<'_>]) -> bool {
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
        let crm = reader.small(own).await;
        Ok(Self { reader, crm, own })
    }

    /// What was read: users, groups, field rights, filters and all else that is small. Records, parts, rights, bars and subscriptions are empty.
    pub fn crm(&self) -> &Crm {
        &self.crm
    }

    /// Reads the rest and hands on its rows, our subscriptions with them, one by one. What is returned has none of these: their readings are empty and keep
    /// only their proof or doubt. Whose key is double is left to `into`, which comes back only if all that it took is of one moment.
    ///
    /// # Errors
    /// As [`super::read`].
    pub async fn hand_on<S: Sink>(self, mut into: S) -> Result<(Read, S), CrmError> {
        let Self { mut reader, crm, own } = self;
        let (mut crm, strays) = reader.crm_into(crm, own, &mut into).await;
        crm.doubtful_records = reader.known_again(crm.records.doubt().is_none()).await;
        for doubt in &crm.doubtful_records {
            into.doubtful(doubt.record.as_str());
        }
        let (read, _) = reader.end(crm).await?;
        Ok((Read { strays, ..read }, into))
    }
}

/// What is left of a reading whose rows were handed on.
fn emptied<T>(reading: &Reading<()>) -> Reading<T> {
    match reading.doubt() {
        None => Reading::absent(),
        Some(doubt) => Reading::Doubtful { rows: Vec::new(), doubt: doubt.clone() },
    }
}

impl Reader<'_> {
    async fn crm_into(&mut self, crm: Crm, own: &Own, into: &mut dyn Sink) -> (Crm, BTreeMap<String, u64>) {
        let records = self.records_into(into).await;
        let (parts, strays) = self.parts_into(into).await;
        let rules = self.rules_into(crm.rules, into).await;
        let crm = Crm {
            bars: self.bars_into(into).await,
            subscriptions: self.subscriptions_into(&own.subscriptions, into).await,
            records,
            parts,
            rules,
            ..crm
        };
        (crm, strays)
    }

    async fn records_into(&mut self, into: &mut dyn Sink) -> Reading<RecordRow> {
        let (notations, mut room) = (notations(self.profile, self.profile.view().part(PartId::MAIN)), Room::default());
        let take = |row: &Row<'_>| {
            let decode::Main { record, values } = decode::lent_record(row, &notations, &mut room)?;
            into.record(record, &values);
            Ok(())
        };
        emptied(&self.relation(Relation::View, take).await)
    }

    /// The second are the rows whose record is not in the view.
    async fn parts_into(&mut self, into: &mut dyn Sink) -> (Vec<Reading<PartRow>>, BTreeMap<String, u64>) {
        let view = Arc::clone(self.profile.view());
        let (mut parts, mut strays) = (Vec::new(), BTreeMap::new());
        for (id, part) in view.numbered_parts().skip(1) {
            let (notations, mut room, mut stray) = (notations(self.profile, Some(part)), Room::default(), 0);
            let take = |row: &Row<'_>| {
                let decode::Attached { record, part, values } = decode::lent_part(row, &notations, &mut room)?;
                stray += u64::from(!into.part(id, record, part, &values));
                Ok(())
            };
            parts.push(emptied(&self.relation(Relation::Part(part.name.clone()), take).await));
            if stray > 0 {
                strays.insert(part.name.clone(), stray);
            }
        }
        (parts, strays)
    }

    async fn rules_into(&mut self, exempt: Vec<Rule>, into: &mut dyn Sink) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (number, (declared, rule)) in self.profile.rules().iter().zip(exempt).enumerate() {
            let relation = Relation::Rule(rule.shape.name.clone());
            let (mut rows, bad) = if declared.is_as_user {
                self.right_as_users_into(&relation, number, into).await
            } else {
                self.right_into(&relation, number, into).await
            };
            match &rule.shape.target {
                Target::Record | Target::Source(_) => self.doubt_records(&relation, bad),
                Target::Part(part) => {
                    if let Err(why) = self.doubt_holders_again(&relation, bad, *part).await {
                        rows = rows.doubted(Doubt::Unread(why));
                    }
                }
            }
            rules.push(Rule { rows, ..rule });
        }
        rules
    }

    async fn right_into(&mut self, relation: &Relation, number: usize, into: &mut dyn Sink) -> (Reading<RightRow>, Vec<Bad>) {
        let mut room = Room::default();
        let take = |row: &Row<'_>| {
            let decode::Beside { of, principal, during } = decode::lent_beside(row, &mut room)?;
            into.right(number, of, principal, during);
            Ok(())
        };
        let (reading, bad) = self.rows(relation, take).await;
        (emptied(&reading), bad)
    }

    /// Rights that each user is asked for are collected first: what one was given is dropped where his answer turns out to be none.
    async fn right_as_users_into(&mut self, relation: &Relation, number: usize, into: &mut dyn Sink) -> (Reading<RightRow>, Vec<Bad>) {
        let (reading, bad) = self.rows_as_users(relation, decode::right).await;
        reading.rows().iter().for_each(|row| into.right(number, &row.of, row.principal.as_str(), row.during));
        (emptied(&reading.map(|_| ())), bad)
    }

    async fn bars_into(&mut self, into: &mut dyn Sink) -> Reading<BarRow> {
        let mut room = Room::default();
        let take = |row: &Row<'_>| {
            let decode::Beside { of, principal, during } = decode::lent_beside(row, &mut room)?;
            into.bar(of, principal, during);
            Ok(())
        };
        emptied(&self.relation(Relation::Bars, take).await)
    }

    async fn subscriptions_into(&mut self, own: &[SubscriptionRow], into: &mut dyn Sink) -> Reading<SubscriptionRow> {
        let kept = self.profile.subscriptions_kept();
        let mut reading = Reading::absent();
        if matches!(kept, Kept::Crm | Kept::Both) {
            let mut room = Room::default();
            let take = |row: &Row<'_>| {
                let decode::Subscribed { record, principal, book, during, .. } = decode::lent_subscription(row, &mut room)?;
                into.subscription(record, principal, book, during);
                Ok(())
            };
            reading = emptied(&self.relation(Relation::Subscriptions, take).await);
        }
        if matches!(kept, Kept::Ours | Kept::Both) {
            own.iter().for_each(|row| into.subscription(row.record.as_str(), row.principal.as_str(), row.book.as_deref(), row.during));
        }
        reading
    }

    /// As [`Reader::doubt_holders`]; the part's keys are read again, for none was kept.
    async fn doubt_holders_again(&mut self, relation: &Relation, bad: Vec<Bad>, part: PartId) -> Result<(), String> {
        let bad: HashMap<Arc<str>, String> = bad.into_iter().filter_map(|bad| Some((bad.of?, bad.why))).collect();
        let Some(part) = self.profile.view().part(part).filter(|_| !bad.is_empty()) else { return Ok(()) };
        let of = Relation::Part(part.name.clone());
        let keys: Vec<Expected> = self.profile.expected(&of).into_iter().take(2).collect();
        let (zone, mut found) = (self.profile.zone(), Vec::new());
        let mut take = |cells: &[Cell<'_>]| {
            let row = Row { columns: &keys, cells, zone };
            // A row that cannot be read has made its record doubtful already.
            let (Ok(record), Ok(key)) = (row.key(0), row.key(1)) else { return };
            found.extend(bad.get(key.as_str()).map(|why| ((RecordKey::new(record), relation.clone()), why.clone())));
        };
        self.again(&of, &keys, None, &mut take).await?;
        self.doubtful.extend(found);
        Ok(())
    }

    /// The doubts about records that are there, of which the database is asked again, for none was kept. If the view is not whole, or does not come a second
    /// time, no record is certainly gone.
    async fn known_again(&mut self, is_whole: bool) -> Vec<RecordDoubt> {
        let doubtful = mem::take(&mut self.doubtful);
        let sought: BTreeSet<&str> = doubtful.keys().filter(|(_, relation)| *relation != Relation::View).map(|(record, _)| record.as_str()).collect();
        let there = if is_whole { self.there(&sought).await.ok() } else { None };
        known(doubtful, |record| there.as_ref().is_none_or(|there| there.contains(record.as_str())))
    }

    /// Which of some records are in the view.
    async fn there(&mut self, sought: &BTreeSet<&str>) -> Result<HashSet<String>, String> {
        let mut there = HashSet::new();
        if sought.is_empty() {
            return Ok(there);
        }
        let key: Vec<Expected> = self.profile.expected(&Relation::View).into_iter().take(1).collect();
        let mut take = |cells: &[Cell<'_>]| {
            let text = cells.first().and_then(|cell| value::text(cell).ok().flatten());
            there.extend(text.filter(|text| sought.contains(text.as_str())));
        };
        let keys: Vec<&str> = sought.iter().copied().collect();
        self.again(&Relation::View, &key, Some(&keys).filter(|keys| keys.len() <= MOST_KEYS).map(Vec::as_slice), &mut take).await?;
        Ok(there)
    }

    /// Reads some columns of a relation a second time, at the same moment; of the rows with some keys at least, or of all.
    async fn again(&mut self, relation: &Relation, columns: &[Expected], keys: Option<&[&str]>, take: &mut Take<'_>) -> Result<(), String> {
        let Some(query) = self.profile.query(self.session.database(), relation) else { return Ok(()) };
        match keys {
            Some(keys) => self.session.rows_of(query, columns, keys, take).await,
            None => self.session.rows(query, columns, take).await,
        }
    }
}
