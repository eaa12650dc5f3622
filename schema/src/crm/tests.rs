//! Readings of a server from inside: that they cannot write, that they see one moment, and what happens when that ends.

use adressbote_rules::value::Kind;
use adressbote_servers::{Base, PASSWORD, Served, Writer, on_each_server};
use chrono_tz::Tz;
use sqlx::{AssertSqlSafe, Error, Executor};

use super::asker::Asker;
use super::server::{self, Shape};
use super::session::Ask;
use super::value::{self, Cell};
use super::{Address, CrmError, CrmSource, Patience, Session};
use crate::profile::{Expected, Query};

on_each_server!(
    nothing_can_be_written,
    all_is_of_the_moment_when_it_began,
    a_table_emptied_since_the_moment_tears_the_reading,
    a_connection_that_ends_tears_the_reading,
    a_grant_revoked_in_the_middle_concerns_what_is_read_after_it,
    what_stays_behind_of_a_user_ends_the_reading,
    a_table_emptied_since_the_moment_tears_the_reading_of_a_user_too,
    a_connection_that_ends_while_it_is_a_users_tears_the_reading,
);

const TABLES: &str = "CREATE TABLE person (id integer); INSERT INTO person VALUES (1), (2), (3); CREATE TABLE bar (id integer); \
    INSERT INTO bar VALUES (7); CREATE SEQUENCE numbers";

async fn database(kind: Base) -> Served {
    let served = Served::new(kind, "").await;
    writer(&served).await.run(TABLES).await;
    served
}

async fn writer(served: &Served) -> Writer {
    Writer::open(served.kind, &served.place()).await
}

/// Where the account that may do nothing else reads a test's database.
pub(crate) fn reader(served: &Served) -> Address {
    served.reader().parse::<Address>().unwrap().with_password(Some(PASSWORD.into()))
}

async fn source(served: &Served) -> CrmSource {
    CrmSource::open(&reader(served), Patience::default()).await.unwrap()
}

