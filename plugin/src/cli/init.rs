//! `init`: a commented configuration and a key file to begin with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use adressbote_schema::profile::Profile;
use anyhow::Context;
use serde::Serialize;

use super::Desk;
use super::exit::{Exit, Refusal};
use super::output::{program, quoted};
use crate::key_file::{self, KeyError};

/// The configuration with all its keys; what stands between `@` is filled in.
const TEMPLATE: &str = include_str!("init/adressbote.toml");

/// Where, and for which CRM.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile of the CRM; `adressbote profile list` names them
    #[arg(long, value_name = "NAME", default_value = "reference")]
    profile: String,
    /// The folder to write into; it is made if there is none
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    configuration: String,
    key_file: String,
    /// Whether the key is new; an existing one is kept.
    is_new_key: bool,
}

/// Writes configuration and key. Nothing that exists is overwritten.
///
/// # Errors
/// When a configuration is there, or something cannot be written.
pub fn run(args: &Args, desk: &Desk) -> anyhow::Result<Exit> {
    let text = configuration(&args.profile)?;
    let path = args.folder.join("adressbote.toml");
    std::fs::create_dir_all(&args.folder).with_context(|| format!("the folder `{}` cannot be made", args.folder.display()))?;
    write_new(&path, &text)?;
    let key = args.folder.join("adressbote.key");
    let is_new_key = match key_file::create(&key) {
        Ok(_) => true,
        Err(KeyError::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {
            key_file::read(&key)?;
            false
        }
        Err(error) => return Err(error.into()),
    };
    let written = Written { configuration: path.display().to_string(), key_file: key.display().to_string(), is_new_key };
    desk.output.show(&written, text_of)?;
    Ok(Exit::Done)
}

fn text_of(written: &Written) -> String {
    let key = if written.is_new_key { "is new; keep a copy apart from the state database's backups" } else { "was there and is kept" };
    format!(
        "{} is written; every key in it is explained.\nThe key file {} {key}.\nNext: name the CRM's database, tenant and client_id in it, put the app's \
         secret into graph.secret beside it, then try `{}`.",
        written.configuration,
        written.key_file,
        program(&format!("--config {} check", quoted(Path::new(&written.configuration))))
    )
}

/// The configuration for a profile.
fn configuration(name: &str) -> anyhow::Result<String> {
    let is_folder = name.contains('/');
    let profile = if is_folder { Profile::load(Path::new(name))? } else { Profile::embedded(name)? };
    let field = profile.view().fields().first().map(|field| field.name.clone()).unwrap_or_default();
    let filter = format!("\\\"{}\\\" IS NOT NULL", field.replace('"', "\"\""));
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    Ok(TEMPLATE.replace("@PROFILE@", &quoted).replace("@FILTER@", &filter))
}

fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let mut made = made.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let refusal = Refusal::new(format!("`{}` exists and was left untouched; nothing was written", path.display()));
            anyhow::Error::new(refusal.hint("name another folder with --folder"))
        }
        _ => anyhow::Error::new(error).context(format!("`{}` cannot be written", path.display())),
    })?;
    made.write_all(text.as_bytes()).with_context(|| format!("`{}` cannot be written", path.display()))
}

#[cfg(test)]
mod tests;
