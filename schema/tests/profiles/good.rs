//! A profile without mistakes: what is read, and what it means.

use adressbote_rules::crm::{Combine, Relation, Silence, SubscriptionRow, Target};
use adressbote_rules::key::{Principal, RecordKey, Source, UserKey};
use adressbote_rules::time::Period;
use adressbote_rules::value::{Kind, Type, Value};
use adressbote_rules::view::{Field, Formation, PartId};
use adressbote_schema::crm::{Own, OwnFilter};
use adressbote_schema::profile::{Kept, Profile, shipped};
use adressbote_servers::{Base, on_each_database};
use chrono::{DateTime, NaiveDate};

use crate::fixture::{Case, doubtful};
use crate::streamed::read;

on_each_database!(
    every_relation_is_read_and_proven,
    what_is_kept_as_html_is_read_as_text,
    without_seats_every_active_internal_user_is_a_candidate,
    our_rows_are_added_as_the_profile_says,
    the_report_counts_what_looks_wrong,
);

fn field<'p>(profile: &'p Profile, name: &str) -> &'p Field {
    let view = profile.view();
    view.field(view.field_named(name).unwrap()).unwrap()
}

fn sources(field: &Field) -> Vec<&str> {
    field.sources.iter().map(Source::as_str).collect()
}

async fn what_is_kept_as_html_is_read_as_text(kind: Base) {
    let mut case = Case::on(kind).await;
    case.replace("profile.toml", "last_name = { kind = \"text\" }", "last_name = { kind = \"html\" }");
    case.sql("UPDATE person SET last_name = '<p>Kurz &amp; gut</p>' WHERE id = 103; UPDATE person SET last_name = '<br>' WHERE id = 104").await;
    let found = case.read().await;
    let read = |record: &str| found.crm.records.rows().iter().find(|row| row.key.as_str() == record).unwrap().values[0].clone();
    assert_eq!((read("103"), read("104"), read("100")), (Value::text("Kurz & gut"), Value::Null, Value::text("Österle")));
    assert_eq!(case.profile().view().parts()[0].columns[0].kind, Kind::Text, "filters and order see text");
}

#[tokio::test]
async fn the_view_is_what_the_file_says() {
    let profile = Case::new().await.profile();
    let view = profile.view();
    assert_eq!(view.parts().iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["main", "company", "phone"]);
    let names: Vec<&str> = view.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["Nachname", "Name", "Geburtstag", "Umsatz", "Firma", "Mobil", "Nummern", "Anzahl", "Summe", "Summe offen"]);
    let order: Vec<(&str, bool)> = view.order().iter().map(|key| (view.field(key.field).unwrap().name.as_str(), key.descending)).collect();
    assert_eq!(order, [("Nachname", false), ("Umsatz", true)]);
    assert_eq!(field(&profile, "Geburtstag").ty, Type { kind: Kind::Date, many: false });
    assert_eq!(field(&profile, "Nummern").ty, Type { kind: Kind::Text, many: true });
    assert_eq!(field(&profile, "Anzahl").ty, Type { kind: Kind::Int, many: false });
}

#[tokio::test]
async fn fields_know_their_sources_and_seals() {
    let profile = Case::new().await.profile();
    assert_eq!(sources(field(&profile, "Name")), ["main.first_name", "main.last_name"]);
    assert_eq!(
        sources(field(&profile, "Mobil")),
        ["phone.kind", "phone.number", "phone.place"],
        "who may not read the kind may not learn it from the choice"
    );
    assert_eq!(sources(field(&profile, "Anzahl")), ["phone"]);
    assert!(field(&profile, "Summe").sealed);
    assert!(!field(&profile, "Summe offen").sealed);
    let Formation::First { when, .. } = &field(&profile, "Mobil").formation else { panic!("not the first") };
    assert_eq!(when[0].any_of, [Value::text("mobile")]);
}

#[tokio::test]
async fn a_field_over_a_part_without_rules_is_not_sealed() {
    let mut case = Case::new().await;
    case.replace("profile.toml", "over = [\"phone\"] }", "over = [\"company\"] }");
    assert!(!field(&case.profile(), "Summe").sealed);
}

#[tokio::test]
async fn settings_are_taken_or_default_to_the_strictest() {
    let mut case = Case::new().await;
    let profile = case.profile();
    assert_eq!((profile.combine(), profile.silence()), (Combine::GrantLiftsDenial, Silence::Readable));
    assert_eq!((profile.subscriptions_kept(), profile.filters_kept()), (Kept::Both, Kept::Ours));
    assert_eq!((profile.limits().of(&Relation::Bars), profile.limits().of(&Relation::Users)), (100, 40));
    assert_eq!((profile.time_zone(), profile.name()), ("Europe/Berlin", "kleinod"));
    assert_eq!(profile.rules()[0].title, "Gebiet");
    assert_eq!(profile.rules()[1].title, "private");
    assert!(!profile.rules()[0].shape.is_open_by_default && profile.rules()[1].shape.is_open_by_default);
    case.replace("profile.toml", "combine = \"grant_lifts_denial\"\nsilence = \"readable\"", "");
    let strict = case.profile();
    assert_eq!((strict.combine(), strict.silence()), (Combine::DenialWins, Silence::Masked));
}

