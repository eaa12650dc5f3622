//! Cells as bytes, for what is kept of a CRM from reading to reading: of each a mark, and behind it what it holds.

use crate::crm::calendar::{Day, Instant};
use crate::crm::value::Cell;

const ABSENT: u8 = 0;
const NULL: u8 = 1;
const INT: u8 = 2;
const REAL: u8 = 3;
const TEXT: u8 = 4;
const BLOB: u8 = 5;
const DAY: u8 = 6;
const INSTANT: u8 = 7;
const ZONED: u8 = 8;

/// Writes a cell behind some bytes. Two are the same if and only if their bytes are; numbers that are none are alike.
pub(super) fn write(bytes: &mut Vec<u8>, cell: &Cell<'_>) {
    let mut fixed = |mark: u8, value: &[u8]| {
        bytes.push(mark);
        bytes.extend_from_slice(value);
    };
    match cell {
        Cell::Absent => fixed(ABSENT, &[]),
        Cell::Null => fixed(NULL, &[]),
        Cell::Int(number) => fixed(INT, &number.to_le_bytes()),
        Cell::Real(number) => fixed(REAL, &if number.is_nan() { f64::NAN } else { *number }.to_le_bytes()),
        Cell::Text(text) => {
            bytes.push(TEXT);
            write_length(bytes, text.len());
            bytes.extend_from_slice(text);
        }
        Cell::Blob => fixed(BLOB, &[]),
        Cell::Day(day) => fixed(DAY, &day.0.to_le_bytes()),
        Cell::Instant(instant) => fixed(if instant.is_zoned { ZONED } else { INSTANT }, &instant.micros.to_le_bytes()),
    }
}

/// Takes the next cell from the front of bytes that [`write`] wrote; none at their end.
pub(super) fn read<'b>(bytes: &mut &'b [u8]) -> Option<Cell<'b>> {
    let (mark, rest) = bytes.split_first()?;
    *bytes = rest;
    match *mark {
        ABSENT => Some(Cell::Absent),
        NULL => Some(Cell::Null),
        INT => fixed(bytes).map(i64::from_le_bytes).map(Cell::Int),
        REAL => fixed(bytes).map(f64::from_le_bytes).map(Cell::Real),
        TEXT => {
            let length = read_length(bytes)?;
            let (text, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Some(Cell::Text(text))
        }
        BLOB => Some(Cell::Blob),
        DAY => fixed(bytes).map(i32::from_le_bytes).map(Day).map(Cell::Day),
        mark @ (INSTANT | ZONED) => {
            let micros = fixed(bytes).map(i64::from_le_bytes)?;
            Some(Cell::Instant(Instant { micros, is_zoned: mark == ZONED }))
        }
        _ => None,
    }
}

fn fixed<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*value)
}

/// Writes a length, seven bits in each byte, the lowest first: most are below 128.
pub(super) fn write_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

/// Takes a length from the front of bytes.
pub(super) fn read_length(bytes: &mut &[u8]) -> Option<usize> {
    let (mut length, mut shift) = (0, 0_u32);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(length);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_comes_back_as_it_was() {
        let long = [b'x'; 70_000];
        let numbers = [0, 1, -1, 127, 128, i64::MAX, i64::MIN].map(Cell::Int);
        let reals = [0.0, -0.0, 0.1, f64::MIN_POSITIVE, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(Cell::Real);
        let texts = [&b""[..], b"a", b"\0", b"M\xfcller", "Müller".as_bytes(), &long[..127], &long[..128], &long[..16_384], &long].map(Cell::Text);
        let days = [0, 1, -1, i32::MAX, i32::MIN].map(|day| Cell::Day(Day(day)));
        let instants = [0, -1, 1, i64::MAX, i64::MIN].into_iter().flat_map(|micros| [false, true].map(|is_zoned| Instant { micros, is_zoned }));
        let cells: Vec<Cell<'_>> = [Cell::Absent, Cell::Null, Cell::Blob]
            .into_iter()
            .chain(numbers)
            .chain(reals)
            .chain(texts)
            .chain(days)
            .chain(instants.map(Cell::Instant))
            .collect();
        let mut bytes = Vec::new();
        cells.iter().for_each(|cell| write(&mut bytes, cell));
        let mut rest = bytes.as_slice();
        for cell in &cells {
            let found = read(&mut rest).unwrap();
            match (cell, found) {
                (Cell::Real(before), Cell::Real(after)) => assert_eq!(before.to_bits(), after.to_bits()),
                _ => assert_eq!(format!("{cell:?}"), format!("{found:?}")),
            }
        }
        assert!(read(&mut rest).is_none() && rest.is_empty());
    }

    #[test]
    fn bytes_differ_where_cells_do_and_not_else() {
        let cells = [
            Cell::Absent,
            Cell::Null,
            Cell::Blob,
            Cell::Int(1),
            Cell::Real(1.0),
            Cell::Real(0.0),
            Cell::Real(-0.0),
            Cell::Text(b""),
            Cell::Text(b"1"),
            Cell::Day(Day(1)),
            Cell::Instant(Instant { micros: 1, is_zoned: false }),
            Cell::Instant(Instant { micros: 1, is_zoned: true }),
        ];
        let of = |cell: &Cell<'_>| {
            let mut bytes = Vec::new();
            write(&mut bytes, cell);
            bytes
        };
        let all: std::collections::BTreeSet<_> = cells.iter().map(of).collect();
        assert_eq!(all.len(), cells.len());
        assert_eq!(of(&Cell::Real(f64::NAN)), of(&Cell::Real(-f64::NAN)));
    }

    #[test]
    fn bytes_that_break_off_are_no_cell() {
        let mut bytes = Vec::new();
        write(&mut bytes, &Cell::Text(&[b'x'; 200]));
        for end in 0..bytes.len() {
            assert!(read(&mut &bytes[..end]).is_none(), "{end}");
        }
        assert!(read_length(&mut &[0xff; 20][..]).is_none());
    }
}
