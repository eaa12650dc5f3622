use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use super::super::load::{Files, from_files};
use super::super::{Database, Profile};
use super::*;

mod marks;
mod members;
mod odd;

fn column(said: &str) -> Column {
    let (name, ty) = said.split_once(' ').unwrap_or((said, "int"));
    Column { name: name.to_owned(), ty: ty.trim_end_matches('?').to_owned(), is_nullable: ty.ends_with('?') }
}

/// A table with its columns as `name type`, the first of them its key, and foreign keys as `column table`.
fn table(name: &str, columns: &[&str], foreign: &[&str]) -> Table {
    let columns: Vec<Column> = columns.iter().map(|said| column(said)).collect();
    let foreign = foreign.iter().map(|said| {
        let (column, table) = said.split_once(' ').unwrap();
        Foreign { column: column.to_owned(), schema: None, table: table.to_owned(), to: "id".to_owned() }
    });
    let key = vec![columns[0].name.clone()];
    Table { schema: None, name: name.to_owned(), is_view: false, rows: Some(7), key, foreign: foreign.collect(), columns }
}

fn catalogue(database: Database, tables: Vec<Table>) -> Catalogue {
    Catalogue { database, tables, unread: Vec::new() }
}

fn german(database: Database) -> Catalogue {
    let contact = [
        "id",
        "Vorname text",
        "Name text",
        "EMail text",
        "Telefon text",
        "Straße text",
        "PLZ text",
        "Ort text",
        "Land_ID",
        "besitzer_id",
        "Geburtstag datetime",
    ];
    let mut between = table("benutzer_gruppe", &["benutzer_id", "gruppe_id", "gueltig_bis date", "gelöscht_am datetime"], &[]);
    between.key.push("gruppe_id".to_owned());
    let tables = vec![
        table("rechnung", &["id", "kontakt_id", "summe decimal(10,2)"], &["kontakt_id Kontakte"]),
        table(
            "Kontakte",
            &[&contact[..], &["geändert_am datetime", "gelöscht boolean", "Umsatz real", "bild blob"]].concat(),
            &["besitzer_id Benutzer"],
        ),
        table("Benutzer", &["id", "Benutzername text", "Passwort text", "EMail text", "gesperrt tinyint(1)"], &[]),
        table("gruppe", &["id", "Bezeichnung text", "uebergeordnet_id"], &["uebergeordnet_id gruppe"]),
        between,
        table(
            "kontakt_freigabe",
            &["id", "kontakt_id", "benutzer_id", "gruppe_id", "von_wem text"],
            &["kontakt_id Kontakte", "benutzer_id Benutzer", "gruppe_id gruppe"],
        ),
        table("land", &["id", "name text", "iso text"], &[]),
        table("Rufnummern", &["id", "kontakt_id", "art text", "nummer text"], &[]),
    ];
    catalogue(database, tables)
}

fn loaded(draft: &Draft) -> Profile {
    let files: Files = draft.files.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect();
    from_files("draft", files).unwrap_or_else(|error| panic!("{error}\n{:#?}", draft.files))
}

const EACH: [Database; 3] = [Database::Sqlite, Database::Postgres, Database::Mysql];

#[test]
fn tables_without_a_word_about_themselves_are_understood() {
    for database in EACH {
        let draft = draft(&german(database), "werk").unwrap();
        let profile = loaded(&draft);
        assert!(profile.databases().eq([database]));
        let DraftFindings { records, users, groups, memberships, parts, proposals, .. } = &draft.findings;
        assert_eq!((records, users.as_deref(), groups.as_deref()), (&("Kontakte".to_owned(), Some(7)), Some("Benutzer"), Some("gruppe")));
        assert_eq!(
            (memberships.join(","), parts.as_slice(), *proposals),
            ("benutzer_gruppe".to_owned(), &[["phone".to_owned(), "Rufnummern".to_owned()]][..], 3)
        );
        let fields: Vec<&str> = profile.view().fields().iter().map(|field| field.name.as_str()).collect();
        assert_eq!(
            fields,
            [
                "Nachname",
                "Vorname",
                "Name",
                "Telefon",
                "E-Mail",
                "Straße",
                "PLZ",
                "Ort",
                "Land",
                "Geburtstag",
                "Betreuer",
                "Geändert am",
                "Rufnummern"
            ]
        );
        let kinds: Vec<&str> = profile.view().parts()[0].columns.iter().map(|column| column.kind.word()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind != "text").collect::<Vec<_>>(), [&"date", &"moment"]);
    }
}

