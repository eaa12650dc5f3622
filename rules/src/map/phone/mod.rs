//! Phone numbers in E.164, so that phones know who is calling.
//!
//! The field holds the bare E.164 number and nothing else: phones compare it with the caller's number, and what follows a number (`ext. 12`) makes some
//! of them miss. A German or Austrian `Durchwahl` is part of the number and is kept as such; an extension that an exchange asks for is left out and
//! reported. What is no number as anybody could dial it from abroad keeps its text. A number is never guessed: a local number without its area
//! code stays text, because E.164 would make it somebody else's.

use std::sync::LazyLock;

use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use phonenumber::{PhoneNumber, Type};

mod written;

use written::{Tail, Written};

/// Digits of an E.164 number, at most.
const MAX_DIGITS: usize = 15;

/// Digits of a whole national number, at least, before anything behind it is taken for a second ending (`07531 1234-11/12`).
const WHOLE_DIGITS: usize = 7;

/// Countries that write a trunk zero but have no local numbers, so that a number without the zero is not another one.
const CLOSED_PLANS: [Id; 6] = [Id::BE, Id::CH, Id::FR, Id::LI, Id::MC, Id::XK];

/// Italy, San Marino and the Vatican dial the zero from abroad too.
const KEEPS_ZERO: &str = "39";

/// Where a number written without a country belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// To this country.
    Country(Id),
    /// The contact's country is named, but nobody knows it: such a number cannot be told.
    Unknown,
}

/// What a text is as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// A number.
    Number {
        /// In E.164.
        e164: String,
        /// Whether an extension, a second ending or a remark with digits was left out.
        left_out: bool,
    },
    /// No number that could be dialled from abroad.
    Text,
}

/// The numbers written in a text; people write several into one field.
pub(super) fn read(text: &str, home: Home) -> Vec<Reading> {
    let plain = written::plain(text);
    let pieces = written::pieces(&plain);
    let readings: Vec<Reading> = pieces.iter().map(|piece| read_one(piece, home)).collect();
    // Several pieces are several numbers only if each is one; otherwise the text is kept whole.
    if readings.contains(&Reading::Text) { vec![read_one(&plain, home)] } else { readings }
}

fn read_one(text: &str, home: Home) -> Reading {
    let Some(Written { main, tail }) = written::parse(text) else { return Reading::Text };
    let number = |found: Option<String>, left_out: bool| found.map_or(Reading::Text, |e164| Reading::Number { e164, left_out });
    let whole = |main: &str| whole_number(main, home);
    match tail {
        Tail::None => match whole(main) {
            Some((e164, left_out)) => number(Some(e164), left_out),
            None => Reading::Text,
        },
        Tail::Ddi(ddi) => {
            let stem = main.trim_end().strip_suffix("-0").unwrap_or(main);
            match dialled(&format!("{stem}{ddi}"), home) {
                Some(with_ddi) => number(Some(with_ddi.e164), false),
                None => number(dialled(main, home).map(|number| number.e164), true),
            }
        }
        Tail::Extension => number(whole(main).map(|(e164, _)| e164), true),
        Tail::Remark => match whole(main) {
            Some((e164, left_out)) => number(Some(e164), left_out),
            None => number(written::keyed(text).and_then(|keyed| dialled(&keyed, home)).map(|number| number.e164), false),
        },
        Tail::RemarkWithDigits => match dialled(main, home).filter(|number| number.national_digits >= WHOLE_DIGITS) {
            Some(found) => number(Some(found.e164), true),
            None => number(written::keyed(text).and_then(|keyed| dialled(&keyed, home)).map(|number| number.e164), false),
        },
        Tail::Other => Reading::Text,
    }
}

struct Dialled {
    e164: String,
    national_digits: usize,
    number: PhoneNumber,
}

/// The number, or what stands before the last slash if that is a whole number already; `true` if something was left out.
fn whole_number(main: &str, home: Home) -> Option<(String, bool)> {
    let before_slash = main.rsplit_once('/').filter(|(_, after)| after.contains(|character: char| character.is_ascii_digit()));
    let first = before_slash.and_then(|(before, _)| dialled(before, home)).filter(|number| number.national_digits >= WHOLE_DIGITS);
    match first {
        Some(first) => Some((first.e164, true)),
        None => dialled(main, home).map(|number| (number.e164, false)),
    }
}

/// The number that `main` (digits, punctuation, perhaps a plus in front) dials.
fn dialled(main: &str, home: Home) -> Option<Dialled> {
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    let has_plus = main.contains('+');
    if has_plus || digits.starts_with("00") {
        let without_zeros = digits.trim_start_matches('0');
        // `+49 (0)89`: the zero in brackets is for calls within the country only.
        let digits = if without_zeros.starts_with(KEEPS_ZERO) {
            without_zeros.to_owned()
        } else {
            written::without_bracketed_zero(main).chars().filter(char::is_ascii_digit).collect::<String>().trim_start_matches('0').to_owned()
        };
        return international(&digits);
    }
    let Home::Country(country) = home else { return None };
    let meta = DATABASE.by_id(country.as_ref())?;
    let has_trunk_zero = meta.national_prefix() == Some("0");
    if !has_trunk_zero || digits.starts_with('0') || CLOSED_PLANS.contains(&country) {
        return number(Some(country), &digits);
    }
    // Without its zero a number could be a local one. A long one that begins with the country's own code has lost its plus; a mobile one its zero.
    let lost_plus = digits.strip_prefix(&meta.country_code().to_string()).filter(|_| digits.len() >= 11).and_then(|_| international(&digits));
    lost_plus.or_else(|| {
        let dialled = number(Some(country), &digits).filter(|dialled| dialled.national_digits >= 9)?;
        (dialled.number.number_type(&DATABASE) == Type::Mobile).then_some(dialled)
    })
}

/// `digits` begin with a calling code. The country must not be told to the library: it would strip that country's trunk zero from a foreign number.
fn international(digits: &str) -> Option<Dialled> {
    number(None, &format!("+{digits}"))
}

/// Hands digits to the library, which knows the numbering plans; only digits, for it would read letters as digits.
fn number(country: Option<Id>, digits: &str) -> Option<Dialled> {
    if digits.len() > MAX_DIGITS + 2 {
        return None;
    }
    LazyLock::force(&PATTERNS);
    let number: PhoneNumber = phonenumber::parse(country, digits).ok()?;
    let national = number.national().to_string();
    let e164 = format!("+{}{national}", number.code().value());
    let is_sound = e164.len() <= MAX_DIGITS + 1 && (is_common(&number, &national) || number.is_valid());
    is_sound.then_some(Dialled { e164, national_digits: national.len(), number })
}

/// Whether it is a fixed line or a mobile one in the only plan with its calling code: then it is valid. The library asks for all rarer kinds first, a
/// pattern each.
fn is_common(number: &PhoneNumber, national: &str) -> bool {
    let plans = DATABASE.by_code(&number.code().value()).unwrap_or_default();
    let [only] = plans.as_slice() else { return false };
    let kinds = only.descriptors();
    kinds.general().is_match(national) && [kinds.mobile(), kinds.fixed_line()].into_iter().flatten().any(|kind| kind.is_match(national))
}

/// The library keeps 100 compiled patterns, which a dozen countries exceed; compiling one anew costs more than a thousand numbers.
static PATTERNS: LazyLock<()> = LazyLock::new(|| {
    if let Ok(mut patterns) = DATABASE.cache().lock() {
        patterns.set_capacity(4096);
    }
});

#[cfg(test)]
mod tests;
