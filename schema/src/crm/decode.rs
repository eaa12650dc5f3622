//! What each relation's rows mean, in the order of the columns that [`crate::profile::Profile`] expects.

use std::collections::BTreeMap;
use std::sync::Arc;

use adressbote_rules::crm::{
    Answer, BarRow, DeputyRow, ErasedRow, ExemptRow, FieldRightRow, GroupRow, HoldRow, ImplyRow, PartRow, RecordRow, RightRow, SeatRow,
    SubscriptionRow, UserRow,
};
use adressbote_rules::index::Scalar;
use adressbote_rules::key::{GroupKey, PartKey, Principal, RecordKey, Source, UserKey};
use adressbote_rules::time::Period;
use adressbote_rules::value::{Kind, Value};

use super::repeated::{Repeated, Texts};
use super::row::{Bad, Room, Row, emptied, keyed};
use crate::profile::Notation;

/// A user; a row that cannot be read but for its key is a doubt about that user alone.
pub(super) fn user(row: &Row<'_>, columns: &BTreeMap<String, Kind>) -> Result<UserRow, Bad> {
    let of: Arc<str> = Arc::from(row.key(0)?);
    let mut attributes = BTreeMap::new();
    for (place, (name, kind)) in (5..).zip(columns) {
        attributes.insert(name.clone(), keyed(&of, row.value(place, *kind))?);
    }
    Ok(UserRow {
        key: UserKey::new(&of),
        login: keyed(&of, row.required(1))?,
        mail: keyed(&of, row.text(2))?.filter(|mail| !mail.trim().is_empty()),
        is_active: keyed(&of, row.flag(3))?,
        // A profile without the column has no guests.
        is_internal: if row.is_absent(4) { true } else { keyed(&of, row.flag(4))? },
        attributes,
    })
}

pub(super) fn group(row: &Row<'_>) -> Result<GroupRow, Bad> {
    Ok(GroupRow { key: GroupKey::new(row.key(0)?), name: row.required(1)? })
}

pub(super) fn hold(row: &Row<'_>) -> Result<HoldRow, Bad> {
    let of: Arc<str> = Arc::from(row.key(0)?);
    Ok(HoldRow { user: UserKey::new(&of), principal: Principal::new(keyed(&of, row.key(1))?), during: keyed(&of, row.period(2))? })
}

pub(super) fn imply(row: &Row<'_>) -> Result<ImplyRow, Bad> {
    Ok(ImplyRow { principal: Principal::new(row.key(0)?), implied: Principal::new(row.key(1)?), during: row.period(2)? })
}

pub(super) fn deputy(row: &Row<'_>) -> Result<DeputyRow, Bad> {
    let of: Arc<str> = Arc::from(row.key(0)?);
    Ok(DeputyRow { user: UserKey::new(&of), stands_for: UserKey::new(keyed(&of, row.key(1))?), during: keyed(&of, row.period(2))? })
}

/// A main row, lent. Who gives the room of its values back to [`Room::scalars`] spares the next row to ask for some.
#[derive(Debug)]
pub(super) struct Main<'l> {
    pub(super) record: &'l str,
    pub(super) values: Vec<Scalar<'l>>,
}

/// A row of another part, lent.
#[derive(Debug)]
pub(super) struct Attached<'l> {
    pub(super) record: &'l str,
    pub(super) part: &'l str,
    pub(super) values: Vec<Scalar<'l>>,
}

/// A principal that stands beside the key of a record or part row, lent.
#[derive(Debug)]
pub(super) struct Beside<'l> {
    pub(super) of: &'l str,
    pub(super) principal: &'l str,
    pub(super) during: Period,
}

/// A subscription, lent.
#[derive(Debug)]
pub(super) struct Subscribed<'l> {
    pub(super) record: &'l str,
    pub(super) principal: &'l str,
    pub(super) book: Option<&'l str>,
    by: &'l str,
    pub(super) during: Period,
}

pub(super) fn lent_record<'l>(row: &Row<'l>, notations: &[Notation], room: &'l mut Room) -> Result<Main<'l>, Bad> {
    let Room { keys: [record, ..], values, scalars } = room;
    let record = row.key_in(0, record)?;
    Ok(Main { record, values: keyed(record, row.values(1, notations, values, std::mem::take(scalars)))? })
}

pub(super) fn record(row: &Row<'_>, notations: &[Notation], repeated: &mut Repeated) -> Result<RecordRow, Bad> {
    let Main { record, values } = lent_record(row, notations, &mut repeated.room)?;
    let row = RecordRow { key: RecordKey::new(record), values: owned(&values, &mut repeated.values) };
    repeated.room.scalars = emptied(values);
    Ok(row)
}

pub(super) fn lent_part<'l>(row: &Row<'l>, notations: &[Notation], room: &'l mut Room) -> Result<Attached<'l>, Bad> {
    let Room { keys: [record, part, ..], values, scalars } = room;
    let record = row.key_in(0, record)?;
    let part = keyed(record, row.key_in(1, part))?;
    Ok(Attached { record, part, values: keyed(record, row.values(2, notations, values, std::mem::take(scalars)))? })
}

