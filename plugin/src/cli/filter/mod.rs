//! `filter`: looking at filters, trying and storing them.

mod fields;
mod list;
mod store;
mod trial;

use adressbote_rules::filter::{Filter, FilterError, Names};
use adressbote_rules::sight::Viewer;

use super::Desk;
use super::exit::{Exit, Refusal};
use crate::app::App;

/// Look at filters, try them on everybody, store them
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the filters in force; a user sees those that count for him, others' without their text
    List(list::Args),
    /// Show one filter
    Show(list::OneArgs),
    /// Store a filter for a user or group
    Set(store::SetArgs),
    /// Remove a stored filter
    Remove(store::RemoveArgs),
    /// Show every version of a stored filter, with author and time
    History(store::HistoryArgs),
    /// Try a filter: per user how many records match now and would match, come and go; writes nothing
    Try(trial::Args),
    /// List the fields that filters may use
    Fields(fields::Args),
}

/// Does what was asked.
///
/// # Errors
/// As each command says.
pub async fn run(command: Command, desk: &Desk) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::all(args, desk).await,
        Command::Show(args) => list::one(args, desk).await,
        Command::Set(args) => store::set(args, desk).await,
        Command::Remove(args) => store::remove(args, desk).await,
        Command::History(args) => store::history(args, desk).await,
        Command::Try(args) => trial::run(args, desk).await,
        Command::Fields(args) => fields::run(args, desk).await,
    }
}

/// Reads a filter; of the names only those that the asker may know.
fn parse(app: &App, text: &str, as_user: Option<&Viewer<'_>>) -> Result<Filter, Refusal> {
    let columns = as_user.map(Viewer::user_columns);
    let all = app.names(as_user.map(Viewer::general_mask));
    let names = Names { user_columns: columns.as_ref().unwrap_or(all.user_columns), ..all };
    Filter::parse(text, names).map_err(|error| no_filter(text, &error))
}

/// Says what is wrong with a filter and shows the place.
fn no_filter(text: &str, FilterError { place, message }: &FilterError) -> Refusal {
    let before: String = text.chars().take(*place).collect();
    let line = text.lines().nth(before.matches('\n').count()).unwrap_or_default();
    let column = before.chars().rev().take_while(|one| *one != '\n').count();
    let (start, shown) = window(line, column);
    let caret = " ".repeat(column - start);
    Refusal::new(format!("this is no filter: {message} at character {}\n  {shown}\n  {caret}^", place + 1))
        .hint("`adressbote filter fields` lists the names; text stands in single quotes")
}

/// The part of a long line that lies around a place, and where it begins.
fn window(line: &str, column: usize) -> (usize, String) {
    const AROUND: usize = 60;
    let start = column.saturating_sub(AROUND);
    (start, line.chars().skip(start).take(2 * AROUND).map(|one| if one == '\t' { ' ' } else { one }).collect())
}
