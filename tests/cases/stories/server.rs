//! What happens to a server while a program that runs on reads it: it lets nobody in, breaks off, is locked, or its tables are no longer what they were.
//! Nothing is lost and nothing disclosed, it is said, and as soon as it is over the next pass goes on.

use std::time::Duration;

use adressbote::app::App;
use adressbote::worker::pass::Order;
use adressbote::worker::report::PassReport;
use adressbote_schema::state::PassKind;
use adressbote_servers::{Base, on_each_server};
use adressbote_simulator::MailboxView;
use adressbote_tests::stage::{SOUTH, Stage, text};
use tokio_util::sync::CancellationToken;

on_each_server!(
    a_server_that_cannot_be_reached_changes_nothing,
    a_database_that_is_not_there_stops_the_program,
    a_wrong_password_changes_nothing_and_stands_in_no_sentence,
    an_account_that_is_let_in_no_longer_changes_nothing,
    a_reading_that_is_broken_off_in_the_middle_changes_nothing,
    a_table_that_is_locked_is_in_doubt_and_nothing_is_lost,
    a_grant_that_is_revoked_puts_its_table_in_doubt,
    a_column_that_is_dropped_puts_its_table_in_doubt_and_stops_the_next_program,
    a_column_whose_type_changes_keeps_its_records_as_they_are,
    a_view_that_suddenly_returns_nothing_loses_nobody,
);

/// Anna and Berta lose Öztürk, get Alt, and a note on Zorn.
pub(super) const CHANGES: &str =
    "DELETE FROM access WHERE person = '105' AND principal = 'group:sued'; INSERT INTO abo VALUES ('108', 'group:sued', 'x');
    UPDATE person SET notes = 'neu' WHERE id = '101'";

/// A company in which all is delivered, [`CHANGES`] are due, and a program runs that waits for no lock longer than a second.
pub(super) struct Case {
    pub(super) stage: Stage,
    app: App,
    before: MailboxView,
}

impl Case {
    async fn new(base: Base) -> Self {
        let case = Self::before_changes(Stage::on(base).await).await;
        case.stage.sql(CHANGES).await;
        case
    }

    /// Waits for a lock as long as it does by itself.
    pub(super) async fn patient(self) -> Self {
        Self { app: self.stage.app().await.unwrap(), ..self }
    }

    /// All is delivered, and nothing is due.
    pub(super) async fn before_changes(stage: Stage) -> Self {
        stage.pass().await;
        let (app, before) = (stage.impatient_app().await, stage.mailbox("anna"));
        stage.forget_requests();
        Self { stage, app, before }
    }

    pub(super) async fn pass(&self) -> Result<PassReport, String> {
        let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
        self.stage.pass_by(&self.app, &self.stage.graph(), &order, &CancellationToken::new()).await
    }

    /// A pass of the running program fails and says so; nothing was sent.
    pub(super) async fn fails(&self, words: &[&str]) {
        self.said(&self.pass().await.expect_err("the pass should fail"), words);
    }

    fn said(&self, said: &str, words: &[&str]) {
        for word in words {
            assert!(said.contains(word), "`{word}` is missing in: {said}");
        }
        self.nothing_happened();
    }

    pub(super) fn nothing_happened(&self) {
        assert_eq!((self.stage.sim.log(), self.stage.mailbox("anna")), (vec![], self.before.clone()));
    }

    /// A pass of the running program has a doubt about a relation, for this reason.
    async fn doubts(&self, relation: &str, why: &str) {
        let report = self.pass().await.unwrap();
        assert_eq!(report.doubts.keys().collect::<Vec<_>>(), [relation], "{report:#?}");
        assert!(report.doubts[relation].contains(why) && report.needs_attention(), "{report:#?}");
    }

