//! Reading in bulk: `COPY (…) TO STDOUT (FORMAT BINARY)` gives rows for less work than a query does, to the server and to us.
//!
//! PostgreSQL's manual describes what comes under «COPY», «Binary Format» (<https://www.postgresql.org/docs/current/sql-copy.html>): a header, the rows, a
//! trailer, all numbers with their highest byte first. By «Message Formats», «CopyData» (<https://www.postgresql.org/docs/current/protocol-message-formats.html>),
//! no row is torn between two messages.

use std::ops::Deref;

use futures::TryStreamExt;
use futures::stream::BoxStream;
use sqlx::{AssertSqlSafe, Error, Executor};

use super::{Session, reading, within};
use crate::crm::Patience;
use crate::crm::row::emptied;
use crate::crm::server::{Found, Shape, cell};
use crate::crm::session::{Ask, Take};
use crate::crm::value::Cell;

/// What the stream begins with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

impl Session {
    /// Reads all rows of a query; gives how many there were, one more than may be at most.
    pub(super) async fn copy(&mut self, ask: &Ask<'_>, columns: &[Option<&Found>], take: &mut Take<'_>) -> Result<u64, Error> {
        // Where COPY is refused before it begins, the driver falls out of step with the server. What could be refused is refused to a plain statement first.
        let nothing = AssertSqlSafe(reading(ask.query, columns, 0));
        within(self.patience.statement, self.connection.execute(nothing)).await?;
        let copy = format!("COPY (\n{}\n) TO STDOUT (FORMAT BINARY)", reading(ask.query, columns, ask.most.saturating_add(1)));
        let messages =
            within(self.patience.statement, self.connection.copy_out_raw(&copy)).await.map_err(|error| Error::Io(std::io::Error::other(error)))?;
        within(self.patience.statement, rows(messages, columns, Patience { rows: ask.most, ..self.patience }, take)).await
    }
}

/// Hands on the rows that come, as many as may be; gives how many there were.
async fn rows<B: Deref<Target = [u8]>>(
    mut messages: BoxStream<'_, Result<B, Error>>,
    columns: &[Option<&Found>],
    patience: Patience,
    take: &mut Take<'_>,
) -> Result<u64, Error> {
    let shapes: Vec<Option<Shape>> = columns.iter().map(|column| column.map(|column| column.shape)).collect();
    let width = shapes.iter().flatten().count();
    let (mut stage, mut count, mut room) = (Stage::Header, 0, Vec::with_capacity(shapes.len()));
    while let Some(message) = messages.try_next().await? {
        let mut rest = &*message;
        while stage.has_row(&mut rest, width)? {
            let mut cells = room;
            for shape in &shapes {
                cells.push(match shape {
                    Some(shape) => cell(*shape, field(&mut rest)?),
                    None => Cell::Absent,
                });
            }
            count += 1;
            if count <= patience.rows {
                take(&cells);
            }
            room = emptied(cells);
        }
    }
    if stage == Stage::End { Ok(count) } else { Err(malformed()) }
}

/// How far the stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Header,
    Rows,
    End,
}

impl Stage {
    /// Whether another row follows in a message; what stands before its fields is taken.
    fn has_row(&mut self, rest: &mut &[u8], width: usize) -> Result<bool, Error> {
        if *self == Self::Header {
            let after = rest.strip_prefix(SIGNATURE).ok_or_else(malformed)?;
            // Of the flags, the upper half may not be passed over by who does not know them; what the header holds behind its length may.
            let Some(([0, 0, _, _, length @ ..], after)) = after.split_first_chunk::<8>() else { return Err(malformed()) };
            *rest = usize::try_from(u32::from_be_bytes(*length)).ok().and_then(|length| after.get(length..)).ok_or_else(malformed)?;
            *self = Self::Rows;
        }
        if rest.is_empty() {
            return Ok(false);
        }
        let (fields, after) = rest.split_first_chunk().ok_or_else(malformed)?;
        *rest = after;
        match i16::from_be_bytes(*fields) {
            -1 if after.is_empty() && *self == Self::Rows => {
                *self = Self::End;
                Ok(false)
            }
            fields if usize::try_from(fields) == Ok(width) && *self == Self::Rows => Ok(true),
            _ => Err(malformed()),
        }
    }
}

