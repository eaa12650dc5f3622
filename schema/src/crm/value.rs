//! From what a database holds to the kinds that a profile declares: only what means exactly one value is taken.

use std::fmt::{self, Write};

use adressbote_rules::index::Scalar;
use adressbote_rules::time::Period;
use adressbote_rules::value::{Kind, Value};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::calendar::{Day, Instant};
use super::html;
use crate::profile::Notation;

/// The longest text taken from a CRM. Longer ones are mistakes of its data: no contact holds a tenth of it.
pub(super) const LONGEST_TEXT: usize = 1 << 20;

/// Beyond this a number with a fraction no longer tells whole numbers apart.
const EXACT: i64 = 1 << 53;

/// One column of one row, as the database holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'r> {
    /// The relation does not give this column.
    Absent,
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text; not yet known to be UTF-8.
    Text(&'r [u8]),
    /// Bytes that are no text.
    Blob,
    /// A day of PostgreSQL's.
    Day(Day),
    /// An instant of PostgreSQL's.
    Instant(Instant),
}

/// Why a cell is no value of its kind. Says nothing of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Null,
    Blob,
    NotUtf8,
    NulByte,
    TooLong,
    TooMuchMarkup,
    Kind(&'static str),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("is NULL"),
            Self::Blob => f.write_str("holds bytes instead of text"),
            Self::NotUtf8 => f.write_str("is no valid UTF-8"),
            Self::NulByte => f.write_str("holds a NUL byte"),
            Self::TooMuchMarkup => f.write_str("is HTML with more markup than can be made text of"),
            Self::TooLong => write!(f, "is longer than {LONGEST_TEXT} bytes"),
            Self::Kind(wanted) => write!(f, "is no {wanted}"),
        }
    }
}

fn is_empty(cell: &Cell<'_>) -> bool {
    matches!(cell, Cell::Absent | Cell::Null)
}

/// The text of a cell; whole numbers give their decimal text, none for NULL.
pub(crate) fn text(cell: &Cell<'_>) -> Result<Option<String>, Unfit> {
    Ok(lent(cell, &mut String::new())?.map(str::to_owned))
}

/// As [`text`], lent by the cell, or by `room` where it is written first.
pub(crate) fn lent<'c>(cell: &Cell<'c>, room: &'c mut String) -> Result<Option<&'c str>, Unfit> {
    match cell {
        Cell::Absent | Cell::Null => Ok(None),
        Cell::Int(number) => write(room, number),
        Cell::Day(day) => write(room, day),
        Cell::Instant(instant) => write(room, instant),
        Cell::Real(_) => Err(Unfit::Kind("text")),
        Cell::Text(bytes) => plain(bytes).map(Some),
        Cell::Blob => Err(Unfit::Blob),
    }
}

fn write(room: &mut String, value: impl fmt::Display) -> Result<Option<&str>, Unfit> {
    room.clear();
    write!(room, "{value}").map_err(|_| Unfit::Kind("text"))?;
    Ok(Some(room))
}

fn plain(bytes: &[u8]) -> Result<&str, Unfit> {
    if bytes.len() > LONGEST_TEXT {
        return Err(Unfit::TooLong);
    }
    if bytes.contains(&0) {
        return Err(Unfit::NulByte);
    }
    std::str::from_utf8(bytes).map_err(|_| Unfit::NotUtf8)
}

/// The value of a declared column, lent by the cell, or by `room` where its text is written first.
pub(crate) fn noted<'c>(cell: &Cell<'c>, notation: Notation, zone: Tz, room: &'c mut String) -> Result<Scalar<'c>, Unfit> {
    match notation {
        Notation::Value(kind) => converted(cell, kind, zone, room),
        Notation::Html => {
            let Some(shown) = lent(cell, room)?.map(html::text).transpose()?.flatten() else { return Ok(Scalar::Null) };
            *room = shown;
            Ok(Scalar::Text(room))
        }
    }
}

/// The value of a cell in the kind declared; where an instant is meant, a day begins in the zone.
pub(crate) fn convert(cell: &Cell<'_>, kind: Kind, zone: Tz) -> Result<Value, Unfit> {
    converted(cell, kind, zone, &mut String::new()).map(Scalar::to_value)
}

