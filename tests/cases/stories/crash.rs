//! Processes die at the worst moment, state databases are lost or come back from yesterday: no contact twice, none lost.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use adressbote::graph::CONTACT_MARKER;
use adressbote::worker::pass::Order;
use adressbote_schema::state::{By, PassKind};
use adressbote_servers::{Base, on_each_database};
use adressbote_simulator::{Action, Effect, Fault};
use adressbote_tests::stage::{FOLDER, NORTH, SOUTH, Stage, mail, of, removals};
use tokio_util::sync::CancellationToken;

on_each_database!(
    a_process_killed_between_a_creation_and_its_answer_doubles_nothing,
    a_creation_that_comes_late_after_a_kill_and_an_immediate_restart_doubles_nothing,
    a_creation_that_comes_after_its_answer_was_given_up_doubles_nothing,
    copies_that_are_found_when_a_creation_is_looked_up_are_purged,
    a_process_killed_again_and_again_at_any_moment_ends_with_every_contact_once,
    a_child_posts_before_it_is_killed,
    a_second_process_is_told_that_one_is_at_work,
    after_the_loss_of_the_state_database_folders_are_taken_over_by_their_marks,
    after_the_loss_of_the_state_database_what_lies_elsewhere_is_purged_when_mailboxes_are_read_back,
    after_the_loss_of_the_state_database_who_is_no_longer_served_keeps_nothing,
    after_the_loss_of_the_state_database_a_mailbox_that_somebody_else_has_now_is_his,
    a_state_database_from_yesterday_doubles_nothing,
    many_new_contacts_after_a_restore_double_nothing_either,
    what_a_state_lost_under_a_running_worker_is_not_made_twice,
    after_a_restore_a_copy_that_the_backup_does_not_know_leaves_with_its_right,
    after_a_restore_who_came_and_left_since_the_backup_keeps_nothing,
    after_a_restore_a_pass_is_not_through_before_every_folder_was_looked_into,
);

