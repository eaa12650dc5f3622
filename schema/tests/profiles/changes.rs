//! Reading only what changed gives what reading everything gives, and what was not told comes to light.

use std::collections::BTreeMap;

use adressbote_rules::crm::{Crm, Reading};
use adressbote_schema::crm::{CrmError, Memory, Own, Read, read_changed};
use adressbote_servers::{Base, on_each_database};
use chrono::{DateTime, TimeDelta, Utc};

use crate::as_user_crm;
use crate::fixture::{Case, Files};

on_each_database!(
    what_changed_is_read_and_nothing_else,
    what_was_not_told_is_found_and_no_longer_trusted,
    deletions_are_noticed_by_counting,
    a_row_that_changes_twice_at_one_time_is_read_twice,
    without_the_thread_everything_is_read,
    each_relation_may_have_numbers_of_its_own,
    times_that_lie_ahead_hide_nothing,
    a_lost_thread_does_not_put_the_proof_off,
    a_key_that_is_written_otherwise_is_not_taken_for_a_deletion,
);

const SETTINGS: &str =
    "[changes]\nat = \"number\"\noverlap = 3\nfull_read_h = 24\ntold = [\"view\", \"part_phone\", \"rule_territory\", \"holds\"]\n[limits]\n";

/// The small CRM with a log of changes.
pub async fn logged(kind: Base) -> Case {
    let mut case = Case::on(kind).await;
    case.replace("profile.toml", "[limits]\n", SETTINGS);
    case.files.insert("changes.sql".to_owned(), "SELECT what AS relation, at, who AS \"key\" FROM log".to_owned());
    if kind == Base::Mariadb {
        case.replace("changes.sql", "\"key\"", "`key`");
    }
    let number = if kind == Base::Mariadb { "BIGINT UNSIGNED" } else { "BIGINT" };
    case.sql(&format!("CREATE TABLE log (at {number}, what VARCHAR(80), who VARCHAR(20)); INSERT INTO log VALUES (1, 'holds', NULL)")).await;
    case
}

/// A worker's readings, one after the other.
struct Worker<'c> {
    case: &'c Case,
    memory: Memory,
    now: DateTime<Utc>,
}

impl<'c> Worker<'c> {
    fn new(case: &'c Case) -> Self {
        Self { case, memory: Memory::default(), now: DateTime::UNIX_EPOCH }
    }

    async fn read(&mut self) -> Read {
        self.try_read().await.unwrap()
    }

    async fn try_read(&mut self) -> Result<Read, CrmError> {
        let (profile, source) = (self.case.profile(), self.case.source().await);
        read_changed(&profile, &source, &Own::default(), None, (&mut self.memory, self.now)).await
    }

    /// Reads what changed, which must be what reading everything gives.
    async fn agree(&mut self, script: &str) -> Read {
        self.case.sql(script).await;
        let read = self.read().await;
        assert_eq!(rows(&read.crm), rows(&self.case.read().await.crm), "after {script}");
        read
    }
}

/// All rows, whatever their order, and all doubts.
pub fn rows(crm: &Crm) -> BTreeMap<&'static str, Vec<String>> {
    fn sorted<T: std::fmt::Debug>(reading: &Reading<T>) -> Vec<String> {
        let mut rows: Vec<String> = reading.rows().iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        rows.push(format!("{:?}", reading.doubt()));
        rows
    }
    BTreeMap::from([
        ("users", sorted(&crm.users)),
        ("holds", sorted(&crm.holds)),
        ("records", sorted(&crm.records)),
        ("parts", crm.parts.iter().flat_map(sorted).collect()),
        ("rules", crm.rules.iter().flat_map(|rule| [sorted(&rule.rows), sorted(&rule.exempt)].concat()).collect()),
        ("bars", sorted(&crm.bars)),
        ("doubts", crm.doubtful_records.iter().map(|doubt| format!("{doubt:?}")).collect()),
    ])
}

fn whole(read: &Read) -> Vec<&str> {
    let told = ["view", "part_phone", "rule_territory", "holds"];
    assert_eq!(read.way.trouble, None);
    read.way.whole.iter().map(String::as_str).filter(|name| told.contains(name)).collect()
}

