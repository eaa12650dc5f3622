//! The distinct values of one field as numbers, in an order in which the values that are equal for a filter stand side by side.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use super::compare::{Item, order_plain};
use super::like::Pattern;
use super::tree::Matching;
use crate::text::{compare_to_folded, fold};
use crate::value::Value;

/// The distinct values of a field. Code 0 is null; the others are ordered: text by its folded form, everything else by value, lists as it happens.
#[derive(Debug)]
pub(crate) struct Dictionary {
    values: Vec<Value>,
    /// The folded forms of texts, one behind the other, by code; empty if the values are none.
    folded: Folded,
    elements: Option<Elements>,
}

/// What stands in the lists of a multi-valued field.
#[derive(Debug)]
struct Elements {
    dictionary: Box<Dictionary>,
    /// Per element the codes of the lists that hold it.
    lists: Vec<Vec<u32>>,
}

/// Folded texts, one behind the other.
#[derive(Debug, Default)]
struct Folded {
    texts: String,
    /// Where the text of each code but null's ends.
    ends: Vec<usize>,
}

impl Folded {
    fn push(&mut self, text: &str) {
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
    }

    /// The texts with their codes.
    fn each(&self) -> impl Iterator<Item = (u32, &str)> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        (1_u32..).zip(begins.zip(&self.ends).map(|(begin, end)| self.texts.get(begin..*end).unwrap_or_default()))
    }

    /// The codes of the texts in which a text stands.
    fn holding(&self, text: &str) -> Vec<u32> {
        let mut found = Vec::new();
        let mut from = 0;
        let finder = memchr::memmem::Finder::new(text);
        while let Some(hit) = self.texts.as_bytes().get(from..).and_then(|rest| finder.find(rest)).map(|hit| from + hit) {
            let place = self.ends.partition_point(|end| *end <= hit);
            let Some(end) = self.ends.get(place) else { break };
            if hit + text.len() <= *end {
                found.push(u32::try_from(place + 1).unwrap_or(u32::MAX));
                from = *end;
            } else {
                // Half of it stands in one text and half in the next.
                from = hit + 1;
            }
        }
        found
    }
}

/// Codes of a dictionary.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CodeSet {
    /// Ranges that do not touch, ascending; few.
    Ranges(Vec<Range<u32>>),
    /// A bit per code.
    Bits(Arc<[u64]>),
}

/// More ranges than this are kept as bits.
const FEW: usize = 8;

impl CodeSet {
    /// Some of `len` codes.
    pub(crate) fn of(len: u32, ranges: impl IntoIterator<Item = Range<u32>>) -> Self {
        let mut ranges: Vec<Range<u32>> = ranges.into_iter().filter(|range| !range.is_empty()).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<u32>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        if joined.len() <= FEW {
            return Self::Ranges(joined);
        }
        Self::bits(len, joined)
    }

    /// The same with a bit per code, unless it is one range: looking a code up is then one step.
    pub(crate) fn flat(self, len: u32) -> Self {
        match self {
            Self::Ranges(ranges) if ranges.len() > 1 => Self::bits(len, ranges),
            one => one,
        }
    }

    fn bits(len: u32, ranges: Vec<Range<u32>>) -> Self {
        let mut words = vec![0_u64; (len as usize).div_ceil(64)];
        for code in ranges.into_iter().flatten() {
            if let Some(word) = words.get_mut(code as usize / 64) {
                *word |= 1 << (code % 64);
            }
        }
        Self::Bits(Arc::from(words))
    }

    /// Whether it holds no code.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Ranges(ranges) => ranges.is_empty(),
            Self::Bits(words) => words.iter().all(|word| *word == 0),
        }
    }

    /// Whether it holds a code.
    #[inline]
    pub(crate) fn has(&self, code: u32) -> bool {
        match self {
            // There are few of them, and whether a code is in one cannot be guessed: no branch on it.
            Self::Ranges(ranges) => ranges.iter().fold(false, |found, range| found | (code.wrapping_sub(range.start) < range.end - range.start)),
            Self::Bits(words) => words.get(code as usize / 64).copied().unwrap_or(0) >> (code % 64) & 1 != 0,
        }
    }

    /// How many codes it holds.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Ranges(ranges) => ranges.iter().map(ExactSizeIterator::len).sum(),
            Self::Bits(words) => words.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    /// All codes in it, ascending.
    pub(crate) fn codes(&self) -> Vec<u32> {
        match self {
            Self::Ranges(ranges) => ranges.iter().cloned().flatten().collect(),
            Self::Bits(words) => {
                let bits = (0_u32..)
                    .zip(words.iter())
                    .flat_map(|(place, word)| (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| place * 64 + bit));
                bits.collect()
            }
        }
    }

    /// What of the values that are not null is outside.
    fn others(&self, len: u32) -> Self {
        let outside = (1..len).filter(|code| !self.has(*code));
        match self {
            Self::Ranges(ranges) => {
                let starts = std::iter::once(1).chain(ranges.iter().map(|range| range.end.max(1)));
                let ends = ranges.iter().map(|range| range.start).chain([len]);
                Self::of(len, starts.zip(ends).map(|(start, end)| start..end.max(start)))
            }
            Self::Bits(_) => Self::of(len, outside.map(|code| code..code + 1)),
        }
    }
}

