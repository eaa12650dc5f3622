//! Contacts with everything that hangs on them.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::colleague::Colleague;
use super::company::{Companies, Company, slug};
use super::dice::{Dice, Words};
use super::person::{Name, People};
use super::phone::{self, PhoneRow};
use super::place::{AddressRow, City, Places};

/// The first contact's key is one more.
const KEYS_AFTER: i64 = 10_000;

/// A row of `contact`.
#[derive(Serialize)]
pub(super) struct ContactRow {
    pub(super) id: i64,
    pub(super) company_id: Option<i64>,
    salutation: Option<&'static str>,
    academic_title: Option<&'static str>,
    first_name: Option<String>,
    last_name: Option<String>,
    department: Option<&'static str>,
    job_title: Option<&'static str>,
    birthday: Option<NaiveDate>,
    customer_no: Option<String>,
    pub(super) region: &'static str,
    pub(super) owner_id: Option<String>,
    revenue: Option<f64>,
    newsletter: u8,
    confidentiality: Option<&'static str>,
    last_activity: Option<NaiveDate>,
    notes: Option<String>,
    changed_at: DateTime<Utc>,
}

/// A row of `mail_address`.
#[derive(Serialize)]
pub(super) struct MailRow {
    contact_id: i64,
    place: u64,
    address: String,
}

/// A row of `category`.
#[derive(Serialize)]
pub(super) struct CategoryRow {
    id: i64,
    name: &'static str,
}

/// A row of `contact_category`.
#[derive(Serialize)]
pub(super) struct ContactCategoryRow {
    contact_id: i64,
    category_id: i64,
}

/// All rows that belong to contacts.
#[derive(Default)]
pub(super) struct Contacts {
    pub(super) companies: Vec<Company>,
    pub(super) contacts: Vec<ContactRow>,
    pub(super) phones: Vec<PhoneRow>,
    pub(super) mails: Vec<MailRow>,
    pub(super) addresses: Vec<AddressRow>,
    pub(super) categories: Vec<CategoryRow>,
    pub(super) contact_categories: Vec<ContactCategoryRow>,
}

/// What a record stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Person,
    Employee,
    CompanyOnly,
}

/// Which contact it is to be, where it works and where it is.
struct Stand<'c> {
    id: i64,
    company: Option<&'c Company>,
    city: &'c City,
}

/// Makes contacts one by one.
pub(super) struct Maker<'a> {
    /// Who may look after contacts, by region.
    owners: BTreeMap<&'a str, Vec<&'a Colleague>>,
    now: DateTime<Utc>,
    places: Places,
    people: People,
    jobs: Words,
    notes: Words,
}

impl<'a> Maker<'a> {
    pub(super) fn new(colleagues: &'a [Colleague], now: DateTime<Utc>) -> Self {
        let (jobs, notes) = (Words::of(include_str!("data/jobs.txt")), Words::of(include_str!("data/notes.txt")));
        let mut owners: BTreeMap<&str, Vec<&Colleague>> = BTreeMap::new();
        for one in colleagues.iter().filter(|one| one.looks_after_contacts()) {
            owners.entry(&one.region).or_default().push(one);
        }
        Self { owners, now, places: Places::new(), people: People::new(), jobs, notes }
    }

    /// Makes `count` contacts at `companies` companies, most of which have several.
    pub(super) fn contacts(&self, count: i64, companies: i64, dice: &mut Dice) -> Contacts {
        let maker = Companies::new();
        let mut made =
            Contacts { companies: (1..=companies).filter_map(|id| maker.company(id, &self.places, dice)).collect(), ..Contacts::default() };
        let names = Words::of(include_str!("data/categories.txt"));
        made.categories = (1..).zip(names.all()).map(|(id, name)| CategoryRow { id, name }).collect();
        for id in KEYS_AFTER + 1..=KEYS_AFTER + count {
            self.contact(id, &mut made, dice);
        }
        made
    }

