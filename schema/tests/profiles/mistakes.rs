//! Mistakes of a profile: each with its file, its line, and what was meant.

use adressbote_schema::profile::{Profile, ProfileErrors};
use adressbote_servers::{Base, on_each_database};

use crate::fixture::Case;

on_each_database!(columns_that_do_not_fit_are_refused_by_file_and_line,);

/// One edit of a file, and the mistakes that must be said about it.
async fn said(file: &str, old: &str, new: &str) -> Vec<String> {
    let mut case = Case::new().await;
    case.replace(file, old, new);
    case.mistakes()
}

/// The same for mistakes that only the database finds.
async fn said_by_database(kind: Base, file: &str, old: &str, new: &str) -> Vec<String> {
    let mut case = Case::on(kind).await;
    case.replace(file, old, new);
    let error = case.profile().check_columns(&case.source().await).await.expect_err("the database finds a mistake");
    error.to_string().lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

const TOML: &str = "profile.toml";

#[tokio::test]
async fn unknown_keys_are_refused_with_the_one_that_was_meant() {
    assert_eq!(
        said(TOML, "locale =", "local =").await,
        [
            "profile.toml:28: `locale` is missing in [view] (did you mean `local`?)",
            "profile.toml:30: unknown key `local` in [view] (did you mean `locale`?)",
        ]
    );
    assert_eq!(said(TOML, "[limits]", "[limit]\n[limits]").await, ["profile.toml:57: unknown key `limit` at the top (did you mean `limits`?)"]);
    assert_eq!(
        said(TOML, "title = \"Gebiet\"", "titel = \"Gebiet\"").await,
        ["profile.toml:47: unknown key `titel` in [rules.territory] (did you mean `title`?)",]
    );
    assert_eq!(said(TOML, "bars = 100", "bar = 100").await, ["profile.toml:60: the profile reads no relation `bar` (did you mean `bars`?)"]);
}

#[tokio::test]
async fn every_mistake_is_said_at_once() {
    let mut case = Case::new().await;
    case.replace(TOML, "database = \"sqlite\"", "database = \"sqlight\"");
    case.replace(TOML, "Europe/Berlin", "Europe/Berlim");
    case.replace(TOML, "birthday = { kind = \"date\" }", "birthday = { kind = \"day\" }");
    case.replace("holds.sql", "FROM member", "FROM member WHERE since < current_date");
    case.files.remove("part_phone.sql");
    assert_eq!(
        case.mistakes(),
        [
            "holds.sql:1: `current_date` reads the clock (give from/until columns instead: what turns with time is decided at each pass)",
            "profile.toml:4: `sqlight` is no value of `database` (known here: `sqlite`, `postgres`, `mysql`)",
            "profile.toml:5: `Europe/Berlim` is no time zone (did you mean `Europe/Berlin`?)",
            "profile.toml:15: `day` is no kind (known here: `text`, `int`, `real`, `bool`, `date`, `moment`, `html`)",
            "profile.toml:21: the file part_phone.sql is missing",
        ]
    );
    let sentence = Profile::load(&case.write()).unwrap_err().to_string();
    assert!(
        sentence.starts_with("the profile `/") && sentence.contains("cannot be used; nothing was read or changed\n  holds.sql:1: "),
        "{sentence}"
    );
}

#[tokio::test]
async fn names_that_lead_nowhere_are_refused() {
    assert_eq!(
        said(TOML, "\"-Umsatz\"]", "\"-Umsätze\"]").await,
        ["profile.toml:31: the view has no field `Umsätze` to be ordered by (did you mean `Umsatz`?)",]
    );
    assert_eq!(
        said(TOML, "order = [\"Nachname\"", "order = [\"Nummern\"").await,
        ["profile.toml:31: `Nummern` holds many values, records cannot be ordered by it",]
    );
    assert_eq!(
        said(TOML, "order = [\"place\"]", "order = [\"platz\"]").await,
        ["profile.toml:22: part `phone` has no column `platz` to be ordered by (known here: `kind`, `number`, `place`)",]
    );
    assert_eq!(
        said(TOML, "{ column = \"company.name\" }", "{ column = \"company.nam\" }").await,
        ["profile.toml:38: no part has a column `company.nam` (did you mean `company.name`?)",]
    );
    assert_eq!(
        said(TOML, "{ count = \"phone\" }", "{ count = \"phones\" }").await,
        ["profile.toml:41: there is no part `phones` (did you mean `phone`?)",]
    );
    assert_eq!(
        said(TOML, "over = [\"phone\"] }", "over = [\"fone\"] }").await,
        ["profile.toml:42: there is no part `fone` (known here: `main`, `company`, `phone`)",]
    );
    assert_eq!(said(TOML, "when = { kind", "when = { knd").await, ["profile.toml:39: part `phone` has no column `knd` (did you mean `kind`?)"]);
}

#[tokio::test]
async fn fields_and_parts_share_no_name() {
    assert_eq!(
        said(TOML, "Anzahl = {", "phone = {").await,
        ["profile.toml:41: the name `phone` is given to a field and to a part: a mapping could not tell them apart (give the field another name)",]
    );
    let double = said(TOML, "[parts.company]\n", "[parts.company]\n[parts.phone]\n").await;
    assert_eq!(double.len(), 1, "{double:?}");
    assert!(double[0].starts_with("profile.toml:22: this is no TOML: duplicate key"), "{double:?}");
}

#[tokio::test]
async fn fields_are_formed_in_one_way_and_from_values_of_the_kind() {
    assert_eq!(
        said(TOML, "Anzahl = { count", "Anzahl = { all = \"phone.number\", count").await,
        ["profile.toml:41: a field is formed in exactly one way (give one of `column`, `first`, `all`, `count`)",]
    );
    assert_eq!(
        said(TOML, "when = { kind = [\"mobile\"] }", "when = { place = [\"first\"] }").await,
        ["profile.toml:39: this is no value of the kind `int` that `place` has",]
    );
    assert_eq!(
        said(TOML, "when = { kind = [\"mobile\"] }", "when = { kind = \"mobile\" }").await,
        ["profile.toml:39: `kind` must be a list of values (write [\"…\"], also for a single value)",]
    );
    assert_eq!(
        said(TOML, "Firma = { column = \"company.name\" }", "Firma = { column = \"company.name\", open = true }").await,
        ["profile.toml:38: `open` says nothing without `over` (name in `over` the parts that the field is computed over)",]
    );
    assert_eq!(
        said(TOML, "number = { kind = \"text\" }", "number = { kind = \"text\", sources = [] }").await,
        ["profile.toml:25: column `number` has no sources (leave `sources` out for its own name)",]
    );
    assert_eq!(
        said(TOML, "shrink_percent = 40", "shrink_percent = 140").await,
        ["profile.toml:58: `shrink_percent` must be a whole number from 0 to 100"]
    );
    assert_eq!(said(TOML, "name = \"kleinod\"", "name = 7").await, ["profile.toml:2: `name` must be text, not integer"]);
}

#[tokio::test]
async fn rules_say_what_they_are_about() {
    assert_eq!(
        said(TOML, "part = \"phone\"", "part = \"phon\"").await,
        ["profile.toml:50: no rule can be about the part `phon` (did you mean `phone`?)"]
    );
    assert_eq!(
        said(TOML, "target = \"part\"\npart = \"phone\"", "target = \"part\"").await,
        ["profile.toml:48: `part` is missing: the part whose rows the rule is about",]
    );
    assert_eq!(
        said(TOML, "target = \"part\"\npart = \"phone\"", "target = \"source\"\nsource = \"main.revenu\"").await,
        ["profile.toml:50: no column has the source `main.revenu` (did you mean `main.revenue`?)",]
    );
    let missing = said(TOML, "[rules.private]", "[rules.privacy]").await;
    assert_eq!(
        missing,
        [
            "profile.toml: the file rule_private.sql has no meaning in a profile (did you mean `rule_privacy.sql`?)",
            "profile.toml:48: the file rule_privacy.sql is missing (is it `rule_private.sql`?)",
        ]
    );
}

#[tokio::test]
async fn files_that_are_missing_or_mean_nothing_are_refused() {
    let mut case = Case::new().await;
    let users = case.files.remove("users.sql").unwrap();
    case.files.insert("user.sql".to_owned(), users);
    case.files.insert("notes.txt".to_owned(), String::new());
    assert_eq!(
        case.mistakes(),
        [
            "profile.toml: the file notes.txt has no meaning in a profile (a profile holds one .sql per relation, part and rule that profile.toml declares, with_NAME.sql, and a README.md)",
            "profile.toml: the file user.sql has no meaning in a profile (did you mean `users.sql`?)",
            "profile.toml:1: the file users.sql is missing (is it `user.sql`?)",
        ]
    );
    case.files.clear();
    assert_eq!(case.mistakes(), ["profile.toml: the file is missing"]);
    let nowhere: ProfileErrors = Profile::load(&case.path("nowhere")).unwrap_err();
    assert!(nowhere.to_string().contains("the folder cannot be read: "), "{nowhere}");
}

#[tokio::test]
async fn settings_that_contradict_the_files_are_refused() {
    let mut case = Case::new().await;
    case.files.get_mut(TOML).unwrap().push_str("[subscriptions]\nkept = \"ours\"\n[filters]\nkept = \"crm\"\n");
    assert_eq!(
        case.mistakes(),
        [
            "profile.toml:67: subscriptions.sql is there, but the rows kept are ours alone (remove the file, or say kept = \"crm\" in [subscriptions])",
            "profile.toml:69: the file filters.sql is missing",
        ]
    );
    let mut case = Case::new().await;
    case.replace(TOML, "silence = \"readable\"", "");
    case.files.remove("field_rights.sql");
    let said = case.mistakes();
    assert!(said[0].starts_with("profile.toml: without field_rights.sql no field right ever speaks") && said.len() == 1, "{said:?}");
}

#[tokio::test]
async fn sql_that_does_more_than_select_is_refused() {
    let mut case = Case::new().await;
    for (sql, line, what) in [
        ("SELECT 1;\nSELECT 2", 2, "there is a second statement"),
        ("SELECT 1;\n\nDROP TABLE phone;", 3, "there is a second statement"),
        ("DELETE FROM phone", 1, "a profile only reads, this begins with `DELETE`"),
        ("-- why\nPRAGMA table_info(phone)", 2, "a profile only reads, this begins with `PRAGMA`"),
        ("ATTACH 'x' AS y", 1, "a profile only reads, this begins with `ATTACH`"),
        ("WITH x AS (SELECT 1) DELETE FROM phone", 1, "a profile only reads, this statement does more than select"),
        ("WITH x AS (SELECT 1)\nINSERT INTO phone SELECT * FROM x", 1, "a profile only reads, this statement does more than select"),
        ("SELECT *\nFORM phone,", 2, "this is no SELECT that we understand: "),
        ("SELECT 'open", 1, "this is no SQL: "),
        ("SELECT id FROM phone\nWHERE id = ?1", 2, "`?1` is a parameter, and nobody gives it a value"),
        ("SELECT id FROM phone\nWHERE id = :id", 2, "`:` begins a parameter, and nobody gives it a value"),
    ] {
        case.files.insert("part_phone.sql".to_owned(), sql.to_owned());
        let said = case.mistakes();
        assert!(said[0].starts_with(&format!("part_phone.sql:{line}: {what}")), "{sql}: {said:?}");
    }
    for empty in ["", "  -- nothing\n", ";"] {
        case.files.insert("part_phone.sql".to_owned(), empty.to_owned());
        assert!(!case.mistakes().is_empty(), "{empty}");
    }
}

#[tokio::test]
async fn a_birthday_from_an_instant_is_refused() {
    let mut case = Case::new().await;
    case.files.get_mut(TOML).unwrap().push_str("birthday = { first = [\"$.Geburtstag\"] }\n");
    let _ = case.profile();
    case.replace(TOML, "birthday = { kind = \"date\" }", "birthday = { kind = \"moment\" }");
    let said = case.mistakes();
    assert!(said.len() == 1 && said[0].contains("a birthday is a day, but `Geburtstag` is an instant (declare its column as `date`"), "{said:?}");
}

#[tokio::test]
async fn sql_that_reads_the_clock_or_chance_is_refused() {
    let mut case = Case::new().await;
    for (condition, what) in [
        ("kind < CURRENT_TIMESTAMP", "`CURRENT_TIMESTAMP` reads the clock"),
        ("kind < date('now')", "`'now'` reads the clock"),
        ("kind < datetime ( 'NOW', '-1 day')", "`'NOW'` reads the clock"),
        ("kind < date(\"now\")", "`now` reads the clock"),
        ("kind < datetime([Now])", "`Now` reads the clock"),
        ("kind < unixepoch('subsec')", "`'subsec'` reads the clock"),
        ("kind < \"DATE\"(`subsecond`)", "`subsecond` reads the clock"),
        ("id % 2 = \"random\"()", "`random()` gives another answer each time"),
        ("kind < \"date\"()", "`date()` without a time reads the clock"),
        ("kind < date()", "`date()` without a time reads the clock"),
        ("kind < strftime('%Y')", "`strftime()` without a time reads the clock"),
        ("date(kind) < (SELECT x FROM (SELECT 'now' AS x))", "`'now'` reads the clock"),
        ("kind < datetime(number, 'localtime')", "`'localtime'` reads this machine's time zone"),
        ("kind < now()", "`now()` gives another answer each time"),
        ("id % 2 = random()", "`random()` gives another answer each time"),
        ("id = GETDATE()", "`GETDATE()` gives another answer each time"),
    ] {
        case.files
            .insert("part_phone.sql".to_owned(), format!("SELECT person AS record, id AS part, kind, number, place\nFROM phone\nWHERE {condition}"));
        let said = case.mistakes();
        assert!(said.len() == 1 && said[0].starts_with(&format!("part_phone.sql:3: {what}")), "{condition}: {said:?}");
    }
    // Words that only look like it.
    for steady in [
        "kind = 'now'",
        "date(kind) = '2024-01-01'",
        "strftime('%Y', kind) = '2024'",
        "kind = 'random()' -- now()",
        "\"now\" IS NULL",
        "\"current_timestamp\" IS NULL",
        "kind = 'subsec'",
        "date(max(kind, '2024-01-01'), '+1 day') IS NULL",
    ] {
        case.files
            .insert("part_phone.sql".to_owned(), format!("SELECT person AS record, id AS part, kind, number, place FROM phone WHERE {steady};\n"));
        let _ = case.profile();
    }
}

async fn columns_that_do_not_fit_are_refused_by_file_and_line(kind: Base) {
    assert_eq!(
        said_by_database(kind, "view.sql", "AS full_name", "AS ful_name").await,
        ["view.sql:2: the column `ful_name` is not one that the profile knows here (did you mean `full_name`?)",]
    );
    assert_eq!(
        said_by_database(kind, "view.sql", ", total", "").await,
        [
            "view.sql:1: the column `total` is missing in the result (the columns are record, last_name, first_name, full_name, birthday, revenue, total)",
        ]
    );
    assert_eq!(
        said_by_database(kind, "view.sql", "birthday, revenue", "birthday, company, revenue").await,
        [
            "view.sql:3: the column `company` is not one that the profile knows here (the columns are record, last_name, first_name, full_name, birthday, revenue, total)",
        ]
    );
    assert_eq!(
        said_by_database(kind, "rule_private.sql", "phone AS part", "phone AS record").await,
        [
            "rule_private.sql:1: the column `record` is not one that the profile knows here (the columns are part, principal, [from], [until])",
            "rule_private.sql:1: the column `part` is missing in the result (the columns are part, principal, [from], [until])",
        ]
    );
    assert_eq!(
        said_by_database(kind, "bars.sql", "principal FROM", "principal, principal FROM").await,
        ["bars.sql:1: two columns are named `principal` (name each with AS)"]
    );
}

#[tokio::test]
async fn names_that_the_database_does_not_know_are_refused_by_file_and_line() {
    let kind = Base::Sqlite;
    assert_eq!(
        said_by_database(kind, "view.sql", "birthday,", "birthdy AS birthday,").await,
        ["view.sql:3: the database refuses the statement: no such column: birthdy (did you mean `birthday`?)",]
    );
    assert_eq!(
        said_by_database(kind, "view.sql", "FROM person", "FROM persons").await,
        ["view.sql:4: the database refuses the statement: no such table: persons (did you mean `person`?)",]
    );
    assert_eq!(
        said_by_database(kind, "part_company.sql", "c.name AS name", "c.nam AS name").await,
        ["part_company.sql:1: the database refuses the statement: no such column: c.nam (did you mean `name`?)",]
    );
    assert_eq!(
        said_by_database(kind, "bars.sql", "person AS", "pessoal(person) AS").await,
        ["bars.sql:1: the database refuses the statement: no such function: pessoal",]
    );
}

#[tokio::test]
async fn a_mapping_is_checked_key_by_key() {
    let one = said(TOML, "default_country =", "default_contry =").await;
    assert!(one.len() == 1 && one[0].starts_with("profile.toml:63: in [mapping]: ") && one[0].contains("did you mean `default_country`?"), "{one:?}");
    let mut case = Case::new().await;
    case.replace(TOML, "default_country = \"DE\"", "default_country = \"DEU\"\ncountry = { first = [\"$.Lnd\"] }");
    case.replace(
        TOML,
        "$.Name\"] }",
        "$.Nam\"] }\nmobilFone = { first = [\"$.Name\"] }\nsurname = { first = [\n    \"$.Nachname\",\n    \"$.[\"\n] }",
    );
    let said = case.mistakes();
    let places: Vec<&str> = said.iter().filter_map(|one| one.split(": ").next()).collect();
    assert_eq!(places, ["profile.toml:63", "profile.toml:64", "profile.toml:66", "profile.toml:67", "profile.toml:70"], "{said:#?}");
    assert!(said[2].contains("reads `Nam`") && said[2].ends_with("(did you mean `Name`?)"), "{said:#?}");
    assert!(said[3].contains("`mobilFone`, which is no property of a contact (did you mean `mobilePhone`?)"), "{said:#?}");
}

#[tokio::test]
async fn a_mapping_needs_a_display_name_and_a_view_a_locale() {
    let said = said(TOML, "displayName", "fileAs").await;
    assert!(said.len() == 1 && said[0].starts_with("profile.toml:62: the mapping does not fill `displayName`"), "{said:?}");
    let mut case = Case::new().await;
    case.replace(TOML, "de-u-co-phonebk", "de-u-co-telefon");
    let hint = "write `de` (DIN 5007-1), `de-u-co-phonebk` (DIN 5007-2) or another BCP 47 name";
    assert_eq!(case.mistakes(), [format!("profile.toml:30: `de-u-co-telefon` is no locale with a collation ({hint})")]);
}

#[tokio::test]
async fn a_name_that_repeats_its_files_prefix_is_one_mistake() {
    let said = said(TOML, "[rules.private]", "[rules.rule_private]").await;
    assert_eq!(said, ["profile.toml:48: `rule_private` repeats what its file's name says already (write `private`: its file is rule_private.sql)"]);
}
