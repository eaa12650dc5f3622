//! Stories: a CRM changes, users do what users do, Graph misbehaves, processes die; then passes run and mailboxes are compared with what design §3
//! and §7 promise. Everything is real but Microsoft: CRM and state database, HTTP, the worker. Each story is told with the CRM on each kind of database;
//! those that are of Graph and mailboxes alone, with one.

mod bad;
mod changed;
mod crash;
mod doubt;
mod faults;
mod fill;
mod mailbox;
mod own;
mod people;
mod quiet;
mod record;
mod replica;
mod rest;
mod rights;
mod server;
mod target;
mod touched;
mod twin;
mod wishes;
