//! What a user wants: a filter kept as a structure, from which both the filter's text and the baseline's SQL are written.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};

use super::dice::Dice;
use super::words::{INDUSTRIES, Vocabulary, fold, shouted};
use super::{User, today};

/// Conditions that must all hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// The conditions; each may be denied.
    pub clauses: Vec<Clause>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// Whether it stands behind `NOT`.
    pub is_denied: bool,
    /// The condition.
    pub atom: Atom,
}

/// A condition over one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Atom {
    /// A text is one of these: `=` if it is a single one.
    OneOf(Column, Vec<String>),
    /// The last activity was on this day or later.
    Since(NaiveDate),
    /// The revenue is at least this.
    Revenue(u32),
    /// The revenue is in this range.
    Between(u32, u32),
    /// The text stands somewhere in it.
    Like(Column, String),
    /// It is that of the user.
    Own(Column),
}

/// The columns that filters speak of as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The city.
    City,
    /// The industry.
    Industry,
    /// The region.
    Region,
    /// Who looks after the record.
    Owner,
    /// The last name.
    LastName,
    /// The company.
    Company,
}

/// How a filter is best looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Few records fit: by city or owner.
    Selective,
    /// Many fit.
    Broad,
    /// Perhaps few fit, but no index of the usual kind tells which.
    Search,
    /// There is no filter, or it can never hold for its user.
    None,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Selective, Self::Broad, Self::Search, Self::None];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Selective => "selective",
            Self::Broad => "broad",
            Self::Search => "search",
            Self::None => "none",
        }
    }
}

impl Column {
    /// Its name in the CRM, the profile and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Industry => "industry",
            Self::Region => "region",
            Self::Owner => "owner",
            Self::LastName => "last_name",
            Self::Company => "company",
        }
    }

    /// Where the baseline finds it folded. Industries, regions and owners are written in one way, everywhere.
    fn folded(self) -> &'static str {
        match self {
            Self::City => "city_folded",
            Self::LastName => "last_name_folded",
            Self::Company => "company_folded",
            Self::Industry | Self::Region | Self::Owner => self.name(),
        }
    }

    fn is_folded(self) -> bool {
        self.folded() != self.name()
    }
}

impl Wish {
    /// Throws one: 70 % are selective, 15 % broad, 15 % have none.
    pub(super) fn draw(dice: &mut Dice, words: &Vocabulary) -> Option<Self> {
        let mut wish = match dice.below(100) {
            0..70 => Self { clauses: selective(dice, words) },
            70..85 => Self { clauses: broad(dice) },
            _ => return None,
        };
        match dice.below(100) {
            0..5 => wish.clauses.push(Clause::of(like(dice, words))),
            5..8 => wish.clauses.push(Clause::of(Atom::Own(Column::Region))),
            8..10 => wish.clauses.push(Clause::of(Atom::Own(Column::Owner))),
            _ => {}
        }
        Some(wish)
    }

    /// The filter as users write it.
    pub fn text(&self) -> String {
        let clause = |clause: &Clause| if clause.is_denied { format!("NOT {}", clause.atom.text()) } else { clause.atom.text() };
        self.clauses.iter().map(clause).collect::<Vec<_>>().join(" AND ")
    }

    /// The same as an SQL condition over table `c` for its user: what he may not read is unknown.
    pub fn sql(&self, user: &User, unknown: &str) -> String {
        let clause = |clause: &Clause| {
            let atom = if clause.atom.is_masked(user) { unknown.to_owned() } else { clause.atom.sql(user) };
            if clause.is_denied { format!("NOT {atom}") } else { atom }
        };
        self.clauses.iter().map(clause).collect::<Vec<_>>().join(" AND ")
    }

    /// How it is best looked up for its user.
    pub fn shape(&self, user: &User) -> Shape {
        let narrows = |clause: &Clause| !clause.is_denied && matches!(clause.atom, Atom::OneOf(Column::City, _) | Atom::Own(Column::Owner));
        if self.clauses.iter().any(|clause| clause.atom.is_masked(user)) {
            // The clauses are joined by AND: one that is unknown keeps the whole from being true.
            Shape::None
        } else if self.clauses.iter().any(narrows) {
            Shape::Selective
        } else if self.clauses.iter().any(|clause| matches!(clause.atom, Atom::Like(..))) {
            Shape::Search
        } else {
            Shape::Broad
        }
    }
}

impl Clause {
    fn of(atom: Atom) -> Self {
        Self { is_denied: false, atom }
    }
}

