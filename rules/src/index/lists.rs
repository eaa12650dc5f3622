//! Sets of ranks: a list of each principal's or value's ranks, and chunks of them as bits.

/// How many ranks are looked at together: 4 KB of bits a set, so that the sets of one walk stay in the nearest cache.
pub(super) const CHUNK: usize = 1 << 15;

/// The words of a chunk.
pub(super) const WORDS: usize = CHUNK / 64;

/// So many lists, or ranks in a list, are few.
const FEW: usize = 64;

/// A list longer than this part of all ranks is kept as bits, which are then smaller.
const DENSE: usize = 32;

/// Lists of numbers by another number, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Grouped {
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Grouped {
    /// Groups pairs (of, item): items keep their order.
    pub(super) fn new(groups: usize, pairs: &[(u32, u32)]) -> Self {
        let mut ends = vec![0_u32; groups];
        for (of, _) in pairs {
            if let Some(end) = ends.get_mut(*of as usize) {
                *end += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            let count = *end;
            *end = sum;
            sum += count;
        }
        let mut items = vec![0_u32; sum as usize];
        for (of, item) in pairs {
            if let Some(place) = ends.get_mut(*of as usize) {
                if let Some(slot) = items.get_mut(*place as usize) {
                    *slot = *item;
                }
                *place += 1;
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

/// A set of ranks as bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// An empty set within `len` ranks.
    pub(super) fn none(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    /// All of `len` ranks.
    pub(super) fn all(len: usize) -> Self {
        let mut words = vec![u64::MAX; len.div_ceil(64)];
        if let (Some(last), rest @ 1..) = (words.last_mut(), len % 64) {
            *last = u64::MAX >> (64 - rest);
        }
        Self(words)
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

/// One set of ranks, with the place up to which a walk has come.
#[derive(Clone, Debug)]
pub(super) enum Walk<'a> {
    /// What is left of a list.
    Sparse(&'a [u32]),
    /// Bits.
    Dense(&'a Bits),
}

impl Lists {
    /// Makes lists of pairs (of, rank), which `pairs` hands on with ascending ranks, whenever it is asked. What is beyond `groups` is passed over.
    pub(super) fn new(groups: usize, len: usize, pairs: impl Fn(&mut dyn FnMut(u32, u32))) -> Self {
        let mut ends = vec![0_u32; groups];
        pairs(&mut |of, _| {
            if let Some(count) = ends.get_mut(of as usize) {
                *count += 1;
            }
        });
        let mut dense: Vec<(u32, Bits)> = Vec::new();
        let mut sum = 0;
        for (group, end) in (0_u32..).zip(&mut ends) {
            let count = *end;
            *end = sum;
            if count as usize > (len / DENSE).max(FEW) {
                dense.push((group, Bits::none(len)));
                continue;
            }
            sum += count;
        }
        let mut items = vec![0_u32; sum as usize];
        let place = |of: u32| dense.binary_search_by_key(&of, |(group, _)| *group).ok();
        let places: Vec<Option<usize>> = if dense.is_empty() { Vec::new() } else { (0_u32..).take(groups).map(place).collect() };
        pairs(&mut |of, rank| {
            if let Some((_, bits)) = places.get(of as usize).copied().flatten().and_then(|place| dense.get_mut(place)) {
                bits.add(rank);
            } else if let Some(end) = ends.get_mut(of as usize) {
                if let Some(slot) = items.get_mut(*end as usize) {
                    *slot = rank;
                }
                *end += 1;
            }
        });
        Self { sparse: Grouped { ends, items }, dense }
    }

    /// The set of a number, from its beginning; none if it is empty.
    pub(super) fn walk(&self, of: u32) -> Option<Walk<'_>> {
        if let Ok(place) = self.dense.binary_search_by_key(&of, |(group, _)| *group) {
            return self.dense.get(place).map(|(_, bits)| Walk::Dense(bits));
        }
        Some(self.sparse.of(of)).filter(|list| !list.is_empty()).map(Walk::Sparse)
    }

    /// The sets of some numbers, if they are few and have few ranks together: with their ranks' number.
    pub(super) fn few(&self, of: impl Iterator<Item = u32>, most: usize) -> Option<(usize, Vec<Walk<'_>>)> {
        let (mut sum, mut walks) = (0, Vec::new());
        for walk in of.filter_map(|of| self.walk(of)) {
            match walk {
                Walk::Sparse(list) if sum + list.len() <= most && walks.len() < FEW => sum += list.len(),
                Walk::Sparse(_) | Walk::Dense(_) => return None,
            }
            walks.push(walk);
        }
        Some((sum, walks))
    }
}

impl Walk<'_> {
    /// Adds what the set has in a chunk; chunks come in ascending order.
    pub(super) fn add_to(&mut self, chunk: usize, words: &mut [u64]) {
        match self {
            Self::Dense(bits) => words.iter_mut().zip(bits.chunk(chunk)).for_each(|(word, more)| *word |= more),
            Self::Sparse(list) => {
                let (begin, end) = (chunk * CHUNK, (chunk + 1) * CHUNK);
                let mut rest = *list;
                while let [rank, after @ ..] = rest {
                    let rank = *rank as usize;
                    if rank >= end {
                        break;
                    }
                    if let Some(word) = rank.checked_sub(begin).and_then(|bit| words.get_mut(bit / 64)) {
                        *word |= 1 << (rank % 64);
                    }
                    rest = after;
                }
                *list = rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks through all chunks, as a viewer does.
    fn walked(lists: &Lists, of: u32, len: usize) -> Vec<u32> {
        let mut found = Vec::new();
        let Some(mut walk) = lists.walk(of) else { return found };
        for chunk in 0..len.div_ceil(CHUNK) {
            let mut words = vec![0_u64; WORDS];
            walk.add_to(chunk, &mut words);
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
        let pairs = |take: &mut dyn FnMut(u32, u32)| {
            (0..=last).for_each(|rank| (0..4).filter(|group| of(*group, rank)).for_each(|group| take(group, rank)));
            take(9, 1);
        };
        let lists = Lists::new(4, len, pairs);
        assert!(matches!(lists.walk(0), Some(Walk::Dense(_))) && matches!(lists.walk(1), Some(Walk::Sparse(_))) && lists.walk(2).is_none());
        for group in 0..4 {
            assert_eq!(walked(&lists, group, len), (0..=last).filter(|rank| of(group, *rank)).collect::<Vec<_>>(), "list {group}");
        }
        assert_eq!(lists.few([1, 3].into_iter(), 100).map(|(ranks, walks)| (ranks, walks.len())), Some((edges.len() + 1, 2)));
        assert!(lists.few([1, 3].into_iter(), 3).is_none() && lists.few([0].into_iter(), len).is_none());
    }

    #[test]
    fn all_ranks_and_no_more_are_alive() {
        let mut bits = Bits::all(CHUNK + 3);
        bits.remove(1);
        bits.add(2);
        let counted: u32 = bits.chunk(0).iter().chain(bits.chunk(1)).map(|word| word.count_ones()).sum();
        assert_eq!((counted as usize, bits.has(1), bits.has(2), bits.chunk(2).len()), (CHUNK + 2, false, true, 0));
    }
}
