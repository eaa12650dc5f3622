//! `check`: tries everything that must work, and says what to do where it does not.

mod graph;
pub mod rights;

use adressbote_schema::crm::{CrmSource, unused};
use adressbote_schema::profile::Profile;
use chrono::Utc;

use super::Desk;
use super::exit::Exit;
use super::finding::Findings;
use super::output::many;
use crate::app::{App, load_profile, open_crm};
use crate::config::Config;
use crate::key_file;
use crate::worker::reading;

/// What to try.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose mailbox to try; without it, that of the first user who is served
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Leave Microsoft Graph out
    #[arg(long)]
    offline: bool,
}

/// Tries everything, as far as possible.
///
/// # Errors
/// When what was found cannot be printed. What does not work is a finding.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let mut findings = Findings::default();
    if let Some(config) = findings.take("configuration", Config::load(&desk.config)) {
        findings.ok("configuration", format!("{} with {}", desk.config.display(), many(config.books.len(), "address book")));
        look(&config, &args, desk, &mut findings).await;
    }
    desk.output.show(&findings, Findings::text)?;
    Ok(findings.exit())
}

async fn look(config: &Config, args: &Args, desk: &Desk, findings: &mut Findings) {
    if findings.take("key file", key_file::read(&config.state.key_file)).is_some() {
        if key_file::is_open_to_all(&config.state.key_file) {
            findings.warn("key file", "every account of this machine may read it", "take that right away: `chmod o= FILE`");
        } else {
            findings.ok("key file", "it holds a key");
        }
    }
    if let Some(api) = &config.api
        && findings.take("interface", crate::api::check(api)).is_some()
    {
        findings.ok("interface", format!("passes can be asked for at {} while the worker runs; the token is long enough", api.listen));
    }
    let profile = findings.take("profile", load_profile(&config.crm.profile));
    let source = findings.take("CRM database", open_crm(&config.crm).await);
    if let Some(source) = &source {
        findings.ok("CRM database", format!("reached: {}", source.place()));
    }
    if let (Some(profile), Some(source)) = (profile, source) {
        columns(&profile, &source, findings).await;
    }
    let mut address = None;
    // What was said above is not said again: the rest is tried only when nothing has failed so far.
    if findings.exit() < Exit::Failed
        && let Some(app) = findings.take("books and state", App::open(&desk.config, Utc::now()).await)
    {
        findings.ok(
            "books and state",
            format!("{} with filters and mapping; state database {}, which may be written", many(app.books.len(), "address book"), app.state.place()),
        );
        if let Some(read) = findings.take("reading", reading::rows(&app).await) {
            rights::look_at_report(&app.profile, &read.report(&app.profile), findings);
            if let Some(book) = app.books.first() {
                let own = app.books.iter().flat_map(|book| book.rules.filters());
                rights::look_at_unused(&unused(&app.profile, &book.rules.mapping, rights::understood(&read.crm).chain(own)), findings);
            }
            if let Some(reading) = findings.take("rights", reading::build(&app, read, Utc::now()).await) {
                rights::look_at_users(&app, &reading, findings);
                app.books.first().into_iter().for_each(|book| rights::look_at_mapping(&reading.snapshot, &book.rules.mapping, findings));
                address = rights::address(&reading, args.user.as_deref(), findings);
            }
        }
    }
    if !args.offline {
        graph::look(config, address.as_deref(), findings).await;
    }
}

async fn columns(profile: &Profile, source: &CrmSource, findings: &mut Findings) {
    if findings.take("profile", profile.check_columns(source).await).is_some() {
        findings.ok("profile", format!("profile {} fits the CRM database", profile.name()));
    }
}