/// A pass in a process of its own.
fn child(stage: &Stage) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_one-pass"));
    command.arg(stage.path("adressbote.toml")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until so many contacts were posted.
async fn posted(stage: &Stage, count: usize) {
    let is_creation = |one: &adressbote_simulator::Logged| one.method == "POST" && one.path.ends_with("/contacts");
    for _ in 0..2_000 {
        if stage.sim.log().iter().filter(|one| is_creation(one)).count() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the child posts nothing");
}

/// Kills without warning.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Numbers that look like chance, the same in every run (SplitMix64).
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

async fn a_process_killed_between_a_creation_and_its_answer_doubles_nothing(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.sim.add_fault(Fault::always(Effect::DelayAfter { ms: 1_000 }).on_method("POST").on_path("/contacts"));
    let running = child(&stage);
    // The log has a request when it is answered: here it is only known by what it did.
    for _ in 0..2_000 {
        if stage.names("anna").len() + stage.names("berta").len() + stage.names("carl").len() > 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    kill(running);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let there = stage.names("anna").len();
    assert!(there > 0);
    let open = stage.state("SELECT record_key FROM intent").await;
    assert!(!open.is_empty(), "the intents stand in the ledger before the requests leave");
    assert_eq!(stage.state("SELECT record_key FROM contact").await, Vec::<String>::new());
    stage.sim.clear_faults();
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!((stage.names("anna"), stage.names("berta"), stage.names("carl")), (names(&SOUTH), names(&SOUTH), names(&NORTH)));
    stage.assert_exactly_once().await;
}

async fn a_creation_that_comes_late_after_a_kill_and_an_immediate_restart_doubles_nothing(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    // The server has the request and is slow; nothing stands there yet when the next process looks.
    stage.sim.add_fault(Fault::always(Effect::DelayBefore { ms: 1_500 }).on_method("POST").on_path("/contacts").on_body("displayName"));
    let running = child(&stage);
    for _ in 0..2_000 {
        if !stage.state("SELECT record_key FROM intent").await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    kill(running);
    stage.sim.clear_faults();
    assert_eq!(stage.names("anna").len(), 6, "the creation is still under way");
    let graph = stage.graph_with(|settings| settings.patience.late = Duration::from_millis(4_000));
    let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
    let report = stage.pass_by(&stage.app().await.unwrap(), &graph, &order, &CancellationToken::new()).await.unwrap();
    assert!(!report.needs_attention(), "{report:#?}");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(stage.names("anna").len(), 7);
    stage.assert_exactly_once().await;
}

async fn a_creation_that_comes_after_its_answer_was_given_up_doubles_nothing(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    stage.sim.add_fault(Fault::next(1, Effect::DelayBefore { ms: 1_200 }).on_method("POST").on_path("/contacts").on_body("displayName"));
    let graph = stage.graph_with(|settings| {
        settings.call_timeout = Duration::from_millis(300);
        settings.patience.late = Duration::from_millis(4_000);
    });
    let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
    let report = stage.pass_by(&stage.app().await.unwrap(), &graph, &order, &CancellationToken::new()).await.unwrap();
    assert!(!report.needs_attention(), "{report:#?}");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(stage.names("anna").len(), 7);
    stage.assert_exactly_once().await;
}

async fn copies_that_are_found_when_a_creation_is_looked_up_are_purged(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    let original = stage.contact("anna", "Max Zorn");
    let (folder, marker) = (stage.folder("anna", FOLDER).unwrap().id, original.extended[CONTACT_MARKER].clone());
    let copy = serde_json::json!({ "displayName": "Max Zorn", "singleValueExtendedProperties": [{ "id": CONTACT_MARKER, "value": marker }] });
    stage.act(Action::CreateContact { mailbox: mail("anna"), folder: Some(folder), contact: copy });
    // As if the process had been killed while it made the contact.
    stage
        .state_sql(
            "INSERT INTO intent (pass_id, user_key, book, mailbox, record_key, act, owned, filled, brought, cleared, made_at)
             SELECT 1, user_key, book, mailbox, record_key, 'create', owned, filled, brought, '', pushed_at FROM contact
             WHERE user_key = 'anna' AND record_key = '101';
             DELETE FROM contact WHERE user_key = 'anna' AND record_key = '101'",
        )
        .await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_exactly_once().await;
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn a_process_killed_again_and_again_at_any_moment_ends_with_every_contact_once(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.crowd(120).await;
    stage.sim.add_fault(Fault::always(Effect::DelayAfter { ms: 8 }).on_path("contact"));
    let seed = std::env::var("STORY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2);
    let mut dice = dice(seed);
    let mut killed = 0;
    for round in 0..10_u64 {
        // What is due changes meanwhile, so that creations, updates and withdrawals are all cut off.
        let (some, note) = (dice(120), dice(1_000));
        stage.sql(&format!("UPDATE person SET notes = 'n{note}' WHERE id LIKE 'm{}%'; DELETE FROM access WHERE person = 'm{some}'", round)).await;
        stage.forget_requests();
        let mut running = child(&stage);
        let wait = Duration::from_millis(150 + dice(600));
        tokio::time::sleep(wait).await;
        if running.try_wait().unwrap().is_none() {
            killed += 1;
            kill(running);
        }
    }
    println!("seed {seed}: {killed} processes killed");
    assert!(killed >= 5, "{killed}");
    stage.sim.clear_faults();
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    stage.assert_exactly_once().await;
    assert_eq!(stage.names("anna"), stage.names("berta"));
    let expected = stage_count(&stage).await;
    assert_eq!(stage.names("anna").len(), expected);
    let report = stage.verify().await;
    assert!(report.folders.iter().all(|folder| !folder.has_changes()), "{report:#?}");
}

/// How many records Anna is due.
async fn stage_count(stage: &Stage) -> usize {
    let report = stage.pass().await;
    of(&report, "anna").figures.matched
}

async fn a_child_posts_before_it_is_killed(base: Base) {
    let stage = Stage::all_on(base).await;
    let mut running = child(&stage);
    posted(&stage, 10).await;
    assert!(running.wait().unwrap().success());
    stage.assert_exactly_once().await;
}

async fn a_second_process_is_told_that_one_is_at_work(base: Base) {
    let stage = Stage::all_on(base).await;
    let app = stage.app().await.unwrap();
    let lock = app.state.lock().await.unwrap();
    let said = stage.failure().await;
    assert!(said.contains(&std::process::id().to_string()), "{said}");
    drop(lock);
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_that_loses_its_lock_ends_early_and_the_next_one_goes_on() {
    let stage = Stage::all_on(Base::Postgres).await;
    stage.crowd(200).await;
    stage.sim.add_fault(Fault::always(Effect::DelayAfter { ms: 200 }).on_method("POST").on_path("/contacts"));
    let stop = CancellationToken::new();
    let pass = stage.try_pass(PassKind::Full, false, &stop);
    let break_lock = async {
        posted(&stage, 5).await;
        stage
            .state_sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 1097097812 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
            .await;
    };
    let (ended, ()) = tokio::join!(pass, break_lock);
    let said = ended.unwrap_err();
    assert!(said.contains("kept other processes from the state database was lost"), "{said}");
    let before = stage.names("anna").len();
    assert!(before < 206, "it ended early");
    stage.sim.clear_faults();
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("anna").len(), 206);
    stage.assert_exactly_once().await;
}

async fn after_the_loss_of_the_state_database_folders_are_taken_over_by_their_marks(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    let (folder, id) = (stage.folder("anna", FOLDER).unwrap().id, stage.contact("anna", "Eva Abel").immutable_id);
    let gone = stage.contact("anna", "Jan Öztürk").immutable_id;
    stage.lose_state().await;
    stage.sql("UPDATE person SET notes = 'neu' WHERE id = '100'; DELETE FROM person WHERE id = '105'; DELETE FROM access WHERE person = '103'").await;
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.folder("anna", FOLDER).unwrap().id, folder);
    assert_eq!(stage.contact("anna", "Eva Abel").immutable_id, id);
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Max Zorn", "Pia Lang"]);
    assert_eq!(stage.contact("anna", "Ida Österle").fields["personalNotes"], "neu");
    stage.assert_purged("anna", &gone);
    assert_eq!(stage.names("carl"), ["Pia Lang", "Rosa Binder", "Tom Weiß"]);
    stage.assert_exactly_once().await;
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), []);
}

async fn after_the_loss_of_the_state_database_what_lies_elsewhere_is_purged_when_mailboxes_are_read_back(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    let id = stage.contact("anna", "Max Zorn").immutable_id;
    stage.act(adressbote_simulator::Action::MoveContact { mailbox: adressbote_tests::stage::mail("anna"), contact: id.clone(), folder: None });
    stage.lose_state().await;
    stage.pass().await;
    stage.verify().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_purged("anna", &id);
    stage.assert_exactly_once().await;
}

async fn after_the_loss_of_the_state_database_who_is_no_longer_served_keeps_nothing(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    let (hers, his) = (stage.contact("anna", "Eva Abel").immutable_id, stage.contact("carl", "Tom Weiß").immutable_id);
    stage.lose_state().await;
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'; DELETE FROM seat WHERE staff = 'carl'").await;
    stage.sim.add_fault(Fault::always(Effect::answer(503, "ErrorServerBusy")).in_mailbox(&stage.id("carl")));
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "user left"), 6)].into(), "{report:#?}");
    stage.assert_purged("anna", &hers);
    assert!(stage.folder("anna", FOLDER).is_none());
    assert!(report.alarms.iter().any(|alarm| alarm.contains("next pass looks again")), "{report:#?}");
    stage.sim.clear_faults();
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("carl", "no seat"), 4)].into());
    stage.assert_purged("carl", &his);
    assert!(stage.folder("carl", FOLDER).is_none() && !report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("berta"), SOUTH);
    stage.assert_exactly_once().await;
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), []);
}

