use adressbote_simulator::{Action, Effect, Fault, FolderKind};

use super::*;

#[tokio::test]
async fn a_contact_lives_and_dies() {
    let world = World::start().await;
    let place = world.folder().await;
    let id = world.contact(&place, 7).await;
    let (_, seen) = world.seen(&id).unwrap();
    assert_eq!(seen.fields["displayName"], "Person 7");
    assert_eq!(seen.extended.values().collect::<Vec<_>>(), [&marker(7).to_string()]);

    let answer = world.graph.send(Some(&world.anna), &patch(&world.anna, &id, "Persona 7")).await.unwrap();
    assert_eq!(answer.standing().unwrap().folder.map(Place::Folder), Some(place.clone()));
    let (_, seen) = world.seen(&id).unwrap();
    assert_eq!((&seen.fields["displayName"], seen.fields["businessPhones"][0].as_str()), (&json!("Persona 7"), Some("+493000000007")));

    assert_eq!(same(world.graph.purge(&world.anna, std::slice::from_ref(&id)).await.remove(0)), Ok(Gone::Purged));
    assert!(world.view("CRM").contacts.is_empty());
    assert!(world.mailbox().known(FolderKind::DeletedItems).unwrap().contacts.is_empty());
}

/// So that outcomes can be compared: an error is shown.
fn same(outcome: Result<Gone, GraphError>) -> Result<Gone, String> {
    outcome.map_err(|error| error.to_string())
}

#[tokio::test]
async fn what_is_gone_already_is_gone() {
    let world = World::start().await;
    let place = world.folder().await;
    let ids = [world.contact(&place, 1).await, world.contact(&place, 2).await];
    world.sim.act(Action::DeleteContact { mailbox: world.anna.to_string(), contact: ids[0].to_string(), for_good: true }).unwrap();
    let fates: Vec<_> = world.graph.purge(&world.anna, &ids).await.into_iter().map(same).collect();
    assert_eq!(fates, [Ok(Gone::Before), Ok(Gone::Purged)]);
}

#[tokio::test]
async fn what_its_user_threw_away_is_purged_from_deleted_items() {
    let world = World::start().await;
    let id = world.contact(&world.folder().await, 1).await;
    world.sim.act(Action::DeleteContact { mailbox: world.anna.to_string(), contact: id.to_string(), for_good: false }).unwrap();
    assert_eq!(world.seen(&id).unwrap().0.kind, FolderKind::DeletedItems);
    assert_eq!(same(world.graph.purge(&world.anna, std::slice::from_ref(&id)).await.remove(0)), Ok(Gone::Purged));
    assert!(world.mailbox().known(FolderKind::DeletedItems).unwrap().contacts.is_empty());
}

#[tokio::test]
async fn a_cloud_without_removal_for_good_gets_a_plain_deletion_and_no_other() {
    for (status, code) in [(404, "UnknownError"), (405, "ErrorInvalidRequest"), (501, "NotImplemented"), (400, "BadRequest")] {
        let world = World::with(Options::default(), |settings| settings.purges = false).await;
        let place = world.folder().await;
        let ids = [world.contact(&place, 1).await, world.contact(&place, 2).await];
        world.sim.act(Action::DeleteContact { mailbox: world.anna.to_string(), contact: ids[0].to_string(), for_good: true }).unwrap();
        world.sim.add_fault(Fault::always(Effect::answer(status, code)).on_path("permanentDelete"));
        let fates: Vec<_> = world.graph.purge(&world.anna, &ids).await.into_iter().map(same).collect();
        assert_eq!(fates, [Ok(Gone::Before), Ok(Gone::Trashed)], "{status} {code}");
        assert_eq!(world.seen(&ids[1]).unwrap().0.kind, FolderKind::DeletedItems);

        let world = World::start().await;
        let id = world.contact(&world.folder().await, 1).await;
        world.sim.add_fault(Fault::always(Effect::answer(status, code)).on_path("permanentDelete"));
        let fate = world.graph.purge(&world.anna, std::slice::from_ref(&id)).await.remove(0);
        assert!(matches!(fate, Err(GraphError::Refused { .. } | GraphError::NotFound { .. })), "{fate:?}");
        assert_eq!(world.seen(&id).unwrap().0.name, "CRM");
    }
}

#[tokio::test]
async fn a_not_found_that_does_not_name_the_contact_is_no_removal() {
    let world = World::start().await;
    let id = world.contact(&world.folder().await, 1).await;
    world.sim.add_fault(Fault::always(Effect::answer(404, "")).on_path("/contacts/"));
    let fate = world.graph.purge(&world.anna, std::slice::from_ref(&id)).await.remove(0);
    assert!(matches!(fate, Err(GraphError::NotFound { .. })), "{fate:?}");
    assert!(world.seen(&id).is_some());
}

