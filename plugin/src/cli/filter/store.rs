//! `filter set`, `filter remove` and `filter history`: filters that we keep, with their versions.

use adressbote_rules::explain::Asker;
use adressbote_rules::key::Principal;
use adressbote_schema::profile::Kept;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::{App, OpenBook};
use crate::cli::exit::{Exit, Refusal};
use crate::cli::holder::{self, Holder};
use crate::cli::output::{instant, table};
use crate::cli::{Desk, actor, asker};
use crate::worker::reading;

/// What to store.
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    #[command(flatten)]
    holder: Holder,
    /// The filter, such as "Ort = 'Konstanz' AND Betreuer = user.id"
    #[arg(value_name = "FILTER")]
    text: String,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: Option<String>,
}

/// What to remove.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    #[command(flatten)]
    holder: Holder,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: Option<String>,
}

/// Whose history.
#[derive(Debug, clap::Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    holder: Holder,
}

/// What is in force now.
#[derive(Debug, Serialize)]
struct Stored {
    holder: String,
    book: String,
    version: u32,
    /// The filter as it is kept; none: removed.
    text: Option<String>,
}

/// A version of a filter.
#[derive(Debug, Serialize)]
struct Version {
    version: u32,
    /// The filter; none: removed.
    text: Option<String>,
    author: String,
    at: DateTime<Utc>,
}

/// Whose filter may be changed, checked against profile and CRM.
struct Place<'a> {
    book: &'a OpenBook,
    principal: Principal,
    asker: Asker,
}

async fn place<'a>(app: &'a App, holder: &Holder, text: Option<&str>) -> anyhow::Result<(Place<'a>, Option<String>)> {
    refuse_where_kept_in_crm(app)?;
    let book = asker::book(app, holder.book.as_deref())?;
    let (principal, asker) = holder.named()?;
    if principal == Principal::everyone() {
        return Err(Refusal::new("everyone's filter is the book's default").hint("change `default_filter` of the book in the configuration").into());
    }
    let read = reading::rows(app).await?;
    let groups = read.crm.groups.rows().to_vec();
    let reading = reading::build(app, read, Utc::now()).await?;
    holder::known(&principal, &reading.snapshot, &groups, &asker)?;
    let viewer = match &asker {
        Asker::User(user) => reading.snapshot.viewer(user),
        Asker::Operator => None,
    };
    let text = text.map(|text| super::parse(app, text, viewer.as_ref())).transpose()?.map(|filter| filter.to_string());
    Ok((Place { book, principal, asker }, text))
}

fn refuse_where_kept_in_crm(app: &App) -> Result<(), Refusal> {
    match app.profile.filters_kept() {
        Kept::Ours | Kept::Both => Ok(()),
        Kept::Crm => {
            let what = format!("profile `{}` keeps filters in the CRM; nothing was stored here", app.profile.name());
            Err(Refusal::new(what).hint("change the filter in the CRM, or let a profile of your own say `[filters] kept = \"ours\"`"))
        }
    }
}

/// Stores a filter.
///
/// # Errors
/// When the text is no filter, or filters are kept in the CRM.
pub async fn set(args: SetArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let (place, text) = place(&app, &args.holder, Some(&args.text)).await?;
    put(&app, place, (text, args.why), desk).await
}

/// Removes a filter.
///
/// # Errors
/// When there is none, or filters are kept in the CRM.
pub async fn remove(args: RemoveArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let (place, _) = place(&app, &args.holder, None).await?;
    let stored = app.state.filters(&place.book.key).await?;
    if !stored.iter().any(|filter| filter.holder == place.principal && filter.text.is_some()) {
        return Err(Refusal::new(format!("no filter of `{}` is kept here; nothing was removed", place.principal)).into());
    }
    put(&app, place, (None, args.why), desk).await
}

async fn put(app: &App, place: Place<'_>, (text, why): (Option<String>, Option<String>), desk: &Desk) -> anyhow::Result<Exit> {
    let by = actor::by_asker(&place.asker, why.as_deref());
    let version = app.state.put_filter((&place.book.key, &place.principal), text.as_deref(), &by, Utc::now()).await?;
    let stored = Stored { holder: place.principal.to_string(), book: place.book.key.to_string(), version, text };
    desk.output.show(&stored, |stored| match &stored.text {
        Some(text) => format!("Version {} of the filter of {} is in force from the next pass on:\n  {text}", stored.version, stored.holder),
        None => format!("The filter of {} is removed from the next pass on (version {}).", stored.holder, stored.version),
    })?;
    Ok(Exit::Done)
}

/// Shows every version.
///
/// # Errors
/// When there was never one.
pub async fn history(args: HistoryArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let book = asker::book(&app, args.holder.book.as_deref())?;
    let (principal, _) = args.holder.named()?;
    let versions = app.state.filter_history(&book.key, &principal).await?;
    if versions.is_empty() {
        return Err(Refusal::new(format!("no filter of `{principal}` was ever kept here in book `{}`", book.key)).into());
    }
    let version =
        |one: adressbote_schema::state::FilterVersion| Version { version: one.version, text: one.text, author: one.author, at: one.made_at };
    let versions: Vec<Version> = versions.into_iter().map(version).collect();
    desk.output.show(&versions, |versions| {
        let rows = versions.iter().map(|one| {
            let text = one.text.clone().unwrap_or_else(|| "removed".to_owned());
            [one.version.to_string(), text, one.author.clone(), instant(one.at)]
        });
        table(["version", "filter", "author", "at"], rows, "")
    })?;
    Ok(Exit::Done)
}
