//! A record, and who has which right on it. Each is made by its number alone, so none need be kept.

use chrono::{Days, NaiveDate};

use super::dice::Dice;
use super::people::{group_key, user_key};
use super::words::{INDUSTRIES, JOBS, REGIONS, TITLES, fold, shouted};
use super::{World, today};

/// The key of the first record.
pub const FIRST_KEY: usize = 10_001;

/// How a word is written in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// As it is.
    Plain,
    /// In large letters.
    Large,
    /// In small letters.
    Small,
}

/// A word of the vocabulary and how it is written.
pub type Spelled = (usize, Spelling);

/// A record. What is text is lent from the vocabulary, or made of few words.
#[derive(Clone, Debug)]
pub struct Record {
    /// The key.
    pub key: usize,
    /// The last name.
    pub last: Option<Spelled>,
    /// The first name.
    pub first: Option<Spelled>,
    /// The company.
    pub company: Option<Spelled>,
    /// The city.
    pub city: Option<Spelled>,
    /// The salutation.
    pub salutation: Option<&'static str>,
    /// The academic title.
    pub title: Option<&'static str>,
    /// The department.
    pub department: Option<&'static str>,
    /// What the person is at the company.
    pub job_title: Option<&'static str>,
    /// The street with its number.
    pub street: Option<String>,
    /// The postal code.
    pub postcode: Option<String>,
    /// The country.
    pub country: Option<&'static str>,
    /// The phone number at work.
    pub phone: Option<String>,
    /// The mobile number.
    pub mobile: Option<String>,
    /// The mail address.
    pub mail: Option<String>,
    /// The website.
    pub website: Option<String>,
    /// The birthday.
    pub birthday: Option<NaiveDate>,
    /// The industry.
    pub industry: Option<&'static str>,
    /// The region.
    pub region: Option<&'static str>,
    /// Who looks after it: a user's key.
    pub owner: Option<String>,
    /// The revenue.
    pub revenue: Option<f64>,
    /// The day of the last activity.
    pub last_activity: Option<NaiveDate>,
    /// Notes.
    pub notes: Option<String>,
}

fn some<T>(dice: &mut Dice, percent: usize, make: impl FnOnce(&mut Dice) -> T) -> Option<T> {
    if dice.percent(percent) { Some(make(dice)) } else { None }
}

