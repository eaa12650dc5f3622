//! What the product needs for the same: in a process of its own that has just begun, it reads the CRM, decides for everybody and compares with the ledger.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use adressbote_rules::book::Book;
use adressbote_rules::digest::{Digest, DigestKey};
use adressbote_rules::index::{Builder, Index, Mark, Shelf};
use adressbote_rules::key::{Principal, UserKey};
use adressbote_rules::map::Mapping;
use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Moment;
use adressbote_schema::crm::{Address, CrmSource, Own, Patience, People};
use adressbote_schema::profile::Profile;
use adressbote_schema::state::{Block, BlockDigest, BookKey, FolderKey, Made, MadeOf, MailboxId, RecordNumber, State};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::baseline::{Crm, Measured};
use crate::changes::Changes;
use crate::cpu;
use crate::report::Product;
use crate::worker::Rest;
use crate::world::{CAP, User, World, today};

/// How often what is done with the index loaded is measured.
const WARM_RUNS: usize = 5;

/// Blocks that are read at once.
const PORTION: usize = 500;

/// What a process that evaluates is to leave in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Leaves {
    /// What stands there.
    Nothing,
    /// Every folder as it is due.
    Due,
    /// Every folder with one contact that was made of something else.
    Altered,
}

/// What one process found and needed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Run {
    /// CPU seconds of this process: people and rows read; index made; all decided and compared.
    pub cpu_seconds: [f64; 3],
    /// The same by the clock on the wall.
    pub wall_seconds: [f64; 3],
    /// CPU seconds to decide and compare all again, the median.
    pub warm_cpu_seconds: f64,
    /// The same by the clock on the wall.
    pub warm_wall_seconds: f64,
    /// Milliseconds to decide for one user.
    pub one_user_ms: f64,
    /// The most memory at once, in bytes.
    pub peak_memory: u64,
    /// Folders that differ from the ledger, and contacts in them that do.
    pub differing: (usize, usize),
    /// The contacts due to all.
    pub due: usize,
    /// The keys due to the users of the sample, in order.
    pub keys: Vec<Vec<String>>,
}

/// Where a process finds what it works on.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// The CRM.
    pub crm: &'a str,
    /// The ledger's file.
    pub ledger: &'a Path,
    /// How many users' keys are told.
    pub sample: usize,
    /// What is left in the ledger.
    pub leaves: Leaves,
}

/// Does the whole of it in this process.
///
/// # Errors
/// What the databases say against it, or that the CRM cannot be indexed.
pub async fn run(world: &World, task: &Task<'_>) -> anyhow::Result<Run> {
    let mut clock = Clock::start()?;
    let profile = Profile::load(Path::new(crate::PROFILE)).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let address: Address = task.crm.parse()?;
    let source = CrmSource::open(&address, Patience { statement: Duration::from_secs(600), ..Patience::default() }).await?;
    let state = State::open(&Address::Sqlite(task.ledger.to_owned()), chrono::Utc::now()).await?;
    let (book, own) = (book(&profile, world)?, Own::default());
    let people = People::read(&profile, &source, &own, None).await?;
    let at = Moment { now: today().and_time(chrono::NaiveTime::MIN).and_utc(), today: today() };
    let snapshot = Snapshot::build(people.crm().clone(), at)?;
    let builder = Builder::new(&snapshot, [&book], &DigestKey::new([7; 32]));
    // Nobody was ever taken out of this CRM.
    let (read, builder) = people.hand_on(builder, |_| false).await?;
    let loaded = clock.lap()?;
    anyhow::ensure!(read.doubts.is_empty(), "the CRM is in doubt: {:?}", read.doubts);
    let snapshot = Snapshot::build(read.people, at)?;
    let index = builder.finish(&snapshot)?;
    let built = clock.lap()?;
    let company = Company { world, snapshot: &snapshot, index: &index, book: &book, state: &state };
    let differing = company.compare().await?;
    let decided = clock.lap()?;
    let mut run = Run {
        cpu_seconds: [loaded.0, built.0, decided.0],
        wall_seconds: [loaded.1, built.1, decided.1],
        peak_memory: cpu::peak_memory()?,
        differing,
        ..Run::default()
    };
    if task.leaves != Leaves::Nothing {
        company.leave(task.leaves).await?;
        return Ok(run);
    }
    let mut laps = Vec::new();
    for _ in 0..WARM_RUNS {
        clock.lap()?;
        company.compare().await?;
        laps.push(clock.lap()?);
    }
    laps.sort_by(|left, right| left.0.total_cmp(&right.0));
    (run.warm_cpu_seconds, run.warm_wall_seconds) = laps.get(WARM_RUNS / 2).copied().unwrap_or_default();
    company.tell(task.sample, &mut run, &mut clock)?;
    Ok(run)
}

/// Time since it was looked at last.
struct Clock(f64, Instant);

impl Clock {
    fn start() -> anyhow::Result<Self> {
        Ok(Self(cpu::seconds(None)?, Instant::now()))
    }