impl Dictionary {
    /// Orders distinct values that are not null. The second tells the code of each value given.
    pub(crate) fn new(values: Vec<Value>) -> (Self, Vec<u32>) {
        let mut order: Vec<(Option<Box<str>>, u32)> = Vec::with_capacity(values.len());
        for (number, value) in (0_u32..).zip(&values) {
            let folded = if let Value::Text(text) = value { Some(Box::from(fold(text))) } else { None };
            order.push((folded, number));
        }
        let value = |number: u32| values.get(number as usize).unwrap_or(&Value::Null);
        order.sort_unstable_by(|(left, one), (right, other)| {
            left.cmp(right).then_with(|| order_values(value(*one), value(*other))).then(one.cmp(other))
        });
        let mut codes = vec![0_u32; values.len()];
        let mut sorted = Vec::with_capacity(values.len() + 1);
        sorted.push(Value::Null);
        let mut values = values;
        let mut forms = Folded::default();
        for (code, (folded, number)) in (1_u32..).zip(order) {
            folded.iter().for_each(|folded| forms.push(folded));
            if let (Some(slot), Some(value)) = (codes.get_mut(number as usize), values.get_mut(number as usize)) {
                *slot = code;
                sorted.push(std::mem::replace(value, Value::Null));
            }
        }
        let elements = sorted.iter().any(|value| matches!(value, Value::List(_))).then(|| Elements::new(&sorted));
        let folded = if forms.ends.len() + 1 == sorted.len() { forms } else { Folded::default() };
        (Self { values: sorted, folded, elements }, codes)
    }

    /// How many codes there are, null's included.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.values.len()).unwrap_or(u32::MAX)
    }

    /// The value of a code.
    pub(crate) fn value(&self, code: u32) -> &Value {
        self.values.get(code as usize).unwrap_or(&Value::Null)
    }

    /// The values by code, null first.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// All values but null.
    fn filled(&self) -> &[Value] {
        self.values.get(1..).unwrap_or_default()
    }

    /// The values that equal an item; none if a value cannot be compared with it.
    pub(super) fn equal(&self, item: Item<'_>, matching: Matching) -> Option<CodeSet> {
        if let Item::Text(raw, folded) = item {
            let owned = folded.map_or_else(|| fold(raw), Into::into);
            let place = |wanted: Ordering| {
                self.place(|value| if let Value::Text(text) = value { Some(compare_to_folded(text, &owned)) } else { None }, wanted)
            };
            let range = place(Ordering::Less)?..place(Ordering::Greater)?;
            if matching == Matching::Folded {
                return Some(CodeSet::of(self.len(), std::iter::once(range)));
            }
            let is_exact = |code: &u32| matches!(self.value(*code), Value::Text(text) if text.as_ref() == raw);
            return Some(CodeSet::of(self.len(), range.filter(is_exact).map(|code| code..code + 1)));
        }
        let equal = self.before(item)?..self.until(item)?;
        Some(CodeSet::of(self.len(), std::iter::once(equal)))
    }

    /// The first code whose value is not less than an item that is no text.
    fn before(&self, item: Item<'_>) -> Option<u32> {
        self.place(|value| order_plain(Item::from(value), item), Ordering::Less)
    }

    /// The first code whose value is greater than an item that is no text.
    fn until(&self, item: Item<'_>) -> Option<u32> {
        self.place(|value| order_plain(Item::from(value), item), Ordering::Greater)
    }

    /// The first code that does not stand before what is looked for (`Less`), or that stands behind it (`Greater`).
    fn place(&self, order: impl Fn(&Value) -> Option<Ordering>, wanted: Ordering) -> Option<u32> {
        let mut is_comparable = true;
        let stands_before = |value: &Value| match order(value) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => wanted == Ordering::Greater,
            Some(Ordering::Greater) => false,
            None => {
                is_comparable = false;
                false
            }
        };
        let place = self.filled().partition_point(stands_before);
        is_comparable.then(|| u32::try_from(place + 1).unwrap_or(u32::MAX))
    }

    /// The values in an order to an item that is no text, which `accepts` takes; none if they cannot be compared.
    pub(super) fn ordered(&self, item: Item<'_>, accepts: impl Fn(Ordering) -> bool) -> Option<CodeSet> {
        let (before, until) = (self.before(item)?, self.until(item)?);
        let parts = [(Ordering::Less, 1..before), (Ordering::Equal, before..until), (Ordering::Greater, until..self.len())];
        Some(CodeSet::of(self.len(), parts.into_iter().filter(|(order, _)| accepts(*order)).map(|(_, range)| range)))
    }

    /// Every value but null that is not in the set.
    pub(super) fn others(&self, set: &CodeSet) -> CodeSet {
        set.others(self.len())
    }

    /// Several sets as one.
    pub(super) fn union(&self, sets: impl IntoIterator<Item = CodeSet>) -> CodeSet {
        let ranges = |set: CodeSet| match set {
            CodeSet::Ranges(ranges) => ranges,
            bits @ CodeSet::Bits(_) => bits.codes().into_iter().map(|code| code..code + 1).collect(),
        };
        CodeSet::of(self.len(), sets.into_iter().flat_map(ranges))
    }

    /// The lists that hold a value equal to an item; none if that cannot be compared, or the field is not multi-valued.
    pub(super) fn holding(&self, item: Item<'_>, matching: Matching) -> Option<CodeSet> {
        let elements = self.elements.as_ref()?;
        let found = elements.dictionary.equal(item, matching)?;
        let lists = found.codes().into_iter().filter_map(|code| elements.lists.get(code as usize)).flatten();
        Some(CodeSet::of(self.len(), lists.map(|code| *code..code + 1)))
    }

    /// The texts that fit a pattern; none if there is no quick way.
    pub(super) fn like(&self, pattern: &Pattern) -> Option<CodeSet> {
        if pattern.matching() != Matching::Folded || self.folded.ends.is_empty() {
            return None;
        }
        let codes: Vec<u32> = match pattern.within() {
            Some(text) => self.folded.holding(&text),
            None => self.folded.each().filter(|(_, text)| pattern.fits_folded(text)).map(|(code, _)| code).collect(),
        };
        Some(CodeSet::of(self.len(), codes.into_iter().map(|code| code..code + 1)))
    }

    /// The codes whose values a function takes.
    pub(super) fn taken(&self, takes: impl Fn(&Value) -> bool) -> CodeSet {
        let codes = (0_u32..).zip(&self.values).filter(|(_, value)| takes(value)).map(|(code, _)| code..code + 1);
        CodeSet::of(self.len(), codes)
    }
}

