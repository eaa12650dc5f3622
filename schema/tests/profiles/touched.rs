//! A reading of the records of which something changed: they are what reading everything gives, and what is more than that is told as such.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;

use adressbote_rules::crm::{Crm, PartRow, RightRow};
use adressbote_rules::key::RecordKey;
use adressbote_rules::touched::TouchedRows;
use adressbote_schema::crm::{Baseline, Changed, Memory, Own, Read, Touched, read_changed, read_touched};
use adressbote_servers::{Base, on_each_database};
use chrono::{DateTime, TimeDelta, Utc};

use crate::changes::{logged, rows};
use crate::fixture::Case;

on_each_database!(
    records_come_with_all_their_rows,
    what_hangs_on_no_record_is_more,
    what_cannot_be_told_is_more,
    what_is_in_doubt_is_more,
    what_shrank_is_more,
    rights_to_part_rows_are_more_where_they_changed,
    a_right_to_a_part_row_that_cannot_be_read_is_not_forgotten,
    what_is_told_again_is_nothing_new,
    a_missing_word_is_noticed_by_counting,
);

const TOLD: &str = "told = [\"view\", \"part_phone\", \"rule_territory\", \"holds\"]";
const ALL: &str = "told = [\"users\", \"groups\", \"holds\", \"implies\", \"view\", \"part_company\", \"part_phone\", \"rule_territory\", \
                   \"rule_territory_exempt\", \"bars\", \"field_rights\", \"subscriptions\"]";

/// The small CRM without rights to part rows, with a log of all changes.
pub async fn told(kind: Base) -> Case {
    let mut case = logged(kind).await;
    case.replace("profile.toml", TOLD, ALL);
    case.replace("profile.toml", "[rules.private]\ntarget = \"part\"\npart = \"phone\"\ndefault = \"open\"\n", "");
    case.files.remove("rule_private.sql");
    case
}

/// A worker that reads everything once and then what changed, with what it knows of each record.
pub struct Watcher<'c> {
    case: &'c Case,
    memory: Memory,
    now: DateTime<Utc>,
    before: Baseline,
    known: BTreeMap<RecordKey, Vec<String>>,
}

impl<'c> Watcher<'c> {
    pub async fn new(case: &'c Case) -> Self {
        let mut watcher = Self { case, memory: Memory::default(), now: DateTime::UNIX_EPOCH, before: Baseline::new(), known: BTreeMap::new() };
        assert!(matches!(watcher.look().await, Changed::More), "nothing was read yet");
        watcher.read().await;
        watcher
    }

    /// Reads what changed and builds everything of it, which must be what reading everything gives.
    pub async fn read(&mut self) -> Read {
        let (profile, source) = (self.case.profile(), self.case.source().await);
        let read = read_changed(&profile, &source, &Own::default(), Some(&self.before), (&mut self.memory, self.now)).await.unwrap();
        let fresh = self.case.try_read(Some(&self.before)).await.unwrap();
        assert_eq!(rows(&read.crm), rows(&fresh.crm));
        assert_eq!(read.baseline, fresh.baseline);
        self.before.clone_from(&read.baseline);
        self.known = by_record(&whole(&read.crm));
        assert_eq!(self.known, by_record(&whole(&fresh.crm)));
        read
    }

    async fn look(&mut self) -> Changed {
        let (profile, source) = (self.case.profile(), self.case.source().await);
        let readings = self.memory.readings();
        let changed = read_touched(&profile, &source, Some(&self.before), (&mut self.memory, self.now)).await.unwrap();
        assert_eq!(self.memory.readings() - readings, u64::from(matches!(changed, Changed::Records(_))));
        changed
    }

    /// The records of which something changed, after which all that is known must be what reading everything gives.
    pub async fn touched(&mut self, script: &str) -> Vec<String> {
        self.case.sql(script).await;
        let mut records = Vec::new();
        match self.look().await {
            Changed::Nothing => {}
            Changed::Records(Touched { records: touched, rows, baseline, .. }) => {
                let rows = by_record(&rows);
                assert!(rows.keys().all(|record| touched.contains(record)), "after {script}");
                self.known.retain(|record, _| !touched.contains(record));
                self.known.extend(rows);
                self.before.extend(baseline);
                records.extend(touched.iter().map(ToString::to_string));
            }
            Changed::More => panic!("more changed than records after {script}"),
        }
        let fresh = self.case.try_read(Some(&self.before)).await.unwrap();
        assert_eq!(self.known, by_record(&whole(&fresh.crm)), "after {script}");
        assert_eq!(self.before, fresh.baseline, "after {script}");
        records
    }

