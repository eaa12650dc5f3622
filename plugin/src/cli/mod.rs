//! The command line: what people and machines ask of the program, and how it answers.
//!
//! One file per group of commands; [`exit`] alone decides how the program ends, [`output`] how it prints, `asker` what may be said to whom.

mod actor;
mod asker;
mod bind;
mod check;
pub mod demo;
mod doubt;
pub mod exit;
mod explain;
mod filter;
mod finding;
mod holder;
mod init;
mod ledger;
pub mod output;
mod place;
mod plan;
mod preview;
mod profile;
mod progress;
pub mod report;
mod run;
mod signal;
mod simulate;
mod subscribe;
mod sync;
mod told;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::exit::Exit;
use self::output::{Format, Output};
use crate::app::{App, AppError, Ledger};

/// Puts the right CRM contacts into the right person's address book.
#[derive(Debug, Parser)]
#[command(name = "adressbote", version, arg_required_else_help = true, subcommand_required = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 3 done, but something needs attention.")]
struct Cli {
    /// The configuration
    #[arg(long, global = true, value_name = "FILE", default_value = "adressbote.toml")]
    config: PathBuf,
    /// How data is printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Say more: details, and what happens on the error stream; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Do the main job on a sample CRM and a simulated Microsoft Graph, and show what happened
    Demo {
        /// Stay afterwards, to try commands, until Ctrl-C
        #[arg(long)]
        keep: bool,
    },
    /// Write a commented configuration and a key file
    Init(init::Args),
    /// Check configuration, CRM, profile, rights, Graph and a mailbox; say what to do
    Check(check::Args),
    Sync(sync::Args),
    Run(run::Args),
    Plan(plan::Args),
    Preview(preview::Args),
    Explain(explain::Args),
    Where(place::Args),
    #[command(subcommand)]
    Filter(filter::Command),
    #[command(subcommand)]
    Subscribe(subscribe::Command),
    #[command(subcommand)]
    Bind(bind::Command),
    #[command(subcommand)]
    Ledger(ledger::Command),
    #[command(subcommand)]
    Doubt(doubt::Command),
    #[command(subcommand)]
    Profile(profile::Command),
    SimulateGraph(simulate::Args),
}

/// What every command has at hand.
#[derive(Clone, Debug)]
struct Desk {
    config: PathBuf,
    output: Output,
}

impl Desk {
    /// Opens everything that the configuration names.
    async fn open(&self) -> Result<App, AppError> {
        App::open(&self.config, Utc::now()).await
    }

    /// Opens our own state alone, which needs no CRM.
    async fn ledger(&self) -> Result<Ledger, AppError> {
        Ledger::open(&self.config, Utc::now()).await
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    // It fails only if a provider was chosen before, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return misused(&error).into(),
    };
    let desk = Desk { config: cli.config, output: Output { format: cli.format, verbosity: cli.verbose } };
    log(&cli.command, cli.verbose);
    let outcome = runtime().and_then(|runtime| {
        let outcome = runtime.block_on(dispatch(cli.command, &desk));
        // What still waits for the outside, such as a look-up of a name, does not keep the program.
        runtime.shutdown_timeout(Duration::from_secs(1));
        outcome
    });
    outcome.unwrap_or_else(|error| exit::report(&error, desk.output)).into()
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the program could not start its tasks")
}

async fn dispatch(command: Command, desk: &Desk) -> anyhow::Result<Exit> {
    match command {
        Command::Demo { keep } => demo::run(keep, desk.output).await,
        Command::Init(args) => init::run(&args, desk),
        Command::Check(args) => check::run(args, desk).await,
        Command::Sync(args) => sync::run(args, desk).await,
        Command::Run(args) => run::run(args, desk).await,
        Command::Plan(args) => plan::run(args, desk).await,
        Command::Preview(args) => preview::run(args, desk).await,
        Command::Explain(args) => explain::run(args, desk).await,
        Command::Where(args) => place::run(args, desk).await,
        Command::Filter(command) => filter::run(command, desk).await,
        Command::Subscribe(command) => subscribe::run(command, desk).await,
        Command::Bind(command) => bind::run(command, desk).await,
        Command::Ledger(command) => ledger::run(command, desk).await,
        Command::Doubt(command) => doubt::run(command, desk).await,
        Command::Profile(command) => profile::run(command, desk).await,
        Command::SimulateGraph(args) => simulate::run(args, desk).await,
    }
}

/// What was wrong with the command line; help and version are no mistakes.
fn misused(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        return if error.print().is_ok() { Exit::Done } else { Exit::Failed };
    }
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let wants_json = words.windows(2).any(|pair| pair == ["--format", "json"]) || words.iter().any(|word| word == "--format=json");
    if wants_json {
        let text = error.render().to_string();
        // What is missing stands in the lines below the first; usage and tips begin after an empty line.
        let sentence = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect::<Vec<_>>().join(" ");
        let sentence = sentence.trim_start_matches("error: ").to_owned();
        let refusal = exit::Refusal::new(sentence).hint("`adressbote help` lists commands and options");
        return exit::report(&refusal.into(), Output { format: Format::Json, verbosity: 0 });
    }
    // Where even the error stream cannot be written, nobody is left to tell.
    let _ = error.print();
    Exit::Misused
}

/// Logs to the error stream: the worker what it does, other commands only what went wrong, more with -v.
fn log(command: &Command, verbosity: u8) {
    let level = match (command, verbosity) {
        // A server's notices may hold what the CRM's own functions say of its contents.
        (Command::Run(_), 0) | (_, 1) => "adressbote=info,warn,sqlx::postgres::notice=off",
        (_, 0) => "error",
        (_, _) => "adressbote=debug,info,sqlx::postgres::notice=off",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    // It fails only if a log was set up before, which serves as well.
    let _ = log.try_init();
}
