//! Makes the benchmark's CRM and measures; see `tests/bench evaluation`.

use std::path::PathBuf;
use std::time::Instant;

use adressbote_evaluation::baseline::{Place, Question, Way, measure, ordered_keys};
use adressbote_evaluation::launch::Launch;
use adressbote_evaluation::product::{self, Leaves, Task};
use adressbote_evaluation::report::{Report, picture};
use adressbote_evaluation::store;
use adressbote_evaluation::worker::{Rest, Statements, Worker};
use adressbote_evaluation::world::{Size, World};
use adressbote_evaluation::{changes, copy};
use anyhow::Context as _;
use clap::{Parser, ValueEnum};

/// Measures the evaluation of a large CRM against one SQL query per user.
#[derive(Parser)]
#[command(name = "tests/bench evaluation")]
struct Arguments {
    /// How large the CRM is: S (10,000 records, 100 users), M (200,000, 2,000), L (1,000,000, 10,000).
    #[arg(long, value_enum, ignore_case = true, required_unless_present = "picture")]
    size: Option<Chosen>,
    /// What keeps the CRM.
    #[arg(long, value_enum, default_value = "postgres")]
    database: Kind,
    /// From what the CRM is made: the same gives the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A folder to keep the CRM in for the next run.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Only makes the CRM.
    #[arg(long)]
    fill: bool,
    /// Only prints the statements that are tried for the user with this number, from 1, to look at their plans.
    #[arg(long)]
    statements: Option<usize>,
    /// Where the figures are written as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Instead of measuring, draws the figures of earlier runs into this file, as SVG.
    #[arg(long, requires = "figures")]
    picture: Option<PathBuf>,
    /// Only does what the product does, as a process of its own, and leaves this in the ledger.
    #[arg(long, value_enum, hide = true)]
    product: Option<Leaves>,
    /// Only lets the worker run until nothing is left to do, as a process of its own.
    #[arg(long, hide = true)]
    worker: bool,
    /// Only changes records and back again, as a process of its own.
    #[arg(long, hide = true)]
    changes: bool,
    /// How many users' records it tells.
    #[arg(long, default_value_t = 0, hide = true)]
    sample: usize,
    /// The figures to be drawn: what --json wrote.
    figures: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Chosen {
    S,
    M,
    L,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(file) = &arguments.picture {
        let runs = arguments.figures.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
        return std::fs::write(file, picture(&runs)).with_context(|| format!("{} could not be written", file.display()));
    }
    // One thread: what this process needs is then what one core does.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let size = match arguments.size {
        Some(Chosen::S) | None => Size::S,
        Some(Chosen::M) => Size::M,
        Some(Chosen::L) => Size::L,
    };
    let world = World::new(size, arguments.seed);
    let place = place(arguments, &world).await?;
    let folder = arguments.data.clone().context("say with --data where files are to stand")?;
    if let Some(leaves) = arguments.product {
        let (Place::Postgres(crm) | Place::Sqlite(crm)) = &place;
        let task = Task { crm, ledger: &folder.join(format!("{}-ledger.sqlite", store::name(&world))), sample: arguments.sample, leaves };
        return tell(arguments, &product::run(&world, &task).await?);
    }
    if arguments.worker {
        return tell(arguments, &rest(&world, &place, &folder).await?);
    }
    if arguments.changes {
        return tell(arguments, &changes::measure(&world, &place).await?);
    }
    if let Some(number) = arguments.statements {
        let user = number.checked_sub(1).and_then(|number| world.users.get(number)).context("there is no such user")?;
        let question = Question::new(&world, user, place.dialect());
        for way in Way::ALL {
            println!("-- {}, filter {}\n{};", way.name(), question.shape().name(), question.sql(way));
        }
        return Ok(());
    }
    let begun = Instant::now();
    place.fill(&world).await?;
    eprintln!("the CRM stands after {:.1} s", begun.elapsed().as_secs_f64());
    if arguments.fill {
        return Ok(());
    }
    let copied = match &place {
        Place::Postgres(_) => Some(copy::measure(&place, 3).await?),
        Place::Sqlite(_) => None,
    };
    let baseline = measure(&world, &place).await?;
    let launch = Launch { arguments: about(arguments, size), folder };
    let mut crm = place.open().await?;
    let sample = world.sample(baseline.best.users_done.min(world.users.len()));
    let expected = ordered_keys(&world, &mut crm, &sample, (place.dialect(), &baseline.chosen)).await?;
    let product = launch.measure(&world, &crm, &expected)?;
    let report = Report { size, database: place.dialect(), baseline, copied, product };
    print!("{}", report.table()?);
    println!("all of this took {:.0} s", begun.elapsed().as_secs_f64());
    if let Some(file) = &arguments.json {
        let text = serde_json::to_string_pretty(&report.json()?)?;
        std::fs::write(file, text + "\n").with_context(|| format!("{} could not be written", file.display()))?;
    }
    let Some(is_identical) = report.product.identical else { anyhow::bail!("whether the product gives the same by increments is not known") };
    anyhow::ensure!(is_identical, "the product gives other records than the database, or in another order");
    anyhow::ensure!(report.product.worker.is_some(), "the worker was not measured");
    println!("for the {} users of the sample the product gives the same records in the same order", sample.len());
    Ok(())
}

