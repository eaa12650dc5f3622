//! The program: configuration, worker, Graph, delivery, command line.

pub mod graph;
