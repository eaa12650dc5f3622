//! What PostgreSQL and MariaDB or MySQL have in common: columns are read as text, and judged by the type that the database declares for them; from PostgreSQL
//! numbers, days and instants come as they are kept where they need no judgement.

use std::future::Future;
use std::io;
use std::time::Duration;

use futures::TryStreamExt;
use futures::stream::BoxStream;
use sqlx::{ColumnIndex, Decode, Error, Row, Type};

use super::Patience;
use super::calendar::{Day, Instant};
use super::row::emptied;
use super::session::Take;
use super::value::{Cell, LONGEST_TEXT};

/// What a server that keeps its own time limit may take longer before it counts as silent.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// How the text of a column is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Int,
    Real,
    /// A number with a fixed number of decimals.
    Decimal,
    Bool,
    /// Bytes that are no text; they are not read.
    Bytes,
    Text,
    /// It does not come as text.
    Kept(Kept),
}

/// How PostgreSQL keeps what does not come as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Int,
    Double,
    Bool,
    Day,
    Instant,
    ZonedInstant,
}

/// A column that a statement gives.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) shape: Shape,
    /// How it is asked for.
    pub(super) expression: String,
}

/// How some columns of a query are asked for.
pub(super) fn expressions(columns: &[Option<&Found>]) -> String {
    columns.iter().copied().flatten().map(|column| column.expression.as_str()).collect::<Vec<_>>().join(", ")
}

/// One character more than the longest text that is taken: whatever is cut off was too long already.
pub(super) const LONGEST_READ: usize = LONGEST_TEXT + 1;

/// Adds the cells of a row that was asked for by [`expressions`]; what was not asked for has no shape.
fn cells<'r, R>(row: &'r R, shapes: &[Option<Shape>], mut cells: Vec<Cell<'r>>) -> Result<Vec<Cell<'r>>, Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    let mut places = 0..;
    let mut one = |shape: &Option<Shape>| match (shape, shape.and_then(|_| places.next())) {
        (Some(shape), Some(place)) => row.try_get_unchecked(place).map(|text| cell(*shape, text)),
        (Some(_) | None, _) => Ok(Cell::Absent),
    };
    for shape in shapes {
        cells.push(one(shape)?);
    }
    Ok(cells)
}

/// Hands on the rows of a statement with such [`expressions`], as many as may be; gives how many there were.
pub(super) async fn hand_on<R>(
    mut rows: BoxStream<'_, Result<R, Error>>,
    columns: &[Option<&Found>],
    patience: Patience,
    take: &mut Take<'_>,
) -> Result<u64, Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    let shapes: Vec<Option<Shape>> = columns.iter().map(|column| column.map(|column| column.shape)).collect();
    within(patience.statement, async {
        let (mut count, mut room) = (0, Vec::with_capacity(shapes.len()));
        while let Some(row) = rows.try_next().await? {
            count += 1;
            if count <= patience.rows {
                let cells = cells(&row, &shapes, room)?;
                take(&cells);
                room = emptied(cells);
            }
        }
        Ok(count)
    })
    .await
}

/// What stands in a column.
pub(super) fn cell(shape: Shape, text: Option<&[u8]>) -> Cell<'_> {
    let Some(bytes) = text else { return Cell::Null };
    match shape {
        Shape::Bytes => return Cell::Blob,
        Shape::Text => return Cell::Text(bytes),
        // What has not the width of its type is no text either.
        Shape::Kept(kept) => return self::kept(kept, bytes).unwrap_or(Cell::Blob),
        Shape::Int | Shape::Real | Shape::Decimal | Shape::Bool => {}
    }
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let number = match shape {
        Shape::Bytes | Shape::Text | Shape::Kept(_) => None,
        Shape::Int => text.parse().ok().map(Cell::Int),
        Shape::Real => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Cell::Real),
        // Without a fraction it is the whole number that other databases would give.
        Shape::Decimal => text
            .split_once('.')
            .map_or(Some(text), |(whole, rest)| rest.bytes().all(|digit| digit == b'0').then_some(whole))
            .and_then(|whole| whole.parse().ok().map(Cell::Int)),
        Shape::Bool => match text {
            "true" | "1" => Some(Cell::Int(1)),
            "false" | "0" => Some(Cell::Int(0)),
            _ => None,
        },
    };
    number.unwrap_or(Cell::Text(bytes))
}