    fn contact(&self, id: i64, made: &mut Contacts, dice: &mut Dice) {
        let sort = match dice.below(100) {
            0..9 => Sort::CompanyOnly,
            9..23 => Sort::Person,
            _ => Sort::Employee,
        };
        let company = if sort == Sort::Person { None } else { dice.early_one(&made.companies) };
        let Some(city) = company.map(|company| company.city.clone()).or_else(|| self.places.city(dice)) else { return };
        let name = (sort != Sort::CompanyOnly).then(|| self.people.name(city.country, dice));
        let mails = mails(id, name.as_ref(), company, dice);
        let row = self.row(Stand { id, company, city: &city }, name, dice);
        made.contacts.push(row);
        made.mails.extend(mails);
        made.phones.extend(phones(id, sort, &city, dice));
        made.addresses.extend(self.addresses(id, sort, &city, dice));
        for category in &made.categories {
            if dice.percent(13) {
                made.contact_categories.push(ContactCategoryRow { contact_id: id, category_id: category.id });
            }
        }
    }

    fn row(&self, Stand { id, company, city }: Stand<'_>, name: Option<Name>, dice: &mut Dice) -> ContactRow {
        let job = name.as_ref().filter(|_| company.is_some() && dice.percent(75)).and_then(|name| self.job(name, dice));
        let health = company.is_some_and(|company| company.row.industry == "Gesundheitswesen");
        let confidentiality = match dice.below(100) {
            0..3 => Some("vip"),
            3..30 if health => Some("gesundheit"),
            _ => None,
        };
        let owners: &[&Colleague] = self.owners.get(city.region).map(Vec::as_slice).unwrap_or_default();
        let is_person = name.is_some();
        let (salutation, title, first, last) =
            name.map_or((None, None, None, None), |name| (name.salutation, name.title, name.first, Some(name.last)));
        ContactRow {
            id,
            company_id: company.map(|company| company.row.id),
            salutation,
            academic_title: title,
            first_name: first,
            last_name: last,
            department: job.map(|(_, department)| department).filter(|_| dice.percent(80)),
            job_title: job.map(|(title, _)| title),
            birthday: if is_person && dice.percent(35) { self.birthday(dice) } else { None },
            customer_no: dice.percent(85).then(|| format!("K-{id}")),
            region: city.region,
            owner_id: if dice.percent(92) { dice.early_one(owners).map(|owner| owner.id.clone()) } else { None },
            revenue: dice.percent(75).then(|| revenue(dice)),
            newsletter: u8::from(dice.percent(28)),
            confidentiality,
            last_activity: self.last_activity(dice),
            notes: dice.percent(35).then(|| self.notes.pick(dice).replace("\\n", "\n")),
            changed_at: self.now - TimeDelta::minutes(i64::try_from(dice.below(1_000_000)).unwrap_or(0)),
        }
    }

    /// A title in the person's form, and the department.
    fn job(&self, name: &Name, dice: &mut Dice) -> Option<(&'static str, &'static str)> {
        let (female, rest) = self.jobs.pick(dice).split_once('|')?;
        let (male, department) = rest.split_once('|')?;
        Some((if name.is_female { female } else { male }, department))
    }

    fn birthday(&self, dice: &mut Dice) -> Option<NaiveDate> {
        let year = self.now.year() - i32::try_from(dice.between(19, 84)).ok()?;
        if dice.percent(2) {
            NaiveDate::from_ymd_opt(year - year % 4, 2, 29)
        } else {
            NaiveDate::from_yo_opt(year, u32::try_from(dice.between(1, 365)).ok()?)
        }
    }

    fn last_activity(&self, dice: &mut Dice) -> Option<NaiveDate> {
        let days = match dice.below(100) {
            0..12 => return None,
            12..40 => dice.below(85),
            _ => dice.between(95, 1500),
        };
        self.now.date_naive().checked_sub_days(Days::new(days))
    }

