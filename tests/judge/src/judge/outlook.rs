//! Everything of a world that may matter to one user: worlds with the same outlook are alike for him.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::{RecordDoubt, Relation};
use adressbote_rules::key::{Principal, RecordKey};
use adressbote_rules::value::Value;
use serde_json::Value as Json;

use super::eye::Eye;

/// What a user may know of a visible record, and what may be decided about it for him.
#[derive(Clone, Debug, PartialEq)]
struct Sight {
    document: Json,
    masked: BTreeSet<String>,
    is_doubtful: bool,
    is_erased: bool,
    is_suppressed: bool,
    is_subscribed: bool,
}

/// All that may matter to a user. Which records are doubtful alone in what gives rights is not his to know, but what waits for it is no answer either.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    rights_in_doubt: Vec<(RecordKey, String)>,
    person: Vec<(String, Option<Value>)>,
    is_active: bool,
    /// Of phones, and of companies: whether rights could keep some from him.
    is_limited: [bool; 2],
    records: BTreeMap<RecordKey, Sight>,
    filters: Vec<(Principal, Option<String>, String)>,
    cap: u32,
}

impl Eye<'_> {
    /// The user's outlook on the world.
    pub fn outlook(&self) -> Outlook {
        let names = ["id", "login", "mail", "groups", "stands_for", "region", "level"];
        let text = |stored: &crate::world::Stored| stored.tree.as_ref().map_or_else(|| "broken".to_owned(), ToString::to_string);
        let seen = self.keys.iter().filter(|record| self.sees(record));
        let mut filters: Vec<_> = self.stored().into_iter().map(|stored| (stored.holder.clone(), stored.book.clone(), text(stored))).collect();
        filters.sort();
        let right = |doubt: &&RecordDoubt| !matches!(doubt.relation, Relation::View | Relation::Part(_));
        let mut rights_in_doubt: Vec<_> =
            self.world.doubtful.iter().filter(right).map(|doubt| (doubt.record.clone(), doubt.relation.to_string())).collect();
        rights_in_doubt.sort();
        Outlook {
            rights_in_doubt,
            person: names.iter().map(|name| ((*name).to_owned(), self.attribute(name))).collect(),
            is_active: self.user.is_active,
            is_limited: ["phone", "company"].map(|part| self.is_limited_in(part)),
            records: seen.map(|record| (record.clone(), self.sight(record))).collect(),
            filters,
            cap: self.cap(),
        }
    }

    fn sight(&self, record: &RecordKey) -> Sight {
        let fields = self.world.view.fields().iter().map(|field| field.name.clone());
        Sight {
            document: self.document(record),
            masked: fields.filter(|name| !self.reads(record, name)).collect(),
            is_doubtful: self.is_doubtful(record),
            is_erased: self.world.erased.contains(record) || self.world.erased_here.contains(record),
            is_suppressed: self.suppressed(record).is_some(),
            is_subscribed: self.subscribes(record),
        }
    }
}