impl Atom {
    fn column(&self) -> &'static str {
        match self {
            Self::OneOf(column, _) | Self::Like(column, _) | Self::Own(column) => column.name(),
            Self::Since(_) => "last_activity",
            Self::Revenue(_) | Self::Between(..) => "revenue",
        }
    }

    fn is_masked(&self, user: &User) -> bool {
        user.masked().contains(&self.column())
    }

    fn text(&self) -> String {
        let column = self.column();
        match self {
            Self::OneOf(_, values) => one_of(column, values),
            Self::Since(day) => format!("{column} >= '{day}'"),
            Self::Revenue(least) => format!("{column} >= {least}"),
            Self::Between(least, most) => format!("{column} BETWEEN {least} AND {most}"),
            Self::Like(_, part) => format!("{column} LIKE {}", quoted(&format!("%{part}%"))),
            Self::Own(Column::Owner) => format!("{column} = user.id"),
            Self::Own(_) => format!("{column} = user.{column}"),
        }
    }

    fn sql(&self, user: &User) -> String {
        match self {
            Self::OneOf(column, values) if column.is_folded() => {
                one_of(&format!("c.{}", column.folded()), &values.iter().map(|value| fold(value)).collect::<Vec<_>>())
            }
            Self::OneOf(column, values) => one_of(&format!("c.{}", column.name()), values),
            Self::Like(column, part) => format!("c.{} LIKE {}", column.folded(), quoted(&format!("%{}%", fold(part)))),
            Self::Own(Column::Owner) => format!("c.owner = {}", quoted(&user.key())),
            Self::Own(column) => format!("c.{} = {}", column.name(), quoted(user.region)),
            Self::Since(_) | Self::Revenue(_) | Self::Between(..) => format!("c.{}", self.text()),
        }
    }
}

fn one_of(column: &str, values: &[String]) -> String {
    match values {
        [value] => format!("{column} = {}", quoted(value)),
        values => format!("{column} IN ({})", list(values)),
    }
}

/// Texts as SQL writes a list of them; one that has none holds NULL, which nothing is equal to.
pub fn list<T: AsRef<str>>(values: &[T]) -> String {
    let mut text = String::new();
    for value in values {
        let comma = if text.is_empty() { "" } else { ", " };
        // INVARIANT: writing to a String does not fail.
        let _ = write!(text, "{comma}{}", quoted(value.as_ref()));
    }
    if text.is_empty() { "NULL".to_owned() } else { text }
}

/// A text as SQL writes it.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn selective(dice: &mut Dice, words: &Vocabulary) -> Vec<Clause> {
    let city = |dice: &mut Dice| {
        let name = words.city.list.get(words.city.draw(dice)).cloned().unwrap_or_default();
        if dice.percent(10) { shouted(&name) } else { name }
    };
    let several = if dice.percent(20) { 2 + dice.below(2) } else { 1 };
    let cities = (0..several).map(|_| city(dice)).collect();
    let mut clauses = vec![Clause::of(Atom::OneOf(Column::City, cities)), Clause::of(industries(dice, 2, 3)), Clause::of(since(dice, 1_400))];
    if dice.percent(15) {
        clauses.push(Clause { is_denied: true, atom: Atom::OneOf(Column::Region, vec![region(dice)]) });
    }
    if dice.percent(10) {
        clauses.push(Clause::of(Atom::Revenue(10_000 * (1 + dice.below(5) as u32))));
    }
    clauses
}

fn broad(dice: &mut Dice) -> Vec<Clause> {
    let mut clauses = vec![Clause::of(industries(dice, 2, 5))];
    match dice.below(4) {
        0 => clauses.push(Clause::of(since(dice, 1_400))),
        1 => clauses.push(Clause::of(Atom::Between(20_000, 50_000 + 10_000 * dice.below(40) as u32))),
        2 => clauses.push(Clause { is_denied: true, atom: Atom::OneOf(Column::Region, vec![region(dice)]) }),
        _ => clauses = vec![Clause::of(since(dice, 900))],
    }
    clauses
}

fn region(dice: &mut Dice) -> String {
    super::words::REGIONS.get(dice.below(super::words::REGIONS.len())).map(|region| (*region).to_owned()).unwrap_or_default()
}

fn industries(dice: &mut Dice, least: usize, more: usize) -> Atom {
    let first = dice.below(INDUSTRIES.len());
    let step = 1 + 2 * dice.below(2);
    let count = least + dice.below(more);
    let industry = |number: usize| INDUSTRIES.get((first + number * step) % INDUSTRIES.len()).map(|name| (*name).to_owned());
    let mut list: Vec<String> = (0..count).filter_map(industry).collect();
    list.sort();
    list.dedup();
    Atom::OneOf(Column::Industry, list)
}

fn since(dice: &mut Dice, days: usize) -> Atom {
    let back = 200 + dice.below(days) as u64;
    Atom::Since(today().checked_sub_days(Days::new(back)).unwrap_or_else(today))
}

fn like(dice: &mut Dice, words: &Vocabulary) -> Atom {
    let (column, list) = if dice.percent(60) { (Column::LastName, &words.last) } else { (Column::Company, &words.company) };
    let word = list.list.get(list.draw(dice)).map(String::as_str).unwrap_or_default();
    let part: String = word.chars().filter(|one| one.is_alphabetic()).skip(1).take(4).collect();
    Atom::Like(column, part)
}
