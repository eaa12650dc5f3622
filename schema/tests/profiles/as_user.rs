//! Reading as each user: everyone is given what a connection of his own would give him, and nothing stays behind.

use std::time::Duration;

use adressbote_rules::crm::{Answer, Doubt};
use adressbote_rules::key::UserKey;
use adressbote_schema::crm::{CrmError, Own, Patience};
use adressbote_servers::{Base, on_each_server};

use crate::as_user_crm::{alone, case, doubtful_users, given, settings, told};
use crate::fixture::doubtful;
use crate::streamed::read;

on_each_server!(
    each_user_is_given_what_a_connection_of_his_own_gives,
    a_guest_is_asked_for_while_he_has_a_folder,
    a_user_who_gets_no_answer_is_doubtful_alone,
    a_user_whom_the_database_could_not_know_is_doubtful_alone,
    what_nobody_is_answered_is_doubtful_itself,
    a_user_who_loses_everything_has_lost_his_rights_and_all_who_do_are_a_doubt,
    the_rows_of_all_users_have_one_limit,
    time_lost_with_users_who_get_no_answer_has_an_end,
    what_a_user_may_know_of_a_field_is_asked_as_him,
    a_row_without_a_key_concerns_its_user_alone,
    a_session_that_is_changed_while_it_answers_ends_the_reading,
    what_a_function_keeps_of_one_user_does_not_reach_the_next,
    nothing_can_be_written_as_a_user,
    the_profile_is_checked_as_the_account,
);

async fn each_user_is_given_what_a_connection_of_his_own_gives(kind: Base) {
    let case = case(kind).await;
    let found = case.read().await;
    assert_eq!(told(&found), ["1: 101 103", "2: 102 108", "3: 104"], "no guest, nobody who left");
    assert!(doubtful_users(&found).is_empty() && doubtful(&found).is_empty());
    for (user, tenant) in [("1", "nord"), ("2", "nord"), ("3", "süd")] {
        assert_eq!(given(&found)[user], alone(&case, &settings(kind, user, tenant)).await, "{user}");
    }
    assert_eq!(found.crm.records.rows().len(), 8, "the view is read as the account");
    assert!(found.crm.rules[0].rows.doubt().is_none() && found.crm.records.doubt().is_none());
    let report = found.report(&case.profile());
    let policy = report.relations.iter().find(|one| one.name == "rule_policy").unwrap();
    assert_eq!((policy.rows, policy.asked_as_users, policy.columns.join(" ")), (Some(5), Some(3), "record [from] [until]".to_owned()));
    assert!(report.relations.iter().all(|one| one.name == "rule_policy" || one.asked_as_users.is_none()));
}

async fn a_guest_is_asked_for_while_he_has_a_folder(kind: Base) {
    let case = case(kind).await;
    let served = ["4", "5"].map(UserKey::new).into();
    let own = Own { served, ..Own::default() };
    let found = read(&case.profile(), &case.source().await, &own, None).await.unwrap();
    assert_eq!(told(&found), ["1: 101 103", "2: 102 108", "3: 104", "4: 103 106"], "the guest, but nobody who left");
}

async fn a_user_who_gets_no_answer_is_doubtful_alone(kind: Base) {
    let case = case(kind).await;
    // Ben's answer breaks off behind its first row.
    for (mood, user) in [("raises", 1), ("raises later", 2)] {
        case.sql(&format!("UPDATE worker SET mood = NULL; UPDATE worker SET mood = '{mood}' WHERE id = {user}")).await;
        let found = case.read().await;
        assert_eq!(found.crm.doubtful_users.len(), 1);
        let why = &doubtful_users(&found)[0];
        assert!(why.starts_with(&format!("{user}: as him, rule `policy` could not be read: not for ")), "{why}");
        let others: &[&str] = if user == 1 { &["2: 102 108", "3: 104"] } else { &["1: 101 103", "3: 104"] };
        assert_eq!(told(&found), others);
        assert!(found.crm.rules[0].rows.doubt().is_none());
        assert_eq!(found.report(&case.profile()).relations.iter().find_map(|one| one.asked_as_users), Some(2));
    }
}

