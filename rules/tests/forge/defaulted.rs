//! A visible record has no default.
use adressbote_rules::sight::VisibleRecord;

pub fn see<'v>(seen: &VisibleRecord<'v>) -> VisibleRecord<'v> {
    VisibleRecord::default()
}

pub fn main() {}
