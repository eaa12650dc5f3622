//! Where each record stands in the view, in each way that the order can look: with all sort keys, and for whom a mask hides one of them.

use std::collections::HashMap;

use adressbote_rules::text::TextOrder;
use anyhow::Context as _;

use super::World;
use super::record::{FIRST_KEY, Record, Spelled, Spelling};
use super::words::Words;

/// A way that the order can look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Last name, first name, company.
    Full,
    /// Without the last name.
    WithoutLast,
    /// Without the first name.
    WithoutFirst,
}

impl Order {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Full, Self::WithoutLast, Self::WithoutFirst];

    /// The order for whom these columns are masked.
    pub fn of(masked: &[&str]) -> Self {
        if masked.contains(&"last_name") {
            Self::WithoutLast
        } else if masked.contains(&"first_name") {
            Self::WithoutFirst
        } else {
            Self::Full
        }
    }

    /// The column that holds the ranks.
    pub fn column(self) -> &'static str {
        match self {
            Self::Full => "rank_full",
            Self::WithoutLast => "rank_without_last",
            Self::WithoutFirst => "rank_without_first",
        }
    }
}

/// The ranks of all records, by number of the record, in each order.
#[derive(Clone, Debug)]
pub struct Ranks {
    by_order: [Vec<u32>; 3],
}

/// Where the text of a missing word stands: behind all others.
const LAST: u32 = u32::MAX;

impl Ranks {
    /// Orders all records of a world.
    ///
    /// # Errors
    /// That the view's locale is not known.
    pub fn new(world: &World) -> anyhow::Result<Self> {
        let text = TextOrder::new("de-u-co-phonebk").context("the order of German phone books is not known")?;
        let places = [&world.words.last, &world.words.first, &world.words.company].map(|words| Places::new(words, &text));
        let [last, first, company] = &places;
        let keys: Vec<(u32, u32, u32)> = (0..world.size.records())
            .map(|number| world.names(number))
            .map(|(one, two, three)| (last.of(one), first.of(two), company.of(three)))
            .collect();
        let ranks = |key: &dyn Fn((u32, u32, u32)) -> (u32, u32, u32)| {
            let mut sorted: Vec<((u32, u32, u32), u64, u32)> =
                (0_u32..).zip(&keys).map(|(number, found)| (key(*found), as_text(FIRST_KEY + number as usize), number)).collect();
            sorted.sort_unstable();
            let mut ranks = vec![0; sorted.len()];
            for (rank, (_, _, number)) in (1_u32..).zip(sorted) {
                if let Some(place) = ranks.get_mut(number as usize) {
                    *place = rank;
                }
            }
            ranks
        };
        Ok(Self {
            by_order: [ranks(&|key| key), ranks(&|(_, first, company)| (LAST, first, company)), ranks(&|(last, _, company)| (last, LAST, company))],
        })
    }

    /// The ranks of a record, in the order of [`Order::ALL`].
    pub fn of(&self, record: &Record) -> [u32; 3] {
        let number = record.key - FIRST_KEY;
        [0, 1, 2].map(|order: usize| self.by_order.get(order).and_then(|ranks| ranks.get(number)).copied().unwrap_or(LAST))
    }
}

/// A key as the order compares it: as text, by bytes.
fn as_text(key: usize) -> u64 {
    let mut bytes = [0; 8];
    for (byte, digit) in bytes.iter_mut().zip(key.to_string().bytes()) {
        *byte = digit;
    }
    u64::from_be_bytes(bytes)
}

/// The places of words among all, however they are written.
struct Places(HashMap<Spelled, u32>);

impl Places {
    fn new(words: &Words, text: &TextOrder) -> Self {
        let each =
            |number: usize| [Spelling::Plain, Spelling::Large].map(|spelling| ((number, spelling), World::spelled(&words.list, (number, spelling))));
        let mut all: Vec<(Spelled, String)> = (0..words.list.len()).flat_map(each).collect();
        all.sort_by(|(_, left), (_, right)| text.order(left, right));
        let mut places = HashMap::new();
        let (mut place, mut before) = (0, None);
        for (spelled, word) in all {
            if before.as_ref() != Some(&word) {
                place += 1;
            }
            before = Some(word);
            places.insert(spelled, place);
        }
        Self(places)
    }

    fn of(&self, spelled: Option<Spelled>) -> u32 {
        spelled.and_then(|spelled| self.0.get(&spelled)).copied().unwrap_or(LAST)
    }
}
