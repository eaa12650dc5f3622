//! What is in doubt where a row cannot be read or a key is double: a record, a user, or a relation.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use adressbote_rules::crm::{Doubt, Reading, RecordDoubt, Relation, UserDoubt, UserRow};
use adressbote_rules::key::{RecordKey, UserKey};

use super::Reader;
use crate::crm::row::Bad;

impl Reader<'_> {
    /// Makes the records doubtful that rows hang on which could not be read.
    pub(super) fn doubt_records(&mut self, relation: &Relation, bad: Vec<Bad>) {
        for Bad { of, why } in bad {
            self.doubtful.extend(of.map(|of| ((RecordKey::new(&of), relation.clone()), why)));
        }
    }

    /// Makes every record doubtful that has a part row with such a key, of the rows given with their records.
    pub(super) fn doubt_holders<'h>(&mut self, relation: &Relation, bad: Vec<Bad>, rows: impl Iterator<Item = (&'h str, &'h str)>) {
        let bad: HashMap<Arc<str>, String> = bad.into_iter().filter_map(|bad| Some((bad.of?, bad.why))).collect();
        if bad.is_empty() {
            return;
        }
        let doubtful = rows.filter_map(|(record, key)| Some(((RecordKey::new(record), relation.clone()), bad.get(key)?.clone())));
        self.doubtful.extend(doubtful);
    }

    /// Makes the records doubtful in which a key is double.
    pub(super) fn doubt_doubles(&mut self, relation: &Relation, doubles: Vec<RecordKey>) {
        self.doubtful.extend(doubles.into_iter().map(|record| ((record, relation.clone()), "a key is double".to_owned())));
    }
}

/// The records of rows whose key comes a second time.
pub(super) fn doubles<'r, T, K: Eq + Hash>(rows: &'r [T], key: impl Fn(&'r T) -> K, record: impl Fn(&'r T) -> &'r RecordKey) -> Vec<RecordKey> {
    let mut seen = HashSet::with_capacity(rows.len());
    rows.iter().filter(|row| !seen.insert(key(row))).map(|row| record(row).clone()).collect()
}

/// The users of whom a row could not be read, or whose key is double: nobody could tell which row counts. What is said elsewhere (`bad_others`) of one who
/// has certainly left does not keep his folder.
pub(super) fn doubtful_users(users: &Reading<UserRow>, bad_users: Vec<Bad>, bad_others: Vec<Bad>) -> Vec<UserDoubt> {
    let mut rows: HashMap<&UserKey, Vec<&UserRow>> = HashMap::new();
    users.rows().iter().for_each(|user| rows.entry(&user.key).or_default().push(user));
    let has_left = |user: &UserKey| match rows.get(user).map(Vec::as_slice) {
        None => true,
        Some([user]) => !user.is_active,
        Some(_) => false,
    };
    let doubts = |bad: Vec<Bad>| bad.into_iter().filter_map(|bad| Some((UserKey::new(bad.of?), bad.why)));
    let others = doubts(bad_others).filter(|(user, _)| users.doubt().is_some() || !has_left(user));
    let doubles = rows.iter().filter(|(_, rows)| rows.len() > 1).map(|(user, _)| ((*user).clone(), "his key is double".to_owned()));
    let doubts: BTreeMap<UserKey, String> = others.chain(doubts(bad_users)).chain(doubles).collect();
    doubts.into_iter().map(|(user, why)| UserDoubt { user, why }).collect()
}

/// Makes the relation doubtful if a key is double: nobody could tell which row counts.
pub(super) fn unique<T, K: Eq + Hash>(reading: Reading<T>, what: &str, key: impl Fn(&T) -> &K) -> Reading<T> {
    let distinct = reading.rows().iter().map(key).collect::<HashSet<_>>().len();
    let doubles = reading.rows().len() - distinct;
    if doubles == 0 { reading } else { reading.doubted(Doubt::BadRows { count: doubles as u64, first: format!("the key of {what} is double") }) }
}

/// The doubts about records that are there: a bad row of a record that is certainly gone must not keep its copies.
pub(super) fn known(doubtful: BTreeMap<(RecordKey, Relation), String>, is_there: impl Fn(&RecordKey) -> bool) -> Vec<RecordDoubt> {
    let is_known = |record: &RecordKey, relation: &Relation| *relation == Relation::View || is_there(record);
    let doubts = doubtful.into_iter().filter(|((record, relation), _)| is_known(record, relation));
    doubts.map(|((record, relation), why)| RecordDoubt { record, relation, why }).collect()
}
