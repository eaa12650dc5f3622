//! Text and order for the letters that random worlds use, from the rules of DIN 5007 and of Unicode's collation, by hand.

use std::cmp::Ordering;

use adressbote_rules::value::Value;

/// The text with umlauts in one character.
fn composed(text: &str) -> String {
    [("a\u{308}", "ä"), ("o\u{308}", "ö"), ("u\u{308}", "ü"), ("A\u{308}", "Ä"), ("O\u{308}", "Ö"), ("U\u{308}", "Ü")]
        .iter()
        .fold(text.to_owned(), |text, (two, one)| text.replace(two, one))
}

/// The text as it is compared for equality.
pub fn folded(text: &str) -> String {
    composed(text).to_lowercase()
}

/// The letters of a text with three weights each: the letter, the accent, the case.
fn weights(text: &str, is_phonebook: bool) -> Vec<(u32, u32, u32)> {
    let mut weights = Vec::new();
    for one in composed(text).chars() {
        let case = u32::from(one.is_uppercase());
        let letter = |base: char| 1_000 + u32::from(base);
        let lower = one.to_lowercase().next().unwrap();
        match (lower, is_phonebook) {
            ('ä' | 'ö' | 'ü', _) => {
                let base = match lower {
                    'ä' => 'a',
                    'ö' => 'o',
                    _ => 'u',
                };
                weights.push((letter(base), 0, case * 2));
                // As `ae` with an accent on its second letter, or as `a` with an accent of its own.
                weights.push(if is_phonebook { (letter('e'), 1, 0) } else { (0, 1, 0) });
            }
            ('ß', _) => weights.extend([(letter('s'), 0, 1), (letter('s'), 0, 1)]),
            (other, _) if other.is_alphabetic() => weights.push((letter(other), 0, case * 2)),
            (other, _) => {
                // White space, punctuation, symbols, digits, letters.
                let place = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789".find(other).unwrap();
                weights.push((1 + u32::try_from(place).unwrap(), 0, 0));
            }
        }
    }
    weights
}

/// The order of two texts in a locale: letters, then accents, then case, then bytes.
pub fn ordered(left: &str, right: &str, locale: &str) -> Ordering {
    let is_phonebook = locale == "de-u-co-phonebk";
    let (one, other) = (weights(left, is_phonebook), weights(right, is_phonebook));
    let letters = |weights: &[(u32, u32, u32)]| weights.iter().map(|weight| weight.0).filter(|letter| *letter > 0).collect::<Vec<_>>();
    let accents = |weights: &[(u32, u32, u32)]| weights.iter().map(|weight| weight.1).collect::<Vec<_>>();
    let cases = |weights: &[(u32, u32, u32)]| weights.iter().map(|weight| weight.2).collect::<Vec<_>>();
    let by_letters = letters(&one).cmp(&letters(&other));
    let by_accents = accents(&one).cmp(&accents(&other));
    by_letters.then(by_accents).then(cases(&one).cmp(&cases(&other))).then(left.cmp(right))
}

/// The order of two values of one kind, nulls last either way.
pub fn nulls_last(left: &Value, right: &Value, is_descending: bool, text: &dyn Fn(&str, &str) -> Ordering) -> Ordering {
    let ordering = match (left, right) {
        (Value::Null, Value::Null) => return Ordering::Equal,
        (Value::Null, _) => return Ordering::Greater,
        (_, Value::Null) => return Ordering::Less,
        (Value::Text(left), Value::Text(right)) => text(left, right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Real(left), Value::Real(right)) => left.partial_cmp(right).unwrap(),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Moment(left), Value::Moment(right)) => left.cmp(right),
        (Value::List(left), Value::List(right)) => {
            let different = left.iter().zip(right).map(|(left, right)| nulls_last(left, right, false, text)).find(|ordering| ordering.is_ne());
            different.unwrap_or(left.len().cmp(&right.len()))
        }
        (left, right) => panic!("{left:?} and {right:?} are not of one kind"),
    };
    if is_descending { ordering.reverse() } else { ordering }
}
