//! A closer look at a CRM: what stands in columns, what points nowhere, how slow statements are planned.

use std::time::Duration;

use adressbote_rules::map::Mapping;
use adressbote_schema::crm::{Inspection, RelationInspected, Wish, inspect, unused};
use adressbote_servers::{Base, on_each_database};

use crate::fixture::Case;

on_each_database!(every_column_is_counted, a_slow_statement_is_shown_with_its_plan, what_points_nowhere_is_found,);

const QUIET: Wish = Wish { slow: Duration::from_secs(600), contents: false };

async fn looked(case: &Case, wish: Wish) -> Inspection {
    inspect(&case.profile(), &case.source().await, wish).await.unwrap()
}

fn one<'i>(inspection: &'i Inspection, name: &str) -> &'i RelationInspected {
    inspection.relations.iter().find(|one| one.name == name).unwrap()
}

async fn every_column_is_counted(kind: Base) {
    let mut case = Case::on(kind).await;
    case.sql("INSERT INTO person (id, last_name) VALUES (101, 'Zorn der Zweite')").await;
    let words = case.files["view.sql"].replace("birthday,", "CASE id WHEN 102 THEN '31.12.1999' END AS birthday,");
    case.files.insert("view.sql".to_owned(), words);
    let found = looked(&case, QUIET).await;
    let view = one(&found, "view");
    assert_eq!((view.rows, view.failed.as_ref(), view.plan.len()), (6, None, 0));
    let keys = view.keys.as_ref().unwrap();
    assert_eq!((keys.distinct, keys.double.count, keys.double.first.as_slice()), (5, 1, &["101".to_owned()][..]));
    let column = |name: &str| view.columns.iter().find(|column| column.name == name).unwrap();
    assert_eq!((column("first_name").kind, column("first_name").nulls, column("first_name").unfit.count), ("text", 1, 0));
    let birthday = column("birthday");
    assert_eq!((birthday.kind, birthday.nulls, birthday.unfit.count, birthday.unfit.first.as_slice()), ("date", 5, 1, &["102".to_owned()][..]));
    assert_eq!((birthday.why.as_deref(), birthday.examples.len()), (Some("is no date (YYYY-MM-DD)"), 0));
    let names = |relation: &str| one(&found, relation).columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    assert_eq!(names("holds"), ["user", "principal"], "what a relation may lack and does is no column");
    assert_eq!(one(&found, "part_phone").keys.as_ref().unwrap().distinct, 3);
    assert!(one(&found, "rule_territory").keys.is_none());
    let shown = looked(&case, Wish { contents: true, ..QUIET }).await;
    let birthday = one(&shown, "view").columns.iter().find(|column| column.name == "birthday").unwrap().examples.clone();
    assert_eq!(birthday, ["31.12.1999"]);
}

async fn a_slow_statement_is_shown_with_its_plan(kind: Base) {
    let mut case = Case::on(kind).await;
    case.files.insert("doubt_view.sql".to_owned(), "-- with a comment\nSELECT what FROM odd -- at the end".to_owned());
    let found = looked(&case, Wish { slow: Duration::ZERO, contents: false }).await;
    for relation in &found.relations {
        assert!(relation.failed.is_none() && !relation.plan.is_empty(), "{relation:?}");
    }
    let plan = one(&found, "part_company").plan.join("\n");
    let words = match kind {
        Base::Sqlite => ["SCAN p", "SEARCH c"],
        Base::Postgres => ["Join", "Seq Scan on person"],
        Base::Mariadb => ["table p", "type ALL"],
    };
    assert!(words.iter().all(|word| plan.contains(word)), "{plan}");
    assert!(one(&found, "doubt_view").plan.iter().any(|line| line.contains("odd")));
    assert_eq!(one(&found, "view").rows, 5, "the reading goes on");
}

async fn what_points_nowhere_is_found(kind: Base) {
    let case = Case::on(kind).await;
    case.sql(
        "INSERT INTO member VALUES (77, 1), (1, 99); INSERT INTO nesting VALUES (2, 98); INSERT INTO bar VALUES (555, 'user:1'); \
         INSERT INTO abo VALUES (100, 'group:97', 'anna'); INSERT INTO staff VALUES (5, 'anna2', 'ANNA@weber.example', true, true, NULL)",
    )
    .await;
    let found = case.read().await;
    let report = found.report(&case.profile());
    let lost: Vec<String> = report.pointing_nowhere.iter().map(|(what, lost)| format!("{what} {} {}", lost.count, lost.first.join(","))).collect();
    assert_eq!(lost, ["holds.principal 1 group:99", "holds.user 1 77", "implies.implied 1 group:98", "subscriptions.principal 1 group:97"]);
    assert_eq!(report.outside_view.keys().collect::<Vec<_>>(), ["bars.record"]);
    assert_eq!(report.outside_view["bars.record"].first, ["555"]);
    assert_eq!(report.shared_mails.first, ["1 = 5"]);
    assert_eq!(report.idle_implies.first, ["group:2 -> group:98"]);
    assert_eq!((report.users_without_mail, report.users_without_mail_first.join(",")), (1, "2".to_owned()));
    assert_eq!(report.unheld_first, ["role:nobody"], "what is not there is said once");
    assert!(
        report.unnamed_sources.first.contains(&"main.last_name".to_owned()) && !report.unnamed_sources.first.contains(&"main.revenue".to_owned())
    );
}

#[tokio::test]
async fn what_nothing_uses_is_named() {
    let case = Case::new().await;
    let (profile, found) = (case.profile(), case.read().await);
    let mapping = Mapping::new(profile.mapping(), profile.view()).unwrap();
    let nothing = unused(&profile, &mapping, found.crm.filters.rows().iter().filter_map(|row| row.filter.as_ref().ok()));
    assert_eq!(nothing.fields, ["Geburtstag", "Firma", "Mobil", "Nummern", "Anzahl", "Summe", "Summe offen"]);
    assert_eq!(nothing.columns, ["main.first_name"]);
    let names = adressbote_rules::filter::Names { view: profile.view(), user_columns: profile.user_columns(), known: None };
    let filter = adressbote_rules::filter::Filter::parse("NOT (Firma IS NULL OR Anzahl > 2)", names).unwrap();
    assert_eq!(unused(&profile, &mapping, [&filter].into_iter()).fields, ["Geburtstag", "Mobil", "Nummern", "Summe", "Summe offen"]);
}
