//! A filter cannot be asked about values of one's own.
use adressbote_rules::filter::{Filter, Truth};
use adressbote_rules::sight::VisibleRecord;

pub fn filter(seen: &VisibleRecord<'_>, filter: &Filter) -> Truth {
    seen.judge(filter)
}

pub fn main() {}
