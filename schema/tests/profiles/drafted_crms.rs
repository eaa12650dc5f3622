//! Drafts from databases in the shape of common CRMs, their tables cut short: what is offered as finished is never wider than the CRM.

use adressbote_schema::crm::{Address, CrmSource, Patience, catalogue};
use adressbote_schema::profile::draft::{Draft, draft};
use adressbote_servers::{Base, Served, Writer};
use tempfile::TempDir;

use crate::drafted::{checked, drafted};
use crate::fixture::reader;

/// The draft of an SQLite database of these tables: it loads, the database takes every statement, every value fits, nobody sees anything.
async fn drafted_of(tables: &str) -> Draft {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("crm.sqlite");
    let mut writer = Writer::open(Base::Sqlite, path.to_str().unwrap()).await;
    writer.run(tables).await;
    writer.close().await;
    let (profile, source, draft, _folder) = drafted(&Address::Sqlite(path)).await;
    assert!(draft.findings.mistakes.is_empty() && draft.findings.unread.is_empty(), "{:#?}", draft.findings);
    checked(&profile, &source).await;
    draft
}

/// A statement without its comments, on one line.
fn said(draft: &Draft, file: &str) -> String {
    let lines = draft.files[file].lines().filter(|line| !line.trim_start().starts_with("--"));
    let bare: Vec<&str> = lines.flat_map(|line| line.split(" -- ").next()).map(str::trim).collect();
    bare.join(" ")
}

fn says(draft: &Draft, file: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(draft.files[file].contains(wanted), "`{wanted}` is not in {file}:\n{}", draft.files[file]);
    }
}

const SUITECRM: &str = "
CREATE TABLE users (id char(36) PRIMARY KEY, user_name varchar(60), user_hash varchar(255), system_generated_password tinyint(1), first_name varchar(255),
    last_name varchar(255), is_admin tinyint(1), date_modified datetime, modified_user_id char(36), created_by char(36), status varchar(100),
    deleted tinyint(1), employee_status varchar(100), reports_to_id char(36));
CREATE TABLE acl_roles (id char(36) PRIMARY KEY, date_modified datetime, modified_user_id char(36), created_by char(36), name varchar(150), deleted tinyint(1));
CREATE TABLE acl_roles_users (id varchar(36) PRIMARY KEY, role_id varchar(36), user_id varchar(36), date_modified datetime, deleted tinyint(1));
CREATE TABLE contacts (id char(36) PRIMARY KEY, date_modified datetime, modified_user_id char(36), created_by char(36), deleted tinyint(1),
    assigned_user_id char(36), salutation varchar(255), first_name varchar(100), last_name varchar(100), title varchar(100), phone_mobile varchar(100),
    phone_work varchar(100), primary_address_city varchar(100), birthdate date);
CREATE TABLE accounts (id char(36) PRIMARY KEY, name varchar(150), modified_user_id char(36), deleted tinyint(1), assigned_user_id char(36), website varchar(255));
CREATE TABLE accounts_contacts (id varchar(36) PRIMARY KEY, contact_id varchar(36), account_id varchar(36), date_modified datetime, deleted tinyint(1));
INSERT INTO users VALUES ('u1', 'anna', 'x', 0, 'A', 'A', 0, NULL, NULL, NULL, 'Active', 0, 'Active', NULL), ('u2', 'ben', 'x', 0, 'B', 'B', 0, NULL, NULL, NULL, 'Inactive', 0, 'Terminated', 'u1');
INSERT INTO acl_roles VALUES ('r1', NULL, NULL, NULL, 'sales', 0);
INSERT INTO acl_roles_users VALUES ('x1', 'r1', 'u1', NULL, 0), ('x2', 'r1', 'u2', NULL, 1);
INSERT INTO contacts VALUES ('c1', NULL, 'u1', 'u1', 0, 'u2', NULL, 'Ida', 'Zorn', NULL, NULL, '030 1', 'Ulm', '1980-02-29');
INSERT INTO accounts VALUES ('a1', 'Müller KG', NULL, 0, NULL, NULL);
INSERT INTO accounts_contacts VALUES ('y1', 'c1', 'a1', NULL, 1);
";

