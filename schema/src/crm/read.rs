//! Reading all relations of a profile in one transaction.

mod askers;
mod doubt;
mod stream;
mod touched;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use adressbote_rules::crm::{
    Crm, Doubt, ErasedRow, FieldRightRow, FilterRow, PartRow, Reading, Relation, Rule, SeatRow, SubscriptionRow, Target, UserRow,
};
use adressbote_rules::filter::{Filter, FilterError, Names};
use adressbote_rules::key::RecordKey;
use adressbote_rules::view::{Part, PartId};
use chrono::{DateTime, Utc};

use super::decode::Unparsed;
use super::memory::{Memory, Recall, Way};
use super::own::Own;
use super::repeated::Repeated;
use super::row::{Bad, Row};
use super::{CrmError, CrmSource, Patience, Session, decode};
use crate::profile::{Expected, Kept, Notation, Profile};
use askers::Askers;
use doubt::{doubles, doubtful_users, known, unique};

pub use stream::{People, Sink, Streamed};
pub use touched::{Changed, Touched, read_touched};

/// How many rows each relation of the CRM had when it was last proven.
pub type Baseline = BTreeMap<Relation, u64>;

/// How much of what a profile does not understand is quoted.
const QUOTED: usize = 200;

/// A CRM as read at one moment.
#[derive(Clone, Debug)]
pub struct Read {
    /// What was read.
    pub crm: Crm,
    /// The baseline for the next reading: proven relations as counted now, doubtful ones as before.
    pub baseline: Baseline,
    /// How it came about.
    pub way: Way,
    /// Which of the readings with its memory it was; see [`Memory::readings`].
    pub number: u64,
    /// Rows counted in the CRM per relation, proven or not, without our own.
    pub(super) counted: BTreeMap<Relation, u64>,
    /// For how many users the database was asked, per relation that is asked as each of them.
    pub(super) asked: BTreeMap<Relation, u64>,
    /// Rows of parts whose record is not in the view, by the part's name.
    pub(super) strays: BTreeMap<String, u64>,
}

/// Reads a CRM: all relations of the profile in one transaction, ours added as the profile says.
///
/// What concerns one relation or record makes it doubtful; see [`Crm`].
///
/// # Errors
/// When nothing can be said at all: the database cannot be opened, is locked, or did not stay in one moment.
pub async fn read(profile: &Profile, source: &CrmSource, own: &Own, before: Option<&Baseline>) -> Result<Read, CrmError> {
    read_changed(profile, source, own, before, (&mut Memory::default(), Utc::now())).await
}

/// Reads a CRM as [`read`] does, but asks only for what changed since the reading that left the memory, as far as the profile tells that. When it is time,
/// everything is read and compared. `memory` must be of the same profile and source.
///
/// # Errors
/// As [`read`].
pub async fn read_changed(
    profile: &Profile,
    source: &CrmSource,
    own: &Own,
    before: Option<&Baseline>,
    (memory, now): (&mut Memory, DateTime<Utc>),
) -> Result<Read, CrmError> {
    let mut session = source.begin().await?;
    let failed = memory.failed();
    let recall = Recall::begin(profile, &mut session, std::mem::replace(memory, failed), now).await;
    let mut reader = Reader::new(profile, (session, source.patience()), recall, before);
    let mut crm = reader.crm(own).await;
    let records: HashSet<&RecordKey> = crm.records.rows().iter().map(|record| &record.key).collect();
    let is_whole = crm.records.doubt().is_none();
    crm.doubtful_records = known(std::mem::take(&mut reader.doubtful), |record| !is_whole || records.contains(record));
    let strays = strays(&crm);
    let (read, left) = reader.end(crm).await?;
    *memory = left;
    Ok(Read { strays, ..read })
}

struct Reader<'a> {
    profile: &'a Profile,
    session: Session,
    patience: Patience,
    recall: Recall<'a>,
    before: Option<&'a Baseline>,
    baseline: Baseline,
    counted: BTreeMap<Relation, u64>,
    /// As whom the database is asked, where it keeps the rights itself.
    askers: Askers,
    doubtful: BTreeMap<(RecordKey, Relation), String>,
    /// Relations of which rows were set aside.
    aside: BTreeSet<Relation>,
}

impl<'a> Reader<'a> {
    fn new(profile: &'a Profile, (session, patience): (Session, Patience), recall: Recall<'a>, before: Option<&'a Baseline>) -> Self {
        Self {
            profile,
            session,
            patience,
            recall,
            before,
            baseline: Baseline::new(),
            counted: BTreeMap::new(),
            askers: Askers::default(),
            doubtful: BTreeMap::new(),
            aside: BTreeSet::new(),
        }
    }

