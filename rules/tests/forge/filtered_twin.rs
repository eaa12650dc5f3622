//! A row that has not passed the rights check cannot be filtered.
use adressbote_rules::crm::RecordRow;
use adressbote_rules::filter::{Filter, Truth};
use adressbote_rules::sight::VisibleRecord;

pub fn filter(row: &RecordRow, seen: &VisibleRecord<'_>, filter: &Filter) -> Truth {
    assert_eq!(&row.key, seen.key());
    seen.judge(filter)
}

pub fn main() {}