async fn after_the_loss_of_the_state_database_a_mailbox_that_somebody_else_has_now_is_his(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    stage.lose_state().await;
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'; INSERT INTO staff VALUES ('dora', 'dora', 'anna@firma.example', 1, 1)").await;
    stage.sql("INSERT INTO member VALUES ('dora', 'sued'); INSERT INTO seat VALUES ('dora')").await;
    stage.pass().await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_exactly_once().await;
}

async fn a_state_database_from_yesterday_doubles_nothing(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.sql("DELETE FROM access WHERE person IN ('100', '107')").await;
    stage.pass().await;
    stage.keep_copy_of_state().await;
    // Since then: new contacts, a changed one, one withdrawn, one withdrawn whose coming the backup does not know.
    stage.sql("INSERT INTO access (person, principal) VALUES ('100', 'group:sued'), ('107', 'group:nord'), ('108', 'group:nord'); INSERT INTO abo VALUES ('108', 'group:nord', 'x')").await;
    stage.sql("UPDATE person SET notes = 'neu' WHERE id = '102'; DELETE FROM access WHERE person = '105'").await;
    stage.pass().await;
    assert!(stage.names("carl").contains(&"Kurt Alt".to_owned()));
    stage.bring_back_state().await;
    stage.sql("DELETE FROM abo").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Max Zorn", "Pia Lang", "Udo Kurz"]);
    stage.verify().await;
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Max Zorn", "Pia Lang", "Udo Kurz"]);
    assert_eq!(stage.names("carl"), ["Pia Lang", "Rosa Binder", "Tom Weiß"]);
    assert_eq!(stage.contact("anna", "Eva Abel").fields["personalNotes"], "neu");
    stage.assert_exactly_once().await;
}

