//! A filter as it is walked through.

use super::lists::Sparse;
use super::space::{Ranked, Space};
use crate::filter::{CodeSet, Coded, Judged};

/// Values that at most this part of all ranks have are few: each of these is looked at by itself.
pub(super) const LED: usize = 16;

/// A set of more values than this is not looked up value by value.
const VALUES: usize = 64;

/// A filter as it is walked through. Of conditions that must all hold those that the fewest records fulfil come first.
#[derive(Debug)]
pub(super) enum Step<'i> {
    /// True everywhere or nowhere.
    Constant(bool),
    /// True where a field has one of the codes.
    Among(&'i Ranked, CodeSet),
    /// To be judged record by record.
    Judged(&'i Judged),
    /// True where all are.
    All(Vec<Step<'i>>),
    /// True where any is.
    Any(Vec<Step<'i>>),
}

/// A few ranks outside of which a filter is nowhere true.
#[derive(Debug)]
pub(super) struct Lead<'i> {
    /// The ranks; one may stand in several lists.
    pub(super) lists: Sparse<'i>,
    /// What has to be true there.
    pub(super) rest: Step<'i>,
}

impl Step<'_> {
    /// What it costs: whether records must be judged, and about how many of so many ranks it takes.
    fn cost(&self, ranks: usize) -> (bool, usize) {
        let join = |(judges, takes): (bool, usize), (also, others): (bool, usize)| (judges | also, takes.min(others));
        match self {
            Self::Constant(value) => (false, if *value { ranks } else { 0 }),
            Self::Among(column, set) => (false, column.count(set)),
            Self::Judged(_) => (true, ranks),
            Self::All(parts) => parts.iter().map(|part| part.cost(ranks)).fold((false, ranks), join),
            Self::Any(parts) => {
                parts.iter().map(|part| part.cost(ranks)).fold((false, 0), |(judges, sum), (also, takes)| (judges | also, sum + takes))
            }
        }
    }
}

impl Space {
    /// The steps of a filter.
    pub(super) fn step<'s>(&'s self, filter: &'s Coded) -> Step<'s> {
        match filter {
            Coded::Constant(value) => Step::Constant(*value),
            Coded::Judged(judged) => Step::Judged(judged),
            Coded::Any(parts) => Step::Any(parts.iter().map(|part| self.step(part)).collect()),
            Coded::All(parts) => self.all(parts.iter().map(|part| self.step(part)).collect()),
            Coded::Among(field, set) => {
                let column = self.columns.get(field);
                column.map_or(Step::Constant(false), |column| Step::Among(column, set.clone().flat(column.values())))
            }
        }
    }

    fn all<'s>(&self, mut steps: Vec<Step<'s>>) -> Step<'s> {
        steps.sort_by_cached_key(|step| step.cost(self.entries.len()));
        Step::All(steps)
    }

    /// The few ranks among which a filter is true, if it says so.
    pub(super) fn lead<'s>(&'s self, filter: &'s Coded) -> Option<Lead<'s>> {
        match filter {
            Coded::Among(field, set) => {
                let column = self.columns.get(field).filter(|column| set.len() <= VALUES && column.count(set) <= self.entries.len() / LED)?;
                Some(Lead { lists: column.lists(set), rest: Step::Constant(true) })
            }
            Coded::All(parts) => {
                let leads = parts.iter().enumerate().filter_map(|(place, part)| Some((place, self.lead(part)?)));
                let (place, lead) = leads.min_by_key(|(_, lead)| lead.lists.len())?;
                let others = parts.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, part)| self.step(part));
                Some(Lead { rest: self.all(others.chain([lead.rest]).collect()), lists: lead.lists })
            }
            Coded::Any(parts) => {
                let leads: Option<Vec<Lead<'_>>> = parts.iter().map(|part| self.lead(part)).collect();
                let lists = Sparse(leads?.into_iter().flat_map(|lead| lead.lists.0).collect());
                (lists.len() <= self.entries.len() / LED).then(|| Lead { lists, rest: self.step(filter) })
            }
            Coded::Constant(false) => Some(Lead { lists: Sparse::default(), rest: Step::Constant(false) }),
            Coded::Constant(true) | Coded::Judged(_) => None,
        }
    }
}
