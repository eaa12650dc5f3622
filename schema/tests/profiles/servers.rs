//! What only servers do: accounts, networks, locks, and values that SQLite does not have.

use std::collections::BTreeSet;
use std::time::Duration;

use adressbote_rules::crm::{Crm, Doubt, Reading};
use adressbote_schema::crm::{Address, CrmError, CrmSource, Own, Patience};
use adressbote_schema::profile::CheckError;
use adressbote_servers::{Base, PASSWORD, on_each_server};

use crate::fixture::{Case, doubtful, reader};
use crate::streamed::read;

on_each_server!(
    the_same_data_give_the_same_crm,
    a_wrong_password_is_said,
    an_unknown_database_is_said,
    a_server_that_is_not_there_is_said,
    a_server_is_trusted_as_far_as_its_certificate_reaches,
    an_account_that_demands_tls_is_served_by_it_alone,
    a_profile_for_another_database_is_refused,
    a_table_that_is_locked_too_long_is_doubtful_alone,
    a_note_of_ten_megabytes_concerns_its_record_alone,
    a_grant_that_is_missing_is_said,
    a_column_that_is_gone_or_changed_concerns_its_relation_or_records,
    names_that_the_server_does_not_know_are_refused_by_file_and_line,
    an_empty_database_is_said,
);

fn impatient() -> Patience {
    Patience { lock: Duration::from_secs(1), ..Patience::default() }
}

async fn refused(address: &str, password: &str) -> CrmError {
    let address = address.parse::<Address>().unwrap().with_password(Some(password.into()));
    let error = CrmSource::open(&address, impatient()).await.expect_err("it cannot be read");
    let mut said = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(one) = cause {
        said = format!("{said}: {one}");
        cause = one.source();
    }
    assert!(!said.contains(PASSWORD) && !said.contains("hunter2") && !said.contains("://"), "{said}");
    error
}

async fn the_same_data_give_the_same_crm(kind: Base) {
    let mut crms = Vec::new();
    for kind in [Base::Sqlite, kind] {
        let mut case = Case::on(kind).await;
        case.replace(
            "profile.toml",
            "total = { kind = \"int\" }",
            "total = { kind = \"int\" }\nseen = { kind = \"moment\" }\nvip = { kind = \"bool\" }",
        );
        case.replace("view.sql", "revenue, total", "revenue, total, seen, vip");
        let (moment, flag) = match kind {
            Base::Sqlite => ("TEXT", "INTEGER"),
            Base::Postgres => ("timestamptz", "boolean"),
            Base::Mariadb => ("DATETIME(3)", "BOOLEAN"),
        };
        case.sql(&format!("ALTER TABLE person ADD COLUMN seen {moment}; ALTER TABLE person ADD COLUMN vip {flag}")).await;
        case.sql("UPDATE person SET seen = '2024-02-29 23:59:59.125', vip = true WHERE id = 100; UPDATE person SET vip = false WHERE id = 101").await;
        case.sql("INSERT INTO person VALUES (105, 'Ğüneş 🌞', '', '0999-01-01', -0.25, -7, NULL, '2024-06-01 00:00:00', NULL)").await;
        let profile = case.profile();
        profile.check_columns(&case.source().await).await.unwrap();
        let found = read(&profile, &case.source().await, &Own::default(), None).await.unwrap();
        assert!(doubtful(&found).is_empty(), "{:?}", doubtful(&found));
        crms.push((rows(&found.crm), found.baseline));
    }
    assert_eq!(crms[0].0.len(), 29);
    assert_eq!(crms[0], crms[1]);
}

/// All rows of a CRM in some order: each database has its own.
fn rows(crm: &Crm) -> BTreeSet<String> {
    fn all<T: std::fmt::Debug>(name: &str, rows: &Reading<T>) -> Vec<String> {
        assert!(rows.doubt().is_none(), "{name}");
        rows.rows().iter().map(|row| format!("{name} {row:?}")).collect()
    }
    let mut found = vec![all("user", &crm.users), all("hold", &crm.holds), all("record", &crm.records), all("bar", &crm.bars)];
    found.extend([all("group", &crm.groups), all("imply", &crm.implies), all("field right", &crm.field_rights), all("abo", &crm.subscriptions)]);
    found.extend(crm.parts.iter().map(|part| all("part", part)));
    found.extend(crm.rules.iter().flat_map(|rule| [all(&rule.shape.name, &rule.rows), all("exempt", &rule.exempt)]));
    found.into_iter().flatten().collect()
}

