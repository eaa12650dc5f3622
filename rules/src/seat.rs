//! Seats: who is licensed. Whoever holds a seat keeps it; a newcomer waits while there are none free.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::key::UserKey;

/// How long a folder outlives the seat of its user.
pub const GRACE: TimeDelta = TimeDelta::days(14);

/// A seat as the state database keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Since when the user holds it.
    pub since: DateTime<Utc>,
    /// Since when the user is no candidate any longer; the grace runs from here.
    pub lost: Option<DateTime<Utc>>,
}

/// Whether a user is served as far as seats go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Licence {
    /// He holds a seat.
    Seated,
    /// He lost it; his folder stays as it is, but for what rights and erasure take away, until the grace ends.
    Grace,
    /// He lost it and the grace is over.
    Lost,
    /// He is a candidate and waits for a free seat.
    Waiting,
    /// He is no candidate and never held a seat.
    None,
}

/// Gives out seats: a holder keeps his while he is a candidate; when he no longer is, his seat is free and the grace of his folder runs; free seats go
/// to candidates who had one before, then to newcomers, by key.
///
/// `limit` is the number of seats, none for as many as there are candidates. Returns the seats as they are now; those lost are still in it, so that
/// their folders can be emptied when the grace is over.
pub fn assign(candidates: &BTreeSet<UserKey>, seats: &BTreeMap<UserKey, Seat>, limit: Option<u32>, now: DateTime<Utc>) -> BTreeMap<UserKey, Seat> {
    let keep = |(user, seat): (&UserKey, &Seat)| {
        let lost = if seat.lost.is_none() && candidates.contains(user) { None } else { Some(seat.lost.unwrap_or(now)) };
        (user.clone(), Seat { since: seat.since, lost })
    };
    let mut assigned: BTreeMap<UserKey, Seat> = seats.iter().map(keep).collect();
    let taken = assigned.values().filter(|seat| seat.lost.is_none()).count();
    let free = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(taken));
    let (former, new): (Vec<&UserKey>, Vec<&UserKey>) =
        candidates.iter().filter(|user| assigned.get(*user).is_none_or(|seat| seat.lost.is_some())).partition(|user| assigned.contains_key(*user));
    let seated: Vec<UserKey> = former.into_iter().chain(new).take(free).cloned().collect();
    assigned.extend(seated.into_iter().map(|user| {
        let since = seats.get(&user).map_or(now, |seat| seat.since);
        (user, Seat { since, lost: None })
    }));
    assigned
}

/// Whether the holder of the seat is served.
fn licence_of(seat: Option<&Seat>, now: DateTime<Utc>) -> Licence {
    match seat {
        None => Licence::None,
        Some(Seat { lost: None, .. }) => Licence::Seated,
        Some(Seat { lost: Some(lost), .. }) if now < *lost + GRACE => Licence::Grace,
        Some(Seat { lost: Some(_), .. }) => Licence::Lost,
    }
}

/// A user's licence, given the seats as assigned.
pub fn licence(user: &UserKey, candidates: &BTreeSet<UserKey>, seats: &BTreeMap<UserKey, Seat>, now: DateTime<Utc>) -> Licence {
    match licence_of(seats.get(user), now) {
        Licence::None if candidates.contains(user) => Licence::Waiting,
        licence => licence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> BTreeSet<UserKey> {
        names.iter().map(UserKey::new).collect()
    }

    #[test]
    fn a_holder_keeps_his_seat_and_the_newcomer_waits() {
        let now = DateTime::UNIX_EPOCH;
        let first = assign(&keys(&["m", "z"]), &BTreeMap::new(), Some(2), now);
        let second = assign(&keys(&["a", "m", "z"]), &first, Some(2), now + TimeDelta::days(1));
        assert_eq!(second.keys().map(UserKey::as_str).collect::<Vec<_>>(), ["m", "z"]);
        assert_eq!(licence(&UserKey::new("a"), &keys(&["a", "m", "z"]), &second, now), Licence::Waiting);
    }

    #[test]
    fn a_lost_seat_is_free_at_once_and_its_folder_has_a_grace() {
        let now = DateTime::UNIX_EPOCH;
        let first = assign(&keys(&["m"]), &BTreeMap::new(), Some(1), now);
        let second = assign(&keys(&["a"]), &first, Some(1), now);
        let of = |user: &str, later: TimeDelta| licence(&UserKey::new(user), &keys(&["a"]), &second, now + later);
        assert_eq!(of("a", TimeDelta::zero()), Licence::Seated);
        assert_eq!(of("m", GRACE - TimeDelta::seconds(1)), Licence::Grace);
        assert_eq!(of("m", GRACE), Licence::Lost);
    }

    #[test]
    fn who_comes_back_goes_before_newcomers() {
        let now = DateTime::UNIX_EPOCH;
        let seats = BTreeMap::from([(UserKey::new("z"), Seat { since: now, lost: Some(now) })]);
        let assigned = assign(&keys(&["a", "z"]), &seats, Some(1), now);
        assert_eq!(assigned.get(&UserKey::new("z")).map(|seat| seat.lost), Some(None));
        assert!(!assigned.contains_key(&UserKey::new("a")));
    }
}
