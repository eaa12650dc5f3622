//! Whatever the CRM's people do, reading the records of which something changed gives in the end what reading everything gives.

use std::fmt::Write;

use adressbote_servers::{Base, on_each_database};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::touched::{Watcher, told};

on_each_database!(edits_of_all_kinds_add_up,);

const STEPS: u32 = 60;

/// Someone who edits the CRM and writes down what he did.
struct Editor {
    dice: ChaCha8Rng,
    /// The last key and the last number of the log that was given.
    last: (u32, u32),
}

impl Editor {
    fn below(&mut self, end: u32) -> u32 {
        self.dice.next_u32() % end
    }

    /// A record, perhaps one that is gone or never was.
    fn person(&mut self) -> u32 {
        let (last, _) = self.last;
        100 + self.below(last - 98)
    }

    fn principal(&mut self) -> &'static str {
        ["user:1", "user:2", "group:1", "group:2", "everyone"][self.below(5) as usize]
    }

    fn key(&mut self) -> u32 {
        self.last.0 += 1;
        self.last.0
    }

    /// Something that is done to one or two records, with the relations and records that it touches.
    fn edit(&mut self) -> (String, Vec<(&'static str, u32)>) {
        let (one, other, key, principal) = (self.person(), self.person(), self.key(), self.principal());
        match self.below(14) {
            0 => {
                let insert = format!("INSERT INTO person VALUES ({key}, 'Neu{key}', 'Ada', '1990-01-02', 2.5, 1, 7)");
                (insert, vec![("view", key), ("part_company", key)])
            }
            1 => (format!("DELETE FROM person WHERE id = {one}"), vec![("view", one), ("part_company", one)]),
            2 | 3 => (format!("UPDATE person SET last_name = 'N{key}', revenue = {key}.25 WHERE id = {one}"), vec![("view", one)]),
            4 => (format!("UPDATE person SET company = 7 WHERE id = {one}"), vec![("part_company", one)]),
            5 => (format!("UPDATE person SET company = NULL WHERE id = {one}"), vec![("part_company", one)]),
            6 => (format!("INSERT INTO phone VALUES ({key}, {one}, 'mobile', '0171 39200 {key}', {key})"), vec![("part_phone", one)]),
            7 => (format!("DELETE FROM phone WHERE person = {one}"), vec![("part_phone", one)]),
            8 => (format!("UPDATE phone SET person = {other} WHERE person = {one}"), vec![("part_phone", one), ("part_phone", other)]),
            9 => {
                let insert = format!("INSERT INTO territory VALUES ({one}, '{principal}', '2020-01-01 00:00:00', NULL)");
                (insert, vec![("rule_territory", one)])
            }
            10 => (format!("DELETE FROM territory WHERE person = {one}"), vec![("rule_territory", one)]),
            11 => (format!("INSERT INTO bar VALUES ({one}, '{principal}')"), vec![("bars", one)]),
            12 => (format!("DELETE FROM bar WHERE person = {one}"), vec![("bars", one)]),
            _ => {
                let turn = format!("DELETE FROM abo WHERE person = {one}; INSERT INTO abo VALUES ({other}, '{principal}', 'anna')");
                (turn, vec![("subscriptions", one), ("subscriptions", other)])
            }
        }
    }

    /// Some edits and what is told of them.
    fn script(&mut self) -> String {
        let mut script = String::new();
        for _ in 0..=self.below(4) {
            let (edit, told) = self.edit();
            write!(script, "{edit}; ").unwrap();
            for (relation, record) in told {
                self.last.1 += 1;
                write!(script, "INSERT INTO log VALUES ({}, '{relation}', {record}); ", self.last.1).unwrap();
            }
        }
        script + "SELECT 1"
    }
}

async fn edits_of_all_kinds_add_up(kind: Base) {
    let mut case = told(kind).await;
    case.replace("profile.toml", "shrink_percent = 40", "shrink_percent = 100");
    let mut watcher = Watcher::new(&case).await;
    let mut editor = Editor { dice: ChaCha8Rng::seed_from_u64(1), last: (110, 1) };
    let mut touched = 0;
    for step in 0..STEPS {
        touched += watcher.touched(&editor.script()).await.len();
        if step % 20 == 19 {
            assert!(watcher.read().await.way.whole.is_empty(), "the memory went forward with it");
        }
    }
    assert!(touched > 60, "{touched}");
}
