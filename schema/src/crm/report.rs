//! What a reading found, for a person who checks a profile: numbers and names of relations, no contents.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::{Crm, Relation};
use adressbote_rules::key::{Principal, RecordKey, Source};
use serde::Serialize;

use super::read::Read;
use super::relation::stem;
use crate::profile::Profile;

/// How many names are listed before only their number is told.
const LISTED: usize = 20;

/// A reading in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The profile's name.
    pub profile: String,
    /// The relations that the profile reads.
    pub relations: Vec<RelationReport>,
    /// Right rules on records; without any, every user may see every record.
    pub record_rules: usize,
    /// Users, active and internal ones among them.
    pub users: u64,
    /// Active internal users.
    pub active_users: u64,
    /// Active internal users without a mail address, for whom no mailbox can be found.
    pub users_without_mail: u64,
    /// Records that are doubtful alone, by relation.
    pub doubtful_records: BTreeMap<String, u64>,
    /// The first of them, by key.
    pub doubtful_first: Vec<String>,
    /// Users who are doubtful alone.
    pub doubtful_users: u64,
    /// The first of them, by key.
    pub doubtful_users_first: Vec<String>,
    /// Rows of parts whose record is not in the view, by part.
    pub part_rows_without_record: BTreeMap<String, u64>,
    /// How many principals appear in rights, bars, subscriptions or filters, but are held by nobody.
    pub unheld_principals: u64,
    /// The first of them.
    pub unheld_first: Vec<String>,
    /// Sources that field rights speak of and no column has; the first of them.
    pub unknown_sources: Vec<String>,
    /// Those whose filter cannot be understood.
    pub broken_filters: Vec<String>,
}

/// One relation in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelationReport {
    /// Its name.
    pub name: String,
    /// The file it comes from.
    pub file: String,
    /// Its columns; those it may lack stand in brackets.
    pub columns: Vec<String>,
    /// Its rows as the database counts them; none if it could not.
    pub rows: Option<u64>,
    /// For how many users it was asked, if it is asked for as each user; `rows` is then their sum.
    pub asked_as_users: Option<u64>,
    /// Why it is doubtful; none if it is proven.
    pub doubt: Option<String>,
}

impl Read {
    /// The reading in numbers.
    pub fn report(&self, profile: &Profile) -> Report {
        let crm = &self.crm;
        let unheld = unheld(crm);
        let active = || crm.users.rows().iter().filter(|user| user.is_active && user.is_internal);
        let mut doubtful = BTreeMap::new();
        for doubt in &crm.doubtful_records {
            *doubtful.entry(stem(&doubt.relation)).or_insert(0) += 1;
        }
        let records: BTreeSet<&RecordKey> = crm.doubtful_records.iter().map(|doubt| &doubt.record).collect();
        let broken: BTreeSet<&Principal> = crm.filters.rows().iter().filter(|row| row.filter.is_err()).map(|row| &row.holder).collect();
        Report {
            profile: profile.name().to_owned(),
            relations: profile.relations().map(|(relation, file)| self.relation_report(profile, relation, file)).collect(),
            record_rules: crm.rules.iter().filter(|rule| rule.shape.target == adressbote_rules::crm::Target::Record).count(),
            users: crm.users.rows().len() as u64,
            active_users: active().count() as u64,
            users_without_mail: active().filter(|user| user.mail.is_none()).count() as u64,
            doubtful_records: doubtful,
            doubtful_first: records.into_iter().take(LISTED).map(ToString::to_string).collect(),
            doubtful_users: crm.doubtful_users.len() as u64,
            doubtful_users_first: crm.doubtful_users.iter().take(LISTED).map(|doubt| doubt.user.to_string()).collect(),
            part_rows_without_record: self.strays.clone(),
            unheld_principals: unheld.len() as u64,
            unheld_first: unheld.iter().take(LISTED).map(ToString::to_string).collect(),
            unknown_sources: unknown_sources(crm).into_iter().take(LISTED).collect(),
            broken_filters: broken.into_iter().map(ToString::to_string).collect(),
        }
    }

    fn relation_report(&self, profile: &Profile, relation: &Relation, file: &str) -> RelationReport {
        let columns =
            profile.expected(relation).into_iter().map(|column| if column.is_optional { format!("[{}]", column.name) } else { column.name });
        RelationReport {
            name: stem(relation),
            file: file.to_owned(),
            columns: columns.collect(),
            rows: self.counted.get(relation).copied(),
            asked_as_users: self.asked.get(relation).copied(),
            doubt: doubt(&self.crm, relation),
        }
    }
}

/// Why a relation is doubtful.
fn doubt(crm: &Crm, relation: &Relation) -> Option<String> {
    let rule = |name: &str| crm.rules.iter().find(|rule| rule.shape.name == name);
    let doubt = match relation {
        Relation::Users => crm.users.doubt(),
        Relation::Groups => crm.groups.doubt(),
        Relation::Holds => crm.holds.doubt(),
        Relation::Implies => crm.implies.doubt(),
        Relation::Deputies => crm.deputies.doubt(),
        Relation::View => crm.records.doubt(),
        Relation::Part(name) => {
            crm.view.parts().iter().skip(1).zip(&crm.parts).find(|(part, _)| part.name == *name).and_then(|(_, rows)| rows.doubt())
        }
        Relation::Rule(name) => rule(name).and_then(|rule| rule.rows.doubt()),
        Relation::RuleExempt(name) => rule(name).and_then(|rule| rule.exempt.doubt()),
        Relation::Bars => crm.bars.doubt(),
        Relation::FieldRights => crm.field_rights.doubt(),
        Relation::FieldRightsExempt => crm.field_rights_exempt.doubt(),
        Relation::Seats => crm.seats.doubt(),
        Relation::Subscriptions => crm.subscriptions.doubt(),
        Relation::Filters => crm.filters.doubt(),
        Relation::Erased => crm.erased.doubt(),
    };
    doubt.map(ToString::to_string)
}

/// The principals that are named somewhere and that no user holds, whatever the time.
fn unheld(crm: &Crm) -> BTreeSet<Principal> {
    let mut named: BTreeSet<&Principal> = BTreeSet::new();
    for rule in &crm.rules {
        named.extend(rule.rows.rows().iter().map(|row| &row.principal));
        named.extend(rule.exempt.rows().iter().map(|row| &row.principal));
    }
    named.extend(crm.bars.rows().iter().map(|row| &row.principal));
    named.extend(crm.field_rights.rows().iter().map(|row| &row.principal));
    named.extend(crm.field_rights_exempt.rows().iter().map(|row| &row.principal));
    named.extend(crm.subscriptions.rows().iter().map(|row| &row.principal));
    named.extend(crm.filters.rows().iter().map(|row| &row.holder));
    let held = held(crm);
    named.into_iter().filter(|principal| !held.contains(*principal)).cloned().collect()
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

/// Sources that field rights name and that neither a column of the view, nor a part as counted, nor a user's own column has.
fn unknown_sources(crm: &Crm) -> BTreeSet<String> {
    let columns = crm.view.parts().iter().flat_map(|part| &part.columns).flat_map(|column| column.sources.iter().map(Source::as_str));
    let counted = crm.view.fields().iter().flat_map(|field| field.sources.iter().map(Source::as_str));
    let users: Vec<String> = crm.user_columns.keys().map(|name| format!("user.{name}")).collect();
    let known: BTreeSet<&str> = columns.chain(counted).chain(users.iter().map(String::as_str)).collect();
    crm.field_rights.rows().iter().map(|row| row.source.as_str()).filter(|source| !known.contains(source)).map(str::to_owned).collect()
}