/// Reads a statement's `id`s.
async fn ids(session: &mut Session, sql: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut take = |cells: &[super::value::Cell<'_>]| found.extend(super::value::text(&cells[0]).unwrap());
    session.rows(&Query::unchecked(sql), &[Expected { name: "id".to_owned(), is_optional: false }], &mut take).await?;
    found.sort();
    Ok(found)
}

/// Reads a statement's `id`s as a user whose setting or variable is `crm`.
async fn ids_as(session: &mut Session, user: &str, sql: &str) -> Result<Vec<String>, String> {
    let name = if matches!(session, Session::Postgres(_)) { "crm.id" } else { "crm" };
    let asker = Asker { user: adressbote_rules::key::UserKey::new(user), settings: vec![(name.to_owned(), user.to_owned())], role: None };
    let mut found = Vec::new();
    let mut take = |cells: &[super::value::Cell<'_>]| found.extend(super::value::text(&cells[0]).unwrap());
    let (query, expected) = (Query::unchecked(sql), [Expected { name: "id".to_owned(), is_optional: false }]);
    session.rows_as(&asker, &Ask { query: &query, expected: &expected, keys: None, most: 9 }, &mut take).await?;
    found.sort();
    Ok(found)
}

/// A statement that gives what the session was made by.
fn whose(kind: Base) -> &'static str {
    if kind == Base::Postgres { "SELECT current_setting('crm.id', true) AS id" } else { "SELECT CAST(@crm AS CHAR) AS id" }
}

/// Carries a statement out on a reading's own connection, with one statement or with several.
async fn attempt(session: &mut Session, sql: &str, is_prepared: bool) -> Result<(), Error> {
    let text = || AssertSqlSafe(sql.to_owned());
    match session {
        Session::Sqlite(_) => panic!("no server"),
        Session::Postgres(session) if is_prepared => session.connection.execute(sqlx::query(text())).await.map(|_| ()),
        Session::Postgres(session) => session.connection.execute(sqlx::raw_sql(text())).await.map(|_| ()),
        Session::Mysql(session) if is_prepared => session.connection.execute(sqlx::query(text())).await.map(|_| ()),
        Session::Mysql(session) => session.connection.execute(sqlx::raw_sql(text())).await.map(|_| ()),
    }
}

/// What the profile's checks would refuse is refused by the database too, should it ever get there; also to an account that may do everything.
async fn nothing_can_be_written(kind: Base) {
    let served = database(kind).await;
    let mighty = CrmSource::open(&served.place().parse().unwrap(), Patience::default()).await.unwrap();
    let writes = [
        "INSERT INTO person VALUES (4)",
        "UPDATE person SET id = 4",
        "DELETE FROM person",
        "CREATE TABLE other (id integer)",
        "DROP TABLE person",
        "ALTER TABLE person ADD COLUMN other integer",
        "TRUNCATE TABLE person",
        "SELECT nextval('numbers')",
        "GRANT SELECT ON person TO PUBLIC",
    ];
    let mariadb = |sql: &&str| !sql.contains("nextval") && !sql.contains("GRANT");
    let writes: Vec<&str> =
        if kind == Base::Postgres { writes.to_vec() } else { writes.into_iter().filter(mariadb).chain(["SELECT NEXT VALUE FOR numbers"]).collect() };
    let ways: &[&str] = match kind {
        Base::Postgres => {
            &["", "SET TRANSACTION READ WRITE; ", "SET transaction_read_only = off; ", "SET default_transaction_read_only = off; ", "COMMIT; "]
        }
        Base::Sqlite | Base::Mariadb => &["", "SET autocommit = 1; ", "COMMIT; "],
    };
    for source in [&mighty, &source(&served).await] {
        for sql in &writes {
            for way in ways {
                let mut session = source.begin().await.unwrap();
                let done = attempt(&mut session, &format!("{way}{sql}"), false).await;
                assert!(done.is_err(), "{way}{sql}");
            }
            let mut session = source.begin().await.unwrap();
            assert!(attempt(&mut session, sql, true).await.is_err(), "{sql}");
            assert!(attempt(&mut session, &format!("COMMIT; {sql}"), true).await.is_err(), "a prepared statement is one");
        }
    }
    let mut session = mighty.begin().await.unwrap();
    assert_eq!(ids(&mut session, "SELECT id FROM person").await.unwrap(), ["1", "2", "3"]);
    let next = if kind == Base::Postgres { "SELECT last_value AS id FROM numbers" } else { "SELECT next_not_cached_value AS id FROM numbers" };
    assert_eq!(ids(&mut session, next).await.unwrap(), ["1"]);
}

/// Values of PostgreSQL's that come as they are kept, by their type, and what their text would be.
const KEPT: [(&str, Shape, &str); 11] = [
    (
        "date",
        Shape::Text,
        "unnest(ARRAY['infinity', '-infinity', '0001-01-01', '0001-12-31 BC', '9999-12-31', '10000-01-01', '5874897-12-31', '4713-01-01 BC', NULL]::date[])",
    ),
    ("date", Shape::Text, "date '4713-01-01 BC' + i * 9973 FROM generate_series(0, 1500) i"),
    (
        "timestamp",
        Shape::Text,
        "unnest(ARRAY['infinity', '-infinity', '0001-01-01', '0001-12-31 23:59:59.999999 BC', '9999-12-31 23:59:59.9', '10000-01-01', '4713-01-01 BC', '294276-12-31 23:59:59.999999', NULL]::timestamp[])",
    ),
    (
        "timestamp",
        Shape::Text,
        "timestamp '4713-01-01 BC' + i * interval '9973 days 7 hours 1 minute 2.03040 seconds' FROM generate_series(0, 1500) i",
    ),
    (
        "timestamptz",
        Shape::Text,
        "unnest(ARRAY['infinity', '-infinity', '0001-01-01 00:00+00', '0001-12-31 23:59:59.999999+00 BC', '1893-03-31 23:00+01', '9999-12-31 23:59:59.9+00', '9999-12-31 23:59:59.9-08', NULL]::timestamptz[])",
    ),
    (
        "timestamptz",
        Shape::Text,
        "timestamptz '4713-01-01 BC' + i * interval '9973 days 7 hours 1 minute 2.03040 seconds' FROM generate_series(0, 1500) i",
    ),
    (
        "float8",
        Shape::Real,
        "unnest(ARRAY['NaN', 'Infinity', '-Infinity', '0', '-0', '0.1', '1e308', '5e-324', '9007199254740993', '-2.5', NULL]::float8[])",
    ),
    ("int2", Shape::Int, "unnest(ARRAY[0, 1, 2, -1, 32767, -32768, NULL]::int2[])"),
    ("int4", Shape::Int, "unnest(ARRAY[0, 1, 2, -1, 2147483647, -2147483648, NULL]::int4[])"),
    ("int8", Shape::Int, "unnest(ARRAY[0, 1, 2, -1, 9223372036854775807, -9223372036854775808, NULL]::int8[])"),
    ("bool", Shape::Bool, "unnest(ARRAY[true, false, NULL]::bool[])"),
];

#[tokio::test]
async fn what_comes_as_it_is_kept_means_what_its_text_means() {
    let served = database(Base::Postgres).await;
    let mut session = source(&served).await.begin().await.unwrap();
    let expected = ["id", "word"].map(|name| Expected { name: name.to_owned(), is_optional: false });
    let mut compared = 0;
    for (of, shape, values) in KEPT {
        let mut take = |cells: &[Cell<'_>]| {
            let [kept, word] = cells else { panic!("{cells:?}") };
            assert!(matches!(word, Cell::Text(_) | Cell::Null));
            let word = if let Cell::Text(word) = word { server::cell(shape, Some(word)) } else { Cell::Null };
            assert_eq!(value::text(kept), value::text(&word), "{of}: {word:?}");
            for kind in [Kind::Text, Kind::Int, Kind::Real, Kind::Bool, Kind::Date, Kind::Moment] {
                for zone in [Tz::UTC, Tz::Europe__Berlin] {
                    assert_eq!(value::convert(kept, kind, zone), value::convert(&word, kind, zone), "{of}: {word:?} as {kind:?}");
                }
            }
            compared += 1;
        };
        let sql = Query::unchecked(&format!("SELECT x AS id, x::text AS word FROM (SELECT {values}) v(x)"));
        session.rows(&sql, &expected, &mut take).await.unwrap();
    }
    assert_eq!(compared, 9 + 9 + 8 + 3 * 1501 + 11 + 7 + 7 + 7 + 3);
    session.end().await.unwrap();
}

async fn all_is_of_the_moment_when_it_began(kind: Base) {
    let served = database(kind).await;
    let source = source(&served).await;
    let mut session = source.begin().await.unwrap();
    writer(&served).await.run("INSERT INTO person VALUES (4); DELETE FROM bar").await;
    assert_eq!(ids(&mut session, "SELECT id FROM person").await.unwrap(), ["1", "2", "3"]);
    assert!(ids(&mut session, "SELECT id FROM nothing").await.is_err());
    writer(&served).await.run("DELETE FROM person WHERE id < 4").await;
    assert_eq!(ids(&mut session, "SELECT id FROM person").await.unwrap(), ["1", "2", "3"], "an error in between ends nothing");
    assert_eq!(ids(&mut session, "SELECT id FROM bar").await.unwrap(), ["7"]);
    assert_eq!(session.count(&Query::unchecked("SELECT id FROM person")).await, Ok(Some(3)));
    session.end().await.unwrap();
    assert_eq!(ids(&mut source.begin().await.unwrap(), "SELECT id FROM person").await.unwrap(), ["4"]);
}

async fn a_table_emptied_since_the_moment_tears_the_reading(kind: Base) {
    let served = database(kind).await;
    for emptied in ["TRUNCATE TABLE bar; INSERT INTO bar VALUES (8)", "DROP TABLE bar; CREATE TABLE bar (id integer)"] {
        let source = source(&served).await;
        let mut session = source.begin().await.unwrap();
        assert_eq!(ids(&mut session, "SELECT id FROM person").await.unwrap().len(), 3);
        writer(&served).await.run(emptied).await;
        let _ = ids(&mut session, "SELECT id FROM bar").await;
        let error = session.end().await.unwrap_err();
        assert!(matches!(error, CrmError::Torn { .. }), "{emptied}: {error:?}");
        if kind == Base::Postgres {
            writer(&served).await.run(&format!("GRANT SELECT ON bar TO {}", served.account())).await;
        }
        let mut unharmed = source.begin().await.unwrap();
        assert!(ids(&mut unharmed, "SELECT id FROM bar").await.is_ok());
        unharmed.end().await.unwrap();
    }
}

async fn a_connection_that_ends_tears_the_reading(kind: Base) {
    let served = database(kind).await;
    let mut session = source(&served).await.begin().await.unwrap();
    assert_eq!(ids(&mut session, "SELECT id FROM person").await.unwrap().len(), 3);
    let mine = if kind == Base::Postgres { "SELECT pg_backend_pid() AS id" } else { "SELECT connection_id() AS id" };
    let mine = ids(&mut session, mine).await.unwrap();
    let kill = if kind == Base::Postgres { format!("SELECT pg_terminate_backend({})", mine[0]) } else { format!("KILL {}", mine[0]) };
    writer(&served).await.run(&kill).await;
    assert!(ids(&mut session, "SELECT id FROM bar").await.is_err());
    assert_eq!(ids(&mut session, "SELECT id FROM person").await, Err("the connection is lost".to_owned()));
    let error = session.end().await.unwrap_err();
    assert!(matches!(error, CrmError::Torn { .. }), "{error:?}");
}

async fn a_grant_revoked_in_the_middle_concerns_what_is_read_after_it(kind: Base) {
    let served = database(kind).await;
    let (account, name) = (served.account(), &served.name);
    if kind == Base::Mariadb {
        // Only those of single tables are looked up anew while a connection lasts.
        let single = format!(
            "REVOKE SELECT, SHOW VIEW ON {name}.* FROM {account}; GRANT SELECT ON {name}.person TO {account}; GRANT SELECT ON {name}.bar TO {account}"
        );
        writer(&served).await.run(&single).await;
    }
    let mut session = source(&served).await.begin().await.unwrap();
    assert_eq!(ids(&mut session, "SELECT id FROM bar").await.unwrap(), ["7"]);
    writer(&served).await.run(&format!("REVOKE SELECT ON bar FROM {account}")).await;
    let why = ids(&mut session, "SELECT id FROM bar").await.unwrap_err();
    assert!(why.contains("denied"), "{why}");
    assert_eq!(ids(&mut session, "SELECT id FROM person").await.unwrap().len(), 3);
    session.end().await.unwrap();
}

async fn what_stays_behind_of_a_user_ends_the_reading(kind: Base) {
    let served = database(kind).await;
    let source = source(&served).await;
    let mut session = source.begin().await.unwrap();
    assert_eq!(ids_as(&mut session, "1", whose(kind)).await.unwrap(), ["1"]);
    assert!(ids_as(&mut session, "2", "SELECT id FROM nothing").await.is_err());
    assert!(ids(&mut session, whose(kind)).await.unwrap().concat().is_empty(), "the session is the account's again");
    assert_eq!(ids_as(&mut session, "3", whose(kind)).await.unwrap(), ["3"]);
    session.end().await.unwrap();
    // What no user's turn takes back: on PostgreSQL what was set outside of it, on MariaDB another role.
    let mut session = source.begin().await.unwrap();
    assert_eq!(ids_as(&mut session, "1", whose(kind)).await.unwrap(), ["1"]);
    if kind == Base::Postgres {
        attempt(&mut session, "SET crm.id = '1'", false).await.unwrap();
    } else {
        let (role, account) = (format!("{}_role", served.name), served.account());
        writer(&served).await.run(&format!("CREATE ROLE {role}; GRANT {role} TO {account}")).await;
        attempt(&mut session, &format!("SET ROLE {role}"), false).await.unwrap();
        writer(&served).await.run(&format!("DROP ROLE {role}")).await;
    }
    assert_eq!(ids_as(&mut session, "2", whose(kind)).await.unwrap_err(), "what made the session his stayed behind");
    assert!(ids(&mut session, "SELECT id FROM person").await.is_err(), "nothing more is read");
    let error = session.end().await.unwrap_err();
    assert!(matches!(&error, CrmError::Stained { user, .. } if user.as_str() == "2"), "{error:?}");
    assert!(error.to_string().ends_with("was asked as the user `2`, and what made the session his stayed behind; nothing that was read counts"));
}

async fn a_table_emptied_since_the_moment_tears_the_reading_of_a_user_too(kind: Base) {
    let served = database(kind).await;
    let mut session = source(&served).await.begin().await.unwrap();
    assert_eq!(ids_as(&mut session, "1", "SELECT id FROM person").await.unwrap().len(), 3);
    writer(&served).await.run("TRUNCATE TABLE bar").await;
    assert!(ids_as(&mut session, "2", "SELECT id FROM bar").await.is_err());
    let error = session.end().await.unwrap_err();
    assert!(matches!(error, CrmError::Torn { .. }), "{error:?}");
}

async fn a_connection_that_ends_while_it_is_a_users_tears_the_reading(kind: Base) {
    let served = database(kind).await;
    let mut session = source(&served).await.begin().await.unwrap();
    let mine = if kind == Base::Postgres { "SELECT pg_backend_pid() AS id" } else { "SELECT connection_id() AS id" };
    let mine = ids_as(&mut session, "1", mine).await.unwrap();
    let kill = if kind == Base::Postgres { format!("SELECT pg_terminate_backend({})", mine[0]) } else { format!("KILL {}", mine[0]) };
    writer(&served).await.run(&kill).await;
    assert!(ids_as(&mut session, "2", "SELECT id FROM bar").await.is_err());
    assert_eq!(ids_as(&mut session, "3", "SELECT id FROM person").await, Err("the connection is lost".to_owned()));
    let error = session.end().await.unwrap_err();
    assert!(matches!(error, CrmError::Torn { .. }), "{error:?}");
}
