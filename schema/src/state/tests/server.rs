//! The schema on a server: made, recognised, refused; what the server says when it does not let us.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::*;

async fn home() -> Home {
    Home::new(Base::Postgres).await
}

async fn refused(home: &Home) -> StateError {
    home.open(1).await.unwrap_err()
}

#[tokio::test]
async fn everything_stands_in_a_schema_of_its_own_and_is_safe_against_power_cuts() {
    let home = home().await;
    home.sql("CREATE TABLE public.person (id integer)").await;
    let state = home.open(0).await.unwrap();
    let mut change = state.change().await.unwrap();
    let sql = "SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation'), current_setting('search_path')";
    let settings: (String, String, String) = query(sql).fetch_one(&mut change).await.unwrap();
    assert_eq!(settings, ("on".to_owned(), "read committed".to_owned(), "adressbote".to_owned()));
    let sql = "SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'";
    let (others,): (i64,) = query(sql).fetch_one(&mut change).await.unwrap();
    assert_eq!(others, 1, "nothing of ours is in `public`");
    drop(change);
    let installation = state.installation().await.unwrap();
    state.close().await;
    assert_eq!(home.open(9).await.unwrap().installation().await.unwrap(), installation);
}

#[tokio::test]
async fn the_schema_of_another_program_is_refused_and_left_as_it_is() {
    for thing in ["CREATE TABLE adressbote.party (id integer)", "CREATE FUNCTION adressbote.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"] {
        let home = home().await;
        home.sql(thing).await;
        let error = refused(&home).await;
        assert!(matches!(error, StateError::ForeignSchema { .. }), "{error:?}");
        home.sql("DO $$ BEGIN IF to_regclass('adressbote._sqlx_migrations') IS NOT NULL THEN RAISE EXCEPTION 'changed'; END IF; END $$").await;
    }
}

