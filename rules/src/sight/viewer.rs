//! One user's perspective on a snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::closure::{Held, Slot};
use super::record::VisibleRecord;
use super::rights::IndexedRule;
use super::snapshot::Snapshot;
use crate::crm::{Answer, FilterRow, PartRow, Relation, SubscriptionRow, Target, UserRow};
use crate::filter::{Circumstances, Filter, FilterError};
use crate::key::{Principal, RecordKey, Source};
use crate::mask::FieldMask;
use crate::person::Person;
use crate::value::Kind;
use crate::view::{ColumnId, Field, FieldId, Formation, Part, PartId};

/// One user's perspective: what he holds, what follows from it, and so what he sees.
#[derive(Debug)]
pub struct Viewer<'s> {
    snapshot: &'s Snapshot,
    row: &'s UserRow,
    held: Held,
    exempt: Vec<bool>,
    is_field_exempt: bool,
    has_source_rules: bool,
    general_mask: FieldMask,
    person: Person,
    /// The filters stored for himself and for the groups he is in, by holder and text, each with whether it is his own.
    stored: Vec<(bool, &'s FilterRow)>,
}

/// What a viewer gets when he looks for a record.
#[derive(Clone, Debug)]
pub enum Sighting<'v> {
    /// The view has no such record.
    Absent,
    /// He may not see it.
    Hidden(Loss),
    /// He may see it, but its row could not be read.
    Unreadable,
    /// He sees it.
    Visible(VisibleRecord<'v>),
}

/// Why a record is hidden: every single one of the causes is enough. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The causes.
    pub causes: Vec<LossCause>,
}

/// One cause that is enough to hide a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LossCause {
    /// A right rule lists no principal that the viewer holds, and he is not exempt.
    Rule(String),
    /// The viewer holds a principal that is barred.
    Bar(Principal),
    /// Field rights leave him nothing to read.
    NothingReadable,
}

impl fmt::Display for LossCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rule) => write!(f, "rule `{rule}` does not list him"),
            Self::Bar(principal) => write!(f, "`{principal}` is barred"),
            Self::NothingReadable => f.write_str("field rights leave nothing to read"),
        }
    }
}

/// Why a source may or may not be read, for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceAnswer {
    /// Field rights do not apply to him.
    Exempt,
    /// A right rule on the source does not list him for this record.
    Rule(String),
    /// Field rights speak: who says what.
    Spoken(Vec<(Principal, Answer)>),
    /// None speaks, and silence decides.
    Silence,
}

/// How a right rule answers for a record, for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleAnswer {
    /// He is exempt, by these principals that he holds.
    Exempt(Vec<Principal>),
    /// He holds these listed principals; empty: none of those listed.
    Listed(Vec<Principal>),
    /// No row for this record, and the rule is open (true) or hidden (false) by default.
    Unlisted(bool),
}

/// Rows of a part that right rules keep from a viewer, for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenRows {
    /// The part.
    pub part: String,
    /// How many.
    pub rows: usize,
    /// The rules of which each hides one of them at least.
    pub rules: Vec<String>,
}

