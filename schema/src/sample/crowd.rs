//! Colleagues beyond those of the sample: teams of twenty-five in districts of eight teams, below the groups that the sample has.

use serde::Serialize;

use super::company::slug;
use super::dice::{Dice, Words};

/// How many users `staff.sql` writes.
const STAFF: u32 = 60;

/// How many work in a team.
const TEAM: u32 = 25;

/// How many teams a district has.
const DISTRICT: u32 = 8;

/// The group that a team belongs to in the end, the regions its people work, and their department.
const HOMES: [(&str, &[&str], &str); 7] = [
    ("vertrieb-nord", &["Nord", "Ost"], "Vertrieb"),
    ("vertrieb-sued", &["Süd", "West"], "Vertrieb"),
    ("vertrieb-at", &["Österreich"], "Vertrieb"),
    ("vertrieb-ch", &["Schweiz"], "Vertrieb"),
    ("service", &["Nord", "Ost", "Süd", "West", "Österreich", "Schweiz"], "Service"),
    ("marketing", &["Süd", "Nord", "Schweiz"], "Marketing"),
    ("verwaltung", &["Süd"], "Buchhaltung"),
];

/// Filters that want a small part, as most do.
const SELECTIVE: [&str; 6] = [
    "Betreuer = user.id",
    "Region = user.region AND Nachname BETWEEN 'A' AND 'C'",
    "Region = user.region AND \"Größe\" >= 1000 AND 'VIP' = ANY(Kategorien)",
    "Ort IN ('Konstanz', 'Bregenz', 'Görlitz') AND \"Letzte Aktivität\" >= today() - 90",
    "Umsatz >= 5000000 OR Betreuer = user.id",
    "Branche = 'Gesundheitswesen' AND Region = user.region AND Newsletter = TRUE",
];

/// Filters that reach any cap, and some that no index helps.
const BROAD: [&str; 4] =
    ["Region = user.region", "\"Letzte Aktivität\" >= today() - 365", "Firma LIKE '%technik%'", "Nachname IS NOT NULL OR Firma IS NOT NULL"];

/// A row of `user_group`.
#[derive(Serialize)]
pub(super) struct GroupRow {
    id: String,
    name: String,
    parent_id: String,
}

/// A row of `crm_user`.
#[derive(Serialize)]
pub(super) struct UserRow {
    id: String,
    login: String,
    first_name: &'static str,
    last_name: &'static str,
    mail: String,
    region: &'static str,
    department: &'static str,
    is_active: u8,
    is_internal: u8,
}

/// A row of `group_member`.
#[derive(Serialize)]
pub(super) struct MemberRow {
    user_id: String,
    group_id: String,
}

/// A row of `address_book_seat`.
#[derive(Serialize)]
pub(super) struct SeatRow {
    user_id: String,
}

/// A row of `address_book_filter`.
#[derive(Serialize)]
pub(super) struct FilterRow {
    user_id: String,
    expression: &'static str,
    changed_by: String,
}

/// Rows beyond those of `staff.sql`.
#[derive(Default)]
pub(super) struct Crowd {
    pub(super) groups: Vec<GroupRow>,
    pub(super) users: Vec<UserRow>,
    pub(super) members: Vec<MemberRow>,
    pub(super) seats: Vec<SeatRow>,
    pub(super) filters: Vec<FilterRow>,
}

impl Crowd {
    /// As many as there must be so that all users are `users`; none throws no dice, so that the sample stays what it is.
    pub(super) fn new(users: u32, dice: &mut Dice) -> Self {
        let given = [Words::of(include_str!("data/given_female.txt")), Words::of(include_str!("data/given_male.txt"))];
        let families = Words::of(include_str!("data/family.txt"));
        let mut crowd = Self::default();
        for number in 0..users.saturating_sub(STAFF) {
            let (team, place) = (number / TEAM, number % TEAM);
            let Some((home, regions, department)) = home(team) else { return crowd };
            if place == 0 {
                crowd.found(home, team);
            }
            let first = given.get(usize::from(dice.percent(52))).map(|names| names.pick(dice)).unwrap_or_default();
            let last = families.pick(dice);
            let id = format!("{}.{}.{}", slug(first), slug(last), number + 1);
            let region = dice.one(regions).copied().unwrap_or_default();
            let (login, mail) = (format!("n{}", number + 1), format!("{id}@seewerk.example"));
            crowd.members.push(MemberRow { user_id: id.clone(), group_id: team_key(home, team) });
            // Five of six have an address book, of hundred one has left.
            if dice.percent(83) {
                crowd.seats.push(SeatRow { user_id: id.clone() });
            }
            let filter = match dice.below(100) {
                0..70 => dice.one(&SELECTIVE),
                70..85 => dice.one(&BROAD),
                _ => None,
            };
            crowd.filters.extend(filter.map(|expression| FilterRow { user_id: id.clone(), expression, changed_by: id.clone() }));
            let is_active = u8::from(!dice.percent(1));
            crowd.users.push(UserRow { id, login, first_name: first, last_name: last, mail, region, department, is_active, is_internal: 1 });
        }
        crowd
    }

    /// A team, and its district where it is the first of one.
    fn found(&mut self, home: &str, team: u32) {
        let round = team / u32::try_from(HOMES.len()).unwrap_or(1);
        let district = format!("{home}-bezirk-{}", round / DISTRICT + 1);
        if round.is_multiple_of(DISTRICT) {
            self.groups.push(GroupRow { id: district.clone(), name: format!("Bezirk {district}"), parent_id: home.to_owned() });
        }
        let key = team_key(home, team);
        self.groups.push(GroupRow { name: format!("Team {key}"), id: key, parent_id: district });
    }
}

fn home(team: u32) -> Option<(&'static str, &'static [&'static str], &'static str)> {
    let place = usize::try_from(team).ok()? % HOMES.len();
    HOMES.get(place).copied()
}

fn team_key(home: &str, team: u32) -> String {
    format!("{home}-team-{}", team + 1)
}
