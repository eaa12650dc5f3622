use std::collections::BTreeSet;
use std::time::Instant;

use adressbote_simulator::{Action, Dispatch, Effect, Fault, Limits};

use super::*;

fn some(world: &World, place: &Place, numbers: std::ops::RangeInclusive<u8>) -> Vec<Request> {
    numbers.map(|number| new(&world.anna, place, number)).collect()
}

fn names(world: &World) -> Vec<String> {
    let mut names: Vec<String> =
        world.view("CRM").contacts.iter().map(|contact| contact.fields["displayName"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn outcomes_stand_in_the_order_of_the_requests() {
    let world = World::start().await;
    let place = world.folder().await;
    let outcomes = world.graph.batch(&world.anna, &some(&world, &place, 1..=45)).await;
    for (number, outcome) in (1_u8..).zip(outcomes) {
        let id = outcome.unwrap().standing().unwrap().id;
        assert_eq!(world.seen(&id).unwrap().1.fields["displayName"], format!("Person {number}"));
    }
    let batches: BTreeSet<_> = world.logged("POST").iter().filter_map(|one| one.batch).collect();
    assert_eq!(batches.len(), 3);
    let items = world.logged("POST");
    assert!(items.iter().filter(|one| one.batch.is_some()).all(|one| one.headers["prefer"] == "IdType=\"ImmutableId\""));
}

#[tokio::test]
async fn one_bad_item_does_not_harm_the_others() {
    let world = World::start().await;
    let place = world.folder().await;
    let mut requests = some(&world, &place, 1..=5);
    let three = json!(["1", "2", "3"]);
    requests[2] = create_contact(&world.anna, &place, &marker(3), [(Property::BusinessPhones, &three)]);
    let outcomes = world.graph.batch(&world.anna, &requests).await;
    let error = outcomes[2].as_ref().unwrap_err();
    assert_eq!(error.next(Duration::ZERO), Next::SkipContact);
    assert!(error.to_string().contains("status 400, ErrorInvalidProperty"), "{error}");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 4);
    assert_eq!(world.view("CRM").contacts.len(), 4);
}

#[tokio::test]
async fn a_throttled_item_waits_as_told_and_the_others_stand() {
    let world = World::start().await;
    let place = world.folder().await;
    world.sim.add_fault(Fault::next(1, Effect::throttled(1)).on_body("Person 2").in_mailbox(world.anna.as_str()));
    world.sim.add_fault(Fault::next(1, Effect::throttled(2)).on_body("Person 4").in_mailbox(world.anna.as_str()));
    let start = Instant::now();
    let outcomes = world.graph.batch(&world.anna, &some(&world, &place, 1..=5)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(names(&world), (1..=5).map(|n| format!("Person {n}")).collect::<Vec<_>>());
    assert_eq!(world.logged("POST").iter().filter(|one| one.batch.is_some()).count(), 7);
}

#[tokio::test]
async fn a_throttled_mailbox_holds_up_no_other() {
    let world = World::start().await;
    let beat = MailboxId::new(&world.sim.users()[1].id);
    world.sim.add_fault(Fault::next(1, Effect::throttled(2)).in_mailbox(world.anna.as_str()));
    let start = Instant::now();
    let (slow, fast) = tokio::join!(async { world.graph.probe(&world.anna).await.map(|()| start.elapsed()) }, async {
        world.graph.probe(&beat).await.map(|()| start.elapsed())
    });
    assert!(slow.unwrap() >= Duration::from_secs(2));
    assert!(fast.unwrap() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_the_callers_matter() {
    let world = World::start().await;
    world.sim.add_fault(Fault::next(1, Effect::throttled(600)).in_mailbox(world.anna.as_str()));
    for _ in 0..2 {
        let error = world.graph.probe(&world.anna).await.unwrap_err();
        let Next::Again(wait) = error.next(Duration::ZERO) else { panic!("{error:?}") };
        assert!(wait > Duration::from_secs(590));
    }
    assert_eq!(world.logged("GET").len(), 1, "the second was not even sent");
}

#[tokio::test]
async fn a_lost_answer_leaves_creations_unknown_and_repeats_the_rest() {
    let world = World::start().await;
    let place = world.folder().await;
    let old = world.contact(&place, 1).await;
    world.sim.add_fault(Fault::next(1, Effect::LoseAnswer).on_path("/$batch"));
    let requests = [new(&world.anna, &place, 2), patch(&world.anna, &old, "Persona 1"), new(&world.anna, &place, 3)];
    let outcomes = world.graph.batch(&world.anna, &requests).await;
    assert!(outcomes[1].is_ok());
    for index in [0, 2] {
        let error = outcomes[index].as_ref().unwrap_err();
        assert!(matches!(error, GraphError::Unknown { .. }), "{error:?}");
        assert_eq!(error.next(Duration::from_secs(1)), Next::LookUp(Duration::from_secs(1)));
    }
    assert_eq!(names(&world), ["Person 2", "Person 3", "Persona 1"]);
    assert_eq!(world.graph.find_marked(&world.anna, &place, &[marker(2)]).await.remove(0).unwrap().len(), 1);
}

#[tokio::test]
async fn an_item_whose_answer_is_lost_is_unknown_alone() {
    let world = World::start().await;
    let place = world.folder().await;
    world.sim.add_fault(Fault::next(1, Effect::TimeOutAfter).on_body("Person 2").in_mailbox(world.anna.as_str()));
    let outcomes = world.graph.batch(&world.anna, &some(&world, &place, 1..=3)).await;
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
    assert!(matches!(outcomes[1], Err(GraphError::Unknown { .. })), "{outcomes:?}");
    assert_eq!(names(&world), ["Person 1", "Person 2", "Person 3"]);
}

#[tokio::test]
async fn a_batch_refused_as_a_whole_is_sent_singly() {
    let world = World::start().await;
    let place = world.folder().await;
    world.sim.add_fault(Fault::next(1, Effect::answer(400, "BadRequest")).on_path("/$batch"));
    let outcomes = world.graph.batch(&world.anna, &some(&world, &place, 1..=3)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(names(&world), ["Person 1", "Person 2", "Person 3"]);
}

#[tokio::test]
async fn a_batch_throttled_as_a_whole_waits() {
    let world = World::start().await;
    let place = world.folder().await;
    world.sim.add_fault(Fault::next(2, Effect::throttled(1)).on_path("/$batch"));
    let start = Instant::now();
    assert!(world.graph.batch(&world.anna, &some(&world, &place, 1..=3)).await.iter().all(Result::is_ok));
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(names(&world), ["Person 1", "Person 2", "Person 3"]);
}

#[tokio::test]
async fn an_item_with_an_ended_token_is_sent_again() {
    let world = World::start().await;
    let place = world.folder().await;
    world.sim.add_fault(Fault::next(1, Effect::expired_token()).on_body("Person 2").in_mailbox(world.anna.as_str()));
    let outcomes = world.graph.batch(&world.anna, &some(&world, &place, 1..=3)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(names(&world), ["Person 1", "Person 2", "Person 3"]);
    assert_eq!(world.sim.log().iter().filter(|one| one.path.ends_with("/token")).count(), 2);
}

#[tokio::test]
async fn a_storm_is_weathered_without_a_double() {
    let world = World::with(Options::default(), |settings| settings.patience.throttled_tries = 12).await;
    let place = world.folder().await;
    world.sim.add_fault(Fault::storm(5, 1).in_mailbox(world.anna.as_str()));
    let outcomes = world.graph.batch(&world.anna, &some(&world, &place, 1..=40)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.view("CRM").contacts.len(), 40);
}

#[tokio::test]
async fn a_mailbox_never_has_more_in_flight_than_exchange_takes() {
    let behaviour = Behaviour { latency_ms: 20, ..Behaviour::default() };
    let world = World::with(quick(behaviour), |_| {}).await;
    let place = world.folder().await;
    let requests = some(&world, &place, 1..=40);
    let (left, right) = requests.split_at(20);
    let singles = futures::future::join_all((0..12).map(|_| world.graph.probe(&world.anna)));
    let (left, right, singles) = tokio::join!(world.graph.batch(&world.anna, left), world.graph.batch(&world.anna, right), singles);
    assert!(left.iter().chain(&right).all(Result::is_ok) && singles.iter().all(Result::is_ok));
    assert!(world.logged("POST").iter().chain(&world.logged("GET")).all(|one| one.status < 400));
}

#[tokio::test]
async fn even_where_graph_dispatches_all_at_once_everything_arrives_once() {
    let behaviour = Behaviour { latency_ms: 5, dispatch: Dispatch::AllAtOnce, ..Behaviour::default() };
    let limits = Limits { in_flight_retry_s: 1, ..Limits::default() };
    let world = World::with(Options { behaviour, limits, ..Options::default() }, |settings| settings.patience.throttled_tries = 12).await;
    let place = world.folder().await;
    let outcomes = world.graph.batch(&world.anna, &some(&world, &place, 1..=20)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.view("CRM").contacts.len(), 20);
    assert!(world.logged("POST").iter().any(|one| one.status == 429));
}

#[tokio::test]
async fn a_folder_that_vanishes_midway_is_told_by_each_item() {
    let world = World::start().await;
    let place = world.folder().await;
    let Place::Folder(folder) = &place else { panic!("a folder") };
    world.sim.act(Action::DeleteFolder { mailbox: world.anna.to_string(), folder: folder.to_string() }).unwrap();
    world.graph.remove_if_empty(&world.anna, folder).await.unwrap();
    let outcomes = world.graph.batch(&world.anna, &some(&world, &place, 1..=3)).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(GraphError::FolderMissing { .. }))), "{outcomes:?}");
}
