//! A row that has not passed the rights check has no place in an order.
use std::cmp::Ordering;

use adressbote_rules::crm::RecordRow;
use adressbote_rules::sight::VisibleRecord;

pub fn order(row: &RecordRow, seen: &VisibleRecord<'_>, other: &VisibleRecord<'_>) -> Ordering {
    assert_eq!(&row.key, other.key());
    seen.order(row)
}

pub fn main() {}
