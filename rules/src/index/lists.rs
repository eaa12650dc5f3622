//! Sets of ranks: a list of each principal's or value's ranks, and chunks of them as bits.

/// How many ranks are looked at together: 2 KB of bits a set, so that the sets of one walk stay in the nearest cache.
pub(super) const CHUNK: usize = 1 << 14;

/// The words of a chunk.
pub(super) const WORDS: usize = CHUNK / 64;

/// A list of at least this part of all ranks is kept as bits: reading all of those is as quick as reading the list.
const DENSE: usize = 128;

/// Shorter ones never are.
const SHORT: usize = 64;

/// Lists of numbers by another number, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Grouped {
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Grouped {
    /// Groups pairs (of, item): items keep their order.
    pub(super) fn new(groups: usize, pairs: &[(u32, u32)]) -> Self {
        Self::up_to(u32::MAX, &counts(groups, pairs.iter().copied()), pairs.iter().copied(), |_, _| {})
    }

    /// Groups pairs (of, item), of which there are so many in each group. Those of groups that have more than `most` are handed on instead.
    pub(super) fn up_to(most: u32, counts: &[u32], pairs: impl Iterator<Item = (u32, u32)>, mut beyond: impl FnMut(u32, u32)) -> Self {
        let mut sum = 0;
        let begin = |count: &u32| {
            let begin = sum;
            sum += if *count > most { 0 } else { *count };
            begin
        };
        let mut ends: Vec<u32> = counts.iter().map(begin).collect();
        let mut items = vec![0_u32; sum as usize];
        for (of, item) in pairs {
            match (ends.get_mut(of as usize), counts.get(of as usize)) {
                (Some(place), Some(count)) if *count <= most => {
                    items.get_mut(*place as usize).into_iter().for_each(|slot| *slot = item);
                    *place += 1;
                }
                (Some(_), Some(_)) => beyond(of, item),
                _ => {}
            }
        }
        Self { ends, items }
    }

    /// The items of a group.
    pub(super) fn of(&self, group: u32) -> &[u32] {
        let group = group as usize;
        let begin = group.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(group).copied().unwrap_or(begin);
        self.items.get(begin as usize..end as usize).unwrap_or_default()
    }
}

/// How many pairs (of, item) each group has.
pub(super) fn counts(groups: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut counts = vec![0_u32; groups];
    for (of, _) in pairs {
        if let Some(count) = counts.get_mut(of as usize) {
            *count += 1;
        }
    }
    counts
}

/// A set of ranks as bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// An empty set within `len` ranks.
    pub(super) fn none(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    /// Takes a rank away.
    pub(super) fn remove(&mut self, rank: u32) {
        if let Some(word) = self.0.get_mut(rank as usize / 64) {
            *word &= !(1 << (rank % 64));
        }
    }

    /// Adds a rank.
    pub(super) fn add(&mut self, rank: u32) {
        if let Some(word) = self.0.get_mut(rank as usize / 64) {
            *word |= 1 << (rank % 64);
        }
    }

    /// Whether the rank is in it.
    pub(super) fn has(&self, rank: u32) -> bool {
        self.0.get(rank as usize / 64).is_some_and(|word| word & (1 << (rank % 64)) != 0)
    }

    /// The words of a chunk.
    pub(super) fn chunk(&self, chunk: usize) -> &[u64] {
        let begin = (chunk * WORDS).min(self.0.len());
        self.0.get(begin..self.0.len().min(begin + WORDS)).unwrap_or_default()
    }
}

/// Per number a set of ranks, ascending, or as bits where those are smaller.
#[derive(Debug, Default)]
pub(super) struct Lists {
    sparse: Grouped,
    dense: Vec<(u32, Bits)>,
}

/// One set of ranks.
#[derive(Clone, Debug)]
pub(super) enum Walk<'a> {
    /// A list.
    Sparse(&'a [u32]),
    /// Bits.
    Dense(&'a Bits),
}

impl Lists {
    /// Makes lists of pairs (of, rank) with ascending ranks, of which there are so many of each number.
    pub(super) fn new(len: usize, counts: &[u32], pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let most = u32::try_from((len / DENSE).max(SHORT)).unwrap_or(u32::MAX);
        let long = (0_u32..).zip(counts).filter(|(_, count)| **count > most);
        let mut dense: Vec<(u32, Bits)> = long.map(|(of, _)| (of, Bits::none(len))).collect();
        let mut places: Vec<u32> = vec![0; counts.len()];
        for (place, (of, _)) in (0_u32..).zip(&dense) {
            places.get_mut(*of as usize).into_iter().for_each(|slot| *slot = place);
        }
        let sparse = Grouped::up_to(most, counts, pairs, |of, rank| {
            let place = places.get(of as usize).copied().unwrap_or(0);
            dense.get_mut(place as usize).into_iter().for_each(|(_, bits)| bits.add(rank));
        });
        Self { sparse, dense }
    }

    /// The set of a number, from its beginning; none if it is empty.
    pub(super) fn walk(&self, of: u32) -> Option<Walk<'_>> {
        if let Ok(place) = self.dense.binary_search_by_key(&of, |(group, _)| *group) {
            return self.dense.get(place).map(|(_, bits)| Walk::Dense(bits));
        }
        Some(self.sparse.of(of)).filter(|list| !list.is_empty()).map(Walk::Sparse)
    }
}

