//! Bringing a snapshot forward where a few records changed, and nothing else did.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{IndexedRule, Slot, Snapshot, settle_entry};
use crate::crm::{PartRow, Reading, RecordRow, SubscriptionRow, Target, UserRow};
use crate::key::{RecordKey, UserKey};
use crate::sight::Viewer;
use crate::sight::record::order_values;
use crate::time::Period;
use crate::touched::TouchedRows;
use crate::value::Value;
use crate::view::{Formation, PartId, SortKey};

/// What tells where a record stands in everybody's order.
struct Standing {
    /// What it is sorted by.
    values: Vec<Value>,
    /// Of each rule on a source whom it lists for the record: who is not listed may not know what it is sorted by.
    listed: Vec<Option<BTreeSet<Slot>>>,
}

impl Standing {
    fn is_as(&self, other: &Self) -> bool {
        let mut pairs = self.values.iter().zip(&other.values);
        self.listed == other.listed && pairs.all(|(value, other)| order_values(value, other, &str::cmp).is_eq())
    }
}

impl Snapshot {
    /// Puts what hangs on some records now in the place of what hung on them; all else stays, and the instant, too. The rows must be proven. Rules that speak
    /// of the rows of parts keep what they list.
    ///
    /// The work is in proportion to the rows given. An index that was made before knows nothing of these records; see [`Snapshot::amended`].
    pub fn amend(&mut self, records: &BTreeSet<RecordKey>, rows: TouchedRows) {
        let TouchedRows { records: mains, parts, rules, bars, subscriptions } = rows;
        let before: Vec<Option<Standing>> = records.iter().map(|record| self.standing(record)).collect();
        self.turn_with(rules.iter().flatten().map(|row| row.during));
        self.turn_with(bars.iter().map(|row| row.during).chain(subscriptions.iter().map(|row| row.during)));
        for record in records {
            self.records.remove(record);
            self.bars.remove(record);
            self.subscribed.remove(record);
            self.doubtful.remove(record);
        }
        self.amend_records(mains.into_iter().filter(|row| records.contains(&row.key)));
        for (number, rows) in parts.into_iter().enumerate() {
            self.amend_part(number, rows.into_iter().filter(|row| records.contains(&row.record)));
        }
        for (rule, rows) in self.rules.iter_mut().zip(&rules).filter(|(rule, _)| !matches!(rule.shape.target, Target::Part(_))) {
            rule.amend(records, rows, &mut self.principals, self.at);
        }
        for row in bars.into_iter().filter(|row| records.contains(&row.record) && row.during.covers(self.at.now)) {
            let slot = self.principals.slot(&row.principal);
            self.bars.entry(row.record).or_default().push(slot);
        }
        self.amend_subscriptions(subscriptions.into_iter().filter(|row| records.contains(&row.record)));
        for record in records {
            let doubles = self.records.get_mut(record).map(|entry| settle_entry(&self.crm, entry)).unwrap_or_default();
            for (relation, why) in doubles {
                self.doubtful.entry(record.clone()).or_default().insert(relation, why.to_owned());
            }
        }
        let stays =
            |record: &RecordKey, before: &Option<Standing>| before.as_ref().zip(self.standing(record)).is_some_and(|(one, now)| one.is_as(&now));
        let moved = records.iter().zip(&before).filter(|(record, before)| !stays(record, before));
        let moved: Vec<RecordKey> = moved.map(|(record, _)| record.clone()).collect();
        self.moved.extend(moved);
        self.amended.extend(records.iter().cloned());
    }

    /// What tells where a record stands in everybody's order; none if it rests on more than its one main row and on whom rules on its sources list.
    fn standing(&self, record: &RecordKey) -> Option<Standing> {
        let [place] = self.records.get(record)?.versions.as_slice() else { return None };
        let row = self.crm.records.rows().get(*place)?;
        let value = |key: &SortKey| match self.view().field(key.field)?.formation {
            Formation::Column { part: PartId::MAIN, column } => row.values.get(usize::from(column.0)).cloned(),
            Formation::Column { .. } | Formation::First { .. } | Formation::All { .. } | Formation::Count { .. } => None,
        };
        let on_sources = self.rules.iter().filter(|rule| matches!(rule.shape.target, Target::Source(_)));
        let listed = on_sources.map(|rule| rule.listed(record.as_str()).map(|slots| slots.iter().copied().collect())).collect();
        Some(Standing { values: self.view().order().iter().map(value).collect::<Option<_>>()?, listed })
    }

