//! What points nowhere: rows that name users, groups or records which there are not, principals that nobody holds, implications without effect.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use adressbote_rules::crm::{Crm, Relation, Target};
use adressbote_rules::key::{GroupKey, Principal, RecordKey, UserKey};

use super::super::relation::stem;
use super::{Listed, Lister};

/// What points nowhere, by relation and column: `holds.user`.
type Pointing = BTreeMap<String, Listed>;

/// The users and groups that there are. A user whose row could not be read is one all the same.
pub(in crate::crm) struct There<'c> {
    users: HashSet<&'c UserKey>,
    /// None: the profile does not read groups.
    groups: Option<HashSet<&'c GroupKey>>,
}

impl<'c> There<'c> {
    pub(in crate::crm) fn of(crm: &'c Crm, reads_groups: bool) -> Self {
        let users = crm.users.rows().iter().map(|user| &user.key).chain(crm.doubtful_users.iter().map(|doubt| &doubt.user));
        Self { users: users.collect(), groups: reads_groups.then(|| crm.groups.rows().iter().map(|group| &group.key).collect()) }
    }

    fn lacks_user(&self, user: &UserKey) -> bool {
        !self.users.contains(user)
    }

    /// Whether a principal is one of a user or group that there is not.
    fn lacks(&self, principal: &Principal) -> bool {
        let has_group = |group: GroupKey| self.groups.as_ref().is_none_or(|groups| groups.contains(&group));
        principal.user().is_some_and(|user| self.lacks_user(&user)) || principal.group().is_some_and(|group| !has_group(group))
    }
}

/// The principals that a relation names, with the name of the column.
type Named<'c> = (String, &'static str, Vec<&'c Principal>);

/// Every principal that rights, bars, subscriptions and filters name.
fn named(crm: &Crm) -> Vec<Named<'_>> {
    let mut named: Vec<Named<'_>> = Vec::new();
    for rule in &crm.rules {
        let name = &rule.shape.name;
        named.push((stem(&Relation::Rule(name.clone())), "principal", rule.rows.rows().iter().map(|row| &row.principal).collect()));
        named.push((stem(&Relation::RuleExempt(name.clone())), "principal", rule.exempt.rows().iter().map(|row| &row.principal).collect()));
    }
    let others = [
        (Relation::Bars, "principal", crm.bars.rows().iter().map(|row| &row.principal).collect()),
        (Relation::FieldRights, "principal", crm.field_rights.rows().iter().map(|row| &row.principal).collect()),
        (Relation::FieldRightsExempt, "principal", crm.field_rights_exempt.rows().iter().map(|row| &row.principal).collect()),
        (Relation::Subscriptions, "principal", crm.subscriptions.rows().iter().map(|row| &row.principal).collect()),
        (Relation::Filters, "holder", crm.filters.rows().iter().map(|row| &row.holder).collect()),
    ];
    named.extend(others.into_iter().map(|(relation, column, principals)| (stem(&relation), column, principals)));
    named
}

/// Rows that name a user or group that there is not.
pub(in crate::crm) fn nowhere(crm: &Crm, there: &There<'_>) -> Pointing {
    let mut found = Pointing::new();
    let mut note = |relation: &str, column: &str, lost: Listed| {
        if !lost.is_empty() {
            found.insert(format!("{relation}.{column}"), lost);
        }
    };
    let users = |users: &mut dyn Iterator<Item = &UserKey>| users.filter(|user| there.lacks_user(user)).map(UserKey::as_str).collect();
    let principals = |principals: &mut dyn Iterator<Item = &Principal>| principals.filter(|one| there.lacks(one)).map(Principal::as_str).collect();
    note("holds", "user", users(&mut crm.holds.rows().iter().map(|row| &row.user)));
    note("holds", "principal", principals(&mut crm.holds.rows().iter().map(|row| &row.principal)));
    note("implies", "principal", principals(&mut crm.implies.rows().iter().map(|row| &row.principal)));
    note("implies", "implied", principals(&mut crm.implies.rows().iter().map(|row| &row.implied)));
    note("deputies", "user", users(&mut crm.deputies.rows().iter().map(|row| &row.user)));
    note("deputies", "stands_for", users(&mut crm.deputies.rows().iter().map(|row| &row.stands_for)));
    note("seats", "user", users(&mut crm.seats.rows().iter().map(|row| &row.user)));
    for (relation, column, named) in named(crm) {
        note(&relation, column, principals(&mut named.into_iter()));
    }
    found
}

/// Rows about records that are not in the view.
pub(in crate::crm) fn outside(crm: &Crm) -> Pointing {
    let doubtful = crm.doubtful_records.iter().map(|doubt| doubt.record.as_str());
    let records: HashSet<&str> = crm.records.rows().iter().map(|record| record.key.as_str()).chain(doubtful).collect();
    let mut found = Pointing::new();
    let mut note = |relation: &Relation, keys: &mut dyn Iterator<Item = &str>| {
        let lost: Listed = keys.filter(|key| !records.contains(key)).collect();
        if !lost.is_empty() {
            found.insert(format!("{}.record", stem(relation)), lost);
        }
    };
    for rule in crm.rules.iter().filter(|rule| !matches!(rule.shape.target, Target::Part(_))) {
        note(&Relation::Rule(rule.shape.name.clone()), &mut rule.rows.rows().iter().map(|row| row.of.as_ref()));
    }
    note(&Relation::Bars, &mut crm.bars.rows().iter().map(|row| row.record.as_str()));
    note(&Relation::FieldRights, &mut crm.field_rights.rows().iter().filter_map(|row| row.record.as_ref().map(RecordKey::as_str)));
    note(&Relation::Subscriptions, &mut crm.subscriptions.rows().iter().map(|row| row.record.as_str()));
    found
}

/// The principals that are named somewhere and that no user holds, whatever the time; without those of users and groups that there are not.
pub(in crate::crm) fn unheld(crm: &Crm, there: &There<'_>) -> BTreeSet<Principal> {
    let held = held(crm);
    let named = named(crm).into_iter().flat_map(|(_, _, principals)| principals);
    named.filter(|principal| !held.contains(*principal) && !there.lacks(principal)).cloned().collect()
}

/// Implications without effect: nobody holds the first principal, or nothing names the second.
pub(in crate::crm) fn idle(crm: &Crm) -> Listed {
    let held = held(crm);
    let speaking = named(crm).into_iter().flat_map(|(_, _, principals)| principals);
    let speaking: HashSet<&Principal> = speaking.chain(crm.implies.rows().iter().map(|row| &row.principal)).collect();
    let mut idle = Lister::default();
    for row in crm.implies.rows().iter().filter(|row| !held.contains(&row.principal) || !speaking.contains(&row.implied)) {
        idle.add(&format!("{} -> {}", row.principal, row.implied));
    }
    idle.listed()
}

fn held(crm: &Crm) -> BTreeSet<Principal> {
    let mut held: BTreeSet<Principal> = crm.users.rows().iter().map(|user| Principal::of_user(&user.key)).collect();
    held.insert(Principal::everyone());
    held.extend(crm.holds.rows().iter().map(|row| row.principal.clone()));
    let mut implied: BTreeMap<&Principal, Vec<&Principal>> = BTreeMap::new();
    for row in crm.implies.rows() {
        implied.entry(&row.principal).or_default().push(&row.implied);
    }
    let mut open: Vec<Principal> = held.iter().cloned().collect();
    while let Some(principal) = open.pop() {
        for next in implied.get(&principal).into_iter().flatten() {
            if held.insert((*next).clone()) {
                open.push((*next).clone());
            }
        }
    }
    held
}