#[tokio::test]
async fn suitecrm() {
    let draft = drafted_of(SUITECRM).await;
    assert_eq!((draft.findings.records.0.as_str(), draft.findings.memberships.as_slice()), ("contacts", &["acl_roles_users".to_owned()][..]));
    assert!(said(&draft, "part_company.sql").ends_with("AND coalesce(c.deleted, 0) = 0 AND coalesce(b.deleted, 0) = 0"));
    assert!(said(&draft, "holds.sql").ends_with("AND coalesce(m.deleted, 0) = 0 AND coalesce(g.deleted, 0) = 0"));
    assert!(said(&draft, "users.sql").ends_with("0 AS active FROM users u"), "who is Inactive or Terminated is not told by `deleted`");
    says(&draft, "users.sql", &["fill in: does `status` say who has left?", "fill in: does `employee_status` say who has left?"]);
    let rule = &draft.files["rule_records.sql"];
    assert!(rule.matches("by owner").count() == 1 && rule.contains("'user:' || p.assigned_user_id"), "{rule}");
}

const ESPOCRM: &str = "
CREATE TABLE user (id varchar(17) PRIMARY KEY, user_name varchar(50), type varchar(24), password varchar(150), first_name varchar(100), last_name varchar(100),
    is_active tinyint(1), deleted tinyint(1), default_team_id varchar(17), created_by_id varchar(17));
CREATE TABLE team (id varchar(17) PRIMARY KEY, name varchar(100), deleted tinyint(1));
CREATE TABLE team_user (id INTEGER PRIMARY KEY, team_id varchar(17), user_id varchar(17), role varchar(100), deleted tinyint(1));
CREATE TABLE contact (id varchar(17) PRIMARY KEY, first_name varchar(100), last_name varchar(100), deleted tinyint(1), account_id varchar(17),
    assigned_user_id varchar(17), created_by_id varchar(17), modified_by_id varchar(17), address_city varchar(100), modified_at datetime);
CREATE TABLE account (id varchar(17) PRIMARY KEY, name varchar(249), deleted tinyint(1));
CREATE TABLE account_contact (id INTEGER PRIMARY KEY, account_id varchar(17), contact_id varchar(17), role varchar(100), is_inactive tinyint(1), deleted tinyint(1));
INSERT INTO user VALUES ('1', 'anna', 'regular', 'x', 'A', 'A', 1, 0, NULL, '1');
INSERT INTO contact VALUES ('c1', 'Ida', 'Zorn', 0, NULL, '1', '1', NULL, 'Ulm', NULL);
";

#[tokio::test]
async fn espocrm() {
    let draft = drafted_of(ESPOCRM).await;
    assert!(draft.findings.memberships.is_empty() && draft.findings.other_memberships == ["team_user"], "{:#?}", draft.findings);
    says(&draft, "holds.sql", &["fill in: does `role` say that a row does not count"]);
    assert!(said(&draft, "users.sql").contains("CASE WHEN u.is_active = 1 AND coalesce(u.deleted, 0) = 0 THEN 1 ELSE 0 END AS active"));
    let rule = &draft.files["rule_records.sql"];
    assert!(rule.matches("by owner").count() == 1 && rule.contains("'user:' || p.assigned_user_id"), "{rule}");
}

const DOLIBARR: &str = "
CREATE TABLE llx_user (rowid INTEGER PRIMARY KEY, login varchar(50), pass varchar(128), pass_crypted varchar(128), api_key varchar(128), lastname varchar(50),
    firstname varchar(50), email varchar(255), statut tinyint, fk_user INTEGER REFERENCES llx_user (rowid), fk_user_creat INTEGER, fk_user_modif INTEGER);
CREATE TABLE llx_usergroup (rowid INTEGER PRIMARY KEY, nom varchar(180), entity INTEGER);
CREATE TABLE llx_usergroup_user (rowid INTEGER PRIMARY KEY, entity INTEGER, fk_user INTEGER REFERENCES llx_user (rowid),
    fk_usergroup INTEGER REFERENCES llx_usergroup (rowid));
