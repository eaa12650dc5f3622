//! Blocks of folders: they stand only while nothing of the folder's contacts was written.

use std::collections::BTreeMap;

use adressbote_rules::ledger::Pushed;

use super::*;
use Property::DisplayName;

on_each_state!(
    what_was_written_is_read_sorted,
    a_block_takes_the_place_of_the_one_before_and_is_of_one_folder,
    whatever_changes_a_contact_takes_the_block_away,
    a_folder_that_is_made_anew_or_forgotten_loses_its_block,
    a_block_that_is_unsorted_is_not_read,
);

fn made(record: u64, of: u64) -> Made {
    Made { record: RecordNumber(record), of: MadeOf(of) }
}

fn block(of: &str, contacts: &[Made]) -> Block {
    Block::new(BlockDigest { folder: digest(of), recipe: digest("recipe") }, contacts.to_vec())
}

async fn put(state: &State, folder: &FolderKey) {
    state.put_blocks([(folder, &block("a", &[made(1, 2)]))]).await.unwrap();
    assert!(has(state, folder).await);
}

async fn has(state: &State, folder: &FolderKey) -> bool {
    let is_told = state.block_digests().await.unwrap().contains_key(folder);
    assert_eq!(state.blocks_of(std::slice::from_ref(folder)).await.unwrap().contains_key(folder), is_told);
    is_told
}

async fn what_was_written_is_read_sorted(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let (anna, bert, none) = (folder_of("anna"), folder_of("bert"), folder_of("cleo"));
    let large = block("a", &[made(u64::MAX, 0), made(7, u64::MAX), made(0, 1 << 63), made(1 << 63, 5)]).telling("four".to_owned());
    let empty = block("b", &[]);
    state.put_blocks([(&anna, &large), (&bert, &empty)]).await.unwrap();
    assert_eq!(large.contacts().iter().map(|made| made.record.0).collect::<Vec<_>>(), [0, 7, 1 << 63, u64::MAX]);
    let found = state.blocks_of(&[none, bert.clone(), anna.clone()]).await.unwrap();
    assert_eq!(state.block_digests().await.unwrap(), BTreeMap::from([(anna.clone(), large.digest()), (bert.clone(), empty.digest())]));
    assert_eq!(state.blocks_told().await.unwrap(), BTreeMap::from([(anna.clone(), "four".to_owned()), (bert.clone(), String::new())]));
    assert_eq!(found, BTreeMap::from([(anna, large), (bert, empty)]));
}

async fn a_block_takes_the_place_of_the_one_before_and_is_of_one_folder(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let old = folder_of("anna");
    let new = FolderKey { mailbox: MailboxId::new("another"), ..old.clone() };
    put(&state, &old).await;
    put(&state, &new).await;
    let later = block("b", &[made(3, 4), made(1, 1)]);
    state.put_blocks([(&new, &later)]).await.unwrap();
    let found = state.blocks_of(&[old.clone(), new.clone()]).await.unwrap();
    assert_eq!(found, BTreeMap::from([(old, block("a", &[made(1, 2)])), (new, later)]));
}

async fn whatever_changes_a_contact_takes_the_block_away(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let (folder, other, contact) = (folder_of("anna"), folder_of("bert"), ContactId::new("c1"));
    put(&state, &other).await;
    put(&state, &folder).await;
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let new = create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName]));
    let ids = state.intend(pass, &[new], at(1)).await.unwrap();
    assert!(!has(&state, &folder).await, "what is open may have arrived");
    state.put_blocks([(&folder, &block("a", &[made(1, 2)]))]).await.unwrap();
    assert!(!has(&state, &folder).await, "a block of a folder of which something is open");
    state.settle(&[(ids[0], Outcome::Created(contact.clone()))], at(2)).await.unwrap();
    put(&state, &folder).await;
    state.changed_outside(&folder, &[record("p1")]).await.unwrap();
    assert!(!has(&state, &folder).await);
    put(&state, &folder).await;
    state.gone_outside(&folder, &[(record("p1"), contact.clone())], "gone", at(3)).await.unwrap();
    assert!(!has(&state, &folder).await);
    put(&state, &folder).await;
    let pushed = Pushed { contact, digest: None, owned: set(&[DisplayName]), filled: set(&[DisplayName]), brought: Brought::Filter };
    state.adopt(&folder, &[(record("p1"), pushed)], at(4)).await.unwrap();
    assert!(!has(&state, &folder).await);
    put(&state, &folder).await;
    state.rebrought(&folder, &[(record("p1"), Brought::Subscription)]).await.unwrap();
    assert!(!has(&state, &folder).await, "what brought a contact is part of it");
    put(&state, &folder).await;
    state.verified(&folder, &[record("p1")], at(5)).await.unwrap();
    assert!(has(&state, &folder).await && has(&state, &other).await, "a contact that is as we wrote it says nothing new");
}

async fn a_folder_that_is_made_anew_or_forgotten_loses_its_block(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let key = folder_of("anna");
    let folder = Folder { id: FolderId::new("f1"), display_name: "Kunden".into(), created_at: at(1), verified_at: None };
    put(&state, &key).await;
    state.put_folder(&key, &folder).await.unwrap();
    assert!(!has(&state, &key).await);
    put(&state, &key).await;
    state.verified_folder(&key, at(2)).await.unwrap();
    assert!(has(&state, &key).await);
    state.remove_folder(&key).await.unwrap();
    assert!(!has(&state, &key).await);
    state.put_folder(&key, &folder).await.unwrap();
    let elsewhere = FolderKey { mailbox: MailboxId::new("another"), ..key.clone() };
    put(&state, &key).await;
    put(&state, &elsewhere).await;
    state.forget_mailbox(&key.user, &key.mailbox, &by("operator"), at(3)).await.unwrap();
    assert!(!has(&state, &key).await && has(&state, &elsewhere).await);
    state.note_restored(&by("operator"), at(4)).await.unwrap();
    assert!(!has(&state, &elsewhere).await, "a backup does not know what stands in mailboxes");
}

async fn a_block_that_is_unsorted_is_not_read(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    let folder = folder_of("anna");
    put(&state, &folder).await;
    let pairs = |bytes: &str| match base {
        Base::Sqlite => format!("UPDATE block SET pairs = x'{bytes}'"),
        _ => format!("UPDATE adressbote.block SET pairs = '\\x{bytes}'"),
    };
    home.sql(&pairs(&format!("{}{}", "01".repeat(16), "00".repeat(16)))).await;
    assert!(matches!(state.blocks_of(&[folder]).await, Err(StateError::Unreadable { what: "a block of contacts" })));
}
