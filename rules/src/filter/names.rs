//! Finding what a name means, among the names that the asker may know and no others.

use std::sync::Arc;

use super::Names;
use super::error::FilterError;
use super::print::Name;
use super::tree::{Origin, Source};
use crate::person::Person;
use crate::text::{composed, fold, is_same};
use crate::value::Type;

/// A name as it stands in a filter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'a> {
    pub(super) text: &'a str,
    /// Whether it stands in quotes, so that case matters.
    pub(super) is_quoted: bool,
    pub(super) place: usize,
}

/// Longer names than this find no proposal: comparing them costs too much.
const LONGEST_PROPOSED: usize = 100;

impl Names<'_> {
    /// The field of that name.
    pub(super) fn field(&self, written: Written<'_>) -> Result<Source, FilterError> {
        let known = || {
            let fields = self.view.numbered_fields();
            fields.filter(|(id, _)| self.known.is_none_or(|known| known.reads(*id))).map(|(id, field)| (field.name.as_str(), (id, field.ty)))
        };
        let (name, (id, ty)) = match find(known, written) {
            Found::One(found) => found,
            Found::Many => return Err(written.ambiguous("fields")),
            Found::None => {
                let no_text = || if written.is_quoted { "; text stands in single quotes" } else { "" }.to_owned();
                let hint = nearest(known().map(|(name, _)| name), written.text).map_or_else(no_text, |name| did_you_mean(Name(name)));
                return Err(FilterError::new(written.place, format!("no field is called {}{hint}", written.shown())));
            }
        };
        Ok(Source { origin: Origin::Field(id), name: Arc::from(name), ty })
    }

    /// The attribute `user.NAME`.
    pub(super) fn attribute(&self, written: Written<'_>) -> Result<Source, FilterError> {
        let known = || {
            let columns = self.user_columns.iter().map(|(name, kind)| (name.as_str(), Type { kind: *kind, many: false }));
            Person::BUILT_IN.into_iter().chain(columns.filter(|(name, _)| Person::BUILT_IN.iter().all(|(built_in, _)| built_in != name)))
        };
        let (name, ty) = match find(known, written) {
            Found::One(found) => found,
            Found::Many => return Err(written.ambiguous("attributes of the user")),
            Found::None => {
                let name = nearest(known().map(|(name, _)| name), written.text);
                let hint = name.map_or_else(String::new, |name| did_you_mean(format_args!("user.{}", Name(name))));
                return Err(FilterError::new(written.place, format!("the user has no attribute {}{hint}", written.shown())));
            }
        };
        Ok(Source { origin: Origin::User, name: Arc::from(name), ty })
    }
}

impl Written<'_> {
    /// The name for a message, shortened if it is long. What stands in quotes is not repeated: it may be a text that somebody took for one.
    fn shown(&self) -> String {
        if self.is_quoted { "what stands here in double quotes".to_owned() } else { shortened(self.text) }
    }

    fn ambiguous(&self, what: &str) -> FilterError {
        FilterError::new(self.place, format!("several {what} are called {} but for case; write the exact name in double quotes", self.shown()))
    }
}

/// A piece of a filter for a message.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

fn did_you_mean(name: impl std::fmt::Display) -> String {
    format!("; did you mean `{name}`?")
}

enum Found<T> {
    One(T),
    Many,
    None,
}

/// The exact name, else the one that is the same after NFC, else, without quotes, the only one that differs by case.
fn find<'n, T, I: Iterator<Item = (&'n str, T)>>(known: impl Fn() -> I, written: Written<'_>) -> Found<(&'n str, T)> {
    if let Some(found) = known().find(|(name, _)| *name == written.text) {
        return Found::One(found);
    }
    if let Some(found) = known().find(|(name, _)| composed(name) == composed(written.text)) {
        return Found::One(found);
    }
    let mut alike = known().filter(|(name, _)| !written.is_quoted && is_same(name, written.text));
    match (alike.next(), alike.next()) {
        (Some(found), None) => Found::One(found),
        (Some(_), Some(_)) => Found::Many,
        (None, _) => Found::None,
    }
}

/// The nearest name, if it differs by no more than a third of its characters; among equals the first.
fn nearest<'n>(known: impl Iterator<Item = &'n str>, written: &str) -> Option<&'n str> {
    if written.chars().nth(LONGEST_PROPOSED).is_some() {
        return None;
    }
    let folded = fold(written);
    let most = (folded.chars().count() / 3).max(1);
    known
        .map(|name| (strsim::damerau_levenshtein(&fold(name), &folded), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