async fn every_relation_is_read_and_proven(kind: Base) {
    let case = Case::on(kind).await;
    case.profile().check_columns(&case.source().await).await.unwrap();
    let found = case.read().await;
    let crm = &found.crm;
    assert!(doubtful(&found).is_empty());
    assert_eq!(crm.users.rows().len(), 4);
    let anna = &crm.users.rows()[0];
    assert_eq!((anna.key.as_str(), anna.login.as_str(), anna.mail.as_deref()), ("1", "anna", Some("anna@weber.example")));
    assert_eq!(anna.attributes["region"], Value::text("Süd"));
    assert_eq!(
        crm.users.rows().iter().map(|user| (user.is_active, user.is_internal)).collect::<Vec<_>>(),
        [(true, true), (true, true), (true, false), (false, true)]
    );
    assert_eq!(crm.records.rows().len(), 5);
    let ida = &crm.records.rows()[0];
    let birthday = Value::Date(NaiveDate::from_ymd_opt(1980, 2, 29).unwrap());
    assert_eq!(ida.values, [Value::text("Österle"), Value::text("Ida"), Value::text("Ida Österle"), birthday, Value::Real(12.5), Value::Int(3)]);
    assert_eq!((crm.parts[0].rows().len(), crm.parts[1].rows().len()), (2, 3));
    assert_eq!((crm.parts[1].rows()[0].record.as_str(), crm.parts[1].rows()[0].key.as_str()), ("100", "1"));
    assert_eq!(crm.rules[0].rows.rows()[0].during.until, DateTime::from_timestamp(1_893_456_000, 0));
    assert_eq!(crm.rules[1].shape.target, Target::Part(crm.view.part_named("phone").unwrap()));
    assert_ne!(crm.view.part_named("phone"), Some(PartId::MAIN));
    assert_eq!(crm.rules[0].exempt.rows()[0].principal.as_str(), "group:1");
    let report = found.report(&case.profile());
    assert!(report.relations.iter().all(|relation| relation.doubt.is_none()), "{report:?}");
    assert_eq!(found.baseline[&Relation::View], 5);
    assert_eq!(found.baseline.len(), 13);
}

#[tokio::test]
async fn a_day_in_a_row_begins_where_the_company_is() {
    let case = Case::new().await;
    case.sql("UPDATE territory SET valid_from = '2026-07-01', valid_until = '2030-01-01'").await;
    let (profile, source) = (case.profile(), case.source().await);
    assert_eq!(profile.time_zone(), "Europe/Berlin");
    for (profile, from, until) in [
        (profile.clone(), "2026-06-30T22:00:00Z", "2029-12-31T23:00:00Z"),
        (profile.in_zone(chrono_tz::Tz::America__New_York), "2026-07-01T04:00:00Z", "2030-01-01T05:00:00Z"),
    ] {
        let crm = read(&profile, &source, &Own::default(), None).await.unwrap().crm;
        let at = |text: &str| Some(DateTime::parse_from_rfc3339(text).unwrap().to_utc());
        assert_eq!(crm.rules[0].rows.rows()[0].during, Period { from: at(from), until: at(until) });
    }
}

async fn without_seats_every_active_internal_user_is_a_candidate(kind: Base) {
    let mut case = Case::on(kind).await;
    let seats = |read: &adressbote_schema::crm::Read| read.crm.seats.rows().iter().map(|seat| seat.user.to_string()).collect::<Vec<_>>();
    assert_eq!(seats(&case.read().await), ["1", "2"]);
    case.files.insert("seats.sql".to_owned(), "SELECT id AS user FROM staff WHERE id = 3".to_owned());
    assert_eq!(seats(&case.read().await), ["3"]);
}

