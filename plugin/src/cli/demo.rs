//! The demo: the main job on invented people, from an empty folder to a second pass that withdraws, clears, changes and adds.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use adressbote_schema::crm::{CrmSource, Own};
use adressbote_schema::profile::Profile;
use adressbote_schema::sample::{self, Applied, Change};
use adressbote_schema::state::PassKind;
use adressbote_simulator::{NewUser, Running};
use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use serde::Serialize;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
use super::output::{Format, Output, complain, line, many, program, quoted, table};
use super::progress::Progress;
use super::signal::Stop;
use crate::app::App;
use crate::graph::Graph;
use crate::worker::pass::{self, Order, Unwatched};
use crate::worker::report::{FolderReport, PassReport};

/// The same people every time.
const SEED: u64 = 1;

/// The demo's cap, so that it is reached.
const CAP: u32 = 200;

/// Where the demo lives.
struct Stage {
    folder: PathBuf,
    config: PathBuf,
    simulator: Running,
}

/// What the demo showed, for machines.
#[derive(Serialize)]
struct Shown {
    configuration: PathBuf,
    crm: PathBuf,
    graph: String,
    first: PassReport,
    changes: Vec<String>,
    second: PassReport,
    third: PassReport,
    seconds: f64,
    try_next: Vec<String>,
}

/// Runs the demo in a new folder; with `keeps` it stays until Ctrl-C, so that people can try commands. Ctrl-C ends it at any time.
///
/// # Errors
/// When the machine does not let it: no room, no loopback port.
pub async fn run(keeps: bool, output: Output) -> Result<Exit> {
    let mut told = Stop::listen();
    let temporary = folder().context("no folder could be made for the demo")?;
    tokio::select! {
        outcome = demonstrate(temporary.path(), keeps, output) => outcome?,
        () = told.told() => complain(if keeps { "The demo ends; its folder is removed." } else { "The demo was stopped; its folder is removed." }),
    }
    temporary.close().context("the demo's folder could not be removed")?;
    Ok(Exit::Done)
}

/// A folder that nobody else may look into.
fn folder() -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.prefix("adressbote-demo-").tempdir()
}

async fn demonstrate(folder: &Path, keeps: bool, output: Output) -> Result<()> {
    let begun = Instant::now();
    let stage = set(folder).await?;
    let app = App::open(&stage.config, Utc::now()).await?;
    let graph = app.graph()?;
    let say = |text: String| if output.format == Format::Text { line(text.trim_end()) } else { Ok(()) };
    say(format!(
        "The sample CRM stands ready: 5,000 invented contacts, 60 users, 50 seats, 12 groups. Microsoft Graph is simulated on {}.\n\n",
        stage.simulator.base()
    ))?;
    let first = one_pass(&app, &graph, output).await?;
    say(of_first(&first))?;
    let applied = change_all(&stage.folder.join("crm.sqlite")).await?;
    say(applied.iter().fold("\nIn the CRM, meanwhile:\n".to_owned(), |text, applied| format!("{text}  - {applied}\n")))?;
    // One of the changes is a right that ends a second later.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let second = one_pass(&app, &graph, output).await?;
    say(of_second(&second))?;
    let third = one_pass(&app, &graph, output).await?;
    let quiet = if third.folders.iter().any(FolderReport::has_changes) { "something, which it should not" } else { "nothing" };
    let seconds = begun.elapsed().as_secs_f64();
    say(format!("\nA third pass right after it changes {quiet}. The demo took {seconds:.1} s.\n"))?;
    let shown = Shown {
        configuration: stage.config.clone(),
        crm: stage.folder.join("crm.sqlite"),
        graph: stage.simulator.base(),
        changes: applied.iter().map(Applied::to_string).collect(),
        try_next: try_next(&stage, keeps, &applied),
        first,
        second,
        third,
        seconds,
    };
    output.show(&shown, |shown| of_next(shown, keeps))?;
    if keeps {
        std::future::pending::<()>().await;
    }
    stage.simulator.stop().await;
    Ok(())
}

/// Makes the CRM, starts the simulator with a mailbox for each of its users, and writes the configuration.
async fn set(folder: &Path) -> Result<Stage> {
    let crm = folder.join("crm.sqlite");
    sample::create(&crm, sample::Size::SAMPLE, SEED, Utc::now()).await?;
    let profile = Profile::embedded("reference")?;
    let source = CrmSource::open_sqlite(&crm).await?;
    let read = adressbote_schema::crm::read(&profile, &source, &Own::default(), None).await?;
    let mailboxes = read.crm.users.rows().iter().filter_map(|user| user.mail.as_deref()).map(NewUser::named).collect();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let simulator = adressbote_simulator::serve(listen, Some(folder.join("graph.journal")), mailboxes).await?;
    std::fs::write(folder.join("secret"), simulator.client_secret())?;
    crate::key_file::create(&folder.join("adressbote.key"))?;
    let config = folder.join("adressbote.toml");
    std::fs::write(&config, configuration(&simulator))?;
    Ok(Stage { folder: folder.to_owned(), config, simulator })
}

