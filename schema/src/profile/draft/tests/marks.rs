//! What the CRM has put away, keeps secret, or says in a table above.

use super::super::words::{Means, could_be_mark, is_secret, means};
use super::*;

fn people(users: &[&str], contacts: &[&str]) -> Vec<Table> {
    let (user, contact) = (["id", "login text", "mail text"], ["id", "last_name text", "first_name text"]);
    vec![table("users", &[&user[..], users].concat(), &[]), table("contacts", &[&contact[..], contacts].concat(), &[])]
}

fn points(column: &str, table: &str, to: &str) -> Foreign {
    Foreign { column: column.to_owned(), schema: None, table: table.to_owned(), to: to.to_owned() }
}

#[test]
fn marks_have_many_names() {
    let of = |name: &str| means("users", name).map(|(means, _)| means);
    let away = "inactive deleted is_deleted isDeleted deleted_at deleted_on date_deleted is_locked locked_at is_disabled disabled_at is_archived \
        archived_at archived_flag is_inactive is_blocked blocked suspended deactivated deactivated_on removed revoked loeschkennzeichen \
        Löschkennzeichen austritt austrittsdatum gelöscht_am ausgeschieden delete_flag user_deleted";
    for name in away.split_whitespace() {
        assert_eq!(of(name), Some(Means::Inactive), "{name}");
    }
    for name in ["active", "is_active", "ist_aktiv", "aktiv", "enabled", "isEnabled", "active_flag", "user_active"] {
        assert_eq!(of(name), Some(Means::Active), "{name}");
    }
    for name in
        ["nicht_aktiv", "non_active", "nicht_geloescht", "un_deleted", "never_active", "nie_aktiv", "kein_aktiv", "not_deleted", "last_active"]
    {
        assert!(of(name).is_none() && could_be_mark("users", name), "{name}");
    }
    for name in ["status", "user_status", "employee_status", "statut", "status_id", "state", "Zustand"] {
        assert!(could_be_mark("users", name), "{name}");
    }
    assert!(!could_be_mark("users", "odoobot_state") && !could_be_mark("users", "last_login"));
    for (name, noted) in [("modified_user_id", true), ("fk_user_creat", true), ("geloescht_von", true), ("assigned_to", false), ("owned_by", false)] {
        assert_eq!(of(name) == Some(Means::Meta), noted, "{name}");
    }
    assert_eq!((of("gueltig_von"), of("mitglied_bis")), (Some(Means::From), None));
}

#[test]
fn secrets_are_offered_nowhere() {
    let secret = "password password_expires_at pass pass_crypted apikey api_key access_key pin pin_code otp totp_secret token token_url salt session_id \
        kennwort password_locked";
    let columns: Vec<String> = secret.split_whitespace().map(|name| format!("{name} text")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).chain(["deleted boolean", "passport text", "spin text"]).collect();
    assert!(secret.split_whitespace().all(is_secret) && !is_secret("passport") && !is_secret("spin"));
    let draft = draft(&catalogue(Database::Sqlite, people(&columns, &columns)), "x").unwrap();
    loaded(&draft);
    for (name, text) in &draft.files {
        let words: Vec<&str> = text.split(|one: char| !one.is_alphanumeric() && one != '_').collect();
        // Why a table was taken for the users may name the column.
        let found = secret.split_whitespace().filter(|secret| words.contains(secret) && (*secret != "password" || name != "users.sql"));
        assert_eq!(found.collect::<Vec<_>>(), [""; 0], "{name}: {text}");
    }
    assert!(draft.files["view.sql"].contains("p.passport") && draft.files["users.sql"].contains("u.spin"));
}

#[test]
fn nobody_is_active_while_it_is_not_known_who_has_left() {
    for (marks, read) in [
        (
            &["status text", "deleted boolean"][..],
            "CASE WHEN coalesce(u.deleted, 0) = 0 AND u.\"status\" = 'the word for those who are there' THEN 1 ELSE 0 END AS active",
        ),
        (&["nicht_aktiv int"], "CASE WHEN u.nicht_aktiv ="),
        (&["valid_until date", "active boolean"], "CASE WHEN u.active = 1 AND u.valid_until ="),
    ] {
        let (said, text) = drafted(people(marks, &[]))("users.sql");
        let name = marks[0].split(' ').next().unwrap();
        assert!(said.contains("0 AS active FROM users u") && text.contains(read), "{text}");
        assert!(text.contains(&format!("-- fill in: does `{name}` say who has left?")), "{text}");
    }
    let (said, _) = drafted(people(&["deleted boolean", "blocked int"], &[]))("users.sql");
    assert!(said.contains("CASE WHEN coalesce(u.deleted, 0) = 0 AND coalesce(u.blocked, 0) = 0 THEN 1 ELSE 0 END AS active"), "{said}");
}

