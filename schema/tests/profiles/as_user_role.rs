//! Reading as each user on PostgreSQL: roles, and whom policies do not bind.

use adressbote_rules::crm::Doubt;
use adressbote_servers::{Base, PASSWORD};

use crate::as_user_crm::{alone_as, case, doubtful_users, given, told};
use crate::fixture::Case;

/// The CRM with a role of the database for each user, which policies know by `current_user`.
async fn roles() -> Case {
    let mut case = case(Base::Postgres).await;
    let name = case.served().name.clone();
    case.replace("profile.toml", "settings = { \"crm.user_id\" = \"user\", \"crm.tenant\" = \"tenant\" }", "role = \"db_role\"");
    let roles: Vec<String> = (1..=3).map(|user| format!("{name}_{user}")).collect();
    let (list, account) = (roles.join(", "), case.served().account());
    let creates = roles.iter().map(|role| format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'; GRANT CONNECT ON DATABASE {name} TO {role}"));
    case.sql(&creates.collect::<Vec<_>>().join("; ")).await;
    case.sql(&format!(
        "GRANT USAGE ON SCHEMA public TO {list}; GRANT SELECT ON contact, worker, membership TO {list}; GRANT {list} TO {account}; ALTER ROLE {account} NOINHERIT; \
         UPDATE worker SET db_role = '{name}_' || id; DROP POLICY own ON contact; \
         CREATE POLICY own ON contact USING (owner = (SELECT id FROM worker WHERE db_role = current_user) OR \
         team IN (SELECT m.team FROM membership m JOIN worker w ON w.id = m.worker WHERE w.db_role = current_user))"
    ))
    .await;
    case
}

async fn drop_roles(case: &Case) {
    let name = &case.served().name;
    let dropping = (1..=3).map(|user| format!("DROP OWNED BY {name}_{user}; DROP ROLE {name}_{user}"));
    case.sql(&dropping.collect::<Vec<_>>().join("; ")).await;
}

const ALL: [&str; 3] = ["1: 101 103 104 105", "2: 102 108", "3: 103 104"];

#[tokio::test]
async fn each_user_is_given_what_his_role_is_given() {
    let case = roles().await;
    case.profile().check_columns(&case.source().await).await.unwrap();
    let found = case.read().await;
    assert_eq!(told(&found), ALL);
    assert!(doubtful_users(&found).is_empty());
    for user in ["1", "2", "3"] {
        let account = format!("{}_{user}:{PASSWORD}", case.served().name);
        assert_eq!(given(&found)[user], alone_as(&case, &account, "").await, "{user}");
    }
    drop_roles(&case).await;
}

#[tokio::test]
async fn a_role_that_cannot_be_taken_on_makes_its_user_doubtful_alone() {
    let case = roles().await;
    let (name, account) = (case.served().name.clone(), case.served().account());
    let his = "2: as him, rule `policy` could not be read: ";
    let no_grant = "permission denied for table contact";
    for (broken, mended, why) in [
        (
            format!("REVOKE {name}_2 FROM {account}"),
            format!("GRANT {name}_2 TO {account}"),
            "the account that reads is no member of his database role",
        ),
        ("UPDATE worker SET db_role = 'nobody; RESET ROLE' WHERE id = 2".to_owned(), String::new(), "his database role does not exist"),
        ("UPDATE worker SET db_role = 'none' WHERE id = 2".to_owned(), String::new(), "what should be his database role is none"),
        ("UPDATE worker SET db_role = NULL WHERE id = 2".to_owned(), String::new(), "he has no `db_role`, by which the database would know him"),
        (format!("REVOKE SELECT ON contact FROM {name}_2"), format!("GRANT SELECT ON contact TO {name}_2"), no_grant),
        (
            format!("ALTER ROLE {name}_2 BYPASSRLS"),
            format!("ALTER ROLE {name}_2 NOBYPASSRLS"),
            "no policy binds his database role, which is superuser or has BYPASSRLS",
        ),
        (
            format!("ALTER ROLE {name}_2 SUPERUSER"),
            format!("ALTER ROLE {name}_2 NOSUPERUSER"),
            "no policy binds his database role, which is superuser or has BYPASSRLS",
        ),
        (
            format!("ALTER TABLE contact OWNER TO {name}_2; GRANT SELECT ON contact TO {name}_1, {name}_3"),
            format!("ALTER TABLE contact OWNER TO tester; GRANT SELECT ON contact TO {name}_2"),
            "the policies of `contact` do not bind his database role, which owns it; FORCE ROW LEVEL SECURITY would make them",
        ),
    ] {
        case.sql(&broken).await;
        let found = case.read().await;
        assert_eq!(doubtful_users(&found), [format!("{his}{why}")], "{broken}");
        assert_eq!(told(&found), [ALL[0], ALL[2]], "{broken}");
        assert!(found.crm.rules[0].rows.doubt().is_none());
        case.sql(&format!("{mended}; UPDATE worker SET db_role = '{name}_2' WHERE id = 2")).await;
        assert_eq!(told(&case.read().await), ALL, "{mended}");
    }
    drop_roles(&case).await;
}

#[tokio::test]
async fn what_stands_in_a_schema_of_his_own_shows_a_user_nothing() {
    let case = roles().await;
    let name = case.served().name.clone();
    case.sql(&format!(
        "CREATE SCHEMA {name}_2 AUTHORIZATION {name}_2; SET ROLE {name}_2; CREATE VIEW {name}_2.contact AS SELECT generate_series(1, 1000) AS id; RESET ROLE"
    ))
    .await;
    let found = case.read().await;
    assert_eq!(told(&found), ALL);
    assert!(doubtful_users(&found).is_empty());
    drop_roles(&case).await;
}

#[tokio::test]
async fn policies_that_are_not_switched_on_show_nobody_anything() {
    for table in ["contact", "mine"] {
        let mut case = case(Base::Postgres).await;
        case.sql("CREATE VIEW mine WITH (security_invoker) AS SELECT * FROM contact; ALTER TABLE contact DISABLE ROW LEVEL SECURITY").await;
        case.files.insert("rule_policy.sql".to_owned(), format!("SELECT id AS record FROM {table}"));
        let found = case.read().await;
        let said = "the policies of `contact` bind nobody: they are not switched on (ALTER TABLE contact ENABLE ROW LEVEL SECURITY)";
        assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::Unread(format!("as no user; {said}"))), "{table}");
        assert!(given(&found).is_empty());
    }
}