#[tokio::test]
async fn who_may_make_a_schema_makes_it_and_who_may_not_is_told_what_to_ask_for() {
    let home = home().await;
    home.sql("DROP SCHEMA adressbote").await;
    let error = refused(&home).await;
    let grant = format!("CREATE SCHEMA adressbote AUTHORIZATION \"{}\"", home.account());
    assert!(matches!(error, StateError::NoRight { .. }) && error.to_string().contains(&grant), "{error:?}");
    home.sql("CREATE SCHEMA adressbote").await;
    assert!(matches!(refused(&home).await, StateError::NoRight { .. }), "the schema is somebody else's");
    let Home::Server(served) = &home else { panic!("no server") };
    home.sql(&format!("DROP SCHEMA adressbote; GRANT CREATE ON DATABASE {} TO {}", served.name, home.account())).await;
    home.open(1).await.unwrap();
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_why_and_never_the_password() {
    let home = home().await;
    let Home::Server(served) = &home else { panic!("no server") };
    let url = Base::Postgres.url(&served.account(), &served.name);
    let with = |url: &str, password: &str| url.parse::<Address>().unwrap().with_password(Some(password.into()));
    let error = State::open(&with(&url, "hunter2"), at(0)).await.unwrap_err();
    assert!(matches!(&error, StateError::Login { user, .. } if *user == served.account()), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let missing = Base::Postgres.url(&served.account(), "no_such_database");
    let error = State::open(&with(&missing, PASSWORD), at(0)).await.unwrap_err();
    assert!(matches!(error, StateError::NoDatabase { .. }), "{error:?}");
    let error = State::open(&with("postgres://anna@127.0.0.1:9/adressbote", PASSWORD), at(0)).await;
    let began = Instant::now();
    assert!(matches!(error, Err(StateError::Unreachable { .. })), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "at once");
    let error = State::open(&with(&format!("{url}?sslmode=verify-full"), PASSWORD), at(0)).await.unwrap_err();
    assert!(matches!(error, StateError::Tls { .. }), "{error:?}");
    let error = State::open(&"mysql://anna@localhost/adressbote".parse().unwrap(), at(0)).await.unwrap_err();
    assert!(matches!(error, StateError::Mysql), "{error:?}");
    let state = State::open(&reader(served), at(0)).await.unwrap();
    assert!(!format!("{state:?} {}", state.place()).contains(PASSWORD));
}

#[tokio::test]
async fn a_standby_takes_no_state() {
    let home = home().await;
    home.open(0).await.unwrap();
    home.sql(&format!("ALTER ROLE {} SET default_transaction_read_only = on", home.account())).await;
    let error = refused(&home).await;
    assert!(matches!(error, StateError::Standby(_)), "{error:?}");
}

#[tokio::test]
async fn a_right_that_was_taken_away_is_told() {
    let home = home().await;
    let state = home.open(0).await.unwrap();
    home.sql(&format!("ALTER TABLE adressbote.book OWNER TO tester; REVOKE ALL ON adressbote.book FROM {}", home.account())).await;
    let error = state.note_book(&book("customers"), 30, at(1)).await.unwrap_err();
    assert!(matches!(error, StateError::Forbidden(_)), "{error:?}");
}

#[tokio::test]
async fn whoever_waits_too_long_for_another_change_is_told() {
    let home = home().await;
    let (first, second) = (home.open(0).await.unwrap(), home.open(0).await.unwrap());
    let change = first.change().await.unwrap();
    let error = second.note_book(&book("customers"), 30, at(1)).await.unwrap_err();
    assert!(matches!(error, StateError::Busy(_)), "{error:?}");
    drop(change);
    second.note_book(&book("customers"), 30, at(1)).await.unwrap();
}

#[tokio::test]
async fn whoever_waits_too_long_for_his_own_process_is_not_told_that_the_server_is_away() {
    let home = home().await;
    let state = home.open(0).await.unwrap();
    let super::super::open::Pools::Postgres(pools) = state.pools() else { panic!("no server") };
    let change = state.change().await.unwrap();
    let told = pools.not_lent(&pools.write, sqlx::Error::PoolTimedOut);
    assert!(matches!(told, StateError::Busy(_)), "{told:?}");
    change.commit().await.unwrap();
    while pools.write.num_idle() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let told = pools.not_lent(&pools.write, sqlx::Error::PoolTimedOut);
    assert!(matches!(told, StateError::Unreachable { .. }), "{told:?}");
}

#[tokio::test]
async fn a_lost_connection_is_told_and_made_anew() {
    let home = home().await;
    let state = home.open(0).await.unwrap();
    let mut change = state.change().await.unwrap();
    home.sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").await;
    let error = StateError::from(query("SELECT number FROM writer").fetch_one::<(i64,)>(&mut change).await.unwrap_err());
    assert!(matches!(error, StateError::Lost(_)), "{error:?}");
    drop(change);
    state.note_book(&book("customers"), 30, at(1)).await.unwrap();
}

/// A wire to the server that can fall silent without a word: what was connected by then hears nothing more, and is not told that it is cut off.
struct Wire {
    near: SocketAddr,
    connected: Arc<AtomicUsize>,
    silent: Arc<AtomicUsize>,
}

impl Wire {
    fn to(far: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (near, connected, silent) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let wire = Self { near, connected: connected.clone(), silent: silent.clone() };
        std::thread::spawn(move || {
            for here in listener.incoming() {
                let (here, there) = (here.unwrap(), TcpStream::connect(&far).unwrap());
                let number = connected.fetch_add(1, Ordering::SeqCst);
                for (from, to) in [(here.try_clone().unwrap(), there.try_clone().unwrap()), (there, here)] {
                    let silent = silent.clone();
                    std::thread::spawn(move || carry(from, to, || silent.load(Ordering::SeqCst) > number));
                }
            }
        });
        wire
    }

    fn fall_silent(&self) {
        self.silent.store(self.connected.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, is_silent: impl Fn() -> bool) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        if !is_silent() && to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    while is_silent() {
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_in_a_change_keeps_nobody_waiting_for_long() {
    let home = home().await;
    let Home::Server(served) = &home else { panic!("no server") };
    let url = Base::Postgres.url(&served.account(), &served.name);
    let far = url.split_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
    let wire = Wire::to(far.clone());
    let address = url.replace(&far, &wire.near.to_string()).parse::<Address>().unwrap().with_password(Some(PASSWORD.into()));
    let state = State::open(&address, at(0)).await.unwrap();
    let change = state.change().await.unwrap();
    wire.fall_silent();
    drop(change);
    // The server lets go of it when it learns that its client is gone; here it never would.
    home.sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").await;
    let began = Instant::now();
    state.note_book(&book("customers"), 30, at(1)).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