/// Leaves what a process of its own measured to who started it.
fn tell(arguments: &Arguments, figures: &impl serde::Serialize) -> anyhow::Result<()> {
    let file = arguments.json.as_ref().context("say with --json where the figures are to be written")?;
    Ok(std::fs::write(file, serde_json::to_string(figures)?)?)
}

/// Lets the worker run over the CRM, its state beside it.
async fn rest(world: &World, place: &Place, folder: &std::path::Path) -> anyhow::Result<Rest> {
    let home = tempfile::tempdir()?;
    store::make_log(place).await?;
    match place {
        Place::Sqlite(_) => Worker::set(world, home.path(), (place, "state.sqlite")).await?.measure(&Statements(None)).await,
        Place::Postgres(_) => {
            let server = std::env::var("ADRESSBOTE_EVALUATION").context("no PostgreSQL server is named: run this as `tests/bench evaluation`")?;
            let state = store::make_empty_postgres(&server, &format!("{}_state", store::name(world))).await?;
            store::tell_statements(&server, true).await?;
            let rest =
                async { Worker::set(world, home.path(), (place, &state)).await?.measure(&Statements(Some(folder.join("postgres/log")))).await }.await;
            store::tell_statements(&server, false).await?;
            rest
        }
    }
}

/// The arguments by which another process works on the same CRM.
fn about(arguments: &Arguments, size: Size) -> Vec<String> {
    let database = if arguments.database == Kind::Sqlite { "sqlite" } else { "postgres" };
    let data = arguments.data.iter().flat_map(|folder| ["--data".to_owned(), folder.display().to_string()]);
    let named = ["--size", size.name(), "--database", database, "--seed", &arguments.seed.to_string()].map(str::to_owned);
    named.into_iter().chain(data).collect()
}

/// Where the CRM is: a file in the folder given, or a database on the server that `tests/bench` starts.
async fn place(arguments: &Arguments, world: &World) -> anyhow::Result<Place> {
    let name = store::name(world);
    if arguments.database == Kind::Sqlite {
        let folder = arguments.data.clone().context("say with --data where the file is to stand")?;
        let path = folder.join(format!("{name}.sqlite"));
        return Ok(Place::Sqlite(path.to_str().context("the folder's name is not Unicode")?.to_owned()));
    }
    let server = std::env::var("ADRESSBOTE_EVALUATION").context("no PostgreSQL server is named: run this as `tests/bench evaluation`")?;
    Ok(Place::Postgres(store::make_postgres(&server, &name).await?))
}

fn read(path: &std::path::Path) -> anyhow::Result<serde_json::Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not what --json writes", path.display()))
}
