//! Mistakes about what is asked as each user: each with its file, its line, and what was meant. None of them needs a server.

use crate::fixture::Files;

const TOML: &str = "profile.toml";

/// The small CRM's files for a database, with rule `territory` asked as each user.
fn files(database: &str, as_user: &str) -> Files {
    let mut files = Files::new();
    files.replace(TOML, "\"sqlite\"", &format!("\"{database}\""));
    files.replace(
        TOML,
        "[users.columns]\nregion = { kind = \"text\" }",
        &format!("[users.columns]\nregion = {{ kind = \"text\" }}\nsince = {{ kind = \"date\" }}\n{as_user}"),
    );
    files.replace(TOML, "title = \"Gebiet\"", "title = \"Gebiet\"\nas_user = true");
    files.insert("rule_territory.sql", "SELECT person AS record FROM territory");
    files
}

fn said(database: &str, as_user: &str) -> Vec<String> {
    files(database, as_user).mistakes_in(TOML)
}

#[test]
fn settings_are_the_crms_own() {
    let unquoted = said("postgres", "[as_user]\nsettings = { crm.user_id = \"user\" }");
    assert_eq!(unquoted[1], "profile.toml:11: `crm` must be text, not table", "TOML takes a dot without quotes for something else");
    assert_eq!(
        said("postgres", "[as_user]\nsettings = { \"crm.user_id\" = \"user\", \"request.jwt.sub_2\" = \"region\" }\nrole = \"login\""),
        [""; 0]
    );
    assert_eq!(said("mysql", "[as_user]\nsettings = { crm_user = \"user\" }"), [""; 0]);
    for name in ["row_security", "session_authorization", "search_path", "statement_timeout", "role"] {
        assert_eq!(
            said("postgres", &format!("[as_user]\nsettings = {{ {name} = \"user\" }}")),
            [format!(
                "profile.toml:11: `{name}` is, or may become, a setting of PostgreSQL itself (those of a CRM have a dot, such as `crm.user_id`)"
            )]
        );
    }
    for name in ["plpgsql.extra_errors", "pg_stat_statements.track", "auto_explain.log_min_duration"] {
        assert_eq!(
            said("postgres", &format!("[as_user]\nsettings = {{ \"{name}\" = \"user\" }}")),
            [format!("profile.toml:11: `{name}` is a setting of PostgreSQL's own modules (name the one that the CRM's policies read)")]
        );
    }
    for name in ["crm.User", "crm.", ".x", "crm.1", "crm user", "x'; DROP", "", "a`b", "crm.ü"] {
        assert_eq!(
            said("postgres", &format!("[as_user]\nsettings = {{ \"{name}\" = \"user\" }}")),
            [format!("profile.toml:11: `{name}` is no name of a setting (use a-z, 0-9 and _, at most 63, and no digit first)")]
        );
    }
    assert_eq!(
        said("mysql", "[as_user]\nsettings = { \"crm.user\" = \"user\" }"),
        ["profile.toml:11: `crm.user` is no variable of a session on MariaDB or MySQL (write it without a dot, as `@crm_user` is read)"]
    );
    assert!(said("mysql", "[as_user]\nsettings = { \"@crm\" = \"user\" }")[0].starts_with("profile.toml:11: `@crm` is no name of a setting"));
    assert!(
        said("mysql", "[as_user]\nsettings = { \"@sql_mode\" = \"user\" }")[0].starts_with("profile.toml:11: `@sql_mode` is no name of a setting")
    );
}

#[test]
fn what_a_session_gets_is_something_that_users_have() {
    assert_eq!(said("postgres", "[as_user]\nsettings = { \"crm.user\" = \"usr\" }"), ["profile.toml:11: a user has no `usr` (did you mean `user`?)"]);
    assert_eq!(
        said("postgres", "[as_user]\nrole = \"postgres\""),
        ["profile.toml:11: a user has no `postgres` (known here: `user`, `login`, `mail`, `region`, `since`)"]
    );
    assert_eq!(
        said("postgres", "[as_user]\nsettings = { \"crm.user\" = \"since\" }"),
        [
            "profile.toml:11: `since` is neither text nor a whole number, and so could be written in several ways (declare it as text in [users.columns], and write \
             it in users.sql as the CRM does)"
        ]
    );
    assert_eq!(said("postgres", "[as_user]\nsettings = { \"crm.user\" = 7 }")[0], "profile.toml:11: `crm.user` must be text, not integer");
    assert_eq!(
        said("postgres", "[as_user]\nrolle = \"login\"\nrole = \"login\""),
        ["profile.toml:11: unknown key `rolle` in [as_user] (did you mean `role`?)"]
    );
}

#[test]
fn only_servers_are_asked_as_users_and_only_postgresql_has_roles() {
    let sqlite = said("sqlite", "[as_user]\nsettings = { crm_user = \"user\" }");
    assert_eq!(
        sqlite,
        [
            "profile.toml:10: SQLite keeps no rights, and has no session that could be a user's (say the rights as rows, in rule_NAME.sql and field_rights.sql)"
        ]
    );
    assert_eq!(
        said("mysql", "[as_user]\nrole = \"login\""),
        ["profile.toml:11: only on PostgreSQL can a session take on another role (tell the user apart by `settings` alone)"]
    );
}