CREATE TABLE llx_societe (rowid INTEGER PRIMARY KEY, nom varchar(128), status tinyint, fk_user_creat INTEGER);
CREATE TABLE llx_socpeople (rowid INTEGER PRIMARY KEY, fk_soc INTEGER REFERENCES llx_societe (rowid), lastname varchar(50), firstname varchar(50), zip varchar(25),
    town varchar(255), email varchar(255), phone varchar(30), fk_user_creat INTEGER REFERENCES llx_user (rowid), fk_user_modif INTEGER REFERENCES llx_user (rowid),
    statut tinyint);
CREATE TABLE llx_societe_commerciaux (rowid INTEGER PRIMARY KEY, fk_soc INTEGER REFERENCES llx_societe (rowid), fk_user INTEGER REFERENCES llx_user (rowid));
INSERT INTO llx_user VALUES (1, 'anna', 'x', 'x', 'x', 'A', 'A', 'anna@weber.example', 0, NULL, 1, 1);
INSERT INTO llx_socpeople VALUES (1, NULL, 'Zorn', 'Ida', '89073', 'Ulm', NULL, NULL, 1, 1, 0);
";

#[tokio::test]
async fn dolibarr() {
    let draft = drafted_of(DOLIBARR).await;
    assert_eq!((draft.findings.users.as_deref(), draft.findings.other_memberships.join(" ").as_str()), (Some("llx_user"), "llx_usergroup_user"));
    assert!(said(&draft, "users.sql").contains("0 AS active") && said(&draft, "holds.sql").ends_with("WHERE 1 = 0"));
    says(&draft, "users.sql", &["fill in: does `statut` say who has left?"]);
    says(&draft, "view.sql", &["fill in: does `statut` say that a row of llx_socpeople does not count?"]);
    assert!(draft.findings.proposals == 0 && draft.files.values().all(|text| !text.contains("pass_crypted") && !text.contains("api_key")));
}

const ODOO: &str = "
CREATE TABLE res_users (id INTEGER PRIMARY KEY, login varchar, password varchar, active boolean, partner_id INTEGER, create_uid INTEGER, write_uid INTEGER,
    odoobot_state varchar, share boolean);
CREATE TABLE res_groups (id INTEGER PRIMARY KEY, name varchar, share boolean, create_uid INTEGER REFERENCES res_users (id));
CREATE TABLE res_groups_users_rel (gid INTEGER NOT NULL REFERENCES res_groups (id), uid INTEGER NOT NULL REFERENCES res_users (id), PRIMARY KEY (gid, uid));
CREATE TABLE res_country (id INTEGER PRIMARY KEY, name varchar, code varchar(2));
CREATE TABLE res_partner (id INTEGER PRIMARY KEY, name varchar, active boolean, email varchar, phone varchar, street varchar, zip varchar, city varchar,
    country_id INTEGER REFERENCES res_country (id), user_id INTEGER REFERENCES res_users (id), create_uid INTEGER REFERENCES res_users (id),
    write_uid INTEGER REFERENCES res_users (id), parent_id INTEGER REFERENCES res_partner (id), write_date timestamp);
INSERT INTO res_users VALUES (2, 'anna', 'x', true, 1, 1, 1, NULL, false);
INSERT INTO res_groups VALUES (1, 'sales', false, 2);
INSERT INTO res_groups_users_rel VALUES (1, 2);
INSERT INTO res_partner VALUES (1, 'Ida Zorn', true, NULL, NULL, NULL, NULL, 'Ulm', NULL, 2, 2, 2, NULL, NULL);
";

#[tokio::test]
async fn odoo() {
    let draft = drafted_of(ODOO).await;
    assert_eq!((draft.findings.records.0.as_str(), draft.findings.memberships.join(" ").as_str()), ("res_partner", "res_groups_users_rel"));
    assert!(said(&draft, "users.sql").contains("CASE WHEN u.active = 1 THEN 1 ELSE 0 END AS active"));
    let rule = &draft.files["rule_records.sql"];
    assert!(rule.matches("by owner").count() == 1 && rule.contains("'user:' || p.user_id"), "{rule}");
}