    /// That more changed than single records, and that reading then finds it.
    async fn more(&mut self, script: &str) -> Read {
        self.case.sql(script).await;
        assert!(matches!(self.look().await, Changed::More), "after {script}");
        self.read().await
    }
}

/// All rows of a CRM that hang on records.
fn whole(crm: &Crm) -> TouchedRows {
    TouchedRows {
        records: crm.records.rows().to_vec(),
        parts: crm.parts.iter().map(|part| part.rows().to_vec()).collect(),
        rules: crm.rules.iter().map(|rule| rule.rows.rows().to_vec()).collect(),
        bars: crm.bars.rows().to_vec(),
        subscriptions: crm.subscriptions.rows().to_vec(),
    }
}

/// Rows as lines, whatever their order, by what they hang on.
fn by_record(rows: &TouchedRows) -> BTreeMap<RecordKey, Vec<String>> {
    let mut lines: BTreeMap<RecordKey, Vec<String>> = BTreeMap::new();
    let mut add = |record: &RecordKey, place: usize, row: &dyn Debug| {
        let lines = lines.entry(record.clone()).or_default();
        lines.push(format!("{place} {row:?}"));
        lines.sort();
    };
    rows.records.iter().for_each(|row| add(&row.key, 0, row));
    for (place, rows) in rows.parts.iter().enumerate() {
        rows.iter().for_each(|row: &PartRow| add(&row.record, place, row));
    }
    for (place, rows) in rows.rules.iter().enumerate() {
        rows.iter().for_each(|row: &RightRow| add(&RecordKey::new(&row.of), place, row));
    }
    rows.bars.iter().for_each(|row| add(&row.record, 0, row));
    rows.subscriptions.iter().for_each(|row| add(&row.record, 0, row));
    lines
}

async fn records_come_with_all_their_rows(kind: Base) {
    let mut case = told(kind).await;
    case.replace("profile.toml", "shrink_percent = 40", "shrink_percent = 100");
    let mut watcher = Watcher::new(&case).await;
    assert!(matches!(watcher.look().await, Changed::Nothing));
    for (script, expected) in [
        ("UPDATE person SET last_name = 'Österreicher' WHERE id = 100; INSERT INTO log VALUES (2, 'view', 100)", vec!["100"]),
        ("SELECT 1", vec![]),
        ("INSERT INTO phone VALUES (9, 101, 'office', '030 23125 099', 5); INSERT INTO log VALUES (3, 'part_phone', 101)", vec!["101"]),
        ("DELETE FROM person WHERE id = 102; INSERT INTO log VALUES (4, 'view', 102), (4, 'part_company', 102)", vec!["102"]),
        ("DELETE FROM bar WHERE person = 102; INSERT INTO log VALUES (5, 'bars', 102), (5, 'view', 102)", vec!["102"]),
        (
            "INSERT INTO person VALUES (205, 'Neu', 'Ada', NULL, 1, 0, 7); INSERT INTO log VALUES (6, 'view', 205), (6, 'part_company', 205)",
            vec!["205"],
        ),
        ("UPDATE phone SET person = 100 WHERE id = 9; INSERT INTO log VALUES (7, 'part_phone', 101), (8, 'part_phone', 100)", vec!["100", "101"]),
        ("INSERT INTO bar VALUES (777, 'user:1'); INSERT INTO log VALUES (9, 'bars', 777)", vec!["777"]),
        (
            "DELETE FROM abo; INSERT INTO territory VALUES (104, 'user:1', NULL, NULL); \
             INSERT INTO log VALUES (10, 'subscriptions', 100), (11, 'rule_territory', 104)",
            vec!["100", "104"],
        ),
        // Told, but nothing came of it.
        ("INSERT INTO log VALUES (12, 'view', 100), (12, 'view', 999)", vec![]),
    ] {
        assert_eq!(watcher.touched(script).await, expected, "{script}");
    }
    let read = watcher.read().await;
    assert!(read.way.whole.is_empty(), "the memory went forward: {:?}", read.way);
    assert!(matches!(watcher.look().await, Changed::Nothing));
}