async fn a_wrong_password_is_said(kind: Base) {
    let case = Case::on(kind).await;
    let name = &case.served().name;
    let error = refused(&kind.url(name, name), "hunter2").await;
    assert!(matches!(&error, CrmError::Login { user, .. } if user == name), "{error}");
    assert!(matches!(refused(&kind.url("nobody", name), "hunter2").await, CrmError::Login { .. }));
    assert!(case.source().await.kind() != adressbote_schema::profile::Database::Sqlite, "the right one is let in");
}

async fn an_unknown_database_is_said(kind: Base) {
    // This account has no password.
    let address = kind.url("tester", "no_such").parse::<Address>().unwrap();
    let error = CrmSource::open(&address, impatient()).await.unwrap_err();
    assert!(matches!(error, CrmError::Missing { .. }), "{error:?}");
    let case = Case::on(kind).await;
    let other = Case::on(kind).await;
    let error = refused(&kind.url(&case.served().name, &other.served().name), PASSWORD).await;
    assert!(matches!(error, CrmError::Forbidden { .. }), "{error:?}");
}

async fn a_server_that_is_not_there_is_said(kind: Base) {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let scheme = if kind == Base::Postgres { "postgres" } else { "mysql" };
    let error = refused(&format!("{scheme}://reader@{closed}/crm"), PASSWORD).await;
    assert!(matches!(error, CrmError::Unreachable { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("the server of the CRM database crm at {closed} cannot be reached"));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error = refused(&format!("{scheme}://reader@{}/crm", silent.local_addr().unwrap()), PASSWORD).await;
    assert!(matches!(error, CrmError::Unreachable { .. }), "{error:?}");
}

async fn a_server_is_trusted_as_far_as_its_certificate_reaches(kind: Base) {
    let case = Case::on(kind).await;
    let name = &case.served().name;
    let here = kind.url(name, name);
    let named = here.replace("127.0.0.1", "localhost");
    let authority = std::env::var("ADRESSBOTE_AUTHORITY").expect("tests/servers/run gives it");
    for (address, is_trusted) in [
        (format!("{named}?sslmode=verify-full&sslrootcert={authority}"), true),
        (format!("{here}?sslmode=verify-full&sslrootcert={authority}"), false),
        (format!("{here}?sslmode=verify-ca&sslrootcert={authority}"), true),
        (format!("{named}?sslmode=verify-full"), false),
        (format!("{here}?sslmode=verify-ca"), false),
        (format!("{here}?sslmode=require"), true),
    ] {
        if is_trusted {
            let address = address.parse::<Address>().unwrap().with_password(Some(PASSWORD.into()));
            CrmSource::open(&address, impatient()).await.unwrap_or_else(|error| panic!("{address}: {error:?}"));
        } else {
            let error = refused(&address, PASSWORD).await;
            assert!(matches!(error, CrmError::Tls { .. }), "{error:?}");
            assert!(error.hint().contains("TLS"));
        }
    }
}

async fn an_account_that_demands_tls_is_served_by_it_alone(kind: Base) {
    let case = Case::on(kind).await;
    let name = &case.served().name;
    if kind == Base::Mariadb {
        case.sql(&format!("ALTER USER {} REQUIRE SSL", case.served().account())).await;
        assert!(matches!(refused(&kind.url(name, name), PASSWORD).await, CrmError::Login { .. }));
    }
    let address = format!("{}?sslmode=require", kind.url(name, name)).parse::<Address>().unwrap().with_password(Some(PASSWORD.into()));
    let source = CrmSource::open(&address, impatient()).await.unwrap();
    assert!(read(&case.profile(), &source, &Own::default(), None).await.unwrap().crm.records.doubt().is_none());
}

async fn a_profile_for_another_database_is_refused(kind: Base) {
    let case = Case::on(kind).await;
    let other = Case::new().await;
    let CheckError::Profile(error) = other.profile().check_columns(&case.source().await).await.unwrap_err() else { panic!("not the profile") };
    let is = case.source().await.kind();
    assert_eq!(error.mistakes[0].what, format!("the profile is written for SQLite, but the CRM's database is {is}"));
}

async fn a_table_that_is_locked_too_long_is_doubtful_alone(kind: Base) {
    let case = Case::on(kind).await;
    let source = case.source_with(impatient()).await;
    let mut writer = case.writer().await;
    writer.run(if kind == Base::Postgres { "BEGIN; LOCK TABLE bar IN ACCESS EXCLUSIVE MODE" } else { "LOCK TABLES bar WRITE" }).await;
    let found = read(&case.profile(), &source, &Own::default(), None).await.unwrap().crm;
    assert_eq!(found.bars.doubt(), Some(&Doubt::Unread("it was locked by another program for more than 1 s".to_owned())));
    assert!(found.records.doubt().is_none() && found.field_rights.doubt().is_none());
    // MariaDB prepares a statement without its tables.
    if kind == Base::Postgres {
        let error = case.profile().check_columns(&source).await.unwrap_err();
        assert!(matches!(error, CheckError::Crm(CrmError::Locked { .. })), "{error:?}");
    }
    writer.close().await;
    assert!(read(&case.profile(), &source, &Own::default(), None).await.unwrap().crm.bars.doubt().is_none());
}

async fn a_note_of_ten_megabytes_concerns_its_record_alone(kind: Base) {
    let case = Case::on(kind).await;
    if kind == Base::Mariadb {
        case.sql("ALTER TABLE person MODIFY last_name LONGTEXT").await;
    }
    case.sql("UPDATE person SET last_name = repeat('ö', 5000000) WHERE id = 103").await;
    let found = case.read().await;
    assert_eq!(doubtful(&found), ["103 in view: `last_name` is longer than 1048576 bytes"]);
    assert_eq!(found.crm.records.rows().len(), 4);
    assert!(found.crm.records.doubt().is_none());
}

async fn a_grant_that_is_missing_is_said(kind: Base) {
    let case = Case::on(kind).await;
    let account = case.served().account();
    case.sql(&match kind {
        Base::Postgres => format!("REVOKE SELECT ON bar FROM {account}"),
        Base::Sqlite | Base::Mariadb => format!(
            "REVOKE SELECT, SHOW VIEW ON {0}.* FROM {account}; {1}",
            case.served().name,
            ["staff", "team", "member", "nesting", "company", "person", "phone", "territory", "private_phone", "abo"]
                .map(|table| format!("GRANT SELECT ON {}.{table} TO {account};", case.served().name))
                .join(" ")
        ),
    })
    .await;
    let error = case.profile().check_columns(&case.source().await).await.unwrap_err().to_string();
    assert!(
        error.contains("\n  bars.sql:1: the database refuses the statement: ") && error.contains("GRANT SELECT") && error.lines().count() == 2,
        "{error}"
    );
    let found = case.read().await.crm;
    assert!(matches!(found.bars.doubt(), Some(Doubt::Unread(why)) if why.contains("denied")), "{:?}", found.bars.doubt());
    assert!(found.records.doubt().is_none() && found.field_rights.doubt().is_none());
}

async fn a_column_that_is_gone_or_changed_concerns_its_relation_or_records(kind: Base) {
    let case = Case::on(kind).await;
    let source = case.source().await;
    case.profile().check_columns(&source).await.unwrap();
    case.sql("ALTER TABLE phone DROP COLUMN number").await;
    case.sql(if kind == Base::Postgres {
        "ALTER TABLE person ALTER COLUMN total TYPE text; UPDATE person SET total = 'viele' WHERE id = 104"
    } else {
        "ALTER TABLE person MODIFY total VARCHAR(20); UPDATE person SET total = 'viele' WHERE id = 104"
    })
    .await;
    let found = read(&case.profile(), &source, &Own::default(), None).await.unwrap();
    assert!(matches!(found.crm.parts[1].doubt(), Some(Doubt::Unread(why)) if why.contains("number")), "{:?}", found.crm.parts[1].doubt());
    assert_eq!(doubtful(&found), ["104 in view: `total` is no whole number"]);
    assert_eq!(found.crm.records.rows().len(), 4);
}

async fn names_that_the_server_does_not_know_are_refused_by_file_and_line(kind: Base) {
    for (file, old, new, line, near) in [
        ("view.sql", "birthday,", "birthdy AS birthday,", 3, Some("birthday")),
        ("view.sql", "FROM person", "FROM persons", 4, Some("person")),
        ("part_company.sql", "c.name AS name", "c.nam AS name", 1, Some("name")),
        ("bars.sql", "person AS", "pessoal(person) AS", 1, None),
    ] {
        let mut case = Case::on(kind).await;
        case.replace(file, old, new);
        let said = case.profile().check_columns(&case.source().await).await.unwrap_err().to_string();
        assert!(said.contains(&format!("\n  {file}:{line}: the database refuses the statement: ")), "{said}");
        assert_eq!(near.is_some(), near.is_some_and(|near| said.ends_with(&format!("(did you mean `{near}`?)"))), "{said}");
    }
}

async fn an_empty_database_is_said(kind: Base) {
    let served = adressbote_servers::Served::new(kind, "").await;
    let error = CrmSource::open(&reader(&served), impatient()).await.unwrap_err();
    assert!(matches!(error, CrmError::Empty { .. }), "{error:?}");
}

#[tokio::test]
async fn a_column_that_mariadb_would_choose_at_will_is_refused() {
    let mut case = Case::on(Base::Mariadb).await;
    case.replace("bars.sql", "SELECT person AS record, principal FROM bar", "SELECT person AS record, principal FROM bar GROUP BY person");
    let said = case.profile().check_columns(&case.source().await).await.unwrap_err().to_string();
    assert!(said.contains("bars.sql") && said.contains("GROUP BY"), "{said}");
}

#[tokio::test]
async fn text_that_is_no_utf8_concerns_its_record_alone() {
    let case = Case::like(Base::Postgres, "TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'").await;
    case.sql("UPDATE person SET last_name = E'M\\374ller' WHERE id = 103").await;
    let found = case.read().await;
    assert_eq!(doubtful(&found), ["103 in view: `last_name` is no valid UTF-8"]);
    assert_eq!(found.crm.records.rows().len(), 4);
}

#[tokio::test]
async fn a_day_that_is_none_concerns_its_record_alone() {
    let case = Case::on(Base::Mariadb).await;
    case.sql("SET sql_mode = ''; UPDATE person SET birthday = '0000-00-00' WHERE id = 103; UPDATE territory SET valid_until = '0000-00-00' WHERE person = 101").await;
    let found = case.read().await;
    assert_eq!(
        doubtful(&found),
        ["101 in rule `territory`: `until` is no instant (YYYY-MM-DDTHH:MM:SSZ)", "103 in view: `birthday` is no date (YYYY-MM-DD)"]
    );
    let case = Case::on(Base::Postgres).await;
    case.sql("UPDATE person SET birthday = 'infinity' WHERE id = 103; UPDATE territory SET valid_until = 'infinity' WHERE person = 101").await;
    assert_eq!(doubtful(&case.read().await).len(), 2);
}

#[tokio::test]
async fn a_table_without_a_moment_is_refused_and_doubtful() {
    let mut case = Case::on(Base::Mariadb).await;
    case.sql("ALTER TABLE bar ENGINE = MyISAM; CREATE VIEW barred AS SELECT person, principal FROM bar").await;
    for table in ["bar", "barred"] {
        case.files.insert("bars.sql".to_owned(), format!("SELECT person AS record, principal FROM {table}"));
        let error = case.profile().check_columns(&case.source().await).await.unwrap_err().to_string();
        assert!(
            error
                .contains("bars.sql:1: the database refuses the statement: the table `bar` is kept by MyISAM, which cannot be read as of one moment"),
            "{error}"
        );
        let found = case.read().await.crm;
        assert!(matches!(found.bars.doubt(), Some(Doubt::Unread(why)) if why.contains("MyISAM")), "{:?}", found.bars.doubt());
        assert!(found.records.doubt().is_none());
    }
}

#[tokio::test]
async fn rows_that_a_policy_hides_are_not_silently_missing() {
    let case = Case::on(Base::Postgres).await;
    case.sql("ALTER TABLE bar ENABLE ROW LEVEL SECURITY").await;
    let found = case.read().await.crm;
    assert!(matches!(found.bars.doubt(), Some(Doubt::Unread(why)) if why.contains("row-level security")), "{:?}", found.bars.doubt());
}

#[tokio::test]
async fn what_the_databases_have_of_their_own_is_read() {
    let mut case = Case::on(Base::Postgres).await;
    case.sql(
        "CREATE TYPE mood AS ENUM ('froh'); CREATE DOMAIN flag AS boolean; ALTER TABLE phone ALTER COLUMN kind TYPE uuid USING '00000000-0000-0000-0000-000000000001'; \
         ALTER TABLE person ALTER COLUMN first_name TYPE mood USING 'froh'; ALTER TABLE staff ALTER COLUMN active TYPE flag; \
         ALTER TABLE person ADD COLUMN raw bytea, ADD COLUMN doc jsonb DEFAULT '{\"a\": 1}'; UPDATE person SET raw = 'x' WHERE id = 103",
    )
    .await;
    case.files.insert(
        "view.sql".to_owned(),
        "SELECT id::numeric AS record, last_name, first_name, coalesce(encode(raw, 'hex'), doc::text) AS full_name, birthday, revenue::float4 AS revenue, sum(total)::numeric(9, 2) AS total FROM person GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1 -- all"
            .to_owned(),
    );
    let found = case.read().await;
    assert!(doubtful(&found).is_empty() && found.crm.records.doubt().is_none(), "{:?} {:?}", doubtful(&found), found.crm.records.doubt());
    let first = &found.crm.records.rows()[0];
    assert_eq!((first.key.as_str(), first.values.len()), ("100", 6));
    assert_eq!(found.crm.users.rows().iter().filter(|user| user.is_active).count(), 3);
    case.replace("view.sql", "coalesce(encode(raw, 'hex'), doc::text)", "raw");
    case.replace("view.sql", "3, 4, 5, 6 ORDER", "3, 4, 5, 6, raw ORDER");
    assert_eq!(doubtful(&case.read().await), ["103 in view: `full_name` holds bytes instead of text"]);

    let mut case = Case::on(Base::Mariadb).await;
    case.sql(
        "ALTER TABLE phone MODIFY kind ENUM('mobile', 'office') COLLATE utf8mb4_bin; ALTER TABLE staff MODIFY active BIT(1); \
         ALTER TABLE person MODIFY last_name VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_bin, MODIFY revenue FLOAT, MODIFY total BIGINT UNSIGNED; \
         ALTER TABLE person ADD COLUMN raw VARBINARY(9); UPDATE person SET raw = 'x' WHERE id = 103",
    )
    .await;
    let found = case.read().await;
    assert!(doubtful(&found).is_empty() && found.crm.records.doubt().is_none(), "{:?} {:?}", doubtful(&found), found.crm.records.doubt());
    assert_eq!(found.crm.records.rows()[0].values[0], adressbote_rules::value::Value::text("Österle"));
    assert_eq!(found.crm.users.rows().iter().filter(|user| user.is_active).count(), 3);
    case.replace("view.sql", "first_name || ' ' || last_name AS full_name", "raw AS full_name");
    assert_eq!(doubtful(&case.read().await), ["103 in view: `full_name` holds bytes instead of text"]);
}

/// A server that answers no to the wish for TLS, as PostgreSQL does without it.
#[tokio::test]
async fn a_server_without_tls_is_told_nothing() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("postgres://reader@{}/crm?sslmode=verify-full", server.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut client, _) = server.accept().unwrap();
        std::io::Write::write_all(&mut client, b"N").unwrap();
        let mut heard = Vec::new();
        std::io::Read::read_to_end(&mut client, &mut heard).unwrap();
        heard
    });
    assert!(matches!(refused(&address, PASSWORD).await, CrmError::Tls { .. }));
    assert_eq!(heard.join().unwrap().len(), 8, "the wish for TLS alone");
}

