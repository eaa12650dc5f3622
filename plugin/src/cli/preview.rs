//! `preview`: the folder due to a user now, whatever stands in his mailbox.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use adressbote_rules::due::{Due, DueContact};
use adressbote_rules::explain::Asker;
use adressbote_rules::ledger::Brought;
use adressbote_rules::seat::Licence;
use adressbote_rules::view::View;
use adressbote_schema::state::PassKind;
use chrono::Utc;
use serde::Serialize;
use serde_json::Value as Json;

use super::Desk;
use super::asker::{self, Contents, Who};
use super::exit::Exit;
use super::output::{counts, plain, table};
use crate::worker::recent;

/// Show the folder that is due to a user now: places, records and what brought them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    who: Who,
    /// Of which address book; needed when there are several
    #[arg(long, value_name = "BOOK")]
    book: Option<String>,
    /// Only the first so many
    #[arg(long, value_name = "COUNT")]
    first: Option<NonZeroUsize>,
    #[command(flatten)]
    contents: Contents,
}

/// A folder that is due.
#[derive(Debug, Serialize)]
struct Preview {
    user: String,
    book: String,
    /// Whether it is delivered: `served`, or `pending`.
    service: &'static str,
    visible: usize,
    matched: usize,
    subscribed: usize,
    cap: u32,
    capped: usize,
    /// Fields withheld, with the number of contacts; for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<BTreeMap<String, usize>>,
    /// Sort key of the last contact admitted by the cap, and of the first refused; only with contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<[Vec<Option<Json>>; 2]>,
    contacts: Vec<Line>,
}

/// A contact of the folder.
#[derive(Debug, Serialize)]
struct Line {
    place: u32,
    record: String,
    brought: Brought,
    /// The fields withheld in it; for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<Vec<String>>,
    /// What of it does not fit into Graph's contact, as `property: what`; contents are not told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    misfits: Vec<String>,
    /// Its properties; only with contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<BTreeMap<&'static str, Json>>,
}

/// Works out the folder and prints it.
///
/// # Errors
/// When there is no such user.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let (user, asker) = args.who.resolve()?;
    let book = asker::book(&app, args.book.as_deref())?;
    let recent = recent::at_hand(&app, &PassKind::User(user.clone()), Utc::now()).await?;
    let reading = &recent.reading;
    let viewer = asker::viewer(&reading.snapshot, &user, &asker)?;
    let due = recent.evaluation(&app, book).due(&viewer);
    let subjects = [user.as_str(), book.key.as_str()];
    let shows = args.contents.allow(&app, &asker, ("show contents: preview", &subjects), Utc::now()).await?;
    let is_served = viewer.user().is_active && reading.licence(&user) == Licence::Seated;
    let view = reading.snapshot.view();
    let shown = due.contacts().iter().take(args.first.map_or(usize::MAX, NonZeroUsize::get));
    let is_operator = asker == Asker::Operator;
    let preview = Preview {
        user: user.to_string(),
        book: book.key.to_string(),
        service: if is_served { "served" } else { "pending" },
        visible: due.tally.visible,
        matched: due.tally.matched,
        subscribed: due.tally.subscribed,
        cap: due.tally.cap,
        capped: due.tally.capped,
        withheld: is_operator.then(|| due.tally.withheld.clone()),
        cut: cut(&due).filter(|_| shows),
        contacts: shown.map(|contact| line(contact, view, (is_operator, shows))).collect(),
    };
    desk.output.show(&preview, text)?;
    Ok(Exit::Done)
}

fn cut(due: &Due) -> Option<[Vec<Option<Json>>; 2]> {
    let json = |key: &Vec<Option<adressbote_rules::value::Value>>| key.iter().map(|value| value.as_ref().map(|value| value.to_json())).collect();
    Some([due.tally.last_admitted.as_ref().map(json).unwrap_or_default(), json(due.tally.first_refused.as_ref()?)])
}

fn line(contact: &DueContact, view: &View, (is_operator, shows_contents): (bool, bool)) -> Line {
    let masked = view.numbered_fields().filter(|(id, _)| !contact.mask().reads(*id)).map(|(_, field)| field.name.clone());
    Line {
        place: contact.place(),
        record: contact.record().to_string(),
        brought: contact.brought(),
        withheld: is_operator.then(|| masked.collect()),
        misfits: contact.misfits().iter().map(ToString::to_string).collect(),
        properties: shows_contents.then(|| {
            let filled = contact.filled();
            let values = contact.values().filter(|(property, _)| filled.contains(property));
            values.map(|(property, value)| (property.name(), value.clone())).collect()
        }),
    }
}

fn text(preview: &Preview) -> String {
    let rows = preview.contacts.iter().map(|line| {
        let withheld = line.withheld.as_ref().map(|fields| fields.join(", ")).unwrap_or_default();
        let what = line
            .properties
            .as_ref()
            .map_or(withheld, |properties| properties.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n"));
        [line.place.to_string(), line.record.clone(), super::plan::brought(Some(line.brought)), what, line.misfits.join("\n")]
    });
    let has_contents = preview.contacts.iter().any(|line| line.properties.is_some());
    let table =
        table(["place", "record", "brought", if has_contents { "contents" } else { "withheld" }, "does not fit"], rows, "The folder is empty.");
    let mut lines = vec![format!(
        "{}, address book {}: {} visible, {} matched ({} subscribed), {} beyond the cap of {}; {}",
        preview.user, preview.book, preview.visible, preview.matched, preview.subscribed, preview.capped, preview.cap, preview.service
    )];
    lines.extend(preview.withheld.as_ref().filter(|withheld| !withheld.is_empty()).map(|withheld| format!("withheld: {}", counts(withheld))));
    let shown = |key: &Vec<Option<Json>>| {
        key.iter().map(|value| value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)).collect::<Vec<_>>().join(", ")
    };
    lines.extend(preview.cut.iter().map(|[last, first]| format!("the last admitted: {}; the first left out: {}", shown(last), shown(first))));
    format!("{table}{}", plain(&lines.join("\n")))
}