#[test]
fn what_is_asked_as_each_user_and_how_belong_together() {
    let hint = "say settings = { \"crm.user_id\" = \"user\" } with the setting that the CRM's policies or views read";
    assert_eq!(
        said("postgres", "[as_user]"),
        [format!("profile.toml:10: `settings` is missing in [as_user]: every user would be asked for as the account itself ({hint})")]
    );
    assert_eq!(
        said("postgres", ""),
        [
            "profile.toml:47: rule_territory.sql is asked for as each user, but nothing says how a session becomes a user's (add [as_user] with settings = { \
             \"crm.user_id\" = \"user\" })"
        ]
    );
    let settings = "[as_user]\nsettings = { \"crm.user_id\" = \"user\" }";
    let mut unused = files("postgres", settings);
    unused.replace(TOML, "\nas_user = true", "");
    assert_eq!(
        unused.mistakes_in(TOML),
        ["profile.toml:10: nothing is asked for as each user (say as_user = true in a rule or in [field_rights], or remove [as_user])"]
    );
    let mut open = files("postgres", settings);
    open.replace(TOML, "as_user = true", "as_user = true\ndefault = \"open\"");
    assert_eq!(
        open.mistakes_in(TOML),
        [
            "profile.toml:48: what no user is given would be open to all (leave `default` out where `as_user` is true: the database says for each user what he sees)"
        ]
    );
}

#[test]
fn what_is_asked_as_each_user_is_read_in_every_pass() {
    let mut files = files("postgres", "[as_user]\nsettings = { \"crm.user_id\" = \"user\" }");
    files.replace(
        TOML,
        "[field_rights]",
        "[changes]\nat = \"seconds\"\noverlap = 600\ntold = [\"view\"]\ncounted = [\"rule_territory\"]\n[field_rights]",
    );
    files.insert("changes.sql", "SELECT 'view' AS relation, 1 AS at");
    assert_eq!(
        files.mistakes_in(TOML),
        [
            "profile.toml:57: what changed in rule_territory cannot be told: each user is asked for anew in every pass (leave it out of `told` and `counted`)"
        ]
    );
    files.replace(TOML, "counted = [\"rule_territory\"]", "counted = [\"bars\"]");
    assert_eq!(files.mistakes_in(TOML), [""; 0]);
}

#[test]
fn field_rights_that_are_asked_for_have_a_file() {
    let mut files = files("postgres", "[as_user]\nsettings = { \"crm.user_id\" = \"user\" }");
    files.replace(TOML, "silence = \"readable\"", "silence = \"readable\"\nas_user = true");
    assert_eq!(files.mistakes_in(TOML), [""; 0]);
    let mut without = Files::new();
    without.replace(TOML, "silence = \"readable\"", "silence = \"readable\"\nas_user = \"yes\"");
    assert_eq!(without.mistakes_in(TOML), ["profile.toml:56: `as_user` must be true or false, not string"]);
}

#[test]
fn the_session_is_read_by_what_is_asked_as_each_user_alone() {
    let postgres = "[as_user]\nsettings = { \"crm.user_id\" = \"user\" }\nrole = \"login\"";
    let mysql = "[as_user]\nsettings = { crm_user = \"user\" }";
    let only = "(only what [as_user] sets may be read of it, where `as_user` is true)";
    for (database, as_user, condition, what) in [
        ("postgres", postgres, "current_setting('crm.user_id') = '1'", None),
        ("postgres", postgres, "pg_catalog.current_setting('CRM.User_id', true) = '1'", None),
        ("postgres", postgres, "current_user = 'x'", None),
        ("postgres", postgres, "current_setting('crm.other') = '1'", Some("`current_setting()` reads a setting of the session")),
        ("postgres", postgres, "current_setting('crm.' || 'user_id') = '1'", Some("`current_setting()` reads a setting of the session")),
        ("postgres", postgres, "\"current_setting\"(name) = '1'", Some("`current_setting()` reads a setting of the session")),
        ("postgres", postgres, "session_user = 'x'", Some("`session_user` is the account that reads")),
        ("postgres", "[as_user]\nsettings = { \"crm.user_id\" = \"user\" }", "current_user = 'x'", Some("`current_user` is the account that reads")),
        ("mysql", mysql, "@crm_user = 1", None),
        ("mysql", mysql, "@CRM_User = 1", None),
        ("mysql", mysql, "@crm_other = 1", Some("`@crm_other` is a variable of the session")),
        ("mysql", mysql, "@@crm_user = 1", Some("`@@crm_user` is a variable of the session")),
    ] {
        let mut files = files(database, as_user);
        files.insert("rule_territory.sql", &format!("SELECT person AS record FROM territory\nWHERE {condition}"));
        let wanted: Vec<String> = what.iter().map(|what| format!("rule_territory.sql:2: {what} {only}")).collect();
        assert_eq!(files.mistakes_in("rule_territory.sql"), wanted, "{condition}");
        files.insert("bars.sql", &format!("SELECT person AS record, principal FROM bar\nWHERE {condition}"));
        assert_eq!(files.mistakes_in("bars.sql").len(), 1, "{condition} in what is read as the account");
    }
    for (database, as_user, statement) in [
        ("postgres", postgres, "SELECT person AS record FROM territory WHERE set_config('crm.user_id', '2', true) = '2'"),
        ("postgres", postgres, "SELECT person AS record FROM territory WHERE set_config('role', 'tester', true) = '2'"),
        ("mysql", mysql, "SELECT person AS record FROM territory WHERE (@crm_user := 2) = 2"),
        ("mysql", mysql, "SELECT person AS record FROM territory WHERE (@`crm_user` := 2) = 2"),
    ] {
        let mut files = files(database, as_user);
        files.insert("rule_territory.sql", statement);
        assert!(!files.mistakes_in("rule_territory.sql").is_empty(), "{statement}");
    }
}
