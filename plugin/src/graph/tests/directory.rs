use adressbote_simulator::{Action, NewUser, Purpose as SimPurpose};

use super::*;

async fn one(world: &World, address: &str) -> DirectoryUser {
    match world.graph.resolve_user(address).await.unwrap() {
        Resolved::One(user) => user,
        other => panic!("{other:?}"),
    }
}

async fn start(users: Vec<NewUser>) -> World {
    World::with(Options { users, ..Options::default() }, |_| {}).await
}

#[tokio::test]
async fn a_user_is_found_by_address_sign_in_name_and_further_address() {
    let world = start(vec![NewUser { mail: Some("o'hara@bodensee.example".into()), ..NewUser::named("ohara.u@bodensee.example") }]).await;
    for address in ["o'hara@bodensee.example", "ohara.u@bodensee.example", "O'Hara@Bodensee.example"] {
        let user = one(&world, address).await;
        assert_eq!((&user.id, user.purpose, user.unfit()), (&world.anna, Some(Purpose::User), None));
    }
    assert_eq!(world.graph.resolve_user("nobody@bodensee.example").await.unwrap(), Resolved::Nobody);
}

#[tokio::test]
async fn whom_we_do_not_serve_unasked_is_recognised() {
    let users = vec![
        NewUser { is_guest: true, ..NewUser::named("guest@bodensee.example") },
        NewUser { account_enabled: false, ..NewUser::named("gone@bodensee.example") },
        NewUser { purpose: SimPurpose::Shared, account_enabled: false, ..NewUser::named("info@bodensee.example") },
        NewUser { purpose: SimPurpose::Room, ..NewUser::named("room@bodensee.example") },
        NewUser { has_mailbox: false, ..NewUser::named("new@bodensee.example") },
    ];
    let world = start(users).await;
    let expected =
        [("guest", Some(Unfit::Guest)), ("gone", Some(Unfit::Disabled)), ("info", Some(Unfit::Shared)), ("room", Some(Unfit::Room)), ("new", None)];
    for (name, unfit) in expected {
        assert_eq!(one(&world, &format!("{name}@bodensee.example")).await.unfit(), unfit, "{name}");
    }
    let new = one(&world, "new@bodensee.example").await;
    assert_eq!(new.purpose, None);
    assert!(matches!(world.graph.probe(&new.id).await, Err(GraphError::MailboxMissing { missing: Missing::NotEnabled, .. })));
    assert!(!format!("{new:?}").contains("new@"));
}

#[tokio::test]
async fn two_users_with_one_address_are_not_chosen_between() {
    let double = NewUser { mail: Some("info@bodensee.example".into()), ..NewUser::named("a@bodensee.example") };
    let world = start(vec![double, NewUser::named("info@bodensee.example")]).await;
    let Resolved::Several(ids) = world.graph.resolve_user("info@bodensee.example").await.unwrap() else { panic!("several") };
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn each_reason_for_no_mailbox_has_its_name() {
    let world = World::start().await;
    let user = world.anna.to_string();
    let probe = async || world.graph.probe(&world.anna).await.unwrap_err();
    world.sim.act(Action::DenyByPolicy { user: user.clone(), is_denied: true }).unwrap();
    assert!(matches!(probe().await, GraphError::Forbidden { reach: Reach::Mailbox, .. }));
    world.sim.act(Action::DenyByPolicy { user: user.clone(), is_denied: false }).unwrap();
    world.sim.act(Action::GiveMailbox { user: user.clone(), has_mailbox: false }).unwrap();
    assert!(matches!(probe().await, GraphError::MailboxMissing { missing: Missing::NotEnabled, .. }));
    world.sim.act(Action::DeleteUser { user }).unwrap();
    assert!(matches!(probe().await, GraphError::MailboxMissing { missing: Missing::UserUnknown, .. }));
}

#[tokio::test]
async fn a_missing_directory_permission_is_the_tenants_matter() {
    let world = World::with(Options { roles: vec!["Contacts.ReadWrite".into()], ..Options::default() }, |_| {}).await;
    let error = world.graph.resolve_user("anna.buehler@bodensee.example").await.unwrap_err();
    assert!(matches!(error, GraphError::Forbidden { reach: Reach::Tenant, .. }), "{error:?}");
    assert_eq!(error.next(Duration::ZERO), Next::StopMailbox, "who is bound already can be served");
    assert!(!format!("{error} {error:?}").contains("anna"));
}

#[tokio::test]
async fn without_the_right_to_ask_the_purpose_is_untold() {
    let roles = vec!["Contacts.ReadWrite".into(), "User.Read.All".into()];
    let world = World::with(Options { roles, ..Options::default() }, |_| {}).await;
    assert_eq!(one(&world, "anna.buehler@bodensee.example").await.purpose, Some(Purpose::Untold));
}
