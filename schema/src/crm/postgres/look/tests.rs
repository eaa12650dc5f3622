//! What a question proves beside its answer, and when its connection is let go.

use adressbote_servers::{Base, Served, Writer};

use super::*;
use crate::address::Address;
use crate::crm::tests::reader;

const TABLES: &str = "CREATE TABLE log (at bigint); INSERT INTO log VALUES (1), (2); \
    CREATE FUNCTION later(text) RETURNS bigint LANGUAGE plpgsql STABLE AS \
        $$DECLARE found bigint; BEGIN PERFORM pg_sleep(1); EXECUTE 'SELECT count(*) FROM ' || $1 INTO found; RETURN found; END$$; \
    CREATE FUNCTION stain(text, text) RETURNS text LANGUAGE plpgsql STABLE AS $$BEGIN RETURN set_config($1, $2, false); END$$";

struct Case {
    served: Served,
    server: Server,
}

impl Case {
    async fn new() -> Self {
        let served = Served::new(Base::Postgres, "").await;
        let Address::Postgres(server) = reader(&served) else { panic!("no server") };
        let case = Self { served, server };
        case.sql(TABLES).await;
        case
    }

    async fn sql(&self, script: &str) {
        Writer::open(Base::Postgres, &self.served.place()).await.run(script).await;
    }

    async fn begin(&self, kept: Option<Look>) -> Look {
        Look::begin(kept, &self.server, Patience::default()).await.unwrap().unwrap()
    }
}

async fn ask(look: &mut Look, sql: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut take = |cells: &[Cell<'_>]| found.extend(cells.iter().map(|cell| text(cell).unwrap().unwrap_or_else(|| "none".to_owned())));
    let column = |name: &str| Expected { name: name.to_owned(), is_optional: name == "key" };
    look.rows(&Query::unchecked(sql), &[column("at"), column("key")], &mut take).await?;
    found.sort();
    Ok(found)
}

#[tokio::test]
async fn answers_hold_what_is_there_now() {
    let case = Case::new().await;
    let mut look = case.begin(None).await;
    assert_eq!(ask(&mut look, "SELECT at FROM log").await.unwrap(), ["1", "2", "none", "none"]);
    case.sql("DELETE FROM log WHERE at = 1; INSERT INTO log VALUES (3)").await;
    assert_eq!(ask(&mut look, "SELECT at FROM log").await.unwrap(), ["2", "3", "none", "none"]);
    case.sql("TRUNCATE log").await;
    assert!(ask(&mut look, "SELECT at FROM log").await.unwrap().is_empty());
    assert!(ask(&mut look, "SELECT at FROM nothing").await.is_err());
    assert!(ask(&mut look, "SELECT at FROM log").await.is_err(), "who failed is not asked again");
}

#[tokio::test]
async fn a_table_emptied_while_it_was_asked_is_noticed() {
    let case = Case::new().await;
    for emptied in ["TRUNCATE log", "TRUNCATE log; INSERT INTO log VALUES (1), (2)", "SELECT 1"] {
        let mut look = case.begin(None).await;
        let empty = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            case.sql(emptied).await;
        };
        let (found, ()) = tokio::join!(ask(&mut look, "SELECT later('log') AS at"), empty);
        assert_eq!(found.is_ok(), emptied == "SELECT 1", "{emptied}: {found:?}");
    }
}

#[tokio::test]
async fn a_session_that_is_another_than_it_was_is_not_believed() {
    let case = Case::new().await;
    for (name, value) in [("search_path", "pg_temp"), ("default_transaction_isolation", "read committed"), ("default_transaction_read_only", "off")] {
        let mut look = case.begin(None).await;
        assert!(ask(&mut look, "SELECT at, 'a' AS key FROM log").await.is_ok());
        let stained = ask(&mut look, &format!("SELECT at, stain('{name}', '{value}') AS key FROM log")).await;
        assert!(stained.is_err(), "{name}: {stained:?}");
    }
}

#[tokio::test]
async fn nothing_can_be_written() {
    let case = Case::new().await;
    case.sql(&format!("GRANT ALL ON log TO {}", case.served.account())).await;
    case.sql("CREATE FUNCTION note() RETURNS bigint LANGUAGE sql AS 'INSERT INTO log VALUES (9) RETURNING at'").await;
    let why = ask(&mut case.begin(None).await, "SELECT note() AS at").await.unwrap_err();
    assert!(!why.is_empty());
    assert_eq!(ask(&mut case.begin(None).await, "SELECT count(*) AS at FROM log").await.unwrap(), ["2", "none"]);
}

#[tokio::test]
async fn a_connection_is_kept_for_a_while_unless_it_failed() {
    let case = Case::new().await;
    let mine = "SELECT pg_backend_pid() AS at";
    let mut look = case.begin(None).await;
    let first = ask(&mut look, mine).await.unwrap();
    look = case.begin(Some(look)).await;
    assert_eq!(ask(&mut look, mine).await.unwrap(), first);
    look.basis.made = Instant::now().checked_sub(KEPT).unwrap();
    look = case.begin(Some(look)).await;
    let second = ask(&mut look, mine).await.unwrap();
    assert_ne!(first, second);
    assert!(ask(&mut look, "SELECT at FROM nothing").await.is_err());
    look = case.begin(Some(look)).await;
    assert_ne!(ask(&mut look, mine).await.unwrap(), second);
}

#[tokio::test]
async fn a_session_without_the_settings_that_were_asked_for_is_told_apart() {
    let case = Case::new().await;
    let mut options = super::super::options(&case.server, Patience::default());
    assert!(Look::begin(None, &case.server, Patience::default()).await.unwrap().is_some());
    options = options.options([("default_transaction_isolation", "read committed")]);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let sql = sqlx::query_as(AssertSqlSafe(format!("SELECT {GREETING}")));
    let (is_steady, is_replica): (bool, bool) = sql.fetch_one(&mut connection).await.unwrap();
    assert_eq!((is_steady, is_replica), (false, false));
}

#[tokio::test]
async fn a_reading_begins_without_what_an_earlier_one_left() {
    let case = Case::new().await;
    // It looks once in a session.
    let once = "CREATE FUNCTION once() RETURNS text LANGUAGE plpgsql STABLE AS $$BEGIN IF coalesce(current_setting('crm.seen', true), '') = '' THEN \
            PERFORM set_config('crm.seen', (SELECT max(at)::text FROM log), false); END IF; RETURN current_setting('crm.seen'); END$$";
    case.sql(once).await;
    let mut look = case.begin(None).await;
    for at in 3..6 {
        case.sql(&format!("INSERT INTO log VALUES ({at})")).await;
        let mut session = super::super::Session::begin_on(look).await.unwrap();
        let mut found = Vec::new();
        let mut take = |cells: &[Cell<'_>]| found.extend(cells.iter().map(|cell| text(cell).unwrap()));
        let column = Expected { name: "at".to_owned(), is_optional: false };
        session.rows(&Query::unchecked("SELECT once() AS at"), &[column], None, &mut take).await.unwrap();
        assert_eq!(found, [Some(at.to_string())]);
        look = session.end().await.unwrap().unwrap();
    }
    let mut ended = case.begin(Some(look)).await;
    ended.basis.made = Instant::now().checked_sub(KEPT).unwrap();
    assert!(super::super::Session::begin_on(ended).await.is_none(), "it was kept long enough");
}