    /// The next pass of the running program does all that is due.
    pub(super) async fn goes_on(&self) {
        let report = self.pass().await.unwrap();
        assert!(!report.needs_attention(), "{report:#?}");
        assert_eq!(self.stage.names("anna"), ["Eva Abel", "Ida Österle", "Kurt Alt", "Max Zorn", "Pia Lang", "Udo Kurz"]);
        assert_eq!(text(&self.stage.contact("anna", "Max Zorn"), "personalNotes"), "neu");
        self.stage.assert_exactly_once().await;
    }

    fn name(&self) -> &str {
        &self.stage.served().name
    }

    fn account(&self) -> String {
        self.stage.served().account()
    }
}

async fn a_server_that_cannot_be_reached_changes_nothing(base: Base) {
    let case = Case::new(base).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let here = case.stage.served().reader();
    let (scheme, rest) = here.split_once("://").unwrap();
    let (user, rest) = rest.split_once('@').unwrap();
    let gone = format!("{scheme}://{user}@{closed}/{}", rest.split_once('/').unwrap().1);
    case.stage.configure(&here, &gone);
    case.said(&case.stage.failure().await, &["cannot be reached", &closed.to_string()]);
    case.stage.configure(&gone, &here);
    case.goes_on().await;
}

async fn a_database_that_is_not_there_stops_the_program(base: Base) {
    let case = Case::new(base).await;
    case.stage.configure(&format!("/{}\"", case.name()), "/weg\"");
    let why = if base == Base::Postgres { "does not exist" } else { "may not use" };
    case.said(&case.stage.failure().await, &["weg", why]);
}

async fn a_wrong_password_changes_nothing_and_stands_in_no_sentence(base: Base) {
    let case = Case::new(base).await;
    case.stage.write("wrong.password", "hunter2");
    let right = format!("database = \"{}\"\npassword = {{ file = \"server.password\" }}", case.stage.served().reader());
    case.stage.configure(&right, &right.replace("server.password", "wrong.password"));
    let said = case.stage.failure().await;
    case.said(&said, &["does not let", case.name(), "wrong password"]);
    assert!(!said.contains("hunter2"), "{said}");
    case.goes_on().await;
}

async fn an_account_that_is_let_in_no_longer_changes_nothing(base: Base) {
    let case = Case::new(base).await;
    let (lock, unlock) = match base {
        Base::Postgres => ("ALTER ROLE {} NOLOGIN", "ALTER ROLE {} LOGIN"),
        Base::Sqlite | Base::Mariadb => ("ALTER USER {} ACCOUNT LOCK", "ALTER USER {} ACCOUNT UNLOCK"),
    };
    case.stage.sql(&lock.replace("{}", &case.account())).await;
    case.fails(&["does not let", case.name(), "every folder stays as it is"]).await;
    case.stage.sql(&unlock.replace("{}", &case.account())).await;
    case.goes_on().await;
}

