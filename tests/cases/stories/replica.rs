//! A CRM that is read from a replica of its server. There is one replica for all, so these stories are told one after the other.

use std::time::Duration;

use adressbote_servers::{Base, Writer, replica};
use adressbote_tests::stage::{NORTH, SOUTH, Stage, of};
use tokio::sync::{Mutex, MutexGuard};

use super::rest::Worker;
use super::server::{CHANGES, Case};

static TURN: Mutex<()> = Mutex::const_new(());

/// A company whose CRM is read from the replica.
async fn case() -> (MutexGuard<'static, ()>, Case) {
    let turn = TURN.lock().await;
    let stage = Stage::on(Base::Postgres).await;
    reads_replica(&stage).await;
    (turn, Case::before_changes(stage).await)
}

/// Has the CRM read from the replica, which shows what was written.
async fn reads_replica(stage: &Stage) {
    let (primary, replica) = (stage.served().reader(), stage.served().reader_of_replica());
    stage.configure(&format!("database = \"{primary}\""), &format!("database = \"{replica}\""));
    shows(stage, "replay").await;
}

/// Waits until the replica has received or applied (`receive`, `replay`) what the CRM's server has written.
async fn shows(stage: &Stage, what: &str) {
    let mut primary = stage.writer().await;
    // What is written goes out when it is on the disk, which this waits for.
    primary.run("SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'test', '')").await;
    let written = primary.column("SELECT pg_current_wal_flush_lsn()::text").await.remove(0);
    until(&format!("SELECT 'yes' WHERE pg_last_wal_{what}_lsn() >= '{written}'")).await;
}

