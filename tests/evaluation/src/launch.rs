//! Measuring the product in processes of its own that have just begun, some more for what the worker and changed records take, and putting the figures together.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use crate::baseline::{Crm, Measured};
use crate::changes::Changes;
use crate::cpu;
use crate::product::{Run, times};
use crate::report::Product;
use crate::worker::Rest;
use crate::world::{Size, User, World};

/// Of how many runs from the beginning the one in the middle is told.
const COLD_RUNS: usize = 3;

/// How the product is started in a process of its own.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The arguments that say which CRM it is about.
    pub arguments: Vec<String>,
    /// A folder for the ledger and what it tells.
    pub folder: PathBuf,
}

impl Launch {
    /// Starts one process; gives what it told, and the CPU seconds of the database's server.
    fn once(&self, crm: &Crm, sample: usize, leaves: &str) -> anyhow::Result<(Run, f64)> {
        let told = self.folder.join("run.json");
        let server = cpu::of_server(crm)?;
        let status = Command::new(std::env::current_exe()?)
            .args(&self.arguments)
            .args(["--product", leaves, "--sample", &sample.to_string(), "--json"])
            .arg(&told)
            .status()
            .context("the product could not be started")?;
        anyhow::ensure!(status.success(), "the product ended with {status}");
        // The server notes what a connection has used when it has ended.
        std::thread::sleep(Duration::from_millis(200));
        let used = cpu::of_server(crm)? - server;
        Ok((serde_json::from_str(&std::fs::read_to_string(told)?)?, used))
    }

    /// Starts another part of the measurement in a process of its own; none if it failed, which is told at once.
    fn apart<T: serde::de::DeserializeOwned>(&self, part: &str) -> anyhow::Result<Option<T>> {
        let told = self.folder.join("run.json");
        let mut process = Command::new(std::env::current_exe()?);
        let status =
            process.args(&self.arguments).args([part, "--json"]).arg(&told).status().with_context(|| format!("{part} could not be started"))?;
        if !status.success() {
            eprintln!("{part} ended with {status}: its figures are missing");
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&std::fs::read_to_string(told)?)?))
    }

    /// Measures the product: against a ledger in which no folder differs, and against one in which every folder differs a little. `expected` are the keys due to
    /// the users of the sample.
    ///
    /// # Errors
    /// What a process says against it.
    pub fn measure(&self, world: &World, crm: &Crm, expected: &[Vec<String>]) -> anyhow::Result<Product> {
        let cold = |runs: usize| (0..runs).map(|_| self.once(crm, expected.len(), "nothing")).collect::<anyhow::Result<Vec<_>>>();
        self.once(crm, 0, "due")?;
        let same = Runs { world, runs: cold(COLD_RUNS)? };
        self.once(crm, 0, "altered")?;
        let differing = Runs { world, runs: cold(times(world.size, COLD_RUNS))? };
        let worker: Option<Rest> = self.apart("--worker")?;
        let changes: Option<Changes> = self.apart("--changes")?;
        let users = world.users.iter().filter(|user| is_served(user)).count();
        for (run, _) in &same.runs {
            anyhow::ensure!(run.differing == (0, 0), "folders that nobody changed differ: {:?}", run.differing);
        }
        for (run, _) in &differing.runs {
            anyhow::ensure!(run.differing.0 <= users && run.differing.0 == run.differing.1, "{:?} differ", run.differing);
        }
        let are_expected = same.runs.iter().chain(&differing.runs).all(|(run, _)| run.keys == expected);
        let deciding = differing.middle(|run, _| (run.deciding_cpu_seconds, 0.0));
        let [all, none] = [&differing, &same].map(|runs| runs.warm().0 - runs.middle(|run, _| (run.deciding_cpu_seconds, 0.0)).0);
        Ok(Product {
            identical: changes.as_ref().map(|changes| changes.is_alike && are_expected),
            cold: Some(differing.phase("product, cold, all folders differ", Runs::whole)),
            warm: Some(differing.loaded("product, loaded, all folders differ")),
            load_wall_seconds: Some(differing.middle(|run, _| (run.wall_seconds[0], 0.0)).0),
            one_user_ms: Some(deciding.0 * 1_000.0 / users.max(1) as f64),
            comparing_cpu_seconds: Some((all.max(0.0), none.max(0.0))),
            no_change_ms: worker.as_ref().map(|worker| worker.no_change_ms),
            no_change_statements: worker.as_ref().and_then(|worker| worker.no_change_statements),
            worker,
            changed_1_ms: changes.as_ref().and_then(|changes| changes.ms(1)),
            changed_100_ms: changes.as_ref().and_then(|changes| changes.ms(100)),
            changes,
            peak_memory: differing.runs.iter().map(|(run, _)| run.peak_memory).max(),
            phases: vec![
                differing.phase("  reading: the server's part", |_, server| (server, 0.0)),
                differing.phase("  reading: ours", |run, _| (run.cpu_seconds[0], run.wall_seconds[0])),
                differing.phase("  making the index", |run, _| (run.cpu_seconds[1], run.wall_seconds[1])),
                differing.phase("  deciding and comparing", |run, _| (run.cpu_seconds[2], run.wall_seconds[2])),
                same.phase("product, cold, no folder differs", Runs::whole),
                same.loaded("product, loaded, no folder differs"),
            ],
        })
    }
}

