//! What stands in a database is what is read: random rows with columns of every kind, on each kind of database.

use adressbote_rules::crm::PartRow;
use adressbote_rules::value::Value;
use adressbote_schema::crm::{Own, Read};
use adressbote_servers::{Base, Writer, on_each_database};
use chrono::{DateTime, NaiveDate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::fixture::{Case, doubtful};
use crate::streamed::read;

on_each_database!(what_was_put_in_is_read,);

const WORLDS: u64 = 60;

const TOML: &str = r#"[profile]
name = "zufall"
description = "Values of every kind"
database = "sqlite"
time_zone = "Europe/Berlin"

[parts.main.columns]
words = { kind = "text" }
short = { kind = "text" }
amount = { kind = "int" }
ratio = { kind = "real" }
price = { kind = "real" }
whole = { kind = "int" }
flag = { kind = "bool" }
day = { kind = "date" }
seen = { kind = "moment" }
[parts.line]
order = ["amount"]
[parts.line.columns]
amount = { kind = "int" }
words = { kind = "text" }
flag = { kind = "bool" }
[parts.mark.columns]
seen = { kind = "moment" }
price = { kind = "real" }
day = { kind = "date" }

[view]
name = "Alles"
locale = "de"
order = ["Worte"]
[fields]
Worte = { column = "main.words" }

[rules.access]
target = "record"

[field_rights]
silence = "readable"

[mapping]
default_country = "DE"
[mapping.properties]
displayName = { first = ["$.Worte"] }
"#;

/// What a column holds; named as the column.
#[derive(Clone, Copy)]
enum Sort {
    Words,
    Short,
    Amount,
    Ratio,
    Price,
    Whole,
    Flag,
    Day,
    Seen,
}

use Sort::{Amount, Day, Flag, Price, Ratio, Seen, Short, Whole, Words};

/// The tables, each but the first with the record that its rows hang on.
const TABLES: [(&str, &[Sort]); 4] = [
    ("thing", &[Words, Short, Amount, Ratio, Price, Whole, Flag, Day, Seen]),
    ("line", &[Amount, Words, Flag]),
    ("mark", &[Seen, Price, Day]),
    ("granted", &[]),
];

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Words => "words",
            Short => "short",
            Amount => "amount",
            Ratio => "ratio",
            Price => "price",
            Whole => "whole",
            Flag => "flag",
            Day => "day",
            Seen => "seen",
        }
    }

    /// Its type on SQLite, PostgreSQL and MariaDB.
    fn types(self) -> [&'static str; 3] {
        match self {
            Words => ["TEXT", "text", "LONGTEXT"],
            Short => ["TEXT", "varchar(40)", "VARCHAR(40)"],
            Amount => ["INTEGER", "bigint", "BIGINT"],
            Ratio => ["REAL", "double precision", "DOUBLE"],
            Price => ["NUMERIC", "numeric(12, 2)", "DECIMAL(12, 2)"],
            Whole => ["INTEGER", "numeric(18)", "DECIMAL(18)"],
            Flag => ["INTEGER", "boolean", "BOOLEAN"],
            Day => ["TEXT", "date", "DATE"],
            Seen => ["TEXT", "timestamptz", "DATETIME(6)"],
        }
    }

    fn type_on(self, base: Base) -> &'static str {
        let [sqlite, postgres, mariadb] = self.types();
        match base {
            Base::Sqlite => sqlite,
            Base::Postgres => postgres,
            Base::Mariadb => mariadb,
        }
    }
}

/// What is strange in texts, in one database or another.
const PIECES: [&str; 24] = [
    "Müller",
    "ß",
    "Ğüneş",
    "🌞",
    "👩‍👩‍👧",
    "e\u{301}",
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\n",
    "\\'",
    "%",
    "_",
    "\n",
    "\r\n",
    "\t",
    " ",
    "NULL",
    "0",
    ";--",
    "$1",
    "日本",
];

struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0.next_u32() % end
    }

    fn number(&mut self) -> i64 {
        let any = self.0.next_u64() as i64;
        match self.below(6) {
            0 => any,
            1 => i64::MIN,
            2 => i64::MAX,
            _ => any % 1_000,
        }
    }

    fn text(&mut self, pieces: u32) -> String {
        (0..self.below(pieces)).map(|_| PIECES[self.below(PIECES.len() as u32) as usize]).collect()
    }

    fn value(&mut self, sort: Sort) -> Value {
        if self.below(5) == 0 {
            return Value::Null;
        }
        match sort {
            Words if self.below(20) == 0 => Value::text(self.text(8).repeat(3_000)),
            Words => Value::text(self.text(8)),
            Short => Value::text(self.text(6).chars().take(40).collect::<String>()),
            Amount => Value::Int(self.number()),
            Ratio => Value::Real(f64::from(self.0.next_u32() as i32) / 1_024.0),
            Price => Value::Real((self.number() % 1_000_000_000_000) as f64 / 100.0),
            Whole => Value::Int(self.number() % 1_000_000_000_000_000_000),
            Flag => Value::Bool(self.below(2) == 0),
            Day => Value::Date(NaiveDate::from_ymd_opt(1_000, 1, 1).unwrap() + chrono::Days::new(u64::from(self.below(3_287_000)))),
            // From the year 1000 to the year 3000, with microseconds.
            Seen => {
                let second = i64::from(self.below(u32::MAX)) * 14 - 30_000_000_000;
                Value::Moment(DateTime::from_timestamp(second, self.below(1_000_000) * 1_000).unwrap())
            }
        }
    }

    /// A key that no other row of the table has.
    fn key(&mut self, number: u32) -> String {
        format!("{number}{}", self.text(4))
    }
}

/// A row: its key, the record that it hangs on, its values.
type Line = (String, String, Vec<Value>);

/// The rows of a world, by table.
fn world(dice: &mut Dice) -> Vec<Vec<Line>> {
    let things: Vec<String> = (0..dice.below(7)).map(|number| dice.key(number)).collect();
    let tables = TABLES.iter().enumerate().map(|(place, (_, sorts))| {
        let rows = if place == 0 { things.len() as u32 } else { dice.below(9) * u32::from(!things.is_empty()) };
        let row = |number: u32| {
            let of = if place == 0 { number as usize } else { dice.below(things.len() as u32) as usize };
            let key = if place == 0 { things[of].clone() } else { dice.key(number) };
            // Whom a right is for, from when, and until when.
            let values = if place == 3 {
                vec![Value::text(dice.key(0)), dice.value(Seen), dice.value(Seen)]
            } else {
                sorts.iter().map(|sort| dice.value(*sort)).collect()
            };
            (key, things[of].clone(), values)
        };
        (0..rows).map(row).collect()
    });
    tables.collect()
}

/// A value as the database is told it.
fn literal(base: Base, value: &Value) -> String {
    match (value, base) {
        (Value::Null, _) => "NULL".to_owned(),
        (Value::Bool(flag), Base::Sqlite) => u8::from(*flag).to_string(),
        (Value::Bool(flag), _) => flag.to_string(),
        (Value::Int(number), _) => number.to_string(),
        (Value::Real(number), _) => number.to_string(),
        (Value::Text(text), Base::Mariadb) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        (Value::Text(text), _) => format!("'{}'", text.replace('\'', "''")),
        (Value::Date(day), _) => format!("'{day}'"),
        (Value::Moment(at), Base::Postgres) => format!("'{}+00'", at.format("%Y-%m-%d %H:%M:%S%.6f")),
        (Value::Moment(at), _) => format!("'{}'", at.format("%Y-%m-%d %H:%M:%S%.6f")),
        (Value::List(_), _) => panic!("no column holds a list"),
    }
}

/// Puts a world in the place of the one before.
async fn put(writer: &mut Writer, base: Base, world: &[Vec<Line>]) {
    let mut script = String::new();
    for ((table, _), rows) in TABLES.iter().zip(world) {
        script += &format!("DELETE FROM {table};\n");
        for (key, of, values) in rows {
            let cells = [Value::text(key), Value::text(of)].into_iter().chain(values.iter().cloned()).map(|value| literal(base, &value));
            script += &format!("INSERT INTO {table} VALUES ({});\n", cells.collect::<Vec<_>>().join(", "));
        }
    }
    writer.run(&script).await;
}