    /// Ends the reading. Nothing of it counts unless this succeeds.
    async fn end(self, mut crm: Crm) -> Result<(Read, Memory), CrmError> {
        let Self { session, recall, baseline, counted, askers, aside, .. } = self;
        session.end().await?;
        let asked = askers.asked(&mut crm.doubtful_users);
        let (memory, way) = recall.end(aside);
        let number = memory.readings();
        Ok((Read { crm, baseline, way, number, counted, asked, strays: BTreeMap::new() }, memory))
    }

    async fn crm(&mut self, own: &Own) -> Crm {
        let view = Arc::clone(self.profile.view());
        let crm = self.small(own).await;
        let main = notations(self.profile, view.part(PartId::MAIN));
        let mut repeated = Repeated::default();
        let records = self.relation(Relation::View, |row| decode::record(row, &main, &mut repeated)).await;
        repeated.know(records.rows().iter().map(|record| record.key.to_shared()));
        self.doubt_doubles(&Relation::View, doubles(records.rows(), |record| &record.key, |record| &record.key));
        let parts = self.parts(&mut repeated).await;
        let rules = self.rules(crm.rules, &parts, &mut repeated).await;
        Crm {
            bars: self.relation(Relation::Bars, |row| decode::bar(row, &mut repeated)).await,
            subscriptions: self.subscriptions(&own.subscriptions, &mut repeated).await,
            records,
            parts,
            rules,
            ..crm
        }
    }

    /// What is as large as the company, not as its CRM: all but the records and what hangs on them.
    async fn small(&mut self, own: &Own) -> Crm {
        let view = Arc::clone(self.profile.view());
        let user_columns = self.profile.user_columns().clone();
        let (users, bad_users) = self.rows(&Relation::Users, |row| decode::user(row, &user_columns)).await;
        let (holds, bad_holds) = self.rows(&Relation::Holds, decode::hold).await;
        let (deputies, bad_deputies) = self.rows(&Relation::Deputies, decode::deputy).await;
        let (seats, bad_seats) = self.seats(&users).await;
        let doubtful_users = doubtful_users(&users, bad_users, [bad_holds, bad_deputies, bad_seats].concat());
        self.askers = Askers::new(self.profile.as_user(), &users, &doubtful_users, &own.served);
        let groups = unique(self.relation(Relation::Groups, decode::group).await, "groups", |group| &group.key);
        Crm {
            combine: self.profile.combine(),
            silence: self.profile.silence(),
            holds,
            implies: self.relation(Relation::Implies, decode::imply).await,
            deputies,
            bars: Reading::absent(),
            field_rights: self.field_rights().await,
            field_rights_exempt: self.relation(Relation::FieldRightsExempt, decode::exempt).await,
            seats,
            subscriptions: Reading::absent(),
            filters: self.filters(own).await,
            erased: self.erased(&own.erased).await,
            erased_here: Default::default(),
            doubtful_records: Vec::new(),
            doubtful_users,
            view,
            user_columns,
            users,
            groups,
            records: Reading::absent(),
            parts: Vec::new(),
            rules: self.exempt().await,
        }
    }

    /// The right rules with those who are exempt, their rows still to be read.
    async fn exempt(&mut self) -> Vec<Rule> {
        let mut rules = Vec::new();
        for declared in self.profile.rules() {
            let shape = declared.shape.clone();
            let exempt = self.relation(Relation::RuleExempt(shape.name.clone()), decode::exempt).await;
            rules.push(Rule { shape, rows: Reading::absent(), exempt });
        }
        rules
    }

    async fn parts(&mut self, repeated: &mut Repeated) -> Vec<Reading<PartRow>> {
        let view = Arc::clone(self.profile.view());
        let mut parts = Vec::new();
        for part in view.parts().iter().skip(1) {
            let (relation, notations) = (Relation::Part(part.name.clone()), notations(self.profile, Some(part)));
            repeated.values.clear();
            let rows = self.relation(relation.clone(), |row| decode::part(row, &notations, repeated)).await;
            self.doubt_doubles(&relation, doubles(rows.rows(), |row| (&row.record, &row.key), |row| &row.record));
            parts.push(rows);
        }
        parts
    }

