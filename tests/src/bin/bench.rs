//! Measures a pass on the sample CRM, its phases apart. The median of several runs is printed; nothing is asserted.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use adressbote::app::App;
use adressbote::worker::pass::{self, Order, Unwatched};
use adressbote::worker::reading;
use adressbote_rules::due::{Due, Evaluation};
use adressbote_rules::plan::{self, Service};
use adressbote_schema::crm::{CrmSource, Own};
use adressbote_schema::profile::Profile;
use adressbote_schema::state::PassKind;
use adressbote_simulator::{NewUser, Running};
use chrono::Utc;
use tokio_util::sync::CancellationToken;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The times of one phase, by what it did.
#[derive(Default)]
struct Times(BTreeMap<&'static str, (Vec<Duration>, String)>);

impl Times {
    fn note(&mut self, phase: &'static str, time: Duration, size: String) {
        let (times, last) = self.0.entry(phase).or_default();
        times.push(time);
        *last = size;
    }

    fn print(&mut self) {
        println!("{:28} {:>12} {:>12}   of what", "phase", "median ms", "fastest ms");
        for (phase, (times, size)) in &mut self.0 {
            times.sort();
            let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
            println!("{phase:28} {:>12.1} {:>12.1}   {size}", ms(times.get(times.len() / 2)), ms(times.first()));
        }
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let repetitions: usize = std::env::args().nth(1).map_or(Ok(5), |text| text.parse())?;
    let mut times = Times::default();
    for _ in 0..repetitions {
        one_run(&mut times).await?;
    }
    println!("{repetitions} runs on the sample CRM: 5,000 records, 60 users, 50 seats; the simulator runs in the same process\n");
    times.print();
    Ok(())
}

async fn one_run(times: &mut Times) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let simulator = set(folder.path()).await?;
    let app = App::open(&folder.path().join("adressbote.toml"), Utc::now()).await?;
    let graph = app.graph()?;
    decide(times, &app).await?;
    for (phase, cause) in [("4 pass: first fill", "fill"), ("5 pass: nothing to do", "rest")] {
        let begun = Instant::now();
        let order = Order { kind: PassKind::Full, cause, verifies: false, budget: None };
        let report = pass::run(&app, &graph, &order, &Unwatched, &CancellationToken::new()).await?;
        let written: usize = report.folders.iter().map(|folder| folder.created + folder.updated).sum();
        times.note(phase, begun.elapsed(), format!("{} folders, {written} contacts written", report.folders.len()));
    }
    simulator.stop().await;
    Ok(())
}

/// The phases that need no network.
async fn decide(times: &mut Times, app: &App) -> Outcome<()> {
    let begun = Instant::now();
    let reading = reading::take(app, Utc::now()).await?;
    times.note("1 read the CRM", begun.elapsed(), format!("{} records", reading.snapshot.record_keys().count()));
    let Some(book) = app.books.first() else { return Err("no book".into()) };
    let begun = Instant::now();
    let evaluation = Evaluation::new(&reading.snapshot, &book.rules, app.key.clone());
    let viewers: Vec<_> = reading.seats.keys().filter_map(|user| reading.snapshot.viewer(user)).collect();
    let dues: Vec<Due> = viewers.iter().map(|viewer| evaluation.due(viewer)).collect();
    let contacts: usize = dues.iter().map(|due| due.contacts().len()).sum();
    times.note("2 evaluate and map", begun.elapsed(), format!("{} users, {contacts} contacts due", dues.len()));
    let begun = Instant::now();
    let empty = BTreeMap::new();
    let plans = viewers.iter().zip(&dues).map(|(viewer, due)| plan::plan(&evaluation, Some(viewer), Service::Served, Some(due), &empty));
    let changes: usize = plans.map(|plan| plan.changes().count()).sum();
    times.note("3 plan", begun.elapsed(), format!("{changes} changes"));
    Ok(())
}

async fn set(folder: &Path) -> Outcome<Running> {
    let crm = folder.join("crm.sqlite");
    adressbote_schema::sample::create(&crm, adressbote_schema::sample::Size::SAMPLE, 1, Utc::now()).await?;
    let source = CrmSource::open_sqlite(&crm).await?;
    let read = adressbote_schema::crm::read(&Profile::embedded("reference")?, &source, &Own::default(), None).await?;
    let mailboxes = read.crm.users.rows().iter().filter_map(|user| user.mail.as_deref()).map(NewUser::named).collect();
    let simulator = adressbote_simulator::serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None, mailboxes).await?;
    std::fs::write(folder.join("secret"), simulator.client_secret())?;
    adressbote::key_file::create(&folder.join("adressbote.key"))?;
    std::fs::write(folder.join("adressbote.toml"), adressbote::cli::demo::configuration(&simulator))?;
    Ok(simulator)
}
