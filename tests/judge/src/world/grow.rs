//! From seeds to a world.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adressbote_rules::crm::{
    Answer, BarRow, Combine, DeputyRow, ExemptRow, FieldRightRow, GroupRow, HoldRow, ImplyRow, PartRow, RecordDoubt, RecordRow, Relation, RightRow,
    RuleShape, SeatRow, Silence, SubscriptionRow, Target, UserRow,
};
use adressbote_rules::key::{GroupKey, PartKey, Principal, RecordKey, Source, UserKey};
use adressbote_rules::time::Period;
use adressbote_rules::value::{Kind, Value};
use adressbote_rules::view::View;
use chrono::TimeDelta;
use proptest::strategy::Strategy;

use super::shape::{COMPANY, MAIN, PHONE, SOURCES, view};
use super::wish::{wish, wish_of_nobody};
use super::{BOOK, Law, Shelf, Stored, World, values};
use crate::seed::{Draw, Seed, Seeds, Wish, seeds};

/// Small worlds in which nearly everything happens.
pub fn worlds() -> impl Strategy<Value = World> {
    seeds().prop_map(|seeds| World::grow(&seeds))
}

impl World {
    /// Grows a world.
    pub fn grow(seeds: &Seeds) -> Self {
        let mut draw = Draw::new(&seeds.settings);
        let view = view(&mut draw);
        let mut world = Self::empty(view, &mut draw);
        world.laws = laws(&world.view, &mut draw);
        world.groups = (1..=seeds.groups.len()).map(|n| GroupRow { key: GroupKey::new(format!("g{n}")), name: format!("Gruppe {n}") }).collect();
        world.users = numbered(&seeds.users).map(|(n, seed)| user(n, &mut Draw::new(seed))).collect();
        world.people(seeds);
        world.things(seeds);
        world.rights(seeds);
        world.wishes(seeds);
        world
    }

    fn empty(view: View, draw: &mut Draw<'_>) -> Self {
        let cap = u32::try_from(draw.between(1, 9)).unwrap();
        Self {
            view: Arc::new(view),
            combine: *draw.of(&[Combine::DenialWins, Combine::GrantLiftsDenial, Combine::NearestFirst]),
            silence: if draw.chance(40) { Silence::Masked } else { Silence::Readable },
            shelf: Shelf { cap, caps: BTreeMap::new(), bound: None, default: None, suppressions: Vec::new(), is_pinned: draw.chance(50) },
            users: Vec::new(),
            groups: Vec::new(),
            holds: Vec::new(),
            implies: Vec::new(),
            deputies: Vec::new(),
            records: Vec::new(),
            phones: Vec::new(),
            companies: Vec::new(),
            laws: Vec::new(),
            bars: Vec::new(),
            field_rights: Vec::new(),
            field_exempt: Vec::new(),
            seats: Vec::new(),
            subscriptions: Vec::new(),
            filters: Vec::new(),
            erased: Vec::new(),
            erased_here: BTreeSet::new(),
            doubtful_users: BTreeSet::new(),
            doubtful: Vec::new(),
            doubts: BTreeSet::new(),
        }
    }

    /// Memberships: users in small groups, small groups in great ones.
    fn people(&mut self, seeds: &Seeds) {
        for (n, seed) in numbered(&seeds.users) {
            let mut draw = Draw::new(&seed[6..]);
            let group = draw.between(1, 2.min(self.groups.len()));
            self.holds.push(HoldRow { user: key_of_user(n), principal: group_principal(group), during: Period::ALWAYS });
        }
        for (n, seed) in numbered(&seeds.groups) {
            let mut draw = Draw::new(seed);
            for outer in n + 1..=self.groups.len() {
                if draw.chance(50) {
                    self.implies.push(ImplyRow { principal: group_principal(n), implied: group_principal(outer), during: period(&mut draw) });
                }
            }
            if draw.chance(20) {
                self.implies.push(ImplyRow { principal: group_principal(n), implied: Principal::new("role:r1"), during: period(&mut draw) });
            }
        }
        for seed in &seeds.holds {
            let mut draw = Draw::new(seed);
            let user = self.any_user(&mut draw);
            let principal = match draw.below(10) {
                0..=5 => self.any_group(&mut draw),
                6 => Principal::new("role:r1"),
                7 => Principal::new("role:r2"),
                8 => Principal::new("team:t1"),
                _ => Principal::of_user(&self.any_user(&mut draw)),
            };
            self.holds.push(HoldRow { user, principal, during: period(&mut draw) });
        }
        for seed in &seeds.deputies {
            let mut draw = Draw::new(seed);
            let (user, stands_for) = (self.any_user(&mut draw), self.any_user(&mut draw));
            self.deputies.push(DeputyRow { user, stands_for, during: period(&mut draw) });
        }
        self.seats = seeds
            .seats
            .iter()
            .map(|seed| Draw::new(seed))
            .map(|mut draw| SeatRow { user: self.any_user(&mut draw), during: period(&mut draw) })
            .collect();
    }