/// As [`convert`], lent by the cell, or by `room` where a text is written first.
fn converted<'c>(cell: &Cell<'c>, kind: Kind, zone: Tz, room: &'c mut String) -> Result<Scalar<'c>, Unfit> {
    if is_empty(cell) {
        return Ok(Scalar::Null);
    }
    if matches!(cell, Cell::Blob) {
        return Err(Unfit::Blob);
    }
    match kind {
        Kind::Text => lent(cell, room).map(|text| text.map_or(Scalar::Null, Scalar::Text)),
        Kind::Int => whole(cell).map(Scalar::Int),
        Kind::Real => real(cell).map(Scalar::Real),
        Kind::Bool => flag(cell).map(Scalar::Bool),
        Kind::Date => date(cell).map(Scalar::Date),
        Kind::Moment => moment(cell, zone).map(Scalar::Moment),
    }
}

fn whole(cell: &Cell<'_>) -> Result<i64, Unfit> {
    const NONE: Unfit = Unfit::Kind("whole number");
    match cell {
        Cell::Int(number) => Ok(*number),
        // Whole and within ±2^53, so the cast is exact.
        Cell::Real(number) if number.fract() == 0.0 && number.abs() <= EXACT as f64 => Ok(*number as i64),
        Cell::Text(bytes) => plain(bytes)?.parse().map_err(|_| NONE),
        Cell::Real(_) | Cell::Day(_) | Cell::Instant(_) | Cell::Absent | Cell::Null | Cell::Blob => Err(NONE),
    }
}

fn real(cell: &Cell<'_>) -> Result<f64, Unfit> {
    const NONE: Unfit = Unfit::Kind("number");
    match cell {
        Cell::Int(number) if number.unsigned_abs() <= EXACT.unsigned_abs() => Ok(*number as f64),
        Cell::Real(number) if number.is_finite() => Ok(*number),
        Cell::Text(bytes) => {
            let text = plain(bytes)?;
            let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
            text.parse().ok().filter(|number: &f64| is_decimal && number.is_finite()).ok_or(NONE)
        }
        Cell::Int(_) | Cell::Real(_) | Cell::Day(_) | Cell::Instant(_) | Cell::Absent | Cell::Null | Cell::Blob => Err(NONE),
    }
}

/// True or false: 1 and 0, or the words.
pub(crate) fn flag(cell: &Cell<'_>) -> Result<bool, Unfit> {
    match cell {
        Cell::Int(1) => Ok(true),
        Cell::Int(0) => Ok(false),
        Cell::Text(b"true" | b"TRUE" | b"True" | b"1") => Ok(true),
        Cell::Text(b"false" | b"FALSE" | b"False" | b"0") => Ok(false),
        Cell::Absent | Cell::Null => Err(Unfit::Null),
        Cell::Int(_) | Cell::Real(_) | Cell::Text(_) | Cell::Day(_) | Cell::Instant(_) | Cell::Blob => {
            Err(Unfit::Kind("truth value (0, 1, true, false)"))
        }
    }
}

fn date(cell: &Cell<'_>) -> Result<NaiveDate, Unfit> {
    const NONE: Unfit = Unfit::Kind("date (YYYY-MM-DD)");
    match cell {
        Cell::Text(bytes) => day(plain(bytes)?).ok_or(NONE),
        Cell::Day(day) => day.date().ok_or(NONE),
        _ => Err(NONE),
    }
}

/// Exactly YYYY-MM-DD.
fn day(text: &str) -> Option<NaiveDate> {
    let &[y, e, a, r, b'-', m, o, b'-', d, n] = text.as_bytes() else { return None };
    NaiveDate::from_ymd_opt(i32::try_from(figures(&[y, e, a, r])?).ok()?, figures(&[m, o])?, figures(&[d, n])?)
}

