//! Relations that are asked for as each user: what the database gives him is his.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adressbote_rules::crm::{Doubt, FieldRightRow, Reading, Relation, RightRow, UserDoubt, UserRow};
use adressbote_rules::key::{Principal, RecordKey, Source, UserKey};

use super::Reader;
use crate::crm::asker::Asker;
use crate::crm::row::{Bad, Row};
use crate::crm::session::Ask;
use crate::crm::value::Cell;
use crate::profile::AsUser;

/// How many times the limit of one statement may be spent on users whom the database gives no answer.
const LOST_STATEMENTS: u32 = 3;

/// As whom the database is asked: every active user of whom nothing is in doubt and who is internal or has a folder of ours, which a guest may keep for a
/// while.
#[derive(Debug, Default)]
pub(super) struct Askers {
    able: Vec<Asker>,
    /// Those whom the database could not know, and why.
    unknown: BTreeMap<UserKey, String>,
    /// Those whom it gave no answer, and why, the first for each.
    unanswered: BTreeMap<UserKey, String>,
    /// How many it gave one.
    answered: BTreeMap<Relation, u64>,
}

impl Askers {
    pub(super) fn new(as_user: Option<&AsUser>, users: &Reading<UserRow>, doubtful: &[UserDoubt], served: &BTreeSet<UserKey>) -> Self {
        let Some(as_user) = as_user else { return Self::default() };
        let doubtful: HashSet<&UserKey> = doubtful.iter().map(|doubt| &doubt.user).collect();
        let mut askers = Self::default();
        for row in users.rows().iter().filter(|row| row.is_active && (row.is_internal || served.contains(&row.key))) {
            if doubtful.contains(&row.key) {
                continue;
            }
            match Asker::new(as_user, row) {
                Ok(asker) => askers.able.push(asker),
                Err(why) => {
                    askers.unknown.insert(row.key.clone(), why);
                }
            }
        }
        askers
    }

    /// For how many users each relation was asked. Those who got no answer are added to the users who are doubtful alone.
    pub(super) fn asked(self, doubtful: &mut Vec<UserDoubt>) -> BTreeMap<Relation, u64> {
        doubtful.extend(self.unanswered.into_iter().map(|(user, why)| UserDoubt { user, why }));
        self.answered
    }
}

/// Answers of all users to one statement.
struct Answers<T> {
    rows: Vec<T>,
    bad: Vec<Bad>,
    counted: u64,
    /// How many users got one.
    users: u64,
    /// Who got none, and why.
    unanswered: BTreeMap<UserKey, String>,
    /// Why asking ended before its time.
    ended: Option<String>,
}

impl Reader<'_> {
    /// Reads a relation as each user; the second are the rows that could not be read but tell what they hang on. Who gets no answer is doubtful alone; if
    /// nobody does, the relation is.
    pub(super) async fn rows_as_users<T: Shared>(
        &mut self,
        relation: &Relation,
        decode: impl Fn(&Row<'_>) -> Result<T, Bad> + Send + Sync,
    ) -> (Reading<T>, Vec<Bad>) {
        let Answers { rows, bad, counted, users, unanswered, ended } = self.answers(relation, decode).await;
        self.askers.answered.insert(relation.clone(), users);
        let nobody = unanswered.values().next().filter(|_| users == 0).map(|why| format!("as no user; {why}"));
        let reading = match ended.or(nobody) {
            Some(why) => Reading::Doubtful { rows, doubt: Doubt::Unread(why) },
            None => {
                let reading = self.judge(relation, rows, Some(counted), bad.len() as u64);
                for (user, why) in unanswered {
                    self.askers.unanswered.entry(user).or_insert_with(|| format!("as him, {relation} could not be read: {why}"));
                }
                reading
            }
        };
        let reading = self.doubted_by_profile(relation, reading).await;
        self.remember(relation, reading.doubt().is_none());
        (reading, bad)
    }

    async fn answers<T: Shared>(&mut self, relation: &Relation, decode: impl Fn(&Row<'_>) -> Result<T, Bad> + Send + Sync) -> Answers<T> {
        let mut all = Answers { rows: Vec::new(), bad: Vec::new(), counted: 0, users: 0, unanswered: self.askers.unknown.clone(), ended: None };
        let Some(query) = self.profile.query(self.session.database(), relation) else { return all };
        self.recall.whole(relation);
        let (columns, expected) = (self.profile.decoded(relation), self.profile.expected(relation));
        let place = columns.iter().position(|column| column.name == "principal").unwrap_or_default();
        let zone = self.profile.zone();
        let (mut keys, mut lost) = (Keys::default(), Duration::ZERO);
        for asker in &self.askers.able {
            let principal = Principal::of_user(&asker.user);
            let (rows_before, bad_before) = (all.rows.len(), all.bad.len());
            let mut loose = None;
            let mut take = |cells: &[Cell<'_>]| {
                let (before, after) = cells.split_at(place.min(cells.len()));
                let cells = [before, &[Cell::Text(principal.as_str().as_bytes())], after].concat();
                match decode(&Row { columns: &columns, cells: &cells, zone }) {
                    Ok(mut row) => {
                        row.share(&principal, &mut keys);
                        all.rows.push(row);
                    }
                    Err(bad) if bad.of.is_some() => all.bad.push(bad),
                    Err(bad) => loose = Some(bad.why),
                }
            };
            let begun = Instant::now();
            let most = self.patience.rows.saturating_sub(all.counted);
            let done = self.session.rows_as(asker, &Ask { query, expected: &expected, keys: None, most }, &mut take).await;
            let why = match (done, loose) {
                (Ok(count), _) if count > most => {
                    all.ended = Some(format!("it has more than {} rows", self.patience.rows));
                    break;
                }
                (Ok(count), None) => {
                    all.counted += count;
                    all.users += 1;
                    continue;
                }
                (Ok(_), Some(why)) | (Err(why), _) => why,
            };
            all.rows.truncate(rows_before);
            all.bad.truncate(bad_before);
            lost += begun.elapsed();
            if lost > self.patience.statement.saturating_mul(LOST_STATEMENTS) {
                all.ended = Some(format!("too much time was lost with users who got no answer; {why}"));
                break;
            }
            all.unanswered.insert(asker.user.clone(), why);
        }
        all
    }
}

/// Keys that the rows of many users have in common, each kept once.
#[derive(Default)]
pub(super) struct Keys {
    of: HashSet<Arc<str>>,
    records: HashSet<RecordKey>,
    sources: HashSet<Source>,
}

/// A row that others have too, but for the user.
pub(super) trait Shared: Send {
    /// Replaces its keys by those that are kept.
    fn share(&mut self, principal: &Principal, keys: &mut Keys);
}

impl Shared for RightRow {
    fn share(&mut self, principal: &Principal, keys: &mut Keys) {
        self.principal = principal.clone();
        keep(&mut keys.of, &mut self.of);
    }
}

impl Shared for FieldRightRow {
    fn share(&mut self, principal: &Principal, keys: &mut Keys) {
        self.principal = principal.clone();
        keep(&mut keys.sources, &mut self.source);
        self.record.iter_mut().for_each(|record| keep(&mut keys.records, record));
    }
}

fn keep<K: Clone + Eq + Hash>(kept: &mut HashSet<K>, key: &mut K) {
    match kept.get(key) {
        Some(one) => *key = one.clone(),
        None => {
            kept.insert(key.clone());
        }
    }
}
