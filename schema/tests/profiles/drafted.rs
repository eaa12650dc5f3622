//! Drafts from real databases of each kind: they load, the database takes every statement, nothing is in doubt, and nobody sees anything.

use std::path::Path;
use std::time::Duration;

use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Moment;
use adressbote_schema::crm::{Address, CrmSource, Own, Patience, Wish, catalogue, inspect};
use adressbote_schema::profile::Profile;
use adressbote_schema::profile::draft::{Draft, draft};
use adressbote_schema::sample::{self, Size};
use adressbote_servers::{Base, Served, Writer, on_each_database};
use chrono::Utc;
use tempfile::TempDir;

use crate::fixture::reader;
use crate::reference::copied;
use crate::streamed::read;

on_each_database!(a_foreign_database_is_drafted, the_reference_crm_is_drafted);

/// A CRM that nobody here has seen before: no foreign keys for the phones, flags and dates in the database's own types.
const SHOP: &str = "
CREATE TABLE Mitarbeiter (MitarbeiterID INTEGER PRIMARY KEY, Login VARCHAR(50) NOT NULL, EMail VARCHAR(100), aktiv BOOLEAN, Kennwort VARCHAR(99));
CREATE TABLE Team (TeamID INTEGER PRIMARY KEY, Bezeichnung VARCHAR(50));
CREATE TABLE Team_Mitarbeiter (TeamID INTEGER NOT NULL REFERENCES Team (TeamID), MitarbeiterID INTEGER NOT NULL REFERENCES Mitarbeiter (MitarbeiterID),
    bis DATE, PRIMARY KEY (TeamID, MitarbeiterID), FOREIGN KEY (TeamID) REFERENCES Team (TeamID),
    FOREIGN KEY (MitarbeiterID) REFERENCES Mitarbeiter (MitarbeiterID));
CREATE TABLE Firma (FirmaID INTEGER PRIMARY KEY, Firmenname VARCHAR(100));
CREATE TABLE Kunde (KundenNr INTEGER PRIMARY KEY, Vorname VARCHAR(50), Nachname VARCHAR(50), FirmaID INTEGER REFERENCES Firma (FirmaID),
    Geburtsdatum TIMESTAMP NULL, Betreuer_ID INTEGER, deleted BOOLEAN, Umsatz DECIMAL(10, 2), geaendert_am TIMESTAMP NULL,
    FOREIGN KEY (FirmaID) REFERENCES Firma (FirmaID), FOREIGN KEY (Betreuer_ID) REFERENCES Mitarbeiter (MitarbeiterID));
CREATE TABLE Telefon (Kunde_ID INTEGER NOT NULL, lfd INTEGER NOT NULL, Nummer VARCHAR(50), Art VARCHAR(10), PRIMARY KEY (Kunde_ID, lfd));
CREATE TABLE Anschrift (AnschriftID INTEGER PRIMARY KEY, KundenNr INTEGER REFERENCES Kunde (KundenNr), Strasse VARCHAR(99), PLZ VARCHAR(9),
    Ort VARCHAR(50), FOREIGN KEY (KundenNr) REFERENCES Kunde (KundenNr));
INSERT INTO Mitarbeiter VALUES (1, 'anna', 'anna@weber.example', true, 'x'), (2, 'ben', NULL, NULL, 'x');
INSERT INTO Team VALUES (1, 'Vertrieb');
INSERT INTO Team_Mitarbeiter VALUES (1, 1, NULL), (1, 2, '2030-01-01');
INSERT INTO Firma VALUES (7, 'Müller KG');
INSERT INTO Kunde VALUES (100, 'Ida', 'Österle', 7, '1980-02-29 00:00:00', 1, false, 12.5, '2026-01-01 12:00:00'), (101, NULL, 'Zorn', NULL, NULL, NULL, true, NULL, NULL),
    (102, 'Eva', 'Abel', NULL, NULL, 2, NULL, 1, NULL);
INSERT INTO Telefon VALUES (100, 1, '0171 39200 01', 'mobil'), (100, 2, '030 23125 002', 'büro'), (102, 1, '0171 39200 03', 'mobil');
INSERT INTO Anschrift VALUES (1, 100, 'Seestraße 1', '78462', 'Konstanz');
";

/// A profile of a database, written and loaded, with what it rests on.
pub async fn drafted(address: &Address) -> (Profile, CrmSource, Draft, TempDir) {
    let source = CrmSource::open(address, Patience::default()).await.unwrap();
    let catalogue = catalogue(&source).await.unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)));
    let draft = draft(&catalogue, "entwurf").unwrap_or_else(|error| panic!("{error}: {catalogue:#?}"));
    let folder = TempDir::new().unwrap();
    Profile::write_draft(&draft, folder.path()).unwrap();
    assert!(Profile::write_draft(&draft, folder.path()).unwrap_err().to_string().contains("is not empty; nothing was written"));
    let profile = Profile::load(folder.path()).unwrap_or_else(|error| panic!("{error}\n{:#?}", draft.files));
    profile.check_columns(&source).await.unwrap_or_else(|error| panic!("{error}\n{:#?}", draft.files));
    (profile, source, draft, folder)
}