/// The configuration for the sample CRM and a simulator, in the folder that holds both.
pub fn configuration(simulator: &Running) -> String {
    let (base, token_url, tenant, client_id) = (simulator.base(), simulator.token_url(), simulator.tenant(), simulator.client_id());
    format!(
        r#"[crm]
profile = "reference"
database = "crm.sqlite"

[state]
database = "state.sqlite"
key_file = "adressbote.key"

[graph]
base = "{base}"
token_url = "{token_url}"
tenant = "{tenant}"
client_id = "{client_id}"
credential = {{ kind = "secret", value = {{ file = "secret" }} }}

[worker]
seats = 50

[books.contacts]
target = {{ folder = "CRM Kontakte" }}
purpose = "Reaching customers by phone and mail"
legal_basis = "Art. 6 (1) f GDPR"
retention_days = 365
cap = {CAP}
"#
    )
}

async fn one_pass(app: &App, graph: &Graph, output: Output) -> Result<PassReport> {
    let progress = Progress::new();
    let order = Order { kind: PassKind::Full, cause: "demo", verifies: false, budget: None };
    // Whoever ends the demo ends everything at once: its folder goes with it.
    let never = CancellationToken::new();
    if !output.is_watched() {
        return Ok(pass::run(app, graph, &order, &Unwatched, &never).await?);
    }
    let report = pass::run(app, graph, &order, &progress, &never).await?;
    progress.end();
    Ok(report)
}

/// What happens in the CRM between the passes.
async fn change_all(crm: &Path) -> Result<Vec<Applied>> {
    let mut applied = Vec::new();
    for change in Change::ALL {
        applied.push(sample::apply(crm, change, Utc::now() + TimeDelta::seconds(1)).await?);
    }
    Ok(applied)
}

/// Per user: what he sees, wants and got, and what is kept from him.
fn of_first(report: &PassReport) -> String {
    let row = |folder: &FolderReport| {
        [
            folder.user.clone(),
            folder.figures.visible.to_string(),
            folder.figures.matched.to_string(),
            folder.figures.subscribed.to_string(),
            folder.figures.capped.to_string(),
            folder.figures.standing.to_string(),
            folder.figures.withheld.keys().cloned().collect::<Vec<_>>().join(", "),
        ]
    };
    let over = format!("over the cap of {CAP}");
    let head = ["user", "may see", "wants", "subscribed", &over, "delivered", "withheld fields"];
    let contacts: usize = report.folders.iter().map(|folder| folder.figures.standing).sum();
    let table = table(head, report.folders.iter().map(row), "Nobody is served.");
    format!(
        "\nFirst pass: {} in {}, each as its user may see it.\n\n{table}\n{}",
        many(contacts, "contact"),
        many(report.folders.len(), "folder"),
        troubles(report)
    )
}

/// Whose folder changed, and why.
fn of_second(report: &PassReport) -> String {
    let changed: Vec<&FolderReport> = report.folders.iter().filter(|folder| folder.has_changes()).collect();
    let row = |folder: &FolderReport| [folder.user.clone(), folder.figures.standing.to_string(), changes(folder)];
    let table = table(["user", "delivered", "what changed, and why"], changed.iter().map(|folder| row(folder)), "Nothing changed.");
    let others = report.folders.len() - changed.len();
    format!("\nSecond pass: {} changed, the other {others} were left alone.\n\n{table}\n{}", many(changed.len(), "folder"), troubles(report))
}

fn changes(folder: &FolderReport) -> String {
    let deleted = folder.deleted.iter().map(|(reason, count)| format!("{count} removed: {reason}"));
    let written = [(folder.created, "added"), (folder.updated, "changed")].into_iter().filter(|(count, _)| *count > 0);
    let written = written.map(|(count, what)| format!("{count} {what}"));
    let cleared = folder.cleared.iter().map(|(what, count)| {
        let (property, reason) = what.split_once(": ").unwrap_or((what, ""));
        format!("{property} emptied in {count}: {reason}")
    });
    deleted.chain(written).chain(cleared).collect::<Vec<_>>().join("; ")
}

fn troubles(report: &PassReport) -> String {
    let folders = report.folders.iter().filter_map(|folder| Some(format!("! {}: {}\n", folder.user, folder.trouble.as_ref()?)));
    folders.chain(report.doubts.iter().map(|(relation, doubt)| format!("! {relation} is in doubt: {doubt}\n"))).collect()
}

/// Commands to try, as they can be pasted into a shell of this folder.
fn try_next(stage: &Stage, keeps: bool, applied: &[Applied]) -> Vec<String> {
    if !keeps {
        return vec![program("demo --keep"), program("init")];
    }
    let config = quoted(&stage.config);
    let lost = applied.iter().find_map(|applied| Some((applied.user.as_ref()?, applied.record.as_ref()?)));
    let about = lost.map(|(user, record)| {
        [format!("--config {config} explain --user {user} --record {record}"), format!("--config {config} where --record {record}")]
    });
    about.into_iter().flatten().chain([format!("--config {config} sync --verify")]).map(|words| program(&words)).collect()
}

fn of_next(shown: &Shown, keeps: bool) -> String {
    let commands = shown.try_next.iter().map(|command| format!("  {command}\n")).collect::<String>();
    if !keeps {
        return format!("\nTry next, to stay and ask, or to attach a CRM of your own:\n{commands}");
    }
    format!(
        "\nConfiguration: {}\nCRM:           {}\nMicrosoft Graph (simulated): {}\n\nTry, in another terminal:\n{commands}\nCtrl-C ends the demo.",
        shown.configuration.display(),
        shown.crm.display(),
        shown.graph
    )
}
