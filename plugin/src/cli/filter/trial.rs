//! `filter try`: what a filter would change, before anything is stored.

use std::collections::BTreeSet;

use adressbote_rules::book::Book;
use adressbote_rules::crm::{Crm, FilterRow};
use adressbote_rules::due::Evaluation;
use adressbote_rules::explain::Asker;
use adressbote_rules::filter::Filter;
use adressbote_rules::key::{Principal, RecordKey, UserKey};
use adressbote_rules::seat::Licence;
use adressbote_rules::sight::{Snapshot, Viewer};
use chrono::Utc;
use serde::Serialize;

use crate::app::OpenBook;
use crate::cli::Desk;
use crate::cli::asker;
use crate::cli::exit::{Exit, Refusal};
use crate::cli::holder::{self, Holder};
use crate::cli::output::table;
use crate::worker::reading::{self, Reading};

/// What to try on whom.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    holder: Holder,
    /// The filter, such as "Ort = 'Konstanz' AND Betreuer = user.id"
    #[arg(value_name = "FILTER")]
    text: String,
}

/// What a filter would change.
#[derive(Debug, Serialize)]
struct Trial {
    /// The filter as it would be stored.
    filter: String,
    holder: String,
    book: String,
    users: Vec<Line>,
}

/// What it would change for one user.
#[derive(Debug, Serialize)]
struct Line {
    user: String,
    /// Records wanted now, before the cap.
    matched_now: usize,
    /// Records that would be wanted.
    matched_then: usize,
    /// Of these, those beyond the cap.
    capped_then: usize,
    /// Contacts that would come into his folder.
    come: usize,
    /// Contacts that would leave it.
    go: usize,
    /// Their records, with -v.
    #[serde(skip_serializing_if = "Option::is_none")]
    coming: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    going: Option<Vec<String>>,
}

/// Tries a filter and prints what would change; writes nothing.
///
/// # Errors
/// When the text is no filter, or there is no such user or group.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let book = asker::book(&app, args.holder.book.as_deref())?;
    let (principal, asker) = args.holder.named()?;
    let now = Utc::now();
    let read = reading::rows(&app).await?;
    let (crm, groups) = (read.crm.clone(), read.crm.groups.rows().to_vec());
    let reading = reading::build(&app, read, now).await?;
    holder::known(&principal, &reading.snapshot, &groups, &asker)?;
    let as_user = match &asker {
        Asker::User(user) => reading.snapshot.viewer(user),
        Asker::Operator => None,
    };
    let filter = super::parse(&app, &args.text, as_user.as_ref())?;
    let then = Snapshot::build(with(crm, &principal, book, &filter), app.moment(now))?;
    let rules = with_default(&book.rules, &principal, &filter);
    let sides = Sides {
        now: Evaluation::new(&reading.snapshot, &book.rules, app.key.clone()),
        then: Evaluation::new(&then, &rules, app.key.clone()),
        shows_keys: desk.output.verbosity > 0,
    };
    let concerned = concerned(&reading, &principal, book);
    if concerned.is_empty() {
        return Err(Refusal::new(format!("no user is served by a filter of `{principal}`"))
            .hint("those it could count for have filters of their own, or no seat")
            .into());
    }
    let users = concerned.iter().filter_map(|user| sides.compare(user)).collect();
    let trial = Trial { filter: filter.to_string(), holder: principal.to_string(), book: book.key.to_string(), users };
    desk.output.show(&trial, text)?;
    Ok(Exit::Done)
}

/// The CRM with the filter in force for its holder in the book, in place of one that he has.
fn with(mut crm: Crm, holder: &Principal, book: &OpenBook, filter: &Filter) -> Crm {
    if *holder == Principal::everyone() {
        return crm;
    }
    let is_his = |row: &FilterRow| row.holder == *holder && row.book.as_deref().is_none_or(|of| of == book.key.as_str());
    let new = FilterRow { holder: holder.clone(), book: Some(book.key.to_string()), filter: Ok(filter.clone()) };
    let has_one = crm.filters.rows().iter().any(is_his);
    crm.filters = crm.filters.map(|row| if is_his(&row) { new.clone() } else { row });
    if !has_one {
        crm.filters = crm.filters.with([new]);
    }
    crm
}

