//! How the program ends: the exit codes, and the one place that maps errors to them.

use std::error::Error;
use std::process::ExitCode;

use adressbote_rules::sight::SnapshotError;
use adressbote_schema::crm::{AddressError, CrmError};
use adressbote_schema::profile::draft::DraftError;
use adressbote_schema::profile::{CheckError, ExportError, ProfileErrors};
use adressbote_schema::sample::SampleError;
use adressbote_schema::state::StateError;
use adressbote_simulator::StartError;
use serde::Serialize;

use super::output::{Format, Output, plain};
use crate::api::ApiError;
use crate::app::AppError;
use crate::config::ConfigError;
use crate::graph::GraphError;
use crate::key_file::KeyError;
use crate::worker::concern::Unknown;
use crate::worker::error::{BindingError, DeliveryError, PassError};
use crate::worker::reading::ReadingError;

/// How the program ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything was done.
    #[default]
    Done,
    /// It was done, but something needs a person's attention.
    Attention,
    /// It failed.
    Failed,
    /// It was used wrongly, or the configuration is wrong.
    Misused,
}

impl Exit {
    /// The code that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Misused => 2,
            Self::Attention => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What a command refuses to do, because it was asked wrongly. Nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Refusal {
    what: String,
    hint: Option<String>,
}

impl Refusal {
    /// Refuses, saying why.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    /// With what to do instead.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl From<Unknown> for Refusal {
    fn from(unknown: Unknown) -> Self {
        Self::new(unknown.to_string()).hint(unknown.hint())
    }
}

/// What an error means for the exit code, and what to do next.
struct Judgement {
    exit: Exit,
    hint: Option<String>,
}

fn failed(hint: Option<&str>) -> Judgement {
    Judgement { exit: Exit::Failed, hint: hint.map(str::to_owned) }
}

fn misused(hint: Option<&str>) -> Judgement {
    Judgement { exit: Exit::Misused, hint: hint.map(str::to_owned) }
}

/// The first error of the chain that is known decides.
fn judge(error: &anyhow::Error) -> Judgement {
    // A refusal that was put before its cause is found by `anyhow` alone.
    let refusal = error.downcast_ref::<Refusal>().map(|refusal| misused(refusal.hint.as_deref()));
    refusal.or_else(|| error.chain().find_map(judge_one)).unwrap_or_else(|| failed(None))
}

fn judge_one(error: &(dyn Error + 'static)) -> Option<Judgement> {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return Some(misused(refusal.hint.as_deref()));
    }
    if let Some(error) = error.downcast_ref::<AppError>() {
        return Some(of_app(error));
    }
    if let Some(error) = error.downcast_ref::<PassError>() {
        return Some(of_pass(error));
    }
    let known = error.downcast_ref::<ReadingError>().map(of_reading);
    let known = known.or_else(|| error.downcast_ref::<StateError>().map(of_state));
    let known = known.or_else(|| error.downcast_ref::<GraphError>().map(of_graph));
    let known = known.or_else(|| error.downcast_ref::<CrmError>().map(of_crm));
    let known = known.or_else(|| error.downcast_ref::<ConfigError>().map(of_config));
    let known = known.or_else(|| error.downcast_ref::<CheckError>().map(of_check));
    let known = known.or_else(|| error.downcast_ref::<StartError>().map(of_start));
    let known = known.or_else(|| error.downcast_ref::<KeyError>().map(of_key));
    let known = known.or_else(|| error.downcast_ref::<ApiError>().map(of_api));
    known.or_else(|| {
        let is_misuse = error.is::<ProfileErrors>()
            || error.is::<AddressError>()
            || error.is::<ExportError>()
            || error.is::<DraftError>()
            || matches!(error.downcast_ref(), Some(SampleError::Exists(_)));
        is_misuse.then(|| misused(None))
    })
}

fn of_app(error: &AppError) -> Judgement {
    match error {
        AppError::Config(error) => of_config(error),
        AppError::Columns(error) => of_check(error),
        AppError::Crm(error) => of_crm(error),
        AppError::State(error) => of_state(error),
        AppError::Key(error) => of_key(error),
        AppError::Profile(_) | AppError::Mapping { .. } => misused(Some("`adressbote profile check` reads the profile alone")),
        AppError::BookFilter { .. } | AppError::TimeZone(_) | AppError::Address(_) => misused(Some("correct it in the configuration")),
        AppError::Graph(_) | AppError::Credential(_) => misused(Some("correct section [graph] of the configuration")),
        AppError::File { .. } => misused(Some("check the path and that this account may read the file")),
    }
}

fn of_pass(error: &PassError) -> Judgement {
    match error {
        PassError::Reading(error) => of_reading(error),
        PassError::Unknown(unknown) => misused(Some(unknown.hint())),
        PassError::NotBegun(error)
        | PassError::Binding(BindingError::State(error))
        | PassError::Delivery(DeliveryError::State(error))
        | PassError::State(error) => of_state(error),
        PassError::Binding(BindingError::Graph(error)) | PassError::Delivery(DeliveryError::Graph(error)) => of_graph(error),
    }
}

fn of_reading(error: &ReadingError) -> Judgement {
    match error {
        ReadingError::Crm(error) => of_crm(error),
        ReadingError::State(error) => of_state(error),
        ReadingError::Snapshot(SnapshotError::NoLocale(_)) => misused(Some("correct `locale` in the profile")),
        ReadingError::Snapshot(SnapshotError::Cycle { .. }) => failed(Some("take one of these memberships away in the CRM")),
        ReadingError::Room(_) => failed(Some("give the machine more memory, or let the profile's view hold fewer records")),
    }
}

fn of_config(error: &ConfigError) -> Judgement {
    misused(match error {
        ConfigError::Missing { .. } => Some("write one with `adressbote init`, or name another with --config FILE"),
        ConfigError::Unreadable { .. } => Some("check that this account may read the file"),
        ConfigError::Wrong { .. } => Some("`adressbote init --folder NEW` writes a commented configuration to compare with"),
        ConfigError::SecretSource { .. } | ConfigError::SecretMissing { .. } => {
            Some("put the secret alone into the file or variable; secrets never stand in the configuration")
        }
    })
}

fn of_check(error: &CheckError) -> Judgement {
    match error {
        CheckError::Profile(_) => misused(Some("check that the database is the CRM's own, of the version that the profile is for")),
        CheckError::Crm(error) => of_crm(error),
    }
}

fn of_crm(error: &CrmError) -> Judgement {
    match error {
        CrmError::Missing { .. }
        | CrmError::NoAccess { .. }
        | CrmError::NotADatabase { .. }
        | CrmError::Empty { .. }
        | CrmError::Encoding { .. }
        | CrmError::Login { .. }
        | CrmError::Forbidden { .. }
        | CrmError::Tls { .. } => misused(Some(error.hint())),
        CrmError::Unreachable { .. }
        | CrmError::Busy { .. }
        | CrmError::Locked { .. }
        | CrmError::Damaged { .. }
        | CrmError::Replica { .. }
        | CrmError::Torn { .. }
        | CrmError::Stained { .. }
        | CrmError::Failed { .. } => failed(Some(error.hint())),
    }
}

fn of_state(error: &StateError) -> Judgement {
    match error {
        StateError::Open { .. }
        | StateError::NotADatabase { .. }
        | StateError::Foreign { .. }
        | StateError::Newer { .. }
        | StateError::Altered { .. }
        | StateError::ReadOnly
        | StateError::Mysql
        | StateError::Login { .. }
        | StateError::NoDatabase { .. }
        | StateError::Tls { .. }
        | StateError::NoRight { .. }
        | StateError::ForeignSchema { .. }
        | StateError::OtherKey
        | StateError::Missing { .. }
        | StateError::MailboxTaken { .. }
        | StateError::NothingToConfirm { .. }
        | StateError::OtherRows { .. }
        | StateError::BadTombstones { .. } => misused(None),
        // What else there is, and what a later version adds, are failures; their sentences say what to do.
        _ => failed(None),
    }
}

fn of_graph(error: &GraphError) -> Judgement {
    failed(match error {
        GraphError::Token(_) | GraphError::Unauthorized { .. } | GraphError::Forbidden { .. } => {
            Some("see section [graph] of the configuration, and the app registration in Entra: its secret or certificate, permissions and consent")
        }
        _ => None,
    })
}

fn of_key(error: &KeyError) -> Judgement {
    match error {
        KeyError::NoRandom => failed(None),
        KeyError::Missing { .. } | KeyError::Io { .. } | KeyError::NoKey { .. } => misused(None),
    }
}

fn of_api(error: &ApiError) -> Judgement {
    match error {
        ApiError::Token(error) => of_config(error),
        ApiError::Weak => misused(Some("make one with `openssl rand -hex 32`")),
        ApiError::NoRandom => failed(None),
        ApiError::InUse(_) | ApiError::Listen { .. } => failed(Some("choose another address or port in section [api] of the configuration")),
    }
}

fn of_start(error: &StartError) -> Judgement {
    match error {
        StartError::NotLoopback(_) | StartError::Directory(_) | StartError::Journal(_) => misused(None),
        StartError::Listen { .. } => failed(Some("choose another address or port; port 0 takes a free one")),
    }
}

/// An error as machines read it.
#[derive(Serialize)]
struct Told<'a> {
    error: &'a str,
    causes: &'a [String],
    hint: Option<&'a str>,
    exit: u8,
}

