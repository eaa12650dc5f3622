//! The rows of one relation between readings, packed: they are as many as the CRM has.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::packed;
use crate::crm::session::Take;
use crate::crm::value::{self, Cell};

/// The rows of a relation as they came, by the text of their first column; those without one stand under none.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The rows, in the order in which they came: of each whether it counts, how far before it the one before it with its key begins (0: it is the first),
    /// how many bytes its cells have, and these.
    bytes: Vec<u8>,
    /// Where the last row of each key begins.
    last: HashTable<usize>,
    /// How many rows there are.
    pub(super) count: u64,
    /// How many bytes are of rows that do not count any more.
    idle: usize,
    hasher: DefaultHashBuilder,
}

const IDLE: u8 = 0;
const COUNTS: u8 = 1;

/// A row in its place.
#[derive(Clone, Copy, Debug)]
struct Placed<'k> {
    counts: bool,
    /// Where the row before it with its key begins.
    before: Option<usize>,
    cells: &'k [u8],
    /// Where the next one begins, whatever its key.
    end: usize,
}

impl Kept {
    pub(super) fn add(&mut self, cells: &[Cell<'_>]) {
        let mut packed = Vec::with_capacity(64);
        cells.iter().for_each(|cell| packed::write(&mut packed, cell));
        self.add_packed(&packed);
    }

    fn add_packed(&mut self, cells: &[u8]) {
        let mut room = String::new();
        let key = key(cells, &mut room);
        let Self { bytes, last, hasher, .. } = self;
        let (hash, place) = (hasher.hash_one(key), bytes.len());
        let before = match last.find_mut(hash, |place| is_of(bytes, *place, key)) {
            Some(last) => Some(std::mem::replace(last, place)),
            None => {
                last.insert_unique(hash, place, |place| hash_at(hasher, bytes, *place));
                None
            }
        };
        bytes.push(COUNTS);
        packed::write_length(bytes, before.map_or(0, |before| place - before));
        packed::write_length(bytes, cells.len());
        bytes.extend_from_slice(cells);
        self.count += 1;
    }

    /// Gives back room that was kept ready for more.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Hands on all rows, in the order in which they came.
    pub(super) fn hand_on(&self, take: &mut Take<'_>) {
        let mut cells = Vec::new();
        for row in self.rows() {
            cells.clear();
            cells.extend(unpacked(row));
            take(&cells);
        }
    }

    /// How many keys there are.
    pub(super) fn keys(&self) -> usize {
        self.last.len()
    }

    /// Whether any row has the key.
    pub(super) fn has(&self, key: Option<&str>) -> bool {
        self.find(key).is_some()
    }

    /// Whether every row has one of these keys.
    pub(super) fn is_within(&self, keys: &BTreeSet<String>) -> bool {
        self.last.iter().all(|place| key_at(&self.bytes, *place, &mut String::new()).is_some_and(|key| keys.contains(key)))
    }

    /// How many rows a key has.
    pub(super) fn count_of(&self, key: &str) -> usize {
        self.packed_of(Some(key)).count()
    }

    /// The rows of a key.
    pub(super) fn of(&self, key: &str) -> impl Iterator<Item = Vec<Cell<'_>>> {
        self.packed_of(Some(key)).map(|row| unpacked(row).collect())
    }

    /// Whether a key has the same rows here and there, whatever their order.
    pub(super) fn is_alike(&self, other: &Self, key: Option<&str>) -> bool {
        self.sorted(key) == other.sorted(key)
    }

    fn sorted(&self, key: Option<&str>) -> Vec<&[u8]> {
        let mut rows: Vec<&[u8]> = self.packed_of(key).collect();
        rows.sort_unstable();
        rows
    }

    /// In how many keys two states differ, whatever the order of rows.
    pub(super) fn differs(&self, other: &Self) -> u64 {
        let (mut room, mut new) = (String::new(), String::new());
        let differing = self.last.iter().filter(|place| !self.is_alike(other, key_at(&self.bytes, **place, &mut room))).count();
        let new = other.last.iter().filter(|place| !self.has(key_at(&other.bytes, **place, &mut new))).count();
        (differing + new) as u64
    }

    /// Puts other rows in the place of those of some keys.
    pub(super) fn replace(&mut self, keys: &BTreeSet<String>, rows: &Kept) {
        for key in keys {
            self.remove(key);
            // A database may find more than was asked for, such as other spellings of a key.
            rows.packed_of(Some(key)).for_each(|row| self.add_packed(row));
        }
        if self.idle > self.bytes.len() / 2 {
            let mut anew = Self::default();
            self.rows().for_each(|row| anew.add_packed(row));
            *self = anew;
        }
    }

    fn remove(&mut self, key: &str) {
        let hash = self.hasher.hash_one(Some(key));
        let mut open = match self.last.find_entry(hash, |place| is_of(&self.bytes, *place, Some(key))) {
            Ok(found) => Some(found.remove().0),
            Err(_) => None,
        };
        while let Some((place, row)) = open.and_then(|place| Some((place, placed(&self.bytes, place)?))) {
            let (before, length) = (row.before, row.end - place);
            self.bytes.get_mut(place).into_iter().for_each(|mark| *mark = IDLE);
            self.count -= 1;
            self.idle += length;
            open = before;
        }
    }

    fn find(&self, key: Option<&str>) -> Option<usize> {
        self.last.find(self.hasher.hash_one(key), |place| is_of(&self.bytes, *place, key)).copied()
    }

