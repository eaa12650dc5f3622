//! Creations whose outcome is not known: looked up by their markers, again and again, until they can no longer come late.

use std::time::Instant;

use adressbote_rules::digest::Digest;
use adressbote_rules::key::{ContactId, RecordKey};

use super::case::Case;
use super::pass::Round;
use crate::graph::GraphError;

/// What looking a creation up brought.
#[derive(Debug)]
pub enum Looked {
    /// It was carried out; further ids are copies of it.
    Stands(ContactId, Vec<ContactId>),
    /// It was not carried out and will not be.
    Absent,
    /// It cannot be told.
    Failed(GraphError),
    /// It was told to stop before it could be told.
    Open,
}

/// The contacts in the case's folder that bear the markers of records, in the order of `records`; of copies the one that counts stands first.
pub async fn find(round: &Round<'_>, case: &Case, records: &[RecordKey]) -> Vec<Result<Vec<ContactId>, GraphError>> {
    let markers: Vec<Digest> = records.iter().map(|record| case.marker.contact(record)).collect();
    let ids = |found| match found {
        Ok(standing) => {
            let mut ids: Vec<ContactId> = Vec::into_iter(standing).map(|standing: crate::graph::Standing| standing.id).collect();
            ids.sort();
            Ok(ids)
        }
        Err(GraphError::FolderMissing { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    round.graph.find_marked(&case.key.mailbox, &case.place(), &markers).await.into_iter().map(ids).collect()
}

/// Looks for creations that may still be under way until each is found or `until` has passed; in the order of `records`.
pub async fn settle_late(round: &Round<'_>, case: &Case, records: Vec<RecordKey>, until: Instant) -> Vec<(RecordKey, Looked)> {
    let (mut looked, mut open, mut looks) = (Vec::with_capacity(records.len()), records, 0);
    while !open.is_empty() {
        // INVARIANT: a creation counts as not carried out only when a look that began after `until` did not find it.
        let is_last = Instant::now() >= until;
        let found = find(round, case, &open).await;
        let mut still = Vec::new();
        for (record, found) in open.into_iter().zip(found) {
            match found.map(|found| {
                let mut ids = found.into_iter();
                ids.next().map(|first| (first, ids.collect()))
            }) {
                Ok(Some((first, copies))) => looked.push((record, Looked::Stands(first, copies))),
                Ok(None) if is_last => looked.push((record, Looked::Absent)),
                Ok(None) => still.push(record),
                Err(error) => looked.push((record, Looked::Failed(error))),
            }
        }
        open = still;
        looks += 1;
        let wait = round.graph.patience().backoff(looks, 1.0).min(until.saturating_duration_since(Instant::now()));
        if !open.is_empty() && !round.graph.rest(wait).await {
            looked.extend(std::mem::take(&mut open).into_iter().map(|record| (record, Looked::Open)));
        }
    }
    looked
}
