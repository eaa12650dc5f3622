//! Stories: a CRM changes, users do what users do, Graph misbehaves, processes die; then passes run and mailboxes are compared with what design §3
//! and §7 promise. Everything is real but Microsoft: CRM and state database, HTTP, the worker.

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