    /// The packed cells of a key's rows, the last first.
    fn packed_of(&self, key: Option<&str>) -> impl Iterator<Item = &[u8]> {
        let last = self.find(key).and_then(|place| placed(&self.bytes, place));
        std::iter::successors(last, |row| placed(&self.bytes, row.before?)).map(|row| row.cells)
    }

    /// The packed cells of all rows, in the order in which they came.
    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::successors(placed(&self.bytes, 0), |row| placed(&self.bytes, row.end)).filter(|row| row.counts).map(|row| row.cells)
    }
}

/// The row that begins at a place; none at the end.
fn placed(bytes: &[u8], place: usize) -> Option<Placed<'_>> {
    let (mark, mut rest) = bytes.get(place..)?.split_first()?;
    let before = packed::read_length(&mut rest)?;
    let length = packed::read_length(&mut rest)?;
    let (cells, rest) = rest.split_at_checked(length)?;
    let before = if before > 0 { place.checked_sub(before) } else { None };
    Some(Placed { counts: *mark == COUNTS, before, cells, end: bytes.len() - rest.len() })
}

fn unpacked(mut cells: &[u8]) -> impl Iterator<Item = Cell<'_>> {
    std::iter::from_fn(move || packed::read(&mut cells))
}

/// The text of the first of some cells, lent by it or by `room`.
fn key<'c>(mut cells: &'c [u8], room: &'c mut String) -> Option<&'c str> {
    let first = packed::read(&mut cells)?;
    value::lent(&first, room).ok().flatten()
}

fn key_at<'c>(bytes: &'c [u8], place: usize, room: &'c mut String) -> Option<&'c str> {
    key(placed(bytes, place)?.cells, room)
}

fn is_of(bytes: &[u8], place: usize, key: Option<&str>) -> bool {
    key_at(bytes, place, &mut String::new()) == key
}

fn hash_at(hasher: &DefaultHashBuilder, bytes: &[u8], place: usize) -> u64 {
    hasher.hash_one(key_at(bytes, place, &mut String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(rows: &[[i64; 2]]) -> Kept {
        let mut kept = Kept::default();
        rows.iter().for_each(|[key, value]| kept.add(&[Cell::Int(*key), Cell::Int(*value)]));
        kept
    }

    fn all(kept: &Kept) -> Vec<[i64; 2]> {
        let mut rows = Vec::new();
        kept.hand_on(&mut |cells: &[Cell<'_>]| match cells {
            [Cell::Int(key), Cell::Int(value)] => rows.push([*key, *value]),
            cells => panic!("{cells:?}"),
        });
        assert_eq!(rows.len() as u64, kept.count);
        rows
    }

    #[test]
    fn rows_come_back_in_their_order_and_by_their_keys() {
        let kept = kept(&[[1, 10], [2, 20], [1, 11], [3, 30], [1, 12]]);
        assert_eq!(all(&kept), [[1, 10], [2, 20], [1, 11], [3, 30], [1, 12]]);
        assert_eq!((kept.keys(), kept.count_of("1"), kept.count_of("2"), kept.count_of("4")), (3, 3, 1, 0));
        assert!(kept.has(Some("3")) && !kept.has(Some("")) && !kept.has(None));
        let values: Vec<String> = kept.of("1").map(|row| format!("{:?}", row.last().unwrap())).collect();
        assert_eq!(values, ["Int(12)", "Int(11)", "Int(10)"]);
    }

    #[test]
    fn rows_without_a_key_stand_under_none_and_a_text_is_the_key_that_a_number_is() {
        let mut kept = Kept::default();
        [Cell::Null, Cell::Real(1.0), Cell::Text(b"\xff"), Cell::Text(b""), Cell::Int(7), Cell::Text(b"7")]
            .iter()
            .for_each(|cell| kept.add(&[*cell]));
        assert_eq!((kept.keys(), kept.count, kept.count_of("7")), (3, 6, 2));
        assert!(kept.has(None) && kept.has(Some("")));
        assert!(!kept.is_within(&BTreeSet::from(["7".to_owned(), String::new()])));
    }

    #[test]
    fn the_rows_of_some_keys_give_way_to_others_however_often() {
        let mut kept = kept(&[[1, 10], [2, 20], [1, 11], [3, 30]]);
        let keys = BTreeSet::from(["1".to_owned(), "3".to_owned(), "4".to_owned()]);
        for round in 0..1_000 {
            // What was not asked for is passed over.
            kept.replace(&keys, &self::kept(&[[4, round], [1, round], [4, round + 1], [2, 99]]));
            assert_eq!(kept.count_of("3"), 0);
            let mut rows = all(&kept);
            rows.sort_unstable();
            assert_eq!(rows, [[1, round], [2, 20], [4, round], [4, round + 1]]);
        }
        assert!(kept.bytes.len() < 500, "{}", kept.bytes.len());
    }

    #[test]
    fn states_differ_in_keys_whatever_the_order_of_rows() {
        let one = kept(&[[1, 10], [1, 11], [2, 20], [3, 30]]);
        assert_eq!(one.differs(&kept(&[[3, 30], [1, 11], [2, 20], [1, 10]])), 0);
        assert_eq!(one.differs(&kept(&[[1, 10], [2, 21], [4, 40]])), 4);
        assert_eq!(kept(&[[1, 10], [1, 10]]).differs(&kept(&[[1, 10]])), 1, "a row may stand there twice");
        assert!(one.is_alike(&kept(&[[3, 30]]), Some("3")) && !one.is_alike(&kept(&[]), Some("3")));
    }
}