async fn a_user_whom_the_database_could_not_know_is_doubtful_alone(kind: Base) {
    let case = case(kind).await;
    case.sql("UPDATE worker SET tenant = '' WHERE id = 1; UPDATE worker SET tenant = NULL WHERE id = 3").await;
    let found = case.read().await;
    let why = "as him, rule `policy` could not be read: he has no `tenant`, by which the database would know him";
    assert_eq!(doubtful_users(&found), [format!("1: {why}"), format!("3: {why}")]);
    assert_eq!(told(&found), ["2: 102 108"]);
    case.sql("UPDATE worker SET tenant = 'nord'; INSERT INTO worker SELECT * FROM worker WHERE id = 2").await;
    let found = case.read().await;
    assert_eq!(doubtful_users(&found), ["2: his key is double"], "who is doubtful already is not asked for");
    assert_eq!(told(&found), ["1: 101 103", "3: 103"]);
}

async fn what_nobody_is_answered_is_doubtful_itself(kind: Base) {
    let case = case(kind).await;
    let before = case.read().await.baseline;
    for broken in ["UPDATE worker SET mood = 'raises'", "UPDATE worker SET tenant = NULL, mood = NULL", "ALTER TABLE every_contact RENAME TO gone"] {
        let broken = if kind == Base::Postgres { broken.replace("ALTER TABLE every_contact", "ALTER TABLE contact") } else { broken.to_owned() };
        case.sql(&broken).await;
        let found = case.try_read(Some(&before)).await.unwrap();
        assert!(
            matches!(found.crm.rules[0].rows.doubt(), Some(Doubt::Unread(why)) if why.starts_with("as no user; ")),
            "{:?}",
            found.crm.rules[0].rows.doubt()
        );
        assert!(doubtful_users(&found).is_empty() && given(&found).is_empty() && found.crm.holds.doubt().is_none());
        assert_eq!(found.baseline, before);
        case.sql("UPDATE worker SET tenant = 'nord', mood = NULL").await;
    }
}

async fn a_user_who_loses_everything_has_lost_his_rights_and_all_who_do_are_a_doubt(kind: Base) {
    let case = case(kind).await;
    let before = case.read().await.baseline;
    case.sql("UPDATE every_contact SET owner = 9 WHERE owner = 2").await;
    let found = case.try_read(Some(&before)).await.unwrap();
    assert_eq!(told(&found), ["1: 101 103", "3: 104"]);
    assert!(found.crm.rules[0].rows.doubt().is_none() && doubtful_users(&found).is_empty());
    case.sql("UPDATE every_contact SET owner = 9; DELETE FROM membership WHERE worker = 3").await;
    let found = case.try_read(Some(&before)).await.unwrap();
    assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::Shrunk { before: 5, now: 1, limit_percent: 50 }));
    case.sql("UPDATE every_contact SET tenant = 'west'").await;
    let found = case.try_read(Some(&before)).await.unwrap();
    assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::Emptied { before: 5 }));
    assert!(found.crm.records.doubt().is_none());
}

async fn the_rows_of_all_users_have_one_limit(kind: Base) {
    let case = case(kind).await;
    let limited = |rows| Patience { rows, ..Patience::default() };
    let mut case = case;
    case.files.insert("users.sql".to_owned(), case.files["users.sql"].replace(" ORDER", " WHERE id < 4 ORDER"));
    case.files.insert("view.sql".to_owned(), "SELECT id AS record, name FROM every_contact WHERE id < 104".to_owned());
    let found = read(&case.profile(), &case.source_with(limited(5)).await, &Own::default(), None).await.unwrap();
    assert!(found.crm.rules[0].rows.doubt().is_none() && found.crm.rules[0].rows.rows().len() == 5);
    let found = read(&case.profile(), &case.source_with(limited(4)).await, &Own::default(), None).await.unwrap();
    assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::Unread("it has more than 4 rows".to_owned())));
    assert!(found.crm.records.doubt().is_none() && found.crm.users.doubt().is_none());
}

async fn time_lost_with_users_who_get_no_answer_has_an_end(kind: Base) {
    let case = case(kind).await;
    let slow = "INSERT INTO worker SELECT id + 10, login, mail, true, true, 'nord', NULL, 'slow', place FROM worker; UPDATE worker SET mood = 'slow'";
    case.sql(slow).await;
    case.sql(if kind == Base::Postgres {
        "CREATE OR REPLACE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN STABLE LANGUAGE sql AS $$ SELECT pg_sleep(1) IS NOT NULL $$"
    } else {
        "CREATE OR REPLACE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN NO SQL RETURN sleep(1)"
    })
    .await;
    let patience = Patience { statement: Duration::from_millis(300), ..Patience::default() };
    let found = read(&case.profile(), &case.source_with(patience).await, &Own::default(), None).await.unwrap();
    let why = "too much time was lost with users who got no answer; the statement took longer than 0.3 s";
    assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::Unread(why.to_owned())));
    assert!(doubtful_users(&found).is_empty() && found.crm.records.doubt().is_none());
}

