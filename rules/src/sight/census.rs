//! Who sees how much, and what of a mapping is ever fed: for a person who looks after a profile. Keys and numbers leave this module, no contents.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json};

use super::closure::Slot;
use super::snapshot::Snapshot;
use crate::crm::{RecordRow, Target};
use crate::key::{RecordKey, UserKey};
use crate::map::{Mapping, Unfed};
use crate::value::Value;

/// Who sees how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// How many records there are.
    pub records: usize,
    /// How many of them each active user may see, guests included.
    pub sees: BTreeMap<UserKey, usize>,
    /// The records that no active internal user may see, by key.
    pub unseen: Vec<RecordKey>,
}

/// What decides who may see a record: who is listed under each rule on records and sources, who is barred, and the record itself where something
/// speaks of it alone.
type Sight<'s> = (Vec<Option<Vec<Slot>>>, Vec<Slot>, Option<&'s RecordKey>);

impl Snapshot {
    /// Counts who sees how much. Records with the same rights are looked at once.
    pub fn census(&self) -> Census {
        let mut alike: HashMap<Sight<'_>, Vec<&RecordKey>> = HashMap::new();
        for record in self.record_keys() {
            alike.entry(self.sight(record)).or_default().push(record);
        }
        let classes: Vec<Vec<&RecordKey>> = alike.into_values().collect();
        let mut is_seen = vec![false; classes.len()];
        let mut sees = BTreeMap::new();
        for user in self.users().filter(|user| user.is_active) {
            let Some(viewer) = self.viewer(&user.key) else { continue };
            let mut count = 0;
            for (class, is_seen) in classes.iter().zip(&mut is_seen) {
                if class.first().is_some_and(|record| !self.record_is_hidden(&viewer, record)) {
                    count += class.len();
                    *is_seen |= user.is_internal;
                }
            }
            sees.insert(user.key.clone(), count);
        }
        let unseen = classes.iter().zip(is_seen).filter(|(_, is_seen)| !is_seen).flat_map(|(class, _)| class);
        let mut unseen: Vec<RecordKey> = unseen.map(|record| (*record).clone()).collect();
        unseen.sort_unstable();
        Census { records: self.record_keys().count(), sees, unseen }
    }

    fn sight<'s>(&'s self, record: &'s RecordKey) -> Sight<'s> {
        let sorted = |slots: &[Slot]| {
            let mut slots = slots.to_vec();
            slots.sort_unstable();
            slots.dedup();
            slots
        };
        let rules = self.rules().iter().filter(|rule| !matches!(rule.shape.target, Target::Part(_)));
        let listed = rules.map(|rule| rule.listed(record.as_str()).map(sorted)).collect();
        let is_alone = self.field_rights().speaks_of(record) || self.doubtful_records().contains_key(record);
        (listed, sorted(self.barred(record)), is_alone.then_some(record))
    }

    /// The expressions of a mapping that give no value in any record, whoever may see it. They look at whole records, and nothing of those is told.
    pub fn unfed(&self, mapping: &Mapping) -> Vec<Unfed> {
        let mains = self.record_keys().filter_map(|record| self.main_row(record));
        mapping.unfed(mains.map(|main| self.whole_document(main)))
    }

    /// A record as mappings would see it if nothing were kept back.
    fn whole_document(&self, main: &RecordRow) -> Json {
        let rows = |part| self.whole_rows(main, part);
        let field = |field: &crate::view::Field| (field.name.clone(), super::record::form(&field.formation, rows).to_json());
        let fields = self.view().fields().iter().map(field);
        let parts = self.view().numbered_parts().skip(1).map(|(id, part)| {
            let object = |row: &[Value]| part.columns.iter().zip(row).map(|(column, value)| (column.name.clone(), value.to_json())).collect();
            (part.name.clone(), rows(id).into_iter().map(|row| Json::Object(object(row))).collect())
        });
        Json::Object(fields.chain(parts).collect::<Map<String, Json>>())
    }
}
