//! The demo: the main job on invented people, from an empty folder to a second pass that withdraws, clears, changes and adds.

use std::io::Write;
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
use comfy_table::{ContentArrangement, Table};
use tokio_util::sync::CancellationToken;

use super::progress::Progress;
use crate::app::App;
use crate::graph::Graph;
use crate::worker::pass::{self, Order};
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

/// Runs the demo in a new folder; with `keeps` it stays until Ctrl-C, so that people can try commands.
///
/// # Errors
/// When the machine does not let it: no room, no loopback port.
pub async fn run(keeps: bool, stop: CancellationToken) -> Result<()> {
    let mut out = std::io::stdout();
    let begun = Instant::now();
    let temporary = tempfile::Builder::new().prefix("adressbote-demo-").tempdir().context("no folder could be made for the demo")?;
    let stage = set(temporary.path()).await?;
    let app = App::open(&stage.config, Utc::now()).await?;
    let graph = app.graph()?;
    writeln!(
        out,
        "The sample CRM stands ready: 5,000 invented contacts, 60 users, 50 seats, 12 groups. Microsoft Graph is simulated on {}.\n",
        stage.simulator.base()
    )?;

    let first = one_pass(&app, &graph, &stop).await?;
    show_first(&mut out, &first)?;
    let applied = change_all(&stage.folder.join("crm.sqlite")).await?;
    writeln!(out, "In the CRM, meanwhile:")?;
    applied.iter().try_for_each(|applied| writeln!(out, "  - {applied}"))?;
    writeln!(out)?;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let second = one_pass(&app, &graph, &stop).await?;
    show_second(&mut out, &second)?;
    let third = one_pass(&app, &graph, &stop).await?;
    let quiet = !third.folders.iter().any(FolderReport::has_changes);
    writeln!(
        out,
        "A third pass right after it changes {}. The demo took {:.1} s.\n",
        if quiet { "nothing" } else { "something, which it should not" },
        begun.elapsed().as_secs_f64()
    )?;
    try_next(&mut out, &stage, keeps, &applied)?;
    if keeps {
        out.flush()?;
        stop.cancelled().await;
        writeln!(out, "\nThe demo ends; its folder is removed.")?;
    }
    drop((app, graph));
    stage.simulator.stop().await;
    temporary.close().context("the demo's folder could not be removed")?;
    Ok(())
}

/// Makes the CRM, starts the simulator with a mailbox for each of its users, and writes the configuration.
async fn set(folder: &Path) -> Result<Stage> {
    let crm = folder.join("crm.sqlite");
    sample::create(&crm, SEED, Utc::now()).await?;
    let profile = Profile::embedded("sample")?;
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
profile = "sample"
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

async fn one_pass(app: &App, graph: &Graph, stop: &CancellationToken) -> Result<PassReport> {
    let progress = Progress::new();
    let report = pass::run(app, graph, &Order { kind: PassKind::Full, cause: "demo", verifies: false }, &progress, stop).await?;
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
fn show_first(out: &mut impl Write, report: &PassReport) -> Result<()> {
    let mut table = table(&["user", "sees", "wants", "subscribed", "over the cap", "delivered", "withheld fields"]);
    for folder in &report.folders {
        let withheld: Vec<&str> = folder.withheld.keys().map(String::as_str).collect();
        table.add_row([
            folder.user.clone(),
            folder.visible.to_string(),
            folder.matched.to_string(),
            folder.subscribed.to_string(),
            folder.capped.to_string(),
            folder.standing.to_string(),
            withheld.join(", "),
        ]);
    }
    let contacts: usize = report.folders.iter().map(|folder| folder.standing).sum();
    writeln!(out, "First pass: {contacts} contacts in {} folders, each as its user may see it.", report.folders.len())?;
    writeln!(out, "{table}\n")?;
    show_attention(out, report)
}

/// Whose folder changed, and why.
fn show_second(out: &mut impl Write, report: &PassReport) -> Result<()> {
    let mut table = table(&["user", "delivered", "what changed and why"]);
    for folder in report.folders.iter().filter(|folder| folder.has_changes()) {
        table.add_row([folder.user.clone(), folder.standing.to_string(), changes(folder)]);
    }
    let changed = report.folders.iter().filter(|folder| folder.has_changes()).count();
    writeln!(out, "Second pass: {changed} folders changed, the other {} were left alone.", report.folders.len() - changed)?;
    writeln!(out, "{table}\n")?;
    show_attention(out, report)
}

fn changes(folder: &FolderReport) -> String {
    let deleted = folder.deleted.iter().map(|(reason, count)| format!("{count} removed: {reason}"));
    let cleared = folder.cleared.iter().map(|(reason, count)| format!("{count} emptied of {reason}"));
    let written = [(folder.created, "added"), (folder.updated, "written anew")].into_iter().filter(|(count, _)| *count > 0);
    deleted.chain(cleared).chain(written.map(|(count, what)| format!("{count} {what}"))).collect::<Vec<_>>().join("; ")
}

fn show_attention(out: &mut impl Write, report: &PassReport) -> Result<()> {
    for folder in &report.folders {
        if let Some(trouble) = &folder.trouble {
            writeln!(out, "! {}: {trouble}", folder.user)?;
        }
    }
    for (relation, doubt) in &report.doubts {
        writeln!(out, "! {relation} is in doubt: {doubt}")?;
    }
    Ok(())
}

fn try_next(out: &mut impl Write, stage: &Stage, keeps: bool, applied: &[Applied]) -> Result<()> {
    if !keeps {
        writeln!(out, "Try next: `adressbote demo --keep` stays and lets you ask; `adressbote init` writes a configuration for your own CRM.")?;
        return Ok(());
    }
    let config = stage.config.display();
    let lost = applied.iter().find_map(|applied| Some((applied.user.as_ref()?, applied.record.as_ref()?)));
    writeln!(
        out,
        "Configuration: {config}\nCRM:           {}\nMicrosoft Graph (simulated): {}",
        stage.folder.join("crm.sqlite").display(),
        stage.simulator.base()
    )?;
    writeln!(out, "\nTry, in another terminal:")?;
    if let Some((user, record)) = lost {
        writeln!(out, "  adressbote --config {config} explain --user {user} --record {record}")?;
        writeln!(out, "  adressbote --config {config} where --record {record}")?;
    }
    writeln!(out, "  adressbote --config {config} sync --verify")?;
    writeln!(out, "\nCtrl-C ends the demo.")?;
    Ok(())
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(header.to_vec());
    table
}
