//! The words that the world is made of. Everything is invented; names are joined from syllables.

use std::collections::HashSet;

use super::dice::{Dice, Zipf};

const FAMILY: &str = include_str!("../../../../schema/src/sample/data/family.txt");
const FEMALE: &str = include_str!("../../../../schema/src/sample/data/given_female.txt");
const MALE: &str = include_str!("../../../../schema/src/sample/data/given_male.txt");
const FANCY: &str = include_str!("../../../../schema/src/sample/data/fancy.txt");
const STREETS: &str = include_str!("../../../../schema/src/sample/data/streets.txt");
const NOTES: &str = include_str!("../../../../schema/src/sample/data/notes.txt");

/// How many last names there are.
const LAST_NAMES: usize = 30_000;
/// How many cities there are.
const CITIES: usize = 2_000;

/// The industries of the records.
pub const INDUSTRIES: [&str; 12] = [
    "Maschinenbau",
    "Gesundheitswesen",
    "Bau",
    "Handel",
    "Dienstleistung",
    "IT",
    "Energie",
    "Tourismus",
    "Medien",
    "Logistik",
    "Öffentliche Hand",
    "Ernährung",
];
/// The regions of records and users.
pub const REGIONS: [&str; 8] = ["Nord", "Ost", "Süd", "West", "Mitte", "Bayern", "Österreich", "Schweiz"];
/// The departments of users.
pub const DEPARTMENTS: [&str; 6] = ["Vertrieb", "Einkauf", "Service", "Geschäftsführung", "Buchhaltung", "Entwicklung"];
/// What contacts are at their companies.
pub const JOBS: [&str; 10] = [
    "Geschäftsführerin",
    "Prokurist",
    "Leiter Einkauf",
    "Vertriebsleiterin",
    "Sachbearbeiter Innendienst",
    "Ingenieurin",
    "Assistenz",
    "Werkstattleiter",
    "Architektin",
    "Referent",
];
/// Academic titles.
pub const TITLES: [&str; 5] = ["Dr.", "Dr. med.", "Prof. Dr.", "Dipl.-Ing.", "Mag."];

/// Words of one kind and how often each is taken.
#[derive(Clone, Debug)]
pub struct Words {
    /// The words, no two alike.
    pub list: Vec<String>,
    share: Zipf,
}

impl Words {
    fn new(list: Vec<String>, exponent: f64) -> Self {
        Self { share: Zipf::new(list.len(), exponent), list }
    }

    /// Throws the number of one.
    pub fn draw(&self, dice: &mut Dice) -> usize {
        self.share.draw(dice)
    }
}

/// All the words.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// Last names.
    pub last: Words,
    /// First names.
    pub first: Words,
    /// Companies.
    pub company: Words,
    /// Cities.
    pub city: Words,
    /// Streets.
    pub streets: Vec<String>,
    /// Notes.
    pub notes: Vec<String>,
}

impl Vocabulary {
    /// Makes the words; always the same ones.
    pub fn new() -> Self {
        let lines = |file: &str| file.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        Self {
            last: Words::new(distinct(lines(FAMILY), &LAST, LAST_NAMES), 0.6),
            first: Words::new(distinct([lines(FEMALE), lines(MALE)].concat(), &[&[], &[], &[]], usize::MAX), 0.5),
            company: Words::new(companies(&lines(FANCY)), 0.3),
            city: Words::new(distinct(Vec::new(), &CITY, CITIES), 0.8),
            streets: lines(STREETS),
            notes: lines(NOTES),
        }
    }
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self::new()
    }
}

/// Syllables of last names: beginning, middle, end.
const LAST: [&[&str]; 3] = [
    &[
        "Alt", "Bach", "Berg", "Birn", "Böck", "Brand", "Dörn", "Eber", "Eichen", "Fähr", "Feld", "Glas", "Gold", "Grün", "Hack", "Hain", "Höll",
        "Jung", "Kalt", "Kirch", "Klee", "Lehn", "Lind", "Mühl", "Nord", "Ober", "Öl", "Pfann", "Rein", "Roß", "Sand", "Schön", "Stein", "Tann",
        "Über", "Vogel", "Wald", "Weiß", "Wind", "Zell",
    ],
    &["", "en", "er", "el", "ing", "ach", "ig", "inger", "ens", "es", "eben", "ler", "mayr", "zin", "ow", "itz", "els", "sch", "lich", "hart"],
    &[
        "mann",
        "bauer",
        "berger",
        "huber",
        "müller",
        "meier",
        "maier",
        "schmied",
        "hofer",
        "reiter",
        "egger",
        "bacher",
        "stätter",
        "hauser",
        "kamp",
        "horst",
        "brink",
        "rath",
        "gruber",
        "lechner",
        "thaler",
        "winkler",
        "förster",
        "köhler",
        "schläger",
        "becker",
        "wirth",
        "ström",
        "hölzl",
        "wöhrl",
        "ner",
        "ke",
        "el",
        "ert",
        "olt",
        "win",
        "bold",
        "rich",
        "möller",
        "graf",
    ],
];