/// Runs of the product from the beginning, each with the CPU seconds of the database's server.
struct Runs<'w> {
    world: &'w World,
    runs: Vec<(Run, f64)>,
}

impl Runs<'_> {
    fn whole(run: &Run, server: f64) -> (f64, f64) {
        (run.cpu_seconds.iter().sum::<f64>() + server, run.wall_seconds.iter().sum())
    }

    /// CPU seconds and those by the wall of something: see [`middle`].
    fn middle(&self, of: fn(&Run, f64) -> (f64, f64)) -> (f64, f64) {
        middle(self.world.size, self.runs.iter().map(|(run, server)| of(run, *server)).collect())
    }

    fn warm(&self) -> (f64, f64) {
        let all = self.runs.iter().map(|(run, _)| middle(self.world.size, run.warm_seconds.clone())).collect();
        middle(self.world.size, all)
    }

    fn phase(&self, name: &str, of: fn(&Run, f64) -> (f64, f64)) -> Measured {
        self.measured(name, self.middle(of), self.runs.len())
    }

    fn loaded(&self, name: &str) -> Measured {
        self.measured(name, self.warm(), self.runs.iter().map(|(run, _)| run.warm_seconds.len()).sum())
    }

    fn measured(&self, name: &str, (cpu, wall): (f64, f64), runs: usize) -> Measured {
        let users = self.world.users.len();
        // The sum of all runs where it is of the mean that is told.
        let times = if self.world.size.is_summed() { runs } else { 1 };
        Measured {
            name: name.to_owned(),
            cpu_seconds: Some(cpu * times as f64),
            wall_seconds: wall * times as f64,
            users_done: users * times,
            users_total: users,
            runs: runs / times,
            rows: (self.runs.first().map_or(0, |(run, _)| run.due) * times) as u64,
            ..Measured::default()
        }
    }
}

/// The one in the middle by CPU time, or the mean where a sum is told.
fn middle(size: Size, mut laps: Vec<(f64, f64)>) -> (f64, f64) {
    let count = laps.len();
    if size.is_summed() {
        let (cpu, wall) = laps.into_iter().fold((0.0, 0.0), |(cpu, wall), lap| (cpu + lap.0, wall + lap.1));
        return (cpu / count.max(1) as f64, wall / count.max(1) as f64);
    }
    laps.sort_by(|left, right| left.0.total_cmp(&right.0));
    laps.get(count / 2).copied().unwrap_or_default()
}

fn is_served(user: &User) -> bool {
    user.is_active
}
