//! A small CRM and its profile, each test with files of its own that it may spoil.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use adressbote_rules::crm::RecordDoubt;
use adressbote_schema::crm::{Baseline, CrmError, CrmSource, Own, Read, read};
use adressbote_schema::profile::{Mistake, Profile};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};
use tempfile::TempDir;

const TOML: &str = r#"[profile]
name = "kleinod"
description = "A small CRM"
database = "sqlite"
time_zone = "Europe/Berlin"

[users.columns]
region = { kind = "text" }

[parts.main]
[parts.main.columns]
last_name = { kind = "text" }
first_name = { kind = "text" }
full_name = { kind = "text", sources = ["main.first_name", "main.last_name"] }
birthday = { kind = "date" }
revenue = { kind = "real" }
total = { kind = "int" }
[parts.company]
[parts.company.columns]
name = { kind = "text" }
[parts.phone]
order = ["place"]
[parts.phone.columns]
kind = { kind = "text" }
number = { kind = "text" }
place = { kind = "int" }

[view]
name = "Kontakte"
locale = "de-u-co-phonebk"
order = ["Nachname", "-Umsatz"]

[fields]
Nachname = { column = "main.last_name" }
Name = { column = "main.full_name" }
Geburtstag = { column = "main.birthday" }
Umsatz = { column = "main.revenue" }
Firma = { column = "company.name" }
Mobil = { first = "phone.number", when = { kind = ["mobile"] } }
Nummern = { all = "phone.number" }
Anzahl = { count = "phone" }
Summe = { column = "main.total", over = ["phone"] }
"Summe offen" = { column = "main.total", over = ["phone"], open = true }

[rules.territory]
target = "record"
title = "Gebiet"
[rules.private]
target = "part"
part = "phone"
default = "open"

[field_rights]
combine = "grant_lifts_denial"
silence = "readable"

[limits]
shrink_percent = 40
[limits.relations]
bars = 100

[mapping]
default_country = "DE"
[mapping.properties]
displayName = { first = ["$.Name"] }
mobilePhone = { first = ["$.phone[?@.kind == 'mobile'].number"] }
"#;

const SQL: [(&str, &str); 13] = [
    ("users.sql", "SELECT id AS user, login, mail, active, internal, region FROM staff;\n"),
    ("groups.sql", "SELECT id AS \"group\", name FROM team"),
    ("holds.sql", "SELECT staff AS user, 'group:' || team AS principal FROM member"),
    ("implies.sql", "SELECT 'group:' || inner_team AS principal, 'group:' || outer_team AS implied FROM nesting"),
    (
        "view.sql",
        "SELECT id AS record, last_name, first_name,\n       first_name || ' ' || last_name AS full_name,\n       birthday, revenue, total\nFROM person -- all of them",
    ),
    ("part_company.sql", "SELECT p.id AS record, c.id AS part, c.name AS name FROM person p JOIN company c ON c.id = p.company"),
    ("part_phone.sql", "SELECT person AS record, id AS part, kind, number, place FROM phone"),
    ("rule_territory.sql", "SELECT person AS record, principal, valid_from AS \"from\", valid_until AS until FROM territory"),
    ("rule_territory_exempt.sql", "SELECT 'group:1' AS principal"),
    ("rule_private.sql", "SELECT phone AS part, principal FROM private_phone"),
    ("bars.sql", "SELECT person AS record, principal FROM bar"),
    ("field_rights.sql", "SELECT 'everyone' AS principal, 'main.revenue' AS source, 'deny' AS answer"),
    ("subscriptions.sql", "SELECT person AS record, principal, by FROM abo"),
];

const DATABASE: &str = "
CREATE TABLE staff (id INTEGER PRIMARY KEY, login, mail, active, internal, region);
INSERT INTO staff VALUES (1, 'anna', 'anna@weber.example', 1, 1, 'Süd'), (2, 'ben', NULL, 1, 1, NULL), (3, 'gast', 'gast@gast.example', 1, 0, NULL),
    (4, 'fort', 'fort@weber.example', 0, 1, NULL);