async fn what_a_user_may_know_of_a_field_is_asked_as_him(kind: Base) {
    let mut case = case(kind).await;
    case.replace("profile.toml", "silence = \"readable\"", "silence = \"readable\"\nas_user = true");
    case.sql("CREATE TABLE every_secret (worker INTEGER, source TEXT, contact INTEGER); INSERT INTO every_secret VALUES (1, 'main.name', NULL), (2, 'main.name', 102)").await;
    case.sql(if kind == Base::Postgres {
        "ALTER TABLE every_secret RENAME TO secret; ALTER TABLE secret ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON secret USING (worker = me())"
    } else {
        "CREATE VIEW secret AS SELECT * FROM every_secret WHERE worker = me()"
    })
    .await;
    case.files.insert("field_rights.sql".to_owned(), "SELECT source, 'deny' AS answer, contact AS record FROM secret".to_owned());
    let profile = case.profile();
    profile.check_columns(&case.source().await).await.unwrap();
    let found = case.read().await;
    let row = |row: &adressbote_rules::crm::FieldRightRow| {
        assert_eq!(row.answer, Answer::Deny);
        format!("{} {} {:?}", row.principal, row.source, row.record.as_ref().map(|record| record.as_str()))
    };
    let rows: Vec<String> = found.crm.field_rights.rows().iter().map(row).collect();
    assert_eq!(rows, ["user:1 main.name None", "user:2 main.name Some(\"102\")"]);
    assert!(found.crm.field_rights.doubt().is_none() && doubtful_users(&found).is_empty());
    assert_eq!(found.report(&profile).relations.iter().filter(|one| one.asked_as_users == Some(3)).count(), 2);
}

async fn a_row_without_a_key_concerns_its_user_alone(kind: Base) {
    let mut case = case(kind).await;
    case.sql("INSERT INTO every_contact VALUES (NULL, 2, NULL, 'nord', 'Niemand')").await;
    case.files.insert("view.sql".to_owned(), "SELECT id AS record, name FROM every_contact WHERE id IS NOT NULL".to_owned());
    let found = case.read().await;
    assert_eq!(doubtful_users(&found), ["2: as him, rule `policy` could not be read: `record` is NULL"]);
    assert!(found.crm.rules[0].rows.doubt().is_none());
    assert_eq!(told(&found), ["1: 101 103", "3: 104"]);
    case.replace("rule_policy.sql", "id AS record", "coalesce(id, 108) AS record, CASE WHEN id = 103 THEN 'bald' END AS until");
    let found = case.read().await;
    assert_eq!(doubtful(&found), ["103 in rule `policy`: `until` is no instant (YYYY-MM-DDTHH:MM:SSZ)"]);
    assert_eq!(found.crm.rules[0].rows.rows().len(), 5, "{:?}", told_all(&found));
}

fn told_all(read: &adressbote_schema::crm::Read) -> Vec<String> {
    read.crm.rules[0].rows.rows().iter().map(|row| format!("{} {}", row.principal, row.of)).collect()
}

async fn a_session_that_is_changed_while_it_answers_ends_the_reading(kind: Base) {
    let case = case(kind).await;
    case.sql(if kind == Base::Postgres {
        "CREATE OR REPLACE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN VOLATILE LANGUAGE sql AS $$ \
         SELECT me() <> 2 OR set_config('crm.user_id', '1', false) IS NOT NULL $$"
    } else {
        "CREATE OR REPLACE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN NO SQL \
         BEGIN IF @crm_user_id = 2 THEN SET @crm_user_id = 1; END IF; RETURN true; END"
    })
    .await;
    let error = case.try_read(None).await.expect_err("the session is not to be trusted");
    assert!(matches!(&error, CrmError::Stained { user, .. } if user.as_str() == "2"), "{error:?}");
    let said = error.to_string();
    let what =
        "was asked as the user `2`, and something in the database changed what made the session his while it answered; nothing that was read counts";
    assert!(said.ends_with(what), "{said}");
    assert!(error.hint().contains("no folder was changed"));
}