async fn what_hangs_on_no_record_is_more(kind: Base) {
    let case = told(kind).await;
    let mut watcher = Watcher::new(&case).await;
    for script in [
        "UPDATE staff SET region = 'Nord' WHERE id = 1; INSERT INTO log VALUES (2, 'users', 1)",
        "INSERT INTO member VALUES (2, 1); INSERT INTO log VALUES (3, 'holds', 2)",
        "INSERT INTO member VALUES (1, 2); INSERT INTO log VALUES (4, 'holds', NULL)",
        "UPDATE team SET name = 'Führung' WHERE id = 1; INSERT INTO log VALUES (5, 'groups', 1)",
        "DELETE FROM nesting; INSERT INTO log VALUES (6, 'implies', 'group:1')",
        "UPDATE person SET last_name = 'A' WHERE id = 100; INSERT INTO log VALUES (7, 'view', 100), (8, 'field_rights', 'everyone')",
        "UPDATE person SET last_name = 'B'; INSERT INTO log VALUES (9, 'view', NULL)",
        "UPDATE person SET last_name = 'C' WHERE id = 101; INSERT INTO log VALUES (10, 'bars', NULL), (10, 'view', 101)",
    ] {
        watcher.more(script).await;
        assert!(matches!(watcher.look().await, Changed::Nothing), "{script}");
    }
    let touched = watcher.touched("UPDATE person SET last_name = 'D' WHERE id = 101; INSERT INTO log VALUES (11, 'view', 101)").await;
    assert_eq!(touched, ["101"]);
}

async fn what_cannot_be_told_is_more(kind: Base) {
    let case = told(kind).await;
    let mut watcher = Watcher::new(&case).await;
    let keys: Vec<String> = (0..1_001).map(|key| format!("(2, 'bars', {key})")).collect();
    watcher.more(&format!("INSERT INTO log VALUES {}", keys.join(", "))).await;
    let lost = "UPDATE person SET last_name = 'A' WHERE id = 100; DELETE FROM log; INSERT INTO log VALUES (1000, 'view', 100)";
    watcher.more(lost).await;
    watcher.more("INSERT INTO log VALUES (1001, 'person', 100)").await;
    case.sql("DELETE FROM log WHERE at = 1001").await;
    watcher.read().await;
    assert!(matches!(watcher.look().await, Changed::Nothing));
    case.sql("UPDATE person SET last_name = 'Heimlich' WHERE id = 103").await;
    watcher.now += TimeDelta::hours(24);
    let full = watcher.more("INSERT INTO log VALUES (1001, 'view', 104)").await;
    assert_eq!(full.way.missed, BTreeMap::from([("view".to_owned(), 1)]));
    watcher.more("INSERT INTO log VALUES (1002, 'view', 104)").await;

    let mut case = logged(kind).await;
    case.replace("profile.toml", TOLD, &ALL.replace("\"users\", ", ""));
    let mut watcher = Watcher::new(&case).await;
    assert!(matches!(watcher.look().await, Changed::More), "nobody tells of users");
}

async fn what_is_in_doubt_is_more(kind: Base) {
    let mut case = told(kind).await;
    case.replace("profile.toml", "shrink_percent = 40", "shrink_percent = 100");
    let mut watcher = Watcher::new(&case).await;
    for (script, doubt) in [
        ("INSERT INTO bar VALUES (104, NULL); INSERT INTO log VALUES (2, 'bars', 104)", "bars"),
        // Another thing of the same record.
        ("UPDATE person SET last_name = 'A' WHERE id = 104; INSERT INTO log VALUES (3, 'view', 104)", "bars"),
        (
            "DELETE FROM bar WHERE person = 104; INSERT INTO person (id, last_name) VALUES (101, 'Z'); INSERT INTO log VALUES (4, 'bars', 104), (4, 'view', 101)",
            "view",
        ),
        (
            "DELETE FROM person WHERE id = 101; INSERT INTO phone SELECT * FROM phone WHERE id = 1; INSERT INTO log VALUES (5, 'view', 101), (6, 'part_phone', 100)",
            "phone",
        ),
    ] {
        let read = watcher.more(script).await;
        assert!(read.crm.doubtful_records.iter().all(|one| one.relation.to_string().contains(doubt)), "{:?}", read.crm.doubtful_records);
        assert_eq!(read.crm.doubtful_records.len(), 1, "{script}");
        assert!(matches!(watcher.look().await, Changed::Nothing));
    }
    let other = watcher.touched("UPDATE person SET last_name = 'B' WHERE id = 104; INSERT INTO log VALUES (7, 'view', 104)").await;
    assert_eq!(other, ["104"], "the doubt is about another record");
    let mended = watcher
        .touched(
            "UPDATE phone SET id = 8 WHERE id = 1 AND kind = 'mobile'; DELETE FROM phone WHERE id = 8; INSERT INTO log VALUES (8, 'part_phone', 100)",
        )
        .await;
    assert_eq!(mended, ["100"]);
    watcher.more("INSERT INTO bar VALUES (NULL, 'user:1'); INSERT INTO log VALUES (9, 'bars', NULL)").await;
    watcher.more("UPDATE person SET last_name = 'C' WHERE id = 104; INSERT INTO log VALUES (10, 'view', 104)").await;
}

