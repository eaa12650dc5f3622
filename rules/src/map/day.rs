//! Birthdays: a day, written as noon UTC so that it is the same day from UTC−12 to UTC+11.

use chrono::{Datelike, NaiveDate};

/// The years a birthday is believed in. 1900 and before are what databases write for "none" (1 January 1900, 30 December 1899, 1753, 1601, 1).
const YEARS: std::ops::RangeInclusive<i32> = 1901..=2099;

/// What is wrong with a birthday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoDay {
    /// It does not begin with a day as ISO 8601 writes it.
    NotADate,
    /// It is a day on which nobody we know was born.
    Implausible,
}

/// The value for Graph. A time after the day is ignored: a day has no time zone.
pub(super) fn birthday(text: &str) -> Result<String, NoDay> {
    let (day, rest) = text.split_at_checked(10).ok_or(NoDay::NotADate)?;
    if !(rest.is_empty() || rest.starts_with(['T', ' '])) {
        return Err(NoDay::NotADate);
    }
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| NoDay::NotADate)?;
    if YEARS.contains(&day.year()) { Ok(day.format("%Y-%m-%dT12:00:00Z").to_string()) } else { Err(NoDay::Implausible) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_noon() {
        for (text, day) in [
            ("1974-07-22", Ok("1974-07-22T12:00:00Z")),
            ("1974-07-22T00:00:00Z", Ok("1974-07-22T12:00:00Z")),
            ("1974-07-22 23:59:59", Ok("1974-07-22T12:00:00Z")),
            ("2000-02-29", Ok("2000-02-29T12:00:00Z")),
            ("1999-02-29", Err(NoDay::NotADate)),
            ("22.07.1974", Err(NoDay::NotADate)),
            ("1974-07-223", Err(NoDay::NotADate)),
            ("1974-07", Err(NoDay::NotADate)),
            ("1974-0ü-22", Err(NoDay::NotADate)),
            ("1900-01-01", Err(NoDay::Implausible)),
            ("0001-01-01", Err(NoDay::Implausible)),
            ("9999-12-31", Err(NoDay::Implausible)),
        ] {
            assert_eq!(birthday(text), day.map(str::to_owned), "{text}");
        }
    }
}
