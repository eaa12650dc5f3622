//! The CRM at one instant, indexed: what every viewer's perspective is made from.

mod amend;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use super::closure::{Held, Principals, Slot};
use super::few::Few;
use super::rights::{FieldRights, IndexedRule};
use super::viewer::Viewer;
use crate::crm::{Crm, Doubt, FilterRow, PartRow, RecordDoubt, RecordRow, Relation, RuleShape, SubscriptionRow, Target, UserRow};
use crate::filter::{Circumstances, Filter, Readable, Truth};
use crate::key::{Principal, RecordKey, Source, UserKey};
use crate::text::TextOrder;
use crate::time::{Moment, Period};
use crate::value::{Kind, Seen, Value};
use crate::view::{FieldId, PartId, View};

/// Everything read of a CRM, as it counts at one instant.
#[derive(Debug)]
pub struct Snapshot {
    crm: Crm,
    at: Moment,
    text: TextOrder,
    principals: Principals,
    users: BTreeMap<UserKey, usize>,
    direct: HashMap<UserKey, Vec<Slot>>,
    records: BTreeMap<RecordKey, Entry>,
    rules: Vec<IndexedRule>,
    field_rights: FieldRights,
    bars: HashMap<RecordKey, Few<Slot>>,
    subscribed: HashMap<RecordKey, Few<(Slot, usize)>>,
    filters: HashMap<Slot, Vec<usize>>,
    erased: BTreeSet<RecordKey>,
    doubts: BTreeMap<Relation, Doubt>,
    doubtful: BTreeMap<RecordKey, BTreeMap<Relation, String>>,
    doubtful_users: BTreeMap<UserKey, String>,
    next_turn: Option<DateTime<Utc>>,
    /// The records whose rows were replaced since.
    amended: BTreeSet<RecordKey>,
    /// Those of them that may stand elsewhere in somebody's order since.
    moved: BTreeSet<RecordKey>,
    /// Who holds each principal, by places of users; made when it is needed first.
    holders: OnceLock<HashMap<Slot, Vec<usize>>>,
}

/// A record's rows by their places in the readings.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The versions of the main row: one, or several when the key is double.
    versions: Few<usize>,
    /// The rows of each part after `main`, by key.
    parts: Vec<Vec<usize>>,
}

impl Entry {
    /// Adds a row of a part.
    fn add(&mut self, part: usize, place: usize) {
        if self.parts.len() <= part {
            self.parts.resize_with(part + 1, Vec::new);
        }
        self.parts.get_mut(part).into_iter().for_each(|places| places.push(place));
    }
}

/// Why a CRM cannot be indexed at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The view's locale is no locale.
    #[error("`{0}` is no locale that text can be ordered by; write a BCP 47 name such as `de` or `de-u-co-phonebk`")]
    NoLocale(String),
    /// Principals imply each other in a circle.
    #[error("groups or roles contain each other in a circle: {}; nobody's rights can be told until the CRM breaks it", chain.iter().map(Principal::as_str).collect::<Vec<_>>().join(" -> "))]
    Cycle {
        /// The circle; its first member stands at the end again.
        chain: Vec<Principal>,
    },
}

