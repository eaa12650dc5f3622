//! Every draft loads, however odd the tables are.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::*;

const TABLES: [&str; 22] = [
    "contact",
    "Kontakte",
    "person",
    "users",
    "benutzer",
    "group",
    "user_group",
    "phone",
    "Rufnummern",
    "mail",
    "email_addresses",
    "address",
    "company",
    "category",
    "contact_company",
    "contact_share",
    "mechanism",
    "order",
    "a\"b",
    "x' -- y",
    "select",
    "Ü ß",
];
const COLUMNS: &str = "name last_name first_name Vorname mail address email value number phone company company_id category_id kind place street city zip \
    country country_id birthday modified deleted active status parent_id owner_id user_id group_id contact_id login password valid_until von bis select \
    a\"b`c x\ny Straße {brace}";
const TYPES: &str = "int text varchar(20) boolean bit(1) date datetime timestamp real decimal(10,2) blob bytea uuid text[] json ?";

fn below(random: &mut ChaCha8Rng, end: usize) -> usize {
    usize::try_from(random.next_u32()).unwrap() % end
}

fn pick<'t>(random: &mut ChaCha8Rng, of: &[&'t str]) -> &'t str {
    of[below(random, of.len())]
}

fn odd(random: &mut ChaCha8Rng) -> Vec<Table> {
    let (names, types): (Vec<&str>, Vec<&str>) = (COLUMNS.split(' ').filter(|name| !name.is_empty()).collect(), TYPES.split(' ').collect());
    let mut tables: Vec<Table> = Vec::new();
    for _ in 0..2 + below(random, 9) {
        let name = if tables.is_empty() { "contact" } else { pick(random, &TABLES) };
        if tables.iter().any(|table| table.name == name) {
            continue;
        }
        let mut columns = vec![column(pick(random, &["id int", "id text", "oid uuid"]))];
        for _ in 0..below(random, 12) {
            let one = Column { name: pick(random, &names).to_owned(), ..column(&format!("x {}", pick(random, &types))) };
            if columns.iter().all(|had| had.name != one.name) {
                columns.push(one);
            }
        }
        if tables.is_empty() && columns.iter().all(|had| had.name != "last_name") {
            columns.push(column("last_name text"));
        }
        let in_key = if tables.is_empty() { 1 } else { below(random, 3) };
        let key = columns.iter().take(in_key).map(|column| column.name.clone()).collect();
        let schema = (below(random, 5) == 0).then(|| "other schema".to_owned());
        tables.push(Table { schema, is_view: below(random, 6) == 0, key, columns, ..table(name, &["id"], &[]) });
    }
    let of = |table: &Table| (table.schema.clone(), table.name.clone(), table.columns[0].name.clone());
    let places: Vec<(Option<String>, String, String)> = tables.iter().map(of).collect();
    for table in &mut tables {
        for column in &table.columns {
            let (schema, to_table, to) = places[below(random, places.len())].clone();
            if below(random, 4) == 0 {
                table.foreign.push(Foreign { column: column.name.clone(), schema, table: to_table, to });
            }
        }
    }
    tables
}

#[test]
fn every_draft_loads() {
    let mut drafts = 0;
    for seed in 0..120 {
        let tables = odd(&mut ChaCha8Rng::seed_from_u64(seed));
        for database in EACH {
            let Ok(draft) = draft(&catalogue(database, tables.clone()), "x") else { continue };
            drafts += 1;
            assert!(draft.findings.mistakes.is_empty(), "seed {seed}, {database:?}: {:#?}\n{:#?}", draft.findings.mistakes, draft.files);
            for file in ["rule_records.sql", "field_rights.sql"] {
                assert!(said_to(database, &draft.files[file]).ends_with("WHERE 1 = 0"), "seed {seed}: {}", draft.files[file]);
            }
        }
    }
    assert!(drafts > 300, "{drafts} drafts were looked at");
}

/// Parts whose value cannot be read, names that are none, more columns than a file can hold.
#[test]
fn what_cannot_be_read_is_left_out_everywhere() {
    for database in EACH {
        let many: Vec<String> = (0..900).map(|number| format!("a_very_long_name_of_a_column_that_says_nothing_at_all_{number} text")).collect();
        let columns: Vec<&str> = ["id", "last_name boolean", "first_name real"].into_iter().chain(many.iter().map(String::as_str)).collect();
        let tables = vec![
            table("contact", &columns, &[]),
            table("mail", &["id", "contact_id", "mail boolean"], &["contact_id contact"]),
            table("category", &["id", "contact_id", "name real"], &["contact_id contact"]),
            table("company", &["id", "name text", "contact_id"], &["name nameless", "contact_id contact"]),
            table("nameless", &["id"], &[]),
        ];
        let draft = draft(&catalogue(database, tables), "x").unwrap();
        let parts: Vec<&str> = draft.findings.parts.iter().map(|[part, _]| part.as_str()).collect();
        assert_eq!(parts, ["mail", "category", "company"]);
        loaded(&draft);
        assert!(draft.files["view.sql"].contains("p.id AS full_name") && draft.files["view.sql"].contains("752 more columns"));
    }
}

#[test]
fn a_draft_that_is_refused_says_so() {
    let tables = vec![table("contact/*!50000 x*/", &["id", "last_name text", "first_name text"], &[])];
    let found = draft(&catalogue(Database::Mysql, tables), "x").unwrap().findings;
    assert!(!found.mistakes.is_empty() && found.mistakes.iter().all(|mistake| mistake.contains(".sql:")), "{found:#?}");
}
