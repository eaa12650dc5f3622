//! `subscribe`: records reserved for users, groups or everyone.

use adressbote_rules::crm::SubscriptionRow;
use adressbote_rules::explain::Asker;
use adressbote_rules::key::{Principal, RecordKey};
use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Period;
use adressbote_schema::crm::first_instant;
use adressbote_schema::profile::Kept;
use adressbote_schema::state::{NewSubscription, Subscription};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::asker::{self, not_in_view, unknown_record};
use super::exit::{Exit, Refusal};
use super::holder::{self, Holder};
use super::output::{instant, instant_or_none, table};
use super::{Desk, actor};
use crate::app::App;
use crate::worker::reading;

/// Reserve records for users, groups or everyone
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Reserve a record
    Add(AddArgs),
    /// Take a subscription of ours back
    Remove(RemoveArgs),
    /// List subscriptions, the CRM's and ours
    List(ListArgs),
}

/// What to reserve for whom, and when.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    #[command(flatten)]
    holder: Holder,
    /// Which record (its key in the CRM)
    #[arg(long, value_name = "RECORD")]
    record: String,
    /// From when on it counts: a day, or an instant such as 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until when it counts, itself excluded: a day, or an instant
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: Option<String>,
}

/// What to take back.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    #[command(flatten)]
    holder: Holder,
    /// Which record (its key in the CRM)
    #[arg(long, value_name = "RECORD")]
    record: String,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: Option<String>,
}

/// Which to list.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    holder: Holder,
    /// Only those of this record
    #[arg(long, value_name = "RECORD")]
    record: Option<String>,
}

/// A subscription.
#[derive(Debug, Serialize)]
struct Line {
    record: String,
    principal: String,
    book: Option<String>,
    by: String,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    /// `crm` or `ours`.
    kept: &'static str,
}

/// Does what was asked.
///
/// # Errors
/// As each command says.
pub async fn run(command: Command, desk: &Desk) -> anyhow::Result<Exit> {
    match command {
        Command::Add(args) => add(args, desk).await,
        Command::Remove(args) => remove(args, desk).await,
        Command::List(args) => list(args, desk).await,
    }
}

/// Refuses a record that there is not; to a user, one that is hidden from him in the same words.
fn known_record(snapshot: &Snapshot, record: &RecordKey, asker: &Asker) -> anyhow::Result<()> {
    match asker {
        Asker::Operator if snapshot.has(record) => Ok(()),
        Asker::Operator => Err(unknown_record(snapshot, record).into()),
        Asker::User(user) => {
            let viewer = asker::viewer(snapshot, user, asker)?;
            if snapshot.record_is_hidden(&viewer, record) { Err(not_in_view().into()) } else { Ok(()) }
        }
    }
}

/// Everything that must be right before a subscription is changed.
async fn allowed(app: &App, holder: &Holder, record: &RecordKey) -> anyhow::Result<(Principal, Asker)> {
    if app.profile.subscriptions_kept() == Kept::Crm {
        let what = format!("profile `{}` keeps subscriptions in the CRM; nothing was changed here", app.profile.name());
        return Err(Refusal::new(what).hint("reserve the record in the CRM").into());
    }
    let (principal, asker) = holder.named()?;
    let read = reading::rows(app).await?;
    let groups = read.crm.groups.rows().to_vec();
    let reading = reading::build(app, read, Utc::now()).await?;
    holder::known(&principal, &reading.snapshot, &groups, &asker)?;
    known_record(&reading.snapshot, record, &asker)?;
    Ok((principal, asker))
}

async fn add(args: AddArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let book = asker::book(&app, args.holder.book.as_deref())?;
    let during = Period { from: time(&app, args.from.as_deref())?, until: time(&app, args.until.as_deref())? };
    if during.from.zip(during.until).is_some_and(|(from, until)| until <= from) {
        return Err(Refusal::new("the subscription would end before it begins; nothing was done").into());
    }
    let record = RecordKey::new(&args.record);
    let (principal, asker) = allowed(&app, &args.holder, &record).await?;
    let wish = NewSubscription { book: book.key.clone(), record, principal, during };
    let made = app.state.subscribe(&wish, &actor::by_asker(&asker, args.why.as_deref()), Utc::now()).await?;
    let tells = matches!(asker, Asker::Operator) && principal_is_kept_from(&app, &made.wish).await?;
    desk.output.show(&ours(&made), |line| {
        let begins = line.from.filter(|from| *from > Utc::now()).map(|from| format!(" It counts from {} on.", instant(from))).unwrap_or_default();
        let hidden = if tells { " But he may not see it as things are, so nothing comes of it." } else { "" };
        format!(
            "Record {} is reserved for {}; passes count it from now on, and `explain` says what comes of it.{begins}{hidden}",
            line.record, line.principal
        )
    })?;
    Ok(Exit::Done)
}