impl Snapshot {
    /// Indexes what was read, as it counts at `at`. Rows in another order give the same snapshot.
    ///
    /// # Errors
    /// [`SnapshotError`] where nothing can be said about anybody.
    pub fn build(crm: Crm, at: Moment) -> Result<Self, SnapshotError> {
        let text = TextOrder::new(crm.view.locale()).ok_or_else(|| SnapshotError::NoLocale(crm.view.locale().to_owned()))?;
        let mut principals = Principals::default();
        principals.slot(&Principal::everyone());
        for row in crm.implies.rows().iter().filter(|row| row.during.covers(at.now)) {
            let (slot, implied) = (principals.slot(&row.principal), principals.slot(&row.implied));
            principals.imply(slot, implied);
        }
        if let Some(chain) = principals.cycle() {
            return Err(SnapshotError::Cycle { chain });
        }
        let (records, doubtful) = index_records(&crm);
        let users: BTreeMap<UserKey, usize> = crm.users.rows().iter().enumerate().rev().map(|(place, user)| (user.key.clone(), place)).collect();
        let snapshot = Self {
            direct: direct_holdings(&crm, &mut principals, at),
            rules: crm.rules.iter().map(|rule| IndexedRule::new(rule, &mut principals, at)).collect(),
            field_rights: FieldRights::new(&crm, &mut principals, at),
            bars: index_bars(&crm, &mut principals, at),
            subscribed: index_subscriptions(&crm, &mut principals, at),
            filters: index_filters(&crm, &mut principals),
            erased: crm.erased.rows().iter().map(|row| row.record.clone()).collect(),
            doubts: crm.doubts(),
            doubtful_users: crm.doubtful_users.iter().map(|doubt| (doubt.user.clone(), doubt.why.clone())).collect(),
            next_turn: periods(&crm).filter_map(|period| period.next_turn(at.now)).min(),
            amended: BTreeSet::new(),
            moved: BTreeSet::new(),
            holders: OnceLock::new(),
            principals,
            users,
            records,
            doubtful,
            at,
            text,
            crm,
        };
        Ok(snapshot)
    }

