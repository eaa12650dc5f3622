//! Contacts shared with colleagues of other regions, and contacts reserved for address books.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::colleague::Colleague;
use super::contact::ContactRow;
use super::dice::Dice;

/// A row of `contact_share`.
#[derive(Serialize)]
pub(super) struct ShareRow {
    contact_id: i64,
    user_id: Option<String>,
    group_id: Option<&'static str>,
    shared_by: String,
    valid_from: Option<DateTime<Utc>>,
    valid_until: Option<DateTime<Utc>>,
}

/// A row of `subscription`.
#[derive(Serialize)]
pub(super) struct SubscriptionRow {
    contact_id: i64,
    user_id: Option<String>,
    group_id: Option<&'static str>,
    created_by: String,
}

/// For whom a contact is reserved.
#[derive(Clone, Copy)]
enum Holder<'a> {
    User(&'a str),
    Group(&'static str),
}

/// Groups that get subscriptions, with a region they work.
const GROUPS: [(&str, &str); 9] = [
    ("vertrieb-nord", "Nord"),
    ("vertrieb-nord", "Ost"),
    ("vertrieb-sued", "Süd"),
    ("schluesselkunden-sued", "West"),
    ("vertrieb-at", "Österreich"),
    ("vertrieb-ch", "Schweiz"),
    ("service-gesundheit", "Süd"),
    ("marketing", "West"),
    ("verwaltung", "Süd"),
];

const SHARES: u64 = 400;
const SUBSCRIPTIONS_PER_GROUP: u64 = 5;

pub(super) struct Wishes {
    pub(super) shares: Vec<ShareRow>,
    pub(super) subscriptions: Vec<SubscriptionRow>,
    taken: BTreeSet<(i64, Option<String>, Option<&'static str>)>,
}

impl Wishes {
    pub(super) fn new(colleagues: &[Colleague], contacts: &[ContactRow], now: DateTime<Utc>, dice: &mut Dice) -> Self {
        let mut wishes = Self { shares: Vec::new(), subscriptions: Vec::new(), taken: BTreeSet::new() };
        wishes.share(colleagues, contacts, now, dice);
        let mut near: BTreeMap<&str, Vec<&ContactRow>> = BTreeMap::new();
        for contact in contacts {
            near.entry(contact.region).or_default().push(contact);
        }
        let near_to = |region: &str| near.get(region).map(Vec::as_slice).unwrap_or_default();
        for user in colleagues.iter().filter(|user| user.has_seat) {
            wishes.subscribe((user, colleagues), (near_to(&user.region), contacts), dice);
        }
        for (group, region) in GROUPS {
            for _ in 0..SUBSCRIPTIONS_PER_GROUP {
                wishes.reserve(dice.one(near_to(region)).copied(), Holder::Group(group), dice.one(colleagues));
            }
        }
        wishes
    }

    /// Shares contacts across regions, for a time or for ever; most of them are wanted in the address book, too.
    fn share(&mut self, colleagues: &[Colleague], contacts: &[ContactRow], now: DateTime<Utc>, dice: &mut Dice) {
        let receivers: Vec<&Colleague> = colleagues.iter().filter(|user| user.has_seat && user.is_bound_to_region()).collect();
        for _ in 0..SHARES {
            let (Some(user), Some(contact), Some(by)) = (dice.one(&receivers), dice.one(contacts), dice.one(colleagues)) else { return };
            if contact.region == user.region || contact.owner_id.as_ref() == Some(&user.id) {
                continue;
            }
            let (valid_from, valid_until) = during(now, dice);
            let group_id = GROUPS.iter().map(|(group, _)| *group).find(|group| *group == user.home).filter(|_| dice.percent(12));
            let user_id = if group_id.is_none() { Some(user.id.clone()) } else { None };
            if user_id.is_some() && dice.percent(60) {
                self.reserve(Some(contact), Holder::User(&user.id), Some(by));
            }
            self.shares.push(ShareRow { contact_id: contact.id, user_id, group_id, shared_by: by.id.clone(), valid_from, valid_until });
        }
    }

    /// Subscribes contacts that the user sees by region, and now and then one that is hidden from him.
    fn subscribe(&mut self, (user, colleagues): (&Colleague, &[Colleague]), (near, contacts): (&[&ContactRow], &[ContactRow]), dice: &mut Dice) {
        for _ in 0..dice.between(20, 34) {
            let is_far = dice.percent(5) || !user.is_bound_to_region();
            let contact = if is_far { dice.one(contacts) } else { dice.one(near).copied() };
            let by = if dice.percent(60) { Some(user) } else { dice.one(colleagues) };
            self.reserve(contact, Holder::User(&user.id), by);
        }
    }

    /// Reserves a contact once for a holder.
    fn reserve(&mut self, contact: Option<&ContactRow>, holder: Holder<'_>, by: Option<&Colleague>) {
        let (Some(contact), Some(by)) = (contact, by) else { return };
        let (user_id, group_id) = match holder {
            Holder::User(user) => (Some(user.to_owned()), None),
            Holder::Group(group) => (None, Some(group)),
        };
        if self.taken.insert((contact.id, user_id.clone(), group_id)) {
            self.subscriptions.push(SubscriptionRow { contact_id: contact.id, user_id, group_id, created_by: by.id.clone() });
        }
    }
}

/// From when until when: mostly always, else until some day, no longer, or not yet.
fn during(now: DateTime<Utc>, dice: &mut Dice) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let days = |count: u64| TimeDelta::days(i64::try_from(count).unwrap_or(0));
    match dice.below(100) {
        0..60 => (None, None),
        60..85 => (None, Some(now + days(dice.between(3, 90)))),
        85..93 => (Some(now - days(dice.between(100, 300))), Some(now - days(dice.between(1, 90)))),
        _ => (Some(now + days(dice.between(3, 60))), None),
    }
}