/// Whether the subscription is for one user, and its record hidden from him; for operators.
async fn principal_is_kept_from(app: &App, wish: &NewSubscription) -> anyhow::Result<bool> {
    let Some(user) = wish.principal.user() else { return Ok(false) };
    let reading = reading::take(app, Utc::now()).await?;
    Ok(reading.snapshot.viewer(&user).is_some_and(|viewer| reading.snapshot.record_is_hidden(&viewer, &wish.record)))
}

async fn remove(args: RemoveArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let book = asker::book(&app, args.holder.book.as_deref())?;
    let record = RecordKey::new(&args.record);
    let (principal, asker) = match args.holder.as_user {
        Some(_) => allowed(&app, &args.holder, &record).await?,
        // An operator may take back what stands for a record or user that the CRM has no longer.
        None => args.holder.named()?,
    };
    let standing = app.state.subscriptions(&book.key).await?;
    let his = standing.into_iter().find(|one| one.wish.record == record && one.wish.principal == principal);
    let missing = || {
        let refusal = Refusal::new(format!("no subscription of record `{record}` for `{principal}` is kept here; nothing was done"));
        refusal.hint("`adressbote subscribe list` shows them; those kept in the CRM are taken back there")
    };
    let his = his.ok_or_else(missing)?;
    app.state.unsubscribe(his.id, &actor::by_asker(&asker, args.why.as_deref()), Utc::now()).await?;
    desk.output.show(&ours(&his), |line| format!("Record {} is no longer reserved for {} from the next pass on.", line.record, line.principal))?;
    Ok(Exit::Done)
}

async fn list(args: ListArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let book = asker::book(&app, args.holder.book.as_deref())?;
    let (principal, asker) = args.holder.resolve()?;
    let record = args.record.as_ref().map(RecordKey::new);
    let read = reading::rows(&app).await?;
    let (rows, groups) = (read.crm.subscriptions.rows().to_vec(), read.crm.groups.rows().to_vec());
    let reading = reading::build(&app, read, Utc::now()).await?;
    if let Some(principal) = &principal {
        holder::known(principal, &reading.snapshot, &groups, &asker)?;
    }
    let viewer = match &asker {
        Asker::User(user) => reading.snapshot.viewer(user),
        Asker::Operator => None,
    };
    let is_asked = |row: &&SubscriptionRow| {
        let is_here = row.book.as_deref().is_none_or(|of| of == book.key.as_str());
        let is_shown = viewer.as_ref().is_none_or(|viewer| !reading.snapshot.record_is_hidden(viewer, &row.record));
        is_here && is_shown && principal.as_ref().is_none_or(|of| row.principal == *of) && record.as_ref().is_none_or(|of| row.record == *of)
    };
    let lines: Vec<Line> = rows.iter().filter(is_asked).map(line).collect();
    desk.output.show(&lines, |lines| text(lines))?;
    Ok(Exit::Done)
}

/// A row as it was read; ours alone name their book.
fn line(row: &SubscriptionRow) -> Line {
    Line {
        record: row.record.to_string(),
        principal: row.principal.to_string(),
        book: row.book.as_deref().map(str::to_owned),
        by: row.by.to_string(),
        from: row.during.from,
        until: row.during.until,
        kept: if row.book.is_some() { "ours" } else { "crm" },
    }
}

fn ours(made: &Subscription) -> Line {
    let NewSubscription { book, record, principal, during } = &made.wish;
    Line {
        record: record.to_string(),
        principal: principal.to_string(),
        book: Some(book.to_string()),
        by: made.made.1.clone(),
        from: during.from,
        until: during.until,
        kept: "ours",
    }
}

fn text(lines: &[Line]) -> String {
    let rows = lines.iter().map(|line| {
        [line.record.clone(), line.principal.clone(), line.by.clone(), instant_or_none(line.from), instant_or_none(line.until), line.kept.to_owned()]
    });
    table(["record", "for", "by", "from", "until", "kept"], rows, "There is no subscription.")
}

/// An instant, or the beginning of a day in the company's time zone.
fn time(app: &App, text: Option<&str>) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(Some(at.to_utc()));
    }
    let day = text.parse::<NaiveDate>().ok();
    day.and_then(|day| first_instant(day, app.zone())).map(Some).ok_or_else(|| {
        Refusal::new(format!("`{text}` is no time; nothing was done"))
            .hint("write a day such as 2026-01-31, or an instant such as 2026-01-31T08:00:00Z")
    })
}
