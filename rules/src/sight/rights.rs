//! Rights as a snapshot indexes them: who is listed for what at its instant.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::closure::{Held, Principals, Slot};
use super::few::Few;
use crate::crm::{Answer, Combine, Crm, ExemptRow, RightRow, Rule, RuleShape, Silence};
use crate::key::{RecordKey, Source};
use crate::time::Moment;

/// A right rule, indexed.
#[derive(Debug)]
pub(super) struct IndexedRule {
    pub(super) shape: RuleShape,
    /// Per record or part row: who is listed now. An entry without anybody still closes an open rule.
    listed: HashMap<Arc<str>, Few<Slot>>,
    exempt: Vec<Slot>,
}

impl IndexedRule {
    pub(super) fn new(rule: &Rule, principals: &mut Principals, at: Moment) -> Self {
        let exempt = exempt_slots(rule.exempt.rows(), principals, at);
        let mut indexed = Self { shape: rule.shape.clone(), listed: HashMap::new(), exempt };
        indexed.list(rule.rows.rows(), principals, at);
        indexed
    }

    /// Replaces what is listed for some records.
    pub(super) fn amend(&mut self, records: &BTreeSet<RecordKey>, rows: &[RightRow], principals: &mut Principals, at: Moment) {
        for record in records {
            self.listed.remove(record.as_str());
        }
        self.list(rows.iter().filter(|row| records.contains(&RecordKey::new(&row.of))), principals, at);
    }

    fn list<'r>(&mut self, rows: impl IntoIterator<Item = &'r RightRow>, principals: &mut Principals, at: Moment) {
        for RightRow { of, principal, during } in rows {
            let slots = self.listed.entry(of.clone()).or_default();
            if during.covers(at.now) {
                slots.push(principals.slot(principal));
            }
        }
    }

    /// Whether the holder is exempt from the rule.
    pub(super) fn exempts(&self, held: &Held) -> bool {
        self.exempt.iter().any(|slot| held.has(*slot))
    }

    /// Which of what is exempt from the rule the holder holds.
    pub(super) fn exempting<'a>(&'a self, held: &'a Held) -> impl Iterator<Item = Slot> + 'a {
        self.exempt.iter().copied().filter(|slot| held.has(*slot))
    }

    /// Whether the rule lets the holder see the thing with this key.
    pub(super) fn admits(&self, key: &str, held: &Held) -> bool {
        match self.listed.get(key) {
            Some(slots) => slots.as_slice().iter().any(|slot| held.has(*slot)),
            None => self.shape.is_open_by_default,
        }
    }

    /// The slots of which a holder of any is admitted to the thing with this key; none if everybody is.
    pub(super) fn admitting(&self, key: &str) -> Option<impl Iterator<Item = Slot>> {
        let listed = match self.listed(key) {
            None if self.shape.is_open_by_default => return None,
            listed => listed.unwrap_or_default(),
        };
        Some(listed.iter().chain(&self.exempt).copied())
    }

    /// Who is listed for the thing with this key; none if the rule has no row for it.
    pub(super) fn listed(&self, key: &str) -> Option<&[Slot]> {
        self.listed.get(key).map(Few::as_slice)
    }
}

/// The principals of exemption rows that count now.
pub(super) fn exempt_slots(rows: &[ExemptRow], principals: &mut Principals, at: Moment) -> Vec<Slot> {
    rows.iter().filter(|row| row.during.covers(at.now)).map(|row| principals.slot(&row.principal)).collect()
}

/// One answer of a field right: who, and what.
#[derive(Clone, Copy, Debug)]
struct Voice {
    slot: Slot,
    answer: Answer,
    is_role: bool,
}

impl Voice {
    /// How near the principal stands to the user: his own, a role's, any other's; another user's principal is one of those.
    fn distance(&self, held: &Held) -> u8 {
        match (held.is_own(self.slot), self.is_role) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        }
    }
}