#[test]
fn records_and_parts_say_what_is_left_out_or_that_nothing_is() {
    let between = ["id", "contact_id", "company_id", "deleted boolean", "is_primary boolean", "valid_until date"];
    let more = vec![
        table("company", &["id", "name text", "archived_at datetime"], &[]),
        table("contacts_companies", &between, &["contact_id contacts", "company_id company"]),
        table("phone", &["id", "contact_id", "number text"], &["contact_id contacts"]),
    ];
    let file = drafted([people(&[], &["status text"]), more].concat());
    let (said, text) = file("part_company.sql");
    assert!(said.ends_with("WHERE b.contact_id IS NOT NULL AND c.archived_at IS NULL AND coalesce(b.deleted, 0) = 0"), "{text}");
    for asked in ["is_primary", "valid_until"] {
        assert!(text.contains(&format!("-- fill in: does `{asked}` say that a row of contacts_companies does not count?")), "{text}");
    }
    let none = "-- fill in: no column was understood to say which rows of";
    assert!(file("part_phone.sql").1.contains(none) && file("view.sql").1.contains(none) && !text.contains(none));
    assert!(file("view.sql").1.contains("-- fill in: does `status` say that a row of contacts does not count?"));
}

#[test]
fn flags_of_bits_are_read_as_each_database_takes_them() {
    for (database, condition) in [
        (Database::Postgres, "coalesce(CAST(p.deleted AS text), '') NOT LIKE '%1%' AND CAST(p.active AS text) LIKE '%1%'"),
        (Database::Mysql, "coalesce(p.deleted, 0) = 0 AND p.active = 1"),
    ] {
        let draft = draft(&catalogue(database, people(&[], &["deleted bit(1)", "active bit(1)"])), "x").unwrap();
        loaded(&draft);
        assert!(draft.files["view.sql"].contains(condition), "{}", draft.files["view.sql"]);
    }
}

#[test]
fn proposals_of_rights_leave_out_who_only_wrote_and_what_is_revoked() {
    let mut tables = people(&[], &["create_uid", "write_uid", "deleted_by", "modified_user_id", "responsible_id"]);
    let owners = ["create_uid", "deleted_by", "modified_user_id", "responsible_id", "write_uid"];
    tables[1].foreign = owners.map(|column| points(column, "users", "id")).to_vec();
    let columns = ["id", "contact_id", "user_id", "valid_from date", "valid_until date", "revoked boolean", "level text", "readable boolean"];
    tables.push(table("contact_share", &columns, &["contact_id contacts", "user_id users"]));
    tables.push(table("contact_excluded_access", &["id", "contact_id", "user_id"], &["contact_id contacts", "user_id users"]));
    let (said, text) = drafted(tables)("rule_records.sql");
    assert_eq!(said, "SELECT p.id AS record, 'nobody' AS principal FROM contacts p WHERE 1 = 0");
    assert!(text.matches("by owner").count() == 1 && text.contains("'user:' || p.responsible_id AS principal"), "{text}");
    assert!(text.contains("s.valid_from AS \"from\", s.valid_until AS until") && text.contains("AND coalesce(s.revoked, 0) = 0"), "{text}");
    assert!(text.contains("-- fill in: does `readable` say") && text.contains("-- not proposed: contact_excluded_access"), "{text}");
}

#[test]
fn what_a_table_that_shares_the_key_says_counts_too() {
    let mut tables = vec![
        table("users", &["id", "login text", "mail text"], &[]),
        table("persons_contact", &["entity_ptr_id", "last_name text", "first_name text"], &["entity_ptr_id core_entity"]),
        table("core_entity", &["id", "user_id", "is_deleted boolean", "modified datetime"], &["user_id users"]),
    ];
    let file = drafted(tables.clone());
    let (said, text) = file("view.sql");
    assert!(said.ends_with("FROM persons_contact p JOIN core_entity p1 ON p1.id = p.entity_ptr_id WHERE coalesce(p1.is_deleted, 0) = 0"), "{text}");
    assert!(said.contains("p1.modified AS changed_at") && text.contains("fill in or leave out: p1.user_id"), "{text}");
    let (_, rule) = file("rule_records.sql");
    assert!(rule.contains("'user:' || p1.user_id AS principal") && rule.contains("JOIN core_entity p1 ON p1.id = p.entity_ptr_id"), "{rule}");
    // Two tables that point to each other by their keys end somewhere.
    tables[2].foreign.push(points("id", "persons_contact", "entity_ptr_id"));
    drafted(tables)("view.sql");
}