/// The number that decimal figures make, nine at most.
fn figures(figures: &[u8]) -> Option<u32> {
    figures.iter().try_fold(0, |sum: u32, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

/// The first instant of a day in a time zone: midnight, or the first full hour that the clocks there do not skip.
pub fn first_instant(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let hours = (0..=24).filter_map(|hours| day.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::hours(hours)));
    hours.filter_map(|hour| hour.and_local_timezone(zone).earliest()).map(|begin| begin.to_utc()).next()
}

/// An instant in ISO 8601: a day alone is its first instant in the zone, a time without an offset is UTC.
pub(crate) fn moment(cell: &Cell<'_>, zone: Tz) -> Result<DateTime<Utc>, Unfit> {
    const NONE: Unfit = Unfit::Kind("instant (YYYY-MM-DDTHH:MM:SSZ)");
    let bytes = match cell {
        Cell::Text(bytes) => bytes,
        Cell::Day(day) => return day.date().and_then(|day| first_instant(day, zone)).ok_or(NONE),
        Cell::Instant(instant) => return instant.moment().ok_or(NONE),
        _ => return Err(NONE),
    };
    let text = plain(bytes)?;
    usual(text).or_else(|| unusual(text, zone)).ok_or(NONE)
}

/// An instant in UTC to the second or finer, as most are.
fn usual(text: &str) -> Option<DateTime<Utc>> {
    let (head, rest) = text.split_at_checked(19)?;
    let (date, time) = head.split_at_checked(10)?;
    let &[b'T' | b' ', h, o, b':', m, i, b':', s, e] = time.as_bytes() else { return None };
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(rest.bytes().take_while(u8::is_ascii_digit).count())?,
        None => ("0", rest),
    };
    let scale = 9_usize.checked_sub(fraction.len()).and_then(|places| 10_u32.checked_pow(u32::try_from(places).ok()?))?;
    let time = NaiveTime::from_hms_nano_opt(figures(&[h, o])?, figures(&[m, i])?, figures(&[s, e])?, figures(fraction.as_bytes())? * scale)?;
    (!fraction.is_empty() && ["", "Z", "+00", "+00:00"].contains(&offset)).then_some(day(date)?.and_time(time).and_utc())
}

/// An instant in any of the ways in which it may be written.
fn unusual(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let (head, rest) = text.split_at_checked(10)?;
    let day = day(head)?;
    if rest.is_empty() {
        return first_instant(day, zone);
    }
    let time = rest.strip_prefix(['T', ' '])?;
    let iso = format!("{head}T{time}");
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"].iter().find_map(|shape| NaiveDateTime::parse_from_str(&iso, shape).ok());
    local.map(|utc| utc.and_utc()).or_else(|| DateTime::parse_from_rfc3339(&with_minutes(iso)).map(|found| found.to_utc()).ok())
}

/// PostgreSQL writes an offset of whole hours without its minutes: `+00`.
fn with_minutes(iso: String) -> String {
    match iso.rsplit_once(['+', '-']) {
        Some((time, hours)) if time.contains(':') && hours.len() == 2 => iso + ":00",
        _ => iso,
    }
}