const VTIGER: &str = "
CREATE TABLE vtiger_users (id INTEGER PRIMARY KEY, user_name varchar(255), user_password varchar(200), first_name varchar(30), last_name varchar(30),
    email1 varchar(100), status varchar(25), deleted INTEGER, accesskey varchar(36));
CREATE TABLE vtiger_groups (groupid INTEGER PRIMARY KEY, groupname varchar(100), description text);
CREATE TABLE vtiger_users2group (groupid INTEGER NOT NULL, userid INTEGER NOT NULL REFERENCES vtiger_users (id), PRIMARY KEY (groupid, userid));
CREATE TABLE vtiger_crmentity (crmid INTEGER PRIMARY KEY, smcreatorid INTEGER, smownerid INTEGER, modifiedby INTEGER, setype varchar(30), description text,
    modifiedtime datetime, deleted INTEGER, label varchar(255));
CREATE TABLE vtiger_contactdetails (contactid INTEGER PRIMARY KEY REFERENCES vtiger_crmentity (crmid), accountid INTEGER, firstname varchar(40), lastname varchar(80),
    email varchar(100), phone varchar(50), mobile varchar(50), fax varchar(50));
INSERT INTO vtiger_users VALUES (1, 'anna', 'x', 'A', 'A', 'anna@weber.example', 'Inactive', 0, 'x');
INSERT INTO vtiger_groups VALUES (5, 'sales', NULL);
INSERT INTO vtiger_users2group VALUES (5, 1);
INSERT INTO vtiger_crmentity VALUES (7, 1, 1, 1, 'Contacts', NULL, NULL, 0, 'Ida Zorn'), (8, 1, 1, 1, 'Contacts', NULL, NULL, 1, 'Eva Abel');
INSERT INTO vtiger_contactdetails VALUES (7, NULL, 'Ida', 'Zorn', NULL, NULL, NULL, NULL), (8, NULL, 'Eva', 'Abel', NULL, NULL, NULL, NULL);
";

#[tokio::test]
async fn vtiger() {
    let draft = drafted_of(VTIGER).await;
    assert_eq!(draft.findings.memberships, ["vtiger_users2group"], "{}", draft.files["holds.sql"]);
    let view = said(&draft, "view.sql");
    assert!(view.ends_with("JOIN vtiger_crmentity p1 ON p1.crmid = p.contactid WHERE coalesce(p1.deleted, 0) = 0"), "{view}");
    assert!(said(&draft, "users.sql").contains("0 AS active") && draft.files.values().all(|text| !text.contains("accesskey")));
    says(&draft, "rule_records.sql", &["'user:' || p1.smownerid AS principal", "does it hold keys of users, and of them alone?"]);
}

const DJANGO: &str = "
CREATE TABLE core_user (id INTEGER PRIMARY KEY, password varchar(128), username varchar(30), email varchar(254), is_active bool, is_team bool,
    role_id INTEGER REFERENCES core_userrole (id), deactivated_on datetime);
CREATE TABLE core_userrole (id INTEGER PRIMARY KEY, name varchar(100), deactivated_on datetime);
CREATE TABLE core_entity (id INTEGER PRIMARY KEY, created datetime, modified datetime, is_deleted bool, user_id INTEGER REFERENCES core_user (id),
    sandbox_id INTEGER);
CREATE TABLE persons_contact (entity_ptr_id INTEGER PRIMARY KEY REFERENCES core_entity (id), first_name varchar(100), last_name varchar(100), phone varchar(100),
    is_user_id INTEGER REFERENCES core_user (id), billing_address_id INTEGER REFERENCES persons_address (id),
    shipping_address_id INTEGER REFERENCES persons_address (id));
