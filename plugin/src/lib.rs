//! The program: configuration, worker, Graph, delivery, command line.
//!
//! What is decided rests on `adressbote-rules`, every statement of SQL on `adressbote-schema`. Start reading at [`worker::pass`].

pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod graph;
pub mod graph_settings;
pub mod key_file;
pub mod marker;
mod near;
pub mod worker;