    /// Records with their phones and companies, some of them odd.
    fn things(&mut self, seeds: &Seeds) {
        for (n, seed) in (1..).zip(&seeds.records) {
            let mut draw = Draw::new(seed);
            let key = RecordKey::new(format!("r{n}"));
            let company = draw.below(seeds.companies.len() + 1);
            if let Some(row) = company.checked_sub(1).and_then(|place| seeds.companies.get(place)) {
                let values = values_of(&COMPANY, &mut Draw::new(row));
                self.companies.push(PartRow { record: key.clone(), key: PartKey::new(format!("c{company}")), values });
            }
            self.records.push(RecordRow { key, values: values_of(&MAIN, &mut draw) });
        }
        for (n, seed) in numbered(&seeds.phones) {
            let mut draw = Draw::new(seed);
            let record = self.any_record(&mut draw);
            let key = if draw.chance(3) { "p1".to_owned() } else { format!("p{n}") };
            self.phones.push(PartRow { record, key: PartKey::new(key), values: values_of(&PHONE, &mut draw) });
        }
        for seed in &seeds.oddities {
            let mut draw = Draw::new(seed);
            let record = self.any_record(&mut draw);
            self.make_odd(record, &mut draw);
        }
    }

    fn make_odd(&mut self, record: RecordKey, draw: &mut Draw<'_>) {
        let doubt = |record, relation| RecordDoubt { record, relation, why: "a date that is none".to_owned() };
        match draw.below(9) {
            6 => drop(self.erased_here.insert(record)),
            7 => self.doubtful.push(doubt(record, Relation::Bars)),
            8 => self.doubtful.push(doubt(record, draw.of(&[Relation::Rule("territory".to_owned()), Relation::FieldRights]).clone())),
            0 | 1 => self.erased.push(record),
            2 => self.erased.push(RecordKey::new("gone")),
            3 => self.records.push(RecordRow { key: record, values: values_of(&MAIN, draw) }),
            4 => self.doubtful.push(doubt(record, Relation::Part("phone".to_owned()))),
            _ => self.doubtful.push(doubt(RecordKey::new("unread"), Relation::View)),
        }
    }

    fn rights(&mut self, seeds: &Seeds) {
        for (n, seed) in (1..).zip(&seeds.records) {
            // The first rule lists somebody for nearly every record, often a great group.
            let mut draw = Draw::new(&seed[16..]);
            let principal = self.any_principal(&mut draw);
            if !draw.chance(8) {
                self.laws[0].rows.push(RightRow { of: Arc::from(format!("r{n}")), principal, during: period(&mut draw) });
            }
        }
        for seed in &seeds.rights {
            let mut draw = Draw::new(seed);
            let law = draw.below(self.laws.len());
            let row = self.any_right(law, &mut draw);
            self.laws[law].rows.push(row);
        }
        for seed in &seeds.exemptions {
            let mut draw = Draw::new(seed);
            let law = draw.below(self.laws.len() + 1);
            let row = ExemptRow { principal: self.any_principal(&mut draw), during: period(&mut draw) };
            let is_wide = row.principal == Principal::everyone();
            match self.laws.get_mut(law) {
                Some(law) if !is_wide => law.exempt.push(row),
                None if !is_wide => self.field_exempt.push(row),
                _ => {}
            }
        }
        for seed in &seeds.bars {
            let mut draw = Draw::new(seed);
            self.bars.push(BarRow { record: self.any_record(&mut draw), principal: self.any_principal(&mut draw), during: period(&mut draw) });
        }
        if self.silence == Silence::Masked {
            let granted = SOURCES.iter().enumerate().filter(|(place, _)| seeds.settings[24] & (1 << (place % 16)) != 0 || place % 3 > 0);
            let row = |(_, source): (usize, &&str)| FieldRightRow {
                principal: Principal::everyone(),
                source: Source::new(source),
                answer: Answer::Grant,
                record: None,
                during: Period::ALWAYS,
            };
            self.field_rights = granted.map(row).collect();
        }
        let rows: Vec<_> = seeds.field_rights.iter().map(|seed| self.any_field_right(&mut Draw::new(seed))).collect();
        self.field_rights.extend(rows);
    }