#[test]
fn every_guess_says_why_and_the_rest_is_left_open() {
    let draft = draft(&german(Database::Sqlite), "werk").unwrap();
    let file = |name: &str| draft.files[name].as_str();
    let view = file("view.sql");
    assert!(view.starts_with("-- guess: the records are the rows of Kontakte, because its name says `kontakt`, it has `Vorname`"), "{view}");
    assert!(view.contains("p.\"Name\" AS last_name, -- guess: because the column is named Name"), "{view}");
    assert!(
        view.contains("l1.iso AS country, -- guess: because Land_ID points to land") && view.contains("LEFT JOIN land l1 ON l1.id = p.\"Land_ID\""),
        "{view}"
    );
    assert!(view.contains("WHERE coalesce(p.\"gelöscht\", 0) = 0") && view.contains("substr(p.\"Geburtstag\", 1, 10) AS birthday"), "{view}");
    assert!(view.contains("-- fill in or leave out: p.\"Umsatz\", of kind real") && !view.contains("bild"), "{view}");
    let users = file("users.sql");
    assert!(users.contains("CASE WHEN coalesce(u.gesperrt, 0) = 0 THEN 1 ELSE 0 END AS active") && !users.contains("Passwort,"), "{users}");
    let holds = file("holds.sql");
    assert!(holds.contains("'group:' || m.gruppe_id AS principal") && holds.contains("m.gueltig_bis AS until"), "{holds}");
    assert!(holds.contains("AND m.\"gelöscht_am\" IS NULL"), "{holds}");
    assert!(holds.contains("--   SELECT 'group:' || g.id AS principal, 'group:' || g.uebergeordnet_id AS implied"), "proposed, not written: {holds}");
    assert!(!draft.files.contains_key("implies.sql"));
    assert_eq!(draft.findings.guesses, draft.files.values().map(|text| text.matches("guess: ").count()).sum::<usize>());
}

/// What a statement says without its comments, as its database reads it.
fn said_to(database: Database, sql: &str) -> String {
    let dialect: &dyn Dialect = match database {
        Database::Sqlite => &SQLiteDialect {},
        Database::Postgres => &PostgreSqlDialect {},
        Database::Mysql => &MySqlDialect {},
    };
    let tokens = Tokenizer::new(dialect, sql).tokenize().unwrap();
    let is_comment = |token: &Token| matches!(token, Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)));
    let said: String = tokens.iter().map(|token| if is_comment(token) { " ".to_owned() } else { token.to_string() }).collect();
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn said(sql: &str) -> String {
    said_to(Database::Sqlite, sql)
}

/// The files of a draft for SQLite, each without its comments and with them.
fn drafted(tables: Vec<Table>) -> impl Fn(&str) -> (String, String) {
    let draft = draft(&catalogue(Database::Sqlite, tables), "x").unwrap();
    loaded(&draft);
    move |name: &str| (said(&draft.files[name]), draft.files[name].clone())
}

#[test]
fn no_right_is_ever_guessed() {
    for database in EACH {
        let draft = draft(&german(database), "werk").unwrap();
        for file in ["rule_records.sql", "field_rights.sql"] {
            assert!(said(&draft.files[file]).ends_with("WHERE 1 = 0"), "{}", draft.files[file]);
        }
        let rule = &draft.files["rule_records.sql"];
        for proposal in ["by owner (because `besitzer_id` points", "by share (because kontakt_freigabe joins records and users)", "and groups)"] {
            assert!(rule.contains(proposal), "{rule}");
        }
        let profile = loaded(&draft);
        assert!(profile.rules().iter().all(|rule| !rule.shape.is_open_by_default) && profile.rules().len() == 1);
        assert_eq!(profile.silence(), adressbote_rules::crm::Silence::Masked);
    }
}