/// The period between two cells; NULL is without bound.
pub(crate) fn period(from: &Cell<'_>, until: &Cell<'_>, zone: Tz) -> Result<Period, (bool, Unfit)> {
    let bound = |cell: &Cell<'_>| if is_empty(cell) { Ok(None) } else { moment(cell, zone).map(Some) };
    Ok(Period { from: bound(from).map_err(|unfit| (true, unfit))?, until: bound(until).map_err(|unfit| (false, unfit))? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(cell: &Cell<'_>, kind: Kind) -> Result<Value, Unfit> {
        convert(cell, kind, Tz::Europe__Berlin)
    }

    fn taken(text: &str, kind: Kind) -> Result<Value, Unfit> {
        given(&Cell::Text(text.as_bytes()), kind)
    }

    #[test]
    fn dates_are_taken_only_when_they_are_some() {
        assert_eq!(taken("2024-02-29", Kind::Date), Ok(Value::Date(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap())));
        for none in ["2023-02-29", "0000-00-00", "29.02.2024", "2024-2-29", "+024-02-29", "2024-02-29 00:00:00", "", "2024-02-29\n"] {
            assert!(taken(none, Kind::Date).is_err(), "{none}");
        }
        assert!(given(&Cell::Int(20240229), Kind::Date).is_err());
    }

    #[test]
    fn instants_are_utc_unless_they_say_otherwise() {
        let noon = DateTime::from_timestamp(1_717_243_200, 0).unwrap();
        for same in [
            "2024-06-01T12:00:00Z",
            "2024-06-01 12:00:00",
            "2024-06-01T12:00",
            "2024-06-01T14:00:00+02:00",
            "2024-06-01 12:00:00.000",
            "2024-06-01 14:00:00+02",
        ] {
            assert_eq!(taken(same, Kind::Moment), Ok(Value::Moment(noon)), "{same}");
        }
        for none in [
            "now",
            "2024-06-01T25:00:00Z",
            "2024-06-01X12:00:00Z",
            "2024-06-01 12:00:00+1",
            "2024-06-01 12:00:00+xx",
            "infinity",
            "2024-06-31",
            "ü024-06-01",
            "2024-06-0ü",
        ] {
            assert!(taken(none, Kind::Moment).is_err(), "{none}");
        }
    }

    #[test]
    fn the_usual_instants_are_the_same_however_they_are_read() {
        let mut known = 0;
        for date in ["2024-02-29", "2023-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "2024-13-01", "+024-01-01"] {
            for time in ["T00:00:00", " 23:59:59", "T24:00:00", " 12:60:00", "T12:00:60", "t12:00:00", " 1:00:000", "T12:00:0x", "T12:00"] {
                for fraction in ["", ".", ".1", ".000001", ".123456789", ".1234567891", ".12345678912345", ".1x", ",5"] {
                    for offset in ["", "Z", "z", "+00", "+00:00", "-00", "+01", "+0000", " ", "Z "] {
                        let text = format!("{date}{time}{fraction}{offset}");
                        let (quick, slow) = (usual(&text), unusual(&text, Tz::Europe__Berlin));
                        known += u32::from(quick.is_some());
                        assert!(quick.is_none() || quick == slow, "{text}: {quick:?}, {slow:?}");
                    }
                }
            }
        }
        assert!(known > 100, "{known}");
    }

    #[test]
    fn a_day_begins_where_the_company_is() {
        let begins = |day: &str, zone: Tz| {
            let period = period(&Cell::Text(day.as_bytes()), &Cell::Null, zone).unwrap();
            period.from.unwrap().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        };
        assert_eq!(begins("2024-06-01", Tz::Europe__Berlin), "2024-05-31T22:00:00Z");
        assert_eq!(begins("2024-01-01", Tz::Europe__Berlin), "2023-12-31T23:00:00Z");
        assert_eq!(begins("2024-01-01", Tz::UTC), "2024-01-01T00:00:00Z");
        assert_eq!(begins("2018-11-04", Tz::America__Sao_Paulo), "2018-11-04T03:00:00Z", "there it began at one o'clock");
        assert_eq!(begins("2011-12-30", Tz::Pacific__Apia), "2011-12-30T10:00:00Z", "there it was left out");
        assert_eq!(taken("2024-06-01", Kind::Moment), taken("2024-06-01T00:00:00+02:00", Kind::Moment));
    }

    #[test]
    fn numbers_keep_their_value_or_are_refused() {
        assert_eq!(given(&Cell::Real(3.0), Kind::Int), Ok(Value::Int(3)));
        assert_eq!(taken("42", Kind::Int), Ok(Value::Int(42)));
        assert_eq!(taken("12.50", Kind::Real), Ok(Value::Real(12.5)));
        assert!(given(&Cell::Real(3.5), Kind::Int).is_err());
        assert!(given(&Cell::Real(1e300), Kind::Int).is_err());
        assert!(given(&Cell::Int(i64::MAX), Kind::Real).is_err());
        for none in ["9223372036854775808", "1 000", "0x10", ""] {
            assert!(taken(none, Kind::Int).is_err(), "{none}");
        }
        for none in ["inf", "NaN", "1,5", "1e999", "infinity"] {
            assert!(taken(none, Kind::Real).is_err(), "{none}");
        }
    }

    #[test]
    fn text_with_a_nul_byte_or_broken_utf8_is_refused() {
        assert_eq!(given(&Cell::Text(b"a\0b"), Kind::Text), Err(Unfit::NulByte));
        assert_eq!(given(&Cell::Text(b"M\xfcller"), Kind::Text), Err(Unfit::NotUtf8));
        assert_eq!(given(&Cell::Int(10_115), Kind::Text), Ok(Value::text("10115")));
        assert_eq!(given(&Cell::Blob, Kind::Text), Err(Unfit::Blob));
        assert!(given(&Cell::Real(1.5), Kind::Text).is_err());
    }

    #[test]
    fn truth_is_zero_one_or_a_word() {
        assert_eq!(given(&Cell::Int(1), Kind::Bool), Ok(Value::Bool(true)));
        assert_eq!(taken("false", Kind::Bool), Ok(Value::Bool(false)));
        assert!(given(&Cell::Int(2), Kind::Bool).is_err());
        assert!(taken("ja", Kind::Bool).is_err());
        assert_eq!(flag(&Cell::Null), Err(Unfit::Null));
    }
}