#[tokio::test]
async fn an_account_that_no_policy_binds_reads_nothing_as_anybody() {
    let case = case(Base::Postgres).await;
    let account = case.served().account();
    for (unbound, bound, why) in [
        (
            format!("ALTER ROLE {account} BYPASSRLS"),
            format!("ALTER ROLE {account} NOBYPASSRLS"),
            "no policy binds the account that reads, which is superuser or has BYPASSRLS",
        ),
        (
            format!("ALTER TABLE contact OWNER TO {account}; ALTER VIEW every_contact OWNER TO {account}"),
            "ALTER TABLE contact FORCE ROW LEVEL SECURITY".to_owned(),
            "the policies of `contact` do not bind the account that reads, which owns it; FORCE ROW LEVEL SECURITY would make them",
        ),
    ] {
        case.sql(&unbound).await;
        let found = case.read().await;
        assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::Unread(format!("as no user; {why}"))));
        assert!(given(&found).is_empty() && found.crm.records.doubt().is_none());
        case.sql(&bound).await;
        assert_eq!(told(&case.read().await), ["1: 101 103", "2: 102 108", "3: 104"]);
    }
}

#[tokio::test]
async fn policies_still_fail_whatever_is_read_as_the_account() {
    let mut case = case(Base::Postgres).await;
    case.files.insert("view.sql".to_owned(), "SELECT id AS record, name FROM contact".to_owned());
    let found = case.read().await;
    assert!(matches!(found.crm.records.doubt(), Some(Doubt::Unread(why)) if why.contains("row-level security")), "{:?}", found.crm.records.doubt());
    assert_eq!(told(&found), ["1: 101 103", "2: 102 108", "3: 104"]);
}

#[tokio::test]
async fn a_view_that_is_read_as_its_owner_shows_nobody_anything() {
    let mut case = case(Base::Postgres).await;
    case.sql("CREATE VIEW outer_view AS SELECT * FROM every_contact; CREATE VIEW invoker WITH (security_invoker) AS SELECT * FROM contact; CREATE VIEW mixed WITH (security_invoker) AS SELECT * FROM every_contact").await;
    for (view, by) in [("every_contact", "every_contact"), ("outer_view", "every_contact"), ("mixed", "every_contact")] {
        case.files.insert("rule_policy.sql".to_owned(), format!("SELECT id AS record FROM {view}"));
        let found = case.read().await;
        let why = format!("as no user; the view `{by}` is read as its owner, whom the policies of `contact` do not bind; make it `security_invoker`");
        assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::Unread(why)), "{view}");
        assert!(given(&found).is_empty());
    }
    case.files.insert("rule_policy.sql".to_owned(), "SELECT id AS record FROM invoker".to_owned());
    assert_eq!(told(&case.read().await), ["1: 101 103", "2: 102 108", "3: 104"]);
    // Whom the policies bind may own a view, and what has no policies may be read through any.
    let account = case.served().account();
    case.sql(&format!("ALTER VIEW invoker OWNER TO {account}; ALTER VIEW invoker RESET (security_invoker)")).await;
    assert_eq!(told(&case.read().await), ["1: 101 103", "2: 102 108", "3: 104"]);
    case.sql("CREATE TABLE list AS SELECT 101 AS id, 1 AS worker; CREATE VIEW mine AS SELECT id FROM list WHERE worker = me()").await;
    case.files.insert("rule_policy.sql".to_owned(), "SELECT id AS record FROM mine".to_owned());
    assert_eq!(told(&case.read().await), ["1: 101"]);
}
