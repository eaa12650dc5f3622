//! The reference CRM stands on each kind of database with the same seed, and everybody's folder is the same.

use std::collections::BTreeMap;
use std::path::Path;

use adressbote_rules::book::Book;
use adressbote_rules::digest::DigestKey;
use adressbote_rules::due::Evaluation;
use adressbote_rules::map::Mapping;
use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Moment;
use adressbote_schema::crm::{Address, CrmSource, Own, Patience};
use adressbote_schema::profile::Profile;
use adressbote_schema::sample::{self, Size, Target};
use adressbote_servers::{Base, Served, Writer};
use chrono::{DateTime, Utc};

use crate::fixture::reader;
use crate::streamed::read;

/// Two hundred users, so that there are teams below the sample's groups.
const SIZE: Size = Size { contacts: 3_000, users: 200 };

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn every_folder_is_the_same_on_each_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.sqlite");
    sample::create(&path, SIZE, 7, now()).await.unwrap();
    let folders = folders(&Address::Sqlite(path.clone())).await;
    assert_eq!(folders.len(), SIZE.users as usize);
    let contacts: usize = folders.values().map(Vec::len).sum();
    assert!(contacts > 5_000, "{contacts} contacts in all folders");
    for kind in [Base::Postgres, Base::Mariadb] {
        let served = copied(&path, kind).await;
        let same = self::folders(&reader(&served)).await;
        // Only what differs: a folder has hundreds of contacts.
        let differs = |(user, folder): (&String, &Vec<String>)| {
            let other = same.get(user).cloned().unwrap_or_default();
            let lines = folder.iter().zip(&other).filter(|(one, other)| one != other).take(3).map(|(one, other)| format!("{one} / {other}"));
            (folder.len() != other.len() || *folder != other)
                .then(|| format!("{user}: {} / {}: {:?}", folder.len(), other.len(), lines.collect::<Vec<_>>()))
        };
        let differences: Vec<String> = folders.iter().filter_map(differs).collect();
        assert!(
            same.len() == folders.len() && differences.is_empty(),
            "{kind:?}: {} differ, {:?}",
            differences.len(),
            differences.iter().take(3).collect::<Vec<_>>()
        );
    }
}

/// A copy of a reference CRM on a server.
pub async fn copied(path: &Path, kind: Base) -> Served {
    let served = Served::new(kind, "").await;
    let mut writer = Writer::open(kind, &served.place()).await;
    let target = match &mut writer {
        Writer::Sqlite(_) => panic!("SQLite has no server"),
        Writer::Postgres(connection) => Target::Postgres(connection),
        Writer::Mariadb(connection) => Target::Mysql(connection),
    };
    sample::copy(path, target).await.unwrap_or_else(|error| panic!("{kind:?}: {error}: {:?}", std::error::Error::source(&error)));
    writer.close().await;
    served
}

/// For each user the records in his folder, in order, with the digest of what is written of each.
async fn folders(address: &Address) -> BTreeMap<String, Vec<String>> {
    let profile = Profile::embedded("reference").unwrap();
    let source = CrmSource::open(address, Patience::default()).await.unwrap();
    profile.check_columns(&source).await.unwrap();
    let found = read(&profile, &source, &Own::default(), None).await.unwrap();
    let doubts: Vec<String> = found.report(&profile).relations.into_iter().filter_map(|one| Some(format!("{}: {}", one.name, one.doubt?))).collect();
    assert!(doubts.is_empty() && found.crm.doubtful_records.is_empty() && found.crm.doubtful_users.is_empty(), "{doubts:?}");
    let snapshot = Snapshot::build(found.crm, Moment { now: now(), today: now().date_naive() }).unwrap();
    let book = Book {
        name: "contacts".to_owned(),
        cap: 200,
        caps: BTreeMap::new(),
        bound: None,
        default_filter: None,
        suppressions: Vec::new(),
        is_pinned: false,
        mapping: Mapping::new(profile.mapping(), profile.view()).unwrap(),
    };
    let evaluation = Evaluation::new(&snapshot, &book, DigestKey::new([7; 32]));
    let folder = |user| {
        let due = evaluation.due(&snapshot.viewer(user).unwrap());
        due.contacts().iter().map(|contact| format!("{} {:?}", contact.record(), contact.digest())).collect()
    };
    snapshot.users().map(|user| (user.key.to_string(), folder(&user.key))).collect()
}
