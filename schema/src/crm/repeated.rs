//! Texts that stand in many rows of a CRM, such as cities, groups and the keys of records: of each only one is kept.

use std::sync::Arc;

use hashbrown::HashSet;

use super::row::Room;

/// The most texts of one column that are looked for again.
const MOST: usize = 1 << 16;

/// After so many texts of a column it shows whether they repeat.
const TRIED: usize = 4_096;

/// The texts of one column so far, as long as they repeat.
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: HashSet<Arc<str>>,
    /// How many were asked for.
    asked: usize,
}

impl Texts {
    /// A text, the same as before where it came before, as far as that is remembered.
    pub(super) fn one(&mut self, text: &str) -> Arc<str> {
        let varies = self.asked > TRIED && self.known.is_empty();
        if varies {
            return Arc::from(text);
        }
        self.asked += 1;
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        if self.known.len() < MOST {
            self.known.insert(Arc::clone(&new));
        }
        // Where most texts are new, looking for them costs more than it gives.
        if self.asked > TRIED && self.known.len() > self.asked / 2 {
            self.known = HashSet::new();
        }
        new
    }
}

/// What the rows of a reading have in common.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    /// Where a row is written while it is decoded.
    pub(super) room: Room,
    /// The keys of all records.
    records: HashSet<Arc<str>>,
    /// The keys of what rights speak of that is no record.
    pub(super) others: Texts,
    pub(super) principals: Texts,
    /// Who made subscriptions.
    pub(super) users: Texts,
    pub(super) books: Texts,
    /// By column.
    pub(super) values: Vec<Texts>,
}

impl Repeated {
    /// Takes note of the records' keys.
    pub(super) fn know(&mut self, records: impl IntoIterator<Item = Arc<str>>) {
        self.records.extend(records);
    }

    /// The key of what a row hangs on.
    pub(super) fn of(&mut self, key: &str) -> Arc<str> {
        match self.records.get(key) {
            Some(record) => Arc::clone(record),
            None => self.others.one(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_repeats_is_kept_once_and_one_that_does_not_is_not_looked_for() {
        let (mut cities, mut numbers) = (Texts::default(), Texts::default());
        let first = cities.one("Wien");
        for number in 0..2 * MOST {
            assert!(Arc::ptr_eq(&first, &cities.one("Wien")));
            assert_eq!(*cities.one(&(number % 3).to_string()), *(number % 3).to_string());
            assert_eq!(*numbers.one(&number.to_string()), *number.to_string());
        }
        assert_eq!((cities.known.len(), numbers.known.len()), (4, 0));
    }

    #[test]
    fn no_more_texts_are_remembered_than_may_be() {
        let mut texts = Texts::default();
        for number in 0..2 * MOST {
            (0..3).for_each(|_| drop(texts.one(&number.to_string())));
        }
        assert_eq!(texts.known.len(), MOST);
        assert!(Arc::ptr_eq(&texts.one("7"), &texts.one("7")));
    }

    #[test]
    fn a_row_shares_the_key_of_its_record() {
        let (mut repeated, record): (_, Arc<str>) = (Repeated::default(), Arc::from("r1"));
        repeated.know([Arc::clone(&record)]);
        assert!(Arc::ptr_eq(&record, &repeated.of("r1")));
        assert_eq!(*repeated.of("r2"), *"r2");
    }
}
