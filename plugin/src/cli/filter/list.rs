//! `filter list` and `filter show`.

use adressbote_rules::crm::FilterRow;
use adressbote_rules::explain::Asker;
use adressbote_rules::key::{Principal, UserKey};
use adressbote_schema::state::FilterVersion;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::{App, OpenBook};
use crate::cli::Desk;
use crate::cli::asker;
use crate::cli::exit::{Exit, Refusal};
use crate::cli::holder::{self, Holder};
use crate::cli::output::{instant_or_none, table};
use crate::worker::reading;

/// Which filters.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Those that count for this user, as he may know them
    #[arg(long, value_name = "USER")]
    as_user: Option<String>,
    /// Of which address book; needed when there are several
    #[arg(long, value_name = "BOOK")]
    book: Option<String>,
}

/// Whose filter.
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    #[command(flatten)]
    holder: Holder,
}

/// A filter in force.
#[derive(Clone, Debug, Serialize)]
struct Line {
    /// Whose it is; none: the book's own.
    holder: Option<String>,
    book: String,
    /// Its text; none where the asker may not read it, or it is broken.
    text: Option<String>,
    /// Why it is no filter.
    broken: Option<String>,
    /// `crm`, `ours` or `configuration`.
    kept: Option<&'static str>,
    version: Option<u32>,
    author: Option<String>,
    since: Option<DateTime<Utc>>,
}

/// Lists the filters.
///
/// # Errors
/// When there is no such user or book.
pub async fn all(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let book = asker::book(&app, args.book.as_deref())?;
    let lines = match args.as_user.map(UserKey::new) {
        Some(user) => of_user(&app, book, &user).await?,
        None => of_operator(&app, book).await?,
    };
    desk.output.show(&lines, |lines| text(lines))?;
    Ok(Exit::Done)
}

/// Shows one filter.
///
/// # Errors
/// When there is none, or no such user or group.
pub async fn one(args: OneArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let book = asker::book(&app, args.holder.book.as_deref())?;
    let (principal, asker) = args.holder.named()?;
    let read = reading::rows(&app).await?;
    let groups = read.crm.groups.rows().to_vec();
    let reading = reading::build(&app, read, Utc::now()).await?;
    holder::known(&principal, &reading.snapshot, &groups, &asker)?;
    let lines = of_operator(&app, book).await?;
    let line = lines.into_iter().find(|line| line.holder.as_deref() == Some(principal.as_str()));
    let mut line = line.ok_or_else(|| Refusal::new(format!("`{principal}` has no filter of its own in book `{}`", book.key)))?;
    if matches!(asker, Asker::User(_)) && line.broken.is_some() {
        // The whole sentence proposes names, also of fields that he may not know.
        line.broken = Some("it cannot be understood; `adressbote filter try` tells what is wrong with a text".to_owned());
    }
    desk.output.show(&line, |line| text(std::slice::from_ref(line)))?;
    Ok(Exit::Done)
}

/// All filters, with text and author.
async fn of_operator(app: &App, book: &OpenBook) -> anyhow::Result<Vec<Line>> {
    let read = reading::rows(app).await?;
    let ours = app.state.filters(&book.key).await?;
    let here = |row: &&FilterRow| row.book.as_deref().is_none_or(|of| of == book.key.as_str());
    let lines = read.crm.filters.rows().iter().filter(here).map(|row| line(row, book, &ours));
    let mut lines: Vec<Line> = lines.chain(of_book(book)).collect();
    lines.sort_by(|left, right| left.holder.cmp(&right.holder));
    Ok(lines)
}

fn line(row: &FilterRow, book: &OpenBook, ours: &[FilterVersion]) -> Line {
    let version = ours.iter().find(|version| row.book.is_some() && version.holder == row.holder);
    Line {
        holder: Some(row.holder.to_string()),
        book: book.key.to_string(),
        text: row.filter.as_ref().ok().map(ToString::to_string),
        broken: row.filter.as_ref().err().map(ToString::to_string),
        kept: Some(if version.is_some() { "ours" } else { "crm" }),
        version: version.map(|version| version.version),
        author: version.map(|version| version.author.clone()),
        since: version.map(|version| version.made_at),
    }
}

fn of_book(book: &OpenBook) -> Option<Line> {
    let text = Some(book.rules.default_filter.as_ref()?.to_string());
    let (kept, book) = (Some("configuration"), book.key.to_string());
    Some(Line { holder: None, book, text, broken: None, kept, version: None, author: None, since: None })
}

/// The filters that count for a user, as he may know them: others' without their text.
async fn of_user(app: &App, book: &OpenBook, user: &UserKey) -> anyhow::Result<Vec<Line>> {
    let reading = reading::take(app, Utc::now()).await?;
    let viewer = asker::viewer(&reading.snapshot, user, &Asker::User(user.clone()))?;
    let own = Principal::of_user(user);
    let stored = viewer.filters(book.key.as_str());
    let bare = |holder: Option<String>, text| Line {
        holder,
        book: book.key.to_string(),
        text,
        broken: None,
        kept: None,
        version: None,
        author: None,
        since: None,
    };
    if stored.is_empty() {
        return Ok(book.rules.default_filter.iter().map(|_| bare(None, None)).collect());
    }
    let line = |(holder, filter): (&Principal, &Result<adressbote_rules::filter::Filter, _>)| {
        bare(Some(holder.to_string()), filter.as_ref().ok().filter(|_| *holder == own).map(ToString::to_string))
    };
    Ok(stored.into_iter().map(|(holder, filter)| line((holder, filter))).collect())
}

fn text(lines: &[Line]) -> String {
    let rows = lines.iter().map(|line| {
        let whose = line.holder.clone().unwrap_or_else(|| "the book's default".to_owned());
        let broken = line.broken.as_ref().map(|why| format!("broken: {why}"));
        let text = line.text.clone().or(broken).unwrap_or_else(|| "a rule whose text is not shown".to_owned());
        let version = line.version.map(|version| version.to_string()).unwrap_or_default();
        let author = line.author.clone().unwrap_or_default();
        [whose, text, line.kept.unwrap_or_default().to_owned(), version, author, instant_or_none(line.since)]
    });
    table(["whose", "filter", "kept", "version", "author", "since"], rows, "There is no filter.")
}
