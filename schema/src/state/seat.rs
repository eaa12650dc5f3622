//! Who holds a seat. Seats stay with their holders; who gets one is decided by the rules.

use adressbote_rules::key::UserKey;
use chrono::{DateTime, Utc};

use super::cell::{instant, instant_or_none, millis};
use super::statement::query;
use super::{State, StateError};

/// A seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Who holds it.
    pub user: UserKey,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Since when he is no candidate any longer; when the grace is over, the seat is gone.
    pub lost_since: Option<DateTime<Utc>>,
}

impl State {
    /// The seats, by user.
    pub async fn seats(&self) -> Result<Vec<Seat>, StateError> {
        let rows: Vec<(String, i64, Option<i64>)> = query(include_str!("../../queries/seats.sql")).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter()
            .map(|(user, since, lost)| Ok(Seat { user: UserKey::new(user), since: instant(since)?, lost_since: instant_or_none(lost)? }))
            .collect()
    }

    /// Writes the seats as a pass has assigned them: all of them, those not named are free.
    pub async fn write_seats(&self, seats: &[Seat]) -> Result<(), StateError> {
        let mut change = self.change().await?;
        query(include_str!("../../queries/seats_clear.sql")).execute(&mut change).await?;
        for seat in seats {
            query(include_str!("../../queries/seat_put.sql"))
                .bind(seat.user.as_str())
                .bind(millis(seat.since))
                .bind(seat.lost_since.map(millis))
                .execute(&mut change)
                .await?;
        }
        change.commit().await
    }
}
