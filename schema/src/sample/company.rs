//! Companies nobody has heard of.

use serde::Serialize;

use super::dice::{Dice, Words};
use super::place::{City, Country, Places};

/// A row of `company`.
#[derive(Serialize)]
pub(super) struct CompanyRow {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) industry: &'static str,
    pub(super) employees: Option<u64>,
    pub(super) website: Option<String>,
    pub(super) is_secret: u8,
}

/// A company with what its contacts take from it.
pub(super) struct Company {
    pub(super) row: CompanyRow,
    pub(super) city: City,
    pub(super) domain: String,
}

pub(super) struct Companies {
    families: Words,
    fancy: Words,
    industries: Words,
    long: Words,
    legal_forms: [(Country, Words); 3],
}

impl Companies {
    pub(super) fn new() -> Self {
        Self {
            families: Words::of(include_str!("data/family.txt")),
            fancy: Words::of(include_str!("data/fancy.txt")),
            industries: Words::of(include_str!("data/industries.txt")),
            long: Words::of(include_str!("data/long_names.txt")),
            legal_forms: Country::ALL.map(|country| (country, Words::of_country(include_str!("data/legal_forms.txt"), country.code()))),
        }
    }

    pub(super) fn company(&self, id: i64, places: &Places, dice: &mut Dice) -> Option<Company> {
        let city = places.city(dice)?;
        let (industry, business) = self.industries.pick(dice).split_once('|')?;
        let legal_form = self.legal_forms.iter().find(|(country, _)| *country == city.country).map(|(_, forms)| forms.pick(dice))?;
        let family = self.families.pick(dice);
        let (name, short) = match dice.below(100) {
            0 => (self.long_name(family, legal_form, dice), family.to_owned()),
            1..40 => (format!("{family} {business} {legal_form}"), format!("{family} {business}")),
            40..75 => {
                let fancy = self.fancy.pick(dice);
                (format!("{fancy} {business} {legal_form}"), format!("{fancy} {business}"))
            }
            75..85 => (format!("{family} & Söhne {business} {legal_form}"), format!("{family} und Söhne")),
            85..95 => {
                let other = self.families.pick(dice);
                (format!("{family}, {other} & Partner {legal_form}"), format!("{family} {other}"))
            }
            _ => (format!("{} „{}“ {legal_form}", business, self.fancy.pick(dice)), format!("{business} {family}")),
        };
        let domain = format!("{}.example", slug(&short));
        let website = match dice.below(10) {
            0..4 => Some(format!("https://www.{domain}")),
            4..7 => Some(format!("www.{domain}")),
            _ => None,
        };
        let size = 10_u64.pow(u32::try_from(dice.between(1, 3)).ok()?);
        let employees = dice.percent(80).then(|| dice.between(1, 9) * size + dice.below(size));
        let row = CompanyRow { id, name, industry, employees, website, is_secret: u8::from(dice.percent(1)) };
        Some(Company { row, city, domain })
    }

    /// A name of more than 200 characters, as associations and groups of companies like them.
    fn long_name(&self, family: &str, legal_form: &str, dice: &mut Dice) -> String {
        let mut name = family.to_owned();
        let parts = self.long.all();
        let start = usize::try_from(dice.below(parts.len() as u64)).unwrap_or(0);
        for part in parts.iter().cycle().skip(start).take(parts.len()) {
            if name.chars().count() > 200 {
                break;
            }
            name = format!("{name} {part}");
        }
        format!("{name} {legal_form}")
    }
}

/// The text as part of a host or mail name: ASCII letters, digits and hyphens.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' | 'æ' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'a'..='z' | '0'..='9' => slug.push(letter),
            'á' | 'à' | 'â' | 'ã' => slug.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'ě' => slug.push('e'),
            'ı' | 'í' | 'ï' => slug.push('i'),
            'ó' | 'ô' => slug.push('o'),
            'ú' | 'û' => slug.push('u'),
            'ł' => slug.push('l'),
            'ş' | 'š' => slug.push('s'),
            'ç' | 'č' | 'ć' => slug.push('c'),
            'ř' => slug.push('r'),
            'ž' => slug.push('z'),
            'ñ' => slug.push('n'),
            ' ' | '-' | '.' if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}
