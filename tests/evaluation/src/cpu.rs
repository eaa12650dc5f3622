//! What processes have used: CPU time and memory, as Linux tells it under `/proc`.

use anyhow::Context as _;

use crate::baseline::Crm;

/// How many of its ticks Linux counts in a second for programs, on every machine that it runs on here.
const TICKS: f64 = 100.0;

/// Where the words behind a process's name tell its parent, what it used, and what its children used that have ended; both for themselves and in the kernel.
const PARENT: usize = 1;
const ITS_OWN: usize = 11;
const ENDED: usize = 13;

/// The CPU seconds that a process has used so far, in it and in the kernel; none: this process. Exact to a hundredth of a second.
///
/// # Errors
/// That there is no such process, or no `/proc`.
pub fn seconds(process: Option<i32>) -> anyhow::Result<f64> {
    used(&words(process)?, ITS_OWN)
}

/// CPU time since it was begun, of this process and of a database's server. Looking at the server is not counted.
pub struct Meter<'c> {
    crm: &'c Crm,
    server: f64,
    own: f64,
}

impl<'c> Meter<'c> {
    /// Begins to count.
    ///
    /// # Errors
    /// See [`of_server`].
    pub fn begin(crm: &'c Crm) -> anyhow::Result<Self> {
        let server = of_server(crm)?;
        Ok(Self { crm, server, own: seconds(None)? })
    }

    /// The CPU seconds since, for one of so many times.
    ///
    /// # Errors
    /// See [`of_server`].
    pub fn read(&self, times: u32) -> anyhow::Result<f64> {
        let own = seconds(None)? - self.own;
        Ok((own + of_server(self.crm)? - self.server) / f64::from(times))
    }
}

/// The CPU seconds that all connections of a database's server, those that have ended among them, used so far; nothing for a file.
///
/// # Errors
/// That the server is not on this machine.
pub fn of_server(crm: &Crm) -> anyhow::Result<f64> {
    let Crm::Postgres(_, backend) = crm else { return Ok(0.0) };
    let server = words(Some(*backend))?.get(PARENT).copied().context("the server's process is not told")?;
    let mut all = used(&words(Some(i32::try_from(server)?))?, ENDED)?;
    for entry in std::fs::read_dir("/proc").context("/proc could not be read")? {
        let Some(process) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        // What the server does for itself has a title without an address.
        let is_connection = |process: i32| std::fs::read_to_string(format!("/proc/{process}/cmdline")).is_ok_and(|title| title.contains('('));
        if let Some(words) = words(Some(process)).ok().filter(|words| words.get(PARENT) == Some(&server) && is_connection(process)) {
            all += used(&words, ITS_OWN)?;
        }
    }
    Ok(all)
}

/// The seconds of two words.
fn used(words: &[i64], from: usize) -> anyhow::Result<f64> {
    let ticks = words.get(from..from + 2).context("Linux does not tell the time that a process used")?;
    Ok(ticks.iter().sum::<i64>() as f64 / TICKS)
}

/// What Linux tells of a process, behind its name, which may hold anything; none: this process.
fn words(process: Option<i32>) -> anyhow::Result<Vec<i64>> {
    let path = process.map_or("/proc/self/stat".to_owned(), |process| format!("/proc/{process}/stat"));
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} could not be read"))?;
    let (_, words) = text.rsplit_once(')').with_context(|| format!("{path} is not as it should be"))?;
    Ok(words.split_whitespace().map(|word| word.parse().unwrap_or(0)).collect())
}

/// The most memory that this process has had at once, in bytes.
///
/// # Errors
/// That there is no `/proc`.
pub fn peak_memory() -> anyhow::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status").context("/proc/self/status could not be read")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("/proc/self/status does not tell the most memory used")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().context("/proc/self/status does not tell the most memory used")?;
    Ok(kilobytes * 1_024)
}
