//! What a property met: a property that never met what it is about proves nothing.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::judge::{Eye, Want};
use crate::world::{MAPPED, World};

/// How many cases of one property met what they must.
#[derive(Debug, Default)]
pub struct Evidence {
    cases: AtomicUsize,
    met: [AtomicUsize; 5],
    /// What this property must meet besides.
    own_names: &'static [&'static str],
    own: [AtomicUsize; 3],
}

/// What must be met, in the order of [`Met`].
const NAMES: [&str; 5] = [
    "a folder that is not empty",
    "a hidden record that the filter would match",
    "a masked field used by filter, order and mapping",
    "a cap reached with hidden records before it",
    "a nested group that decided",
];

/// What one case met.
pub type Met = [bool; 5];

impl Evidence {
    /// Nothing yet. `own_names`, at most three, is what must be met besides.
    pub const fn new(own_names: &'static [&'static str]) -> Self {
        Self { cases: AtomicUsize::new(0), met: [const { AtomicUsize::new(0) }; 5], own_names, own: [const { AtomicUsize::new(0) }; 3] }
    }

    /// Counts one case; `own` in the order of the names given.
    pub fn count(&self, met: Met, own: &[bool]) {
        assert_eq!(own.len(), self.own_names.len());
        self.cases.fetch_add(1, Ordering::Relaxed);
        for (counter, _) in self.met.iter().chain(&self.own).zip(met.iter().chain(own)).filter(|(_, met)| **met) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counters(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let names = NAMES.iter().chain(self.own_names);
        self.met.iter().chain(&self.own).zip(names).map(|(counter, name)| (counter.load(Ordering::Relaxed), *name))
    }

    /// How many cases there were.
    pub fn cases(&self) -> usize {
        self.cases.load(Ordering::Relaxed)
    }

    /// Fails when something was met less often than so many times in a thousand cases.
    pub fn met(&self, times: &AtomicUsize, in_thousand: usize, what: &str) {
        let (times, cases) = (times.load(Ordering::Relaxed), self.cases());
        assert!(times * 1_000 >= cases * in_thousand, "in {cases} cases hardly ever {what}: {times} times");
    }

    /// Fails when fewer than a tenth of the cases met one of the things.
    pub fn suffices(&self) {
        let cases = self.cases();
        for (met, name) in self.counters() {
            assert!(met * 10 >= cases, "only {met} of {cases} cases had {name}");
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cases = self.cases();
        write!(f, "{cases} cases")?;
        for (met, name) in self.counters() {
            write!(f, "; {} % with {name}", met * 100 / cases.max(1))?;
        }
        Ok(())
    }
}

/// What any user of a world meets.
pub fn met_by_any(world: &World) -> Met {
    let mut met = Met::default();
    for user in &world.users {
        let eye = Eye::of(world, &user.key).unwrap();
        for (any, one) in met.iter_mut().zip(met_by(&eye)) {
            *any |= one;
        }
        if met.iter().all(|met| *met) {
            break;
        }
    }
    met
}

/// What one user of a world meets.
pub fn met_by(eye: &Eye<'_>) -> Met {
    let folder = eye.folder();
    let hidden: Vec<_> = eye.keys.iter().filter(|record| matches!(eye.want(record), Want::Hidden(_))).collect();
    let filters = eye.counting();
    let would_match = hidden.iter().any(|record| filters.iter().any(|tree| eye.would_say(tree, record) == Some(true)));
    let last = folder.due().last().filter(|_| folder.queue.len() >= folder.cap as usize);
    let is_before = last.is_some_and(|(last, _)| hidden.iter().any(|record| eye.whole_order(record, last).is_lt()));
    [!folder.due().is_empty(), would_match, masked_everywhere(eye), is_before, nested_decides(eye)]
}

/// Whether a field is masked in a record that he sees that a filter of his, the order and the mapping use.
fn masked_everywhere(eye: &Eye<'_>) -> bool {
    let view = &eye.world.view;
    let filtered: Vec<&str> = eye.counting().into_iter().flat_map(|tree| tree.fields()).collect();
    let sorted = view.order().iter().map(|key| view.field(key.field).unwrap().name.as_str());
    let used: Vec<&str> = sorted.filter(|name| filtered.contains(name) && MAPPED.contains(name)).collect();
    !used.is_empty() && eye.keys.iter().any(|record| eye.sees(record) && used.iter().any(|name| !eye.reads(record, name)))
}

/// Whether a group within a group lets him see a record, or hides it.
fn nested_decides(eye: &Eye<'_>) -> bool {
    let flat = eye.flat();
    eye.keys.iter().any(|record| eye.sees(record) != flat.sees(record))
}