/// What PostgreSQL sent as it keeps it. A number that is none shows as its word, as it would in text.
fn kept(kept: Kept, bytes: &[u8]) -> Option<Cell<'static>> {
    let instant = |is_zoned| Some(Cell::Instant(Instant { micros: i64::from_be_bytes(bytes.try_into().ok()?), is_zoned }));
    match kept {
        Kept::Int => match *bytes {
            [a, b] => Some(Cell::Int(i16::from_be_bytes([a, b]).into())),
            [a, b, c, d] => Some(Cell::Int(i32::from_be_bytes([a, b, c, d]).into())),
            _ => bytes.try_into().ok().map(|bytes| Cell::Int(i64::from_be_bytes(bytes))),
        },
        Kept::Double => Some(match f64::from_be_bytes(bytes.try_into().ok()?) {
            number if number.is_nan() => Cell::Text(b"NaN"),
            f64::INFINITY => Cell::Text(b"Infinity"),
            f64::NEG_INFINITY => Cell::Text(b"-Infinity"),
            number => Cell::Real(number),
        }),
        Kept::Bool => bytes.first().map(|flag| Cell::Int(i64::from(*flag != 0))),
        Kept::Day => bytes.try_into().ok().map(|bytes| Cell::Day(Day(i32::from_be_bytes(bytes)))),
        Kept::Instant => instant(false),
        Kept::ZonedInstant => instant(true),
    }
}

/// Waits for a server, but not for ever: one that fell silent would otherwise hold the pass.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match tokio::time::timeout(limit.saturating_add(GRACE), work).await {
        Ok(done) => done,
        Err(_) => Err(Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the server fell silent"))),
    }
}

/// A server's message without the values that it repeats.
pub(super) fn without_values(message: &str) -> String {
    let end = message.find(['"', '\'', ':', '„', '«', '»']).unwrap_or(message.len());
    message.get(..end).unwrap_or_default().trim_end().to_owned()
}

/// The name in a message, without quotes and without the table or schema before it.
pub(super) fn last_part(name: &str) -> Option<String> {
    let name = name.rsplit('.').next().unwrap_or(name).trim_matches(['"', '\'', '`']);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_its_column_declares() {
        let is = |shape, text: &'static str, wanted: &str| assert_eq!(format!("{:?}", cell(shape, Some(text.as_bytes()))), wanted, "{text}");
        is(Shape::Int, "-42", "Int(-42)");
        is(Shape::Int, "18446744073709551615", "Text([49, 56, 52, 52, 54, 55, 52, 52, 48, 55, 51, 55, 48, 57, 53, 53, 49, 54, 49, 53])");
        is(Shape::Real, "12.5", "Real(12.5)");
        is(Shape::Real, "NaN", "Text([78, 97, 78])");
        is(Shape::Decimal, "12.00", "Int(12)");
        is(Shape::Decimal, "-3", "Int(-3)");
        is(Shape::Decimal, "0.5", "Text([48, 46, 53])");
        is(Shape::Bool, "true", "Int(1)");
        is(Shape::Text, "1", "Text([49])");
        is(Shape::Bytes, "", "Blob");
        assert!(matches!(cell(Shape::Bytes, None), Cell::Null));
    }

    #[test]
    fn a_message_loses_the_values_in_it() {
        assert_eq!(without_values("invalid input syntax for type integer: \"Müller\""), "invalid input syntax for type integer");
        assert_eq!(without_values("Truncated incorrect DOUBLE value: 'Müller'"), "Truncated incorrect DOUBLE value");
        assert_eq!(without_values("division by zero"), "division by zero");
    }
}
