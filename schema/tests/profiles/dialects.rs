//! What a profile for PostgreSQL, or for MariaDB and MySQL, may say in its SQL, and what not.

use crate::fixture::Files;

/// What a profile for a server may say, and what not: the mistakes of one relation.
fn said_of(database: &str, sql: &str) -> Vec<String> {
    let mut case = Files::new();
    case.replace("profile.toml", "\"sqlite\"", &format!("\"{database}\""));
    case.insert("part_phone.sql", sql);
    case.mistakes_in("part_phone.sql")
}

#[test]
fn sql_for_postgresql_that_does_more_than_answer_is_refused() {
    for (sql, what) in [
        ("SELECT now() AS a", "`now()` gives another answer each time"),
        ("SELECT \"now\"() AS a", "`now()` gives another answer each time"),
        ("SELECT pg_catalog.clock_timestamp()", "`clock_timestamp()` gives another answer each time"),
        ("SELECT 1 WHERE d < CURRENT_DATE", "`CURRENT_DATE` reads the clock"),
        ("SELECT 1 WHERE d < 'Today'", "`'Today'` reads the clock"),
        ("SELECT $$now$$::date", "`'now'` reads the clock"),
        ("SELECT 1 WHERE d < ' tomorrow 08:00'", "`' tomorrow 08:00'` reads the clock"),
        ("SELECT 1 WHERE d < 'now UTC'", "`'now UTC'` reads the clock"),
        ("SELECT age(d) FROM phone", "`age()` without a time reads the clock"),
        ("SELECT random()", "`random()` gives another answer each time"),
        ("SELECT gen_random_uuid()", "`gen_random_uuid()` gives another answer each time"),
        ("SELECT uuid_generate_v4()", "`uuid_generate_v4()` gives another answer each time"),
        ("SELECT nextval('s')", "`nextval()` does more than answer"),
        ("SELECT set_config('a.b', 'c', false)", "`set_config()` does more than answer"),
        ("SELECT pg_sleep(9)", "`pg_sleep()` does more than answer"),
        ("SELECT pg_read_file('/etc/passwd')", "`pg_read_file()` does more than answer"),
        ("SELECT lo_import('/etc/passwd')", "`lo_import()` does more than answer"),
        ("SELECT * FROM dblink('dbname=x', 'SELECT 1') AS t(a int)", "`dblink()` does more than answer"),
        ("SELECT query_to_xml('SELECT 1', true, true, '')", "`query_to_xml()` does more than answer"),
        ("SELECT 1 INTO t", "a profile only reads, `INTO` writes"),
        ("SELECT 1 FROM phone FOR UPDATE", "a profile only reads, this locks rows"),
        ("SELECT (SELECT 1 FROM phone FOR SHARE)", "a profile only reads, this locks rows"),
        ("WITH x AS (DELETE FROM phone RETURNING 1) SELECT 1", "a profile only reads, this statement does more than select"),
        ("SELECT U&\"r\\0061ndom\"()", "a name is written by the numbers of its letters"),
        ("SELECT 1 WHERE id = $1", "`$1` is a parameter, and nobody gives it a value"),
        ("COPY phone TO PROGRAM 'x'", "a profile only reads, this begins with `COPY`"),
        ("SELECT 1; COMMIT", "there is a second statement"),
    ] {
        let said = said_of("postgres", sql);
        assert!(said.iter().any(|one| one.starts_with(&format!("part_phone.sql:1: {what}"))), "{sql}: {said:?}");
    }
    for steady in [
        "SELECT person AS record, id AS part, kind, data->>'number' AS number, (tags)[1:2] AS place FROM phone WHERE tags @> ARRAY['a'] AND data ? 'b'",
        "SELECT person::text || '/' || id AS part, count(*) FILTER (WHERE d > DATE '2024-01-01') FROM phone GROUP BY 1",
        "SELECT DISTINCT ON (person) person, age(a, b), substring(kind FROM 1 FOR 3), E'a\\nb' FROM phone p LEFT JOIN LATERAL unnest(p.tags) t ON true",
        "WITH RECURSIVE t AS (SELECT 1 AS id UNION ALL SELECT t.id + 1 FROM t WHERE id < 9) SELECT id, 'next value' FROM t",
        "SELECT kind ILIKE 'a%' AND number ~* '^0' AND d IS NOT DISTINCT FROM e AT TIME ZONE 'Europe/Berlin' FROM crm.phone",
    ] {
        assert_eq!(said_of("postgres", steady), Vec::<String>::new(), "{steady}");
    }
}

#[test]
fn sql_for_mariadb_and_mysql_that_does_more_than_answer_is_refused() {
    for (sql, what) in [
        ("SELECT NOW() AS a", "`NOW()` gives another answer each time"),
        ("SELECT `now`() AS a", "`now()` gives another answer each time"),
        ("SELECT 1 WHERE d < UTC_DATE", "`UTC_DATE` reads the clock"),
        ("SELECT unix_timestamp()", "`unix_timestamp()` without a time reads the clock"),
        ("SELECT RAND()", "`RAND()` gives another answer each time"),
        ("SELECT uuid()", "`uuid()` gives another answer each time"),
        ("SELECT sleep(9)", "`sleep()` does more than answer"),
        ("SELECT benchmark(1, 1)", "`benchmark()` does more than answer"),
        ("SELECT load_file('/etc/passwd')", "`load_file()` does more than answer"),
        ("SELECT get_lock('a', 1)", "`get_lock()` does more than answer"),
        ("SELECT @x", "`@x` is a variable of the session"),
        ("SELECT @@sql_mode", "`@@sql_mode` is a variable of the session"),
        ("SELECT @x := 1", "`@x` is a variable of the session"),
        ("SELECT NEXT VALUE FOR s", "`NEXT VALUE` moves or reads a sequence"),
        ("SELECT nextval(s)", "`nextval()` does more than answer"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "a profile only reads, `INTO` writes"),
        ("SELECT 1 INTO @x", "a profile only reads, `INTO` writes"),
        ("SELECT 1 FROM phone FOR UPDATE", "a profile only reads, this locks rows"),
        ("SELECT 1 FROM phone LOCK IN SHARE MODE", "this is no SELECT that we understand"),
        ("SELECT 1 /*!50000 + sleep(9) */", "the database carries out what stands in this comment"),
        ("SELECT 1 /*M! + sleep(9) */", "the database carries out what stands in this comment"),
        ("SELECT 1 WHERE id = ?", "`?` is a parameter, and nobody gives it a value"),
    ] {
        let said = said_of("mysql", sql);
        assert!(said.iter().any(|one| one.starts_with(&format!("part_phone.sql:1: {what}"))), "{sql}: {said:?}");
    }
    for steady in [
        "SELECT person AS record, id AS part, kind AS `by`, JSON_VALUE(data, '$.number') AS number, unix_timestamp(d) AS place FROM crm.phone",
        "SELECT GROUP_CONCAT(DISTINCT kind ORDER BY kind SEPARATOR ', ') FROM phone WHERE kind REGEXP '^a' AND d >= '0000-00-00' GROUP BY person",
        "SELECT IFNULL(kind, \"now()\"), DATE_ADD(d, INTERVAL 1 DAY), IF(a <=> b, 1, 0), 'a' || kind FROM phone p STRAIGHT_JOIN person USING (id) -- RAND()",
        "SELECT 'it\\'s @x' # a comment with sleep()",
    ] {
        assert_eq!(said_of("mysql", steady), Vec::<String>::new(), "{steady}");
    }
}
