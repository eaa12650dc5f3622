//! The client against the simulator, over real HTTP.

mod batch;
mod contacts;
mod directory;
mod faults;
mod folders;
mod sign_in;

use std::num::NonZeroU32;
use std::time::Duration;

use adressbote_rules::digest::Digest;
use adressbote_rules::key::ContactId;
use adressbote_rules::property::Property;
use adressbote_simulator::{Behaviour, ContactView, FolderView, Logged, MailboxView, Options, Running, Simulator};
use reqwest::Url;
use serde_json::{Value, json};

use super::request::{create_contact, patch_contact};
use super::*;

/// A simulator, a client of it, and the mailbox of its first user.
struct World {
    sim: Running,
    graph: Graph,
    anna: MailboxId,
}

impl World {
    async fn start() -> Self {
        Self::with(Options::default(), |_| {}).await
    }

    async fn with(options: Options, change: impl FnOnce(&mut GraphSettings)) -> Self {
        let sim = Simulator::start(options).await.unwrap();
        let mut settings = settings(&sim);
        change(&mut settings);
        let anna = MailboxId::new(&sim.users()[0].id);
        let graph = client(settings);
        Self { sim, graph, anna }
    }

    async fn folder(&self) -> Place {
        Place::Folder(self.ensure(None, &mark()).await.id)
    }

    /// Finds or makes a folder.
    async fn ensure(&self, known: Option<&FolderId>, mark: &Digest) -> FolderState {
        match self.graph.find_folder(&self.anna, known, mark).await.unwrap() {
            Search::Found(state) => state,
            Search::Nowhere { trashed, others } => FolderState { trashed, ..self.graph.make_folder(&self.anna, "CRM", mark, &others).await.unwrap() },
        }
    }

    /// Makes a contact and returns its id.
    async fn contact(&self, place: &Place, number: u8) -> ContactId {
        self.graph.send(Some(&self.anna), &new(&self.anna, place, number)).await.unwrap().standing().unwrap().id
    }

    fn mailbox(&self) -> MailboxView {
        self.sim.mailbox(self.anna.as_str()).unwrap()
    }

    fn view(&self, folder: &str) -> FolderView {
        self.mailbox().folder(folder).unwrap().clone()
    }

    /// The contact wherever it stands, Deleted Items and what is behind it included.
    fn seen(&self, contact: &ContactId) -> Option<(FolderView, ContactView)> {
        let folders = self.mailbox().folders;
        folders.into_iter().find_map(|folder| {
            let seen = folder.contacts.iter().find(|one| one.immutable_id == contact.as_str()).cloned();
            seen.map(|seen| (folder, seen))
        })
    }

    /// The requests to Anna's mailbox with this method, batches taken apart.
    fn logged(&self, method: &str) -> Vec<Logged> {
        self.sim.log_since(0, Some(self.anna.as_str())).into_iter().filter(|one| one.method == method && one.path != "/$batch").collect()
    }
}

fn client(settings: GraphSettings) -> Graph {
    Graph::new(settings).unwrap()
}

/// Settings with little patience: a second of Retry-After is the shortest there is, our own waits are far below.
fn settings(sim: &Running) -> GraphSettings {
    let url = |text: String| Url::parse(&text).unwrap();
    let credential = Credential::Secret(sim.client_secret().into());
    let mut settings = GraphSettings::new(url(sim.base()), url(sim.token_url()), &sim.client_id(), credential);
    let ms = Duration::from_millis;
    settings.patience = Patience { first: ms(20), longest: ms(100), tries: 4, throttled_tries: 4, held: ms(3_000), refusal: ms(200), late: ms(200) };
    settings.call_timeout = ms(3_000);
    settings
}

fn mark() -> Digest {
    Digest([0xfd; 16])
}

fn marker(number: u8) -> Digest {
    Digest([number; 16])
}

fn new(mailbox: &MailboxId, place: &Place, number: u8) -> Request {
    let (name, phones) = (json!(format!("Person {number}")), json!([format!("+4930{number:08}")]));
    create_contact(mailbox, place, &marker(number), [(Property::DisplayName, &name), (Property::BusinessPhones, &phones)])
}

fn patch(mailbox: &MailboxId, contact: &ContactId, name: &str) -> Request {
    let name = json!(name);
    patch_contact(mailbox, contact, [(Property::DisplayName, &name), (Property::JobTitle, &Value::Null)])
}

fn quick(behaviour: Behaviour) -> Options {
    Options { behaviour, ..Options::default() }
}

fn number(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}