/// Waits until a query on the replica gives a row.
async fn until(query: &str) {
    let mut writer = at_replica().await;
    for _ in 0..3_000 {
        if !writer.column(query).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to this: {query}");
}

async fn at_replica() -> Writer {
    Writer::open(Base::Postgres, &replica()).await
}

/// A pass in which everything is in doubt for this reason; nothing is sent.
async fn doubts_everything(case: &Case, why: &str) {
    let report = case.pass().await.unwrap();
    assert_eq!(report.doubts.len(), 15, "{report:#?}");
    assert!(report.doubts.values().all(|doubt| doubt.contains(why)) && report.needs_attention(), "{report:#?}");
    case.nothing_happened();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_is_read_as_its_primary_is() {
    let (_turn, case) = case().await;
    assert_eq!((case.stage.names("anna"), case.stage.names("carl")), (SOUTH.map(str::to_owned).to_vec(), NORTH.map(str::to_owned).to_vec()));
    case.stage.sql(CHANGES).await;
    shows(&case.stage, "replay").await;
    case.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_crm_writes_a_replica_is_read_at_one_moment_or_not_at_all() {
    let (_turn, case) = case().await;
    // Number and place change together, and for all at once.
    let change = |what: u32| format!("UPDATE person SET city = 'Ort {what}'; UPDATE phone SET number = '030 23125 {what:03}' WHERE kind = 'office'");
    case.stage.sql(&change(900)).await;
    shows(&case.stage, "replay").await;
    let writing = async {
        for round in 0..40 {
            case.stage.sql(&change(100 + round)).await;
        }
    };
    let reading = async {
        for _ in 0..4 {
            let report = case.pass().await;
            assert!(report.as_ref().err().is_none_or(|said| said.contains("broke the reading off")), "{report:?}");
            let [ida, zorn] = ["Ida Österle", "Max Zorn"].map(|name| case.stage.contact("anna", name));
            let city = ida.fields["businessAddress"]["city"].as_str().unwrap();
            let number = city.replace("Ort ", "+493023125");
            if city == "Konstanz" {
                continue;
            }
            assert_eq!(zorn.fields["businessAddress"]["city"], city);
            assert!([&ida, &zorn].iter().all(|one| one.fields["businessPhones"][0] == number.as_str()), "{ida:?} {zorn:?}");
        }
    };
    tokio::join!(writing, reading);
    shows(&case.stage, "replay").await;
    assert!(!case.pass().await.unwrap().needs_attention());
    assert_eq!(case.stage.contact("carl", "Tom Weiß").fields["businessAddress"]["city"], "Ort 139");
    case.stage.assert_exactly_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_does_not_apply_what_it_received_is_not_believed() {
    let (_turn, case) = case().await;
    let mut replica = at_replica().await;
    replica.run("SELECT pg_wal_replay_pause()").await;
    until("SELECT 'yes' WHERE pg_get_wal_replay_pause_state() = 'paused'").await;
    case.stage.sql(CHANGES).await;
    shows(&case.stage, "receive").await;
    doubts_everything(&case, "the server is a replica that is behind: what it has received it did not apply within 1 s").await;
    replica.run("SELECT pg_wal_replay_resume()").await;
    case.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_behind_does_not_pass_for_unchanged() {
    let _turn = TURN.lock().await;
    let stage = Worker::logged(Base::Postgres).await;
    reads_replica(&stage).await;
    let worker = Worker::on(stage).await;
    worker.pass().await;
    assert!(!worker.acts().await && !worker.acts().await);
    let mut replica = at_replica().await;
    replica.run("SELECT pg_wal_replay_pause()").await;
    until("SELECT 'yes' WHERE pg_get_wal_replay_pause_state() = 'paused'").await;
    worker.stage.sql("DELETE FROM access WHERE person = '101'; INSERT INTO log VALUES (2, 'rule_access', '101');").await;
    shows(&worker.stage, "receive").await;
    let report = worker.pass().await;
    assert!(report.doubts.values().any(|doubt| doubt.contains("is a replica that is behind")), "{report:#?}");
    replica.run("SELECT pg_wal_replay_resume()").await;
    shows(&worker.stage, "replay").await;
    let report = worker.pass().await;
    assert_eq!(of(&report, "anna").deleted.values().sum::<usize>(), 1);
    assert!(worker.acts().await && !worker.acts().await && !worker.acts().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_lost_its_primary_is_not_believed() {
    let (_turn, case) = case().await;
    let mut replica = at_replica().await;
    let primary = replica.column("SELECT current_setting('primary_conninfo')").await.remove(0).replace('\'', "''");
    for (conninfo, state) in [(String::new(), "NOT EXISTS"), (primary, "EXISTS")] {
        replica.run(&format!("ALTER SYSTEM SET primary_conninfo = '{conninfo}'")).await;
        replica.run("SELECT pg_reload_conf()").await;
        until(&format!("SELECT 'yes' WHERE {state} (SELECT 1 FROM pg_stat_wal_receiver)")).await;
        if conninfo.is_empty() {
            case.stage.sql(CHANGES).await;
            doubts_everything(&case, "the server is a replica without a connection to its primary: nobody knows how old its data are").await;
        }
    }
    shows(&case.stage, "replay").await;
    case.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_that_is_in_the_way_of_changes_is_broken_off_and_nothing_is_lost() {
    let (_turn, case) = case().await;
    let case = case.patient().await;
    case.stage.sql(CHANGES).await;
    shows(&case.stage, "replay").await;
    // The reading comes to this one and waits; then the replica must have what the reading holds.
    let mut first = case.stage.writer().await;
    first.run("BEGIN; LOCK TABLE secrecy IN ACCESS EXCLUSIVE MODE").await;
    shows(&case.stage, "receive").await;
    let name = &case.stage.served().name;
    until(&format!(
        "SELECT 'yes' FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = '{name}' AND mode = 'AccessExclusiveLock'"
    ))
    .await;
    let mut second = case.stage.writer().await;
    let breaking = async {
        until(&format!("SELECT 'yes' FROM pg_stat_activity WHERE usename = '{name}' AND wait_event_type = 'Lock'")).await;
        second.run("BEGIN; LOCK TABLE staff IN ACCESS EXCLUSIVE MODE").await;
        shows(&case.stage, "receive").await;
    };
    tokio::join!(case.fails(&["is a replica and broke the reading off for changes it had to apply", "every folder stays as it is"]), breaking);
    second.close().await;
    first.close().await;
    shows(&case.stage, "replay").await;
    case.goes_on().await;
}