/// Reads with a draft: nothing is in doubt, every value fits, and nobody sees anything.
pub async fn checked(profile: &Profile, source: &CrmSource) -> Snapshot {
    let looked = inspect(profile, source, Wish { slow: Duration::from_secs(600), contents: true }).await.unwrap();
    for relation in &looked.relations {
        let unfit: Vec<_> = relation.columns.iter().filter(|column| !column.unfit.is_empty()).collect();
        assert!(relation.failed.is_none() && unfit.is_empty(), "{}: {:?} {unfit:#?}", relation.file, relation.failed);
    }
    let found = read(profile, source, &Own::default(), None).await.unwrap();
    let report = found.report(profile);
    assert!(report.relations.iter().all(|relation| relation.doubt.is_none()) && report.doubtful_records.is_empty(), "{report:#?}");
    assert!(report.pointing_nowhere.is_empty() && report.doubtful_users == 0, "{report:#?}");
    let now = Utc::now();
    let snapshot = Snapshot::build(found.crm, Moment { now, today: now.date_naive() }).unwrap();
    let census = snapshot.census();
    assert!(census.records > 0 && census.unseen.len() == census.records && census.sees.values().all(|count| *count == 0), "{census:?}");
    snapshot
}

async fn a_foreign_database_is_drafted(kind: Base) {
    let folder = TempDir::new().unwrap();
    let (address, place, _served) = match kind {
        Base::Sqlite => {
            let path = folder.path().join("shop.sqlite");
            (Address::Sqlite(path.clone()), path.display().to_string(), None)
        }
        Base::Postgres | Base::Mariadb => {
            let served = Served::new(kind, if kind == Base::Mariadb { "CHARACTER SET utf8mb4" } else { "" }).await;
            (reader(&served), served.place(), Some(served))
        }
    };
    let mut writer = Writer::open(kind, &place).await;
    writer.run(SHOP).await;
    writer.close().await;
    let (profile, source, draft, _folder) = drafted(&address).await;
    let found = &draft.findings;
    let same = |name: &Option<String>, wanted: &str| name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
    assert!(found.records.0.eq_ignore_ascii_case("Kunde") && found.mistakes.is_empty() && found.unread.is_empty(), "{found:#?}");
    // A server that has not looked yet estimates little or nothing.
    assert!(found.records.1.map_or(kind != Base::Sqlite, |rows| rows == 3 || kind != Base::Sqlite && rows < 3), "{found:#?}");
    assert!(same(&found.users, "Mitarbeiter") && same(&found.groups, "Team") && found.memberships.len() == 1, "{found:#?}");
    let mut parts: Vec<String> = found.parts.iter().map(|[part, table]| format!("{part} {}", table.to_lowercase())).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["address anschrift", "company firma", "phone telefon"]);
    let snapshot = checked(&profile, &source).await;
    assert_eq!(snapshot.record_keys().map(|key| key.as_str()).collect::<Vec<_>>(), ["100", "102"], "what is put away is left out");
    let users: Vec<(&str, bool)> = snapshot.users().map(|user| (user.login.as_str(), user.is_active)).collect();
    assert_eq!(users, [("anna", true), ("ben", false)]);
}

async fn the_reference_crm_is_drafted(kind: Base) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("crm.sqlite");
    sample::create(&path, Size { contacts: 300, users: 60 }, 7, Utc::now()).await.unwrap();
    let served = if kind == Base::Sqlite { None } else { Some(copied(&path, kind).await) };
    let address = served.as_ref().map_or_else(|| Address::Sqlite(path.clone()), reader);
    let (profile, source, draft, _folder) = drafted(&address).await;
    let found = &draft.findings;
    assert_eq!((found.records.0.as_str(), found.users.as_deref(), found.groups.as_deref()), ("contact", Some("crm_user"), Some("user_group")));
    assert_eq!(found.memberships, ["group_member"]);
    let mut parts: Vec<String> = found.parts.iter().map(|pair| pair.join(" ")).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["address postal_address", "category category", "company company", "mail mail_address", "phone phone"]);
    assert_eq!(found.proposals, 3, "{}", draft.files["rule_records.sql"]);
    let fields: Vec<&str> = profile.view().fields().iter().map(|field| field.name.as_str()).collect();
    for field in ["Last name", "First name", "Company", "Owner", "City", "Phone numbers", "Mail addresses", "Categories", "Birthday"] {
        assert!(fields.contains(&field), "{field}: {fields:?}");
    }
    checked(&profile, &source).await;
}

/// Where `tests/tryton/prepare` has made a database with Tryton's own software.
#[tokio::test]
async fn tryton_is_drafted_where_it_is_at_hand() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tryton/tryton.sqlite");
    if !path.exists() {
        eprintln!("not looked at: {} is not there; tests/tryton/prepare makes it", path.display());
        return;
    }
    let (profile, source, draft, _folder) = drafted(&Address::Sqlite(path)).await;
    let found = &draft.findings;
    assert_eq!((found.records.0.as_str(), found.users.as_deref(), found.groups.as_deref()), ("party_party", Some("res_user"), Some("res_group")));
    let parts: Vec<&str> = found.parts.iter().map(|[part, _]| part.as_str()).collect();
    assert!(parts.contains(&"address") && parts.contains(&"mechanism") && parts.contains(&"category"), "{parts:?}");
    checked(&profile, &source).await;
}