    async fn rules(&mut self, exempt: Vec<Rule>, parts: &[Reading<PartRow>], repeated: &mut Repeated) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (declared, rule) in self.profile.rules().iter().zip(exempt) {
            let relation = Relation::Rule(rule.shape.name.clone());
            let (rows, bad) = if declared.is_as_user {
                self.rows_as_users(&relation, |row| decode::right(row, &mut Repeated::default())).await
            } else {
                self.rows(&relation, |row| decode::right(row, repeated)).await
            };
            match &rule.shape.target {
                Target::Record | Target::Source(_) => self.doubt_records(&relation, bad),
                Target::Part(part) => {
                    let place = self.profile.view().numbered_parts().skip(1).position(|(id, _)| id == *part);
                    let rows = place.and_then(|place| parts.get(place)).map(Reading::rows).unwrap_or_default();
                    self.doubt_holders(&relation, bad, rows.iter().map(|row| (row.record.as_str(), row.key.as_str())));
                }
            }
            rules.push(Rule { rows, ..rule });
        }
        rules
    }

    async fn field_rights(&mut self) -> Reading<FieldRightRow> {
        let relation = Relation::FieldRights;
        if !self.profile.is_as_user(&relation) {
            return self.relation(relation, decode::field_right).await;
        }
        let (rows, bad) = self.rows_as_users(&relation, decode::field_right).await;
        self.doubt_records(&relation, bad);
        rows
    }

    /// The candidates for seats; where the profile names none, every active internal user is one.
    async fn seats(&mut self, users: &Reading<UserRow>) -> (Reading<SeatRow>, Vec<Bad>) {
        if self.profile.query(self.session.database(), &Relation::Seats).is_some() {
            return self.rows(&Relation::Seats, decode::seat).await;
        }
        let candidates = users.rows().iter().filter(|user| user.is_active && user.is_internal);
        let seats: Vec<SeatRow> = candidates.map(|user| SeatRow { user: user.key.clone(), during: Default::default() }).collect();
        let reading = match users.doubt() {
            Some(doubt) => Reading::Doubtful { rows: seats, doubt: doubt.clone() },
            None => Reading::absent().with(seats),
        };
        (reading, Vec::new())
    }

    async fn subscriptions(&mut self, own: &[SubscriptionRow], repeated: &mut Repeated) -> Reading<SubscriptionRow> {
        let decode = |row: &Row<'_>| decode::subscription(row, repeated);
        match self.profile.subscriptions_kept() {
            Kept::Crm => self.relation(Relation::Subscriptions, decode).await,
            Kept::Ours => Reading::absent().with(own.iter().cloned()),
            Kept::Both => self.relation(Relation::Subscriptions, decode).await.with(own.iter().cloned()),
        }
    }

    async fn erased(&mut self, own: &[ErasedRow]) -> Reading<ErasedRow> {
        self.relation(Relation::Erased, decode::erased).await.with(own.iter().cloned())
    }

    async fn filters(&mut self, own: &Own) -> Reading<FilterRow> {
        let view = Arc::clone(self.profile.view());
        let names = Names { view: &view, user_columns: self.profile.user_columns(), known: None };
        let broken = |message: String| FilterError { place: 0, message };
        let parsed = |Unparsed { holder, book, text }: Unparsed| {
            let is_held = holder.user().is_some() || holder.group().is_some();
            let text = if is_held {
                text
            } else {
                Err("a filter is a user's (`user:…`) or a group's (`group:…`); this one counts for nobody".to_owned())
            };
            let filter = text.map_err(broken).and_then(|text| Filter::parse(&text, names));
            FilterRow { holder, book, filter }
        };
        let ours = own.filters.iter().map(|own| Unparsed { holder: own.holder.clone(), book: own.book.clone(), text: Ok(own.text.clone()) });
        match self.profile.filters_kept() {
            Kept::Crm => self.relation(Relation::Filters, decode::filter).await.map(parsed),
            Kept::Ours => Reading::absent().with(ours.map(parsed)),
            Kept::Both => self.relation(Relation::Filters, decode::filter).await.map(parsed).with(ours.map(parsed)),
        }
    }

    /// Reads a relation; rows that cannot be read make their record doubtful, or the relation where no record can be told.
    async fn relation<T: Send>(&mut self, relation: Relation, decode: impl FnMut(&Row<'_>) -> Result<T, Bad> + Send) -> Reading<T> {
        let (rows, bad) = self.rows(&relation, decode).await;
        self.doubt_records(&relation, bad);
        rows
    }

    /// Reads a relation; the second are the rows that could not be read but tell what they hang on.
    async fn rows<T: Send>(&mut self, relation: &Relation, mut decode: impl FnMut(&Row<'_>) -> Result<T, Bad> + Send) -> (Reading<T>, Vec<Bad>) {
        let Some(query) = self.profile.query(self.session.database(), relation) else {
            return (self.doubted_by_profile(relation, Reading::absent()).await, Vec::new());
        };
        let columns: Vec<Expected> = self.profile.expected(relation);
        let (mut rows, mut keyed, mut loose) = (Vec::new(), Vec::new(), Vec::new());
        let zone = self.profile.zone();
        let mut take = |cells: &[super::value::Cell<'_>]| match decode(&Row { columns: &columns, cells, zone }) {
            Ok(row) => rows.push(row),
            Err(bad) if bad.of.is_some() => keyed.push(bad),
            Err(bad) => loose.push(bad.why),
        };
        let counted = self.recall.rows(&mut self.session, (relation, query), &columns, &mut take).await;
        rows.shrink_to_fit();
        let reading = match counted {
            Ok(counted) => self.judge(relation, rows, counted, keyed.len() as u64 + loose.len() as u64),
            Err(why) => Reading::Doubtful { rows, doubt: Doubt::Unread(why) },
        };
        let reading = match loose.first() {
            Some(first) => reading.doubted(Doubt::BadRows { count: loose.len() as u64, first: first.clone() }),
            None => reading,
        };
        let reading = self.doubted_by_profile(relation, reading).await;
        self.remember(relation, reading.doubt().is_none());
        if !keyed.is_empty() {
            self.aside.insert(relation.clone());
        }
        (reading, keyed)
    }

    /// Compares what was read with what was counted, now and before.
    fn judge<T>(&mut self, relation: &Relation, rows: Vec<T>, counted: Option<u64>, unreadable: u64) -> Reading<T> {
        // Rows set aside were read as well; a count below their number proves nothing.
        let reading = Reading::counted(rows, counted.and_then(|counted| counted.checked_sub(unreadable)));
        let Some(now) = counted else { return reading };
        self.counted.insert(relation.clone(), now);
        match lost(self.profile, relation, self.before, now) {
            Some(doubt) => reading.doubted(doubt),
            None => reading,
        }
    }

    /// Asks the profile whether the relation holds what it cannot express.
    async fn doubted_by_profile<T>(&mut self, relation: &Relation, reading: Reading<T>) -> Reading<T> {
        let Some(query) = self.profile.doubt(self.session.database(), relation) else { return reading };
        let what = [Expected { name: "what".to_owned(), is_optional: false }];
        let zone = self.profile.zone();
        let mut found: Vec<String> = Vec::new();
        let mut take = |cells: &[super::value::Cell<'_>]| {
            let text = Row { columns: &what, cells, zone }.text(0);
            found.push(text.ok().flatten().unwrap_or_else(|| "something without a name".to_owned()));
        };
        match self.session.rows(query, &what, &mut take).await {
            Err(why) => reading.doubted(Doubt::Unread(format!("{}: {why}", query.file))),
            Ok(()) => match found.first() {
                Some(first) => {
                    let first: String = first.chars().take(QUOTED).collect();
                    let more = if found.len() > 1 { format!(", and {} more", found.len() - 1) } else { String::new() };
                    reading.doubted(Doubt::NotUnderstood(format!("{first}{more}")))
                }
                None => reading,
            },
        }
    }

    fn remember(&mut self, relation: &Relation, is_proven: bool) {
        let now = self.counted.get(relation).filter(|_| is_proven);
        let count = now.or_else(|| self.before.and_then(|before| before.get(relation)));
        self.baseline.extend(count.map(|count| (relation.clone(), *count)));
    }
}

/// Why a relation is in doubt that had so many rows before and has so many now, if it is.
fn lost(profile: &Profile, relation: &Relation, before: Option<&Baseline>, now: u64) -> Option<Doubt> {
    let before = before.and_then(|before| before.get(relation)).copied().unwrap_or(0);
    let limit_percent = profile.limits().of(relation);
    let lost = before.saturating_sub(now);
    if limit_percent >= 100 || u128::from(lost) * 100 <= u128::from(before) * u128::from(limit_percent) && (now > 0 || before == 0) {
        None
    } else if now == 0 {
        Some(Doubt::Emptied { before })
    } else {
        Some(Doubt::Shrunk { before, now, limit_percent })
    }
}

fn notations(profile: &Profile, part: Option<&Part>) -> Vec<Notation> {
    part.map(|part| part.columns.iter().map(|column| profile.notation(&part.name, column)).collect()).unwrap_or_default()
}

/// Counts part rows whose record is not in the view.
fn strays(crm: &Crm) -> BTreeMap<String, u64> {
    let records: BTreeSet<&RecordKey> = crm.records.rows().iter().map(|record| &record.key).collect();
    let mut strays = BTreeMap::new();
    for (part, rows) in crm.view.parts().iter().skip(1).zip(&crm.parts) {
        let count = rows.rows().iter().filter(|row| !records.contains(&row.record)).count() as u64;
        if count > 0 {
            strays.insert(part.name.clone(), count);
        }
    }
    strays
}
