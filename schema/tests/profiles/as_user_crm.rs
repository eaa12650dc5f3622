//! A CRM whose database keeps the rights itself: policies on PostgreSQL, a view over variables of the session on MariaDB.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_schema::crm::Read;
use adressbote_servers::{Base, PASSWORD};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use crate::fixture::Case;

const TOML: &str = r#"[profile]
name = "hauswacht"
database = "postgres"
time_zone = "Europe/Berlin"

[as_user]
settings = { "crm.user_id" = "user", "crm.tenant" = "tenant" }

[users.columns]
tenant = { kind = "text" }
db_role = { kind = "text" }

[parts.main]
[parts.main.columns]
name = { kind = "text" }

[view]
name = "Kontakte"
locale = "de"
order = ["Name"]

[fields]
Name = { column = "main.name" }

[rules.policy]
target = "record"
title = "Was die Datenbank zeigt"
as_user = true

[field_rights]
silence = "readable"

[limits]
shrink_percent = 50

[mapping]
default_country = "DE"
[mapping.properties]
displayName = { first = ["$.Name"] }
"#;

const SQL: [(&str, &str); 4] = [
    ("users.sql", "SELECT id AS \"user\", login, mail, active, internal, tenant, db_role FROM worker ORDER BY place"),
    ("holds.sql", "SELECT worker AS \"user\", 'team:' || team AS principal FROM membership"),
    ("view.sql", "SELECT id AS record, name FROM every_contact"),
    ("rule_policy.sql", "SELECT id AS record\nFROM contact"),
];

const TABLES: &str = "
CREATE TABLE worker (id INTEGER, login TEXT, mail TEXT, active BOOLEAN, internal BOOLEAN, tenant TEXT, db_role TEXT, mood TEXT, place INTEGER);
CREATE TABLE membership (worker INTEGER, team INTEGER);
";

const POSTGRES: &str = "
CREATE TABLE contact (id INTEGER, owner INTEGER, team INTEGER, tenant TEXT, name TEXT);
CREATE VIEW every_contact AS SELECT * FROM contact;
CREATE FUNCTION me() RETURNS INTEGER STABLE LANGUAGE sql AS $$ SELECT nullif(current_setting('crm.user_id', true), '')::INTEGER $$;
CREATE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN STABLE LANGUAGE plpgsql AS $$
DECLARE mood TEXT;
BEGIN
    SELECT w.mood INTO mood FROM worker w WHERE w.id = me();
    IF mood = 'raises' OR (mood = 'raises later' AND id > 104) THEN RAISE EXCEPTION 'not for %', me(); END IF;
    RETURN coalesce(owner = me() OR team IN (SELECT m.team FROM membership m WHERE m.worker = me()), false);
END $$;
ALTER TABLE contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON contact USING (tenant = current_setting('crm.tenant') AND allowed(id, owner, team));
";

const MARIADB: &str = "
CREATE TABLE every_contact (id INTEGER, owner INTEGER, team INTEGER, tenant TEXT, name TEXT);
CREATE FUNCTION me() RETURNS INTEGER NO SQL RETURN @crm_user_id;
CREATE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN READS SQL DATA
BEGIN
    DECLARE mood TEXT;
    SET mood = (SELECT w.mood FROM worker w WHERE w.id = me());
    IF mood = 'raises' OR (mood = 'raises later' AND id > 104) THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not for you'; END IF;
    RETURN coalesce(owner = me() OR team IN (SELECT m.team FROM membership m WHERE m.worker = me()), false);
END;
CREATE FUNCTION my_tenant() RETURNS TEXT CHARACTER SET utf8mb4 NO SQL RETURN @crm_tenant;
CREATE VIEW contact AS SELECT * FROM every_contact WHERE tenant = my_tenant() AND allowed(id, owner, team);
";

