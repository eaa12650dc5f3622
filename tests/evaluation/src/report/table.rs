//! The table for people.

use std::fmt::Write as _;

use super::{MOST_MS, Report};
use crate::baseline::{Dialect, Measured};
use crate::cpu;

impl Report {
    /// The figures as a table, and what was sampled.
    ///
    /// # Errors
    /// That there is no `/proc`.
    pub fn table(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        let (size, baseline) = (self.size, &self.baseline);
        let database = match self.database {
            Dialect::Sqlite => "SQLite",
            Dialect::Postgres => "PostgreSQL",
        };
        // INVARIANT: writing to a String does not fail.
        _ = writeln!(text, "size {}: {} records, {} users, {} groups; {database}\n", size.name(), size.records(), size.users(), size.groups());
        _ = writeln!(
            text,
            "{:32} {:>10} {:>8} {:>10} {:>10} {:>8} {:>10} {:>9}  sample",
            "phase", "CPU s all", "times", "wall s all", "ms/user", "client", "rows", "MB"
        );
        for one in self.measured() {
            line(&mut text, one, self.ratio(Some(one)));
        }
        if let Some(copied) = &self.copied {
            let (cpu, wall, megabytes) = (copied.cpu_seconds, copied.wall_seconds, copied.bytes as f64 / 1e6);
            _ = writeln!(
                text,
                "{:32} {cpu:>10.2} {:>8} {wall:>10.2} {:>10} {:>8} {:>10} {megabytes:>9.1}",
                "bare COPY of what is read", "", "", "", ""
            );
        }
        self.tell_product(&mut text);
        _ = writeln!(text, "\nthe best query by shape of filter:");
        for (shape, part) in &baseline.best.parts {
            let cost = part.cpu_seconds * 1_000.0 / part.users.max(1) as f64;
            _ = writeln!(text, "  {:10} {:12} {cost:>8.2} ms CPU per user, {} asked", shape.name(), part.way, part.users);
        }
        let folder = |percent: usize| baseline.folders.get(baseline.folders.len() * percent / 100).copied().unwrap_or(0);
        _ = writeln!(text, "\nrecords due to a user: {} at 10 %, {} at 50 %, {} at 90 % of the users", folder(10), folder(50), folder(90));
        _ = writeln!(text, "for {} users all ways gave the same records in the same order", baseline.agreed);
        if self.is_void() {
            _ = writeln!(text, "the baseline needs more than {MOST_MS} ms CPU per user: the ratios are void, it is to be written better");
        }
        _ = writeln!(
            text,
            "times: how often it goes into what the best query needs; rows and MB: of the sample, of the product the contacts due\n\
             peak memory of the process that asks the queries: {:.0} MB",
            cpu::peak_memory()? as f64 / 1e6
        );
        if cfg!(debug_assertions) {
            _ = writeln!(text, "this program was built as tests are: what the product needs here says nothing");
        }
        Ok(text)
    }

    /// What the product needed beside its phases.
    fn tell_product(&self, text: &mut String) {
        let product = &self.product;
        _ = writeln!(
            text,
            "the product: {} ms CPU to decide for one user; comparing takes {} s CPU where all folders differ, {} s where none does; reading by the wall {} times a \
             bare COPY; at most {} MB at once",
            number(product.one_user_ms, 3),
            number(product.comparing_cpu_seconds.map(|(all, _)| all), 2),
            number(product.comparing_cpu_seconds.map(|(_, none)| none), 2),
            number(self.ratio_load(), 2),
            number(product.peak_memory.map(|bytes| bytes as f64 / 1e6), 0),
        );
        for step in self.product.changes.iter().flat_map(|changes| &changes.steps) {
            _ = writeln!(
                text,
                "{} changed: {:.1} ms until it is known whom it concerns, {:.1} ms until the plans of {} folders stand ({} changes), by the wall, median of {}",
                step.changed, step.finding_ms, step.all_ms, step.folders, step.planned, step.runs
            );
        }
        if let Some(worker) = &self.product.worker {
            let (megabytes, statements) =
                (worker.peak_memory as f64 / 1e6, worker.no_change_statements.map_or(String::new(), |count| format!(" and {count} statements")));
            _ = writeln!(
                text,
                "\nthe worker as it runs, over everything, serving {} users with {} contacts (its Graph is the simulator, in the same process): a pass that reads all and finds \
                 nothing to do {:.1} s CPU, {:.1} s by the wall; a pass without change {:.2} ms CPU{statements}; one for one user alone {:.1} ms; \
                 {megabytes:.0} MB",
                worker.served, worker.standing, worker.whole_cpu_seconds, worker.whole_wall_seconds, worker.no_change_ms, worker.one_user_ms
            );
            _ = writeln!(
                text,
                "asked there about one user, CPU: why a record is in his folder {:.1} ms, what his folder is to be {:.1} ms, what would change in it {:.1} ms",
                worker.explain_ms, worker.preview_ms, worker.plan_ms
            );
        }
    }
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
}

fn line(text: &mut String, one: &Measured, ratio: Option<f64>) {
    let cpu = one.cpu_seconds.map(|seconds| one.scaled(seconds));
    let client = one.client_cpu_seconds.map(|seconds| seconds * 1_000.0 / one.users_done.max(1) as f64);
    let runs = match one.runs {
        1 if one.users_done <= one.users_total => ", one run".to_owned(),
        1 => String::new(),
        runs => format!(", median of {runs}"),
    };
    let sample = match one.users_done {
        done if done == one.users_total => "all users".to_owned(),
        done if done < one.users_total => format!("{done} of {} users, scaled", one.users_total),
        done => format!("all users, {} times", done / one.users_total.max(1)),
    };
    _ = writeln!(
        text,
        "{:32} {:>10} {:>8} {:>10.2} {:>10} {:>8} {:>10} {:>9}  {sample}{runs}",
        one.name,
        number(cpu, 2),
        number(ratio, 1),
        one.scaled(one.wall_seconds),
        number(one.cpu_ms_per_user(), 2),
        number(client, 2),
        one.rows,
        number((one.bytes > 0).then_some(one.bytes as f64 / 1e6), 1),
    );
}