async fn what_changed_is_read_and_nothing_else(kind: Base) {
    let case = logged(kind).await;
    let mut worker = Worker::new(&case);
    assert_eq!(whole(&worker.read().await), ["holds", "part_phone", "rule_territory", "view"]);
    let quiet = worker.read().await;
    assert_eq!(whole(&quiet), Vec::<&str>::new());
    assert!(quiet.way.whole.contains("users"), "nobody tells of users: {:?}", quiet.way);
    let steps = [
        ("UPDATE person SET last_name = 'Österreicher' WHERE id = 100; INSERT INTO log VALUES (2, 'view', 100)", vec![]),
        ("INSERT INTO phone VALUES (9, 101, 'office', '030 23125 099', 5); INSERT INTO log VALUES (3, 'part_phone', 101)", vec![]),
        (
            "DELETE FROM person WHERE id = 102; DELETE FROM territory WHERE person = 102; INSERT INTO log VALUES (4, 'view', 102), (4, 'rule_territory', 102)",
            vec![],
        ),
        ("INSERT INTO person VALUES (205, 'Neu', 'Ada', '0000-00-00', 1, 0, NULL); INSERT INTO log VALUES (5, 'view', 205)", vec![]),
        ("UPDATE phone SET person = 100 WHERE id = 9; INSERT INTO log VALUES (6, 'part_phone', 101), (7, 'part_phone', 100)", vec![]),
        ("INSERT INTO member VALUES (2, 1); INSERT INTO log VALUES (8, 'holds', NULL)", vec!["holds"]),
        // One that was begun before the last ones, and committed after them.
        ("UPDATE person SET first_name = 'Eduard' WHERE id = 104; INSERT INTO log VALUES (5, 'view', 104)", vec![]),
        ("INSERT INTO person VALUES (205, 'Neu', 'Ida', NULL, 1, 0, NULL); INSERT INTO log VALUES (9, 'view', 205)", vec![]),
        ("DELETE FROM person WHERE id = 205; INSERT INTO log VALUES (10, 'view', 205)", vec![]),
    ];
    for (script, expected) in steps {
        // PostgreSQL and MariaDB keep no such day.
        let script = if kind == Base::Sqlite { script.to_owned() } else { script.replace("'0000-00-00'", "NULL") };
        assert_eq!(whole(&worker.agree(&script).await), expected, "{script}");
    }
    worker.now += TimeDelta::hours(25);
    let full = worker.agree("UPDATE person SET last_name = 'Ende' WHERE id = 103; INSERT INTO log VALUES (11, 'view', 103)").await;
    assert_eq!((whole(&full).len(), &full.way.missed), (4, &BTreeMap::new()));
}

async fn what_was_not_told_is_found_and_no_longer_trusted(kind: Base) {
    let case = logged(kind).await;
    let mut worker = Worker::new(&case);
    worker.read().await;
    case.sql("UPDATE person SET last_name = 'Heimlich' WHERE id = 103; DELETE FROM phone WHERE id = 3").await;
    let unaware = worker.read().await;
    assert!(!format!("{:?}", unaware.crm.records).contains("Heimlich"), "nobody told");
    worker.now += TimeDelta::hours(24);
    let full = worker.agree("SELECT 1").await;
    assert_eq!(full.way.missed, BTreeMap::from([("view".to_owned(), 1), ("part_phone".to_owned(), 1)]));
    let after = worker.agree("UPDATE person SET last_name = 'Offen' WHERE id = 103").await;
    assert_eq!((whole(&after), after.way.missed.len()), (vec!["part_phone", "view"], 2));
}

async fn deletions_are_noticed_by_counting(kind: Base) {
    let mut case = logged(kind).await;
    case.replace("profile.toml", "told = [\"view\", ", "counted = [\"view\"]\ntold = [");
    let mut worker = Worker::new(&case);
    worker.read().await;
    assert_eq!(
        whole(&worker.agree("UPDATE person SET last_name = 'A' WHERE id = 103; INSERT INTO log VALUES (2, 'view', 103)").await),
        Vec::<&str>::new()
    );
    assert_eq!(whole(&worker.agree("DELETE FROM person WHERE id = 104").await), ["view"]);
}

