//! Whether a replica shows what its primary holds now. Each moment of it is whole in itself, but an old one would give what was taken away since.

use std::time::{Duration, Instant};

use sqlx::Error;
use sqlx::postgres::PgConnection;

use super::{Patience, within};

/// How often is looked whether it has caught up.
const LOOK: Duration = Duration::from_millis(50);

/// What a replica has received; no text where nothing comes in by a connection to the primary, and no row on a primary. The view shows that connection to
/// everybody, and its details to nobody but administrators.
const RECEIVED: &str = "SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_stat_wal_receiver) THEN pg_catalog.pg_last_wal_receive_lsn()::text END \
    WHERE pg_catalog.pg_is_in_recovery()";

/// Says how a replica is behind, if it is. It gets as long as a lock would to apply what it had received when it was asked; no clock is read, for the
/// last change may be long ago where nobody works.
pub(super) async fn behind(connection: &mut PgConnection, patience: Patience) -> Result<Option<String>, Error> {
    let received: Option<Option<String>> =
        within(patience.lock, sqlx::query_scalar(RECEIVED).persistent(false).fetch_optional(&mut *connection)).await?;
    let received = match received {
        None => return Ok(None),
        Some(None) => return Ok(Some("the server is a replica without a connection to its primary: nobody knows how old its data are".to_owned())),
        Some(Some(received)) => received,
    };
    let begun = Instant::now();
    loop {
        // A replica that was promoted meanwhile has applied everything.
        let applied =
            sqlx::query_scalar("SELECT coalesce(pg_catalog.pg_last_wal_replay_lsn() >= $1::pg_lsn, true)").bind(&received).persistent(false);
        if within(patience.lock, applied.fetch_one(&mut *connection)).await? {
            return Ok(None);
        }
        if begun.elapsed() >= patience.lock {
            let waited = patience.lock.as_secs_f32();
            return Ok(Some(format!("the server is a replica that is behind: what it has received it did not apply within {waited} s")));
        }
        tokio::time::sleep(LOOK).await;
    }
}
