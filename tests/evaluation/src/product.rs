//! What the product needs for the same: it reads the CRM, decides for everybody and compares with the ledger. See [`crate::launch`] for how it is started.

use std::collections::BTreeMap;
use std::path::Path;
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

use crate::cpu;
use crate::world::{CAP, Size, World, today};

/// How often what is told as a sum is done; few times where it is found out what is due, not what it takes.
const SUMMED: usize = if cfg!(debug_assertions) { 2 } else { 20 };

/// Of how many runs with the index loaded the one in the middle is told.
const WARM_RUNS: usize = 3;

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
    /// The same to decide and compare all again, CPU and wall, each time.
    pub warm_seconds: Vec<(f64, f64)>,
    /// CPU seconds to decide for all anew without comparing: from the perspective of each to the keyed form of what is due to him.
    pub deciding_cpu_seconds: f64,
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
    clock.lap()?;
    for _ in 0..WARM_RUNS {
        company.compare().await?;
        run.warm_seconds.push(clock.lap()?);
    }
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

    /// Tells what is due, and what deciding alone takes.
    fn tell(&self, sample: usize, run: &mut Run, clock: &mut Clock) -> anyhow::Result<()> {
        let shelf = self.shelf()?;
        let times = times(self.world.size, 1);
        clock.lap()?;
        for _ in 0..times {
            run.due = 0;
            for user in self.snapshot.users() {
                let Some(viewer) = self.snapshot.viewer(&user.key) else { continue };
                let Some(seer) = shelf.seer(&viewer) else { continue };
                let chosen = seer.choose();
                run.due += chosen.len();
                std::hint::black_box(seer.digest(&chosen));
            }
        }
        run.deciding_cpu_seconds = clock.lap()?.0 / times as f64;
        for user in self.world.sample(sample) {
            let viewer = self.snapshot.viewer(&UserKey::new(user.key()));
            let seer = viewer.as_ref().and_then(|viewer| shelf.seer(viewer));
            run.keys.push(seer.map(|seer| seer.keys(&seer.choose()).into_iter().map(|(key, _)| key.to_string()).collect()).unwrap_or_default());
        }
        Ok(())
    }
}

/// How often something is done.
pub(crate) fn times(size: Size, otherwise: usize) -> usize {
    if size.is_summed() { SUMMED } else { otherwise }
}
