//! Countries as addresses name them, for numbers that are written without one.

use std::collections::HashMap;
use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizerBorrowed;
use phonenumber::country::Id;

static TABLE: &str = include_str!("countries.tsv");

static BY_NAME: LazyLock<HashMap<String, Id>> = LazyLock::new(|| {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next()?.parse::<Id>().ok().map(|id| (id, line)))
        .flat_map(|(id, line)| line.split('\t').map(move |name| (fold(name), id)))
        .collect()
});

/// Letters and digits only, without case, umlauts spelled out: `OESTERREICH` and `Österreich` are one.
fn fold(name: &str) -> String {
    let name = ComposingNormalizerBorrowed::new_nfc().normalize(name);
    let mut folded = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            other if other.is_alphanumeric() => folded.push(other),
            _ => {}
        }
    }
    folded
}

/// The country with this ISO code (two or three letters), vehicle code, or name; none if it is unknown or has no numbers of its own.
pub(super) fn named(text: &str) -> Option<Id> {
    BY_NAME.get(fold(text).as_str()).copied()
}

/// The country with this ISO code of two capital letters.
pub(super) fn of_code(code: &str) -> Option<Id> {
    let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    code.parse().ok().filter(|_| is_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        for (id, names) in [
            (Id::DE, vec!["DE", "de", "DEU", "D", "Deutschland", "DEUTSCHLAND", " Germany ", "Bundesrepublik Deutschland", "BRD"]),
            (Id::AT, vec!["AT", "A", "Österreich", "OESTERREICH", "O\u{308}sterreich", "Austria"]),
            (Id::CH, vec!["CH", "Schweiz", "Suisse", "Svizzera", "Svizra", "Switzerland"]),
            (Id::LI, vec!["LI", "FL", "Liechtenstein"]),
            (Id::GB, vec!["GB", "UK", "U.K.", "Großbritannien", "Grossbritannien", "United Kingdom", "England"]),
            (Id::US, vec!["US", "USA", "U.S.A.", "Vereinigte Staaten", "United States of America"]),
            (Id::CZ, vec!["Tschechien", "Česko", "Czech Republic", "Tschechische Republik"]),
            (Id::NL, vec!["Niederlande", "Nederland", "Holland"]),
            (Id::DK, vec!["Dänemark", "Daenemark", "Danmark", "Denmark"]),
            (Id::GR, vec!["Griechenland", "Ελλάδα"]),
        ] {
            for name in names {
                assert_eq!(named(name), Some(id), "{name}");
            }
        }
        for unknown in ["", "-", "Atlantis", "XX", "Bayern"] {
            assert_eq!(named(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut owners = HashMap::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let code = line.split('\t').next().unwrap();
            assert_eq!(code.len(), 2, "{line}");
            for name in line.split('\t') {
                assert_eq!(*owners.entry(fold(name)).or_insert(code), code, "{name}");
            }
        }
        assert!(owners.len() > 700);
    }

    #[test]
    fn codes_are_strict() {
        assert_eq!(of_code("DE"), Some(Id::DE));
        for no_code in ["de", "DEU", "D", "Deutschland", "XX", ""] {
            assert_eq!(of_code(no_code), None, "{no_code}");
        }
    }
}
