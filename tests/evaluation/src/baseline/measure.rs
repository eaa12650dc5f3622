//! Timing the ways on a sample of users, and choosing the best for each shape of filter.

use std::collections::BTreeMap;
use std::time::Instant;

use super::crm::{Answer, Crm, Place};
use super::statement::{Dialect, Question, Way};
use crate::world::wish::Shape;
use crate::world::{Size, User, World};

/// What was measured of one way. Seconds are of what was done; [`Measured::scaled`] tells of everybody.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// What it is.
    pub name: String,
    /// CPU seconds, of this process and the database's together; none where only the wall counts.
    pub cpu_seconds: Option<f64>,
    /// Those of this process alone.
    pub client_cpu_seconds: Option<f64>,
    /// Seconds by the clock on the wall.
    pub wall_seconds: f64,
    /// How many users were asked for; one that was asked for twice counts twice.
    pub users_done: usize,
    /// How many users there are.
    pub users_total: usize,
    /// Of how many runs this is the median.
    pub runs: usize,
    /// Rows that came.
    pub rows: u64,
    /// Bytes of values that came.
    pub bytes: u64,
    /// The same by shape of filter.
    pub parts: BTreeMap<Shape, Part>,
}

/// What was measured of the users with one shape of filter.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The way taken.
    pub way: &'static str,
    /// How many users were asked for.
    pub users: usize,
    /// CPU seconds, of this process and the database's together.
    pub cpu_seconds: f64,
}

/// The baseline's figures.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The best way for each shape, one connection: the median run by CPU.
    pub best: Measured,
    /// The same with eight connections, by the wall only; PostgreSQL only.
    pub eight: Option<Measured>,
    /// Other ways.
    pub others: Vec<Measured>,
    /// The way that was found best, by shape.
    pub chosen: BTreeMap<Shape, Way>,
    /// For how many users all ways that were tried gave the same.
    pub agreed: usize,
    /// How many records were due to each user of the sample, ascending.
    pub folders: Vec<usize>,
}

impl Measured {
    /// What of everybody, if what was done tells of all.
    pub fn scaled(&self, seconds: f64) -> f64 {
        seconds * self.users_total as f64 / self.users_done.max(1) as f64
    }

    /// CPU milliseconds per user.
    pub fn cpu_ms_per_user(&self) -> Option<f64> {
        self.cpu_seconds.map(|seconds| seconds * 1_000.0 / self.users_done.max(1) as f64)
    }
}

/// Keys that were answered, by number of the user: what all ways must agree on.
type Seen = BTreeMap<usize, Vec<i64>>;

/// How much is measured at a size.
struct Extent {
    best: usize,
    repetitions: usize,
    naive: usize,
    union: usize,
    policy: usize,
    /// How many users of each shape are asked for in each way, to choose.
    trial: usize,
}

impl Extent {
    fn of(size: Size) -> Self {
        match size {
            Size::Tiny | Size::S => Self { best: usize::MAX, repetitions: 20, naive: usize::MAX, union: usize::MAX, policy: usize::MAX, trial: 20 },
            Size::M => Self { best: 200, repetitions: 3, naive: 20, union: 50, policy: 100, trial: 30 },
            Size::L => Self { best: 100, repetitions: 3, naive: 6, union: 30, policy: 50, trial: 10 },
        }
    }
}

/// The keys of the records due to some users, in order, asked for in the ways chosen.
///
/// # Errors
/// What the database says against it.
pub async fn ordered_keys(
    world: &World,
    crm: &mut Crm,
    users: &[&User],
    (dialect, chosen): (Dialect, &BTreeMap<Shape, Way>),
) -> anyhow::Result<Vec<Vec<String>>> {
    let mut all = Vec::new();
    for user in users {
        let question = Question::new(world, user, dialect);
        let way = chosen.get(&question.shape()).copied().unwrap_or(Way::Candidates);
        all.push(crm.ask(&question, way).await?.keys.iter().map(ToString::to_string).collect());
    }
    Ok(all)
}

/// Measures all ways.
///
/// # Errors
/// What the database says against it; that two ways disagree.
pub async fn measure(world: &World, place: &Place) -> anyhow::Result<Baseline> {
    let extent = Extent::of(world.size);
    let mut crm = place.open().await?;
    let mut run = Run { world, dialect: place.dialect(), crm: &mut crm, seen: Seen::new() };
    let chosen = run.choose(&extent).await?;
    let users = world.sample(extent.best);
    let pick = |shape: Shape| chosen.get(&shape).copied().unwrap_or(Way::Candidates);
    run.sample("warm-up", &users, &pick).await?;
    let mut runs = Vec::new();
    for _ in 0..extent.repetitions {
        runs.push(run.sample("best query per user", &users, &pick).await?);
    }
    let best = if world.size.is_summed() { sum(runs) } else { median(runs) };
    let mut others = vec![run.sample("naive query per user", &world.sample(extent.naive), &|_| Way::Naive).await?];
    others.push(run.sample("union query per user", &world.sample(extent.union), &|_| Way::Union).await?);
    let mut eight = None;
    if run.dialect == Dialect::Postgres {
        others.push(run.sample("row-level security per user", &world.sample(extent.policy), &|_| Way::Policy).await?);
        eight = Some(run.eight(place, &users, &pick).await?);
    }
    let mut folders: Vec<usize> = users.iter().filter_map(|user| run.seen.get(&user.number)).map(Vec::len).collect();
    folders.sort_unstable();
    Ok(Baseline { best, eight, others, chosen, agreed: run.seen.len(), folders })
}

struct Run<'a> {
    world: &'a World,
    dialect: Dialect,
    crm: &'a mut Crm,
    seen: Seen,
}

