//! `simulate-graph`: Microsoft Graph on loopback, to try clients against.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use adressbote_schema::crm::{Own, read};
use adressbote_simulator::{NewUser, serve};
use anyhow::Context;

use super::Desk;
use super::exit::{Exit, Refusal};
use super::output::{Format, complain, line};
use super::signal::Stop;
use crate::app::{load_profile, open_crm};
use crate::config::Config;

/// Run the Graph simulator alone; its first line is one JSON object with addresses, app and users
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to listen: a loopback address; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The file in which its state survives a restart; without it, nothing does
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A JSON list of users: `[{"userPrincipalName": "anna@bodensee.example"}]`
    #[arg(long, value_name = "FILE", conflicts_with = "crm")]
    users: Option<PathBuf>,
    /// Give the CRM users of the configuration a mailbox each
    #[arg(long)]
    crm: bool,
}

/// Runs the simulator until told to stop.
///
/// # Errors
/// When it cannot start.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let mut told = Stop::listen();
    let users = match (&args.users, args.crm) {
        (Some(file), _) => users_of_file(file)?,
        (None, true) => users_of_crm(&desk.config).await?,
        (None, false) => Vec::new(),
    };
    let running = serve(args.listen, args.state, users).await?;
    line(&running.info().to_string())?;
    if desk.output.format == Format::Text {
        complain(&format!(
            "The Graph simulator listens at {}. It is for trying things out: whoever reaches it may do everything. Ctrl-C ends it.",
            running.base()
        ));
    }
    told.told().await;
    running.stop().await;
    Ok(Exit::Done)
}

fn users_of_file(file: &Path) -> anyhow::Result<Vec<NewUser>> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let refusal = Refusal::new(format!("the list of users `{}` cannot be read; nothing was started", file.display()));
        anyhow::Error::new(error).context(refusal)
    })?;
    serde_json::from_str(&text).with_context(|| {
        Refusal::new(format!("`{}` is no list of users; nothing was started", file.display()))
            .hint("write a JSON list such as [{\"userPrincipalName\": \"anna@bodensee.example\"}]")
    })
}

/// A mailbox for each address of an active user of the CRM.
async fn users_of_crm(config: &Path) -> anyhow::Result<Vec<NewUser>> {
    let config = Config::load(config)?;
    let profile = load_profile(&config.crm.profile)?;
    let source = open_crm(&config.crm).await?;
    profile.check_columns(&source).await?;
    let crm = read(&profile, &source, &Own::default(), None).await?.crm;
    let mut taken = BTreeSet::new();
    let mails = crm.users.rows().iter().filter(|user| user.is_active).filter_map(|user| user.mail.as_deref()).map(str::trim);
    let users: Vec<NewUser> = mails.filter(|mail| !mail.is_empty() && taken.insert(mail.to_lowercase())).map(NewUser::named).collect();
    if users.is_empty() {
        return Err(Refusal::new("no active user of the CRM has a mail address; nothing was started").into());
    }
    Ok(users)
}
