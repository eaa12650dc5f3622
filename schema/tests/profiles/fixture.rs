//! A small CRM and its profile, each test with files and a database of its own that it may spoil.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use adressbote_rules::crm::RecordDoubt;
use adressbote_schema::crm::{Address, Baseline, CrmError, CrmSource, Own, Patience, Read};
use adressbote_schema::profile::{Mistake, Profile};
use adressbote_servers::{Base, PASSWORD, Served, Writer};
use tempfile::TempDir;

use crate::streamed::read;

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
    ("subscriptions.sql", "SELECT person AS record, principal, maker AS \"by\" FROM abo"),
];

/// The tables; the words in capitals stand for types, which SQLite's columns do without.
const TABLES: &str = "
CREATE TABLE staff (id INTEGER PRIMARY KEY, login TEXT, mail TEXT, active FLAG, internal FLAG, region TEXT);
CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE member (staff INTEGER, team INTEGER);
CREATE TABLE nesting (inner_team INTEGER, outer_team INTEGER);
CREATE TABLE company (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE person (id INTEGER, last_name TEXT, first_name TEXT, birthday DATE, revenue MONEY, total INTEGER, company INTEGER);
CREATE TABLE phone (id INTEGER, person INTEGER, kind TEXT, number TEXT, place INTEGER);
CREATE TABLE territory (person INTEGER, principal TEXT, valid_from MOMENT, valid_until MOMENT);
CREATE TABLE private_phone (phone INTEGER, principal TEXT);
CREATE TABLE bar (person BIGINT, principal TEXT);
CREATE TABLE abo (person INTEGER, principal TEXT, maker TEXT);
CREATE TABLE odd (what TEXT);
";

const ROWS: &str = "
INSERT INTO staff VALUES (1, 'anna', 'anna@weber.example', true, true, 'Süd'), (2, 'ben', NULL, true, true, NULL),
    (3, 'gast', 'gast@gast.example', true, false, NULL), (4, 'fort', 'fort@weber.example', false, true, NULL);
INSERT INTO team VALUES (1, 'Leitung'), (2, 'Vertrieb');
INSERT INTO member VALUES (1, 1), (2, 2), (4, 2);
INSERT INTO nesting VALUES (1, 2);
INSERT INTO company VALUES (7, 'Müller & Söhne KG');
INSERT INTO person VALUES (100, 'Österle', 'Ida', '1980-02-29', 12.5, 3, 7), (101, 'Zorn', 'Max', NULL, NULL, 0, NULL),
    (102, 'Abel', 'Eva', '1999-12-31', 7, 1, 7), (103, 'Kurz', 'Udo', NULL, 1, 1, NULL), (104, 'Lang', 'Pia', NULL, 1, 1, NULL);
INSERT INTO phone VALUES (1, 100, 'mobile', '0171 39200 01', 2), (2, 100, 'office', '030 23125 002', 1), (3, 101, 'mobile', '0171 39200 03', 1);
INSERT INTO territory VALUES (100, 'group:2', NULL, '2030-01-01 00:00:00'), (101, 'user:2', NULL, NULL), (102, 'role:nobody', NULL, NULL);
INSERT INTO private_phone VALUES (1, 'user:1');
INSERT INTO bar VALUES (102, 'user:2');
INSERT INTO abo VALUES (100, 'user:1', 'anna');
";

/// The tables in the words of a database.
fn tables(kind: Base) -> String {
    let words: [(&str, &str); 4] = match kind {
        // Without types, so that a test can put anything anywhere.
        Base::Sqlite => {
            let bare = TABLES.replace("INTEGER PRIMARY KEY", "KEY");
            return [" INTEGER", " BIGINT", " TEXT", " FLAG", " DATE", " MONEY", " MOMENT"]
                .iter()
                .fold(bare, |text, word| text.replace(word, ""))
                .replace(" KEY", " INTEGER PRIMARY KEY")
                .replace("person (id,", "person (id INTEGER,")
                .replace("phone (id,", "phone (id INTEGER,");
        }
        Base::Postgres => [("FLAG", "boolean"), ("MONEY", "numeric(12, 2)"), ("MOMENT", "timestamptz"), ("TEXT", "text")],
        Base::Mariadb => [("FLAG", "BOOLEAN"), ("MONEY", "DECIMAL(12, 2)"), ("MOMENT", "DATETIME"), ("TEXT", "TEXT")],
    };
    words.iter().fold(TABLES.to_owned(), |text, (word, of)| text.replace(word, of))
}

/// A profile's files without a CRM.
pub struct Files(BTreeMap<String, String>);

impl Files {
    pub fn new() -> Self {
        let mut files: BTreeMap<String, String> = SQL.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        files.insert("profile.toml".to_owned(), TOML.to_owned());
        Self(files)
    }

    pub fn insert(&mut self, file: &str, text: &str) {
        self.0.insert(file.to_owned(), text.to_owned());
    }

    /// Replaces a text in a file, which must be there once.
    pub fn replace(&mut self, file: &str, old: &str, new: &str) {
        let text = self.0.get_mut(file).unwrap();
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {file}");
        *text = text.replace(old, new);
    }

    /// The mistakes found in one file while loading, as a person reads them.
    pub fn mistakes_in(&self, file: &str) -> Vec<String> {
        let folder = TempDir::new().unwrap();
        self.0.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
        let found = Profile::load(folder.path()).err().map(|errors| errors.mistakes).unwrap_or_default();
        found.iter().filter(|one| one.file == file).map(Mistake::to_string).collect()
    }
}

/// A CRM and a profile in a folder of their own.
pub struct Case {
    folder: TempDir,
    kind: Base,
    served: Option<Served>,
    pub files: BTreeMap<String, String>,
}

impl Case {
    pub async fn new() -> Self {
        Self::on(Base::Sqlite).await
    }

    /// The same CRM on some kind of database.
    pub async fn on(kind: Base) -> Self {
        let like = match kind {
            Base::Postgres => "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
            Base::Sqlite | Base::Mariadb => "CHARACTER SET utf8mb4",
        };
        Self::like(kind, like).await
    }

    /// The same CRM in a database that is made in some way.
    pub async fn like(kind: Base, like: &str) -> Self {
        let Files(files) = Files::new();
        let served = if kind == Base::Sqlite { None } else { Some(Served::new(kind, like).await) };
        let mut case = Self { folder: TempDir::new().unwrap(), kind, served, files };
        match kind {
            Base::Sqlite => {}
            Base::Postgres => case.replace("profile.toml", "\"sqlite\"", "\"postgres\""),
            Base::Mariadb => {
                case.replace("profile.toml", "\"sqlite\"", "\"mysql\"");
                case.files.iter_mut().filter(|(name, _)| name.ends_with(".sql")).for_each(|(_, text)| *text = text.replace('"', "`"));
            }
        }
        case.sql(&tables(kind)).await;
        case.sql(ROWS).await;
        case
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("crm.sqlite")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The database on the server.
    pub fn served(&self) -> &Served {
        self.served.as_ref().unwrap()
    }

    /// Where Adressbote reads the CRM, as an account that may do nothing else.
    pub fn address(&self) -> Address {
        self.served.as_ref().map_or_else(|| Address::Sqlite(self.database()), reader)
    }

    /// A connection that may write, as the CRM's own.
    pub async fn writer(&self) -> Writer {
        let place = self.served.as_ref().map_or_else(|| self.database().display().to_string(), Served::place);
        Writer::open(self.kind, &place).await
    }

    pub async fn sql(&self, script: &str) {
        let mut writer = self.writer().await;
        writer.run(script).await;
        writer.close().await;
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
        self.source_with(Patience::default()).await
    }

    pub async fn source_with(&self, patience: Patience) -> CrmSource {
        CrmSource::open(&self.address(), patience).await.unwrap_or_else(|error| panic!("{error}: {error:?}"))
    }

    pub async fn try_read(&self, before: Option<&Baseline>) -> Result<Read, CrmError> {
        read(&self.profile(), &self.source().await, &Own::default(), before).await
    }

    pub async fn read(&self) -> Read {
        self.try_read(None).await.unwrap()
    }
}

/// Where the account that may do nothing else reads a test's database.
pub fn reader(served: &Served) -> Address {
    served.reader().parse::<Address>().unwrap().with_password(Some(PASSWORD.into()))
}

/// The records that are doubtful, with their relations.
pub fn doubtful(read: &Read) -> Vec<String> {
    read.crm.doubtful_records.iter().map(|RecordDoubt { record, relation, why }| format!("{record} in {relation}: {why}")).collect()
}
