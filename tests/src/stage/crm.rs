//! A small CRM: three users, nine persons, two right rules, a part right, a field right. What each user gets from it is said in [`ROWS`].
//!
//! Profile and tables are one text for all databases, but for types and quotes.

use std::path::Path;

use adressbote_servers::Base;

/// Its profile but for the SQL.
const PROFILE: &str = r#"[profile]
name = "klein"
description = "A small CRM"
database = "sqlite"
time_zone = "Europe/Berlin"

[parts.main.columns]
first_name = { kind = "text" }
last_name = { kind = "text" }
full_name = { kind = "text", sources = ["main.first_name", "main.last_name"] }
company = { kind = "text" }
city = { kind = "text" }
status = { kind = "text" }
birthday = { kind = "date" }
notes = { kind = "text" }

[parts.phone]
order = ["place"]
[parts.phone.columns]
kind = { kind = "text" }
number = { kind = "text" }
place = { kind = "int" }

[view]
name = "Kontakte"
locale = "de-u-co-phonebk"
order = ["Nachname", "Vorname"]

[fields]
Nachname = { column = "main.last_name" }
Vorname = { column = "main.first_name" }
Name = { column = "main.full_name" }
Firma = { column = "main.company" }
Ort = { column = "main.city" }
Status = { column = "main.status" }
Geburtstag = { column = "main.birthday" }
Bemerkung = { column = "main.notes" }

[rules.access]
target = "record"
title = "Zugriff"
[rules.secrecy]
target = "record"
default = "open"
title = "Vertraulich"
[rules.private]
target = "part"
part = "phone"
default = "open"
title = "Private Nummern"

[field_rights]
combine = "denial_wins"
silence = "readable"

[subscriptions]
kept = "crm"
[filters]
kept = "crm"

[limits]
shrink_percent = 70
[limits.relations]
field_rights = 100
filters = 100

[mapping]
default_country = "DE"
[mapping.properties]
displayName = { first = ["$.Name"] }
fileAs = { join = ["$.Nachname", "$.Vorname"], with = ", " }
givenName = { first = ["$.Vorname"] }
surname = { first = ["$.Nachname"] }
companyName = { first = ["$.Firma"] }
businessPhones = { all = ["$.phone[?@.kind == 'office'].number"] }
mobilePhone = { first = ["$.phone[?@.kind == 'mobile'].number"] }
birthday = { first = ["$.Geburtstag"] }
personalNotes = { first = ["$.Bemerkung"] }
categories = { text = ["CRM"] }
[mapping.properties.businessAddress]
city = { first = ["$.Ort"] }
"#;

/// Its SQL, by file.
const SQL: [(&str, &str); 15] = [
    ("users.sql", "SELECT id AS user, login, mail, active, internal FROM staff"),
    ("groups.sql", "SELECT id AS \"group\", name FROM team"),
    ("holds.sql", "SELECT staff AS user, 'group:' || team AS principal FROM member"),
    ("implies.sql", "SELECT 'group:' || inner_team AS principal, 'group:' || outer_team AS implied FROM nesting"),
    (
        "view.sql",
        "SELECT id AS record, first_name, last_name, first_name || ' ' || last_name AS full_name, company, city, status, birthday, notes\nFROM person",
    ),
    ("part_phone.sql", "SELECT person AS record, id AS part, kind, number, place FROM phone"),
    ("rule_access.sql", "SELECT person AS record, principal, valid_from AS \"from\", valid_until AS until FROM access"),
    ("rule_secrecy.sql", "SELECT person AS record, principal FROM secrecy"),
    ("rule_private.sql", "SELECT phone AS part, principal FROM private_phone"),
    ("field_rights.sql", "SELECT principal, source, answer FROM field_right"),
    ("seats.sql", "SELECT staff AS user FROM seat"),
    ("subscriptions.sql", "SELECT person AS record, principal, maker AS \"by\" FROM abo"),
    ("filters.sql", "SELECT holder, filter FROM wish"),
    ("erased.sql", "SELECT person AS record FROM erasure"),
    ("bars.sql", "SELECT person AS record, principal FROM bar"),
];

/// Its tables. Days and moments stand in columns of no type where the database lets them, so that a story can put anything there.
const TABLES: &str = "
CREATE TABLE staff (id TEXT, login TEXT, mail TEXT, active INTEGER, internal INTEGER);
CREATE TABLE team (id TEXT, name TEXT);
CREATE TABLE member (staff TEXT, team TEXT);
CREATE TABLE nesting (inner_team TEXT, outer_team TEXT);
CREATE TABLE seat (staff TEXT);
CREATE TABLE person (id TEXT, first_name TEXT, last_name TEXT, company TEXT, city TEXT, status TEXT, birthday DAY, notes TEXT);
CREATE TABLE phone (id TEXT, person TEXT, kind TEXT, number TEXT, place INTEGER);
CREATE TABLE access (person TEXT, principal TEXT, valid_from MOMENT, valid_until MOMENT);
CREATE TABLE secrecy (person TEXT, principal TEXT);
CREATE TABLE private_phone (phone TEXT, principal TEXT);
CREATE TABLE field_right (principal TEXT, source TEXT, answer TEXT);
CREATE TABLE abo (person TEXT, principal TEXT, maker TEXT);
CREATE TABLE wish (holder TEXT, filter TEXT);
CREATE TABLE erasure (person TEXT);
CREATE TABLE bar (person TEXT, principal TEXT);
";

