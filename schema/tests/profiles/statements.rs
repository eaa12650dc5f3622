//! Files for one of several databases, and tables that several statements share.

use std::collections::BTreeMap;

use adressbote_rules::crm::Relation;
use adressbote_schema::profile::Profile;
use adressbote_servers::Base;

use crate::fixture::{Case, Files};

const TOML: &str = "profile.toml";

/// The small profile for two databases.
fn for_both() -> Files {
    let mut files = Files::new();
    files.replace(TOML, "database = \"sqlite\"", "database = [\"sqlite\", \"postgres\"]");
    files
}

#[test]
fn a_file_may_be_for_one_of_the_databases() {
    let mut files = for_both();
    assert_eq!(files.mistakes_in(TOML), Vec::<String>::new());
    files.insert("groups.postgres.sql", "SELECT id::text AS \"group\", name FROM team");
    files.insert("doubt_view.sqlite.sql", "SELECT what FROM odd NOT INDEXED");
    files.insert("doubt_view.postgres.sql", "SELECT what::text FROM odd");
    assert_eq!(files.mistakes_in(TOML), Vec::<String>::new());
    files.insert("groups.postgres.sql", "SELEC id FROM team");
    assert_eq!(files.mistakes_in("groups.postgres.sql").len(), 1);
    assert_eq!(files.mistakes_in("groups.sql"), Vec::<String>::new());
}

#[test]
fn a_database_without_a_file_is_said_and_a_file_without_a_database() {
    let mut files = for_both();
    files.insert("bars.mysql.sql", "SELECT person AS record, principal FROM bar");
    files.insert("groups.sqlite.sql", "SELECT 1");
    files.insert("groups.postgres.sql", "SELECT 1");
    files.insert("erased.postgres.sql", "SELECT 1 AS record");
    assert_eq!(
        files.mistakes_in(TOML),
        [
            "profile.toml: the file bars.mysql.sql is for MariaDB or MySQL, and the profile is not (name `mysql` in `database`, or remove the file)",
            "profile.toml: there is no erased.sql for SQLite (write erased.sqlite.sql, or erased.sql for every database that has none of its own)",
            "profile.toml: the file groups.sql is for no database: each has one of its own (remove it)",
        ]
    );
}

#[test]
fn a_shared_table_that_nobody_reads_or_that_reads_itself_is_refused() {
    let mut files = for_both();
    files.insert("with_lonely.sql", "SELECT id FROM person");
    files.insert("with_one.sql", "SELECT id FROM two");
    files.insert("with_two.sql", "SELECT id FROM one");
    files.insert("with_Big.sql", "SELECT 1");
    files.replace("groups.sql", "FROM team", "FROM team JOIN one ON one.id = team.id");
    let said = files.mistakes_in(TOML);
    assert!(said.iter().any(|one| one.contains("no file reads the table `lonely` that with_lonely.sql gives (remove the file)")), "{said:?}");
    assert!(said.iter().any(|one| one.contains("reads itself, perhaps through other tables (use WITH RECURSIVE inside it)")), "{said:?}");
    assert!(said.iter().any(|one| one.contains("the file with_Big.sql has no meaning in a profile")), "{said:?}");
    files.replace(TOML, "\"postgres\"]", "\"mysql\"]");
    let said = files.mistakes_in(TOML);
    assert!(said.iter().any(|one| one.contains("with_one.sql cannot be used for MariaDB or MySQL")), "{said:?}");
}

#[tokio::test]
async fn a_shared_table_is_read_by_the_statements_that_name_it() {
    for kind in [Base::Sqlite, Base::Postgres] {
        shared_table(kind).await;
    }
}

async fn shared_table(kind: Base) {
    let mut case = Case::on(kind).await;
    let plain = case.read().await;
    case.files.insert("with_anybody.sql".to_owned(), "SELECT id, name FROM nobody_yet -- a comment".to_owned());
    case.files.insert("with_nobody_yet.sql".to_owned(), "WITH own AS (SELECT id, name FROM team) SELECT id, name FROM own".to_owned());
    let groups = "WITH more AS (SELECT * FROM anybody) SELECT id AS \"group\", name FROM more";
    case.files.insert("groups.sql".to_owned(), groups.to_owned());
    let shared = case.read().await;
    assert_eq!(format!("{:?}", shared.crm.groups), format!("{:?}", plain.crm.groups));
    let relations: BTreeMap<Relation, u64> = shared.baseline;
    assert_eq!(relations[&Relation::Groups], 2);
}

#[tokio::test]
async fn what_is_wrong_with_a_shared_table_is_said_once() {
    for kind in [Base::Sqlite, Base::Postgres] {
        wrong_table(kind).await;
    }
}

async fn wrong_table(kind: Base) {
    let mut case = Case::on(kind).await;
    case.files.insert("with_anybody.sql".to_owned(), "SELECT id,\n nomen FROM team".to_owned());
    case.replace("bars.sql", "FROM bar", "FROM bar JOIN anybody ON anybody.id = 1");
    case.replace("implies.sql", "FROM nesting", "FROM nesting JOIN anybody ON anybody.id = 1");
    let profile: Profile = case.profile();
    let error = profile.check_columns(&case.source().await).await.expect_err("the table has no such column").to_string();
    assert_eq!(error.lines().count(), 2, "{error}");
    assert!(error.contains("with_anybody.sql:2: the database refuses the statement: "), "{error}");
}
