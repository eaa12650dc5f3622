//! A CRM that is handed on row by row is the same CRM: each reading of the tests is done both ways and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use adressbote_rules::crm::{Crm, Doubt, Reading};
use adressbote_rules::index::{Scalar, Taken};
use adressbote_rules::time::Period;
use adressbote_rules::value::Value;
use adressbote_rules::view::PartId;
use adressbote_schema::crm::{Baseline, CrmError, CrmSource, Own, People, Read, Sink, Streamed, stem};
use adressbote_schema::profile::Profile;
use adressbote_servers::{Base, on_each_database};

use crate::fixture::{Case, doubtful};

on_each_database!(what_cannot_be_read_is_doubtful_both_ways, doubts_about_very_many_records_are_about_those_that_are_there,);

/// Keeps what was handed on, a line for each row.
#[derive(Debug, Default)]
struct Lines {
    rows: Vec<String>,
    records: BTreeSet<String>,
    /// Part, record and key of each part row of a record that is there.
    parts: BTreeSet<(PartId, String, String)>,
    doubtful: BTreeSet<String>,
}

impl Sink for Lines {
    fn record(&mut self, key: &str, values: &[Scalar<'_>]) -> Taken {
        self.rows.push(line("record", key, &owned(values)));
        if self.records.insert(key.to_owned()) { Taken::New } else { Taken::Double }
    }

    fn part(&mut self, part: PartId, record: &str, key: &str, values: &[Scalar<'_>]) -> Taken {
        self.rows.push(line("part", part, &(record, key, owned(values))));
        match self.records.contains(record) {
            false => Taken::Stray,
            true if self.parts.insert((part, record.to_owned(), key.to_owned())) => Taken::New,
            true => Taken::Double,
        }
    }

    fn right(&mut self, rule: usize, of: &str, principal: &str, during: Period) {
        self.rows.push(line("right", rule, &(of, principal, during)));
    }

    fn bar(&mut self, record: &str, principal: &str, during: Period) {
        self.rows.push(line("bar", record, &(principal, during)));
    }

    fn subscription(&mut self, record: &str, principal: &str, book: Option<&str>, during: Period) {
        self.rows.push(line("subscription", record, &(principal, book, during)));
    }

    fn doubtful(&mut self, record: &str) {
        self.doubtful.insert(record.to_owned());
    }

    fn has(&self, record: &str) -> bool {
        self.records.contains(record)
    }

    fn rows(&self, part: PartId) -> Box<dyn Iterator<Item = (&str, &str)> + '_> {
        Box::new(self.parts.iter().filter(move |(of, ..)| *of == part).map(|(_, record, key)| (record.as_str(), key.as_str())))
    }
}

fn line(what: &str, of: impl Debug, rest: &impl Debug) -> String {
    format!("{what} {of:?} {rest:?}")
}

fn owned(values: &[Scalar<'_>]) -> Vec<Value> {
    values.iter().map(|value| value.to_value()).collect()
}

/// The lines of a CRM that was collected.
fn lines(crm: &Crm) -> Vec<String> {
    let mut rows: Vec<String> = crm.records.rows().iter().map(|row| line("record", row.key.as_str(), &row.values)).collect();
    for ((id, _), part) in crm.view.numbered_parts().skip(1).zip(&crm.parts) {
        rows.extend(part.rows().iter().map(|row| line("part", id, &(row.record.as_str(), row.key.as_str(), &row.values))));
    }
    for (number, rule) in crm.rules.iter().enumerate() {
        rows.extend(rule.rows.rows().iter().map(|row| line("right", number, &(&*row.of, row.principal.as_str(), row.during))));
    }
    rows.extend(crm.bars.rows().iter().map(|row| line("bar", row.record.as_str(), &(row.principal.as_str(), row.during))));
    let subscription = |row: &adressbote_rules::crm::SubscriptionRow| {
        line("subscription", row.record.as_str(), &(row.principal.as_str(), row.book.as_deref(), row.during))
    };
    rows.extend(crm.subscriptions.rows().iter().map(subscription));
    rows
}

/// Everything that is small.
fn small(crm: &Crm) -> Vec<Vec<String>> {
    fn all<T: Debug>(reading: &Reading<T>) -> Vec<String> {
        // What is kept in memory from reading to reading has no order.
        [vec![format!("{:?}", reading.doubt())], sorted(reading.rows().iter().map(|row| format!("{row:?}")).collect())].concat()
    }
    let mut small = vec![all(&crm.erased), all(&crm.users), all(&crm.groups), all(&crm.holds), all(&crm.implies), all(&crm.deputies)];
    small.extend(crm.rules.iter().map(|rule| [vec![format!("{:?}", rule.shape)], all(&rule.exempt)].concat()));
    small.extend([all(&crm.field_rights), all(&crm.field_rights_exempt), all(&crm.seats), all(&crm.filters)]);
    small.push(vec![format!("{:?}", crm.doubtful_users)]);
    small
}

/// That two readings of the same found the same.
fn assert_same(streamed: &Streamed, whole: &Read, profile: &Profile) {
    let (people, crm) = (&streamed.people, &whole.crm);
    assert!(lines(people).is_empty(), "nothing is kept");
    let handed = [Some(people.records.doubt()), Some(people.bars.doubt()), Some(people.subscriptions.doubt())].into_iter().flatten();
    let handed = handed.chain(people.parts.iter().map(Reading::doubt)).chain(people.rules.iter().map(|rule| rule.rows.doubt()));
    assert!(handed.into_iter().all(|doubt| matches!(doubt, Some(Doubt::Unread(_)))), "what was handed on does not look empty");
    assert_eq!(small(people), small(crm));
    assert_eq!(people.doubtful_records, crm.doubtful_records);
    assert_eq!(streamed.doubts, crm.doubts());
    assert_eq!(streamed.baseline, whole.baseline);
    let report = whole.report(profile);
    assert_eq!(streamed.strays, report.part_rows_without_record);
    let counted: BTreeMap<String, u64> = report.relations.iter().filter_map(|relation| Some((relation.name.clone(), relation.rows?))).collect();
    assert_eq!(streamed.counted.iter().map(|(relation, rows)| (stem(relation), *rows)).collect::<BTreeMap<_, _>>(), counted);
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// Who was taken out here, as far as these tests go.
fn is_odd(record: &str) -> bool {
    record.ends_with(['1', '3', '5', '7', '9'])
}

/// Reads a CRM as [`adressbote_schema::crm::read`] does, a second time row by row, and compares.
pub async fn read(profile: &Profile, source: &CrmSource, own: &Own, before: Option<&Baseline>) -> Result<Read, CrmError> {
    let whole = adressbote_schema::crm::read(profile, source, own, before).await;
    let streamed = match People::read(profile, source, own, before).await {
        Ok(people) => people.hand_on(Lines::default(), is_odd).await,
        Err(error) => Err(error),
    };
    let (whole, (streamed, handed)) = match (whole, streamed) {
        (Ok(whole), Ok(streamed)) => (whole, streamed),
        (Err(whole), streamed) => {
            assert_eq!(streamed.map(|_| ()).expect_err("it fails both ways").to_string(), whole.to_string());
            return Err(whole);
        }
        (Ok(_), Err(error)) => panic!("row by row: {error}"),
    };
    assert_eq!(sorted(handed.rows), sorted(lines(&whole.crm)));
    assert_same(&streamed, &whole, profile);
    let doubtful: BTreeSet<String> = whole.crm.doubtful_records.iter().map(|doubt| doubt.record.to_string()).collect();
    let known = handed.records.iter().chain(&doubtful);
    let erased: BTreeSet<String> = known.filter(|record| is_odd(record)).cloned().collect();
    assert_eq!(streamed.people.erased_here.iter().map(ToString::to_string).collect::<BTreeSet<_>>(), erased);
    assert_eq!(handed.doubtful, doubtful);
    Ok(whole)
}

async fn what_cannot_be_read_is_doubtful_both_ways(kind: Base) {
    let mut case = Case::on(kind).await;
    case.replace("profile.toml", "part = \"phone\"", "part = \"company\"");
    case.replace("rule_private.sql", "phone AS part, principal", "7 AS part, NULL AS principal");
    case.sql("INSERT INTO person (id, last_name) VALUES (101, 'Zorn der Zweite'); INSERT INTO bar VALUES (104, NULL), (998, NULL)").await;
    case.sql("INSERT INTO abo VALUES (102, 'user:1', NULL)").await;
    let found = case.read().await;
    assert_eq!(
        doubtful(&found),
        [
            "100 in rule `private`: `principal` is NULL",
            "101 in view: a key is double",
            "102 in rule `private`: `principal` is NULL",
            "102 in subscriptions: `by` is NULL",
            "104 in bars: `principal` is NULL",
        ],
        "998 is not there"
    );
}

async fn doubts_about_very_many_records_are_about_those_that_are_there(kind: Base) {
    let mut case = Case::on(kind).await;
    case.replace(
        "bars.sql",
        "SELECT person AS record, principal FROM bar",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) SELECT i AS record, NULL AS principal FROM n",
    );
    let found = case.read().await;
    assert_eq!(doubtful(&found).len(), 5, "all that there are, and 1,095 that there are not");
}
