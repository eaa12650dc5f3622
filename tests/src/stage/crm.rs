//! A small CRM: three users, nine persons, two right rules, a part right, a field right. What each user gets from it is said in [`DATABASE`].

/// Its profile but for the SQL.
pub const PROFILE: &str = r#"[profile]
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
pub const SQL: [(&str, &str); 15] = [
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
    ("subscriptions.sql", "SELECT person AS record, principal, by FROM abo"),
    ("filters.sql", "SELECT holder, filter FROM wish"),
    ("erased.sql", "SELECT person AS record FROM erasure"),
    ("bars.sql", "SELECT person AS record, principal FROM bar"),
];

/// Its tables. Anna and Berta (south) get Abel, Kurz, Lang, Österle, Öztürk, Zorn; Carl (north) gets Binder, Lang, Öztürk, Weiß without birthdays.
/// Anna alone gets Österle's mobile number. Binder is shared with Anna, too, but secret to the north. Kurt Alt is not active, so nobody's filter wants
/// him.
pub const DATABASE: &str = "
CREATE TABLE staff (id TEXT, login TEXT, mail TEXT, active INTEGER, internal INTEGER);
INSERT INTO staff VALUES
    ('anna', 'anna', 'anna@firma.example', 1, 1), ('berta', 'berta', 'berta@firma.example', 1, 1), ('carl', 'carl', 'carl@firma.example', 1, 1);
CREATE TABLE team (id TEXT, name TEXT);
INSERT INTO team VALUES ('sued', 'Süd'), ('nord', 'Nord');
CREATE TABLE member (staff TEXT, team TEXT);
INSERT INTO member VALUES ('anna', 'sued'), ('berta', 'sued'), ('carl', 'nord');
CREATE TABLE nesting (inner_team TEXT, outer_team TEXT);
CREATE TABLE seat (staff TEXT);
INSERT INTO seat VALUES ('anna'), ('berta'), ('carl');
CREATE TABLE person (id TEXT, first_name TEXT, last_name TEXT, company TEXT, city TEXT, status TEXT, birthday, notes TEXT);
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
CREATE TABLE phone (id TEXT, person TEXT, kind TEXT, number TEXT, place INTEGER);
INSERT INTO phone VALUES
    ('t1', '100', 'office', '030 23125 001', 1), ('t2', '100', 'mobile', '0171 39200 01', 2), ('t3', '101', 'office', '030 23125 002', 1),
    ('t4', '102', 'office', '030 23125 003', 1), ('t5', '104', 'mobile', '0171 39200 04', 1), ('t6', '106', 'mobile', '0171 39200 06', 1);
CREATE TABLE access (person TEXT, principal TEXT, valid_from TEXT, valid_until TEXT);
INSERT INTO access (person, principal) VALUES
    ('100', 'group:sued'), ('101', 'group:sued'), ('102', 'group:sued'), ('103', 'group:sued'), ('104', 'group:sued'), ('105', 'group:sued'),
    ('108', 'group:sued'), ('104', 'group:nord'), ('105', 'group:nord'), ('106', 'group:nord'), ('107', 'group:nord'), ('106', 'user:anna');
CREATE TABLE secrecy (person TEXT, principal TEXT);
INSERT INTO secrecy VALUES ('106', 'group:nord');
CREATE TABLE private_phone (phone TEXT, principal TEXT);
INSERT INTO private_phone VALUES ('t2', 'user:anna'), ('t6', 'group:nord');
CREATE TABLE field_right (principal TEXT, source TEXT, answer TEXT);
INSERT INTO field_right VALUES ('group:nord', 'main.birthday', 'deny');
CREATE TABLE abo (person TEXT, principal TEXT, by TEXT);
CREATE TABLE wish (holder TEXT, filter TEXT);
CREATE TABLE erasure (person TEXT);
CREATE TABLE bar (person TEXT, principal TEXT);
";
