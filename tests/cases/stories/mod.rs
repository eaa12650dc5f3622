//! Stories: a CRM changes, users do what users do, Graph misbehaves, processes die; then passes run and mailboxes are compared with what design §3
//! and §7 promise. Everything is real but Microsoft: CRM and state database, HTTP, the worker.

/// Makes of each story two: one with the state in a file, one with the state on a server.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() { super::$name(super::Kind::Sqlite).await; })+ }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() { super::$name(super::Kind::Postgres).await; })+ }
    };
}

mod bad;
mod changed;
mod crash;
mod doubt;
mod faults;
mod fill;
mod mailbox;
mod own;
mod people;
mod record;
mod rights;
mod target;
mod twin;
mod wishes;
