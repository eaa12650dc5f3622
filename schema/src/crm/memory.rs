//! What a reading leaves for the next one, so that it asks only for what changed: the rows of the relations whose changes the profile tells, as they came.

mod ahead;
mod kept;
mod packed;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use adressbote_rules::crm::Relation;
use adressbote_rules::value::{Kind, Value};
use chrono::{DateTime, Utc};

use super::look::Teller;
use super::relation::{named, stem};
use super::row::Row;
use super::value::Cell;
use super::{Session, postgres};
use crate::profile::{At, Changes, Profile, Query};
use ahead::Fresh;
use kept::Kept;

pub(super) use ahead::{Ahead, of_part};

/// The most keys of one relation that are asked for one by one; with more of them it is read as a whole.
pub(super) const MOST_KEYS: usize = 1_000;

/// What earlier readings of one CRM with one profile left. Empty at first; of a reading that fails nothing stays but what is distrusted and when everything
/// was compared last.
#[derive(Debug, Default)]
pub struct Memory {
    relations: BTreeMap<Relation, Kept>,
    told: Option<Told>,
    /// When everything was read last and compared, or else for the first time.
    full_at: Option<DateTime<Utc>>,
    /// Relations that changed without a word, with the number of keys in which that was seen: they are read each time.
    distrusted: BTreeMap<Relation, u64>,
    /// Relations of which rows were set aside, because they could not be read.
    aside: BTreeSet<Relation>,
    /// How many readings there were.
    readings: u64,
    /// The connection that was asked last whether anything changed, and for single records. A reading of everything lets go of it.
    pub(super) look: Option<postgres::Look>,
}

impl Memory {
    /// What stays of it if the next reading fails, and what that one begins with otherwise.
    pub(super) fn failed(&self) -> Self {
        Self { full_at: self.full_at, distrusted: self.distrusted.clone(), readings: self.readings + 1, ..Self::default() }
    }

    /// How many readings there were with it, those that failed among them: what was made of an earlier one may not know what the memory knows.
    pub fn readings(&self) -> u64 {
        self.readings
    }

    /// Whether it was told of changes at all.
    pub fn hears(&self) -> bool {
        self.told.is_some()
    }
}

/// What was heard of changes.
#[derive(Clone, Debug, Default)]
struct Told {
    /// The highest number on each scale, times that lie ahead left aside.
    last: BTreeMap<Scale, i64>,
    /// What was found as far back as the next reading looks again.
    seen: HashSet<Change>,
}

/// What changes are numbered on: each relation may have a log of its own, time is common to all.
type Scale = Option<Relation>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Change {
    relation: Relation,
    at: i64,
    key: Option<String>,
}

/// What of a relation changed.
#[derive(Debug, Default)]
struct News {
    is_whole: bool,
    keys: BTreeSet<String>,
}

/// How a reading came about, for whoever watches over profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Relations that were read as a whole.
    pub whole: BTreeSet<String>,
    /// Relations that once changed although the profile did not tell, with the number of keys in which they differed. They are read as a whole since.
    pub missed: BTreeMap<String, u64>,
    /// Why it could not be told what changed; everything was read.
    pub trouble: Option<String>,
}

/// One reading with a memory.
pub(super) struct Recall<'p> {
    changes: Option<&'p Changes>,
    before: Memory,
    after: Memory,
    /// What changed since; none: everything is to be read.
    news: Option<BTreeMap<Relation, News>>,
    /// Whether everything is read to see that nothing was missed.
    proves: bool,
    way: Way,
}

impl<'p> Recall<'p> {
    /// A reading that remembers nothing and leaves nothing.
    pub(super) fn nothing() -> Self {
        let (before, after) = (Memory::default(), Memory::default());
        Self { changes: None, before, after, news: None, proves: false, way: Way::default() }
    }

    /// Asks what changed since the memory's reading.
    pub(super) async fn begin(profile: &'p Profile, session: &mut Session, memory: Memory, now: DateTime<Utc>) -> Self {
        let mut recall = Self {
            changes: profile.changes(session.database()),
            after: memory.failed(),
            before: memory,
            news: None,
            proves: false,
            way: Way::default(),
        };
        let Some(changes) = recall.changes else { return recall };
        match news(changes, &mut Teller::Reading(session), recall.before.told.as_ref(), (profile, now)).await {
            Ok((told, news)) => (recall.after.told, recall.news) = (Some(told), news),
            Err(why) => recall.way.trouble = Some(why),
        }
        recall.proves = recall.before.full_at.is_none_or(|at| changes.settings.is_full_reading_due(at, now));
        // Without news nothing can be compared with them: the proof stays due.
        if recall.before.full_at.is_none() || recall.proves && recall.news.is_some() {
            recall.after.full_at = Some(now);
        }
        recall
    }