    /// CPU seconds and seconds by the wall since.
    fn lap(&mut self) -> anyhow::Result<(f64, f64)> {
        let before = std::mem::replace(self, Self::start()?);
        Ok((self.0 - before.0, self.1.duration_since(before.1).as_secs_f64()))
    }
}

/// The address book that is evaluated.
///
/// # Errors
/// That the profile's mapping does not fit its view.
pub fn book(profile: &Profile, world: &World) -> anyhow::Result<Book> {
    Ok(Book {
        name: "contacts".to_owned(),
        cap: CAP,
        caps: world.caps().into_iter().map(|(principal, cap)| (Principal::new(principal), cap)).collect(),
        bound: None,
        default_filter: None,
        suppressions: Vec::new(),
        is_pinned: false,
        mapping: Mapping::new(profile.mapping(), profile.view())?,
    })
}

/// Everything that deciding takes.
struct Company<'a> {
    world: &'a World,
    snapshot: &'a Snapshot,
    index: &'a Index,
    book: &'a Book,
    state: &'a State,
}

/// The settings under which the blocks were made; they do not change here.
const RECIPE: Digest = Digest([1; 16]);

fn folder(user: &UserKey) -> FolderKey {
    FolderKey { user: user.clone(), book: BookKey::new("contacts"), mailbox: MailboxId::new(format!("mailbox-{user}")) }
}