impl Run<'_> {
    /// Finds the cheapest way for each shape.
    async fn choose(&mut self, extent: &Extent) -> anyhow::Result<BTreeMap<Shape, Way>> {
        let mut chosen = BTreeMap::new();
        for shape in Shape::ALL {
            let world = self.world;
            let users: Vec<&User> =
                world.users.iter().filter(|user| Question::new(world, user, self.dialect).shape() == shape).take(extent.trial).collect();
            // Where there is no filter, the subscriptions are all that could be wanted.
            let ways: &[Way] = if shape == Shape::None { &[Way::Candidates, Way::Union] } else { &[Way::Candidates, Way::Walk, Way::Union] };
            let mut cheapest = (f64::INFINITY, Way::Candidates);
            for way in ways {
                self.sample("trial", &users, &|_| *way).await?;
                let begun = Instant::now();
                let found = self.sample("trial", &users, &|_| *way).await?;
                let cost = found.cpu_seconds.filter(|seconds| *seconds > 0.1).unwrap_or_else(|| begun.elapsed().as_secs_f64());
                eprintln!(
                    "{:10} by {:10}: {:8.2} ms per user, {} users",
                    shape.name(),
                    way.name(),
                    cost * 1_000.0 / users.len().max(1) as f64,
                    users.len()
                );
                if cost < cheapest.0 {
                    cheapest = (cost, *way);
                }
            }
            chosen.insert(shape, cheapest.1);
        }
        Ok(chosen)
    }

    /// Asks for some users, those with one shape of filter after those with another.
    async fn sample(&mut self, name: &str, users: &[&User], pick: &dyn Fn(Shape) -> Way) -> anyhow::Result<Measured> {
        let mut measured =
            Measured { name: name.to_owned(), users_done: users.len(), users_total: self.world.users.len(), runs: 1, ..Measured::default() };
        let begun = Instant::now();
        let (client_before, _) = self.crm.cpu()?;
        let mut total = 0.0;
        for shape in Shape::ALL {
            let way = pick(shape);
            let before = self.crm.cpu()?;
            let mut part = Part { way: way.name(), ..Part::default() };
            for user in users {
                let question = Question::new(self.world, user, self.dialect);
                if question.shape() == shape {
                    let Answer { keys, bytes } = self.crm.ask(&question, way).await?;
                    (measured.rows, measured.bytes, part.users) = (measured.rows + keys.len() as u64, measured.bytes + bytes, part.users + 1);
                    let known = self.seen.entry(user.number).or_insert_with(|| keys.clone());
                    anyhow::ensure!(*known == keys, "the {} statement gives {} other records than others do", way.name(), user.key());
                }
            }
            let after = self.crm.cpu()?;
            part.cpu_seconds = after.0 - before.0 + after.1 - before.1;
            total += part.cpu_seconds;
            measured.parts.insert(shape, part);
        }
        (measured.cpu_seconds, measured.wall_seconds) = (Some(total), begun.elapsed().as_secs_f64());
        measured.client_cpu_seconds = Some(self.crm.cpu()?.0 - client_before);
        Ok(measured)
    }

    /// Asks for the same users over eight connections at once.
    async fn eight(&self, place: &Place, users: &[&User], pick: &dyn Fn(Shape) -> Way) -> anyhow::Result<Measured> {
        let mut connections = Vec::new();
        for _ in 0..8 {
            connections.push(place.open().await?);
        }
        let begun = Instant::now();
        let next = std::sync::atomic::AtomicUsize::new(0);
        let one = async |mut crm: Crm| {
            let (mut rows, mut bytes) = (0, 0);
            while let Some(user) = users.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                let question = Question::new(self.world, user, self.dialect);
                let answer = crm.ask(&question, pick(question.shape())).await?;
                (rows, bytes) = (rows + answer.keys.len() as u64, bytes + answer.bytes);
            }
            anyhow::Ok((rows, bytes))
        };
        let done = futures::future::try_join_all(connections.into_iter().map(one)).await?;
        Ok(Measured {
            name: "best query, 8 connections".to_owned(),
            wall_seconds: begun.elapsed().as_secs_f64(),
            users_done: users.len(),
            users_total: self.world.users.len(),
            runs: 1,
            rows: done.iter().map(|(rows, _)| rows).sum(),
            bytes: done.iter().map(|(_, bytes)| bytes).sum(),
            ..Measured::default()
        })
    }
}

/// The run whose CPU time is in the middle.
fn median(mut runs: Vec<Measured>) -> Measured {
    runs.sort_by(|left, right| left.cpu_seconds.unwrap_or(0.0).total_cmp(&right.cpu_seconds.unwrap_or(0.0)));
    let count = runs.len();
    runs.into_iter().nth(count / 2).map(|run| Measured { runs: count, ..run }).unwrap_or_default()
}

/// All runs as one.
fn sum(runs: Vec<Measured>) -> Measured {
    let mut runs = runs.into_iter();
    let first = runs.next().unwrap_or_default();
    runs.fold(first, |mut all, run| {
        all.cpu_seconds = all.cpu_seconds.zip(run.cpu_seconds).map(|(all, run)| all + run);
        all.client_cpu_seconds = all.client_cpu_seconds.zip(run.client_cpu_seconds).map(|(all, run)| all + run);
        all.wall_seconds += run.wall_seconds;
        (all.users_done, all.rows, all.bytes) = (all.users_done + run.users_done, all.rows + run.rows, all.bytes + run.bytes);
        for (shape, part) in run.parts {
            let of = all.parts.entry(shape).or_default();
            (of.way, of.users, of.cpu_seconds) = (part.way, of.users + part.users, of.cpu_seconds + part.cpu_seconds);
        }
        all
    })
}
