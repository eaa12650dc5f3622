//! Names of people, with everything that makes names hard.

use super::dice::{Dice, Words};
use super::place::Country;

/// A person's name.
pub(super) struct Name {
    pub(super) is_female: bool,
    pub(super) salutation: Option<&'static str>,
    pub(super) title: Option<&'static str>,
    pub(super) first: Option<String>,
    pub(super) last: String,
}

pub(super) struct People {
    female: Words,
    male: Words,
    families: Words,
    particles: Words,
    titles: [(Country, Words); 3],
}

impl People {
    pub(super) fn new() -> Self {
        Self {
            female: Words::of(include_str!("data/given_female.txt")),
            male: Words::of(include_str!("data/given_male.txt")),
            families: Words::of(include_str!("data/family.txt")),
            particles: Words::of(include_str!("data/particles.txt")),
            titles: Country::ALL.map(|country| (country, Words::of_country(include_str!("data/titles.txt"), country.code()))),
        }
    }

    pub(super) fn name(&self, country: Country, dice: &mut Dice) -> Name {
        let is_female = dice.percent(48);
        let given = if is_female { &self.female } else { &self.male };
        let salutation = match dice.below(40) {
            0 => None,
            1 => Some("Divers"),
            _ => Some(if is_female { "Frau" } else { "Herr" }),
        };
        let title = self.titles.iter().find(|(of, _)| *of == country).filter(|_| dice.percent(12)).map(|(_, titles)| titles.pick(dice));
        let first = match dice.below(50) {
            0 => None,
            1 => Some(format!("{}.", given.pick(dice).chars().next().unwrap_or('A'))),
            2 | 3 => Some(format!("{}-{}", given.pick(dice), given.pick(dice))),
            4 => Some(format!("{} {}", given.pick(dice), given.pick(dice))),
            _ => Some(given.pick_early(dice).to_owned()),
        };
        Name { is_female, salutation, title, first, last: self.last_name(dice) }
    }

    fn last_name(&self, dice: &mut Dice) -> String {
        let family = self.families.pick_early(dice);
        match dice.below(100) {
            0..3 => format!("{} {family}", self.particles.pick(dice)),
            3 => "Müller-Lüdenscheidt".to_owned(),
            4..10 => format!("{family}-{}", self.families.pick(dice)),
            // As some systems hand names over: umlauts taken apart into letter and dots.
            10 => family.replace('ü', "u\u{308}").replace('ö', "o\u{308}").replace('ä', "a\u{308}"),
            11 => family.to_uppercase(),
            _ => family.to_owned(),
        }
    }
}
