//! An address book: which records a view's users may want, how many, in which folder's shape.

use std::collections::BTreeMap;

use crate::filter::Filter;
use crate::key::Principal;
use crate::map::Mapping;
use crate::sight::Viewer;

/// The rules of an address book, as its configuration gives them.
#[derive(Debug)]
pub struct Book {
    /// The book's name in the configuration.
    pub name: String,
    /// The most contacts in a folder.
    pub cap: u32,
    /// Caps of single users (`user:…`) and groups (`group:…`).
    pub caps: BTreeMap<Principal, u32>,
    /// What every record must fulfil for everybody, subscribed or not.
    pub bound: Option<Filter>,
    /// The filter of users who have none of their own nor of their groups; none: such users want only what is subscribed.
    pub default_filter: Option<Filter>,
    /// Rules that keep records out for everyone. They see the whole record, unmasked: the one deliberate exception.
    pub suppressions: Vec<Filter>,
    /// Whether subscriptions take their places before what only filters want.
    pub is_pinned: bool,
    /// How a Graph contact is built.
    pub mapping: Mapping,
}

impl Book {
    /// Its own filters: bound, default filter, suppressions.
    pub fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.bound.iter().chain(&self.default_filter).chain(&self.suppressions)
    }

    /// The cap of a user: his own, else the largest of his groups', else the book's.
    pub fn cap_of(&self, viewer: &Viewer<'_>) -> u32 {
        let own = self.caps.get(&Principal::of_user(&viewer.person().id)).copied();
        let groups = viewer.person().groups.iter().filter_map(|group| self.caps.get(&Principal::of_group(group)).copied());
        own.or_else(|| groups.max()).unwrap_or(self.cap)
    }
}
