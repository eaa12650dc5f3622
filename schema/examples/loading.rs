//! How long it takes to hand on a CRM row by row, beside a bare `COPY … TO STDOUT` of the same columns.
//!
//! `tests/servers/run cargo run --release -p adressbote-schema --example loading -- sqlite|postgres|mariadb [RECORDS [TIMES]]`

#![expect(clippy::unwrap_used, clippy::panic, reason = "whoever measures sees what failed")]

use std::time::Instant;

use adressbote_rules::index::Scalar;
use adressbote_rules::time::Period;
use adressbote_rules::view::PartId;
use adressbote_schema::crm::{Address, CrmSource, Own, Patience, Sink, read_into};
use adressbote_schema::profile::Profile;
use adressbote_servers::{Base, PASSWORD, Served, Writer};
use futures::TryStreamExt;
use sqlx::postgres::PgPoolCopyExt;

/// The columns of a record but its key: name, kind, type, and what stands in it for the number `i`.
const COLUMNS: [[&str; 4]; 19] = [
    ["last_name", "text", "varchar(80)", "'Nachname' || (i * 7919 % 30011)"],
    ["first_name", "text", "varchar(80)", "'Vorname' || (i % 997)"],
    ["title", "text", "varchar(20)", "CASE WHEN i % 7 = 0 THEN 'Dr.' END"],
    ["company", "text", "varchar(80)", "'Beispiel und Söhne ' || (i % 5003) || ' GmbH & Co. KG'"],
    ["department", "text", "varchar(80)", "CASE WHEN i % 2 = 0 THEN 'Einkauf und Logistik' END"],
    ["job", "text", "varchar(80)", "'Leiter Bereich ' || (i % 41)"],
    ["mail", "text", "varchar(120)", "'vorname.nachname' || i || '@firma' || (i % 5003) || '.example'"],
    ["phone", "text", "varchar(40)", "'+49 30 23125 ' || (i % 1000)"],
    ["mobile", "text", "varchar(40)", "'+49 171 39200 ' || (i % 1000)"],
    ["street", "text", "varchar(80)", "'Lange Straße ' || (i % 300)"],
    ["postcode", "text", "varchar(10)", "'1' || (1000 + i % 8999)"],
    ["city", "text", "varchar(80)", "'Ortschaft ' || (i % 401)"],
    ["country", "text", "varchar(2)", "'DE'"],
    ["note", "text", "text", "'Ruft nur vormittags an, kennt Herrn Nummer ' || i"],
    ["birthday", "date", "date", "CAST('1970-01-01' AS date)"],
    ["changed", "moment", "timestamp", "CAST('2026-05-04 10:11:12.345' AS timestamp)"],
    ["revenue", "real", "double precision", "i * 1.25"],
    ["visits", "int", "integer", "i % 100"],
    ["score", "int", "bigint", "i * 3"],
];

const TABLES: [(&str, &str); 3] = [
    (
        "view.sql",
        "SELECT id AS record, last_name, first_name, title, company, department, job, mail, phone, mobile, street, postcode, city, country, note, birthday, changed, revenue, visits, score FROM contact",
    ),
    ("rule_access.sql", "SELECT contact AS record, principal FROM access"),
    ("subscriptions.sql", "SELECT contact AS record, principal, maker AS \"by\" FROM abo"),
];

/// The rows, from one to `$2`, in the dialects of all.
const ROWS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) ";

