//! Mistakes of a profile: where, what, and the nearest name that would have been right.

use std::cell::RefCell;
use std::fmt;

/// One mistake in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file in the profile's folder.
    pub file: String,
    /// The line, from 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what)?,
            None => write!(f, "{}: {}", self.file, self.what)?,
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// Everything found wrong in a profile; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ProfileErrors {
    /// The profile's name or folder.
    pub profile: String,
    /// The mistakes, by file and line.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for ProfileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the profile `{}` cannot be used; nothing was read or changed", self.profile)?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl ProfileErrors {
    /// The mistakes of a profile, sorted; `Ok` without any.
    pub(super) fn check(profile: &str, mut mistakes: Vec<Mistake>) -> Result<(), Self> {
        if mistakes.is_empty() {
            return Ok(());
        }
        mistakes.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
        // The same may be found for several databases.
        mistakes.dedup();
        Err(Self { profile: profile.to_owned(), mistakes })
    }

    /// A profile that is wrong as a whole.
    pub(super) fn single(profile: &str, what: String, hint: Option<String>) -> Self {
        Self { profile: profile.to_owned(), mistakes: vec![Mistake { file: PROFILE_FILE.to_owned(), line: None, what, hint }] }
    }
}

/// The file that holds a profile's settings.
pub(super) const PROFILE_FILE: &str = "profile.toml";

/// Collects the mistakes of one text file.
#[derive(Debug)]
pub(super) struct Notes<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    found: RefCell<Vec<Mistake>>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: RefCell::new(Vec::new()) }
    }

    /// Notes a mistake at a byte offset of the text.
    pub(super) fn at(&self, offset: usize, what: String, hint: Option<String>) {
        self.line(Some(line_of(self.text, offset)), what, hint);
    }

    /// Notes a mistake in a line.
    pub(super) fn line(&self, line: Option<usize>, what: String, hint: Option<String>) {
        self.found.borrow_mut().push(Mistake { file: self.file.to_owned(), line, what, hint });
    }

    pub(super) fn into_found(self) -> Vec<Mistake> {
        self.found.into_inner()
    }
}

/// The line, from 1, in which a byte offset lies.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The name nearest to `name`, if one is near enough to be meant.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = name.to_lowercase();
    let bound = (wanted.chars().count() / 3).clamp(1, 4);
    let distance = |other: &str| strsim::damerau_levenshtein(&wanted, &other.to_lowercase());
    let (away, found) = known.into_iter().map(|other| (distance(other), other)).min_by_key(|(away, _)| *away)?;
    (away <= bound).then_some(found)
}

/// The hint for an unknown name: the nearest known one, else all of them when they are few.
pub(super) fn hint<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(found) => Some(format!("did you mean `{found}`?")),
        None if known.is_empty() || known.len() > 16 => None,
        None => Some(format!("known here: {}", known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "))),
    }
}