CREATE TABLE team (id INTEGER PRIMARY KEY, name);
INSERT INTO team VALUES (1, 'Leitung'), (2, 'Vertrieb');
CREATE TABLE member (staff, team);
INSERT INTO member VALUES (1, 1), (2, 2), (4, 2);
CREATE TABLE nesting (inner_team, outer_team);
INSERT INTO nesting VALUES (1, 2);
CREATE TABLE company (id INTEGER PRIMARY KEY, name);
INSERT INTO company VALUES (7, 'Müller & Söhne KG');
CREATE TABLE person (id INTEGER, last_name, first_name, birthday, revenue, total, company);
INSERT INTO person VALUES (100, 'Österle', 'Ida', '1980-02-29', 12.5, 3, 7), (101, 'Zorn', 'Max', NULL, NULL, 0, NULL),
    (102, 'Abel', 'Eva', '1999-12-31', 7, 1, 7), (103, 'Kurz', 'Udo', NULL, 1, 1, NULL), (104, 'Lang', 'Pia', NULL, 1, 1, NULL);
CREATE TABLE phone (id INTEGER, person, kind, number, place);
INSERT INTO phone VALUES (1, 100, 'mobile', '0171 39200 01', 2), (2, 100, 'office', '030 23125 002', 1), (3, 101, 'mobile', '0171 39200 03', 1);
CREATE TABLE territory (person, principal, valid_from, valid_until);
INSERT INTO territory VALUES (100, 'group:2', NULL, '2030-01-01T00:00:00Z'), (101, 'user:2', NULL, NULL), (102, 'role:nobody', NULL, NULL);
CREATE TABLE private_phone (phone, principal);
INSERT INTO private_phone VALUES (1, 'user:1');
CREATE TABLE bar (person, principal);
INSERT INTO bar VALUES (102, 'user:2');
CREATE TABLE abo (person, principal, by);
INSERT INTO abo VALUES (100, 'user:1', 'anna');
CREATE TABLE odd (what);
";

/// A CRM and a profile in a folder of their own.
pub struct Case {
    folder: TempDir,
    pub files: BTreeMap<String, String>,
}

impl Case {
    pub async fn new() -> Self {
        let mut files: BTreeMap<String, String> = SQL.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        files.insert("profile.toml".to_owned(), TOML.to_owned());
        let case = Self { folder: TempDir::new().unwrap(), files };
        case.sql(DATABASE).await;
        case
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("crm.sqlite")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A connection that may write, as the CRM's own.
    pub async fn writer(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.database()).create_if_missing(true).foreign_keys(false).connect().await.unwrap()
    }

    pub async fn sql(&self, script: &str) {
        let mut connection = self.writer().await;
        sqlx::raw_sql(AssertSqlSafe(script.to_owned())).execute(&mut connection).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();
    }

    /// Replaces a text in a file, which must be there once.
    pub fn replace(&mut self, file: &str, old: &str, new: &str) {
        let text = self.files.get_mut(file).unwrap();
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {file}");
        *text = text.replace(old, new);
    }

    pub fn write(&self) -> PathBuf {
        let folder = self.folder.path().join("profile");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        for (name, text) in &self.files {
            fs::write(folder.join(name), text).unwrap();
        }
        folder
    }

    pub fn profile(&self) -> Profile {
        Profile::load(&self.write()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The mistakes found while loading, as a person reads them.
    pub fn mistakes(&self) -> Vec<String> {
        let found = Profile::load(&self.write()).expect_err("the profile has a mistake");
        found.mistakes.iter().map(Mistake::to_string).collect()
    }

    pub async fn source(&self) -> CrmSource {
        CrmSource::open_sqlite(&self.database()).await.unwrap()
    }

    pub async fn try_read(&self, before: Option<&Baseline>) -> Result<Read, CrmError> {
        read(&self.profile(), &self.source().await, &Own::default(), before).await
    }

    pub async fn read(&self) -> Read {
        self.try_read(None).await.unwrap()
    }
}

/// The records that are doubtful, with their relations.
pub fn doubtful(read: &Read) -> Vec<String> {
    read.crm.doubtful_records.iter().map(|RecordDoubt { record, relation, why }| format!("{record} in {relation}: {why}")).collect()
}
