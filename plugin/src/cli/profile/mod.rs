//! `profile`: how CRMs are read.

mod check;
mod new;

use std::path::PathBuf;

use adressbote_schema::crm::Address;
use adressbote_schema::profile::{Kept, Profile, shipped};
use serde::Serialize;

use super::Desk;
use super::exit::Exit;
use super::output::table;
use crate::app::load_profile;
use crate::config::{Config, Secret};

/// Look at profiles, write one out to change it, check one against a database
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the profiles that are part of this program
    List,
    /// Show what a profile says
    Show {
        /// Its name, or its folder (anything with a `/`); without it, the configuration's
        #[arg(value_name = "PROFILE")]
        profile: Option<String>,
    },
    /// Write a profile of this program into a new folder, to be changed there
    Export {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        /// A new or empty folder
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Draft a profile from an existing database: tables and columns found, guesses marked; nobody sees anything until you wrote who may
    New(new::Args),
    /// Check a profile against a CRM database: columns, values, rights, what points nowhere or is never used, slow statements
    Check(check::Args),
}

/// Which database, and how it is opened.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// The CRM's database: an SQLite file, or `postgres://USER@HOST/DATABASE`, or `mysql://…`; without it, the configuration's
    #[arg(long, value_name = "DATABASE")]
    database: Option<String>,
    /// The file that holds the password for `--database`
    #[arg(long, value_name = "FILE", requires = "database")]
    password_file: Option<PathBuf>,
}

impl Place {
    /// The address with the password that a file holds, if one is given. It is read here and not with the arguments, whose mistakes are said with all that
    /// was written.
    fn address(self) -> anyhow::Result<Option<Address>> {
        let password = self.password_file.map(|file| Secret { file: Some(file), env: None }.read("--password-file")).transpose()?;
        let database: Option<Address> = self.database.map(|database| database.parse()).transpose()?;
        Ok(database.map(|database| database.with_password(password)))
    }
}

/// A profile in short.
#[derive(Debug, Serialize)]
struct Short {
    name: String,
    description: String,
}

/// What a profile says.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    description: String,
    view: String,
    locale: String,
    time_zone: String,
    fields: Vec<String>,
    parts: Vec<String>,
    rules: Vec<RuleShown>,
    subscriptions_kept: &'static str,
    filters_kept: &'static str,
    relations: Vec<[String; 2]>,
}

/// A right rule.
#[derive(Debug, Serialize)]
struct RuleShown {
    name: String,
    title: String,
    is_open_by_default: bool,
}

/// What was written out.
#[derive(Debug, Serialize)]
struct Exported {
    profile: String,
    folder: String,
}

/// Does what was asked.
///
/// # Errors
/// When there is no such profile, or it is wrong.
pub async fn run(command: Command, desk: &Desk) -> anyhow::Result<Exit> {
    match command {
        Command::List => list(desk)?,
        Command::Show { profile } => {
            let name = profile.map_or_else(|| Config::load(&desk.config).map(|config| config.crm.profile), Ok)?;
            let shown = shown(&load_profile(&name)?);
            desk.output.show(&shown, shown_text)?;
        }
        Command::Export { name, folder } => {
            Profile::export(&name, &folder)?;
            let exported = Exported { profile: name, folder: folder.display().to_string() };
            let path = if exported.folder.contains('/') { exported.folder.clone() } else { format!("./{}", exported.folder) };
            desk.output.show(&exported, |exported| {
                format!("Profile {} is in {}. Use it with `profile = \"{path}\"` in section [crm].", exported.profile, exported.folder)
            })?;
        }
        Command::New(args) => new::run(args, desk).await?,
        Command::Check(args) => return check::run(args, desk).await,
    }
    Ok(Exit::Done)
}

fn list(desk: &Desk) -> anyhow::Result<()> {
    let mut profiles = Vec::new();
    for name in shipped() {
        profiles.push(Short { name: name.to_owned(), description: Profile::embedded(name)?.description().to_owned() });
    }
    desk.output.show(&profiles, |profiles| {
        table(["profile", "reads"], profiles.iter().map(|one| [one.name.clone(), one.description.clone()]), "There is none.")
    })
}

fn shown(profile: &Profile) -> Shown {
    let kept = |kept| match kept {
        Kept::Crm => "crm",
        Kept::Ours => "ours",
        Kept::Both => "both",
    };
    let view = profile.view();
    let rule = |rule: &adressbote_schema::profile::RuleDeclared| RuleShown {
        name: rule.shape.name.clone(),
        title: rule.title.clone(),
        is_open_by_default: rule.shape.is_open_by_default,
    };
    Shown {
        name: profile.name().to_owned(),
        description: profile.description().to_owned(),
        view: view.name().to_owned(),
        locale: view.locale().to_owned(),
        time_zone: profile.time_zone().to_owned(),
        fields: view.fields().iter().map(|field| field.name.clone()).collect(),
        parts: view.parts().iter().map(|part| part.name.clone()).collect(),
        rules: profile.rules().iter().map(rule).collect(),
        subscriptions_kept: kept(profile.subscriptions_kept()),
        filters_kept: kept(profile.filters_kept()),
        relations: profile.relations().map(|(relation, file)| [adressbote_schema::crm::stem(relation), file.to_owned()]).collect(),
    }
}

fn shown_text(shown: &Shown) -> String {
    let rules = shown.rules.iter().map(|rule| {
        let default = if rule.is_open_by_default { "open" } else { "hidden" };
        [rule.name.clone(), rule.title.clone(), default.to_owned()]
    });
    format!(
        "{}: {}\nView {} (collation {}, time zone {})\nFields: {}\nParts: {}\nSubscriptions kept: {}; filters kept: {}\n{}",
        shown.name,
        shown.description,
        shown.view,
        shown.locale,
        shown.time_zone,
        shown.fields.join(", "),
        shown.parts.join(", "),
        shown.subscriptions_kept,
        shown.filters_kept,
        table(["right rule", "what it is", "without rows"], rules, "There is no right rule: everybody may see every record.")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_written_into_an_address_is_not_repeated() {
        let error = Place { database: Some("mysql://x:hunter2@h/crm".to_owned()), password_file: None }.address().unwrap_err();
        let (exit, sentences, _) = super::super::exit::judged(&error);
        assert!(exit == Exit::Misused && sentences.concat().contains("a password must not stand") && !sentences.concat().contains("hunter2"));
    }
}