/// How the program ends for an error; its sentences, the error's own first; and what to do.
pub fn judged(error: &anyhow::Error) -> (Exit, Vec<String>, Option<String>) {
    let Judgement { exit, hint } = judge(error);
    (exit, said(error.chain()), hint)
}

/// The sentences of a pass that failed, the error's own first; and what to do.
pub fn sentences(error: &PassError) -> (Vec<String>, Option<String>) {
    (said(anyhow::Chain::new(error)), of_pass(error).hint)
}

fn said(chain: anyhow::Chain<'_>) -> Vec<String> {
    let mut sentences: Vec<String> = chain.map(ToString::to_string).collect();
    // A transparent error says what its source says.
    sentences.dedup();
    sentences
}

/// Tells an error on the error stream, with its causes and what to do, and says how the program ends.
pub fn report(error: &anyhow::Error, output: Output) -> Exit {
    let (exit, sentences, hint) = judged(error);
    let (sentence, causes) = sentences.split_first().map_or(("", &[][..]), |(first, causes)| (first.as_str(), causes));
    let text = match output.format {
        Format::Json => {
            let told = Told { error: sentence, causes, hint: hint.as_deref(), exit: exit.code() };
            serde_json::to_string_pretty(&told).unwrap_or_else(|_| sentence.to_owned())
        }
        Format::Text => {
            let causes = causes.iter().map(|cause| format!("\ncause: {}", plain(cause)));
            let hint = hint.iter().map(|hint| format!("\nhint: {}", plain(hint)));
            format!("error: {}{}", plain(sentence), causes.chain(hint).collect::<String>())
        }
    };
    super::output::complain(&text);
    exit
}