/// Keeps everybody else from a table as long as the connection lasts.
fn locking(base: Base, table: &str) -> String {
    if base == Base::Postgres { format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE") } else { format!("LOCK TABLES {table} WRITE") }
}

async fn a_reading_that_is_broken_off_in_the_middle_changes_nothing(base: Base) {
    let case = Case::new(base).await.patient().await;
    let mut holder = case.stage.writer().await;
    holder.run(&locking(base, "secrecy")).await;
    let waiting = match base {
        Base::Postgres => format!("SELECT pid::text FROM pg_stat_activity WHERE usename = '{}' AND wait_event_type = 'Lock'", case.name()),
        Base::Sqlite | Base::Mariadb => {
            format!("SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST WHERE USER = '{}' AND STATE LIKE 'Waiting for%lock'", case.name())
        }
    };
    let breaking = async {
        let mut other = case.stage.writer().await;
        for _ in 0..1_000 {
            if let [id] = other.column(&waiting).await.as_slice() {
                let end = if base == Base::Postgres { format!("SELECT pg_terminate_backend({id})") } else { format!("KILL {id}") };
                return other.run(&end).await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the reading never came to the lock");
    };
    tokio::join!(case.fails(&["could not be read as of one moment", "every folder stays as it is"]), breaking);
    holder.close().await;
    case.goes_on().await;
}

async fn a_table_that_is_locked_is_in_doubt_and_nothing_is_lost(base: Base) {
    let case = Case::new(base).await;
    let mut holder = case.stage.writer().await;
    holder.run(&locking(base, "access")).await;
    case.doubts("rule_access", "it was locked by another program for more than 1 s").await;
    case.nothing_happened();
    holder.close().await;
    case.goes_on().await;
}

async fn a_grant_that_is_revoked_puts_its_table_in_doubt(base: Base) {
    let case = Case::new(base).await;
    let (name, account) = (case.name(), case.account());
    let (revoke, grant) = match base {
        Base::Postgres => (format!("REVOKE SELECT ON access FROM {account}"), format!("GRANT SELECT ON access TO {account}")),
        Base::Sqlite | Base::Mariadb => {
            let tables = case
                .stage
                .writer()
                .await
                .column("SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
                .await;
            let one = |table: &str| format!("GRANT SELECT ON {name}.{table} TO {account}");
            let others: Vec<String> = tables.iter().filter(|table| *table != "access").map(|table| one(table)).collect();
            (format!("REVOKE SELECT, SHOW VIEW ON {name}.* FROM {account}; {}", others.join("; ")), one("access"))
        }
    };
    case.stage.sql(&revoke).await;
    case.doubts("rule_access", "denied").await;
    case.nothing_happened();
    case.said(&case.stage.failure().await, &["rule_access.sql", "GRANT SELECT"]);
    case.stage.sql(&grant).await;
    case.goes_on().await;
}

async fn a_column_that_is_dropped_puts_its_table_in_doubt_and_stops_the_next_program(base: Base) {
    let case = Case::new(base).await;
    case.stage.sql("ALTER TABLE access DROP COLUMN principal").await;
    case.doubts("rule_access", "principal").await;
    case.nothing_happened();
    case.said(&case.stage.failure().await, &["rule_access.sql", "principal"]);
    case.stage.sql("ALTER TABLE access ADD COLUMN principal TEXT; UPDATE access SET principal = 'group:sued'").await;
    case.pass().await.unwrap();
    assert!(case.stage.names("anna").contains(&"Tom Weiß".to_owned()));
}

async fn a_column_whose_type_changes_keeps_its_records_as_they_are(base: Base) {
    let case = Case::new(base).await;
    let (bytes, text) = match base {
        Base::Postgres => (
            "ALTER TABLE access ALTER COLUMN principal TYPE bytea USING convert_to(principal, 'UTF8')",
            "ALTER TABLE access ALTER COLUMN principal TYPE text USING convert_from(principal, 'UTF8')",
        ),
        Base::Sqlite | Base::Mariadb => {
            ("ALTER TABLE access MODIFY principal VARBINARY(99)", "ALTER TABLE access MODIFY principal VARCHAR(99) CHARACTER SET utf8mb4")
        }
    };
    case.stage.sql(bytes).await;
    let report = case.pass().await.unwrap();
    assert_eq!((report.doubts.len(), report.doubtful_records), (0, 9), "{report:#?}");
    case.nothing_happened();
    case.stage.sql(text).await;
    case.goes_on().await;
}

async fn a_view_that_suddenly_returns_nothing_loses_nobody(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("ALTER TABLE person RENAME TO everybody; CREATE VIEW person AS SELECT * FROM everybody").await;
    let case = Case::before_changes(stage).await;
    case.stage.sql("CREATE OR REPLACE VIEW person AS SELECT * FROM everybody WHERE 1 = 0").await;
    case.doubts("view", "it is empty; in the last pass it had 9 rows").await;
    case.nothing_happened();
    assert_eq!(case.stage.names("anna"), SOUTH);
    case.stage.sql("CREATE OR REPLACE VIEW person AS SELECT * FROM everybody").await;
    case.stage.sql(CHANGES).await;
    case.goes_on().await;
}
