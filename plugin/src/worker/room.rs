//! Whether what is to be read has room in memory: estimated from counts before anything is read, and refused with a sentence, so that not the system ends the
//! program in the middle of something.

use std::collections::BTreeMap;
use std::path::Path;

use adressbote_rules::crm::Relation;
use adressbote_schema::crm::{CrmError, sizes};
use adressbote_schema::profile::Profile;

use crate::app::App;

/// Bytes that a record or part row takes, whatever its columns: its key, its places in snapshot and index, and in what is kept of it between passes.
///
/// With this, [`CELL`] and [`OTHER`] the 200,000 records of 22 columns and 715,000 other rows of the benchmark come to 785 MB; its worker, which keeps rows between
/// passes, had 749 MB at most, and of a million records 2.5 GB of 3.9 (`tests/bench evaluation --size M` and `L`), for its texts repeat more than those of most CRMs.
const ROW: u64 = 500;

/// Bytes that each of its columns takes: a text of common length, its code and its digest.
const CELL: u64 = 120;

/// Bytes that a row of any other relation takes.
const OTHER: u64 = 220;

/// What would not have room.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the CRM has {records} records and {others} rows that speak of them and of people; to decide by them takes about {needed_mb} MB of memory, and {free_mb} MB are free; \
     nothing was read, every folder stays as it is"
)]
pub struct NoRoom {
    records: u64,
    others: u64,
    needed_mb: u64,
    free_mb: u64,
}

/// Why it is not known that there is room.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// There is none.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// The CRM could not be asked.
    #[error(transparent)]
    Crm(#[from] CrmError),
}

/// Looks once in the life of the program whether there is room.
///
/// # Errors
/// [`RoomError`]
pub async fn check(app: &App) -> Result<(), RoomError> {
    if app.has_room() {
        return Ok(());
    }
    if let Some(free) = free() {
        fits(&app.profile, &sizes(&app.profile, &app.source).await?, free)?;
    }
    app.note_room();
    Ok(())
}

/// Whether rows of so many have room in so many bytes.
fn fits(profile: &Profile, sizes: &BTreeMap<Relation, u64>, free: u64) -> Result<(), NoRoom> {
    let columns = |relation: &Relation| {
        let parts = profile.view().parts();
        match relation {
            Relation::View => parts.first(),
            Relation::Part(name) => parts.iter().find(|part| part.name == *name),
            _ => None,
        }
        .map(|part| part.columns.len() as u64)
    };
    let weight = |relation: &Relation| columns(relation).map_or(OTHER, |columns| ROW + CELL * columns);
    let needed = sizes.iter().map(|(relation, rows)| rows.saturating_mul(weight(relation))).fold(0, u64::saturating_add);
    if needed <= free {
        return Ok(());
    }
    let records = sizes.get(&Relation::View).copied().unwrap_or(0);
    let others = sizes.values().sum::<u64>() - records;
    Err(NoRoom { records, others, needed_mb: needed / 1_000_000, free_mb: free / 1_000_000 })
}

/// The bytes that this process may still take: what the system has, and what its control groups leave it. None where Linux does not tell.
fn free() -> Option<u64> {
    let system = read("/proc/meminfo").and_then(|text| Some(named(&text, "MemAvailable:")?.saturating_mul(1_024)));
    let own =
        read("/proc/self/cgroup").and_then(|text| text.lines().find_map(|line| line.strip_prefix("0::")).map(|path| format!("/sys/fs/cgroup{path}")));
    // In a container the group's own files stand at the root.
    let groups = own.iter().flat_map(|own| Path::new(own).ancestors()).chain([Path::new("/sys/fs/cgroup")]);
    system.into_iter().chain(groups.filter_map(left_in)).min()
}

/// What a control group leaves; what it only keeps of files is given back when it is needed.
fn left_in(group: &Path) -> Option<u64> {
    let text = |name: &str| read(group.join(name));
    let number = |name: &str| text(name)?.trim().parse::<u64>().ok();
    let stat = text("memory.stat").unwrap_or_default();
    let files = ["active_file", "inactive_file"].iter().filter_map(|name| named(&stat, name)).sum();
    Some(number("memory.max")?.saturating_sub(number("memory.current")?.saturating_sub(files)))
}

/// The number behind a name at the beginning of a line.
fn named(text: &str, name: &str) -> Option<u64> {
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    words.into_iter().find(|words| words.first() == Some(&name))?.get(1)?.parse().ok()
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_read_and_what_does_not_is_refused_with_a_sentence() {
        let profile = Profile::embedded("reference").unwrap();
        let sizes = BTreeMap::from([(Relation::View, 1_000_000), (Relation::Holds, 50_000)]);
        let columns = profile.view().parts().first().unwrap().columns.len() as u64;
        let needed = 1_000_000 * (ROW + CELL * columns) + 50_000 * OTHER;
        assert_eq!(fits(&profile, &sizes, needed), Ok(()));
        let refused = fits(&profile, &sizes, needed - 1).unwrap_err();
        assert_eq!((refused.records, refused.others), (1_000_000, 50_000));
        assert!(refused.to_string().contains("1000000 records"), "{refused}");
        assert!(fits(&profile, &BTreeMap::from([(Relation::View, u64::MAX)]), u64::MAX - 1).is_err());
    }

    #[test]
    fn a_control_group_leaves_what_it_does_not_use_and_what_it_keeps_of_files() {
        let group = tempfile::tempdir().unwrap();
        assert_eq!(left_in(group.path()), None);
        for (name, text) in [("memory.max", "1000\n"), ("memory.current", "900\n"), ("memory.stat", "anon 100\nactive_file 300\ninactive_file 500\n")]
        {
            std::fs::write(group.path().join(name), text).unwrap();
        }
        assert_eq!(left_in(group.path()), Some(900));
        std::fs::write(group.path().join("memory.max"), "max\n").unwrap();
        assert_eq!(left_in(group.path()), None, "no limit");
    }
}