async fn a_row_that_changes_twice_at_one_time_is_read_twice(kind: Base) {
    let mut case = logged(kind).await;
    case.replace("profile.toml", "at = \"number\"", "at = \"seconds\"");
    let mut worker = Worker::new(&case);
    worker.now += TimeDelta::seconds(60);
    worker.read().await;
    worker.agree("UPDATE person SET last_name = 'A' WHERE id = 103; INSERT INTO log VALUES (60, 'view', 103)").await;
    let again = worker.agree("UPDATE person SET last_name = 'B' WHERE id = 103").await;
    assert_eq!(whole(&again), Vec::<&str>::new());
    worker.now += TimeDelta::seconds(60);
    let later = worker.agree("UPDATE person SET last_name = 'C' WHERE id = 103; UPDATE log SET at = 118 WHERE at = 60").await;
    assert_eq!(whole(&later), Vec::<&str>::new(), "a row that changed again took its time with it");
}

async fn each_relation_may_have_numbers_of_its_own(kind: Base) {
    let case = logged(kind).await;
    case.sql("INSERT INTO log VALUES (100000, 'view', 100)").await;
    let mut worker = Worker::new(&case);
    worker.read().await;
    let low = worker.agree("DELETE FROM member; INSERT INTO log VALUES (2, 'holds', NULL)").await;
    assert_eq!(whole(&low), ["holds"]);
    // A relation of which nothing was ever told begins anywhere.
    let first = worker.agree("DELETE FROM phone WHERE id = 3; INSERT INTO log VALUES (0, 'part_phone', 101)").await;
    assert_eq!(whole(&first), Vec::<&str>::new());
}

async fn times_that_lie_ahead_hide_nothing(kind: Base) {
    let mut case = logged(kind).await;
    case.replace("profile.toml", "at = \"number\"", "at = \"seconds\"");
    case.sql("INSERT INTO log VALUES (4000000000, 'view', 100)").await;
    let mut worker = Worker::new(&case);
    worker.now += TimeDelta::seconds(1_000);
    worker.read().await;
    let ahead = worker.agree("UPDATE person SET last_name = 'A' WHERE id = 103; INSERT INTO log VALUES (999, 'view', 103)").await;
    assert!(!whole(&ahead).contains(&"view"));
    worker.now -= TimeDelta::seconds(500);
    let back = worker.agree("UPDATE person SET last_name = 'B' WHERE id = 103; INSERT INTO log VALUES (500, 'view', 103)").await;
    assert_eq!(whole(&back).len(), 4, "the clock was set back");
    assert_eq!(whole(&worker.read().await).len(), 4, "the proof is due");
    assert!(!whole(&worker.agree("UPDATE person SET last_name = 'C' WHERE id = 103").await).contains(&"view"));
}

async fn a_lost_thread_does_not_put_the_proof_off(kind: Base) {
    let case = logged(kind).await;
    let mut worker = Worker::new(&case);
    worker.read().await;
    worker.now += TimeDelta::hours(12);
    worker.agree("DELETE FROM log; INSERT INTO log VALUES (1000, 'view', 100)").await;
    case.sql("UPDATE person SET last_name = 'Heimlich' WHERE id = 103").await;
    worker.now += TimeDelta::hours(12);
    assert_eq!(worker.agree("SELECT 1").await.way.missed, BTreeMap::from([("view".to_owned(), 1)]));
}

async fn a_key_that_is_written_otherwise_is_not_taken_for_a_deletion(kind: Base) {
    let mut case = logged(kind).await;
    let number = if kind == Base::Sqlite { "id" } else { "CAST(id AS DECIMAL(10, 2))" };
    case.replace("view.sql", "SELECT id AS record", &format!("SELECT {number} AS record"));
    let mut worker = Worker::new(&case);
    let before = worker.read().await.crm.records.rows().len();
    for (at, (name, key)) in (2..).zip([("A", "103"), ("B", "0103"), ("C", "103.00")]) {
        let script = format!("UPDATE person SET last_name = '{name}' WHERE id = 103; INSERT INTO log VALUES ({at}, 'view', '{key}')");
        if key == "103.00" {
            case.sql(&script).await;
            assert_eq!(worker.read().await.crm.records.rows().len(), before, "{key}");
        } else {
            worker.agree(&script).await;
        }
    }
}

