//! The baseline gives, for every user, the records that the product gives, in the same order.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use adressbote_evaluation::baseline::{Place, Question, Way, ordered_keys};
use adressbote_evaluation::product::{Leaves, Task, book, run};
use adressbote_evaluation::world::wish::{Atom, Clause, Column, Shape, Wish};
use adressbote_evaluation::world::{Size, User, World, today};
use adressbote_rules::digest::DigestKey;
use adressbote_rules::due::Evaluation;
use adressbote_rules::key::UserKey;
use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Moment;
use adressbote_schema::crm::{Address, CrmSource, Own, Patience, read};
use adressbote_schema::profile::Profile;
use adressbote_servers::{Base, Served};

/// The cap of the tests: small, so that it cuts.
const SMALL: u32 = 60;

/// For each user the records due to him, by the product's own slow evaluation.
async fn evaluated(address: &Address, world: &World) -> Vec<Vec<String>> {
    let profile = Profile::load(Path::new(adressbote_evaluation::PROFILE)).unwrap_or_else(|errors| panic!("{errors}"));
    let source = CrmSource::open(address, Patience::default()).await.unwrap();
    profile.check_columns(&source).await.unwrap();
    let found = read(&profile, &source, &Own::default(), None).await.unwrap();
    let doubts: Vec<String> = found.report(&profile).relations.into_iter().filter_map(|one| Some(format!("{}: {}", one.name, one.doubt?))).collect();
    assert!(doubts.is_empty() && found.crm.doubtful_records.is_empty() && found.crm.doubtful_users.is_empty(), "{doubts:?}");
    for row in found.crm.filters.rows() {
        assert!(row.filter.is_ok(), "{}: {:?}", row.holder, row.filter);
    }
    let snapshot = Snapshot::build(found.crm, Moment { now: today().and_time(Default::default()).and_utc(), today: today() }).unwrap();
    let book = book(&profile, world).unwrap();
    let evaluation = Evaluation::new(&snapshot, &book, DigestKey::new([7; 32]));
    let queue = |user: &User| {
        let viewer = snapshot.viewer(&UserKey::new(user.key())).unwrap();
        let cap = book.cap_of(&viewer) as usize;
        evaluation.queue(&viewer).1.iter().take(cap).map(|(_, seen)| seen.key().to_string()).collect()
    };
    world.users.iter().map(queue).collect()
}

/// A world in which the cap cuts and each mask, way to be away and shape of filter comes.
fn world() -> World {
    let mut world = World::new(Size::Tiny, 3);
    for user in &mut world.users {
        user.cap = user.cap.or(Some(SMALL));
    }
    // Few have such a filter, so in a world of forty perhaps nobody has.
    let like = Clause { is_denied: false, atom: Atom::Like(Column::LastName, "ER".to_owned()) };
    world.users[3].wish = Some(Wish { clauses: vec![like] });
    world.users[4].is_active = false;
    world.users[5].is_internal = false;
    world
}

async fn told(place: &Place, address: &Address, ways: &[Way]) {
    let world = world();
    place.fill(&world).await.unwrap();
    let expected = evaluated(address, &world).await;
    let users: Vec<&User> = world.users.iter().collect();
    let capped = users.iter().zip(&expected).filter(|(user, keys)| user.cap == u32::try_from(keys.len()).ok()).count();
    assert!(capped > 0 && expected.iter().filter(|keys| keys.is_empty()).count() < 3, "the world does not show what it should");
    for way in ways {
        let chosen = Shape::ALL.into_iter().map(|shape| (shape, *way)).collect();
        let keys = ordered_keys(&world, &mut place.open().await.unwrap(), &users, (place.dialect(), &chosen)).await.unwrap();
        for (user, (keys, expected)) in users.iter().zip(keys.iter().zip(&expected)) {
            assert_eq!(keys, expected, "{} by {}: {:?}", user.key(), way.name(), user.wish.as_ref().map(|wish| wish.text()));
        }
    }
}

/// The product's fast evaluation, as the benchmark runs it, gives what the database gives; its ledger tells what is as it was and what is not.
async fn benched(place: &Place, crm: &str) {
    let world = world();
    place.fill(&world).await.unwrap();
    let users: Vec<&User> = world.users.iter().collect();
    let chosen = Shape::ALL.into_iter().map(|shape| (shape, Way::Union)).collect();
    let expected = ordered_keys(&world, &mut place.open().await.unwrap(), &users, (place.dialect(), &chosen)).await.unwrap();
    let filled = expected.iter().filter(|keys| !keys.is_empty()).count();
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.sqlite");
    let run = async |leaves| run(&world, &Task { crm, ledger: &ledger, sample: users.len(), leaves }).await.unwrap();
    let total = expected.iter().map(Vec::len).sum();
    let first = run(Leaves::Due).await;
    assert!(first.differing.0 >= filled && first.differing.1 == total, "{:?}", first.differing);
    let same = run(Leaves::Nothing).await;
    assert_eq!((same.differing, same.due, &same.keys), ((0, 0), total, &expected));
    run(Leaves::Altered).await;
    let altered = run(Leaves::Nothing).await;
    assert_eq!((altered.differing, &altered.keys), ((filled, filled), &expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_product_gives_what_sqlite_gives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.sqlite").to_str().unwrap().to_owned();
    benched(&Place::Sqlite(path.clone()), &path).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_product_gives_what_postgres_gives() {
    let served = Served::new(Base::Postgres, "").await;
    benched(&Place::Postgres(served.place()), &served.place()).await;
}

#[test]
fn the_tiny_world_has_everything() {
    let world = world();
    for role in 0..6 {
        assert!(world.users.iter().any(|user| user.role == role), "nobody has role {role}");
    }
    for shape in Shape::ALL {
        let count =
            world.users.iter().filter(|user| Question::new(&world, user, adressbote_evaluation::baseline::Dialect::Sqlite).shape() == shape).count();
        assert!(count > 0, "nobody has a filter of shape {}", shape.name());
    }
    let text: Vec<String> = world.users.iter().filter_map(|user| Some(user.wish.as_ref()?.text())).collect();
    for word in ["NOT ", "LIKE", "user.", ">=", " IN "] {
        assert!(text.iter().any(|text| text.contains(word)), "no filter has {word}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_gives_what_the_product_gives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.sqlite");
    told(&Place::Sqlite(path.to_str().unwrap().to_owned()), &Address::Sqlite(path), &[Way::Naive, Way::Union, Way::Candidates, Way::Walk]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_gives_what_the_product_gives() {
    let served = Served::new(Base::Postgres, "").await;
    let address: Address = served.place().parse().unwrap();
    told(&Place::Postgres(served.place()), &address, &[Way::Naive, Way::Union, Way::Candidates, Way::Walk, Way::Policy]).await;
}