async fn many_new_contacts_after_a_restore_double_nothing_either(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    stage.keep_copy_of_state().await;
    stage.crowd(45).await;
    stage.pass().await;
    stage.bring_back_state().await;
    stage.pass().await;
    assert_eq!(stage.names("anna").len(), 51);
    stage.assert_exactly_once().await;
}

async fn what_a_state_lost_under_a_running_worker_is_not_made_twice(base: Base) {
    let stage = Stage::all_on(base).await;
    let (app, graph, stop) = (stage.app().await.unwrap(), stage.graph(), CancellationToken::new());
    let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
    stage.pass_by(&app, &graph, &order, &stop).await.unwrap();
    // A standby that takes over is out of reach for a moment, and lacks what was written last.
    stage.state_sql("ALTER TABLE contact RENAME TO away").await;
    let said = stage.pass_by(&app, &graph, &order, &stop).await.unwrap_err();
    assert!(said.contains("state database"), "{said}");
    stage.state_sql("ALTER TABLE away RENAME TO contact; DELETE FROM contact WHERE record_key = '101'").await;
    stage.pass_by(&app, &graph, &order, &stop).await.unwrap();
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_another_server_than_before_folders_are_looked_into_again() {
    let stage = Stage::all_on(Base::Postgres).await;
    let (app, graph, stop) = (stage.app().await.unwrap(), stage.graph(), CancellationToken::new());
    let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
    stage.pass_by(&app, &graph, &order, &stop).await.unwrap();
    let anna = app.state.folders().await.unwrap().into_keys().find(|folder| folder.user.as_str() == "anna").unwrap();
    stage.pass_by(&app, &graph, &order, &stop).await.unwrap();
    assert!(app.is_listed(&anna), "the same server, the same folder");
    let server = app.state.lock().await.unwrap().server();
    app.note_server(server.map(|began| began - 1));
    app.note_listed(&anna);
    stage.pass_by(&app, &graph, &order, &stop).await.unwrap();
    assert!(!app.is_listed(&anna), "what the server before was told, this one may not know");
}

/// Brings the copy back, and says so as an operator does.
async fn restore(stage: &Stage) {
    stage.bring_back_state().await;
    let by = By { actor: "admin".to_owned(), why: Some("the disk failed".to_owned()) };
    stage.app().await.unwrap().state.note_restored(&by, chrono::Utc::now()).await.unwrap();
}

async fn after_a_restore_a_copy_that_the_backup_does_not_know_leaves_with_its_right(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    stage.keep_copy_of_state().await;
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    stage.pass().await;
    let copy = stage.contact("anna", "Kurt Alt").immutable_id;
    stage.sql("DELETE FROM access WHERE person = '108'").await;
    restore(&stage).await;
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_purged("anna", &copy);
    stage.assert_exactly_once().await;
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), [], "once");
}