async fn what_shrank_is_more(kind: Base) {
    let case = told(kind).await;
    let mut watcher = Watcher::new(&case).await;
    let gone = watcher.touched("DELETE FROM person WHERE id IN (103, 104); INSERT INTO log VALUES (2, 'view', 103), (2, 'view', 104)").await;
    assert_eq!(gone, ["103", "104"]);
    let emptied = watcher.more("DELETE FROM abo; INSERT INTO log VALUES (3, 'subscriptions', 100)").await;
    assert!(emptied.crm.subscriptions.doubt().is_some());
    watcher.more("UPDATE person SET last_name = 'A' WHERE id = 100; INSERT INTO log VALUES (4, 'view', 100)").await;
}

async fn rights_to_part_rows_are_more_where_they_changed(kind: Base) {
    let mut case = logged(kind).await;
    case.replace("profile.toml", TOLD, &ALL.replace("\"bars\", ", "\"bars\", \"rule_private\", "));
    let mut watcher = Watcher::new(&case).await;
    assert!(matches!(watcher.look().await, Changed::Nothing));
    let touched = watcher.touched("UPDATE person SET last_name = 'A' WHERE id = 100; INSERT INTO log VALUES (2, 'view', 100)").await;
    assert_eq!(touched, ["100"]);
    watcher.more("DELETE FROM private_phone; INSERT INTO log SELECT 3, 'rule_private', id FROM phone").await;
}

async fn a_right_to_a_part_row_that_cannot_be_read_is_not_forgotten(kind: Base) {
    let mut case = logged(kind).await;
    case.replace("profile.toml", TOLD, &ALL.replace("\"bars\", ", "\"bars\", \"rule_private\", "));
    case.replace("rule_private.sql", "phone AS part, principal", "phone AS part, NULL AS principal");
    let mut watcher = Watcher::new(&case).await;
    let doubtful = watcher.more("UPDATE person SET last_name = 'A' WHERE id = 100; INSERT INTO log VALUES (2, 'view', 100)").await;
    assert!(!doubtful.crm.doubtful_records.is_empty());
}

async fn what_is_told_again_is_nothing_new(kind: Base) {
    let mut case = told(kind).await;
    case.replace("profile.toml", "at = \"number\"", "at = \"seconds\"");
    let mut watcher = Watcher::new(&case).await;
    watcher.now += TimeDelta::seconds(60);
    watcher.read().await;
    let first = watcher.touched("UPDATE person SET last_name = 'A' WHERE id = 103; INSERT INTO log VALUES (60, 'view', 103)").await;
    let (again, later) = (watcher.touched("SELECT 1").await, watcher.touched("UPDATE person SET last_name = 'B' WHERE id = 103").await);
    assert_eq!((first, again, later), (vec!["103".to_owned()], vec![], vec!["103".to_owned()]));
}

async fn a_missing_word_is_noticed_by_counting(kind: Base) {
    let mut case = told(kind).await;
    case.replace("profile.toml", "told = [\"users\", \"groups\"", "counted = [\"view\", \"bars\"]\ntold = [\"users\", \"groups\"");
    case.replace("profile.toml", "\"implies\", \"view\", ", "\"implies\", ");
    let mut watcher = Watcher::new(&case).await;
    assert_eq!(watcher.touched("DELETE FROM person WHERE id = 104; INSERT INTO log VALUES (2, 'view', 104)").await, ["104"]);
    watcher.more("DELETE FROM person WHERE id = 103").await;
    watcher
        .more("INSERT INTO bar VALUES (100, 'user:2'); UPDATE person SET last_name = 'A' WHERE id = 100; INSERT INTO log VALUES (3, 'view', 100)")
        .await;
    let both = "INSERT INTO person (id) VALUES (206); UPDATE person SET last_name = 'B' WHERE id = 101; INSERT INTO log VALUES (4, 'view', 101)";
    watcher.more(both).await;
}

#[tokio::test]
async fn a_crm_that_cannot_be_asked_takes_nothing_from_the_memory() {
    let case = told(Base::Sqlite).await;
    let mut watcher = Watcher::new(&case).await;
    let (profile, source, readings) = (case.profile(), case.source().await, watcher.memory.readings());
    case.sql("UPDATE person SET last_name = 'A' WHERE id = 100; INSERT INTO log VALUES (2, 'view', 100)").await;
    fs::rename(case.database(), case.path("away")).unwrap();
    assert!(read_touched(&profile, &source, None, (&mut watcher.memory, watcher.now)).await.is_err());
    assert_eq!(watcher.memory.readings(), readings);
    fs::rename(case.path("away"), case.database()).unwrap();
    assert_eq!(watcher.touched("SELECT 1").await, ["100"]);
}