async fn without_the_thread_everything_is_read(kind: Base) {
    let case = logged(kind).await;
    let mut worker = Worker::new(&case);
    worker.read().await;
    let cut = worker.agree("UPDATE person SET last_name = 'A' WHERE id = 103; DELETE FROM log; INSERT INTO log VALUES (1000, 'view', 100)").await;
    assert_eq!(whole(&cut).len(), 4, "what stood between 1 and 1000 is not known");
    case.sql("INSERT INTO log VALUES (1001, 'person', 100)").await;
    let unknown = worker.read().await;
    assert_eq!(unknown.way.trouble.as_deref(), Some("there is no relation `person`"));
    assert!(["view", "holds"].iter().all(|name| unknown.way.whole.contains(*name)));
    case.sql("DELETE FROM log WHERE at = 1001; UPDATE log SET at = NULL").await;
    assert_eq!(worker.read().await.way.trouble.as_deref(), Some("`at` is NULL"));
    case.sql("DROP TABLE log").await;
    let gone = worker.read().await;
    assert!(gone.way.trouble.is_some_and(|why| why.contains("log")) && gone.crm.records.doubt().is_none());
}

#[tokio::test]
async fn a_reading_that_fails_restores_no_trust() {
    let mut case = as_user_crm::case(Base::Postgres).await;
    case.replace("profile.toml", "[limits]\n", "[changes]\nat = \"number\"\noverlap = 3\nfull_read_h = 24\ntold = [\"view\"]\n[limits]\n");
    case.files.insert("changes.sql".to_owned(), "SELECT 'view' AS relation, at FROM log".to_owned());
    case.sql("CREATE TABLE log (at BIGINT); INSERT INTO log VALUES (1)").await;
    let mut worker = Worker::new(&case);
    worker.read().await;
    case.sql("UPDATE contact SET name = 'Heimlich' WHERE id = 101").await;
    worker.now += TimeDelta::hours(24);
    let missed = BTreeMap::from([("view".to_owned(), 1)]);
    assert_eq!(worker.read().await.way.missed, missed);
    // What makes a session a user's is changed while it answers, which ends the reading.
    let allowed = "CREATE OR REPLACE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN VOLATILE LANGUAGE sql AS";
    case.sql(&format!("{allowed} $$ SELECT set_config('crm.user_id', '0', false) IS NOT NULL $$")).await;
    assert!(worker.try_read().await.is_err());
    case.sql(&format!("{allowed} $$ SELECT true $$")).await;
    let after = worker.read().await;
    assert!(after.way.missed == missed && after.way.whole.contains("view"), "{:?}", after.way);
    let next = worker.read().await;
    assert!(next.way.missed == missed && next.way.whole.contains("view"), "{:?}", next.way);
}

#[test]
fn settings_that_make_no_sense_are_refused_where_they_stand() {
    let mistakes = |settings: &str| {
        let mut files = Files::new();
        files.replace("profile.toml", "[limits]\n", &format!("{settings}\n[limits]\n"));
        files.insert("changes.sql", "SELECT what AS relation, at FROM log");
        files.mistakes_in("profile.toml").join("\n")
    };
    for (settings, what) in [
        ("[changes]\noverlap = 3\ntold = [\"view\"]", "`at` is needed in [changes]"),
        ("[changes]\nat = \"nummer\"\noverlap = 3\ntold = [\"view\"]", "`nummer` is no value of `at` (did you mean `number`?)"),
        ("[changes]\nat = \"seconds\"\ntold = [\"view\"]", "`overlap` is needed in [changes]"),
        ("[changes]\nat = \"seconds\"\noverlap = -1\ntold = [\"view\"]", "`overlap` must be a whole number"),
        ("[changes]\nat = \"seconds\"\noverlap = 1", "[changes] names no relation"),
        ("[changes]\nat = \"seconds\"\noverlap = 1\ntold = [\"vieww\"]", "the profile reads no relation `vieww` (did you mean `view`?)"),
        ("[changes]\nat = \"seconds\"\noverlap = 1\ntold = [\"view\"]\nevery = 3", "unknown key `every` in [changes]"),
    ] {
        let said = mistakes(settings);
        assert!(said.contains(what), "{settings}: {said}");
    }
    assert!(mistakes("").contains("changes.sql is there, but no [changes] that is right"));
    let mut files = Files::new();
    files.replace("profile.toml", "[limits]\n", SETTINGS);
    assert!(files.mistakes_in("profile.toml").join("\n").contains("the file changes.sql is missing"));
}
