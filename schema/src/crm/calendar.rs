//! Days and instants as PostgreSQL keeps them and as it writes them.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// From 1970 to 2000, where PostgreSQL's time begins.
const MICROS_BEFORE: i64 = 10_957 * MICROS_PER_DAY;

/// The number of 2000-01-01 if 0001-01-01 is day one.
const FIRST_DAY: i32 = 730_120;

/// The number of 9999-12-31.
const LAST_FOUR_DIGITS: i32 = 3_652_059;

/// A day, counted from 2000-01-01; the extremes stand for infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(pub(super) i32);

/// An instant in microseconds from the beginning of 2000; the extremes stand for infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    pub(super) micros: i64,
    /// Whether it is written with an offset, which is that of UTC.
    pub(super) is_zoned: bool,
}

impl Day {
    /// The date, if it is one that is written with four digits and no word.
    pub(super) fn date(self) -> Option<NaiveDate> {
        let number = self.0.checked_add(FIRST_DAY)?;
        (1..=LAST_FOUR_DIGITS).contains(&number).then(|| NaiveDate::from_num_days_from_ce_opt(number)).flatten()
    }
}

impl Instant {
    /// The instant, if its day is one that is written with four digits and no word.
    pub(super) fn moment(self) -> Option<DateTime<Utc>> {
        Day(i32::try_from(self.micros.div_euclid(MICROS_PER_DAY)).ok()?).date()?;
        DateTime::from_timestamp_micros(self.micros.checked_add(MICROS_BEFORE)?)
    }
}

/// The year, month and day so many days after 2000-01-01, in the Gregorian calendar of all times; before the year 1 comes the year 0.
fn civil(days: i64) -> (i64, i64, i64) {
    // From here on years begin in March, so that the day that some lack is their last; 400 of them are 146,097 days.
    let days = days + 730_425;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

/// The date in figures, and the word behind it.
fn written(days: i64) -> (String, &'static str) {
    let (year, month, day) = civil(days);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    (format!("{year:04}-{month:02}-{day:02}"), era)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            i32::MAX => f.write_str("infinity"),
            i32::MIN => f.write_str("-infinity"),
            days => {
                let (date, era) = written(i64::from(days));
                write!(f, "{date}{era}")
            }
        }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.micros {
            i64::MAX => return f.write_str("infinity"),
            i64::MIN => return f.write_str("-infinity"),
            _ => {}
        }
        let (date, era) = written(self.micros.div_euclid(MICROS_PER_DAY));
        let micros = self.micros.rem_euclid(MICROS_PER_DAY);
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        write!(f, "{date} {:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)?;
        if fraction > 0 {
            f.write_str(format!(".{fraction:06}").trim_end_matches('0'))?;
        }
        f.write_str(if self.is_zoned { "+00" } else { "" })?;
        f.write_str(era)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_four_digits_is_a_date_and_shows_as_one() {
        let mut dates = 0;
        for number in
            (-800_000..3_000_000).step_by(37).chain([-FIRST_DAY, 1 - FIRST_DAY, LAST_FOUR_DIGITS - FIRST_DAY, LAST_FOUR_DIGITS + 1 - FIRST_DAY])
        {
            let day = Day(number);
            let text = day.to_string();
            assert_eq!(day.date().map(|date| date.to_string()), (text.len() == 10).then_some(text));
            dates += u32::from(day.date().is_some());
        }
        assert!(dates > 70_000, "{dates}");
    }

    #[test]
    fn an_instant_shows_as_the_moment_that_it_is() {
        for micros in [0, -1, 1, 86_399_999_999, -86_400_000_000, 832_000_000_120_000, -63_082_281_600_000_000] {
            let instant = Instant { micros, is_zoned: true };
            let moment = instant.moment().unwrap();
            assert_eq!(DateTime::parse_from_rfc3339(&format!("{instant}:00").replacen(' ', "T", 1)).unwrap(), moment, "{instant}");
        }
        for micros in [i64::MAX, i64::MIN, -63_082_281_600_000_001, 252_455_616_000_000_000] {
            assert_eq!(Instant { micros, is_zoned: false }.moment(), None, "{micros}");
        }
    }
}