const ROWS: &str = "
INSERT INTO worker VALUES (1, 'anna', 'anna@weber.example', true, true, 'nord', NULL, NULL, 1), (2, 'ben', NULL, true, true, 'nord', NULL, NULL, 2),
    (3, 'carl', NULL, true, true, 'süd', NULL, NULL, 3), (4, 'gast', NULL, true, false, 'nord', NULL, NULL, 4), (5, 'fort', NULL, false, true, 'nord', NULL, NULL, 5);
INSERT INTO membership VALUES (1, 7), (3, 7), (4, 7);
INSERT INTO every_contact VALUES (101, 1, NULL, 'nord', 'Abel'), (102, 2, NULL, 'nord', 'Brehm'), (103, 9, 7, 'nord', 'Curie'), (104, 9, 7, 'süd', 'Diez'),
    (105, 1, NULL, 'süd', 'Euler'), (106, 4, NULL, 'nord', 'Fischer'), (107, 5, NULL, 'nord', 'Gauß'), (108, 2, 8, 'nord', 'Hahn');
";

/// The CRM on a kind of server.
pub async fn case(kind: Base) -> Case {
    let mut case = Case::on(kind).await;
    case.files = SQL.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    case.files.insert("profile.toml".to_owned(), TOML.to_owned());
    if kind == Base::Mariadb {
        case.files.values_mut().for_each(|text| *text = text.replace("AS \"user\"", "AS `user`"));
        case.replace("profile.toml", "\"postgres\"", "\"mysql\"");
        case.replace("profile.toml", "crm.user_id", "crm_user_id");
        case.replace("profile.toml", "crm.tenant", "crm_tenant");
    }
    case.sql(TABLES).await;
    case.sql(if kind == Base::Postgres { POSTGRES } else { MARIADB }).await;
    case.sql(ROWS).await;
    case
}

/// What each user is given, by the rule's rows.
pub fn given(read: &Read) -> BTreeMap<String, BTreeSet<String>> {
    let mut given: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in read.crm.rules[0].rows.rows() {
        let user = row.principal.user().expect("a user's own principal");
        assert!(given.entry(user.to_string()).or_default().insert(row.of.to_string()), "{} twice for {user}", row.of);
    }
    given
}

/// The same in short.
pub fn told(read: &Read) -> Vec<String> {
    given(read).into_iter().map(|(user, records)| format!("{user}: {}", records.into_iter().collect::<Vec<_>>().join(" "))).collect()
}

/// The users who are doubtful alone.
pub fn doubtful_users(read: &Read) -> Vec<String> {
    read.crm.doubtful_users.iter().map(|doubt| format!("{}: {}", doubt.user, doubt.why)).collect()
}

/// What the account that reads is given by a connection of its own, made one user's by statements.
pub async fn alone(case: &Case, statements: &str) -> BTreeSet<String> {
    let name = &case.served().name;
    alone_as(case, &format!("{name}:{PASSWORD}"), statements).await
}

/// The same for another account.
pub async fn alone_as(case: &Case, account: &str, statements: &str) -> BTreeSet<String> {
    let (kind, name) = (case.served().kind, &case.served().name);
    let (url, sql) = (kind.url(account, name), "SELECT id FROM contact");
    let ids: Vec<i32> = if kind == Base::Postgres {
        let mut fresh = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
        fresh.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
        sqlx::query_scalar(sql).fetch_all(&mut fresh).await.unwrap()
    } else {
        let mut fresh = url.parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap();
        fresh.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
        sqlx::query_scalar(sql).fetch_all(&mut fresh).await.unwrap()
    };
    ids.iter().map(ToString::to_string).collect()
}

/// The statements that make a session a user's.
pub fn settings(kind: Base, user: &str, tenant: &str) -> String {
    match kind {
        Base::Postgres => format!("SET crm.user_id = '{user}'; SET crm.tenant = '{tenant}'"),
        Base::Sqlite | Base::Mariadb => format!("SET @crm_user_id = '{user}', @crm_tenant = '{tenant}'"),
    }
}
