//! What it takes when some records change: from asking what changed to the plans of all folders concerned. The ledger's rows of those folders are given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use adressbote_rules::book::Book;
use adressbote_rules::digest::DigestKey;
use adressbote_rules::due::Evaluation;
use adressbote_rules::index::{Index, Shelf};
use adressbote_rules::key::{ContactId, RecordKey, UserKey};
use adressbote_rules::ledger::{Brought, Pushed};
use adressbote_rules::plan::{Service, plan};
use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Moment;
use adressbote_schema::crm::{Address, Baseline, Changed, CrmSource, Memory, Own, Patience, read_changed, read_touched};
use adressbote_schema::profile::Profile;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use crate::baseline::{Crm, Place};
use crate::worker::write_profile;
use crate::world::{FIRST_KEY, World, today};
use crate::{cpu, product, store};

/// How many records change at once, and how often that is measured.
const STEPS: [(usize, usize); 2] = [(1, 20), (100, 5)];

/// With so many everything is read again.
const MANY: usize = 10_000;

/// For so many users, and as many whom the changes concern, it is compared whether a reading that was brought forward means what a new one means.
const COMPARED: usize = 20;

/// What changed records took.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Changes {
    /// By the number of records that changed.
    pub steps: Vec<Step>,
    /// Whether what was brought forward gave the folders that a new reading gives.
    pub is_alike: bool,
    /// The most memory at once, in bytes.
    pub peak_memory: u64,
}

/// What one number of changed records took; medians.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Step {
    /// The records that changed at once.
    pub changed: usize,
    /// How often it was measured.
    pub runs: usize,
    /// Milliseconds by the clock on the wall, the database's answers among them, until it is known which folders are concerned.
    pub finding_ms: f64,
    /// The same until their plans stand.
    pub all_ms: f64,
    /// The folders concerned.
    pub folders: usize,
    /// The changes planned in them.
    pub planned: usize,
    /// Some of those whose folders they are.
    #[serde(skip)]
    concerned: Vec<UserKey>,
}

impl Changes {
    /// Milliseconds from so many changed records to the plans.
    pub fn ms(&self, changed: usize) -> Option<f64> {
        self.steps.iter().find(|step| step.changed == changed).map(|step| step.all_ms)
    }
}

/// A CRM that was read, with what stands in all folders.
struct Company {
    profile: Profile,
    source: CrmSource,
    memory: Memory,
    baseline: Baseline,
    snapshot: Snapshot,
    book: Book,
}

/// What stands in folders.
#[derive(Default)]
struct Folders {
    holders: BTreeMap<RecordKey, BTreeSet<UserKey>>,
    sizes: BTreeMap<UserKey, usize>,
}

/// Changes records of a CRM, and back again, and measures.
///
/// # Errors
/// What the database says against it, or that the product finds more changed than there is.
pub async fn measure(world: &World, place: &Place) -> anyhow::Result<Changes> {
    store::make_log(place).await?;
    let mut crm = place.open().await?;
    execute(&mut crm, "DELETE FROM change_log".to_owned()).await?;
    // Who is broken off leaves a CRM that is not what was made: the next run makes it anew.
    execute(&mut crm, "DROP TABLE complete".to_owned()).await?;
    let home = tempfile::tempdir()?;
    write_profile(&home.path().join("profile"))?;
    let mut company = Company::read(world, place, &home.path().join("profile")).await?;
    let index = Index::of(&company.snapshot, [&company.book], &key())?;
    let book = product::book(&company.profile, world)?;
    let shelf = Shelf::new(&index, &company.snapshot, &book).context("the index was not made for the book")?;
    let lists: Vec<Vec<usize>> =
        STEPS.iter().enumerate().flat_map(|(step, (count, runs))| (0..*runs).map(move |run| ids(world, *count, step * 1_000 + run))).collect();
    let all: BTreeSet<RecordKey> = lists.iter().flatten().map(record).collect();
    let folders = Folders::of(&company.snapshot, &shelf, &all);
    let (mut changes, mut lists, mut log) = (Changes { is_alike: true, ..Changes::default() }, lists.into_iter(), 0);
    for (count, runs) in STEPS {
        let mut steps = Vec::new();
        for ids in lists.by_ref().take(runs) {
            change(&mut crm, &ids, true, &mut log).await?;
            steps.push(company.step((&index, &shelf), &folders).await?);
            if let Some(last) = steps.last().filter(|_| steps.len() == runs) {
                changes.is_alike &= company.is_alike((world, &last.concerned), &index).await?;
            }
            change(&mut crm, &ids, false, &mut log).await?;
            company.step((&index, &shelf), &folders).await?;
        }
        steps.sort_by(|left, right| left.all_ms.total_cmp(&right.all_ms));
        let median = steps.swap_remove(runs / 2);
        changes.steps.push(Step { changed: count, runs, ..median });
    }
    drop(shelf);
    changes.steps.push(company.many(world, (&mut crm, &mut log)).await?);
    changes.peak_memory = cpu::peak_memory()?;
    for statement in ["DELETE FROM change_log", "VACUUM", "CREATE TABLE complete (at text)"] {
        execute(&mut crm, statement.to_owned()).await?;
    }
    Ok(changes)
}