CREATE TABLE persons_address (id INTEGER PRIMARY KEY, city varchar(100), zipcode varchar(100));
INSERT INTO core_userrole VALUES (1, 'sales', NULL);
INSERT INTO core_user VALUES (1, 'x', 'anna', 'anna@weber.example', true, false, 1, NULL);
INSERT INTO core_entity VALUES (1, NULL, NULL, false, 1, NULL), (2, NULL, NULL, true, 1, NULL);
INSERT INTO persons_contact VALUES (1, 'Ida', 'Zorn', NULL, NULL, NULL, NULL), (2, 'Eva', 'Abel', NULL, 1, NULL, NULL);
";

#[tokio::test]
async fn django() {
    let draft = drafted_of(DJANGO).await;
    assert!(said(&draft, "view.sql").ends_with("WHERE coalesce(p1.is_deleted, 0) = 0"), "{}", draft.files["view.sql"]);
    assert!(said(&draft, "holds.sql").contains("JOIN core_userrole g ON g.id = m.role_id WHERE"), "{}", draft.files["holds.sql"]);
    says(&draft, "rule_records.sql", &["'user:' || p1.user_id AS principal", "'user:' || p.is_user_id AS principal"]);
    assert_eq!(draft.findings.parts, [["address".to_owned(), "persons_address".to_owned()]]);
}

/// PostgreSQL takes bits for no truth.
#[tokio::test]
async fn flags_of_bits_are_taken_by_postgresql() {
    let served = Served::new(Base::Postgres, "").await;
    let mut writer = Writer::open(Base::Postgres, &served.place()).await;
    writer
        .run(
            "CREATE TABLE users (id int PRIMARY KEY, login text, deleted bit(1), active bit varying(3));
             CREATE TABLE contacts (id int PRIMARY KEY, last_name text, deleted bit(1));
             INSERT INTO users VALUES (1, 'anna', B'0', B'001'), (2, 'ben', B'1', B'1'), (3, 'cem', NULL, B'000'), (4, 'dora', NULL, B'1');
             INSERT INTO contacts VALUES (1, 'Zorn', B'0'), (2, 'Abel', B'1'), (3, 'Erb', NULL)",
        )
        .await;
    writer.close().await;
    let (profile, source, _, _folder) = drafted(&reader(&served)).await;
    let snapshot = checked(&profile, &source).await;
    assert_eq!(snapshot.record_keys().map(|key| key.as_str()).collect::<Vec<_>>(), ["1", "3"]);
    let active = snapshot.users().filter(|user| user.is_active).map(|user| user.login.as_str().to_owned());
    assert_eq!(active.collect::<Vec<_>>(), ["anna", "dora"]);
}

/// A view of a table that is gone, or of a column, is left out and named; the rest is drafted, and a mistake is still told with a hint.
#[tokio::test]
async fn a_broken_view_takes_nothing_else_away() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("crm.sqlite");
    let mut writer = Writer::open(Base::Sqlite, path.to_str().unwrap()).await;
    writer
        .run("CREATE TABLE gone (id INTEGER PRIMARY KEY, name text); CREATE VIEW \"it's broken\" AS SELECT id, name FROM gone; DROP TABLE gone")
        .await;
    writer.run(ODOO).await;
    writer.close().await;
    let source = CrmSource::open(&Address::Sqlite(path.clone()), Patience::default()).await.unwrap();
    let found = catalogue(&source).await.unwrap();
    assert_eq!((found.tables.len(), found.unread.len()), (5, 1), "{found:#?}");
    assert!(found.unread[0].starts_with("it's broken: ") && found.unread[0].contains("no such table"), "{:?}", found.unread);
    let draft = draft(&found, "x").unwrap();
    assert_eq!((draft.findings.unread.as_slice(), draft.findings.records.1), (found.unread.as_slice(), Some(1)));
    let written = TempDir::new().unwrap();
    for (name, text) in &draft.files {
        std::fs::write(written.path().join(name), text.replace("p.email", "p.emial")).unwrap();
    }
    let profile = adressbote_schema::profile::Profile::load(written.path()).unwrap();
    let refused = profile.check_columns(&source).await.unwrap_err().to_string();
    assert!(refused.contains("did you mean `email`?"), "{refused}");
}
