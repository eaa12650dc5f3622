//! Real input: a database that Tryton's own software made, delivered, and compared for each user with what Tryton's own ORM shows him.
//!
//! `tests/tryton/prepare` makes the database on SQLite and PostgreSQL, and for each what Tryton shows its users. What Tryton does with its rights is written down in
//! neither the tests nor the oracle's script: Tryton was asked. [`document`] and [`contact`] repeat the profile's view and mapping from the ORM's
//! words, so that the whole way from the database to the mailbox is compared, value by value.

mod base;
mod contact;
mod document;
mod office;
mod oracle;
mod strange;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use adressbote::graph::CONTACT_MARKER;
use adressbote::worker::reading;
use adressbote_rules::key::{Principal, RecordKey};
use adressbote_rules::sight::{Sighting, Viewer};
use adressbote_simulator::Logged;
use chrono::Utc;
use serde_json::{Map, Value as Json};

use base::{Base, Copy};
use contact::Numbers;
use office::{FOLDER, Office};
use oracle::{Oracle, OracleUser};

/// More than there are parties: everything that a user sees is delivered.
const CAP: u32 = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn each_user_sees_what_tryton_shows_him_on_sqlite() {
    each_user_sees_what_tryton_shows_him(Base::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_user_sees_what_tryton_shows_him_on_postgresql() {
    each_user_sees_what_tryton_shows_him(Base::Postgres).await;
}

async fn each_user_sees_what_tryton_shows_him(kind: Base) {
    let oracle = Oracle::load(kind);
    let database = Copy::of(kind).await;
    let office = Office::open(&database.address, &oracle.users, CAP).await;
    let reading = reading::take(&office.app, Utc::now()).await.unwrap();
    assert_eq!(reading.snapshot.doubts(), &BTreeMap::new());
    assert_eq!(reading.snapshot.doubtful_records(), &BTreeMap::new());
    let users: BTreeSet<_> = reading.snapshot.users().map(|user| &user.key).collect();
    assert_eq!(users, oracle.users.iter().map(|user| &user.key).collect());

    let (mut parties, mut fields, mut differing) = (0, 0, Vec::new());
    for user in &oracle.users {
        let viewer = reading.snapshot.viewer(&user.key).unwrap();
        check_user(user, &viewer);
        let shown = oracle.parties(user);
        for record in oracle.all_records() {
            match (viewer.look(&record), shown.get(&record)) {
                (Sighting::Visible(seen), Some(read)) => {
                    let (found, compared) = document::differences(&seen.document(), &document::of(user, read));
                    differing.extend(found.into_iter().map(|what| format!("{}, party {record}: {what}", user.login)));
                    fields += compared;
                    parties += 1;
                }
                (Sighting::Absent | Sighting::Hidden(_), None) => {}
                (sighting, read) => {
                    differing.push(format!("{}, party {record}: Tryton shows {read:?}, but here {sighting:?}", user.login));
                }
            }
        }
    }
    assert_none(&differing);
    println!("{kind:?}: {parties} parties as {} users see them, {fields} values: all as Tryton's ORM reads them", oracle.users.len());
    assert!(parties > 20_000 && fields > parties * 20, "too little was compared");
}

/// Who he is: mail, activity, and what follows from it: groups with those above them, administration. Whoever may not log in holds nothing.
fn check_user(user: &OracleUser, viewer: &Viewer<'_>) {
    let row = viewer.user();
    assert_eq!((row.login.as_str(), row.mail.as_deref(), row.is_active), (&*user.login, Some(&*user.mail), user.is_active));
    assert_eq!(row.attributes["name"].to_json(), user.name, "{}", user.login);
    let groups: BTreeSet<String> = viewer.person().groups.iter().map(ToString::to_string).collect();
    assert_eq!(groups, if user.is_active { user.groups.clone() } else { BTreeSet::new() }, "{}", user.login);
    assert_eq!(viewer.holds(&Principal::new("administrator")), user.is_administrator && user.is_active, "{}", user.login);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mailbox_holds_what_tryton_shows_its_user() {
    let oracle = Oracle::load(Base::Sqlite);
    let database = Copy::of(Base::Sqlite).await;
    let office = Office::open(&database.address, &oracle.users, CAP).await;
    let begun = Instant::now();
    let report = office.pass().await;
    let took_s = begun.elapsed().as_secs_f64();
    assert!(!report.needs_attention(), "{report:?}");

    let everybodys = oracle.readings_by_party();
    let mut tally = Tally::default();
    for user in &oracle.users {
        let parties = oracle.parties(user);
        check_folder(&office, user, &parties, &mut tally);
        check_requests(&office, (&oracle, user), (&parties, &everybodys), &mut tally);
    }
    assert_none(&tally.differing);
    let Tally { contacts, values, requests, hidden, numbers, .. } = tally;
    println!(
        "{contacts} contacts of {} users in {took_s:.1} s, {values} values: all as Tryton's ORM reads them ({} numbers in E.164, {} as typed)",
        oracle.users.len(),
        numbers.dialable,
        numbers.as_typed,
    );
    println!("{requests} requests with contents, none with any of {hidden} values that their users may not read");
    assert_eq!(contacts, oracle.users.iter().map(|user| oracle.parties(user).len()).sum::<usize>());
    assert!(contacts > 10_000 && hidden > 5_000 && numbers.dialable > 10 * numbers.as_typed, "too little was compared");
}

#[derive(Default)]
struct Tally {
    contacts: usize,
    values: usize,
    requests: usize,
    hidden: usize,
    numbers: Numbers,
    differing: Vec<String>,
}

/// The contacts in a user's folder, by their markers, are the parties that Tryton shows him, each as he reads it there.
fn check_folder(office: &Office, user: &OracleUser, parties: &BTreeMap<&RecordKey, &Json>, tally: &mut Tally) {
    let Some(folder) = office.folder(user) else {
        assert!(parties.is_empty(), "{} has no folder", user.login);
        return;
    };
    let marker = office.marker(user);
    let mut left: BTreeMap<String, &RecordKey> = parties.keys().map(|record| (marker.contact(record).to_string(), *record)).collect();
    for contact in &folder.contacts {
        let mark = &contact.extended[CONTACT_MARKER];
        match left.remove(mark) {
            None => tally.differing.push(format!("{} has a contact that shows none of his parties, or a second one of a party", user.login)),
            Some(record) => {
                let (found, compared) = contact::differences(&contact.fields, parties[record], &mut tally.numbers);
                tally.differing.extend(found.into_iter().map(|what| format!("{}, party {record}: {what}", user.login)));
                tally.values += compared;
                tally.contacts += 1;
            }
        }
    }
    tally.differing.extend(left.values().map(|record| format!("{} has no contact of party {record}", user.login)));
}

/// What was sent to a user's mailbox: one contact per party as he may read it, and his folder's name; to an inactive user nothing.
fn check_requests(
    office: &Office,
    (oracle, user): (&Oracle, &OracleUser),
    (parties, everybodys): (&BTreeMap<&RecordKey, &Json>, &BTreeMap<RecordKey, Vec<&Json>>),
    tally: &mut Tally,
) {
    let marker = office.marker(user);
    let records: BTreeMap<String, RecordKey> = oracle.all_records().map(|record| (marker.contact(&record).to_string(), record)).collect();
    let sent = office.graph.log_since(0, Some(&office.mailbox_id(user)));
    let sent: Vec<&Logged> = sent.iter().filter(|logged| !logged.body.is_null()).collect();
    assert!(user.is_active || sent.is_empty(), "something was sent to {}", user.login);
    for logged in sent {
        tally.requests += 1;
        let body = logged.body.as_object().unwrap();
        let mark = body["singleValueExtendedProperties"][0]["value"].as_str().unwrap();
        if logged.path.ends_with("/contactFolders") {
            assert_eq!((logged.method.as_str(), &body["displayName"], body.len()), ("POST", &Json::from(FOLDER), 2));
            continue;
        }
        let Some((record, read)) = records.get(mark).and_then(|record| Some((record, parties.get(record)?))) else {
            tally.differing.push(format!("{} was sent a contact of party {:?}, which Tryton hides from him", user.login, records.get(mark)));
            continue;
        };
        let (found, _) = contact::differences(body, read, &mut Numbers::default());
        let (leaked, hidden) = leaks(body, read, &everybodys[record]);
        let found = found.into_iter().chain(leaked.into_iter().map(|value| format!("the hidden value {value} was sent")));
        tally.differing.extend(found.map(|what| format!("{}, request of party {record}: {what}", user.login)));
        tally.hidden += hidden;
    }
}

/// What others read of the party and its user does not, as far as it stands in the request, and how many such values there are.
fn leaks(body: &Map<String, Json>, read: &Json, readings: &[&Json]) -> (Vec<String>, usize) {
    let known = words(read);
    let mut hidden: BTreeSet<String> = BTreeSet::new();
    for reading in readings {
        let mut values = Vec::new();
        collect(reading, &mut values);
        values.extend(contact::dialled_all(reading));
        hidden.extend(values.iter().map(|value| spaced(value)).filter(|value| !known.contains(value)));
    }
    // Numbers are written anew in a contact: what he may read as typed he may read as dialled.
    let dialled: BTreeSet<String> = contact::dialled_all(read).iter().map(|value| spaced(value)).collect();
    hidden.retain(|value| !dialled.contains(value));
    let sent = words(&Json::Object(body.clone()));
    let count = hidden.len();
    (hidden.into_iter().filter(|value| sent.contains(value)).collect(), count)
}

/// All texts of a value in one, each word between spaces.
fn words(value: &Json) -> String {
    let mut texts = Vec::new();
    collect(value, &mut texts);
    texts.iter().map(|text| spaced(text)).collect()
}

fn spaced(text: &str) -> String {
    format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn collect(value: &Json, texts: &mut Vec<String>) {
    match value {
        Json::String(text) => texts.push(text.clone()),
        Json::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Json::Object(members) => members.values().for_each(|value| collect(value, texts)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_the_profile_does_not_know_stops_everything_that_rests_on_it() {
    let oracle = Oracle::load(Base::Sqlite);
    let mut database = Copy::of(Base::Sqlite).await;
    let office = Office::open(&database.address, &oracle.users, 20).await;
    let mailboxes = || oracle.users.iter().map(|user| office.graph.mailbox(&user.mail)).collect::<Vec<_>>();
    assert!(!office.pass().await.needs_attention());

    // Elif loses her first party, a new one would come first in every folder, and one more rule says what nobody here understands.
    let elif = oracle.users.iter().find(|user| user.login == "elif.özdemir").unwrap();
    let before = mailboxes();
    let lost = first_party(&office, &oracle, elif);
    let of_suppliers = "SELECT id FROM party_category WHERE name = 'Lieferant'";
    let statements = [
        format!("DELETE FROM \"party_party-party_category\" WHERE party = {} AND category IN ({of_suppliers})", lost.as_str()),
        "INSERT INTO party_party (id, name, code, active) VALUES (99001, 'Aaal & Söhne', '99001', 1)".to_owned(),
        format!("INSERT INTO \"party_party-party_category\" (party, category) {} AND active", of_suppliers.replace("id", "99001, id")),
        r#"INSERT INTO ir_rule (id, rule_group, domain) SELECT 901, id, '[["code", "like", "4%"]]' FROM ir_rule_group WHERE name = 'Lieferanten'"#
            .to_owned(),
    ];
    for statement in statements {
        database.run(&statement).await;
    }
    let doubted = office.pass().await;
    assert_eq!(doubted.doubts.keys().collect::<Vec<_>>(), ["rule_group"]);
    assert!(doubted.doubts["rule_group"].contains("rule 901 of rule group "), "{:?}", doubted.doubts);
    assert!(doubted.needs_attention());
    assert!(!doubted.folders.iter().any(|folder| folder.has_changes()), "{doubted:?}");
    assert!(mailboxes() == before, "a mailbox changed");
    let waiting = &doubted.folders.iter().find(|folder| folder.user == elif.key.as_str()).unwrap().waiting;
    assert_eq!(waiting.iter().map(|(what, count)| (what.as_str(), *count)).collect::<Vec<_>>(), [("new contacts", 1), ("removals: right lost", 1)]);

    database.run("DELETE FROM ir_rule WHERE id = 901").await;
    let well = office.pass().await;
    assert!(well.doubts.is_empty());
    let report = well.folders.iter().find(|folder| folder.user == elif.key.as_str()).unwrap();
    assert_eq!((report.created, report.deleted["right lost"]), (1, 1), "what waited is done once the rule is gone");
    println!(
        "Doubt: {} folders left alone, then {} changed",
        doubted.folders.len(),
        well.folders.iter().filter(|folder| folder.has_changes()).count()
    );
}

/// The party of the first contact in a user's folder.
fn first_party(office: &Office, oracle: &Oracle, user: &OracleUser) -> RecordKey {
    let marker = office.marker(user);
    let mark = &office.folder(user).unwrap().contacts[0].extended[CONTACT_MARKER];
    oracle.all_records().find(|record| marker.contact(record).to_string() == *mark).unwrap()
}

fn assert_none(differing: &[String]) {
    let first: Vec<&str> = differing.iter().take(20).map(String::as_str).collect();
    assert!(differing.is_empty(), "{} differences, the first are:\n{}", differing.len(), first.join("\n"));
}
