//! The entries in one order: by rank, with everything that speaks of them as lists of ranks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::Index;
use super::form::Column;
use super::lists::{Bits, CHUNK, Grouped, Lists, Sparse, counts};
use super::step::LED;
use crate::filter::{CodeSet, Dictionary};
use crate::sight::order_values;
use crate::text::TextOrder;
use crate::value::Value;
use crate::view::{FieldId, SortKey};

/// Null and masked values stand behind all others.
const LAST: u32 = u32::MAX;

/// The entries in the order of one kind of viewer: those from whom the same sort keys are kept.
#[derive(Debug)]
pub(super) struct Space {
    /// The entry of each rank.
    pub(super) entries: Vec<u32>,
    /// The rank of each entry.
    pub(super) ranks: Vec<u32>,
    /// The ranks of all but the records that are due to nobody.
    pub(super) alive: Bits,
    /// A keyed number of each rank's record.
    pub(super) numbers: Vec<u64>,
    /// Per field, that filters read: the code of each rank, and the ranks of each code.
    pub(super) columns: BTreeMap<FieldId, Ranked>,
    /// Per right rule on records.
    pub(super) rules: Vec<RankedRule>,
    /// Per principal the ranks from which it is barred.
    pub(super) bars: Lists,
    /// Per book (none: every one) and principal the ranks reserved for it.
    pub(super) subscriptions: Vec<(Option<String>, Lists)>,
    /// The ranks of records that look in several ways.
    pub(super) varied: Bits,
}

/// A right rule on records, by rank.
#[derive(Debug)]
pub(super) struct RankedRule {
    /// The rule's number.
    pub(super) rule: usize,
    /// For a rule that leaves open what it does not list: the ranks that it lists.
    pub(super) listed: Option<Bits>,
    /// Per principal the ranks for which it is listed.
    pub(super) lists: Lists,
}

/// A field by rank.
#[derive(Debug)]
pub(super) struct Ranked {
    codes: Codes,
    /// How many ranks have a lower code: by code, and one behind the last.
    begins: Vec<u32>,
    /// The ranks of each code that is not too frequent to begin with.
    postings: Grouped,
}

/// Codes in as few bytes as they need.
#[derive(Debug)]
enum Codes {
    Byte(Vec<u8>),
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Ranked {
    fn new(values: usize, entries: &[u32], codes: &[u32]) -> Self {
        let by_rank: Vec<u32> = entries.iter().map(|entry| codes.get(*entry as usize).copied().unwrap_or(0)).collect();
        let counts = counts(values, by_rank.iter().map(|code| (*code, 0)));
        let most = u32::try_from(by_rank.len() / LED).unwrap_or(u32::MAX);
        let postings = Grouped::up_to(most, &counts, by_rank.iter().copied().zip(0_u32..), |_, _| {});
        let mut sum = 0;
        let sums = counts.iter().map(|count| {
            sum += count;
            sum
        });
        let begins = std::iter::once(0).chain(sums).collect();
        // Every code is less than the number of values.
        let codes = match values {
            0..=0x100 => Codes::Byte(by_rank.iter().map(|code| *code as u8).collect()),
            0x101..=0x1_0000 => Codes::Narrow(by_rank.iter().map(|code| *code as u16).collect()),
            _ => Codes::Wide(by_rank),
        };
        Self { codes, begins, postings }
    }

    /// How many values there are, null included.
    pub(super) fn values(&self) -> u32 {
        u32::try_from(self.begins.len()).map_or(u32::MAX, |begins| begins.saturating_sub(1))
    }

    /// How many ranks have one of some values.
    pub(super) fn count(&self, set: &CodeSet) -> usize {
        let begin = |code: u32| self.begins.get(code as usize).copied().unwrap_or(0);
        let count = |range: &Range<u32>| begin(range.end).saturating_sub(begin(range.start)) as usize;
        match set {
            CodeSet::Ranges(ranges) => ranges.iter().map(count).sum(),
            CodeSet::Bits(_) => set.codes().into_iter().map(|code| count(&(code..code + 1))).sum(),
        }
    }

    /// The lists of ranks of some values; none of them may be had by more than a [`LED`]th of all ranks.
    pub(super) fn lists(&self, set: &CodeSet) -> Sparse<'_> {
        Sparse(set.codes().into_iter().map(|code| self.postings.of(code)).filter(|list| !list.is_empty()).collect())
    }