impl<'s> Viewer<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, row: &'s UserRow) -> Self {
        let held = snapshot.held(row);
        let exempt = snapshot.rules().iter().map(|rule| rule.exempts(&held)).collect();
        let is_field_exempt = snapshot.field_rights().exempts(&held);
        let has_source_rules = snapshot.rules().iter().any(|rule| matches!(rule.shape.target, Target::Source(_)));
        let person = person(snapshot, row, &held, is_field_exempt);
        let empty = FieldMask::collect(0, std::iter::empty());
        let of = |slot: Slot| snapshot.filters(slot).map(move |filter| (slot, filter));
        let stored = held.slots().flat_map(of).map(|(slot, filter)| (held.is_own(slot), filter));
        let mut stored: Vec<_> = stored.filter(|(is_own, row)| *is_own || row.holder.group().is_some()).collect();
        stored.sort_by_cached_key(|(_, row)| (row.holder.clone(), row.filter.as_ref().map_or_else(ToString::to_string, ToString::to_string)));
        let mut viewer = Self { snapshot, row, held, exempt, is_field_exempt, has_source_rules, general_mask: empty, person, stored };
        viewer.general_mask = viewer.collect_mask(None);
        viewer
    }

    /// The user as filters know him.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The user as the CRM has him.
    pub fn user(&self) -> &'s UserRow {
        self.row
    }

    /// What he looks at.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// Whether he holds the principal.
    pub fn holds(&self, principal: &Principal) -> bool {
        self.snapshot.principals().known(principal).is_some_and(|slot| self.held.has(slot))
    }

    /// The fields he may read in records that no right speaks of alone: what he may know to exist in filters and types.
    pub fn general_mask(&self) -> &FieldMask {
        &self.general_mask
    }

    /// The kinds of his own columns that he may read: what he may know to exist behind `user.`.
    pub fn user_columns(&self) -> BTreeMap<String, Kind> {
        let reads = |name: &String| self.person.columns.get(name).is_some_and(Option::is_some);
        self.snapshot.user_columns().iter().filter(|(name, _)| reads(name)).map(|(name, kind)| (name.clone(), *kind)).collect()
    }

    /// What he holds.
    pub(crate) fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.held.slots().filter_map(|slot| self.snapshot.principals().name(slot))
    }

    /// Whether he is exempt from the right rule with this number.
    pub(crate) fn is_exempt(&self, rule: usize) -> bool {
        self.exempt.get(rule).copied().unwrap_or(false)
    }

    /// Whether field rights let him read a source, of one record or of those that no right speaks of alone; rules on sources are not asked.
    pub(crate) fn reads_by_field_rights(&self, source: &Source, record: Option<&RecordKey>) -> bool {
        self.is_field_exempt || self.snapshot.field_rights().readable(source, record, &self.held)
    }

    pub(crate) fn circumstances(&self) -> Circumstances<'_> {
        Circumstances { who: Some(&self.person), today: self.snapshot.at().today, text: self.snapshot.text() }
    }

    /// Looks for a record.
    pub fn look(&self, record: &RecordKey) -> Sighting<'_> {
        let main = self.snapshot.main_row(record);
        if main.is_none() && !self.snapshot.has(record) {
            return Sighting::Absent;
        }
        let mask = self.mask(record);
        let causes = self.causes_by(record, &mask);
        if !causes.is_empty() {
            return Sighting::Hidden(Loss { causes });
        }
        match main {
            None => Sighting::Unreadable,
            Some(main) => Sighting::Visible(VisibleRecord::new(self, main, mask)),
        }
    }

    /// Whether the record's rights let him see it, whether or not the view has it. For the reason of a removal.
    pub fn causes(&self, record: &RecordKey) -> Vec<LossCause> {
        self.causes_by(record, &self.mask(record))
    }

    fn causes_by(&self, record: &RecordKey, mask: &FieldMask) -> Vec<LossCause> {
        let on_records = self.rules().filter(|(_, rule)| rule.shape.target == Target::Record);
        let rules = on_records.filter(|(exempt, rule)| !exempt && !rule.admits(record.as_str(), &self.held));
        let barred: BTreeSet<&Principal> = self
            .snapshot
            .barred(record)
            .iter()
            .filter(|slot| self.held.has(**slot))
            .filter_map(|slot| self.snapshot.principals().name(*slot))
            .collect();
        let mut causes: Vec<LossCause> = rules.map(|(_, rule)| LossCause::Rule(rule.shape.name.clone())).collect();
        causes.extend(barred.into_iter().map(|principal| LossCause::Bar(principal.clone())));
        if mask.is_empty() {
            causes.push(LossCause::NothingReadable);
        }
        causes
    }

    fn rules(&self) -> impl Iterator<Item = (bool, &IndexedRule)> {
        self.exempt.iter().copied().zip(self.snapshot.rules())
    }

    /// The fields of the record that he may read, if he may see it at all.
    pub fn mask(&self, record: &RecordKey) -> FieldMask {
        if self.has_source_rules || self.snapshot.field_rights().speaks_of(record) {
            self.collect_mask(Some(record))
        } else {
            self.general_mask.clone()
        }
    }

    fn collect_mask(&self, record: Option<&RecordKey>) -> FieldMask {
        let view = self.snapshot.view();
        FieldMask::collect(view.fields().len(), view.numbered_fields().filter(|(_, field)| self.reads_field(field, record)).map(|(id, _)| id))
    }

    fn reads_field(&self, field: &Field, record: Option<&RecordKey>) -> bool {
        let counts_rows = match &field.formation {
            Formation::Count { part, .. } => !self.columns(*part, record).is_empty(),
            Formation::Column { .. } | Formation::First { .. } | Formation::All { .. } => true,
        };
        !field.sealed && counts_rows && field.sources.iter().all(|source| self.reads_source(source, record))
    }

    fn reads_source(&self, source: &Source, record: Option<&RecordKey>) -> bool {
        self.reads_by_field_rights(source, record) && record.is_none_or(|record| self.hiding_source_rule(source, record).is_none())
    }

    fn hiding_source_rule(&self, source: &Source, record: &RecordKey) -> Option<&IndexedRule> {
        let exempt = |number: usize| self.exempt.get(number).copied().unwrap_or(false);
        let hides = |(number, rule): &(usize, &IndexedRule)| !exempt(*number) && !rule.admits(record.as_str(), &self.held);
        self.snapshot.source_rules(source).find(hides).map(|(_, rule)| rule)
    }

    /// The columns of a part of the record that he may read.
    pub(super) fn readable_columns(&self, record: &RecordKey, part: PartId) -> Vec<ColumnId> {
        self.columns(part, Some(record))
    }

    fn columns(&self, part: PartId, record: Option<&RecordKey>) -> Vec<ColumnId> {
        let columns = self.snapshot.view().part(part).into_iter().flat_map(Part::numbered_columns);
        columns.filter(|(_, column)| column.sources.iter().all(|source| self.reads_source(source, record))).map(|(id, _)| id).collect()
    }

    /// Whether he may read a column of the part in this record.
    pub fn reads_column(&self, record: &RecordKey, part: PartId, column: ColumnId) -> bool {
        self.readable_columns(record, part).contains(&column)
    }

    /// Whether rights of parts could keep rows of the part from him, whether or not there are any: what he may know of his own rights.
    pub fn may_miss_rows(&self, part: PartId) -> bool {
        self.rules().any(|(exempt, rule)| !exempt && rule.shape.target == Target::Part(part))
    }

    /// The rows of a part of the record that he may see, ordered by key.
    pub(super) fn visible_rows(&self, record: &RecordKey, part: PartId) -> impl Iterator<Item = &'s PartRow> {
        let on_part = |(exempt, rule): &(bool, &IndexedRule)| !exempt && rule.shape.target == Target::Part(part);
        let rules: Vec<&IndexedRule> = self.rules().filter(on_part).map(|(_, rule)| rule).collect();
        let admits = move |row: &&PartRow| rules.iter().all(|rule| rule.admits(row.key.as_str(), &self.held));
        let rows: Vec<&'s PartRow> = self.snapshot.part_rows(record, part).filter(admits).collect();
        rows.into_iter()
    }

    /// How many rows of the part the rights of parts keep from him, for an operator.
    pub fn hidden_rows(&self, record: &RecordKey, part: PartId) -> usize {
        self.snapshot.part_rows(record, part).count() - self.visible_rows(record, part).count()
    }

    /// The subscription that reserves the record for him in the book, if one does: the first by principal and maker.
    pub fn subscription(&self, record: &RecordKey, book: &str) -> Option<&'s SubscriptionRow> {
        let held = self.snapshot.subscriptions(record).filter(|(slot, _)| self.held.has(*slot)).map(|(_, row)| row);
        let his = held.filter(|row| row.book.as_deref().is_none_or(|of| of == book));
        his.min_by(|left, right| (&left.principal, &left.by).cmp(&(&right.principal, &right.by)))
    }

    /// The filters that count for him in the book: his own, or else those of the groups he is in, by holder and text. None stored: empty, the book's
    /// default counts. Whoever holds another user's principal has his rights, not his wishes.
    pub fn filters(&self, book: &str) -> Vec<(&'s Principal, &'s Result<Filter, FilterError>)> {
        let stored = || self.stored.iter().filter(|(_, row)| row.book.as_deref().is_none_or(|of| of == book));
        let has_own = stored().any(|(is_own, _)| *is_own);
        stored().filter(|(is_own, _)| *is_own == has_own).map(|(_, row)| (&row.holder, &row.filter)).collect()
    }

    /// How each right rule on records answers for this record, for an operator.
    pub fn rule_answers(&self, record: &RecordKey) -> Vec<(String, RuleAnswer)> {
        let on_records = self.rules().filter(|(_, rule)| rule.shape.target == Target::Record);
        on_records.map(|(exempt, rule)| (rule.shape.name.clone(), self.rule_answer(exempt, rule, record.as_str()))).collect()
    }

    fn rule_answer(&self, exempt: bool, rule: &IndexedRule, key: &str) -> RuleAnswer {
        if exempt {
            return RuleAnswer::Exempt(self.named(rule.exempting(&self.held)));
        }
        match rule.listed(key) {
            None => RuleAnswer::Unlisted(rule.shape.is_open_by_default),
            Some(slots) => RuleAnswer::Listed(self.named(slots.iter().copied().filter(|slot| self.held.has(*slot)))),
        }
    }

    /// The principals of slots, by name.
    fn named(&self, slots: impl Iterator<Item = Slot>) -> Vec<Principal> {
        let names: BTreeSet<&Principal> = slots.filter_map(|slot| self.snapshot.principals().name(slot)).collect();
        names.into_iter().cloned().collect()
    }

    /// What right rules keep from him of the record's rows, by part, and which rules; for an operator.
    pub fn kept_rows(&self, record: &RecordKey) -> Vec<HiddenRows> {
        let parts = self.snapshot.view().numbered_parts().skip(1);
        let kept = parts.filter_map(|(id, part)| {
            let on_part = |(exempt, rule): &(bool, &IndexedRule)| !exempt && rule.shape.target == Target::Part(id);
            let hides = |rule: &IndexedRule| self.snapshot.part_rows(record, id).any(|row| !rule.admits(row.key.as_str(), &self.held));
            let rules = self.rules().filter(on_part).filter(|(_, rule)| hides(rule)).map(|(_, rule)| rule.shape.name.clone()).collect();
            let rows = self.hidden_rows(record, id);
            (rows > 0).then(|| HiddenRows { part: part.name.clone(), rows, rules })
        });
        kept.collect()
    }

    /// The fields of the record kept from him, each with the sources that mask it and why, for an operator.
    pub fn withheld(&self, record: &RecordKey) -> Vec<(FieldId, Vec<(Source, SourceAnswer)>)> {
        let mask = self.mask(record);
        let masked = self.snapshot.view().numbered_fields().filter(|(id, _)| !mask.reads(*id));
        let why = |field: &Field| {
            let unread = field.sources.iter().filter(|source| !self.reads_source(source, Some(record)));
            unread.map(|source| (source.clone(), self.source_answer(source, record))).collect()
        };
        masked.map(|(id, field)| (id, why(field))).collect()
    }

    fn source_answer(&self, source: &Source, record: &RecordKey) -> SourceAnswer {
        if let Some(rule) = self.hiding_source_rule(source, record) {
            return SourceAnswer::Rule(rule.shape.name.clone());
        }
        if self.is_field_exempt {
            return SourceAnswer::Exempt;
        }
        let voices = self.snapshot.field_rights().voices(source, record, &self.held);
        let mut spoken: Vec<(Principal, Answer)> =
            voices.filter_map(|(slot, answer)| Some((self.snapshot.principals().name(slot)?.clone(), answer))).collect();
        spoken.sort_by(|left, right| (&left.0, left.1 == Answer::Grant).cmp(&(&right.0, right.1 == Answer::Grant)));
        if spoken.is_empty() { SourceAnswer::Silence } else { SourceAnswer::Spoken(spoken) }
    }

    /// The relations that a cause of hiding rests on.
    pub fn rests_on(&self, cause: &LossCause) -> BTreeSet<Relation> {
        let holding = [Relation::Users, Relation::Holds, Relation::Implies];
        let own = match cause {
            LossCause::Rule(rule) => vec![Relation::Rule(rule.clone()), Relation::RuleExempt(rule.clone())],
            LossCause::Bar(_) => vec![Relation::Bars],
            LossCause::NothingReadable => self.reading_relations(),
        };
        holding.into_iter().chain(own).collect()
    }

    /// The relations that decide which fields of records are masked; rules of parts only take rows away.
    fn reading_relations(&self) -> Vec<Relation> {
        let rules = self.snapshot.rules().iter().filter(|rule| matches!(rule.shape.target, Target::Source(_)));
        [Relation::FieldRights, Relation::FieldRightsExempt].into_iter().chain(rules.flat_map(relations_of)).collect()
    }

    /// The relations that decide what is masked or removed within records.
    pub fn masking_relations(&self) -> Vec<Relation> {
        let rules = self.snapshot.rules().iter().filter(|rule| rule.shape.target != Target::Record);
        [Relation::FieldRights, Relation::FieldRightsExempt].into_iter().chain(rules.flat_map(relations_of)).collect()
    }
}

