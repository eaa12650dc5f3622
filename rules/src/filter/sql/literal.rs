//! Values as they are written.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use crate::filter::compare::midnight;
use crate::filter::tree::Literal;

/// A number: whole if it is written without point and exponent.
pub(super) fn number(written: &str, is_negative: bool) -> Result<Literal, &'static str> {
    let sign = if is_negative { "-" } else { "" };
    let digits = format!("{sign}{}", written.replace('_', ""));
    if digits.contains(['.', 'e', 'E']) {
        let real: f64 = digits.parse().map_err(|_| "this is no number")?;
        // `-0.0` is 0.
        return if real.is_finite() { Ok(Literal::Real(real + 0.0)) } else { Err("this number is too large") };
    }
    digits.parse().map(Literal::Int).map_err(|_| "this number is too large; whole numbers have 64 bits")
}

/// A day written `2026-01-31`.
pub(super) fn day(written: &str) -> Option<NaiveDate> {
    let is_shaped = written.len() == 10
        && written.bytes().enumerate().all(|(place, byte)| if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    NaiveDate::parse_from_str(written, "%Y-%m-%d").ok().filter(|_| is_shaped)
}

/// An instant written as a day (its beginning in UTC) or as ISO 8601 with `T` or a space, with or without an offset (UTC).
pub(super) fn moment(written: &str) -> Option<DateTime<Utc>> {
    if let Some(day) = day(written) {
        return Some(midnight(day));
    }
    day(written.get(..10)?)?;
    let with_offset = || DateTime::parse_from_rfc3339(written).ok().map(|moment| moment.to_utc());
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let without = || formats.iter().find_map(|format| NaiveDateTime::parse_from_str(written, format).ok()).map(|moment| moment.and_utc());
    // An offset may move the first or last day out of the years that are written with four digits.
    with_offset().or_else(without).filter(|moment| (0..=9999).contains(&moment.year()))
}