    /// Whether the code of a rank is in a set.
    pub(super) fn has(&self, rank: usize, set: &CodeSet) -> bool {
        let code = match &self.codes {
            Codes::Byte(codes) => codes.get(rank).copied().map(u32::from),
            Codes::Narrow(codes) => codes.get(rank).copied().map(u32::from),
            Codes::Wide(codes) => codes.get(rank).copied(),
        };
        code.is_some_and(|code| set.has(code))
    }

    /// Keeps of the ranks of a chunk those whose codes are in a set.
    pub(super) fn keep(&self, words: &mut [u64], chunk: usize, set: &CodeSet) {
        let begin = chunk * CHUNK;
        match &self.codes {
            Codes::Byte(codes) => keep_codes(words, codes.get(begin..).unwrap_or_default(), set),
            Codes::Narrow(codes) => keep_codes(words, codes.get(begin..).unwrap_or_default(), set),
            Codes::Wide(codes) => keep_codes(words, codes.get(begin..).unwrap_or_default(), set),
        }
    }
}

fn keep_codes<C: Copy + Into<u32>>(words: &mut [u64], codes: &[C], set: &CodeSet) {
    match set {
        CodeSet::Ranges(ranges) => match ranges.as_slice() {
            // One comparison instead of two, and no branch to guess.
            [one] => keep(words, codes, |code| (*code).into().wrapping_sub(one.start) < one.end - one.start),
            _ => keep(words, codes, |code| set.has((*code).into())),
        },
        CodeSet::Bits(_) => keep(words, codes, |code| set.has((*code).into())),
    }
}

/// Keeps the bits whose codes a function takes. Whether a candidate is taken cannot be guessed, so there is no branch on it.
fn keep<C>(words: &mut [u64], codes: &[C], takes: impl Fn(&C) -> bool) {
    for (word, codes) in words.iter_mut().zip(codes.chunks(64)) {
        let (mut left, mut kept) = (*word, 0);
        while left != 0 {
            let bit = left.trailing_zeros();
            left &= left - 1;
            kept |= u64::from(codes.get(bit as usize).is_some_and(&takes)) << bit;
        }
        *word = kept;
    }
}

/// The place of each code of a sort field among all values; null's is [`LAST`].
pub(super) fn places(dictionary: &Dictionary, text: &TextOrder, key: &SortKey) -> Vec<u32> {
    let values = dictionary.values();
    let sort_key = |value: &Value| if let Value::Text(one) = value { text.sort_key(one) } else { Vec::new() };
    let mut sorted: Vec<(Vec<u8>, u32)> = (1..dictionary.len()).map(|code| (sort_key(dictionary.value(code)), code)).collect();
    let order = |left: u32, right: u32| order_values(dictionary.value(left), dictionary.value(right), &|left, right| text.order(left, right));
    sorted.sort_unstable_by(|(left, one), (right, other)| left.cmp(right).then_with(|| order(*one, *other)));
    let mut places = vec![LAST; values.len()];
    let last = u32::try_from(sorted.len()).unwrap_or(LAST);
    for (place, (_, code)) in (0_u32..).zip(sorted) {
        if let Some(slot) = places.get_mut(code as usize) {
            *slot = if key.descending { last - place } else { place };
        }
    }
    places
}

/// Who is listed for records, by record, and how many entries each principal is listed for.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) by_record: Grouped,
    counts: Vec<u32>,
}

impl Listed {
    /// Counts the entries of so many principals. `records` are those of all entries.
    pub(super) fn new(by_record: Grouped, principals: usize, records: impl Iterator<Item = u32>) -> Self {
        let counts = counts(principals, records.flat_map(|record| by_record.of(record)).map(|slot| (*slot, 0)));
        Self { by_record, counts }
    }

    /// The ranks of each principal, given the records by rank.
    fn by_rank(&self, records: &[u32]) -> Lists {
        let pairs = (0_u32..).zip(records).flat_map(|(rank, record)| self.by_record.of(*record).iter().map(move |slot| (*slot, rank)));
        Lists::new(records.len(), &self.counts, pairs)
    }
}