fn script(base: Base, records: u64) -> String {
    let columns: Vec<String> = COLUMNS.iter().map(|[name, _, of, _]| format!("{name} {of}")).collect();
    let values: Vec<&str> = COLUMNS.iter().map(|[.., value]| *value).collect();
    let rows = |table: &str, count: u64, values: &str| {
        let rows = ROWS.replace("$2", &count.to_string());
        match base {
            Base::Mariadb => format!("INSERT INTO {table} {rows} SELECT {values} FROM n;\n"),
            Base::Sqlite | Base::Postgres => format!("{rows} INSERT INTO {table} SELECT {values} FROM n;\n"),
        }
    };
    let mut script = format!(
        "CREATE TABLE contact (id bigint PRIMARY KEY, {});\nCREATE TABLE access (contact bigint, principal varchar(40));\n\
         CREATE TABLE abo (contact bigint, principal varchar(40), maker varchar(40));\n\
         CREATE TABLE staff (id integer, login varchar(40), mail varchar(80), active boolean);\nINSERT INTO staff VALUES (1, 'anna', NULL, true);\n",
        columns.join(", ")
    );
    script += &rows("contact", records, &format!("i, {}", values.join(", ")));
    script += &rows("access", records * 18 / 10, "i * 10 / 18, 'group:' || (i % 300)");
    script += &rows("abo", records * 17 / 10, "i * 10 / 17, 'user:' || (i % 10000), 'anna'");
    match base {
        Base::Sqlite => script
            .replace("CAST('1970-01-01' AS date)", "'1970-01-01'")
            .replace("CAST('2026-05-04 10:11:12.345' AS timestamp)", "'2026-05-04 10:11:12.345'"),
        Base::Postgres => script + "ANALYZE",
        Base::Mariadb => format!(
            "SET SESSION sql_mode = 'PIPES_AS_CONCAT', max_recursive_iterations = 4294967295;\n{}",
            script.replace("timestamp", "datetime(3)")
        ),
    }
}