    /// One user's perspective, if the CRM has the user and his rows could be read.
    pub fn viewer(&self, user: &UserKey) -> Option<Viewer<'_>> {
        if self.doubtful_users.contains_key(user) {
            return None;
        }
        let row = self.crm.users.rows().get(*self.users.get(user)?)?;
        Some(Viewer::new(self, row))
    }

    /// The shape of the records.
    pub fn view(&self) -> &View {
        &self.crm.view
    }

    /// The kinds of the users' own columns.
    pub fn user_columns(&self) -> &BTreeMap<String, Kind> {
        &self.crm.user_columns
    }

    /// The instant and day it counts at.
    pub fn at(&self) -> Moment {
        self.at
    }

    /// The next instant at which a right, membership, seat or subscription turns.
    pub fn next_turn(&self) -> Option<DateTime<Utc>> {
        self.next_turn
    }

    /// The names of the right rules.
    pub fn rule_names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.shape.name.as_str())
    }

    /// The users, by key.
    pub fn users(&self) -> impl Iterator<Item = &UserRow> {
        self.users.values().filter_map(|place| self.crm.users.rows().get(*place))
    }

    /// The keys of all records, readable or not; for the pass, never for an answer to a user.
    pub fn record_keys(&self) -> impl Iterator<Item = &RecordKey> {
        self.records.keys()
    }

    /// The candidates for seats at this instant: active internal users on the list.
    pub fn candidates(&self) -> BTreeSet<UserKey> {
        let on_list: BTreeSet<&UserKey> = self.crm.seats.rows().iter().filter(|row| row.during.covers(self.at.now)).map(|row| &row.user).collect();
        let may_work = |user: &&UserRow| user.is_active && user.is_internal && on_list.contains(&user.key);
        self.users().filter(may_work).map(|user| user.key.clone()).collect()
    }

    /// The relations that are not proven, with the reason.
    pub fn doubts(&self) -> &BTreeMap<Relation, Doubt> {
        &self.doubts
    }

    /// The records that are doubtful alone: in which relations, and why.
    pub fn doubtful_records(&self) -> &BTreeMap<RecordKey, BTreeMap<Relation, String>> {
        &self.doubtful
    }

    /// Whether the view has no such record or the viewer may not see it, as far as can be told: for him the two are one.
    pub fn record_is_hidden(&self, viewer: &Viewer<'_>, record: &RecordKey) -> bool {
        // A right that could not be read may be the one that hides it.
        let is_right = |relation: &Relation| {
            matches!(relation, Relation::Rule(_) | Relation::RuleExempt(_) | Relation::Bars | Relation::FieldRights | Relation::FieldRightsExempt)
        };
        let is_doubtful = self.doubtful.get(record).is_some_and(|doubts| doubts.keys().any(is_right));
        !self.has(record) || is_doubtful || !viewer.causes(record).is_empty()
    }

    /// Whose filters are not understood.
    pub fn holders_of_broken_filters(&self) -> BTreeSet<&Principal> {
        self.crm.filters.rows().iter().filter(|row| row.filter.is_err()).map(|row| &row.holder).collect()
    }

    /// Whether the person behind the record was taken out.
    pub fn is_erased(&self, record: &RecordKey) -> bool {
        self.erased.contains(record) || self.is_erased_here(record)
    }

    /// Whether we took the person behind the record out ourselves.
    pub fn is_erased_here(&self, record: &RecordKey) -> bool {
        self.crm.erased_here.contains(record)
    }

    /// Whether a relation that decides what anybody may see is in doubt: then nobody is told anything of a record.
    pub fn rights_are_in_doubt(&self) -> bool {
        let is_right = |relation: &Relation| match relation {
            Relation::Users
            | Relation::Holds
            | Relation::Implies
            | Relation::View
            | Relation::Part(_)
            | Relation::Rule(_)
            | Relation::RuleExempt(_)
            | Relation::Bars
            | Relation::FieldRights
            | Relation::FieldRightsExempt
            | Relation::Erased => true,
            Relation::Groups | Relation::Deputies | Relation::Seats | Relation::Subscriptions | Relation::Filters => false,
        };
        self.doubts.keys().any(is_right)
    }

    /// The users who are doubtful alone, with the reason.
    pub fn doubtful_users(&self) -> &BTreeMap<UserKey, String> {
        &self.doubtful_users
    }

    /// How text is compared and ordered.
    pub fn text(&self) -> &TextOrder {
        &self.text
    }

    /// Whether the suppression keeps the record out in any of its versions. It sees the whole record: the one deliberate exception (design §3).
    pub(crate) fn suppresses(&self, suppression: &Filter, record: &RecordKey) -> bool {
        let at = Circumstances { who: None, today: self.at.today, text: &self.text };
        let versions = self.records.get(record).map_or(&[][..], |entry| entry.versions.as_slice());
        versions.iter().filter_map(|place| self.crm.records.rows().get(*place)).any(|main| {
            let whole = WholeRecord { snapshot: self, main };
            suppression.judge(&whole, at) == Truth::True
        })
    }

    pub(super) fn held(&self, user: &UserRow) -> Held {
        let everyone = (user.is_active && user.is_internal).then(|| self.principals.known(&Principal::everyone())).flatten();
        let own = self.principals.known(&Principal::of_user(&user.key));
        let direct = self.direct.get(&user.key).map_or(&[][..], Vec::as_slice);
        let direct = if user.is_active { direct } else { &[] };
        self.principals.closure(direct.iter().copied().chain(everyone), own.filter(|_| user.is_active))
    }

    /// The shape of the records, shared.
    pub(crate) fn shared_view(&self) -> Arc<View> {
        Arc::clone(&self.crm.view)
    }

    /// The right rules' shapes, by number.
    pub(crate) fn rule_shapes(&self) -> impl Iterator<Item = &RuleShape> {
        self.rules.iter().map(|rule| &rule.shape)
    }

    /// The sources of single records that field rights speak of.
    pub(crate) fn sources_of_records(&self) -> impl Iterator<Item = (&RecordKey, &Source)> {
        self.field_rights.alone()
    }

    /// The records taken out, as the CRM lists them and as we did.
    pub(crate) fn erased_records(&self) -> impl Iterator<Item = &RecordKey> {
        self.erased.iter().chain(&self.crm.erased_here)
    }

    pub(super) fn principals(&self) -> &Principals {
        &self.principals
    }

    pub(super) fn rules(&self) -> &[IndexedRule] {
        &self.rules
    }

    pub(super) fn field_rights(&self) -> &FieldRights {
        &self.field_rights
    }

    /// What was read.
    pub(crate) fn crm(&self) -> &Crm {
        &self.crm
    }

    /// The main row that stands for the record (the first of its versions in a fixed order), if one could be read.
    pub(super) fn main_row(&self, record: &RecordKey) -> Option<&RecordRow> {
        let place = self.records.get(record)?.versions.as_slice().first()?;
        self.crm.records.rows().get(*place)
    }

    /// Whether any version of the record stands in the view.
    pub fn has(&self, record: &RecordKey) -> bool {
        self.records.contains_key(record)
    }

    /// The rows of a part of the record, all of them, ordered by key.
    pub(super) fn part_rows(&self, record: &RecordKey, part: PartId) -> impl Iterator<Item = &PartRow> {
        let places = usize::from(part.0).checked_sub(1).and_then(|number| self.records.get(record)?.parts.get(number));
        let rows = usize::from(part.0).checked_sub(1).and_then(|number| self.crm.parts.get(number)).map_or(&[][..], |reading| reading.rows());
        places.into_iter().flatten().filter_map(move |place| rows.get(*place))
    }

    /// All rows of a part of the record in the part's order, whoever may see them; its main row is given.
    pub(super) fn whole_rows<'a>(&'a self, main: &'a RecordRow, part: PartId) -> Vec<&'a [Value]> {
        let mut rows: Vec<&[Value]> = match part {
            PartId::MAIN => vec![&main.values],
            part => self.part_rows(&main.key, part).map(|row| row.values.as_slice()).collect(),
        };
        super::record::sort_rows(&mut rows, self.view(), part);
        rows
    }

    /// Who is barred from the record.
    pub(super) fn barred(&self, record: &RecordKey) -> &[Slot] {
        self.bars.get(record).map_or(&[], Few::as_slice)
    }

    /// The subscriptions of the record that count now, with who holds them.
    pub(super) fn subscriptions(&self, record: &RecordKey) -> impl Iterator<Item = (Slot, &SubscriptionRow)> {
        let listed = self.subscribed.get(record).map_or(&[][..], Few::as_slice);
        listed.iter().filter_map(|(slot, place)| Some((*slot, self.crm.subscriptions.rows().get(*place)?)))
    }

    /// The filters stored for the principal of a slot.
    pub(super) fn filters(&self, slot: Slot) -> impl Iterator<Item = &FilterRow> {
        let places = self.filters.get(&slot).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.crm.filters.rows().get(*place))
    }

    /// Whether a rule speaks of this source of single records.
    pub(super) fn source_rules(&self, source: &Source) -> impl Iterator<Item = (usize, &IndexedRule)> {
        self.rules.iter().enumerate().filter(move |(_, rule)| matches!(&rule.shape.target, Target::Source(of) if of == source))
    }
}