/// What a space is made of: what speaks of records.
pub(super) struct Pairs {
    /// A keyed number of each record.
    pub(super) numbers: Vec<u64>,
    /// The records that are due to nobody.
    pub(super) dead: Bits,
    /// The rules that speak of whole records, with whether they leave open what they do not list.
    pub(super) rules: Vec<(usize, bool, Listed)>,
    pub(super) bars: Listed,
    pub(super) subscriptions: Vec<(Option<String>, Listed)>,
}

impl Space {
    /// Orders the entries, which stand by their records' keys, by the places of their sort keys: one list of places by entry for each key.
    pub(super) fn new(index: &Index, by_key: &[u32], keys: &[Cow<'_, [u32]>], pairs: &Pairs) -> Self {
        let entries = order(by_key, keys);
        let records: Vec<u32> = entries.iter().map(|entry| index.record_of(*entry)).collect();
        let ranks_of = |takes: &dyn Fn(u32) -> bool| {
            let mut ranks = Bits::none(entries.len());
            (0_u32..).zip(&records).filter(|(_, record)| takes(**record)).for_each(|(rank, _)| ranks.add(rank));
            ranks
        };
        let rule = |(rule, is_open, listed): &(usize, bool, Listed)| RankedRule {
            rule: *rule,
            listed: is_open.then(|| ranks_of(&|record| !listed.by_record.of(record).is_empty())),
            lists: listed.by_rank(&records),
        };
        let ranked = |(field, column): (&FieldId, &Column)| {
            index.filtered.contains(field).then(|| (*field, Ranked::new(column.dictionary.values().len(), &entries, &column.codes)))
        };
        let varied = &index.appearances.varied;
        let mut ranks = vec![u32::MAX; entries.len()];
        for (rank, entry) in (0_u32..).zip(&entries) {
            ranks.get_mut(*entry as usize).into_iter().for_each(|slot| *slot = rank);
        }
        Self {
            ranks,
            alive: ranks_of(&|record| !pairs.dead.has(record)),
            numbers: records.iter().map(|record| pairs.numbers.get(*record as usize).copied().unwrap_or(0)).collect(),
            columns: index.columns.iter().filter_map(ranked).collect(),
            rules: pairs.rules.iter().map(rule).collect(),
            bars: pairs.bars.by_rank(&records),
            subscriptions: pairs.subscriptions.iter().map(|(book, listed)| (book.clone(), listed.by_rank(&records))).collect(),
            varied: if varied.is_empty() { Bits::none(entries.len()) } else { ranks_of(&|record| varied.contains_key(&record)) },
            entries,
        }
    }
}

/// The entries by their records' keys.
pub(super) fn by_key(index: &Index) -> Vec<u32> {
    // The first bytes tell most keys apart.
    let begin = |key: &str| key.bytes().chain(std::iter::repeat(0)).take(8).fold(0_u64, |begin, byte| begin << 8 | u64::from(byte));
    let mut entries: Vec<(u64, u32)> = (0..index.len()).map(|entry| (begin(index.key_of(entry)), entry)).collect();
    entries.sort_unstable_by(|(left, one), (right, other)| {
        left.cmp(right).then_with(|| index.key_of(*one).cmp(index.key_of(*other))).then(one.cmp(other))
    });
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The entries by their sort keys; those that are alike as they stood.
fn order(entries: &[u32], keys: &[Cow<'_, [u32]>]) -> Vec<u32> {
    let mut entries = entries.to_vec();
    // Three keys and the place so far are one number. The last keys come first, so that those before them decide.
    for keys in keys.rchunks(3) {
        let packed = |entry: u32| keys.iter().fold(0_u128, |packed, key| packed << 32 | u128::from(key.get(entry as usize).copied().unwrap_or(LAST)));
        let mut sorted: Vec<u128> = (0_u32..).zip(&entries).map(|(place, entry)| packed(*entry) << 32 | u128::from(place)).collect();
        sorted.sort_unstable();
        // The lower half of the number is the place.
        entries = sorted.into_iter().filter_map(|packed| entries.get(packed as u32 as usize)).copied().collect();
    }
    entries
}
