//! Drafts from databases in the shape of common CRMs, their tables cut short.

use adressbote_schema::crm::{Address, CrmSource, Patience, catalogue};
use adressbote_schema::profile::draft::draft;
use tempfile::TempDir;

use crate::server::{Base, Writer};

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