/// Several lists of ranks, with the places up to which a walk has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Sparse<'a>(pub(super) Vec<&'a [u32]>);

impl<'a> Sparse<'a> {
    /// Hands on the ranks in a chunk, list by list; chunks come in ascending order.
    pub(super) fn each(&mut self, chunk: usize, mut take: impl FnMut(usize)) {
        let end = (chunk + 1) * CHUNK;
        for list in &mut self.0 {
            while let Some((rank, rest)) = list.split_first().filter(|(rank, _)| (**rank as usize) < end) {
                take(*rank as usize);
                *list = rest;
            }
        }
    }

    /// How many ranks there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|list| list.len()).sum()
    }
}

/// What is in any of several sets of ranks, with the places up to which a walk has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Union<'a> {
    dense: Vec<&'a Bits>,
    sparse: Sparse<'a>,
}

impl<'a> FromIterator<Walk<'a>> for Union<'a> {
    fn from_iter<T: IntoIterator<Item = Walk<'a>>>(walks: T) -> Self {
        let mut union = Self::default();
        for walk in walks {
            match walk {
                Walk::Sparse(list) => union.sparse.0.push(list),
                Walk::Dense(bits) => union.dense.push(bits),
            }
        }
        union
    }
}

impl Union<'_> {
    /// Whether there are no sets.
    pub(super) fn is_empty(&self) -> bool {
        self.dense.is_empty() && self.sparse.0.is_empty()
    }

    /// Makes of `words` what the sets have in a chunk; chunks come in ascending order.
    pub(super) fn write(&mut self, chunk: usize, words: &mut [u64]) {
        let mut dense = self.dense.iter().map(|bits| bits.chunk(chunk));
        match dense.next() {
            Some(first) => words.iter_mut().zip(first).for_each(|(word, one)| *word = *one),
            None => words.fill(0),
        }
        dense.for_each(|bits| words.iter_mut().zip(bits).for_each(|(word, one)| *word |= one));
        self.sparse.each(chunk, |rank| {
            if let Some(word) = words.get_mut(rank % CHUNK / 64) {
                *word |= 1 << (rank % 64);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks through all chunks, as a viewer does.
    fn walked(lists: &Lists, of: u32, len: usize) -> Vec<u32> {
        let mut found = Vec::new();
        let mut union: Union<'_> = lists.walk(of).into_iter().collect();
        for chunk in 0..len.div_ceil(CHUNK) {
            let mut words = vec![0_u64; WORDS];
            union.write(chunk, &mut words);
            let ranks = (0_u32..).take(CHUNK).filter(|rank| words[*rank as usize / 64] & (1 << (rank % 64)) != 0);
            found.extend(ranks.map(|rank| u32::try_from(chunk * CHUNK).unwrap() + rank));
        }
        found
    }

    #[test]
    fn a_walk_over_several_chunks_finds_every_rank_of_long_and_short_lists() {
        let len = 3 * CHUNK + 7;
        let last = u32::try_from(len).unwrap() - 1;
        // One list of every third rank, which is kept as bits; one at the ends of chunks; one with nothing; one within a single late chunk.
        let edges: Vec<u32> =
            (0..4).flat_map(|chunk| [(chunk * CHUNK) as u32, ((chunk + 1) * CHUNK - 1) as u32]).filter(|rank| *rank <= last).chain([last]).collect();
        let of = |group: u32, rank: u32| match group {
            0 => rank.is_multiple_of(3),
            1 => edges.contains(&rank),
            3 => rank == 2 * CHUNK as u32 + 5,
            _ => false,
        };
        let pairs = || (0..=last).flat_map(|rank| (0..4).filter(move |group| of(*group, rank)).map(move |group| (group, rank))).chain([(9, 1)]);
        let lists = Lists::new(len, &counts(4, pairs()), pairs());
        assert!(matches!(lists.walk(0), Some(Walk::Dense(_))) && matches!(lists.walk(1), Some(Walk::Sparse(_))) && lists.walk(2).is_none());
        for group in 0..4 {
            assert_eq!(walked(&lists, group, len), (0..=last).filter(|rank| of(group, *rank)).collect::<Vec<_>>(), "list {group}");
        }
    }

    #[test]
    fn ranks_are_added_and_taken_away_within_a_set() {
        let mut bits = Bits::none(CHUNK + 3);
        (0..CHUNK + 3).chain([CHUNK * 2]).for_each(|rank| bits.add(rank as u32));
        bits.remove(1);
        let counted: u32 = bits.chunk(0).iter().chain(bits.chunk(1)).map(|word| word.count_ones()).sum();
        assert_eq!((counted as usize, bits.has(1), bits.has(2), bits.chunk(2).len()), (CHUNK + 2, false, true, 0));
    }
}
