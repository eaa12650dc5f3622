//! What is ours in a mailbox, told by the marker alone. Of everything else only the id is known here, never a content.

use std::fmt;

use adressbote_rules::digest::Digest;
use adressbote_rules::key::ContactId;
use adressbote_rules::property::{Properties, Property};
use serde_json::Value;

use super::answer::{Answer, Standing, standing_of};
use super::client::{Graph, Outcome};
use super::error::GraphError;
use super::id::{FolderId, MailboxId, Place};
use super::mark::{self, CONTACT_MARKER};
use super::request::{self, Call, Request};

/// Deleted Items by its well-known name.
const DELETED_ITEMS: &str = "deleteditems";

/// A contact that bears our marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedContact {
    /// Its id.
    pub id: ContactId,
    /// Its marker, which tells book and record to whoever has the key.
    pub marker: Digest,
}

/// What stands in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What bears our marker.
    pub marked: Vec<MarkedContact>,
    /// The ids of all others: the user's own, if the answer is as it should be.
    pub unmarked: Vec<ContactId>,
}

/// A contact of ours as it stands in the mailbox. `Debug` shows no contents.
#[derive(Clone, PartialEq)]
pub struct ReadBack {
    /// Where it stands.
    pub standing: Standing,
    body: Value,
}

impl fmt::Debug for ReadBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadBack({})", self.standing.id)
    }
}

impl ReadBack {
    /// What the property holds; null when it holds nothing.
    pub fn value(&self, property: Property) -> &Value {
        self.body.get(property.name()).unwrap_or(&Value::Null)
    }
}

impl Graph {
    /// Looks in one folder for contacts with these markers, in the order of `markers`. More than one with the same are copies of a record that a crash
    /// doubled.
    pub async fn find_marked(&self, mailbox: &MailboxId, place: &Place, markers: &[Digest]) -> Vec<Result<Vec<Standing>, GraphError>> {
        let asked: Vec<Request> = markers.iter().map(|marker| request::find_marked(mailbox, place, marker)).collect();
        let mut found = Vec::with_capacity(asked.len());
        for (request, outcome) in asked.iter().zip(self.batch(mailbox, &asked).await) {
            let items = self.rest_of(mailbox, request, outcome).await;
            found.push(items.map(|items| items.iter().filter_map(standing_of).collect()));
        }
        found
    }

    /// Lists what is ours in a folder, and the rest by id.
    ///
    /// # Errors
    /// `FolderMissing`, or when the mailbox does not answer.
    pub async fn list_marked(&self, mailbox: &MailboxId, place: &Place) -> Result<Listing, GraphError> {
        self.listing(mailbox, &self.send_all(Some(mailbox), request::contacts_marked(mailbox, place)).await?)
    }

    /// Lists what is ours in every place but one: the default folder, the other contact folders, Deleted Items where it can be
    /// reached. Places without anything of ours are left out.
    ///
    /// # Errors
    /// When the mailbox does not answer.
    pub async fn marked_elsewhere(&self, mailbox: &MailboxId, except: &Place) -> Result<Vec<(Place, Listing)>, GraphError> {
        let folders = self.all_folders(mailbox).await?.into_iter().map(|folder| Place::Folder(folder.id));
        let deleted = Place::Folder(FolderId::new(DELETED_ITEMS));
        let places: Vec<Place> = [Place::Default].into_iter().chain(folders).chain([deleted.clone()]).filter(|place| place != except).collect();
        let asked: Vec<Request> = places.iter().map(|place| request::contacts_marked(mailbox, place)).collect();
        let mut found = Vec::new();
        for ((place, request), outcome) in places.into_iter().zip(&asked).zip(self.batch(mailbox, &asked).await) {
            match self.rest_of(mailbox, request, outcome).await {
                Ok(items) => found.push((place, self.listing(mailbox, &items)?)),
                Err(GraphError::FolderMissing { .. }) => {}
                // Not every mailbox takes the well-known name here.
                Err(GraphError::Refused { .. } | GraphError::NotFound { .. }) if place == deleted => {}
                Err(error) => return Err(error),
            }
        }
        found.retain(|(_, listing)| !listing.marked.is_empty());
        Ok(found)
    }

    /// Reads the given properties of contacts of ours, in the order of `contacts`.
    pub async fn read_back(&self, mailbox: &MailboxId, contacts: &[ContactId], properties: &Properties) -> Vec<Result<ReadBack, GraphError>> {
        let asked: Vec<Request> = contacts.iter().map(|contact| request::get_contact(mailbox, contact, properties)).collect();
        let read = |answer: Answer| Ok(ReadBack { standing: answer.standing()?, body: answer.body });
        self.batch(mailbox, &asked).await.into_iter().map(|outcome| outcome.and_then(read)).collect()
    }

    /// The items of a page that came in a batch, and of the pages after it.
    pub(crate) async fn rest_of(&self, mailbox: &MailboxId, request: &Request, outcome: Outcome) -> Result<Vec<Value>, GraphError> {
        let answer = outcome?;
        let mut items = answer.items()?.clone();
        if let Some(link) = answer.next_page() {
            items.extend(self.send_all(Some(mailbox), request.follow(link)).await?);
        }
        Ok(items)
    }

    fn listing(&self, mailbox: &MailboxId, items: &[Value]) -> Result<Listing, GraphError> {
        let nameless = || GraphError::Protocol { at: self.at(mailbox, Call::ListContacts), what: "an item has no id" };
        let mut listing = Listing::default();
        for item in items {
            let standing = standing_of(item).ok_or_else(nameless)?;
            match mark::read(CONTACT_MARKER, item) {
                Some(marker) => listing.marked.push(MarkedContact { id: standing.id, marker }),
                None => listing.unmarked.push(standing.id),
            }
        }
        Ok(listing)
    }
}
