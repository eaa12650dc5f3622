//! The CRM's own word that something changed: PostgreSQL's NOTIFY.

use sqlx::postgres::{PgListener, PgPoolOptions};

use super::{CrmError, Patience, postgres};
use crate::address::Server;

/// Rings when the CRM's database notifies a channel.
#[derive(Debug)]
pub struct Bell {
    listener: PgListener,
    server: Server,
    patience: Patience,
}

impl Bell {
    /// Listens to a channel from now on.
    pub(super) async fn hang(server: &Server, patience: Patience, channel: &str) -> Result<Self, CrmError> {
        let failed = |error| postgres::refusal(server, patience, error);
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(patience.lock).connect_lazy_with(postgres::options(server, patience));
        let mut listener = PgListener::connect_with(&pool).await.map_err(failed)?;
        listener.listen(channel).await.map_err(failed)?;
        Ok(Self { listener, server: server.clone(), patience })
    }

    /// Waits until something is said, or the connection was lost, so that something may have been. What was said several times meanwhile counts once. A
    /// connection that dies without a word stays silent: whoever waits hangs a new bell from time to time, before he lets go of this one.
    ///
    /// # Errors
    /// When the server cannot be reached any more.
    pub async fn rung(&mut self) -> Result<(), CrmError> {
        self.listener.try_recv().await.map_err(|error| postgres::refusal(&self.server, self.patience, error))?;
        while self.listener.next_buffered().is_some() {}
        Ok(())
    }
}