pub(super) fn part(row: &Row<'_>, notations: &[Notation], repeated: &mut Repeated) -> Result<PartRow, Bad> {
    let mut room = std::mem::take(&mut repeated.room);
    let Attached { record, part, values } = lent_part(row, notations, &mut room)?;
    let record = RecordKey::of_shared(repeated.of(record));
    let row = PartRow { record, key: PartKey::new(part), values: owned(&values, &mut repeated.values) };
    room.scalars = emptied(values);
    repeated.room = room;
    Ok(row)
}

/// A right or a bar.
pub(super) fn lent_beside<'l>(row: &Row<'l>, room: &'l mut Room) -> Result<Beside<'l>, Bad> {
    let [of, principal, ..] = &mut room.keys;
    let of = row.key_in(0, of)?;
    Ok(Beside { of, principal: keyed(of, row.key_in(1, principal))?, during: keyed(of, row.period(2))? })
}

pub(super) fn right(row: &Row<'_>, repeated: &mut Repeated) -> Result<RightRow, Bad> {
    let (of, principal, during) = beside(row, repeated)?;
    Ok(RightRow { of, principal, during })
}

pub(super) fn exempt(row: &Row<'_>) -> Result<ExemptRow, Bad> {
    Ok(ExemptRow { principal: Principal::new(row.key(0)?), during: row.period(1)? })
}

pub(super) fn bar(row: &Row<'_>, repeated: &mut Repeated) -> Result<BarRow, Bad> {
    let (of, principal, during) = beside(row, repeated)?;
    Ok(BarRow { record: RecordKey::of_shared(of), principal, during })
}

fn beside(row: &Row<'_>, repeated: &mut Repeated) -> Result<(Arc<str>, Principal, Period), Bad> {
    let mut room = std::mem::take(&mut repeated.room);
    let Beside { of, principal, during } = lent_beside(row, &mut room)?;
    let beside = (repeated.of(of), Principal::of_shared(repeated.principals.one(principal)), during);
    repeated.room = room;
    Ok(beside)
}

/// A field right; one that cannot be read concerns its record alone, or every record where it names none.
pub(super) fn field_right(row: &Row<'_>) -> Result<FieldRightRow, Bad> {
    let of: Option<Arc<str>> = row.key_or_null(3)?.map(Arc::from);
    let rest = || {
        let answer = row.word(2, &[("grant", Answer::Grant), ("deny", Answer::Deny)])?;
        Ok((Principal::new(row.key(0)?), Source::new(row.key(1)?), answer, row.period(4)?))
    };
    let (principal, source, answer, during) = rest().map_err(|bad: Bad| Bad { of: of.clone(), ..bad })?;
    Ok(FieldRightRow { principal, source, answer, record: of.map(|of| RecordKey::new(&of)), during })
}

pub(super) fn seat(row: &Row<'_>) -> Result<SeatRow, Bad> {
    let of: Arc<str> = Arc::from(row.key(0)?);
    Ok(SeatRow { user: UserKey::new(&of), during: keyed(&of, row.period(1))? })
}

pub(super) fn lent_subscription<'l>(row: &Row<'l>, room: &'l mut Room) -> Result<Subscribed<'l>, Bad> {
    let [record, principal, by, book] = &mut room.keys;
    let record = row.key_in(0, record)?;
    let principal = keyed(record, row.key_in(1, principal))?;
    let by = keyed(record, row.required_in(2, by))?;
    let during = keyed(record, row.period(3))?;
    Ok(Subscribed { record, principal, book: keyed(record, row.key_or_null_in(5, book))?, by, during })
}

pub(super) fn subscription(row: &Row<'_>, repeated: &mut Repeated) -> Result<SubscriptionRow, Bad> {
    let mut room = std::mem::take(&mut repeated.room);
    let Subscribed { record, principal, book, by, during } = lent_subscription(row, &mut room)?;
    let (record, principal) = (RecordKey::of_shared(repeated.of(record)), Principal::of_shared(repeated.principals.one(principal)));
    let row = SubscriptionRow { record, principal, book: book.map(|book| repeated.books.one(book)), by: repeated.users.one(by), during };
    repeated.room = room;
    Ok(row)
}

/// A filter before it is parsed. A text that cannot be read is one that cannot be understood, and concerns its holder alone.
pub(super) struct Unparsed {
    pub(super) holder: Principal,
    pub(super) book: Option<String>,
    pub(super) text: Result<String, String>,
}

pub(super) fn filter(row: &Row<'_>) -> Result<Unparsed, Bad> {
    Ok(Unparsed { holder: Principal::new(row.key(0)?), text: row.required(1).map_err(|bad| bad.why), book: row.key_or_null(2)? })
}

pub(super) fn erased(row: &Row<'_>) -> Result<ErasedRow, Bad> {
    Ok(ErasedRow { record: RecordKey::new(row.key(0)?) })
}

/// The values of a row; `texts` are those of the same columns in other rows.
fn owned(values: &[Scalar<'_>], texts: &mut Vec<Texts>) -> Vec<Value> {
    if texts.len() < values.len() {
        texts.resize_with(values.len(), Texts::default);
    }
    let value = |(value, texts): (&Scalar<'_>, &mut Texts)| match value {
        Scalar::Text(text) => Value::Text(texts.one(text)),
        other => other.to_value(),
    };
    values.iter().zip(texts).map(value).collect()
}
