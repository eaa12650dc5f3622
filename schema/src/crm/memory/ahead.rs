//! A memory that goes forward by single keys: what it takes depends on how many they are, not on the size of the CRM.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::{Relation, RuleShape, Target};
use chrono::{DateTime, Utc};

use super::{Kept, MOST_KEYS, Memory, News, Told, news};
use crate::crm::Session;
use crate::crm::look::Teller;
use crate::crm::relation::is_of_records;
use crate::crm::value::Cell;
use crate::profile::{Expected, Profile, Query};

/// What a memory lacks to be as of now: rows of single records, and nothing else.
#[derive(Debug)]
pub(in crate::crm) struct Ahead {
    told: Told,
    /// Of each relation in which something changed what that is.
    fresh: BTreeMap<Relation, Fresh>,
}

/// Rows of some keys that come in the place of those that are kept.
#[derive(Debug)]
pub(super) struct Fresh {
    /// The keys of which something changed.
    pub(super) keys: BTreeSet<String>,
    /// Their rows as they are now, perhaps among others.
    pub(super) rows: Kept,
    /// How many rows the relation has with them.
    count: u64,
}

impl Fresh {
    /// Asks for the rows of keys of which something was told; none if more changed than they tell, or that cannot be known.
    pub(super) async fn ask(
        session: &mut Session,
        (query, is_counted): (&Query, bool),
        expected: &[Expected],
        (kept, mut keys): (&Kept, BTreeSet<String>),
    ) -> Option<Self> {
        if kept.has(None) {
            return None;
        }
        let mut rows = Kept::default();
        if !keys.is_empty() {
            let texts: Vec<&str> = keys.iter().map(String::as_str).collect();
            session.rows_of(query, expected, &texts, &mut |cells: &[Cell<'_>]| rows.add(cells)).await.ok()?;
        }
        // The database takes keys for the same that are not, such as other spellings: what was told cannot be put in the place of what it was told of.
        if !rows.is_within(&keys) {
            return None;
        }
        let lost: usize = keys.iter().map(|key| kept.count_of(key)).sum();
        let count = kept.count - lost as u64 + rows.count;
        // Gone, or written otherwise than it was told; counting shows which.
        if (is_counted || rows.keys() < keys.len()) && session.count(query).await != Ok(Some(count)) {
            return None;
        }
        keys.retain(|key| !kept.is_alike(&rows, Some(key)));
        Some(Self { keys, rows, count })
    }
}

impl Memory {
    /// Whether nothing changed since it was left, as the profile tells. What was heard is kept.
    pub(in crate::crm) async fn is_unchanged(&mut self, profile: &Profile, teller: &mut Teller<'_>, now: DateTime<Utc>) -> bool {
        let Some((told, news)) = self.heard(profile, teller, now).await else { return false };
        let Some(changes) = profile.changes(teller.database()).filter(|_| news.is_empty()) else { return false };
        for (relation, query) in profile.queries(teller.database()).filter(|(relation, _)| changes.settings.counted.contains(relation)) {
            if teller.count(query).await != Ok(self.relations.get(relation).map(|kept| kept.count)) {
                return false;
            }
        }
        self.told = Some(told);
        true
    }

    /// Asks what it lacks to be as of now; none if that is more than rows of single records, or cannot be told. It does not change.
    pub(in crate::crm) async fn ahead(&self, profile: &Profile, session: &mut Session, now: DateTime<Utc>) -> Option<Ahead> {
        let (told, news) = self.heard(profile, &mut Teller::Reading(session), now).await?;
        let is_single = news.is_empty() || is_of_single_records(profile, &news, &self.aside);
        let fresh = if is_single { self.fresh(profile, session, news).await? } else { return None };
        Some(Ahead { told, fresh })
    }

    /// Takes in what it lacked.
    pub(in crate::crm) fn take_in(&mut self, Ahead { told, fresh }: Ahead) {
        self.told = Some(told);
        self.readings += u64::from(!fresh.is_empty());
        for (relation, Fresh { keys, rows, .. }) in fresh {
            if let Some(kept) = self.relations.get_mut(&relation) {
                kept.replace(&keys, &rows);
            }
        }
    }

    /// What was told since, if a reading would rest on that; none if it would read more.
    async fn heard(&self, profile: &Profile, teller: &mut Teller<'_>, now: DateTime<Utc>) -> Option<(Told, BTreeMap<Relation, News>)> {
        let database = teller.database();
        let changes = profile.changes(database)?;
        let is_early = self.full_at.is_some_and(|at| !changes.settings.is_full_reading_due(at, now));
        let is_kept = profile.queries(database).all(|(relation, _)| self.relations.contains_key(relation));
        if !is_early || !is_kept || !self.distrusted.is_empty() || profile.doubt_queries(database).next().is_some() {
            return None;
        }
        let (told, news) = news(changes, teller, self.told.as_ref(), (profile, now)).await.ok()?;
        Some((told, news?))
    }

    /// What changed of each relation; none if that cannot be told.
    async fn fresh(&self, profile: &Profile, session: &mut Session, mut news: BTreeMap<Relation, News>) -> Option<BTreeMap<Relation, Fresh>> {
        let database = session.database();
        let counted = &profile.changes(database)?.settings.counted;
        let mut all = BTreeMap::new();
        for (relation, query) in profile.queries(database) {
            let (kept, keys) = (self.relations.get(relation)?, news.remove(relation).unwrap_or_default().keys);
            let is_counted = counted.contains(relation);
            if keys.is_empty() {
                if is_counted && session.count(query).await != Ok(Some(kept.count)) {
                    return None;
                }
                continue;
            }
            let fresh = Fresh::ask(session, (query, is_counted), &profile.expected(relation), (kept, keys)).await?;
            if !fresh.keys.is_empty() {
                all.insert(relation.clone(), fresh);
            }
        }
        news.is_empty().then_some(all)
    }
}

/// Whether news tell of few single records alone, and these can be read again as a whole. Rights to part rows are told by the keys of these, which do not tell the
/// record; where one of them, or of the field rights, could not be read, it would be forgotten that it makes records doubtful.
fn is_of_single_records(profile: &Profile, news: &BTreeMap<Relation, News>, aside: &BTreeSet<Relation>) -> bool {
    let keys: usize = news.values().map(|news| news.keys.len()).sum();
    let is_of_parts =
        |relation: &Relation| profile.rules().iter().any(|rule| of_part(&rule.shape) && *relation == Relation::Rule(rule.shape.name.clone()));
    let is_single = |(relation, news): (&Relation, &News)| is_of_records(relation) && !is_of_parts(relation) && !news.is_whole;
    let is_forgotten = |relation: &Relation| *relation == Relation::FieldRights || is_of_parts(relation);
    keys <= MOST_KEYS && news.iter().all(is_single) && !aside.iter().any(is_forgotten)
}

/// Whether a right rule speaks of the rows of a part.
pub(in crate::crm) fn of_part(rule: &RuleShape) -> bool {
    matches!(rule.target, Target::Part(_))
}

impl Ahead {
    /// Whether nothing changed.
    pub(in crate::crm) fn is_nothing(&self) -> bool {
        self.fresh.is_empty()
    }

    /// The keys of the records of which something changed.
    pub(in crate::crm) fn keys(&self) -> BTreeSet<&str> {
        self.fresh.values().flat_map(|fresh| &fresh.keys).map(String::as_str).collect()
    }

    /// How many rows a relation has then; none if a row is among them that hangs on nothing.
    pub(in crate::crm) fn count(&self, memory: &Memory, relation: &Relation) -> Option<u64> {
        let kept = memory.relations.get(relation)?;
        let is_keyed = [None, Some("")].iter().all(|key| !kept.has(*key));
        is_keyed.then(|| self.fresh.get(relation).map_or(kept.count, |fresh| fresh.count))
    }

    /// The rows that a key has then.
    pub(in crate::crm) fn rows<'m>(&'m self, memory: &'m Memory, relation: &Relation, key: &str) -> impl Iterator<Item = Vec<Cell<'m>>> {
        let fresh = self.fresh.get(relation).filter(|fresh| fresh.keys.contains(key)).map(|fresh| &fresh.rows);
        fresh.or_else(|| memory.relations.get(relation)).into_iter().flat_map(|kept| kept.of(key))
    }
}