impl Elements {
    fn new(values: &[Value]) -> Self {
        let list = |value: &Value| if let Value::List(list) = value { list.clone() } else { Vec::new() };
        let mut distinct: Vec<Value> = values.iter().flat_map(list).collect();
        distinct.sort_unstable_by(order_values);
        distinct.dedup_by(|left, right| order_values(left, right).is_eq());
        let found = distinct.clone();
        let (dictionary, codes) = Dictionary::new(distinct);
        let mut lists = vec![Vec::new(); dictionary.values.len()];
        for (code, value) in (0_u32..).zip(values) {
            for element in list(value) {
                let place = found.binary_search_by(|one| order_values(one, &element)).ok();
                let slot = place.and_then(|place| codes.get(place)).and_then(|element| lists.get_mut(*element as usize));
                slot.into_iter().for_each(|of: &mut Vec<u32>| of.push(code));
            }
        }
        Self { dictionary: Box::new(dictionary), lists }
    }
}

/// An order in which only what is the same is equal, within one kind as filters order it but for text, which goes by its bytes.
fn order_values(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Real(left), Value::Real(right)) => left.total_cmp(right),
        (Value::List(left), Value::List(right)) => {
            let pairs = left.iter().zip(right).map(|(left, right)| order_values(left, right));
            pairs.fold(Ordering::Equal, Ordering::then).then(left.len().cmp(&right.len()))
        }
        (left, right) => order_plain(Item::from(left), Item::from(right)).unwrap_or(Ordering::Equal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_within_one_value_only() {
        let (dictionary, codes) = Dictionary::new(["ab", "CD", "", "xäbcdb", "Äb"].map(Value::text).to_vec());
        let like = |pattern: &str| {
            let found = dictionary.like(&Pattern::new(pattern, None, Matching::Folded).unwrap()).unwrap();
            let texts = found.codes().into_iter().map(|code| format!("{:?}", dictionary.value(code)));
            texts.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(codes.len(), 5);
        // `ab` stands before `cd`: what ends in one and begins the other is in neither.
        assert_eq!(like("%bc%"), r#"Text("xäbcdb")"#);
        assert_eq!(like("%B%"), r#"Text("ab") Text("xäbcdb") Text("Äb")"#);
        assert_eq!(like("%ÄB%"), r#"Text("xäbcdb") Text("Äb")"#);
        assert_eq!(like("_b"), r#"Text("ab") Text("Äb")"#);
        assert_eq!(like(""), r#"Text("")"#);
        assert_eq!(dictionary.like(&Pattern::new("%b%", None, Matching::Exact).unwrap()), None);
    }
}