fn pick(dice: &mut Dice, list: &[&'static str]) -> &'static str {
    list.get(dice.below(list.len())).copied().unwrap_or_default()
}

fn back(dice: &mut Dice, days: usize) -> NaiveDate {
    today().checked_sub_days(Days::new(dice.below(days) as u64)).unwrap_or_else(today)
}

fn spelling(dice: &mut Dice, large: usize, small: usize) -> Spelling {
    match dice.below(100) {
        throw if throw < large => Spelling::Large,
        throw if throw < large + small => Spelling::Small,
        _ => Spelling::Plain,
    }
}

impl World {
    /// The names of a record, by which it stands in the view's order.
    pub fn names(&self, number: usize) -> (Option<Spelled>, Option<Spelled>, Option<Spelled>) {
        let dice = &mut Dice::new(self.seed, 1, number as u64);
        let last = some(dice, 97, |dice| (self.words.last.draw(dice), spelling(dice, 4, 0)));
        let first = some(dice, 95, |dice| (self.words.first.draw(dice), Spelling::Plain));
        let company = some(dice, 70, |dice| (self.words.company.draw(dice), spelling(dice, 2, 0)));
        (last, first, company)
    }

    /// A record by its number, from 0.
    pub fn record(&self, number: usize) -> Record {
        let (last, first, company) = self.names(number);
        let dice = &mut Dice::new(self.seed, 2, number as u64);
        let users = self.users.len();
        Record {
            key: FIRST_KEY + number,
            last,
            first,
            company,
            city: some(dice, 97, |dice| (self.words.city.draw(dice), spelling(dice, 3, 3))),
            salutation: some(dice, 90, |dice| pick(dice, &["Frau", "Herr"])),
            title: some(dice, 15, |dice| pick(dice, &TITLES)),
            department: some(dice, 60, |dice| pick(dice, &["Einkauf", "Vertrieb", "Geschäftsleitung", "Technik", "Verwaltung"])),
            job_title: some(dice, 65, |dice| pick(dice, &JOBS)),
            street: some(dice, 90, |dice| format!("{} {}", dice.one(&self.words.streets), 1 + dice.below(120))),
            postcode: some(dice, 92, |dice| format!("{:05}", 1_001 + dice.below(98_000))),
            country: some(dice, 95, |dice| pick(dice, &["DE", "DE", "DE", "DE", "AT", "CH"])),
            // Numbers that are kept for fiction.
            phone: some(dice, 80, |dice| format!("030 23125 {:03}", dice.below(1_000))),
            mobile: some(dice, 60, |dice| format!("0171 39200 {:02}", dice.below(100))),
            mail: some(dice, 85, |_| format!("kontakt{}@kunde.example", FIRST_KEY + number)),
            website: some(dice, 40, |dice| format!("https://www.kunde{}.example", dice.below(100_000))),
            birthday: some(dice, 50, |dice| back(dice, 22_000)),
            industry: some(dice, 95, |dice| pick(dice, &INDUSTRIES)),
            region: some(dice, 97, |dice| pick(dice, &REGIONS)),
            owner: some(dice, 90, |dice| user_key(dice.below(users))),
            revenue: some(dice, 60, |dice| (dice.below(1_000) * dice.below(1_000)) as f64 / 2.0),
            last_activity: some(dice, 90, |dice| back(dice, 1_800)),
            notes: some(dice, 50, |dice| dice.one(&self.words.notes).to_owned()),
        }
    }

    /// Who is listed for a record under rule `territory`: one in five is everyone's, the others have one to three principals.
    pub fn territory(&self, number: usize) -> Vec<String> {
        let dice = &mut Dice::new(self.seed, 3, number as u64);
        if dice.percent(20) {
            return vec!["everyone".to_owned()];
        }
        let count = 1 + dice.below(3);
        self.principals(dice, count, &|dice| self.territories.draw(dice))
    }

    /// Who is listed for a record under rule `confidentiality`: nobody for most of them, groups for one in twenty.
    pub fn confidentiality(&self, number: usize) -> Vec<String> {
        let dice = &mut Dice::new(self.seed, 4, number as u64);
        if !dice.percent(5) {
            return Vec::new();
        }
        let count = 1 + dice.below(2);
        let groups = (0..count).map(|_| format!("group:{}", group_key(self.territories.draw(dice)))).collect();
        unique(groups)
    }

    /// For whom a record is subscribed: for none at all to eight principals.
    pub fn subscribed(&self, number: usize) -> Vec<String> {
        let dice = &mut Dice::new(self.seed, 5, number as u64);
        if dice.percent(42) {
            return Vec::new();
        }
        let mut count = 1;
        while count < 8 && dice.percent(68) {
            count += 1;
        }
        // Small groups, of which few are members, subscribe the most: what a group of many subscribed would be in nearly every folder.
        let last = self.groups.len().saturating_sub(1);
        self.principals(dice, count, &|dice| last - self.subscribers.draw(dice))
    }

    /// Principals, four in five of them groups.
    fn principals(&self, dice: &mut Dice, count: usize, group: &dyn Fn(&mut Dice) -> usize) -> Vec<String> {
        let mut principal = || {
            if dice.percent(80) { format!("group:{}", group_key(group(dice))) } else { format!("user:{}", user_key(dice.below(self.users.len()))) }
        };
        unique((0..count).map(|_| principal()).collect())
    }

    /// A word as it is written.
    pub fn spelled(list: &[String], (word, spelling): Spelled) -> String {
        let word = list.get(word).map(String::as_str).unwrap_or_default();
        match spelling {
            Spelling::Plain => word.to_owned(),
            Spelling::Large => shouted(word),
            Spelling::Small => fold(word),
        }
    }
}

fn unique(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list.dedup();
    list
}