/// The next field of a row; none for NULL.
fn field<'m>(rest: &mut &'m [u8]) -> Result<Option<&'m [u8]>, Error> {
    let (length, after) = rest.split_first_chunk().ok_or_else(malformed)?;
    let (field, after) = match i32::from_be_bytes(*length) {
        -1 => (None, after),
        length => {
            let (field, after) = usize::try_from(length).ok().and_then(|length| after.split_at_checked(length)).ok_or_else(malformed)?;
            (Some(field), after)
        }
    };
    *rest = after;
    Ok(field)
}

fn malformed() -> Error {
    Error::Protocol("the server's binary copy is not as it should be".to_owned())
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, stream};

    use super::*;
    use crate::crm::server::Kept;

    fn column(shape: Shape) -> Found {
        Found { name: "a".to_owned(), shape, expression: "a".to_owned() }
    }

    /// What is read of some messages: a number and a text, with a column between that was not asked for.
    async fn read(messages: &[Vec<u8>], rows: u64) -> Result<(u64, Vec<String>), Error> {
        let (number, text) = (column(Shape::Kept(Kept::Int)), column(Shape::Text));
        let mut found = Vec::new();
        let mut take = |cells: &[Cell<'_>]| found.push(format!("{cells:?}"));
        let messages = stream::iter(messages.iter().cloned().map(Ok)).boxed();
        let count = super::rows(messages, &[Some(&number), None, Some(&text)], Patience { rows, ..Patience::default() }, &mut take).await?;
        Ok((count, found))
    }

    fn row(number: i32, text: Option<&str>) -> Vec<u8> {
        let text = text.map_or((-1_i32).to_be_bytes().to_vec(), |text| [&(text.len() as i32).to_be_bytes(), text.as_bytes()].concat());
        [&2_i16.to_be_bytes()[..], &4_i32.to_be_bytes(), &number.to_be_bytes(), &text].concat()
    }

    fn header(flags: u32, extension: &[u8]) -> Vec<u8> {
        [SIGNATURE, &flags.to_be_bytes(), &(extension.len() as u32).to_be_bytes(), extension].concat()
    }

    const END: [u8; 2] = [0xff; 2];

    #[tokio::test]
    async fn rows_are_read_however_they_are_joined_to_messages() {
        let (one, two) = (row(7, Some("Ö")), row(-1, None));
        let wanted = vec!["[Int(7), Absent, Text([195, 150])]".to_owned(), "[Int(-1), Absent, Null]".to_owned()];
        for head in [header(0, b""), header(1, b"what is new")] {
            for messages in [
                vec![head.clone(), one.clone(), two.clone(), END.to_vec()],
                vec![[&head[..], &one].concat(), two.clone(), END.to_vec()],
                vec![[&head[..], &one, &two, &END].concat()],
            ] {
                assert_eq!(read(&messages, 9).await.unwrap(), (2, wanted.clone()));
            }
            assert_eq!(read(&[[&head[..], &END].concat()], 9).await.unwrap(), (0, Vec::new()));
        }
        assert_eq!(read(&[header(0, b""), one, two, END.to_vec()], 1).await.unwrap(), (2, wanted[..1].to_vec()), "what is too much is counted alone");
    }

    #[tokio::test]
    async fn what_is_cut_off_or_goes_on_behind_its_end_is_an_error() {
        let (head, one) = (header(0, b""), row(7, Some("Ö")));
        let whole = [&head[..], &one, &END].concat();
        for end in 0..whole.len() {
            assert!(read(&[whole[..end].to_vec()], 9).await.is_err(), "{end}");
        }
        let wide = [&3_i16.to_be_bytes()[..], &one[2..], &(-1_i32).to_be_bytes()].concat();
        for messages in [
            vec![head.clone(), END.to_vec(), one.clone()],
            vec![head.clone(), END.to_vec(), END.to_vec()],
            vec![head.clone(), [&END[..], &one].concat()],
            vec![head.clone(), wide, END.to_vec()],
            vec![head.clone(), row(7, None)[..6].to_vec(), END.to_vec()],
            vec![header(1 << 16, b""), one, END.to_vec()],
            vec![b"PGCOPY\n".to_vec(), END.to_vec()],
            vec![],
        ] {
            assert!(read(&messages, 9).await.is_err(), "{messages:?}");
        }
    }
}