    fn addresses(&self, id: i64, sort: Sort, city: &City, dice: &mut Dice) -> Vec<AddressRow> {
        let mut kinds = Vec::new();
        if dice.percent(88) {
            kinds.push(if sort == Sort::Person { "home" } else { "business" });
        }
        if sort == Sort::Employee && dice.percent(12) {
            kinds.push("home");
        }
        if sort == Sort::CompanyOnly && dice.percent(15) {
            kinds.extend(["business"; 3].iter().take(usize::from(dice.percent(40)) * 2 + 1));
        }
        let mut addresses = Vec::new();
        for (place, kind) in (1..).zip(kinds) {
            let elsewhere = if place > 1 { self.places.city_in(city.region, dice) } else { None };
            let address = self.places.address(elsewhere.as_ref().unwrap_or(city), dice);
            addresses.push(AddressRow { contact_id: id, place, kind, ..address });
        }
        addresses
    }
}

/// Euros and cents, over four orders of magnitude.
fn revenue(dice: &mut Dice) -> f64 {
    let scale = [1_u64, 10, 100, 1000].get(usize::try_from(dice.below(4)).unwrap_or(0)).copied().unwrap_or(1);
    let cents = u32::try_from(dice.between(1_000, 99_999) * scale + dice.below(100)).unwrap_or(0);
    f64::from(cents) / 100.0
}

fn phones(id: i64, sort: Sort, city: &City, dice: &mut Dice) -> Vec<PhoneRow> {
    // Kind, in how many of 100 there is one, how many of 100 are private.
    let lines: &[(&'static str, u64, u64)] = match sort {
        Sort::Person => &[("home", 62, 40), ("mobile", 78, 15), ("mobile", 8, 50)],
        Sort::Employee => &[("office", 78, 0), ("mobile", 60, 6), ("office", 14, 0), ("home", 12, 60)],
        Sort::CompanyOnly => &[("office", 92, 0), ("fax", 55, 0), ("office", 35, 0), ("office", 12, 0)],
    };
    let mut phones = Vec::new();
    for (kind, share, private) in lines {
        if !dice.percent(*share) {
            continue;
        }
        let number = match *kind {
            "mobile" => phone::mobile(city.country, dice),
            "office" if dice.below(200) == 0 => "über Zentrale".to_owned(),
            _ => phone::landline(city.country, dice),
        };
        let place = phones.len() as u64 + 1;
        phones.push(PhoneRow { contact_id: id, place, kind, number, is_private: u8::from(dice.percent(*private)) });
    }
    phones
}

fn mails(id: i64, name: Option<&Name>, company: Option<&Company>, dice: &mut Dice) -> Vec<MailRow> {
    let mut addresses = Vec::new();
    let person = name.map(|name| match &name.first {
        Some(first) => format!("{}.{}", slug(first), slug(&name.last)),
        None => slug(&name.last),
    });
    match (person, company) {
        (Some(person), Some(company)) => {
            addresses.extend(dice.percent(80).then(|| format!("{person}@{}", company.domain)));
            addresses.extend(dice.percent(12).then(|| format!("{person}@post-{}.example", dice.between(1, 9))));
            addresses.extend(dice.percent(6).then(|| format!("Buero.{person}@{}", company.domain)));
        }
        (Some(person), None) => addresses.extend(dice.percent(70).then(|| format!("{person}@post-{}.example", dice.between(1, 9)))),
        (None, Some(company)) => {
            for (mailbox, share) in [("info", 85), ("einkauf", 20), ("rechnung", 20), ("bewerbung", 8)] {
                addresses.extend(dice.percent(share).then(|| format!("{mailbox}@{}", company.domain)));
            }
        }
        (None, None) => {}
    }
    (1..).zip(addresses).map(|(place, address)| MailRow { contact_id: id, place, address }).collect()
}
