//! The entries in one order: by rank, with everything that speaks of them as lists of ranks.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Index;
use super::form::Column;
use super::lists::{Bits, CHUNK, Grouped, Lists};
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
    /// How many values there are, null included.
    pub(super) values: u32,
    pub(super) postings: Lists,
}

/// Codes in as few bytes as they need.
#[derive(Debug)]
enum Codes {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Ranked {
    fn new(dictionary: &Dictionary, entries: &[u32], codes: &[u32]) -> Self {
        let by_rank: Vec<u32> = entries.iter().map(|entry| codes.get(*entry as usize).copied().unwrap_or(0)).collect();
        let pairs = |take: &mut dyn FnMut(u32, u32)| by_rank.iter().copied().zip(0_u32..).for_each(|(code, rank)| take(code, rank));
        let postings = Lists::new(dictionary.len() as usize, by_rank.len(), pairs);
        let codes = if dictionary.len() <= 1 << 16 {
            // Every code is less than the dictionary's length.
            Codes::Narrow(by_rank.iter().map(|code| *code as u16).collect())
        } else {
            Codes::Wide(by_rank)
        };
        Self { codes, values: dictionary.len(), postings }
    }

    /// Keeps of the ranks of a chunk those whose codes are in a set.
    pub(super) fn keep(&self, words: &mut [u64], chunk: usize, set: &CodeSet) {
        let begin = chunk * CHUNK;
        match &self.codes {
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

/// What a space is made of: the pairs that speak of records, grouped by record.
pub(super) struct Pairs<'a> {
    /// Per right rule.
    pub(super) rules: &'a [Grouped],
    /// The rules that speak of whole records, with whether they leave open what they do not list.
    pub(super) of_records: &'a [(usize, bool)],
    pub(super) bars: &'a Grouped,
    pub(super) subscriptions: &'a [(Option<String>, Grouped)],
    /// How many principals there are.
    pub(super) principals: usize,
}

impl Space {
    /// Orders the entries by the places of their sort keys, one list of places by entry for each key.
    pub(super) fn new(index: &Index, keys: &[Vec<u32>], pairs: &Pairs<'_>) -> Self {
        let entries = order(index, keys);
        let records: Vec<u32> = entries.iter().map(|entry| index.record_of(*entry)).collect();
        let lists = |grouped: &Grouped| {
            let each = |take: &mut dyn FnMut(u32, u32)| {
                for (rank, record) in (0_u32..).zip(&records) {
                    grouped.of(*record).iter().for_each(|slot| take(*slot, rank));
                }
            };
            Lists::new(pairs.principals, entries.len(), each)
        };
        let rule = |(rule, is_open): &(usize, bool)| {
            let grouped = pairs.rules.get(*rule)?;
            let listed = is_open.then(|| {
                let mut listed = Bits::none(entries.len());
                (0_u32..).zip(&records).filter(|(_, record)| !grouped.of(**record).is_empty()).for_each(|(rank, _)| listed.add(rank));
                listed
            });
            Some(RankedRule { rule: *rule, listed, lists: lists(grouped) })
        };
        let ranked = |(field, column): (&FieldId, &Column)| {
            index.filtered.contains(field).then(|| (*field, Ranked::new(&column.dictionary, &entries, &column.codes)))
        };
        let mut varied = Bits::none(entries.len());
        (0_u32..).zip(&records).filter(|(_, record)| index.appearances.varied.contains_key(*record)).for_each(|(rank, _)| varied.add(rank));
        Self {
            columns: index.columns.iter().filter_map(ranked).collect(),
            rules: pairs.of_records.iter().filter_map(rule).collect(),
            bars: lists(pairs.bars),
            subscriptions: pairs.subscriptions.iter().map(|(book, grouped)| (book.clone(), lists(grouped))).collect(),
            varied,
            entries,
        }
    }
}

/// The entries by their sort keys, then by the records' keys.
fn order(index: &Index, keys: &[Vec<u32>]) -> Vec<u32> {
    let place = |key: &[u32], entry: u32| u128::from(key.get(entry as usize).copied().unwrap_or(LAST));
    let (first, rest) = keys.split_at(keys.len().min(4));
    let packed = |entry: u32| first.iter().fold(0_u128, |packed, key| packed << 32 | place(key, entry));
    let mut entries: Vec<(u128, u32)> = (0..index.len()).map(|entry| (packed(entry), entry)).collect();
    let others = |one: u32, other: u32| rest.iter().map(|key| place(key, one).cmp(&place(key, other))).fold(Ordering::Equal, Ordering::then);
    let record = |entry: u32| index.key_of(entry);
    entries.sort_unstable_by(|(left, one), (right, other)| {
        left.cmp(right).then_with(|| others(*one, *other)).then_with(|| record(*one).cmp(record(*other))).then_with(|| one.cmp(other))
    });
    entries.into_iter().map(|(_, entry)| entry).collect()
}
