//! Bringing a snapshot forward where a few records changed, and nothing else did.

use std::collections::BTreeSet;

use super::{Snapshot, settle_entry};
use crate::crm::{PartRow, Reading, RecordRow, SubscriptionRow, Target};
use crate::key::{RecordKey, UserKey};
use crate::sight::Viewer;
use crate::time::Period;
use crate::touched::TouchedRows;

impl Snapshot {
    /// Puts what hangs on some records now in the place of what hung on them; all else stays, and the instant, too. The rows must be proven. Rules that speak
    /// of the rows of parts keep what they list.
    ///
    /// The work is in proportion to the rows given. An index that was made before knows nothing of these records; see [`Snapshot::amended`].
    pub fn amend(&mut self, records: &BTreeSet<RecordKey>, rows: TouchedRows) {
        let TouchedRows { records: mains, parts, rules, bars, subscriptions } = rows;
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
        self.amended.extend(records.iter().cloned());
    }

    /// The records whose rows were replaced since the snapshot was built.
    pub fn amended(&self) -> &BTreeSet<RecordKey> {
        &self.amended
    }

    /// Notes that persons behind records were taken out here.
    pub fn erase_here(&mut self, records: impl IntoIterator<Item = RecordKey>) {
        self.crm.erased_here.extend(records);
    }

    /// Of some users those who may see any of some records, and which, as far as rules on records tell; all others see none of them.
    pub fn viewers_of<'s, 'r>(
        &'s self,
        records: &'r BTreeSet<RecordKey>,
        is_asked: impl Fn(&UserKey) -> bool,
    ) -> Vec<(Viewer<'s>, Vec<&'r RecordKey>)> {
        let there: Vec<&RecordKey> = records.iter().filter(|record| self.has(record)).collect();
        let rules = || self.rules.iter().filter(|rule| rule.shape.target == Target::Record);
        let mut viewers = Vec::new();
        for row in self.users().filter(|row| !self.doubtful_users.contains_key(&row.key) && is_asked(&row.key)) {
            let held = self.held(row);
            let needed: Vec<_> = rules().filter(|rule| !rule.exempts(&held)).collect();
            let admits = |record: &&&RecordKey| needed.iter().all(|rule| rule.admits(record.as_str(), &held));
            let admitted: Vec<&RecordKey> = there.iter().filter(admits).copied().collect();
            if !admitted.is_empty() {
                viewers.push((Viewer::new(self, row), admitted));
            }
        }
        viewers
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
