//! Reading only the records of which something changed.

use std::collections::BTreeSet;

use adressbote_rules::crm::{Relation, RuleShape};
use adressbote_rules::key::RecordKey;
use adressbote_rules::touched::TouchedRows;
use adressbote_rules::view::PartId;
use chrono::{DateTime, Utc};

use super::doubt::doubles;
use super::{Baseline, lost, notations};
use crate::crm::memory::{Ahead, Memory, of_part};
use crate::crm::relation::is_of_records;
use crate::crm::repeated::Repeated;
use crate::crm::row::{Bad, Row};
use crate::crm::{CrmError, CrmSource, decode, look};
use crate::profile::{Database, Profile};

/// What changed since the reading that left a memory.
#[derive(Clone, Debug)]
pub enum Changed {
    /// Nothing.
    Nothing,
    /// Single records and nothing else. The memory went forward with them and has another number of readings.
    Records(Touched),
    /// More than that, or it cannot be told, or something is in doubt: everything is to be read. The memory is as it was.
    More,
}

/// Records of which something changed, with all that hangs on them.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// Their keys, those among them that are gone, and those on which something hangs although they are not in the view.
    pub records: BTreeSet<RecordKey>,
    /// Their rows as they are now, the unchanged ones with them, none in doubt. Rights to part rows and field rights are as they were.
    pub rows: TouchedRows,
    /// The baseline as it is now of the relations whose rows hang on records, all of them proven; that of the others stays as it was.
    pub baseline: Baseline,
    /// Which of the readings with its memory it was; see [`Memory::readings`].
    pub number: u64,
}

/// Asks what changed since the reading that left the memory, as far as the profile tells it, and reads the records of which something did, without going
/// through the others. `before` is as in [`super::read`]; `memory` must be of the same profile and source.
///
/// It is [`Changed::More`] where the profile does not tell the changes of every relation, asks for doubts, asks as users; where rights to part rows or field rights could not all be read; where it is
/// time to read everything; where users, groups or anything else changed that does not hang on single records, such as rights to part rows; and where a relation or one of the records is
/// in doubt.
///
/// # Errors
/// When the CRM cannot be asked. The memory is then as it was.
pub async fn read_touched(
    profile: &Profile,
    source: &CrmSource,
    before: Option<&Baseline>,
    (memory, now): (&mut Memory, DateTime<Utc>),
) -> Result<Changed, CrmError> {
    if !memory.hears() {
        return Ok(Changed::More);
    }
    if look::looked(profile, source, (&mut *memory, now)).await? == Some(true) {
        return Ok(Changed::Nothing);
    }
    let mut session = source.begin_on(memory.look.take()).await?;
    let database = session.database();
    let ahead = memory.ahead(profile, &mut session, now).await;
    memory.look = session.end_keeping().await?;
    let Some(ahead) = ahead else { return Ok(Changed::More) };
    if ahead.is_nothing() {
        memory.take_in(ahead);
        return Ok(Changed::Nothing);
    }
    let state = State { profile, memory, ahead: &ahead, keys: ahead.keys() };
    let (Some(baseline), Some(rows)) = (state.baseline(database, before), state.rows()) else { return Ok(Changed::More) };
    let records = state.keys.iter().copied().map(RecordKey::new).collect();
    memory.take_in(ahead);
    Ok(Changed::Records(Touched { records, rows, baseline, number: memory.readings() }))
}

/// A memory with what it lacks.
struct State<'s> {
    profile: &'s Profile,
    memory: &'s Memory,
    ahead: &'s Ahead,
    /// The records of which something changed.
    keys: BTreeSet<&'s str>,
}

impl State<'_> {
    /// The counts of the relations whose rows hang on records; none if one of them is in doubt.
    fn baseline(&self, database: Database, before: Option<&Baseline>) -> Option<Baseline> {
        let relations = self.profile.queries(database).map(|(relation, _)| relation).filter(|relation| is_of_records(relation));
        let count = |relation: &Relation| {
            let now = self.ahead.count(self.memory, relation)?;
            lost(self.profile, relation, before, now).is_none().then(|| (relation.clone(), now))
        };
        relations.map(count).collect()
    }

    /// The rows of the records; none if one cannot be read or a key is double.
    fn rows(&self) -> Option<TouchedRows> {
        let view = self.profile.view();
        let main = notations(self.profile, view.part(PartId::MAIN));
        let mut repeated = Repeated::default();
        let records = self.rows_in(&Relation::View, |row| decode::record(row, &main, &mut repeated))?;
        repeated.know(records.iter().map(|record| record.key.to_shared()));
        if !doubles(&records, |record| &record.key, |record| &record.key).is_empty() {
            return None;
        }
        let mut parts = Vec::new();
        for part in view.parts().iter().skip(1) {
            let notations = notations(self.profile, Some(part));
            repeated.values.clear();
            let rows = self.rows_in(&Relation::Part(part.name.clone()), |row| decode::part(row, &notations, &mut repeated))?;
            if !doubles(&rows, |row| (&row.record, &row.key), |row| &row.record).is_empty() {
                return None;
            }
            parts.push(rows);
        }
        // What is listed for rows of parts does not change.
        let mut rule = |rule: &RuleShape| {
            if of_part(rule) { Some(Vec::new()) } else { self.rows_in(&Relation::Rule(rule.name.clone()), |row| decode::right(row, &mut repeated)) }
        };
        Some(TouchedRows {
            records,
            parts,
            rules: self.profile.rules().iter().map(|declared| rule(&declared.shape)).collect::<Option<_>>()?,
            bars: self.rows_in(&Relation::Bars, |row| decode::bar(row, &mut repeated))?,
            subscriptions: self.rows_in(&Relation::Subscriptions, |row| decode::subscription(row, &mut repeated))?,
        })
    }

    /// The rows of the records in a relation; none if one cannot be read.
    fn rows_in<T>(&self, relation: &Relation, mut decode: impl FnMut(&Row<'_>) -> Result<T, Bad>) -> Option<Vec<T>> {
        let (columns, zone) = (self.profile.expected(relation), self.profile.zone());
        let rows = self.keys.iter().flat_map(|key| self.ahead.rows(self.memory, relation, key));
        rows.map(|cells| decode(&Row { columns: &columns, cells: &cells, zone }).ok()).collect()
    }
}