fn relations_of(rule: &IndexedRule) -> [Relation; 2] {
    [Relation::Rule(rule.shape.name.clone()), Relation::RuleExempt(rule.shape.name.clone())]
}

/// The user as filters know him: a column whose field right masks it is masked there too.
fn person(snapshot: &Snapshot, row: &UserRow, held: &Held, is_field_exempt: bool) -> Person {
    let names: BTreeSet<_> = held.slots().filter_map(|slot| snapshot.principals().name(slot)).filter_map(Principal::group).collect();
    let stands_for: BTreeSet<_> = {
        let deputies = snapshot.crm().deputies.rows().iter();
        deputies.filter(|deputy| deputy.user == row.key && deputy.during.covers(snapshot.at().now)).map(|deputy| deputy.stands_for.clone()).collect()
    };
    let readable = |name: &str| {
        let source = Source::new(format!("user.{name}"));
        is_field_exempt || snapshot.field_rights().readable(&source, None, held)
    };
    let columns: BTreeMap<_, _> = row.attributes.iter().map(|(name, value)| (name.clone(), readable(name).then(|| value.clone()))).collect();
    Person {
        id: row.key.clone(),
        login: row.login.clone(),
        mail: row.mail.clone(),
        groups: names.into_iter().collect(),
        stands_for: stands_for.into_iter().collect(),
        columns,
    }
}
