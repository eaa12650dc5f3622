//! `check`: tries everything that must work, and says what to do where it does not.

mod graph;
mod rights;

use adressbote_schema::crm::CrmSource;
use adressbote_schema::profile::Profile;
use chrono::Utc;
use serde::Serialize;

use super::Desk;
use super::exit::{Exit, judged};
use super::output::{many, plain, table};
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

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is right.
    Ok,
    /// It works, but somebody should look at it.
    Warning,
    /// It does not work.
    Failed,
}

/// Something that was tried.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was tried.
    what: &'static str,
    /// How it stands.
    state: State,
    /// In a sentence.
    sentence: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    findings: Vec<Finding>,
    #[serde(skip)]
    exit: Exit,
}

impl Findings {
    /// Notes what is right.
    pub fn ok(&mut self, what: &'static str, sentence: impl Into<String>) {
        self.findings.push(Finding { what, state: State::Ok, sentence: sentence.into(), hint: None });
    }

    /// Notes what somebody should look at.
    pub fn warn(&mut self, what: &'static str, sentence: impl Into<String>, hint: &str) {
        self.exit = self.exit.max(Exit::Attention);
        self.advise(what, sentence, hint);
    }

    /// Notes what somebody may look at, but may be meant so.
    pub fn advise(&mut self, what: &'static str, sentence: impl Into<String>, hint: &str) {
        self.findings.push(Finding { what, state: State::Warning, sentence: sentence.into(), hint: Some(hint.to_owned()) });
    }

    /// Notes what does not work, with its causes.
    pub fn fail(&mut self, what: &'static str, error: impl Into<anyhow::Error>) {
        let (exit, sentences, hint) = judged(&error.into());
        self.exit = self.exit.max(exit);
        self.findings.push(Finding { what, state: State::Failed, sentence: sentences.join(": "), hint });
    }

    /// Notes a failure, or gives what succeeded.
    fn take<T, E: Into<anyhow::Error>>(&mut self, what: &'static str, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|error| self.fail(what, error)).ok()
    }
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
    desk.output.show(&findings, text)?;
    Ok(findings.exit)
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
    if let (Some(profile), Some(source)) = (profile, source) {
        columns(&profile, &source, findings).await;
    }
    let mut address = None;
    // What was said above is not said again: the rest is tried only when nothing has failed so far.
    if findings.exit < Exit::Failed
        && let Some(app) = findings.take("books and state", App::open(&desk.config, Utc::now()).await)
    {
        findings.ok(
            "books and state",
            format!("{} with filters and mapping; state database {}, which may be written", many(app.books.len(), "address book"), app.state.place()),
        );
        if let Some(read) = findings.take("reading", reading::rows(&app).await) {
            rights::look_at_report(&read.report(&app.profile), findings);
            if let Some(reading) = findings.take("rights", reading::build(&app, read, Utc::now()).await) {
                rights::look_at_users(&app, &reading, findings);
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

fn text(findings: &Findings) -> String {
    let rows = findings.findings.iter().map(|finding| {
        let state = match finding.state {
            State::Ok => "ok",
            State::Warning => "look",
            State::Failed => "FAILED",
        };
        let hint = finding.hint.as_ref().map(|hint| format!("\n-> {hint}")).unwrap_or_default();
        [finding.what.to_owned(), state.to_owned(), plain(&format!("{}{hint}", finding.sentence))]
    });
    table(["what", "state", "in words"], rows, "Nothing was tried.")
}
