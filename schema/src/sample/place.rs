//! Countries, cities, streets, and the postal addresses made of them.

use serde::Serialize;

use super::dice::{Dice, Words};

/// A country of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Country {
    Germany,
    Austria,
    Switzerland,
}

impl Country {
    pub(super) const ALL: [Self; 3] = [Self::Germany, Self::Austria, Self::Switzerland];

    /// Its ISO code, as the data files spell it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Germany => "DE",
            Self::Austria => "AT",
            Self::Switzerland => "CH",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Germany => "Deutschland",
            Self::Austria => "Österreich",
            Self::Switzerland => "Schweiz",
        }
    }
}

/// A city with its sales region.
#[derive(Clone, Debug)]
pub(super) struct City {
    pub(super) country: Country,
    pub(super) region: &'static str,
    pub(super) state: &'static str,
    pub(super) name: &'static str,
    pub(super) postcode: &'static str,
}

/// Regions with their share of the contacts in per cent.
const SHARES: [(&str, u64); 6] = [("Nord", 20), ("Ost", 11), ("West", 19), ("Süd", 20), ("Österreich", 17), ("Schweiz", 13)];

pub(super) struct Places {
    cities: Vec<City>,
    streets: Words,
}

/// A row of `postal_address`.
#[derive(Serialize)]
pub(super) struct AddressRow {
    pub(super) contact_id: i64,
    pub(super) place: u64,
    pub(super) kind: &'static str,
    pub(super) street: Option<String>,
    pub(super) house_number: Option<String>,
    pub(super) postcode: Option<String>,
    pub(super) city: Option<String>,
    pub(super) state: Option<String>,
    pub(super) country: Option<String>,
}

impl Places {
    pub(super) fn new() -> Self {
        let city = |line: &'static str| {
            let mut cells = line.split('|');
            let code = cells.next()?;
            let country = Country::ALL.into_iter().find(|country| country.code() == code)?;
            Some(City { country, region: cells.next()?, state: cells.next()?, name: cells.next()?, postcode: cells.next()? })
        };
        let cities = include_str!("data/places.txt").lines().filter_map(city).collect();
        Self { cities, streets: Words::of(include_str!("data/streets.txt")) }
    }

    /// A city, regions by their share of the contacts.
    pub(super) fn city(&self, dice: &mut Dice) -> Option<City> {
        let mut throw = dice.below(100);
        for (region, share) in SHARES {
            if throw < share {
                return self.city_in(region, dice);
            }
            throw -= share;
        }
        None
    }

    /// A city of a region.
    pub(super) fn city_in(&self, region: &str, dice: &mut Dice) -> Option<City> {
        let near: Vec<&City> = self.cities.iter().filter(|city| city.region == region).collect();
        dice.one(&near).map(|city| (*city).clone())
    }

    /// An address in the city, now and then with a piece missing.
    pub(super) fn address(&self, city: &City, dice: &mut Dice) -> AddressRow {
        let street = self.streets.pick(dice);
        let street = if city.country == Country::Switzerland { street.replace('ß', "ss") } else { street.to_owned() };
        let number = match dice.below(20) {
            0 => format!("{}a", dice.between(1, 40)),
            1 => format!("{}–{}", dice.between(1, 9), dice.between(11, 19)),
            2 if city.country == Country::Austria => format!("{}/{}/{}", dice.between(1, 90), dice.between(1, 4), dice.between(1, 30)),
            3 => format!("{} c/o Empfang", dice.between(1, 90)),
            _ => dice.between(1, 180).to_string(),
        };
        let known = |share: u64, dice: &mut Dice, text: &str| dice.percent(share).then(|| text.to_owned());
        AddressRow {
            contact_id: 0,
            place: 0,
            kind: "business",
            street: known(96, dice, &street),
            house_number: known(95, dice, &number),
            postcode: known(98, dice, city.postcode),
            city: known(99, dice, city.name),
            state: known(60, dice, city.state),
            country: known(93, dice, city.country.name()),
        }
    }
}
