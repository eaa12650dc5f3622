//! What processes have used: CPU time and memory, as Linux tells it under `/proc`.

use anyhow::Context as _;

use crate::baseline::Crm;

/// How many of its ticks Linux counts in a second for programs, on every machine that it runs on here.
const TICKS: f64 = 100.0;

/// The CPU seconds that a process has used so far, in it and in the kernel; none: this process. Exact to a hundredth of a second.
///
/// # Errors
/// That there is no such process, or no `/proc`.
pub fn seconds(process: Option<i32>) -> anyhow::Result<f64> {
    let path = process.map_or("/proc/self/stat".to_owned(), |process| format!("/proc/{process}/stat"));
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} could not be read"))?;
    // The name, in parentheses, may hold anything; user time and system time are the 12th and 13th word behind it.
    let words = text.rsplit_once(')').map(|(_, rest)| rest.split_whitespace()).with_context(|| format!("{path} is not as it should be"))?;
    let ticks: Vec<u64> = words.skip(11).take(2).filter_map(|word| word.parse().ok()).collect();
    anyhow::ensure!(ticks.len() == 2, "{path} does not tell the time used");
    Ok(ticks.iter().sum::<u64>() as f64 / TICKS)
}

/// The CPU seconds that the connections of a database's server which have ended used so far; nothing for a file.
///
/// # Errors
/// That the server is not on this machine.
pub fn of_server(crm: &Crm) -> anyhow::Result<f64> {
    let Crm::Postgres(_, backend) = crm else { return Ok(0.0) };
    let words = |process: i32| -> anyhow::Result<Vec<i64>> {
        let path = format!("/proc/{process}/stat");
        let text = std::fs::read_to_string(&path).with_context(|| format!("{path} could not be read"))?;
        let (_, words) = text.rsplit_once(')').with_context(|| format!("{path} is not as it should be"))?;
        Ok(words.split_whitespace().map(|word| word.parse().unwrap_or(0)).collect())
    };
    // The parent is the 2nd word behind the name; what ended children used, for themselves and in the kernel, the 14th and 15th.
    let server = words(*backend)?.get(1).copied().context("the server's process is not told")?;
    let ended: Vec<i64> = words(i32::try_from(server)?)?.into_iter().skip(13).take(2).collect();
    Ok(ended.iter().sum::<i64>() as f64 / TICKS)
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
