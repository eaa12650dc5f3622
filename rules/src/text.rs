//! How text is compared and ordered: NFC and simple case folding for equality, the locale's collation for order.
//!
//! Simple folding maps each character to one character: `ß` is not `ss`, and `İ` is not `i`. Equality therefore does not depend on the locale; only
//! the order of texts that are not equal does.

use std::borrow::Cow;
use std::cmp::Ordering;

use icu_casemap::CaseMapper;
use icu_collator::options::CollatorOptions;
use icu_collator::{CollatorBorrowed, CollatorPreferences};
use icu_locale_core::Locale;
use icu_normalizer::ComposingNormalizerBorrowed;

/// The comparison of text in one locale.
#[derive(Debug)]
pub struct TextOrder {
    collator: CollatorBorrowed<'static>,
}

impl TextOrder {
    /// Opens the collation of a locale such as `de` (DIN 5007-1) or `de-u-co-phonebk` (DIN 5007-2).
    ///
    /// None if the name is no BCP 47 locale or asks for a collation that does not exist. A language without a collation of its own gets the root's.
    pub fn new(locale: &str) -> Option<Self> {
        let locale = Locale::try_from_str(locale).ok()?;
        let preferences = CollatorPreferences::from_locale_strict(&locale).ok()?;
        let collator = CollatorBorrowed::try_new(preferences, CollatorOptions::default()).ok()?;
        Some(Self { collator })
    }

    /// The order in which two texts stand in a view: the locale's collation, then bytes. Total.
    pub fn order(&self, left: &str, right: &str) -> Ordering {
        self.collator.compare(left, right).then_with(|| left.cmp(right))
    }

    /// Bytes whose order is that of [`TextOrder::order`] but for texts that the collation holds equal.
    pub(crate) fn sort_key(&self, text: &str) -> Vec<u8> {
        let mut key = Vec::new();
        let Ok(()) = self.collator.write_sort_key_to(text, &mut key);
        key
    }

    /// The order of two folded texts in filters: equal only when their bytes are, else the locale's collation, then bytes.
    pub(crate) fn order_folded(&self, left: &str, right: &str) -> Ordering {
        if left == right { Ordering::Equal } else { self.order(left, right) }
    }
}

/// The text as it is compared for equality: NFC, then each character folded.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return Cow::Owned(folded_characters(text).collect());
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) }
}

/// Whether two texts are equal when folded; allocates nothing.
pub(crate) fn is_same(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    match (left.is_ascii(), right.is_ascii()) {
        (true, true) => left.eq_ignore_ascii_case(right),
        (true, false) => left.chars().map(|one| one.to_ascii_lowercase()).eq(folded_characters(right)),
        (false, true) => folded_characters(left).eq(right.chars().map(|one| one.to_ascii_lowercase())),
        (false, false) => folded_characters(left).eq(folded_characters(right)),
    }
}

/// Compares the folded form of `text` with a text that is folded already, by bytes; allocates nothing.
pub(crate) fn compare_to_folded(text: &str, folded: &str) -> Ordering {
    if text.is_ascii() {
        text.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(folded.bytes())
    } else {
        // The order of UTF-8 bytes is the order of characters.
        folded_characters(text).cmp(folded.chars())
    }
}

/// The text with canonically equal spellings made one (NFC).
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The character that stands for all its cases.
pub(crate) fn fold_character(one: char) -> char {
    CaseMapper::new().simple_fold(one)
}

fn folded_characters(text: &str) -> impl Iterator<Item = char> + '_ {
    ComposingNormalizerBorrowed::new_nfc().normalize_iter(text.chars()).map(fold_character)
}

#[cfg(test)]
mod tests;