#[tokio::test]
async fn a_failure_in_the_middle_of_a_copy_keeps_the_rows_before_it_and_their_doubt() {
    let mut case = Case::on(Base::Postgres).await;
    case.replace(
        "bars.sql",
        "SELECT person AS record, principal FROM bar",
        "SELECT person AS record, (1 / (104 - person))::text AS principal FROM bar",
    );
    case.sql("INSERT INTO bar VALUES (103, NULL), (104, NULL)").await;
    let found = case.read().await.crm;
    assert_eq!(found.bars.doubt(), Some(&Doubt::Unread("division by zero".to_owned())));
    assert_eq!(found.bars.rows().len(), 2);
    assert!(found.field_rights.doubt().is_none() && found.records.doubt().is_none(), "the transaction goes on");
}

#[tokio::test]
async fn what_postgresql_computes_it_computes_once() {
    let mut case = Case::on(Base::Postgres).await;
    // Each call gives the next number; were it not declared unchanging, PostgreSQL would be more careful of itself.
    case.sql(
        "CREATE FUNCTION tick(bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN \
         PERFORM set_config('test.ticks', (coalesce(nullif(current_setting('test.ticks', true), ''), '0')::int + 1)::text, true); \
         RETURN current_setting('test.ticks'); END $$",
    )
    .await;
    case.replace("view.sql", "first_name,\n", "tick(id) AS first_name,\n");
    let found = case.read().await.crm;
    let of = found.view.parts()[0].columns.iter().position(|column| column.name == "first_name").unwrap();
    let mut ticks: Vec<String> = found.records.rows().iter().map(|row| format!("{:?}", row.values[of])).collect();
    ticks.sort();
    assert_eq!(ticks, ["1", "2", "3", "4", "5"].map(|tick| format!("{:?}", adressbote_rules::value::Value::text(tick))));
}