async fn case(base: Base) -> Case {
    let mut case = Case::on(base).await;
    let text = Short.type_on(base).replace("40", "200");
    for (table, sorts) in &TABLES[..3] {
        let columns: Vec<String> = sorts.iter().map(|sort| format!("{} {}", sort.name(), sort.type_on(base))).collect();
        case.sql(&format!("CREATE TABLE {table} (id {text}, thing {text}, {})", columns.join(", "))).await;
    }
    let moment = Seen.type_on(base);
    case.sql(&format!("CREATE TABLE granted (id {text}, thing {text}, principal {text}, valid_from {moment}, valid_until {moment})")).await;
    let dialect = ["sqlite", "postgres", "mysql"][base as usize];
    case.files.retain(|name, _| ["users.sql", "groups.sql", "holds.sql", "implies.sql"].contains(&name.as_str()));
    case.files.insert("profile.toml".to_owned(), TOML.replace("\"sqlite\"", &format!("\"{dialect}\"")));
    let mut sql = |file: &str, text: &str| case.files.insert(file.to_owned(), text.to_owned());
    sql("users.sql", "SELECT id AS user, login, mail, active, internal FROM staff");
    sql("view.sql", "SELECT id AS record, words, short, amount, ratio, price, whole, flag, day, seen FROM thing");
    sql("part_line.sql", "SELECT thing AS record, id AS part, amount, words, flag FROM line");
    sql("part_mark.sql", "SELECT thing AS record, id AS part, seen, price, day FROM mark");
    let quote = if base == Base::Mariadb { '`' } else { '"' };
    sql("rule_access.sql", &format!("SELECT thing AS record, principal, valid_from AS {quote}from{quote}, valid_until AS until FROM granted"));
    case
}

/// In an order that is the same for all databases.
fn sorted(rows: impl Iterator<Item = String>) -> Vec<String> {
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    rows
}

/// The rows as they were read, by table; a right has no key.
fn found(read: &Read) -> Vec<Vec<String>> {
    let crm = &read.crm;
    // The columns stand in the order of their names or of the profile: here in that of the tables.
    let ordered = |part: usize, values: &[Value]| -> Vec<Value> {
        let columns = &crm.view.parts()[part].columns;
        TABLES[part].1.iter().map(|sort| values[columns.iter().position(|column| column.name == sort.name()).unwrap()].clone()).collect()
    };
    let records = sorted(crm.records.rows().iter().map(|row| format!("{} {:?}", row.key, ordered(0, &row.values))));
    let line = |part: usize, row: &PartRow| format!("{} {} {:?}", row.key, row.record, ordered(part, &row.values));
    let parts = crm.parts.iter().zip(1..).map(|(rows, part)| sorted(rows.rows().iter().map(|row| line(part, row))));
    let at = |at: Option<DateTime<chrono::Utc>>| at.map_or(Value::Null, Value::Moment);
    let rights = crm.rules[0]
        .rows
        .rows()
        .iter()
        .map(|row| format!("{} {:?}", row.of, [Value::text(row.principal.as_str()), at(row.during.from), at(row.during.until)]));
    [records].into_iter().chain(parts).chain([sorted(rights)]).collect()
}

/// The rows as they were put in.
fn expected(world: &[Vec<Line>]) -> Vec<Vec<String>> {
    let line = |place: usize, (key, of, values): &Line| match place {
        0 => format!("{key} {values:?}"),
        3 => format!("{of} {values:?}"),
        _ => format!("{key} {of} {values:?}"),
    };
    world.iter().enumerate().map(|(place, rows)| sorted(rows.iter().map(|row| line(place, row)))).collect()
}

async fn what_was_put_in_is_read(base: Base) {
    let case = case(base).await;
    let (profile, source, mut writer) = (case.profile(), case.source().await, case.writer().await);
    profile.check_columns(&source).await.unwrap();
    let mut rows = 0;
    for seed in 0..WORLDS {
        let world = world(&mut Dice(ChaCha8Rng::seed_from_u64(seed)));
        put(&mut writer, base, &world).await;
        let read = read(&profile, &source, &Own::default(), None).await.unwrap();
        assert!(doubtful(&read).is_empty() && read.crm.records.doubt().is_none(), "seed {seed}: {:?}", doubtful(&read));
        for ((found, expected), (table, _)) in found(&read).iter().zip(expected(&world)).zip(TABLES) {
            assert_eq!(found, &expected, "seed {seed}, {table}");
            rows += found.len();
        }
    }
    assert!(rows > 500, "{rows} rows were compared");
}