fn key() -> DigestKey {
    DigestKey::new([7; 32])
}

fn record(id: &usize) -> RecordKey {
    RecordKey::new(id.to_string())
}

/// Some records, spread over the CRM.
fn ids(world: &World, count: usize, from: usize) -> Vec<usize> {
    let records = world.size.records();
    // Further apart than any number of records and without a factor of theirs: no record stands in a list twice.
    (0..count).map(|number| FIRST_KEY + (from * 7_919 + number * 611_953) % records).collect()
}

fn moment() -> Moment {
    Moment { now: today().and_time(chrono::NaiveTime::MIN).and_utc(), today: today() }
}

impl Company {
    async fn read(world: &World, place: &Place, profile: &Path) -> anyhow::Result<Self> {
        let (Place::Postgres(crm) | Place::Sqlite(crm)) = place;
        let address: Address = crm.parse()?;
        let profile = Profile::load(profile).map_err(|errors| anyhow::anyhow!("{errors}"))?;
        let source = CrmSource::open(&address, Patience { statement: Duration::from_secs(600), ..Patience::default() }).await?;
        let mut memory = Memory::default();
        let read = read_changed(&profile, &source, &Own::default(), None, (&mut memory, chrono::Utc::now())).await?;
        let (snapshot, baseline) = (Snapshot::build(read.crm, moment())?, read.baseline);
        anyhow::ensure!(snapshot.doubts().is_empty(), "the CRM is in doubt: {:?}", snapshot.doubts());
        let book = product::book(&profile, world)?;
        Ok(Self { profile, source, memory, baseline, snapshot, book })
    }

