//! Taking contacts away for good, and making sure that they are gone.

use adressbote_rules::key::ContactId;

use super::client::{Graph, Outcome};
use super::error::GraphError;
use super::id::MailboxId;
use super::request::{self, Call, Request};

/// How often a removal that did not show is repeated.
const MOST_ROUNDS: usize = 2;

/// What became of a contact that was to go. All of them mean: it is not where its user looks for contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Removed for good, and seen to be gone.
    Purged,
    /// It had been gone before, or the answer to its removal was lost.
    Before,
    /// This cloud has no removal for good: it lies in Deleted Items until that is emptied.
    Trashed,
}

impl Graph {
    /// Removes contacts for good and reads back that they are gone, in the order of `contacts`.
    /// Removals that came late, or twice, are no failure.
    pub async fn purge(&self, mailbox: &MailboxId, contacts: &[ContactId]) -> Vec<Result<Gone, GraphError>> {
        let mut fates: Vec<Option<Result<Gone, GraphError>>> = contacts.iter().map(|_| None).collect();
        for _ in 0..MOST_ROUNDS {
            let open: Vec<usize> = open(&fates);
            if open.is_empty() {
                break;
            }
            let ids: Vec<&ContactId> = open.iter().filter_map(|index| contacts.get(*index)).collect();
            for (index, fate) in open.into_iter().zip(self.purge_once(mailbox, &ids).await) {
                if let Some(place) = fates.get_mut(index) {
                    *place = fate;
                }
            }
        }
        let still = || Err(GraphError::StillThere { at: self.at(mailbox, Call::PurgeContact) });
        fates.into_iter().map(|fate| fate.unwrap_or_else(still)).collect()
    }

    /// One round; none for a contact that is still there although Graph said it was removed.
    async fn purge_once(&self, mailbox: &MailboxId, contacts: &[&ContactId]) -> Vec<Option<Result<Gone, GraphError>>> {
        let purges: Vec<Request> = contacts.iter().map(|contact| request::purge_contact(mailbox, contact)).collect();
        let purged = self.batch(mailbox, &purges).await;
        let looks: Vec<Request> = contacts.iter().map(|contact| request::whereabouts(mailbox, contact)).collect();
        let seen = self.batch(mailbox, &looks).await;
        let mut fates = Vec::with_capacity(contacts.len());
        for ((contact, purged), seen) in contacts.iter().zip(purged).zip(seen) {
            fates.push(match fate(purged, seen) {
                Fate::Settled(result) => Some(result),
                Fate::StillThere => None,
                Fate::NoSuchAction(error) if self.purges() => Some(Err(error)),
                Fate::NoSuchAction(_) => Some(self.trash(mailbox, contact).await),
            });
        }
        fates
    }

    async fn trash(&self, mailbox: &MailboxId, contact: &ContactId) -> Result<Gone, GraphError> {
        match self.send(Some(mailbox), &request::delete_contact(mailbox, contact)).await {
            Ok(_) => Ok(Gone::Trashed),
            Err(GraphError::ItemMissing { .. }) => Ok(Gone::Before),
            Err(error) => Err(error),
        }
    }
}

fn open(fates: &[Option<Result<Gone, GraphError>>]) -> Vec<usize> {
    fates.iter().enumerate().filter(|(_, fate)| fate.is_none()).map(|(index, _)| index).collect()
}

/// What the two answers say together.
enum Fate {
    Settled(Result<Gone, GraphError>),
    StillThere,
    /// The action was refused, and the contact is there.
    NoSuchAction(GraphError),
}

/// INVARIANT: a contact counts as gone only when Graph said so of the contact itself.
fn fate(purged: Outcome, seen: Outcome) -> Fate {
    match (purged, seen) {
        (Ok(_), Err(GraphError::ItemMissing { .. })) => Fate::Settled(Ok(Gone::Purged)),
        (Err(_), Err(GraphError::ItemMissing { .. })) => Fate::Settled(Ok(Gone::Before)),
        (Ok(_) | Err(GraphError::ItemMissing { .. }), Ok(_)) => Fate::StillThere,
        (Err(error @ (GraphError::Refused { .. } | GraphError::NotFound { .. })), Ok(_)) => Fate::NoSuchAction(error),
        (Err(error), _) | (Ok(_), Err(error)) => Fate::Settled(Err(error)),
    }
}