    fn wishes(&mut self, seeds: &Seeds) {
        for seed in &seeds.subscriptions {
            let row = self.any_subscription(&mut Draw::new(seed));
            self.subscriptions.push(row);
        }
        for seed in &seeds.filters {
            let row = self.any_filter(&mut Draw::new(seed));
            self.filters.push(row);
        }
        let [bound, default, first, second] = &seeds.own_filters;
        self.shelf.bound = perhaps(bound, 30).map(|mut draw| wish(&mut draw));
        self.shelf.default = perhaps(default, 85).map(|mut draw| wish(&mut draw));
        self.shelf.suppressions =
            [first, second].into_iter().filter_map(|seed| perhaps(seed, 15)).map(|mut draw| wish_of_nobody(&mut draw)).collect();
        for seed in &seeds.caps {
            let mut draw = Draw::new(seed);
            let principal = if draw.chance(50) { self.any_group(&mut draw) } else { Principal::of_user(&self.any_user(&mut draw)) };
            self.shelf.caps.insert(principal, u32::try_from(draw.below(8)).unwrap());
        }
    }

    pub(super) fn any_user(&self, draw: &mut Draw<'_>) -> UserKey {
        draw.of(&self.users).key.clone()
    }

    pub(super) fn any_group(&self, draw: &mut Draw<'_>) -> Principal {
        Principal::of_group(&draw.of(&self.groups).key)
    }

    pub(super) fn any_record(&self, draw: &mut Draw<'_>) -> RecordKey {
        draw.of(&self.records).key.clone()
    }

    /// A holder of rights: mostly a great group, which others are in only through small ones.
    pub(super) fn any_principal(&self, draw: &mut Draw<'_>) -> Principal {
        match draw.below(12) {
            0..=5 => group_principal(self.groups.len() - draw.below(self.groups.len().min(3))),
            6 => self.any_group(draw),
            7 | 8 => Principal::of_user(&self.any_user(draw)),
            9 => Principal::everyone(),
            10 => Principal::new("role:r1"),
            _ => Principal::new(draw.of(&["team:t1", "role:r2", "role:nobody"])),
        }
    }

    pub(super) fn any_right(&self, law: usize, draw: &mut Draw<'_>) -> RightRow {
        let of = match &self.laws[law].shape.target {
            Target::Part(part) if self.view.part(*part).unwrap().name == "company" => format!("c{}", draw.between(1, 4)),
            Target::Part(_) => format!("p{}", draw.between(1, 30)),
            Target::Record | Target::Source(_) => self.any_record(draw).as_str().to_owned(),
        };
        RightRow { of: Arc::from(of), principal: self.any_principal(draw), during: period(draw) }
    }

    pub(super) fn any_field_right(&self, draw: &mut Draw<'_>) -> FieldRightRow {
        // Half of them speak of what often orders the records.
        let source = if draw.chance(55) { draw.of(&SOURCES[..2]) } else { draw.of(&SOURCES) };
        FieldRightRow {
            principal: self.any_principal(draw),
            source: Source::new(source),
            answer: if draw.chance(55) { Answer::Deny } else { Answer::Grant },
            record: if draw.chance(25) { Some(self.any_record(draw)) } else { None },
            during: period(draw),
        }
    }