async fn what_a_function_keeps_of_one_user_does_not_reach_the_next(kind: Base) {
    let mut case = case(kind).await;
    // On PostgreSQL a function that is declared unchanging and is not, so that plans keep its answer; on MariaDB one that keeps its answer in a variable.
    case.sql(if kind == Base::Postgres {
        "CREATE FUNCTION setting() RETURNS INTEGER IMMUTABLE LANGUAGE sql AS $$ \
         SELECT nullif(current_setting('crm.user_id', true), '')::INTEGER $$; \
         CREATE OR REPLACE FUNCTION me() RETURNS INTEGER STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN setting(); END $$"
    } else {
        "CREATE OR REPLACE FUNCTION me() RETURNS INTEGER NO SQL BEGIN IF @`the ``kept`` one` IS NULL THEN SET @`the ``kept`` one` = coalesce(@crm_user_id, 0); END IF; \
         RETURN @`the ``kept`` one`; END"
    })
    .await;
    // As the account the function is asked before any user is, too.
    case.sql("CREATE VIEW early_membership AS SELECT * FROM membership WHERE coalesce(me(), 0) = 0").await;
    for table in ["membership", "early_membership"] {
        case.files.insert(
            "holds.sql".to_owned(),
            format!("SELECT worker AS {}, 'team:' || team AS principal FROM {table}", if kind == Base::Postgres { "\"user\"" } else { "`user`" }),
        );
        let found = case.read().await;
        assert_eq!(told(&found), ["1: 101 103", "2: 102 108", "3: 104"], "{table}");
        assert_eq!(found.crm.holds.rows().len(), 3);
    }
}

async fn nothing_can_be_written_as_a_user(kind: Base) {
    let case = case(kind).await;
    case.sql(if kind == Base::Postgres {
        "CREATE OR REPLACE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN VOLATILE SECURITY DEFINER LANGUAGE plpgsql AS $$ \
         BEGIN IF me() = 1 THEN INSERT INTO membership VALUES (1, 8); END IF; RETURN true; END $$"
    } else {
        "CREATE OR REPLACE FUNCTION allowed(id INTEGER, owner INTEGER, team INTEGER) RETURNS BOOLEAN MODIFIES SQL DATA \
         BEGIN IF me() = 1 THEN INSERT INTO membership VALUES (1, 8); END IF; RETURN true; END"
    })
    .await;
    let found = case.read().await;
    if kind == Base::Postgres {
        let why = "1: as him, rule `policy` could not be read: cannot execute INSERT in a read-only transaction";
        assert_eq!(doubtful_users(&found), [why]);
        assert_eq!(given(&found).len(), 2);
    } else {
        // MariaDB sees before it begins that the function could write.
        let why = "as no user; Cannot execute statement in a READ ONLY transaction";
        assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::Unread(why.to_owned())));
    }
    assert_eq!(case.read().await.crm.holds.rows().len(), 3);
}

async fn the_profile_is_checked_as_the_account(kind: Base) {
    let mut case = case(kind).await;
    let source = case.source().await;
    case.profile().check_columns(&source).await.unwrap();
    case.replace("rule_policy.sql", "id AS record", "id AS record, 'user:1' AS principal");
    let said = case.profile().check_columns(&source).await.unwrap_err().to_string();
    assert!(
        said.ends_with("rule_policy.sql:1: the column `principal` is not one that the profile knows here (the columns are record, [from], [until])"),
        "{said}"
    );
    case.replace("rule_policy.sql", "id AS record, 'user:1' AS principal\nFROM contact", "id AS record\nFROM contakt");
    let said = case.profile().check_columns(&source).await.unwrap_err().to_string();
    assert!(said.contains("rule_policy.sql:2: the database refuses the statement: ") && said.ends_with("(did you mean `contact`?)"), "{said}");
    case.sql("CREATE TABLE list (id INTEGER, owner INTEGER); INSERT INTO list VALUES (101, 1), (102, 2)").await;
    let setting = if kind == Base::Postgres { "current_setting('crm.user_id')::INTEGER" } else { "@crm_user_id" };
    case.replace("rule_policy.sql", "contakt", &format!("list WHERE owner = {setting}"));
    case.profile().check_columns(&source).await.unwrap();
    assert_eq!(told(&case.read().await), ["1: 101", "2: 102"], "what [as_user] sets may be read by the statement itself");
}
