//! What can be read, as sets of sources: one set per viewer, and what single records say otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::crm::Target;
use crate::key::Source;
use crate::sight::{Snapshot, Viewer};
use crate::view::{Field, FieldId, Formation, PartId, View};

/// A set of sources, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SourceSet(Box<[u64]>);

impl SourceSet {
    /// Takes or leaves a source.
    pub(super) fn set(&mut self, source: usize, is_in: bool) {
        if let Some(word) = self.0.get_mut(source / 64) {
            let bit = 1 << (source % 64);
            *word = if is_in { *word | bit } else { *word & !bit };
        }
    }

    /// Whether all of the others are in it.
    pub(super) fn has_all(&self, others: &Self) -> bool {
        self.0.iter().zip(&others.0).all(|(own, other)| other & !own == 0)
    }
}

/// What reading a field takes.
#[derive(Debug)]
struct Needed {
    sealed: bool,
    sources: SourceSet,
    /// For a count of rows: the columns of which one must be readable.
    one_of: Option<Vec<SourceSet>>,
}

/// The sources of a view by number, and what reading each field takes.
#[derive(Debug)]
pub(super) struct Sources {
    numbers: BTreeMap<Source, usize>,
    fields: Vec<Needed>,
    /// The sources that single records may say something else of.
    alone: BTreeSet<usize>,
}

impl Sources {
    /// Numbers the sources of the view.
    pub(super) fn new(people: &Snapshot) -> Self {
        let view = people.view();
        let columns = view.parts().iter().flat_map(|part| &part.columns).flat_map(|column| &column.sources);
        let all: BTreeSet<&Source> = columns.chain(view.fields().iter().flat_map(|field| &field.sources)).collect();
        let numbers: BTreeMap<Source, usize> = all.into_iter().cloned().zip(0..).collect();
        let of_rules = people.rule_shapes().filter_map(|shape| if let Target::Source(source) = &shape.target { Some(source) } else { None });
        let of_records = people.sources_of_records().map(|(_, source)| source);
        let alone = of_rules.chain(of_records).filter_map(|source| numbers.get(source)).copied().collect();
        let mut sources = Self { numbers, fields: Vec::new(), alone };
        sources.fields = view.fields().iter().map(|field| sources.needed(view, field)).collect();
        sources
    }

    fn needed(&self, view: &View, field: &Field) -> Needed {
        let one_of = match &field.formation {
            Formation::Count { part, .. } => Some(self.columns(view, *part)),
            Formation::Column { .. } | Formation::First { .. } | Formation::All { .. } => None,
        };
        Needed { sealed: field.sealed, sources: self.set(&field.sources), one_of }
    }

    /// The sources of each column of a part.
    pub(super) fn columns(&self, view: &View, part: PartId) -> Vec<SourceSet> {
        view.part(part).into_iter().flat_map(|part| &part.columns).map(|column| self.set(&column.sources)).collect()
    }

    /// The number of a source, if the view has it.
    pub(super) fn number(&self, source: &Source) -> Option<usize> {
        self.numbers.get(source).copied()
    }

    fn none(&self) -> SourceSet {
        SourceSet(vec![0; self.numbers.len().div_ceil(64)].into())
    }

    /// Some sources.
    pub(super) fn set<'a>(&self, sources: impl IntoIterator<Item = &'a Source>) -> SourceSet {
        let mut set = self.none();
        sources.into_iter().filter_map(|source| self.number(source)).for_each(|number| set.set(number, true));
        set
    }

    /// What a viewer may read in records that nothing speaks of alone.
    pub(super) fn readable(&self, viewer: &Viewer<'_>) -> SourceSet {
        let mut set = self.none();
        for (source, number) in &self.numbers {
            set.set(*number, viewer.reads_by_field_rights(source, None));
        }
        set
    }

    /// Whether a field can be read by who reads these sources.
    pub(super) fn reads(&self, field: FieldId, readable: &SourceSet) -> bool {
        let needed = self.fields.get(usize::from(field.0));
        needed.is_some_and(|needed| {
            let counts = needed.one_of.as_ref().is_none_or(|columns| columns.iter().any(|column| readable.has_all(column)));
            !needed.sealed && counts && readable.has_all(&needed.sources)
        })
    }

    /// Of these sources those that reading a field takes.
    pub(super) fn needed_of(&self, field: FieldId, readable: &SourceSet) -> SourceSet {
        let needed = self.fields.get(usize::from(field.0));
        let sets = needed.into_iter().flat_map(|needed| needed.one_of.iter().flatten().chain([&needed.sources]));
        let sets: Vec<&SourceSet> = sets.collect();
        let word = |(place, word): (usize, &u64)| sets.iter().filter_map(|set| set.0.get(place)).fold(0, |all, of| all | of) & word;
        SourceSet(readable.0.iter().enumerate().map(word).collect())
    }

    /// Whether any field can be read by who reads these sources.
    pub(super) fn reads_any(&self, readable: &SourceSet) -> bool {
        (0_u16..).take(self.fields.len()).any(|field| self.reads(FieldId(field), readable))
    }

    /// Whether single records may say something else of what reading the field takes.
    pub(super) fn is_alone(&self, field: FieldId) -> bool {
        let alone = |set: &SourceSet| self.alone.iter().any(|source| set.0.get(source / 64).is_some_and(|word| word & (1 << (source % 64)) != 0));
        self.fields.get(usize::from(field.0)).is_some_and(|needed| alone(&needed.sources) || needed.one_of.iter().flatten().any(alone))
    }

    /// Of these sources those of which it matters whether they are read: not all viewers do, or single records say something of them. None if nobody reads
    /// all of them.
    pub(super) fn telling(&self, sources: &SourceSet, classes: &BTreeSet<SourceSet>) -> Option<SourceSet> {
        let mut telling = sources.clone();
        for number in 0..self.numbers.len() {
            let mut one = self.none();
            one.set(number, true);
            let is_told = self.alone.contains(&number) || classes.iter().any(|class| !class.has_all(&one));
            telling.set(number, is_told && sources.has_all(&one));
        }
        (!self.alone.is_empty() || classes.iter().any(|class| class.has_all(sources))).then_some(telling)
    }
}
