//! What people and machines read: tables and sentences, or JSON with stable names.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::ValueEnum;
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle, presets};
use serde::Serialize;

/// Tables have one line, under the heading.
const STYLE: TableStyle = presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

/// For whom data is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one JSON value.
    Json,
}

/// How a command prints.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// For whom.
    pub format: Format,
    /// How much: 0 what is asked for, from 1 on details too.
    pub verbosity: u8,
}

impl Output {
    /// Prints data: as JSON, or as the text that `text` makes of it.
    ///
    /// # Errors
    /// When it cannot be written. A reader who has seen enough and went away is no error.
    pub fn show<T: Serialize>(self, data: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(data)?,
            Format::Text => text(data),
        };
        Ok(line(text.trim_end())?)
    }

    /// Whether a person watches, who may be shown progress; not where the log would run into it.
    pub fn is_watched(self) -> bool {
        self.format == Format::Text && self.verbosity == 0 && io::stderr().is_terminal()
    }
}

/// Writes a line of data and hands it on at once.
///
/// # Errors
/// When it cannot be written, unless the reader went away.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes a line for a person on the error stream; where even that fails, nobody is left to tell.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Text that may come from the CRM, without what could steer a terminal; lines stay lines.
pub fn plain(text: &str) -> String {
    text.chars().map(|one| if one.is_control() && one != '\n' { char::REPLACEMENT_CHARACTER } else { one }).collect()
}

/// A call of this program, as it was called itself: what people are told to try must work where they are.
pub fn program(words: &str) -> String {
    let name = std::env::args_os().next().unwrap_or_else(|| "adressbote".into());
    format!("{} {words}", quoted(Path::new(&name)))
}

/// A path as a shell takes it for one word.
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain = |one: char| one.is_alphanumeric() || "/._-+,:@%".contains(one);
    if text.chars().all(is_plain) && !text.is_empty() { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A table with a heading; columns of numbers stand to the right. Without rows: the sentence `none`.
pub fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>, none: &str) -> String {
    let rows: Vec<[String; N]> = rows.into_iter().collect();
    if rows.is_empty() {
        return format!("{none}\n");
    }
    let is_number = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
    let numeric: Vec<bool> = (0..N).map(|column| rows.iter().all(|row| row.get(column).is_some_and(is_number))).collect();
    let mut table = Table::new();
    table.load_style(STYLE).set_header(head);
    table.set_content_arrangement(if io::stdout().is_terminal() { ContentArrangement::Dynamic } else { ContentArrangement::Disabled });
    for row in rows {
        table.add_row(row.map(|cell| Cell::new(plain(&cell))));
    }
    for (column, _) in table.column_iter_mut().zip(numeric).filter(|(_, numeric)| *numeric) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n", table.trim_fmt())
}

/// Counts by name as one text: `a 1, b 2`.
pub fn counts<'a>(counts: impl IntoIterator<Item = (&'a String, &'a usize)>) -> String {
    counts.into_iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

/// So many of something: `1 folder`, `2 folders`.
pub fn many(count: impl TryInto<u64>, one: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// An instant for people: to the second, in UTC.
pub fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// An instant, or nothing.
pub fn instant_or_none(at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    at.map(instant).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_many() {
        assert_eq!([many(0_usize, "folder"), many(1_u64, "folder"), many(2_usize, "folder")], ["0 folders", "1 folder", "2 folders"]);
    }

    #[test]
    fn a_path_is_one_word_for_a_shell() {
        for (path, word) in
            [("/tmp/a-b/c.toml", "/tmp/a-b/c.toml"), ("mein Ordner Ä", "'mein Ordner Ä'"), ("it's", r"'it'\''s'"), ("a;b$c", "'a;b$c'")]
        {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }
}