async fn after_a_restore_who_came_and_left_since_the_backup_keeps_nothing(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'; UPDATE person SET status = 'alt'").await;
    // Berta's mailbox is known, but nothing is due to her yet.
    stage.pass().await;
    stage.keep_copy_of_state().await;
    stage.sql("UPDATE staff SET active = 1 WHERE id = 'anna'; UPDATE person SET status = 'aktiv'").await;
    stage.pass().await;
    let copies = ["anna", "berta"].map(|user| stage.contact(user, "Eva Abel").immutable_id);
    stage.sql("UPDATE staff SET active = 0 WHERE id IN ('anna', 'berta')").await;
    restore(&stage).await;
    stage.pass().await;
    for (user, copy) in ["anna", "berta"].into_iter().zip(copies) {
        stage.assert_purged(user, &copy);
        assert!(stage.folder(user, FOLDER).is_none(), "{user}");
    }
    assert!(!stage.names("carl").is_empty());
    stage.assert_exactly_once().await;
}

async fn after_a_restore_a_pass_is_not_through_before_every_folder_was_looked_into(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    stage.keep_copy_of_state().await;
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    stage.pass().await;
    stage.sql("DELETE FROM access WHERE person = '108'").await;
    restore(&stage).await;
    let (app, graph, stop) = (stage.app().await.unwrap(), stage.graph(), CancellationToken::new());
    let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
    stage.sim.add_fault(Fault::always(Effect::answer(503, "ErrorServerBusy")).in_mailbox(&stage.id("anna")));
    let report = stage.pass_by(&app, &graph, &order, &stop).await.unwrap();
    assert!(report.alarms.iter().any(|alarm| alarm.contains("1 folders could not be looked into")), "{report:#?}");
    assert!(app.state.restored_after().await.unwrap().is_some());
    stage.sim.clear_faults();
    stage.forget_requests();
    stage.pass_by(&app, &graph, &order, &stop).await.unwrap();
    assert_eq!((stage.names("anna"), app.state.restored_after().await.unwrap()), (names(&SOUTH), None));
    assert_eq!(stage.requests_to("berta"), [], "hers was looked into before");
    stage.assert_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_lost_its_lock_while_it_wrote_does_not_have_the_last_word() {
    let stage = Stage::all_on(Base::Postgres).await;
    stage.pass().await;
    stage.sql("UPDATE person SET notes = 'alt' WHERE id = '100'").await;
    stage.sim.add_fault(Fault::next(1, Effect::DelayBefore { ms: 4_000 }).on_method("PATCH").in_mailbox(&stage.id("anna")));
    let stop = CancellationToken::new();
    let first = stage.try_pass(PassKind::Full, false, &stop);
    let second = async {
        while stage.state("SELECT record_key FROM intent WHERE user_key = 'anna'").await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        stage.sql("UPDATE person SET notes = 'neu' WHERE id = '100'").await;
        stage
            .state_sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 1097097812 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
            .await;
        stage.pass().await
    };
    let (first, report) = tokio::join!(first, second);
    assert!(first.is_err() && !report.needs_attention(), "{report:#?}");
    assert_eq!(stage.contact("anna", "Ida Österle").fields["personalNotes"], "neu");
    stage.assert_exactly_once().await;
}
