//! Phone numbers in the spellings people type, from ranges kept for fiction where a country has them.

use serde::Serialize;

use super::dice::Dice;
use super::place::Country;

/// A row of `phone`.
#[derive(Serialize)]
pub(super) struct PhoneRow {
    pub(super) contact_id: i64,
    pub(super) place: u64,
    pub(super) kind: &'static str,
    pub(super) number: String,
    pub(super) is_private: u8,
}

/// A number taken apart: area without its zero, the number behind it, an extension.
struct Digits {
    prefix: &'static str,
    area: String,
    local: String,
    extension: Option<String>,
}

/// Germany's ranges for film and print: area and the beginning of the number; three digits follow.
const GERMAN_FICTION: [(&str, &str); 5] = [("30", "23125"), ("40", "66969"), ("69", "90009"), ("89", "99998"), ("221", "4710")];

/// A line in an office or at home.
pub(super) fn landline(country: Country, dice: &mut Dice) -> String {
    let ending = dice.below(1000);
    let (prefix, area, stem) = match country {
        Country::Germany => {
            let (area, stem) = dice.one(&GERMAN_FICTION).copied().unwrap_or(("30", "23125"));
            ("49", area, stem.to_owned())
        }
        Country::Austria => ("43", dice.one(&["1", "316", "512", "662", "732"]).copied().unwrap_or("1"), format!("555{}", dice.below(10))),
        Country::Switzerland => ("41", dice.one(&["31", "44", "61", "71", "81"]).copied().unwrap_or("44"), format!("555{}", dice.below(10))),
    };
    let has_extension = country != Country::Switzerland && dice.percent(25);
    let digits = if has_extension {
        let (local, extension) = (format!("{stem}{:02}", ending / 10), (ending % 10).to_string());
        Digits { prefix, area: area.to_owned(), local, extension: Some(extension) }
    } else {
        Digits { prefix, area: area.to_owned(), local: format!("{stem}{ending:03}"), extension: None }
    };
    digits.spelled(dice)
}

/// A mobile phone.
pub(super) fn mobile(country: Country, dice: &mut Dice) -> String {
    let (prefix, area, local) = match country {
        Country::Germany if dice.percent(50) => ("49", "171", format!("39200{:02}", dice.below(100))),
        Country::Germany => ("49", "176", format!("040690{:02}", dice.below(100))),
        Country::Austria => ("43", dice.one(&["660", "664", "676", "699"]).copied().unwrap_or("664"), format!("5550{:03}", dice.below(1000))),
        Country::Switzerland => ("41", dice.one(&["76", "78", "79"]).copied().unwrap_or("79"), format!("5550{:03}", dice.below(1000))),
    };
    Digits { prefix, area: area.to_owned(), local, extension: None }.spelled(dice)
}

impl Digits {
    fn spelled(&self, dice: &mut Dice) -> String {
        let Self { prefix, area, local, extension } = self;
        let pairs = grouped(local, 2);
        let threes = grouped(local, 3);
        let tail = |plain: &str| extension.as_ref().map_or_else(|| plain.to_owned(), |extension| format!("{plain}-{extension}"));
        let worded = |plain: &str, word: &str| extension.as_ref().map_or_else(|| plain.to_owned(), |extension| format!("{plain} {word} {extension}"));
        match dice.below(15) {
            0 | 1 => format!("+{prefix} {area} {}", tail(local)),
            2 => format!("+{prefix} (0) {area} {}", tail(&pairs)),
            3 => format!("00{prefix} (0) {area}/{}", tail(&threes)),
            4 => format!("00{prefix}-{area}-{}", tail(local)),
            5 => format!("0{area} / {}", worded(&pairs, "DW")),
            6 => format!("0{area}/{}", worded(local, "Durchwahl")),
            7 => format!("(0{area}) {}", tail(&threes)),
            8 => format!("0{area}-{}", tail(local)),
            9 => format!("+{prefix}{area}{local}{}", extension.as_deref().unwrap_or_default()),
            10 => format!("+{prefix} (0){area} {}", tail(&pairs)),
            11 => format!("Tel.: 0{area} {}", tail(&pairs)),
            12 => format!("0{area}.{}", tail(&grouped(local, 2).replace(' ', "."))),
            13 => format!("0{area}\u{a0}{}", tail(&threes)),
            _ => format!("0{area} {}", tail(&pairs)),
        }
    }
}

/// Digits in groups, the first one taking what does not divide evenly.
fn grouped(digits: &str, size: usize) -> String {
    let first = digits.len() % size;
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % size == first % size {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