/// What stands in them. Anna and Berta (south) get Abel, Kurz, Lang, Österle, Öztürk, Zorn; Carl (north) gets Binder, Lang, Öztürk, Weiß without birthdays.
/// Anna alone gets Österle's mobile number. Binder is shared with Anna, too, but secret to the north. Kurt Alt is not active, so nobody's filter wants
/// him.
const ROWS: &str = "
INSERT INTO staff VALUES
    ('anna', 'anna', 'anna@firma.example', 1, 1), ('berta', 'berta', 'berta@firma.example', 1, 1), ('carl', 'carl', 'carl@firma.example', 1, 1);
INSERT INTO team VALUES ('sued', 'Süd'), ('nord', 'Nord');
INSERT INTO member VALUES ('anna', 'sued'), ('berta', 'sued'), ('carl', 'nord');
INSERT INTO seat VALUES ('anna'), ('berta'), ('carl');
INSERT INTO person VALUES
    ('100', 'Ida', 'Österle', 'Müller & Söhne KG', 'Konstanz', 'aktiv', '1980-02-29', 'segelt gern'),
    ('101', 'Max', 'Zorn', 'Zorn GmbH', 'Singen', 'aktiv', NULL, NULL),
    ('102', 'Eva', 'Abel', 'Abel & Abel', 'Konstanz', 'aktiv', '1999-12-31', NULL),
    ('103', 'Udo', 'Kurz', NULL, 'Radolfzell', 'aktiv', NULL, NULL),
    ('104', 'Pia', 'Lang', 'Lang AG', 'Konstanz', 'aktiv', '1975-05-05', NULL),
    ('105', 'Jan', 'Öztürk', 'Öztürk Bau', 'Singen', 'aktiv', NULL, NULL),
    ('106', 'Rosa', 'Binder', 'Binderei', 'Ulm', 'aktiv', '1961-06-17', 'streng vertraulich'),
    ('107', 'Tom', 'Weiß', 'Weiß & Co.', 'Ulm', 'aktiv', NULL, NULL),
    ('108', 'Kurt', 'Alt', NULL, 'Ulm', 'alt', NULL, NULL);
INSERT INTO phone VALUES
    ('t1', '100', 'office', '030 23125 001', 1), ('t2', '100', 'mobile', '0171 39200 01', 2), ('t3', '101', 'office', '030 23125 002', 1),
    ('t4', '102', 'office', '030 23125 003', 1), ('t5', '104', 'mobile', '0171 39200 04', 1), ('t6', '106', 'mobile', '0171 39200 06', 1);
INSERT INTO access (person, principal) VALUES
    ('100', 'group:sued'), ('101', 'group:sued'), ('102', 'group:sued'), ('103', 'group:sued'), ('104', 'group:sued'), ('105', 'group:sued'),
    ('108', 'group:sued'), ('104', 'group:nord'), ('105', 'group:nord'), ('106', 'group:nord'), ('107', 'group:nord'), ('106', 'user:anna');
INSERT INTO secrecy VALUES ('106', 'group:nord');
INSERT INTO private_phone VALUES ('t2', 'user:anna'), ('t6', 'group:nord');
INSERT INTO field_right VALUES ('group:nord', 'main.birthday', 'deny');
";

/// The SQL that makes it.
pub(super) fn database(base: Base) -> String {
    let (day, moment) = match base {
        Base::Sqlite => ("", ""),
        Base::Postgres => (" date", " timestamptz"),
        Base::Mariadb => (" DATE", " DATETIME(3)"),
    };
    TABLES.replace(" DAY", day).replace(" MOMENT", moment) + ROWS
}

/// Writes its profile into a folder, which is made.
pub(super) fn write_profile(base: Base, folder: &Path) {
    let (dialect, quote) = match base {
        Base::Sqlite => ("sqlite", "\""),
        Base::Postgres => ("postgres", "\""),
        Base::Mariadb => ("mysql", "`"),
    };
    std::fs::create_dir(folder).unwrap();
    std::fs::write(folder.join("profile.toml"), PROFILE.replace("\"sqlite\"", &format!("\"{dialect}\""))).unwrap();
    for (file, text) in SQL {
        std::fs::write(folder.join(file), text.replace('"', quote)).unwrap();
    }
}