impl Company<'_> {
    fn shelf(&self) -> anyhow::Result<Shelf<'_>> {
        Shelf::new(self.index, self.snapshot, self.book).context("the index was not made for the book")
    }

    /// Decides for everybody and compares with the ledger: how many folders differ, and how many contacts in them.
    async fn compare(&self) -> anyhow::Result<(usize, usize)> {
        let stored = self.state.block_digests().await?;
        let shelf = self.shelf()?;
        let (mut folders, mut contacts) = (0, 0);
        let mut open: BTreeMap<FolderKey, Vec<Mark>> = BTreeMap::new();
        for user in self.snapshot.users() {
            let Some(viewer) = self.snapshot.viewer(&user.key) else { continue };
            let Some(seer) = shelf.seer(&viewer) else { continue };
            let (chosen, key) = (seer.choose(), folder(&user.key));
            if stored.get(&key).is_some_and(|stored| stored.folder == seer.digest(&chosen) && stored.recipe == RECIPE) {
                continue;
            }
            folders += 1;
            open.insert(key, seer.marks(&chosen));
            if open.len() == PORTION {
                contacts += self.differing(std::mem::take(&mut open)).await?;
            }
        }
        Ok((folders, contacts + self.differing(open).await?))
    }

    /// How many contacts of some folders are to be made, changed or taken away.
    async fn differing(&self, folders: BTreeMap<FolderKey, Vec<Mark>>) -> anyhow::Result<usize> {
        let keys: Vec<FolderKey> = folders.keys().cloned().collect();
        let blocks = self.state.blocks_of(&keys).await?;
        let mut differing = 0;
        for (key, mut marks) in folders {
            marks.sort_unstable();
            let stored = blocks.get(&key).map_or(&[][..], Block::contacts);
            let (mut due, mut held) = (marks.iter().peekable(), stored.iter().peekable());
            while let Some(record) = due.peek().map(|mark| mark.record).into_iter().chain(held.peek().map(|made| made.record.0)).min() {
                let wanted = due.next_if(|mark| mark.record == record).map(|mark| mark.inputs);
                let stands = held.next_if(|made| made.record.0 == record).map(|made| made.of.0);
                differing += usize::from(wanted != stands);
            }
        }
        Ok(differing)
    }

    /// Leaves blocks in the ledger.
    async fn leave(&self, leaves: Leaves) -> anyhow::Result<()> {
        let shelf = self.shelf()?;
        let mut blocks = Vec::new();
        for user in self.snapshot.users() {
            let Some(viewer) = self.snapshot.viewer(&user.key) else { continue };
            let Some(seer) = shelf.seer(&viewer) else { continue };
            let chosen = seer.choose();
            let mut digest = seer.digest(&chosen);
            let mut made: Vec<Made> =
                seer.marks(&chosen).into_iter().map(|mark| Made { record: RecordNumber(mark.record), of: MadeOf(mark.inputs) }).collect();
            if let (Leaves::Altered, Some(one)) = (leaves, made.first_mut()) {
                one.of.0 ^= 1;
                digest = Digest(digest.0.map(|byte| !byte));
            }
            blocks.push((folder(&user.key), Block::new(BlockDigest { folder: digest, recipe: RECIPE }, made)));
            if blocks.len() == PORTION {
                self.state.put_blocks(blocks.iter().map(|(key, block)| (key, block))).await?;
                blocks.clear();
            }
        }
        Ok(self.state.put_blocks(blocks.iter().map(|(key, block)| (key, block))).await?)
    }

    /// Tells what is due, and what deciding for one user takes.
    fn tell(&self, sample: usize, run: &mut Run, clock: &mut Clock) -> anyhow::Result<()> {
        let shelf = self.shelf()?;
        clock.lap()?;
        let mut users = 0;
        for user in self.snapshot.users() {
            let Some(viewer) = self.snapshot.viewer(&user.key) else { continue };
            let Some(seer) = shelf.seer(&viewer) else { continue };
            run.due += seer.choose().len();
            users += 1;
        }
        run.one_user_ms = clock.lap()?.0 * 1_000.0 / f64::from(users.max(1));
        for user in self.world.sample(sample) {
            let viewer = self.snapshot.viewer(&UserKey::new(user.key()));
            let seer = viewer.as_ref().and_then(|viewer| shelf.seer(viewer));
            run.keys.push(seer.map(|seer| seer.keys(&seer.choose()).into_iter().map(|(key, _)| key.to_string()).collect()).unwrap_or_default());
        }
        Ok(())
    }
}

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
        std::thread::sleep(Duration::from_millis(500));
        let used = cpu::of_server(crm)? - server;
        Ok((serde_json::from_str(&std::fs::read_to_string(told)?)?, used))
    }

    /// Starts another part of the measurement in a process of its own.
    fn apart<T: serde::de::DeserializeOwned>(&self, part: &str) -> anyhow::Result<T> {
        let told = self.folder.join("run.json");
        let mut process = Command::new(std::env::current_exe()?);
        let status =
            process.args(&self.arguments).args([part, "--json"]).arg(&told).status().with_context(|| format!("{part} could not be started"))?;
        anyhow::ensure!(status.success(), "{part} ended with {status}");
        Ok(serde_json::from_str(&std::fs::read_to_string(told)?)?)
    }

    /// Measures the product: twice against a ledger in which no folder differs, and against one in which every folder differs a little. `expected` are the
    /// keys due to the users of the sample.
    ///
    /// # Errors
    /// What a process says against it.
    pub fn measure(&self, world: &World, crm: &Crm, expected: &[Vec<String>]) -> anyhow::Result<Product> {
        self.once(crm, 0, "due")?;
        let (same, server_same) = self.once(crm, expected.len(), "nothing")?;
        self.once(crm, 0, "altered")?;
        let cold = || self.once(crm, expected.len(), "nothing");
        let mut runs = [cold()?, cold()?, cold()?];
        runs.sort_by(|(left, one), (right, other)| {
            (left.cpu_seconds.iter().sum::<f64>() + one).total_cmp(&(right.cpu_seconds.iter().sum::<f64>() + other))
        });
        let [_, (differing, server), _] = runs;
        let rest: Rest = self.apart("--worker")?;
        let changes: Changes = self.apart("--changes")?;
        anyhow::ensure!(same.differing == (0, 0), "folders that nobody changed differ: {:?}", same.differing);
        let users = world.users.iter().filter(|user| is_served(user)).count();
        anyhow::ensure!(differing.differing.0 <= users && differing.differing.0 == differing.differing.1, "{:?} differ", differing.differing);
        let phase = |name: &str, cpu: f64, wall: f64| measured(world, name, (cpu, wall), &differing);
        let all = |run: &Run, server: f64| (run.cpu_seconds.iter().sum::<f64>() + server, run.wall_seconds.iter().sum::<f64>());
        let (cold, cold_same) = (all(&differing, server), all(&same, server_same));
        let [load, build, decide] = differing.cpu_seconds;
        let [load_wall, build_wall, decide_wall] = differing.wall_seconds;
        Ok(Product {
            identical: Some(differing.keys == expected && same.keys == expected && changes.is_alike),
            cold: Some(phase("product, cold, all folders differ", cold.0, cold.1)),
            warm: Some(phase("product, loaded, all folders differ", differing.warm_cpu_seconds, differing.warm_wall_seconds)),
            load_wall_seconds: Some(load_wall),
            one_user_ms: Some(differing.one_user_ms),
            no_change_ms: Some(rest.no_change_ms),
            no_change_statements: rest.no_change_statements,
            worker: Some(rest),
            changed_1_ms: changes.ms(1),
            changed_100_ms: changes.ms(100),
            changes: Some(changes),
            peak_memory: Some(differing.peak_memory),
            phases: vec![
                phase("  reading: the server's part", server, 0.0),
                phase("  reading: ours", load, load_wall),
                phase("  making the index", build, build_wall),
                phase("  deciding and comparing", decide, decide_wall),
                phase("product, cold, no folder differs", cold_same.0, cold_same.1),
                phase("product, loaded, no folder differs", same.warm_cpu_seconds, same.warm_wall_seconds),
            ],
        })
    }
}

fn is_served(user: &User) -> bool {
    user.is_active
}

fn measured(world: &World, name: &str, (cpu, wall): (f64, f64), run: &Run) -> Measured {
    let users = world.users.len();
    Measured {
        name: name.to_owned(),
        cpu_seconds: Some(cpu),
        wall_seconds: wall,
        users_done: users,
        users_total: users,
        runs: 1,
        rows: run.due as u64,
        ..Measured::default()
    }
}