#[tokio::test]
async fn a_removal_that_does_not_show_is_told() {
    let world = World::start().await;
    let id = world.contact(&world.folder().await, 1).await;
    // Says that the contact is missing, which the look afterwards contradicts.
    world.sim.add_fault(Fault::always(Effect::answer(404, "ErrorItemNotFound")).on_path("permanentDelete"));
    let fate = world.graph.purge(&world.anna, std::slice::from_ref(&id)).await.remove(0);
    assert!(matches!(fate, Err(GraphError::StillThere { .. })), "{fate:?}");
}

#[tokio::test]
async fn ours_are_told_from_the_users_own_without_reading_them() {
    let world = World::start().await;
    let place = world.folder().await;
    let ours = world.contact(&place, 1).await;
    let Place::Folder(folder) = &place else { panic!("a folder") };
    let own = json!({ "displayName": "Oma" });
    world.sim.act(Action::CreateContact { mailbox: world.anna.to_string(), folder: Some(folder.to_string()), contact: own.clone() }).unwrap();
    world.sim.act(Action::CreateContact { mailbox: world.anna.to_string(), folder: None, contact: own }).unwrap();
    let stray = world.contact(&Place::Default, 2).await;
    world.sim.clear_log();

    let listing = world.graph.list_marked(&world.anna, &place).await.unwrap();
    assert_eq!(listing.unmarked.len(), 1);
    assert_eq!(listing.marked.iter().map(|one| (&one.id, one.marker)).collect::<Vec<_>>(), [(&ours, marker(1))]);
    let elsewhere = world.graph.marked_elsewhere(&world.anna, &place).await.unwrap();
    assert_eq!(elsewhere.len(), 1);
    assert_eq!((&elsewhere[0].0, &elsewhere[0].1.marked[0].id, elsewhere[0].1.unmarked.len()), (&Place::Default, &stray, 1));
    for read in world.logged("GET").iter().filter(|one| one.path.contains("/contacts")) {
        assert!(read.path.contains("$select=id,parentFolderId&"), "{}", read.path);
    }
}

#[tokio::test]
async fn a_contact_is_found_by_its_marker_alone() {
    let world = World::start().await;
    let place = world.folder().await;
    let ids = [world.contact(&place, 1).await, world.contact(&place, 2).await];
    let found: Vec<_> = world.graph.find_marked(&world.anna, &place, &[marker(3), marker(2)]).await.into_iter().map(Result::unwrap).collect();
    assert!(found[0].is_empty());
    assert_eq!(found[1].iter().map(|one| &one.id).collect::<Vec<_>>(), [&ids[1]]);
    assert!(world.graph.find_marked(&world.anna, &Place::Default, &[marker(2)]).await.remove(0).unwrap().is_empty());
}

#[tokio::test]
async fn a_folder_of_many_pages_is_read_whole() {
    let world = World::with(Options::default(), |_| {}).await;
    let place = world.folder().await;
    let Place::Folder(folder) = &place else { panic!("a folder") };
    for number in 0..1_203 {
        let contact = json!({ "displayName": format!("Own {number}") });
        world.sim.act(Action::CreateContact { mailbox: world.anna.to_string(), folder: Some(folder.to_string()), contact }).unwrap();
    }
    world.contact(&place, 9).await;
    world.sim.clear_log();
    let listing = world.graph.list_marked(&world.anna, &place).await.unwrap();
    assert_eq!((listing.marked.len(), listing.unmarked.len()), (1, 1_203));
    assert_eq!(world.logged("GET").len(), 3);
}

#[tokio::test]
async fn what_is_read_back_shows_what_its_user_changed() {
    let world = World::start().await;
    let id = world.contact(&world.folder().await, 1).await;
    let properties = [Property::DisplayName, Property::BusinessPhones, Property::HomeAddress].into();
    let changes = json!({ "businessPhones": ["+4930555"] });
    world.sim.act(Action::EditContact { mailbox: world.anna.to_string(), contact: id.to_string(), changes }).unwrap();
    let read = world.graph.read_back(&world.anna, &[id], &properties).await.remove(0).unwrap();
    assert!(!differs(Property::DisplayName, &json!("Person 1"), read.value(Property::DisplayName)));
    assert!(differs(Property::BusinessPhones, &json!(["+493000000001"]), read.value(Property::BusinessPhones)));
    assert!(!differs(Property::HomeAddress, &Value::Null, read.value(Property::HomeAddress)));
    assert!(!format!("{read:?}").contains("Person"));
}
