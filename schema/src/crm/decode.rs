//! What each relation's rows mean, in the order of the columns that [`crate::profile::Profile`] expects.

use std::collections::BTreeMap;
use std::sync::Arc;

use adressbote_rules::crm::{
    Answer, BarRow, DeputyRow, ErasedRow, ExemptRow, FieldRightRow, GroupRow, HoldRow, ImplyRow, PartRow, RecordRow, RightRow, SeatRow,
    SubscriptionRow, UserRow,
};
use adressbote_rules::key::{GroupKey, PartKey, Principal, RecordKey, Source, UserKey};
use adressbote_rules::value::Kind;

use super::row::{Bad, Row, keyed};
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

pub(super) fn record(row: &Row<'_>, notations: &[Notation]) -> Result<RecordRow, Bad> {
    let of = of(row)?;
    Ok(RecordRow { key: RecordKey::new(&of), values: keyed(&of, row.values(1, notations))? })
}

pub(super) fn part(row: &Row<'_>, notations: &[Notation]) -> Result<PartRow, Bad> {
    let of = of(row)?;
    Ok(PartRow { record: RecordKey::new(&of), key: PartKey::new(keyed(&of, row.key(1))?), values: keyed(&of, row.values(2, notations))? })
}

pub(super) fn right(row: &Row<'_>) -> Result<RightRow, Bad> {
    let of = of(row)?;
    Ok(RightRow { principal: Principal::new(keyed(&of, row.key(1))?), during: keyed(&of, row.period(2))?, of })
}

pub(super) fn exempt(row: &Row<'_>) -> Result<ExemptRow, Bad> {
    Ok(ExemptRow { principal: Principal::new(row.key(0)?), during: row.period(1)? })
}

pub(super) fn bar(row: &Row<'_>) -> Result<BarRow, Bad> {
    let of = of(row)?;
    Ok(BarRow { record: RecordKey::new(&of), principal: Principal::new(keyed(&of, row.key(1))?), during: keyed(&of, row.period(2))? })
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

pub(super) fn subscription(row: &Row<'_>) -> Result<SubscriptionRow, Bad> {
    let of = of(row)?;
    let rest = || Ok((Principal::new(row.key(1)?), row.required(2)?, row.period(3)?, row.key_or_null(5)?));
    let (principal, by, during, book) = keyed(&of, rest())?;
    Ok(SubscriptionRow { record: RecordKey::new(&of), principal, book, by, during })
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

/// The key by which a row hangs on a record or part row.
fn of(row: &Row<'_>) -> Result<Arc<str>, Bad> {
    row.key(0).map(Arc::from)
}