    pub(super) fn any_subscription(&self, draw: &mut Draw<'_>) -> SubscriptionRow {
        let record = if draw.chance(6) { RecordKey::new("nowhere") } else { self.any_record(draw) };
        let principal = if draw.chance(50) { Principal::of_user(&self.any_user(draw)) } else { self.any_principal(draw) };
        let (book, by) = (any_book(draw).map(Arc::from), Arc::from(*draw.of(&["u1", "u2", "admin"])));
        SubscriptionRow { record, principal, book, by, during: period(draw) }
    }

    pub(super) fn any_filter(&self, draw: &mut Draw<'_>) -> Stored {
        let holder = if draw.chance(35) { Principal::of_user(&self.any_user(draw)) } else { self.any_group(draw) };
        let book = any_book(draw);
        let is_broken = draw.chance(4);
        Stored { holder, book, tree: (!is_broken).then(|| wish(draw)) }
    }
}

/// What follows the first number of a wish, in so many of a hundred.
fn perhaps(wish: &Wish, percent: usize) -> Option<Draw<'_>> {
    let mut draw = Draw::new(wish);
    draw.chance(percent).then_some(draw)
}

fn numbered(seeds: &[Seed]) -> impl Iterator<Item = (usize, &Seed)> {
    (1..).zip(seeds)
}

pub(super) fn key_of_user(n: usize) -> UserKey {
    UserKey::new(format!("u{n}"))
}

fn group_principal(n: usize) -> Principal {
    Principal::new(format!("group:g{n}"))
}

fn any_book(draw: &mut Draw<'_>) -> Option<String> {
    match draw.below(10) {
        0..=6 => None,
        7 | 8 => Some(BOOK.to_owned()),
        _ => Some("another".to_owned()),
    }
}

pub(super) fn user(n: usize, draw: &mut Draw<'_>) -> UserRow {
    let attributes = [("region", values::of_field(draw, Kind::Text, "region")), ("level", values::of_field(draw, Kind::Int, "level"))];
    UserRow {
        key: key_of_user(n),
        login: (*draw.of(&["ada", "Bo", "K", "ulm"])).to_owned(),
        mail: (!draw.chance(15)).then(|| format!("u{n}@firma.example")),
        is_active: !draw.chance(7),
        is_internal: !draw.chance(12),
        attributes: attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

pub(super) fn values_of(columns: &[(&str, Kind)], draw: &mut Draw<'_>) -> Vec<Value> {
    let is_company = columns == COMPANY;
    columns.iter().map(|(name, kind)| values::of_field(draw, *kind, if is_company && *name == "name" { "company" } else { name })).collect()
}

/// Mostly always; else around the instant of the pass, on it, before and after it.
pub(super) fn period(draw: &mut Draw<'_>) -> Period {
    let now = values::now();
    let hour = TimeDelta::hours(1);
    let of = |from, until| Period { from, until };
    match draw.below(24) {
        17 => of(Some(now), None),
        18 => of(None, Some(now)),
        19 => of(Some(now + hour), None),
        20 => of(None, Some(now - hour)),
        21 => of(Some(now - hour), Some(now + hour)),
        22 => of(Some(now - hour), Some(now)),
        23 => of(None, Some(now + hour)),
        _ => Period::ALWAYS,
    }
}

/// The right rules of a world: one that hides by default, and of the others those that were drawn.
fn laws(view: &View, draw: &mut Draw<'_>) -> Vec<Law> {
    let part = |name: &str| Target::Part(view.part_named(name).unwrap());
    let masked = if draw.chance(50) { "main.city" } else { "main.note" };
    let shapes = [
        ("territory", Target::Record, 0, 100),
        ("team", Target::Record, 100, 60),
        ("second", Target::Record, 70, 25),
        ("phones", part("phone"), 70, 60),
        ("companies", part("company"), 80, 40),
        ("sources", Target::Source(Source::new(masked)), 80, 45),
    ];
    let mut laws = Vec::new();
    for (name, target, open, present) in shapes {
        let is_open_by_default = draw.chance(open);
        if draw.chance(present) || present == 100 {
            let shape = RuleShape { name: name.to_owned(), target, is_open_by_default };
            laws.push(Law { shape, rows: Vec::new(), exempt: Vec::new() });
        }
    }
    laws
}
