//! Reading `profile.toml` with the place of every key and value, noting every mistake instead of stopping at the first.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Notes, hint};

/// A text and the byte offset at which it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'d> {
    pub(super) text: &'d str,
    pub(super) at: usize,
}

/// A key with its value.
#[derive(Clone, Copy)]
pub(super) struct Entry<'d> {
    pub(super) key: Word<'d>,
    pub(super) value: &'d Spanned<DeValue<'d>>,
}

/// A table of the file. What is not taken from it is refused at [`Section::end`].
pub(super) struct Section<'d> {
    notes: &'d Notes<'d>,
    name: String,
    at: usize,
    entries: Vec<Entry<'d>>,
    asked: Vec<&'static str>,
}

impl<'d> Section<'d> {
    /// The table `name`, which begins at `at`; entries are in the order of the file.
    pub(super) fn new(notes: &'d Notes<'d>, name: &str, at: usize, table: &'d DeTable<'d>) -> Self {
        let entry = |(key, value): (&'d Spanned<_>, _)| Entry { key: word(key), value };
        let mut entries: Vec<Entry<'d>> = table.iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.key.at);
        Self { notes, name: name.to_owned(), at, entries, asked: Vec::new() }
    }

    pub(super) fn notes(&self) -> &'d Notes<'d> {
        self.notes
    }

    /// Where the table begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Notes a mistake about the table as a whole.
    pub(super) fn refuse(&self, what: String, hint: Option<String>) {
        self.notes.at(self.at, what, hint);
    }

    fn title(&self) -> String {
        if self.name.is_empty() { "at the top".to_owned() } else { format!("in [{}]", self.name) }
    }

    /// Takes out the value of a key.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Entry<'d>> {
        self.asked.push(key);
        let place = self.entries.iter().position(|entry| entry.key.text == key)?;
        Some(self.entries.remove(place))
    }

    /// Takes out everything, where the keys are names of the profile's own.
    pub(super) fn take_all(&mut self) -> Vec<Entry<'d>> {
        std::mem::take(&mut self.entries)
    }

    /// The table under `key`.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Section<'d>> {
        let entry = self.take(key)?;
        self.open(entry)
    }

    /// The table under `key`, which must be there.
    pub(super) fn required_section(&mut self, key: &'static str) -> Option<Section<'d>> {
        match self.take(key) {
            Some(entry) => self.open(entry),
            None => {
                self.missing(key);
                None
            }
        }
    }

    /// The table that an entry holds.
    pub(super) fn open(&self, entry: Entry<'d>) -> Option<Section<'d>> {
        let name = if self.name.is_empty() { entry.key.text.to_owned() } else { format!("{}.{}", self.name, entry.key.text) };
        match entry.value.get_ref() {
            DeValue::Table(table) => Some(Section::new(self.notes, &name, entry.key.at, table)),
            other => {
                self.wrong(entry, "a table", other);
                None
            }
        }
    }

    /// The text under `key`.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Word<'d>> {
        let entry = self.take(key)?;
        self.text_of(entry)
    }

    /// The text that an entry holds.
    pub(super) fn text_of(&self, entry: Entry<'d>) -> Option<Word<'d>> {
        match entry.value.get_ref() {
            DeValue::String(text) => Some(Word { text, at: entry.value.span().start }),
            other => {
                self.wrong(entry, "text", other);
                None
            }
        }
    }

    /// The text under `key`, which must be there and not be empty.
    pub(super) fn required_text(&mut self, key: &'static str) -> Option<Word<'d>> {
        let is_there = self.entries.iter().any(|entry| entry.key.text == key);
        let found = self.text(key);
        match found {
            Some(word) if word.text.trim().is_empty() => self.notes.at(word.at, format!("`{key}` is empty"), None),
            None if !is_there => self.missing(key),
            Some(_) | None => {}
        }
        found.filter(|word| !word.text.trim().is_empty())
    }

    /// The list of texts under `key`; none if the key is not there.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<Word<'d>>> {
        let entry = self.take(key)?;
        let DeValue::Array(items) = entry.value.get_ref() else {
            self.wrong(entry, "a list of texts", entry.value.get_ref());
            return None;
        };
        let mut words = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) => words.push(Word { text, at: item.span().start }),
                other => self.notes.at(item.span().start, format!("`{key}` must hold texts, this is {}", other.type_str()), None),
            }
        }
        Some(words)
    }

    /// Whether `key` is `true`; `false` if it is not there.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        let Some(entry) = self.take(key) else { return false };
        match entry.value.get_ref() {
            DeValue::Boolean(value) => *value,
            other => {
                self.wrong(entry, "true or false", other);
                false
            }
        }
    }

    /// The choice under `key` among the words given.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let word = self.text(key)?;
        let found = choices.iter().find(|(name, _)| *name == word.text).map(|(_, value)| *value);
        if found.is_none() {
            self.notes.at(word.at, format!("`{}` is no value of `{key}`", word.text), hint(word.text, choices.iter().map(|(name, _)| *name)));
        }
        found
    }

    /// The values of `key`, one or a list of several; none if it is not there.
    pub(super) fn choices<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Vec<T> {
        let is_one = self.entries.iter().any(|entry| entry.key.text == key && matches!(entry.value.get_ref(), DeValue::String(_)));
        let words = if is_one { self.text(key).map(|word| vec![word]) } else { self.texts(key) };
        let mut found = Vec::new();
        for word in words.into_iter().flatten() {
            match choices.iter().find(|(name, _)| *name == word.text) {
                Some((_, value)) => found.push(*value),
                None => {
                    self.notes.at(word.at, format!("`{}` is no value of `{key}`", word.text), hint(word.text, choices.iter().map(|(name, _)| *name)))
                }
            }
        }
        found
    }

    /// The per cent that an entry holds.
    pub(super) fn percent(&self, entry: Entry<'d>) -> Option<u8> {
        let percent = match entry.value.get_ref() {
            DeValue::Integer(number) => u8::from_str_radix(number.as_str(), number.radix()).ok().filter(|percent| *percent <= 100),
            _ => None,
        };
        if percent.is_none() {
            self.notes.at(entry.value.span().start, format!("`{}` must be a whole number from 0 to 100", entry.key.text), None);
        }
        percent
    }

    /// The whole number, not below 0, that an entry holds.
    pub(super) fn whole(&self, entry: Entry<'d>) -> Option<u32> {
        let number = match entry.value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            self.notes.at(entry.value.span().start, format!("`{}` must be a whole number from 0 to {}", entry.key.text, u32::MAX), None);
        }
        number
    }

    fn missing(&self, key: &str) {
        self.notes.at(self.at, format!("`{key}` is missing {}", self.title()), hint(key, self.entries.iter().map(|entry| entry.key.text)));
    }

    fn wrong(&self, entry: Entry<'d>, wanted: &str, found: &DeValue<'d>) {
        self.notes.at(entry.value.span().start, format!("`{}` must be {wanted}, not {}", entry.key.text, found.type_str()), None);
    }

    /// Refuses every key that nobody took.
    pub(super) fn end(self) {
        for entry in &self.entries {
            let what = format!("unknown key `{}` {}", entry.key.text, self.title());
            self.notes.at(entry.key.at, what, hint(entry.key.text, self.asked.iter().copied()));
        }
    }
}

fn word<'d>(text: &'d Spanned<std::borrow::Cow<'d, str>>) -> Word<'d> {
    Word { text: text.get_ref(), at: text.span().start }
}