/// The field rights, indexed.
#[derive(Debug)]
pub(super) struct FieldRights {
    combine: Combine,
    silence: Silence,
    exempt: Vec<Slot>,
    general: HashMap<Source, Vec<Voice>>,
    of_record: HashMap<RecordKey, HashMap<Source, Vec<Voice>>>,
}

impl FieldRights {
    pub(super) fn new(crm: &Crm, principals: &mut Principals, at: Moment) -> Self {
        let mut rights = Self {
            combine: crm.combine,
            silence: crm.silence,
            exempt: exempt_slots(crm.field_rights_exempt.rows(), principals, at),
            general: HashMap::new(),
            of_record: HashMap::new(),
        };
        for row in crm.field_rights.rows().iter().filter(|row| row.during.covers(at.now)) {
            let voice = Voice { slot: principals.slot(&row.principal), answer: row.answer, is_role: row.principal.as_str().starts_with("role:") };
            let sources = match &row.record {
                None => &mut rights.general,
                Some(record) => rights.of_record.entry(record.clone()).or_default(),
            };
            sources.entry(row.source.clone()).or_default().push(voice);
        }
        rights
    }

    /// Whether the holder is exempt from field rights.
    pub(super) fn exempts(&self, held: &Held) -> bool {
        self.exempt.iter().any(|slot| held.has(*slot))
    }

    /// The sources of single records that field rights speak of.
    pub(super) fn alone(&self) -> impl Iterator<Item = (&RecordKey, &Source)> {
        self.of_record.iter().flat_map(|(record, sources)| sources.keys().map(move |source| (record, source)))
    }

    /// Whether some field right speaks of this record alone.
    pub(super) fn speaks_of(&self, record: &RecordKey) -> bool {
        self.of_record.contains_key(record)
    }

    /// Whether the holder may read the source, as far as field rights go; `record` none: of records that no right speaks of alone.
    pub(super) fn readable(&self, source: &Source, record: Option<&RecordKey>, held: &Held) -> bool {
        let alone = record.and_then(|record| self.of_record.get(record)).and_then(|sources| sources.get(source));
        let voices = self.general.get(source).into_iter().chain(alone).flatten().filter(|voice| held.has(voice.slot));
        match self.decide(voices, held) {
            Some(Answer::Grant) => true,
            Some(Answer::Deny) => false,
            None => matches!(self.silence, Silence::Readable),
        }
    }

    /// The answer that counts among those given, if any was.
    fn decide<'a>(&self, voices: impl Iterator<Item = &'a Voice>, held: &Held) -> Option<Answer> {
        let (mut grant, mut denial) = (None, None);
        for voice in voices {
            let nearest = if voice.answer == Answer::Grant { &mut grant } else { &mut denial };
            let distance = voice.distance(held);
            *nearest = Some(nearest.map_or(distance, |near: u8| near.min(distance)));
        }
        match (grant, denial) {
            (None, None) => None,
            (Some(_), None) => Some(Answer::Grant),
            (None, Some(_)) => Some(Answer::Deny),
            (Some(grant), Some(denial)) => Some(match self.combine {
                Combine::DenialWins => Answer::Deny,
                Combine::GrantLiftsDenial => Answer::Grant,
                Combine::NearestFirst if grant < denial => Answer::Grant,
                Combine::NearestFirst => Answer::Deny,
            }),
        }
    }

    /// Who speaks of the source to the holder, for an explanation.
    pub(super) fn voices<'a>(&'a self, source: &Source, record: &RecordKey, held: &'a Held) -> impl Iterator<Item = (Slot, Answer)> + 'a {
        let alone = self.of_record.get(record).and_then(|sources| sources.get(source));
        let voices = self.general.get(source).into_iter().chain(alone).flatten();
        voices.filter(|voice| held.has(voice.slot)).map(|voice| (voice.slot, voice.answer))
    }
}