    /// What the worker does when the CRM tells of single records.
    async fn step(&mut self, (index, shelf): (&Index, &Shelf<'_>), folders: &Folders) -> anyhow::Result<Step> {
        let begun = Instant::now();
        let memory = (&mut self.memory, chrono::Utc::now());
        let changed = read_touched(&self.profile, &self.source, Some(&self.baseline), memory).await?;
        let Changed::Records(touched) = changed else { anyhow::bail!("the CRM tells of more than single records: {changed:?}") };
        self.snapshot.amend(&touched.records, touched.rows);
        let evaluation = Evaluation::new(&self.snapshot, &self.book, key()).with_index(index);
        let mut users: BTreeMap<UserKey, BTreeSet<RecordKey>> = BTreeMap::new();
        for record in &touched.records {
            for user in folders.holders.get(record).into_iter().flatten() {
                users.entry(user.clone()).or_default().insert(record.clone());
            }
        }
        let held = users.clone();
        let is_asked =
            |user: &UserKey, record: &RecordKey| folders.sizes.contains_key(user) && held.get(user).is_none_or(|held| !held.contains(record));
        for (viewer, seen) in self.snapshot.viewers_of(&touched.records, is_asked) {
            let user = &viewer.user().key;
            let is_full = folders.sizes.get(user).is_some_and(|size| *size >= self.book.cap_of(&viewer) as usize);
            let owed = evaluation.owed(&viewer, &seen, is_full);
            if !owed.is_empty() {
                users.entry(user.clone()).or_default().extend(owed.into_iter().cloned());
            }
        }
        let finding = begun.elapsed();
        let (mut deciding, mut planned) = (Duration::ZERO, 0);
        for (user, records) in &users {
            let ledger = folder(&self.snapshot, shelf, user);
            let begun = Instant::now();
            let Some(viewer) = self.snapshot.viewer(user) else { continue };
            let among = evaluation.due_among(&viewer, records, &ledger).context("the index does not know a user")?;
            planned += plan(&evaluation, Some(&viewer), Service::Served, Some(&among.due), &among.held).changes().count();
            deciding += begun.elapsed();
        }
        let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        let concerned = users.keys().take(COMPARED).cloned().collect();
        Ok(Step { finding_ms: ms(finding), all_ms: ms(finding + deciding), folders: users.len(), planned, concerned, ..Step::default() })
    }

    /// Whether the folders of some users are those that a new reading gives.
    async fn is_alike(&self, (world, concerned): (&World, &[UserKey]), index: &Index) -> anyhow::Result<bool> {
        let read = adressbote_schema::crm::read(&self.profile, &self.source, &Own::default(), None).await?;
        let anew = Snapshot::build(read.crm, moment())?;
        let index_anew = Index::of(&anew, [&self.book], &key())?;
        let expected = Evaluation::new(&anew, &self.book, key()).with_index(&index_anew);
        let found = Evaluation::new(&self.snapshot, &self.book, key()).with_index(index);
        let mut is_alike = true;
        let sampled = world.sample(COMPARED).into_iter().map(|user| UserKey::new(user.key()));
        for user in sampled.chain(concerned.iter().cloned()) {
            if let (Some(viewer_anew), Some(viewer)) = (anew.viewer(&user), self.snapshot.viewer(&user)) {
                is_alike &= expected.due(&viewer_anew).contacts() == found.due(&viewer).contacts();
            }
        }
        Ok(is_alike)
    }

    /// What it takes when so many records changed that everything is read again: a reading, the index, and everybody's folder.
    async fn many(mut self, world: &World, (crm, log): (&mut Crm, &mut usize)) -> anyhow::Result<Step> {
        let ids = ids(world, MANY.min(world.size.records() / 2), 0);
        change(crm, &ids, true, log).await?;
        let begun = Instant::now();
        let changed = read_touched(&self.profile, &self.source, Some(&self.baseline), (&mut self.memory, chrono::Utc::now())).await?;
        anyhow::ensure!(matches!(changed, Changed::More), "{MANY} records were read one by one");
        // What the worker kept of the reading before goes first.
        let Self { profile, source, mut memory, book, .. } = self;
        let read = read_changed(&profile, &source, &Own::default(), None, (&mut memory, chrono::Utc::now())).await?;
        let snapshot = Snapshot::build(read.crm, moment())?;
        let index = Index::of(&snapshot, [&book], &key())?;
        let evaluation = Evaluation::new(&snapshot, &book, key()).with_index(&index);
        let mut folders = 0;
        for user in snapshot.users() {
            let viewer = snapshot.viewer(&user.key);
            folders += usize::from(viewer.and_then(|viewer| evaluation.seal(&viewer)).is_some());
        }
        let all_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        change(crm, &ids, false, log).await?;
        Ok(Step { changed: ids.len(), runs: 1, finding_ms: all_ms, all_ms, folders, ..Step::default() })
    }
}

impl Folders {
    fn of(snapshot: &Snapshot, shelf: &Shelf<'_>, records: &BTreeSet<RecordKey>) -> Self {
        let mut folders = Self::default();
        for user in snapshot.users() {
            let Some(viewer) = snapshot.viewer(&user.key) else { continue };
            let Some(seer) = shelf.seer(&viewer) else { continue };
            let keys = seer.keys(&seer.choose());
            folders.sizes.insert(user.key.clone(), keys.len());
            for (record, _) in keys.into_iter().filter(|(record, _)| records.contains(record)) {
                folders.holders.entry(record).or_default().insert(user.key.clone());
            }
        }
        folders
    }
}

/// What the ledger holds of a user's folder: what was due before anything changed.
fn folder(snapshot: &Snapshot, shelf: &Shelf<'_>, user: &UserKey) -> BTreeMap<RecordKey, Pushed> {
    let Some(viewer) = snapshot.viewer(user) else { return BTreeMap::new() };
    let Some(seer) = shelf.seer(&viewer) else { return BTreeMap::new() };
    let pushed =
        |brought: Brought| Pushed { contact: ContactId::new("c"), digest: None, owned: Default::default(), filled: Default::default(), brought };
    seer.keys(&seer.choose()).into_iter().map(|(record, brought)| (record, pushed(brought))).collect()
}

/// Changes records, and tells of it in the log, or changes them back: of ten seven in what is only shown, two in what filters read, one in its name.
async fn change(crm: &mut Crm, ids: &[usize], is_forth: bool, log: &mut usize) -> anyhow::Result<()> {
    let of = |kinds: std::ops::Range<usize>| {
        let places = ids.iter().enumerate().filter(|(place, _)| kinds.contains(&((place + ids.first().copied().unwrap_or(0)) % 10)));
        places.map(|(_, id)| id.to_string()).collect::<Vec<_>>()
    };
    let statements = if is_forth {
        ["notes = coalesce(notes, '') || ' *'", "city = city || 'x'", "last_name = 'Z' || last_name"]
    } else {
        ["notes = nullif(substr(notes, 1, length(notes) - 2), '')", "city = substr(city, 1, length(city) - 1)", "last_name = substr(last_name, 2)"]
    };
    for (statement, ids) in statements.into_iter().zip([of(0..7), of(7..9), of(9..10)]) {
        for ids in ids.chunks(1_000) {
            execute(crm, format!("UPDATE contact SET {statement} WHERE id IN ({})", ids.join(", "))).await?;
        }
    }
    for ids in ids.chunks(1_000) {
        let rows: Vec<String> = ids.iter().zip(*log + 1..).map(|(id, n)| format!("({n}, 'view', '{id}')")).collect();
        *log += ids.len();
        execute(crm, format!("INSERT INTO change_log (n, relation, whom) VALUES {}", rows.join(", "))).await?;
    }
    Ok(())
}

async fn execute(crm: &mut Crm, statement: String) -> anyhow::Result<()> {
    match crm {
        Crm::Sqlite(connection) => sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(drop)?,
        Crm::Postgres(connection, _) => sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(drop)?,
    }
    Ok(())
}
