//! What a reading found, for a person who checks a profile: numbers and names of relations, no contents.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::{Crm, Doubt, Relation};
use adressbote_rules::key::{Principal, RecordKey, Source};
use serde::Serialize;

use super::inspect::Listed;
use super::inspect::pointing::{self, There};
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
    /// The first of them, by key.
    pub users_without_mail_first: Vec<String>,
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
    /// Active internal users who have one mail address together.
    pub shared_mails: Listed,
    /// Rows that name users or groups which there are not, by relation and column: `holds.user`.
    pub pointing_nowhere: BTreeMap<String, Listed>,
    /// Rows about records that are not in the view, by relation and column.
    pub outside_view: BTreeMap<String, Listed>,
    /// Implications without effect, as `role:a -> role:b`.
    pub idle_implies: Listed,
    /// Sources of fields that no field right names; none where the profile reads no field rights.
    pub unnamed_sources: Listed,
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
        let (crm, doubts) = (&self.crm, self.crm.doubts());
        let there = There::of(crm, profile.reads(&Relation::Groups));
        let unheld = pointing::unheld(crm, &there);
        let mailless: Listed =
            crm.users.rows().iter().filter(|user| user.is_active && user.is_internal && user.mail.is_none()).map(|user| user.key.as_str()).collect();
        let active = || crm.users.rows().iter().filter(|user| user.is_active && user.is_internal);
        let mut doubtful = BTreeMap::new();
        for doubt in &crm.doubtful_records {
            *doubtful.entry(stem(&doubt.relation)).or_insert(0) += 1;
        }
        let records: BTreeSet<&RecordKey> = crm.doubtful_records.iter().map(|doubt| &doubt.record).collect();
        let broken: BTreeSet<&Principal> = crm.filters.rows().iter().filter(|row| row.filter.is_err()).map(|row| &row.holder).collect();
        Report {
            profile: profile.name().to_owned(),
            relations: profile.relations().map(|(relation, file)| self.relation_report(profile, (relation, file), doubts.get(relation))).collect(),
            record_rules: crm.rules.iter().filter(|rule| rule.shape.target == adressbote_rules::crm::Target::Record).count(),
            users: crm.users.rows().len() as u64,
            active_users: active().count() as u64,
            users_without_mail: mailless.count,
            users_without_mail_first: mailless.first,
            doubtful_records: doubtful,
            doubtful_first: records.into_iter().take(LISTED).map(ToString::to_string).collect(),
            doubtful_users: crm.doubtful_users.len() as u64,
            doubtful_users_first: crm.doubtful_users.iter().take(LISTED).map(|doubt| doubt.user.to_string()).collect(),
            part_rows_without_record: self.strays.clone(),
            unheld_principals: unheld.len() as u64,
            unheld_first: unheld.iter().take(LISTED).map(ToString::to_string).collect(),
            shared_mails: shared_mails(crm),
            pointing_nowhere: pointing::nowhere(crm, &there),
            outside_view: pointing::outside(crm),
            idle_implies: pointing::idle(crm),
            unnamed_sources: if profile.reads(&Relation::FieldRights) { unnamed_sources(crm) } else { Listed::default() },
            unknown_sources: unknown_sources(crm).into_iter().take(LISTED).collect(),
            broken_filters: broken.into_iter().map(ToString::to_string).collect(),
        }
    }

    fn relation_report(&self, profile: &Profile, (relation, file): (&Relation, &str), doubt: Option<&Doubt>) -> RelationReport {
        let columns =
            profile.expected(relation).into_iter().map(|column| if column.is_optional { format!("[{}]", column.name) } else { column.name });
        RelationReport {
            name: stem(relation),
            file: file.to_owned(),
            columns: columns.collect(),
            rows: self.counted.get(relation).copied(),
            asked_as_users: self.asked.get(relation).copied(),
            doubt: doubt.map(ToString::to_string),
        }
    }
}

/// Active internal users who have one mail address together, as `anna = ben`: two users on one mailbox are neither served.
fn shared_mails(crm: &Crm) -> Listed {
    let mut by_mail: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for user in crm.users.rows().iter().filter(|user| user.is_active && user.is_internal) {
        if let Some(mail) = &user.mail {
            by_mail.entry(mail.trim().to_lowercase()).or_default().insert(user.key.as_str());
        }
    }
    by_mail.values().filter(|users| users.len() > 1).map(|users| users.iter().copied().collect::<Vec<_>>().join(" = ")).collect()
}

/// Sources of the view's columns that no field right names.
fn unnamed_sources(crm: &Crm) -> Listed {
    let named: BTreeSet<&Source> = crm.field_rights.rows().iter().map(|row| &row.source).collect();
    let sources: BTreeSet<&Source> = crm.view.fields().iter().flat_map(|field| &field.sources).collect();
    sources.into_iter().filter(|source| !named.contains(source)).map(Source::as_str).collect()
}

/// Sources that field rights name and that neither a column of the view, nor a part as counted, nor a user's own column has.
fn unknown_sources(crm: &Crm) -> BTreeSet<String> {
    let columns = crm.view.parts().iter().flat_map(|part| &part.columns).flat_map(|column| column.sources.iter().map(Source::as_str));
    let counted = crm.view.fields().iter().flat_map(|field| field.sources.iter().map(Source::as_str));
    let users: Vec<String> = crm.user_columns.keys().map(|name| format!("user.{name}")).collect();
    let known: BTreeSet<&str> = columns.chain(counted).chain(users.iter().map(String::as_str)).collect();
    crm.field_rights.rows().iter().map(|row| row.source.as_str()).filter(|source| !known.contains(source)).map(str::to_owned).collect()
}