    /// Takes note that a relation is read as a whole.
    pub(super) fn whole(&mut self, relation: &Relation) {
        self.way.whole.insert(stem(relation));
    }

    /// Hands on the rows of a relation, from memory as far as nothing changed; gives how many the database counts, none if it gives NULL.
    pub(super) async fn rows(
        &mut self,
        session: &mut Session,
        (relation, query): (&Relation, &Query),
        expected: &[crate::profile::Expected],
        take: &mut super::session::Take<'_>,
    ) -> Result<Option<u64>, String> {
        let settings = self.changes.map(|changes| &changes.settings);
        let is_counted = settings.is_some_and(|settings| settings.counted.contains(relation));
        if !is_counted && !settings.is_some_and(|settings| settings.told.contains(relation)) {
            self.whole(relation);
            session.rows(query, expected, take).await?;
            return session.count(query).await;
        }
        let before = self.before.relations.remove(relation).filter(|_| !self.after.distrusted.contains_key(relation));
        let forward = match (before, self.news.as_mut().map(|news| news.remove(relation).unwrap_or_default())) {
            (Some(kept), Some(news)) => forward(session, (query, is_counted), expected, (kept, news)).await,
            (_, _) => None,
        };
        let kept = match forward {
            Some(kept) if !self.proves => kept,
            forward => {
                self.whole(relation);
                let mut kept = Kept::default();
                let read = session.rows(query, expected, &mut |cells: &[Cell<'_>]| kept.add(cells)).await;
                let counted = match read {
                    Ok(()) => session.count(query).await,
                    Err(why) => Err(why),
                };
                if counted != Ok(Some(kept.count)) {
                    // What could not be read whole is not remembered.
                    kept.hand_on(take);
                    return counted;
                }
                kept.shrink();
                let missed = forward.map_or(0, |forward| forward.differs(&kept));
                if missed > 0 {
                    self.after.distrusted.insert(relation.clone(), missed);
                }
                kept
            }
        };
        kept.hand_on(take);
        let count = kept.count;
        self.after.relations.insert(relation.clone(), kept);
        Ok(Some(count))
    }

    /// What the next reading may build on, and how this one came about.
    pub(super) fn end(mut self, aside: BTreeSet<Relation>) -> (Memory, Way) {
        self.after.aside = aside;
        let missed = self.after.distrusted.iter().map(|(relation, keys)| (stem(relation), *keys)).collect();
        (self.after, Way { missed, ..self.way })
    }
}

/// Brings what is kept of a relation forward; none if it must be read as a whole.
async fn forward(
    session: &mut Session,
    (query, is_counted): (&Query, bool),
    expected: &[crate::profile::Expected],
    (mut kept, news): (Kept, News),
) -> Option<Kept> {
    if news.is_whole || news.keys.len() > MOST_KEYS {
        return None;
    }
    let fresh = Fresh::ask(session, (query, is_counted), expected, (&kept, news.keys)).await?;
    kept.replace(&fresh.keys, &fresh.rows);
    Some(kept)
}

/// Asks for the changes since those that were told before. The second are the news; none if nothing was told before or the thread is lost.
async fn news(
    changes: &Changes,
    teller: &mut Teller<'_>,
    before: Option<&Told>,
    (profile, now): (&Profile, DateTime<Utc>),
) -> Result<(Told, Option<BTreeMap<Relation, News>>), String> {
    let (at, overlap) = (changes.settings.at, i64::from(changes.settings.overlap));
    let latest = at.of(now).map_or(i64::MAX, |now| now.saturating_add(overlap));
    // A clock that was set back would number new changes below those that were seen.
    let before = before.filter(|told| told.last.values().all(|last| *last <= latest));
    let newest = match before {
        Some(told) => told.last.clone(),
        None => {
            let query = changes.query.with(&|statement| {
                format!("SELECT told.relation, max(told.at) AS at FROM (\n{statement}\n) told WHERE told.at <= {latest} OR told.at IS NULL GROUP BY told.relation")
            });
            last(&ask(teller, &query, profile).await?, at, latest)
        }
    };
    let found = ask(teller, &changes.query.narrowed(&since(&newest, overlap)), profile).await?;
    let last = last(&found, at, latest);
    let news = before.filter(|told| told.holds(&found, at)).map(|told| {
        let mut news: BTreeMap<Relation, News> = BTreeMap::new();
        // A row may change again in the moment that it has; what was seen and is older than any transaction says nothing new.
        let settled = at.of(now).map_or(i64::MAX, |now| now.saturating_sub(overlap));
        for change in found.iter().filter(|change| change.at >= settled || !told.seen.contains(*change)) {
            let news = news.entry(change.relation.clone()).or_default();
            match &change.key {
                Some(key) => {
                    news.keys.insert(key.clone());
                }
                None => news.is_whole = true,
            }
        }
        news
    });
    let is_in_reach = |change: &Change| last.get(&change.scale(at)).is_some_and(|last| change.at >= last.saturating_sub(overlap));
    let seen = found.into_iter().filter(is_in_reach).collect();
    Ok((Told { last, seen }, news))
}

impl Told {
    /// Whether the last change that was seen of each relation is still there, or some may have come and gone with it. A row that has a time of its own may
    /// have changed again.
    fn holds(&self, found: &[Change], at: At) -> bool {
        let is_there = |change: &Change| match at {
            At::Number => found.contains(change),
            At::Seconds | At::Milliseconds => {
                found.iter().any(|one| (&one.relation, &one.key) == (&change.relation, &change.key) && one.at >= change.at)
            }
        };
        let is_last = |change: &Change, scale: &Scale, last: i64| change.at == last && change.scale(at) == *scale;
        self.last.iter().all(|(scale, last)| self.seen.iter().any(|change| is_last(change, scale, *last) && is_there(change)))
    }
}

impl Change {
    fn scale(&self, at: At) -> Scale {
        (at == At::Number).then(|| self.relation.clone())
    }
}

/// The highest number on each scale, up to the latest that counts.
fn last(changes: &[Change], at: At, latest: i64) -> BTreeMap<Scale, i64> {
    let mut last: BTreeMap<Scale, i64> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.at <= latest) {
        last.entry(change.scale(at)).and_modify(|last| *last = change.at.max(*last)).or_insert(change.at);
    }
    last
}

/// The condition that a change is none of those that were looked at often enough. The names are the profile's.
fn since(newest: &BTreeMap<Scale, i64>, overlap: i64) -> String {
    let from = |last: &i64| last.saturating_sub(overlap);
    if let Some(last) = newest.get(&None) {
        return format!("narrowed.at >= {} OR narrowed.at IS NULL", from(last));
    }
    let each = newest.iter().filter_map(|(scale, last)| Some(format!("WHEN '{}' THEN {} ", stem(scale.as_ref()?), from(last))));
    let each: String = each.collect();
    if each.is_empty() {
        "1 = 1".to_owned()
    } else {
        format!("narrowed.at >= CASE narrowed.relation {each}ELSE narrowed.at END OR narrowed.at IS NULL")
    }
}

async fn ask(teller: &mut Teller<'_>, query: &Query, profile: &Profile) -> Result<Vec<Change>, String> {
    let expected = Changes::expected();
    let (mut found, mut wrong) = (Vec::new(), None);
    let mut take = |cells: &[Cell<'_>]| match change(&Row { columns: &expected, cells, zone: profile.zone() }, profile) {
        Ok(change) => found.push(change),
        Err(why) => wrong = Some(why),
    };
    teller.rows(query, &expected, &mut take).await?;
    wrong.map_or(Ok(found), Err)
}

fn change(row: &Row<'_>, profile: &Profile) -> Result<Change, String> {
    let name = row.key(0).map_err(|bad| bad.why)?;
    let known = named(&name).filter(|relation| profile.reads(relation));
    let Some(relation) = known else { return Err(format!("there is no relation `{name}`")) };
    let at = match row.value(1, Kind::Int).map_err(|bad| bad.why)? {
        Value::Int(at) => at,
        _ => return Err("`at` is NULL".to_owned()),
    };
    Ok(Change { relation, at, key: row.key_or_null(2).map_err(|bad| bad.why)? })
}