/// A record with all its fields and rows, for suppressions only.
struct WholeRecord<'a> {
    snapshot: &'a Snapshot,
    main: &'a RecordRow,
}

impl Readable for WholeRecord<'_> {
    fn field(&self, field: FieldId) -> Seen<'_> {
        let Some(field) = self.snapshot.view().field(field) else { return Seen::Masked };
        Seen::Value(super::record::form(&field.formation, |part| self.snapshot.whole_rows(self.main, part)))
    }
}

/// Why records are doubtful alone, by relation.
type Doubtful = BTreeMap<RecordKey, BTreeMap<Relation, String>>;

/// The records with their rows in a fixed order, and those that are doubtful alone.
fn index_records(crm: &Crm) -> (BTreeMap<RecordKey, Entry>, Doubtful) {
    let mut doubtful = Doubtful::new();
    let mut records: BTreeMap<RecordKey, Entry> = BTreeMap::new();
    for RecordDoubt { record, relation, why } in &crm.doubtful_records {
        doubtful.entry(record.clone()).or_default().insert(relation.clone(), why.clone());
        if *relation == Relation::View {
            records.entry(record.clone()).or_default();
        }
    }
    for (place, row) in crm.records.rows().iter().enumerate() {
        records.entry(row.key.clone()).or_default().versions.push(place);
    }
    for (number, part) in crm.parts.iter().enumerate() {
        for (place, row) in part.rows().iter().enumerate() {
            records.get_mut(&row.record).into_iter().for_each(|entry| entry.add(number, place));
        }
    }
    for (key, entry) in &mut records {
        for (relation, why) in settle_entry(crm, entry) {
            doubtful.entry(key.clone()).or_default().insert(relation, why.to_owned());
        }
    }
    // A map that is made of all that it holds takes less room than one that grew.
    (records.into_iter().collect(), doubtful)
}