#[test]
fn names_cannot_break_out_of_what_is_written() {
    for database in EACH {
        // In a name of MariaDB and MySQL what looks like such a comment is refused when the profile is loaded; a column of that name is left open.
        let evil = "x\n; DROP TABLE \"y`' -- \\ '''\r\"\"\" select\u{2028}";
        let worse = format!("{evil} /*!50000 sleep(9) */").replace(' ', "\u{a0}");
        let [owner, holder] =
            ["owner", "holder"].map(|word| format!("{word}\nUNION\u{a0}ALL\u{a0}SELECT\u{a0}id,\u{a0}'everyone'\u{a0}FROM\u{a0}contact\u{a0}--\r"));
        let [own, held] = [&owner, &holder].map(|name| format!("{name} int"));
        let mut tables = vec![
            table("contact", &["id", "last_name text", &format!("{worse} text"), "order text", "company text", &own], &[]),
            table(&format!("{evil} user"), &["id", "login text", "password text", &format!("{}_active int", evil.replace(' ', "\t"))], &[]),
            table(&format!("{evil} team"), &["id", "name text", &own], &[]),
            Table { schema: Some(evil.to_owned()), ..table("phone", &["id", "contact_id", "number text"], &["contact_id contact"]) },
            table("contact_share", &["id", "contact_id", &own, &held, "maybe\nSELECT boolean"], &["contact_id contact"]),
            table("list", &["id", &own, &held], &[]),
        ];
        let points = |from: &str, to: &str| Foreign { column: from.to_owned(), schema: None, table: to.to_owned(), to: "id".to_owned() };
        let (user, team) = (tables[1].name.clone(), tables[2].name.clone());
        tables[0].foreign.push(points(&owner, &user));
        tables[2].foreign.push(points(&owner, &team));
        for between in [4, 5] {
            tables[between].foreign.extend([points(&owner, &user), points(&holder, &team)]);
        }
        let draft = draft(&catalogue(database, tables), evil).unwrap();
        assert!(loaded(&draft).view().part_named("phone").is_some() && draft.findings.proposals == 3, "{:#?}", draft.files);
        let [rule, holds] = ["rule_records.sql", "holds.sql"].map(|file| draft.files[file].as_str());
        assert_eq!(said_to(database, rule), "SELECT p.id AS record, 'nobody' AS principal FROM contact p WHERE 1 = 0", "{rule}");
        assert!(holds.contains("Groups in groups") && holds.contains("proposal, memberships"), "{holds}");
        // Whatever a database takes for the end of a comment.
        let breaks = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
        let own = ["-- ", "SELECT p.id AS record, 'nobody' AS principal", "FROM contact p", "WHERE 1 = 0"];
        assert!(rule.split_terminator(breaks).all(|line| own.iter().any(|own| line.starts_with(own))), "{rule}");
    }
}

#[test]
fn a_database_with_nobody_in_it_is_a_sentence() {
    let empty = draft(&catalogue(Database::Sqlite, Vec::new()), "x").unwrap_err();
    assert_eq!(empty, DraftError::Empty);
    let tables =
        vec![table("invoice", &["id", "total real"], &[]), table("crm_user", &["id", "login text", "first_name text", "last_name text"], &[])];
    let nobody = draft(&catalogue(Database::Sqlite, tables), "x").unwrap_err().to_string();
    assert!(nobody.starts_with("none of the 2 tables looks like people") && nobody.contains("invoice, crm_user"), "{nobody}");
    // Without users and groups a draft is one all the same; nobody is served by it.
    let tables = vec![table("customers", &["id", "name text"], &[])];
    for database in EACH {
        let draft = draft(&catalogue(database, tables.clone()), "x").unwrap();
        loaded(&draft);
        assert!(said(&draft.files["users.sql"]).contains("WHERE 1 = 0") && said(&draft.files["holds.sql"]).contains("WHERE 1 = 0"));
    }
}