async fn our_rows_are_added_as_the_profile_says(kind: Base) {
    let mut case = Case::on(kind).await;
    let ours = SubscriptionRow {
        record: RecordKey::new("104"),
        principal: Principal::of_user(&UserKey::new("2")),
        book: None,
        by: "cli".into(),
        during: Period::ALWAYS,
    };
    let filter = OwnFilter { holder: Principal::new("group:2"), book: Some("kontakte".to_owned()), text: "Nachname = 'Zorn'".to_owned() };
    let own = Own {
        subscriptions: vec![ours],
        filters: vec![filter],
        erased: vec![adressbote_rules::crm::ErasedRow { record: RecordKey::new("103") }],
        ..Own::default()
    };
    let crm = read(&case.profile(), &case.source().await, &own, None).await.unwrap();
    assert_eq!(crm.crm.subscriptions.rows().iter().map(|row| row.record.as_str()).collect::<Vec<_>>(), ["100", "104"]);
    assert!(crm.crm.subscriptions.doubt().is_none() && crm.crm.filters.doubt().is_none() && crm.crm.erased.doubt().is_none());
    assert_eq!((crm.crm.filters.rows().len(), crm.crm.erased.rows().len()), (1, 1));
    assert_eq!(crm.crm.filters.rows()[0].book.as_deref(), Some("kontakte"));
    assert_eq!(crm.baseline[&Relation::Subscriptions], 1, "ours are not the CRM's and prove nothing about it");

    case.files.get_mut("profile.toml").unwrap().push_str("[subscriptions]\nkept = \"crm\"\n[filters]\nkept = \"crm\"\n");
    case.files.insert("filters.sql".to_owned(), "SELECT 'user:1' AS holder, 'Firma IS NULL' AS filter, 'firmen' AS book".to_owned());
    let crm = read(&case.profile(), &case.source().await, &own, None).await.unwrap().crm;
    assert_eq!(crm.subscriptions.rows().len(), 1);
    assert_eq!((crm.filters.rows()[0].holder.as_str(), crm.filters.rows()[0].book.as_deref()), ("user:1", Some("firmen")));
}

async fn the_report_counts_what_looks_wrong(kind: Base) {
    let case = Case::on(kind).await;
    case.sql("INSERT INTO phone VALUES (9, 999, 'mobile', '0171 39200 09', 1)").await;
    let report = case.read().await.report(&case.profile());
    assert_eq!((report.users, report.active_users, report.users_without_mail), (4, 2, 1));
    assert_eq!((report.unheld_principals, report.unheld_first), (1, vec!["role:nobody".to_owned()]));
    assert_eq!(report.part_rows_without_record, [("phone".to_owned(), 1)].into());
    assert_eq!(report.record_rules, 1);
    assert!(report.unknown_sources.is_empty() && report.broken_filters.is_empty() && report.doubtful_records.is_empty());
    let users = report.relations.iter().find(|relation| relation.name == "users").unwrap();
    assert_eq!((users.rows, users.file.as_str()), (Some(4), "users.sql"));
    assert_eq!(users.columns, ["user", "login", "mail", "active", "[internal]", "region"]);
}

#[tokio::test]
async fn every_shipped_profile_loads_and_can_be_written_out() {
    let case = Case::new().await;
    for name in shipped() {
        let embedded = Profile::embedded(name).unwrap_or_else(|error| panic!("{error}"));
        let folder = case.path(name);
        Profile::export(name, &folder).unwrap();
        assert_eq!(Profile::load(&folder).unwrap().name(), embedded.name());
        let again = Profile::export(name, &folder).unwrap_err().to_string();
        assert!(again.ends_with("is not empty; nothing was written. Name a new or empty folder"), "{again}");
    }
    let unknown = Profile::export("tryto", &case.path("none")).unwrap_err().to_string();
    assert!(unknown.contains("there is no profile of this name"), "{unknown}");
    assert!(!case.path("none").exists());
}

#[tokio::test]
async fn what_sqlite_offers_beyond_the_standard_is_understood() {
    let mut case = Case::new().await;
    for condition in [
        "kind GLOB 'a*'",
        "kind ->> '$.a' = 1",
        "EXISTS (SELECT 1 FROM json_each('[1]') AS one WHERE one.value = place)",
        "(kind, number) = ('a', 'b')",
        "(SELECT group_concat(kind, ',' ORDER BY kind) FROM phone) IS NULL",
        "kind COLLATE NOCASE = 'x' OR kind IS NOT DISTINCT FROM number",
        "kind LIKE 'a' ESCAPE '!' AND kind <> x'00ff'",
        "1 = (WITH one AS (VALUES (1), (2)) SELECT max(column1) FROM one)",
        "date(kind, '+1 day') > '2024-01-01' UNION SELECT 1, 2, 3, 4, 5 ORDER BY 1 NULLS LAST LIMIT 5",
    ] {
        let sql = format!("SELECT person AS record, id AS part, kind, number, place FROM phone WHERE {condition}");
        case.files.insert("part_phone.sql".to_owned(), sql);
        case.profile().check_columns(&case.source().await).await.unwrap_or_else(|error| panic!("{condition}: {error}"));
    }
}

/// The worker reads on whichever thread is free.
#[test]
fn a_reading_may_move_between_threads() {
    fn is_send<T: Send>(_: T) {}
    let never = |profile: &Profile, source: &adressbote_schema::crm::CrmSource, own: &Own| {
        is_send(read(profile, source, own, None));
        is_send(profile.check_columns(source));
    };
    let _ = never;
}
