//! How many there are, and the first of them.

use serde::Serialize;

/// How many are listed before only their number is told.
const LISTED: usize = 20;

/// How many there are, and the first of them by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// How many.
    pub count: u64,
    /// The first, each once.
    pub first: Vec<String>,
}

/// Counts, and keeps the first.
#[derive(Debug, Default)]
pub(in crate::crm) struct Lister {
    listed: Listed,
}

impl Lister {
    /// Counts one more.
    pub(in crate::crm) fn add(&mut self, name: &str) {
        self.listed.count += 1;
        let Listed { first, .. } = &mut self.listed;
        if first.len() < LISTED && !first.iter().any(|known| known == name) {
            first.push(name.to_owned());
        }
    }

    /// What there is, the first ones in order.
    pub(in crate::crm) fn listed(mut self) -> Listed {
        self.listed.first.sort_unstable();
        self.listed
    }
}

impl<T: AsRef<str>> FromIterator<T> for Listed {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        let mut lister = Lister::default();
        names.into_iter().for_each(|name| lister.add(name.as_ref()));
        lister.listed()
    }
}

impl Listed {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
