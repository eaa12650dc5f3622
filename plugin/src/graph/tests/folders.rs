use adressbote_simulator::{Action, Effect, Fault};

use super::*;

async fn ensure(world: &World, known: Option<&FolderId>) -> FolderState {
    world.ensure(known, &mark()).await
}

fn made(world: &World, name: &str, below: Option<&FolderId>, is_hidden: bool) -> FolderId {
    let below = below.map(FolderId::to_string);
    let id = world.sim.act(Action::CreateFolder { mailbox: world.anna.to_string(), name: name.into(), below, is_hidden }).unwrap();
    FolderId::new(id["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_folder_is_made_once_with_our_mark() {
    let world = World::start().await;
    let first = ensure(&world, None).await;
    assert_eq!((first.name.as_str(), first.found, &first.trashed, first.doubles.len()), ("CRM", Found::Created, &None, 0));
    assert_eq!(world.view("CRM").extended.values().collect::<Vec<_>>(), [&mark().to_string()]);
    assert_eq!(ensure(&world, Some(&first.id)).await, FolderState { found: Found::Known, ..first.clone() });
    assert_eq!(ensure(&world, None).await, FolderState { found: Found::ByMark, ..first });
    assert_eq!(world.logged("POST").len(), 1);
}

#[tokio::test]
async fn a_renamed_folder_stays_renamed_and_a_moved_one_is_found() {
    let world = World::start().await;
    let id = ensure(&world, None).await.id;
    world.sim.act(Action::RenameFolder { mailbox: world.anna.to_string(), folder: id.to_string(), name: "Kunden".into() }).unwrap();
    let other = made(&world, "Other", None, false);
    world.sim.act(Action::MoveFolder { mailbox: world.anna.to_string(), folder: id.to_string(), below: other.to_string() }).unwrap();
    for (known, found) in [(Some(&id), Found::Known), (None, Found::ByMark)] {
        let state = ensure(&world, known).await;
        assert_eq!((&state.id, state.name.as_str(), state.found), (&id, "Kunden", found));
    }
}

#[tokio::test]
async fn a_foreign_folder_of_our_name_is_never_adopted() {
    let world = World::start().await;
    let foreign = made(&world, "crm", None, false);
    made(&world, "CRM (2)", None, true);
    let state = ensure(&world, None).await;
    assert_eq!(state.name, "CRM (3)", "one is listed, one is only told by the refusal");
    assert_ne!(state.id, foreign);
}

#[tokio::test]
async fn a_folder_marked_for_another_book_is_another_folder() {
    let world = World::start().await;
    world.ensure(None, &Digest([1; 16])).await;
    assert_eq!(ensure(&world, None).await.name, "CRM (2)");
}

#[tokio::test]
async fn a_deleted_folder_is_made_anew_and_the_old_one_named_for_purging() {
    let world = World::start().await;
    let old = ensure(&world, None).await.id;
    let place = Place::Folder(old.clone());
    let id = world.contact(&place, 1).await;
    world.sim.act(Action::DeleteFolder { mailbox: world.anna.to_string(), folder: old.to_string() }).unwrap();
    let state = ensure(&world, Some(&old)).await;
    assert_eq!((state.name.as_str(), state.found, state.trashed), ("CRM", Found::Created, Some(old.clone())));
    let lying = world.graph.list_marked(&world.anna, &place).await.unwrap();
    assert_eq!(lying.marked[0].id, id);
    assert!(!world.graph.remove_if_empty(&world.anna, &old).await.unwrap());
    world.graph.purge(&world.anna, &[id]).await.remove(0).unwrap();
    assert!(world.graph.remove_if_empty(&world.anna, &old).await.unwrap());
    assert!(world.mailbox().folders.iter().all(|folder| folder.id != old.as_str()));
    assert!(world.graph.remove_if_empty(&world.anna, &old).await.unwrap(), "gone is done");
    assert_eq!(ensure(&world, Some(&old)).await.found, Found::ByMark);
}

#[tokio::test]
async fn a_folder_with_something_of_its_users_is_kept() {
    let world = World::start().await;
    let id = ensure(&world, None).await.id;
    let below = made(&world, "Below", Some(&id), false);
    assert!(!world.graph.remove_if_empty(&world.anna, &id).await.unwrap());
    world.sim.act(Action::DeleteFolder { mailbox: world.anna.to_string(), folder: below.to_string() }).unwrap();
    let contact = json!({ "displayName": "Oma" });
    world.sim.act(Action::CreateContact { mailbox: world.anna.to_string(), folder: Some(id.to_string()), contact }).unwrap();
    assert!(!world.graph.remove_if_empty(&world.anna, &id).await.unwrap());
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_folder() {
    for effect in [Effect::LoseAnswer, Effect::TimeOutAfter, Effect::CutAnswer] {
        let world = World::start().await;
        world.sim.add_fault(Fault::next(1, effect).on_method("POST").in_mailbox(world.anna.as_str()));
        let state = ensure(&world, None).await;
        assert_eq!((state.name.as_str(), state.found), ("CRM", Found::Created));
        assert_eq!(world.logged("POST").len(), 1);
    }
    let world = World::start().await;
    world.sim.add_fault(Fault::next(2, Effect::DropBefore).on_method("POST").in_mailbox(world.anna.as_str()));
    ensure(&world, None).await;
    assert_eq!(world.logged("POST").len(), 3);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_told_from_a_contact_that_is_gone() {
    let world = World::start().await;
    let place = world.folder().await;
    let Place::Folder(folder) = &place else { panic!("a folder") };
    let id = world.contact(&place, 1).await;
    world.graph.purge(&world.anna, std::slice::from_ref(&id)).await.remove(0).unwrap();
    assert!(world.graph.remove_if_empty(&world.anna, folder).await.unwrap());
    let bin = world.mailbox().folders.into_iter().find(|one| one.id == folder.as_str()).unwrap();
    assert!(bin.is_deleted, "what Graph does not show of a folder can be taken back from Deleted Items");
    assert!(world.graph.remove_if_empty(&world.anna, folder).await.unwrap(), "from there it goes away");
    let of = async |request: Request| world.graph.send(Some(&world.anna), &request).await.unwrap_err().next(Duration::ZERO);
    assert_eq!(of(patch(&world.anna, &id, "x")).await, Next::Recreate);
    assert_eq!(of(new(&world.anna, &place, 1)).await, Next::FindFolder);
    assert_eq!(of(request::contacts_marked(&world.anna, &place)).await, Next::FindFolder);
}