/// Syllables of cities.
const CITY: [&[&str]; 3] = [
    &["", "Ober", "Unter", "Neu", "Alt", "Bad ", "Groß ", "Klein ", "Sankt ", "Hohen"],
    &[
        "ahren",
        "birken",
        "brücken",
        "dürren",
        "eber",
        "eschen",
        "fischel",
        "gold",
        "grün",
        "hasel",
        "hirsch",
        "kalten",
        "königs",
        "krumm",
        "linden",
        "löwen",
        "mühl",
        "nessel",
        "ochsen",
        "rosen",
        "rüben",
        "schwarzen",
        "silber",
        "stein",
        "tannen",
        "ulmen",
        "vogel",
        "weiden",
        "wiesen",
        "zwiesel",
    ],
    &["bach", "berg", "brück", "dorf", "feld", "furt", "hausen", "heim", "hütte", "kirchen", "see", "stadt", "tal", "wörth", "zell", "ried"],
];

/// The words given, and so many more, joined from syllables, that there are `count` in all; no two are alike, however they are written.
fn distinct(given: Vec<String>, syllables: &[&[&'static str]; 3], count: usize) -> Vec<String> {
    let [begin, middle, end] = syllables;
    let joined = |number: usize| {
        // Steps that have no factor in common with the number of all: each word comes once, and neighbours are unlike.
        let all = begin.len() * middle.len() * end.len();
        let number = number.checked_mul(7_919).and_then(|number| number.checked_rem(all)).unwrap_or(0);
        let part = |list: &[&'static str], number: usize| list.get(number.checked_rem(list.len()).unwrap_or(0)).copied().unwrap_or_default();
        let (a, rest) = (part(begin, number), number / begin.len().max(1));
        let (b, c) = (part(middle, rest), part(end, rest / middle.len().max(1)));
        capital(&format!("{a}{b}{c}"))
    };
    let all = begin.len() * middle.len() * end.len();
    let mut seen = HashSet::new();
    given.into_iter().chain((0..all).map(joined)).filter(|word| seen.insert(fold(word))).take(count).collect()
}

fn companies(fancy: &[String]) -> Vec<String> {
    let trades = [
        "Bau", "Technik", "Handel", "Medien", "Logistik", "Software", "Pflege", "Hotels", "Möbel", "Optik", "Feinkost", "Solar", "Druck", "Metall",
        "Holz",
    ];
    let forms = ["GmbH", "AG", "GmbH & Co. KG", "e. K.", "KG"];
    let places = [
        "",
        "Süd",
        "Nord",
        "am See",
        "Übersee",
        "Plus",
        "von 1887",
        "Österreich",
        "Zürich",
        "Rhein",
        "Elbe",
        "Spree",
        "International",
        "Gruppe",
        "Werke",
    ];
    let mut list = Vec::new();
    for place in places {
        for name in fancy {
            for trade in trades {
                let middle = if place.is_empty() { String::new() } else { format!("{place} ") };
                let form = forms.get(list.len() % forms.len()).copied().unwrap_or_default();
                list.push(format!("{name} {trade} {middle}{form}"));
            }
        }
    }
    list
}

/// The text with its first letter large and no other one after it that stands inside a word.
fn capital(text: &str) -> String {
    let mut after = ' ';
    let letter = |one: char| {
        let changed = if after == ' ' { upper(one) } else { one };
        after = one;
        changed
    };
    text.chars().map(letter).collect()
}

/// The large letter, where there is a single one: `ß` stays.
fn upper(one: char) -> char {
    let mut large = one.to_uppercase();
    match (large.next(), large.next()) {
        (Some(large), None) => large,
        _ => one,
    }
}

/// The text in large letters.
pub fn shouted(text: &str) -> String {
    text.chars().map(upper).collect()
}

/// The text as it is compared for equality and by `LIKE`. The world's words are composed (NFC) and hold none of the few letters whose small form is not their
/// simple case folding (`ẞ`, `ς`, `ſ`, `µ`, `İ`), so this is the folding of [`adressbote_rules::filter`].
pub fn fold(text: &str) -> String {
    let small = |one: char| {
        let mut small = one.to_lowercase();
        match (small.next(), small.next()) {
            (Some(small), None) => small,
            _ => one,
        }
    };
    text.chars().map(small).collect()
}