/// Puts a record's versions and rows in a fixed order, and says what is double about it.
fn settle_entry(crm: &Crm, entry: &mut Entry) -> Vec<(Relation, &'static str)> {
    let shown = |values: &[Value]| format!("{values:?}");
    let mains = crm.records.rows();
    entry.versions.as_mut_slice().sort_by_cached_key(|place| mains.get(*place).map(|row| shown(&row.values)));
    let mut doubles = Vec::new();
    if entry.versions.as_slice().len() > 1 {
        doubles.push((Relation::View, "its key stands in the view more than once"));
    }
    for ((part, reading), places) in crm.view.parts().iter().skip(1).zip(&crm.parts).zip(&mut entry.parts) {
        let rows = reading.rows();
        places.sort_by_cached_key(|place| rows.get(*place).map(|row| (row.key.clone(), shown(&row.values))));
        let key = |place: &usize| rows.get(*place).map(|row| &row.key);
        if places.windows(2).any(|pair| matches!(pair, [one, two] if key(one) == key(two))) {
            doubles.push((Relation::Part(part.name.clone()), "two of its rows have the same key"));
        }
    }
    doubles
}

fn direct_holdings(crm: &Crm, principals: &mut Principals, at: Moment) -> HashMap<UserKey, Vec<Slot>> {
    let mut direct: HashMap<UserKey, Vec<Slot>> = HashMap::new();
    for user in crm.users.rows() {
        principals.slot(&Principal::of_user(&user.key));
    }
    for row in crm.holds.rows().iter().filter(|row| row.during.covers(at.now)) {
        direct.entry(row.user.clone()).or_default().push(principals.slot(&row.principal));
    }
    direct
}

fn index_bars(crm: &Crm, principals: &mut Principals, at: Moment) -> HashMap<RecordKey, Few<Slot>> {
    let mut bars: HashMap<RecordKey, Few<Slot>> = HashMap::new();
    for row in crm.bars.rows().iter().filter(|row| row.during.covers(at.now)) {
        bars.entry(row.record.clone()).or_default().push(principals.slot(&row.principal));
    }
    bars
}

fn index_subscriptions(crm: &Crm, principals: &mut Principals, at: Moment) -> HashMap<RecordKey, Few<(Slot, usize)>> {
    let mut subscribed: HashMap<RecordKey, Few<(Slot, usize)>> = HashMap::new();
    for (place, row) in crm.subscriptions.rows().iter().enumerate().filter(|(_, row)| row.during.covers(at.now)) {
        subscribed.entry(row.record.clone()).or_default().push((principals.slot(&row.principal), place));
    }
    subscribed
}

fn index_filters(crm: &Crm, principals: &mut Principals) -> HashMap<Slot, Vec<usize>> {
    let mut filters: HashMap<Slot, Vec<usize>> = HashMap::new();
    for (place, row) in crm.filters.rows().iter().enumerate() {
        filters.entry(principals.slot(&row.holder)).or_default().push(place);
    }
    filters
}

/// Every period in what was read.
fn periods(crm: &Crm) -> impl Iterator<Item = Period> {
    let rules = crm.rules.iter().flat_map(|rule| {
        let exempt = rule.exempt.rows().iter().map(|row| row.during);
        rule.rows.rows().iter().map(|row| row.during).chain(exempt)
    });
    let holdings = crm.holds.rows().iter().map(|row| row.during).chain(crm.implies.rows().iter().map(|row| row.during));
    let deputies = crm.deputies.rows().iter().map(|row| row.during).chain(crm.bars.rows().iter().map(|row| row.during));
    let fields = crm.field_rights.rows().iter().map(|row| row.during).chain(crm.field_rights_exempt.rows().iter().map(|row| row.during));
    let wishes = crm.seats.rows().iter().map(|row| row.during).chain(crm.subscriptions.rows().iter().map(|row| row.during));
    rules.chain(holdings).chain(deputies).chain(fields).chain(wishes)
}
