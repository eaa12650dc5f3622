//! What the CRM has put away or keeps secret.

use super::super::words::{Means, is_secret, means};
use super::*;

fn people(users: &[&str], contacts: &[&str]) -> Vec<Table> {
    let (user, contact) = (["id", "login text", "mail text"], ["id", "last_name text", "first_name text"]);
    vec![table("users", &[&user[..], users].concat(), &[]), table("contacts", &[&contact[..], contacts].concat(), &[])]
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
        assert_eq!(of(name), None, "{name}");
    }
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