fn profile(base: Base) -> Profile {
    let folder = tempfile::tempdir().unwrap();
    let dialect = match base {
        Base::Sqlite => "sqlite",
        Base::Postgres => "postgres",
        Base::Mariadb => "mysql",
    };
    let columns: String = COLUMNS.iter().map(|[name, kind, ..]| format!("{name} = {{ kind = \"{kind}\" }}\n")).collect();
    let toml = format!(
        "[profile]\nname = \"loading\"\ndescription = \"Many records\"\ndatabase = \"{dialect}\"\ntime_zone = \"Europe/Berlin\"\n\
         [parts.main.columns]\n{columns}[view]\nname = \"Alles\"\nlocale = \"de\"\norder = [\"Name\"]\n[fields]\nName = {{ column = \"main.last_name\" }}\n\
         [rules.access]\ntarget = \"record\"\n[field_rights]\nsilence = \"readable\"\n[mapping]\ndefault_country = \"DE\"\n[mapping.properties]\n\
         displayName = {{ first = [\"$.Name\"] }}\n"
    );
    let quote = if base == Base::Mariadb { "`" } else { "\"" };
    let small = [
        ("users.sql", "SELECT id AS user, login, mail, active FROM staff"),
        ("groups.sql", "SELECT id AS \"group\", login AS name FROM staff"),
        ("holds.sql", "SELECT id AS user, 'group:1' AS principal FROM staff"),
        ("implies.sql", "SELECT 'group:1' AS principal, 'group:2' AS implied FROM staff"),
    ];
    std::fs::write(folder.path().join("profile.toml"), toml).unwrap();
    for (name, text) in TABLES.iter().chain(&small) {
        std::fs::write(folder.path().join(name), text.replace('"', quote)).unwrap();
    }
    Profile::load(folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

/// Seconds of processor time that this process has used.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks: u64 = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2).map(|one| one.parse::<u64>().unwrap()).sum();
    ticks as f64 / 100.0
}

/// Counts what is handed on, and when each relation began.
#[derive(Default)]
struct Count {
    counts: [u64; 3],
    begun: [Option<(Instant, f64)>; 3],
    bytes: u64,
}

impl Count {
    fn one<const RELATION: usize>(&mut self, bytes: usize) {
        let ([count], [begun]) = (self.counts.get_disjoint_mut([RELATION]).unwrap(), self.begun.get_disjoint_mut([RELATION]).unwrap());
        if *count == 0 {
            *begun = Some((Instant::now(), cpu_s()));
        }
        *count += 1;
        self.bytes += bytes as u64;
    }
}

impl Sink for Count {
    fn record(&mut self, key: &str, values: &[Scalar<'_>]) {
        let text = |value: &Scalar<'_>| if let Scalar::Text(text) = value { text.len() } else { 8 };
        self.one::<0>(key.len() + values.iter().map(text).sum::<usize>());
    }

    fn part(&mut self, _: PartId, _: &str, _: &str, _: &[Scalar<'_>]) -> bool {
        true
    }

    fn right(&mut self, _: usize, of: &str, principal: &str, _: Period) {
        self.one::<1>(of.len() + principal.len());
    }

    fn bar(&mut self, _: &str, _: &str, _: Period) {}

    fn subscription(&mut self, record: &str, principal: &str, _: Option<&str>, _: Period) {
        self.one::<2>(record.len() + principal.len());
    }

    fn doubtful(&mut self, record: &str) {
        panic!("{record} is doubtful");
    }
}

fn print(what: &str, (begun, cpu): (Instant, f64), rest: &str) {
    println!("{what}: {:.3} s, {:.2} s CPU {rest}", begun.elapsed().as_secs_f64(), cpu_s() - cpu);
}

async fn copy(place: &str) {
    let pool = sqlx::PgPool::connect(place).await.unwrap();
    let whole = (Instant::now(), cpu_s());
    for (name, sql) in TABLES {
        let begun = (Instant::now(), cpu_s());
        let mut rows = pool.copy_out_raw(&format!("COPY ({sql}) TO STDOUT")).await.unwrap();
        let mut bytes = 0;
        while let Some(part) = rows.try_next().await.unwrap() {
            bytes += part.len();
        }
        print(&format!("  COPY {name}"), begun, &format!("{bytes} bytes"));
    }
    print("COPY", whole, "");
}

#[tokio::main]
async fn main() {
    let mut given = std::env::args().skip(1);
    let base = match given.next().as_deref() {
        Some("sqlite") => Base::Sqlite,
        Some("postgres") => Base::Postgres,
        Some("mariadb") => Base::Mariadb,
        _ => panic!("say which database: sqlite, postgres or mariadb"),
    };
    let records = given.next().map_or(200_000, |text| text.parse().unwrap());
    let times = given.next().map_or(3, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let served = if base == Base::Sqlite { None } else { Some(Served::new(base, "").await) };
    let file = folder.path().join("crm.sqlite");
    let place = served.as_ref().map_or_else(|| file.display().to_string(), Served::place);
    let mut writer = Writer::open(base, &place).await;
    writer.run(&script(base, records)).await;
    writer.close().await;
    let address = match &served {
        Some(served) => served.reader().parse::<Address>().unwrap().with_password(Some(PASSWORD.into())),
        None => Address::Sqlite(file),
    };
    let profile = profile(base);
    let source = CrmSource::open(&address, Patience::default()).await.unwrap();
    for _ in 0..times {
        if base == Base::Postgres {
            copy(&place).await;
        }
        let (begun, mut count) = ((Instant::now(), cpu_s()), Count::default());
        let read = read_into(&profile, &source, &Own::default(), None, &mut count).await.unwrap();
        assert!(read.crm.records.doubt().is_none() && read.crm.subscriptions.doubt().is_none(), "{:?}", read.crm.records.doubt());
        print("handed on", begun, &format!("{:?} rows, {} bytes", count.counts, count.bytes));
        let stages: Vec<(Instant, f64)> = count.begun.iter().flatten().copied().collect();
        for pair in stages.windows(2) {
            let [before, after] = pair else { continue };
            println!("  a relation: {:.3} s, {:.2} s CPU", (after.0 - before.0).as_secs_f64(), after.1 - before.1);
        }
    }
}
