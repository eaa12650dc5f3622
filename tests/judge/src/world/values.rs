//! The values that random records have: few, so that they meet, and awkward.

use adressbote_rules::value::{Kind, Value};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::seed::Draw;

/// Names, many alike up to case, umlauts and composition.
pub const NAMES: [&str; 18] = [
    "Arm",
    "arm",
    "Ärmel",
    "A\u{308}rmel",
    "Aermel",
    "Müller",
    "Mueller",
    "Muller",
    "müller",
    "Öhler",
    "Oehler",
    "Straße",
    "Strasse",
    "Zoe",
    "van Aal",
    "Vanaal",
    "it's",
    "Ü 50%",
];

/// Cities.
pub const CITIES: [&str; 8] = ["Ulm", "Köln", "Koeln", "Kiel", "ulm", "Zürich", "Zug", "Bern"];

/// Tags.
pub const TAGS: [&str; 3] = ["VIP", "Presse", "vip"];

/// The day and instant of every pass.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_352_000, 0).unwrap()
}

/// The day of every pass.
pub fn today() -> NaiveDate {
    now().date_naive()
}

/// A value of a field or column, NULL now and then.
pub fn of_field(draw: &mut Draw<'_>, kind: Kind, name: &str) -> Value {
    if draw.chance(9) {
        return Value::Null;
    }
    let text = |texts: &[&str], draw: &mut Draw<'_>| Value::text(draw.of(texts));
    match (kind, name) {
        (_, "tags") => Value::List((0..draw.below(3)).map(|_| text(&TAGS, draw)).collect()),
        (_, "name") => text(&NAMES, draw),
        (_, "city" | "region") => text(&CITIES, draw),
        (_, "owner") => text(&["u1", "u2", "u3", "u4", "U1"], draw),
        (_, "phones" | "mobile" | "number") => text(&["+49 30 23125 01", "+49 30 23125 02", "+43 1 5550100", "0664 1234567", "0800"], draw),
        (_, "kind") => text(&super::shape::PHONE_KINDS, draw),
        (_, "company" | "employer") => text(&["Öl AG", "Ost GmbH", "öl ag"], draw),
        (_, "country") => text(&["Österreich", "DE", "Atlantis"], draw),
        (_, "sector") => text(&["Bau", "Handel"], draw),
        (Kind::Text, _) => text(&["x", "X", "Aal", "50% Rabatt", ""], draw),
        (Kind::Int, _) => Value::Int(*draw.of(&[1, 0, 2, -3, 40])),
        (Kind::Real, _) => Value::Real(*draw.of(&[1.0, 0.5, -1.0, 2.25])),
        (Kind::Bool, _) => Value::Bool(!draw.chance(50)),
        (Kind::Date, _) => Value::Date(today() + TimeDelta::days(near(draw))),
        (Kind::Moment, _) => Value::Moment(now() + TimeDelta::hours(12 * near(draw))),
    }
}

/// A value that is not NULL.
pub fn plain(kind: Kind) -> Value {
    match kind {
        Kind::Text => Value::text("K"),
        Kind::Int => Value::Int(1),
        Kind::Real => Value::Real(1.0),
        Kind::Bool => Value::Bool(true),
        Kind::Date => Value::Date(today()),
        Kind::Moment => Value::Moment(now()),
    }
}

fn near(draw: &mut Draw<'_>) -> i64 {
    *draw.of(&[0, -1, 1, -2, 3, -4])
}