/// The book with the filter as its default, where everyone's is tried.
fn with_default(book: &Book, holder: &Principal, filter: &Filter) -> Book {
    let default_filter = if *holder == Principal::everyone() { Some(filter.clone()) } else { book.default_filter.clone() };
    Book {
        name: book.name.clone(),
        cap: book.cap,
        caps: book.caps.clone(),
        bound: book.bound.clone(),
        default_filter,
        suppressions: book.suppressions.clone(),
        is_pinned: book.is_pinned,
        mapping: book.mapping.clone(),
    }
}

/// The users for whom the filter would count: its holder, or those of the group, or of all, who are served and have none nearer.
fn concerned(reading: &Reading, holder: &Principal, book: &OpenBook) -> Vec<UserKey> {
    if let Some(user) = holder.user() {
        return vec![user];
    }
    let counts = |viewer: &Viewer<'_>| {
        let stored = viewer.filters(book.key.as_str());
        let own = Principal::of_user(&viewer.person().id);
        match holder.group() {
            Some(_) => viewer.holds(holder) && !stored.iter().any(|(of, _)| **of == own),
            None => stored.is_empty(),
        }
    };
    let seated = reading.snapshot.users().filter(|user| user.is_active && reading.licence(&user.key) == Licence::Seated);
    seated.filter(|user| reading.snapshot.viewer(&user.key).is_some_and(|viewer| counts(&viewer))).map(|user| user.key.clone()).collect()
}

/// The book now and then.
struct Sides<'s> {
    now: Evaluation<'s>,
    then: Evaluation<'s>,
    shows_keys: bool,
}

impl Sides<'_> {
    fn compare(&self, user: &UserKey) -> Option<Line> {
        let (matched_now, now) = folder(&self.now, user)?;
        let (matched_then, then) = folder(&self.then, user)?;
        let keys = |left: &BTreeSet<RecordKey>, right: &BTreeSet<RecordKey>| left.difference(right).map(ToString::to_string).collect::<Vec<_>>();
        let (coming, going) = (keys(&then, &now), keys(&now, &then));
        Some(Line {
            user: user.to_string(),
            matched_now,
            matched_then,
            capped_then: matched_then - then.len(),
            come: coming.len(),
            go: going.len(),
            coming: self.shows_keys.then_some(coming),
            going: self.shows_keys.then_some(going),
        })
    }
}

/// How many records a user wants, and those that the cap admits.
fn folder(evaluation: &Evaluation<'_>, user: &UserKey) -> Option<(usize, BTreeSet<RecordKey>)> {
    let viewer = evaluation.snapshot().viewer(user)?;
    let (_, queue) = evaluation.queue(&viewer);
    let cap = usize::try_from(evaluation.book().cap_of(&viewer)).unwrap_or(usize::MAX);
    Some((queue.len(), queue.iter().take(cap).map(|(_, seen)| seen.key().clone()).collect()))
}

fn text(trial: &Trial) -> String {
    let rows = trial.users.iter().map(|line| {
        let numbers = [line.matched_now, line.matched_then, line.capped_then, line.come, line.go].map(|number| number.to_string());
        let [now, then, capped, come, go] = numbers;
        [line.user.clone(), now, then, capped, come, go]
    });
    let mut text = table(["user", "match now", "would match", "beyond cap", "come", "go"], rows, "Nobody is concerned.");
    for line in &trial.users {
        for (word, keys) in [("come", &line.coming), ("go", &line.going)] {
            if let Some(keys) = keys.as_ref().filter(|keys| !keys.is_empty()) {
                text.push_str(&format!("{} {word}: {}\n", line.user, keys.join(", ")));
            }
        }
    }
    format!("{text}Nothing was stored. As it would be: {}", trial.filter)
}