    /// The records whose rows were replaced since the snapshot was built.
    pub fn amended(&self) -> &BTreeSet<RecordKey> {
        &self.amended
    }

    /// Notes that persons behind records were taken out here.
    pub fn erase_here(&mut self, records: impl IntoIterator<Item = RecordKey>) {
        self.crm.erased_here.extend(records);
    }

    /// The amended records that may stand elsewhere in somebody's order since.
    pub fn moved(&self) -> &BTreeSet<RecordKey> {
        &self.moved
    }

    /// The users who may see any of some records, and which, as far as rules on records tell; all others see none of them. Only those users and records are
    /// given that are asked for.
    pub fn viewers_of<'s: 'r, 'r>(
        &'s self,
        records: &'r BTreeSet<RecordKey>,
        is_asked: impl Fn(&UserKey, &RecordKey) -> bool,
    ) -> impl Iterator<Item = (Viewer<'s>, Vec<&'r RecordKey>)> {
        let mut seen: BTreeMap<usize, (&'s UserRow, Vec<&'r RecordKey>)> = BTreeMap::new();
        for record in records.iter().filter(|record| self.has(record)) {
            for place in self.admitted(record.as_str()) {
                let Some(row) = self.crm.users.rows().get(place) else { continue };
                if is_asked(&row.key, record) && !self.doubtful_users.contains_key(&row.key) {
                    seen.entry(place).or_insert_with(|| (row, Vec::new())).1.push(record);
                }
            }
        }
        seen.into_values().map(|(row, records)| (Viewer::new(self, row), records))
    }

    /// The users, by place, whom all rules on records admit to one.
    fn admitted(&self, record: &str) -> BTreeSet<usize> {
        // It stays true: what an amendment names for the first time is held by nobody.
        let holders = self.holders.get_or_init(|| {
            let mut holders: HashMap<Slot, Vec<usize>> = HashMap::new();
            for place in self.users.values().copied() {
                let slots = self.crm.users.rows().get(place).map(|row| self.held(row)).into_iter().flat_map(|held| held.slots().collect::<Vec<_>>());
                slots.for_each(|slot| holders.entry(slot).or_default().push(place));
            }
            holders
        });
        let by_rule = |rule: &IndexedRule| -> Option<BTreeSet<usize>> {
            let slots = rule.admitting(record)?;
            Some(slots.filter_map(|slot| holders.get(&slot)).flatten().copied().collect())
        };
        let rules = self.rules.iter().filter(|rule| rule.shape.target == Target::Record);
        let admitted = rules.filter_map(by_rule).reduce(|left, right| left.intersection(&right).copied().collect());
        admitted.unwrap_or_else(|| self.users.values().copied().collect())
    }

    fn turn_with(&mut self, periods: impl Iterator<Item = Period>) {
        let now = self.at.now;
        self.next_turn = periods.filter_map(|period| period.next_turn(now)).chain(self.next_turn).min();
    }

    fn amend_records(&mut self, rows: impl Iterator<Item = RecordRow>) {
        let first = self.crm.records.rows().len();
        extend(&mut self.crm.records, rows);
        for (place, row) in self.crm.records.rows().iter().enumerate().skip(first) {
            self.records.entry(row.key.clone()).or_default().versions.push(place);
        }
    }

    fn amend_part(&mut self, number: usize, rows: impl Iterator<Item = PartRow>) {
        let Some(part) = self.crm.parts.get_mut(number) else { return };
        let first = part.rows().len();
        extend(part, rows);
        for (place, row) in part.rows().iter().enumerate().skip(first) {
            self.records.get_mut(&row.record).into_iter().for_each(|entry| entry.add(number, place));
        }
    }

    fn amend_subscriptions(&mut self, rows: impl Iterator<Item = SubscriptionRow>) {
        let first = self.crm.subscriptions.rows().len();
        extend(&mut self.crm.subscriptions, rows);
        let rows = self.crm.subscriptions.rows().iter().enumerate().skip(first);
        for (place, row) in rows.filter(|(_, row)| row.during.covers(self.at.now)) {
            let slot = self.principals.slot(&row.principal);
            self.subscribed.entry(row.record.clone()).or_default().push((slot, place));
        }
    }
}

/// Adds rows to a reading; those that they replace stay where they are, out of reach.
fn extend<T>(reading: &mut Reading<T>, rows: impl Iterator<Item = T>) {
    *reading = std::mem::replace(reading, Reading::absent()).with(rows);
}
