//! Whose mailbox is whose: nothing ever goes where it was not certain to belong.

use adressbote_rules::key::UserKey;
use adressbote_schema::state::{By, PassKind};
use adressbote_servers::{Base, on_each_database};
use adressbote_simulator::{Action, NewUser, Options, Purpose};
use adressbote_tests::stage::{FOLDER, SOUTH, Stage, mail, of, removals};
use tokio_util::sync::CancellationToken;

on_each_database!(
    a_changed_address_empties_the_old_mailbox_and_the_new_one_waits_for_a_yes,
    a_new_address_of_the_same_mailbox_changes_nothing,
    an_address_that_now_belongs_to_somebody_else_gets_nothing,
    an_address_that_nobody_has_any_longer_freezes_the_folder,
    of_two_users_with_one_mailbox_neither_is_served,
    a_second_user_who_comes_to_a_mailbox_stops_what_is_new_but_takes_nothing_away,
    guests_and_shared_and_disabled_mailboxes_are_refused_unless_named,
    an_account_that_is_disabled_later_gets_nothing_new_and_keeps_what_it_may_have,
    a_user_without_an_address_is_named_and_the_others_are_served,
    a_released_mailbox_is_emptied_and_stays_so_until_a_person_says_otherwise,
    of_two_users_with_one_address_none_is_served_even_when_only_one_is_asked_for,
    space_around_an_address_changes_nothing,
    who_left_stands_in_nobodys_way,
    an_account_of_which_we_may_not_know_enough_is_not_served,
    that_the_kind_of_mailboxes_is_not_told_is_told_once,
);

async fn confirm(stage: &Stage, user: &str) {
    let by = By { actor: "admin".to_owned(), why: Some("story".to_owned()) };
    stage.app().await.unwrap().state.confirm_binding(&UserKey::new(user), &by, chrono::Utc::now()).await.unwrap();
}

fn add(stage: &Stage, name: &str) {
    stage.act(Action::AddUser { new: NewUser::named(&mail(name)) });
}

async fn a_changed_address_empties_the_old_mailbox_and_the_new_one_waits_for_a_yes(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    add(&stage, "anna.neu");
    let id = stage.contact("anna", "Eva Abel").immutable_id;
    stage.sql("UPDATE staff SET mail = 'anna.neu@firma.example' WHERE id = 'anna'").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "binding changed"), 6)].into());
    stage.assert_purged("anna", &id);
    assert!(stage.folder("anna", FOLDER).is_none());
    assert!(stage.folder("anna.neu", FOLDER).is_none());
    let report = stage.pass().await;
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("bind confirm --user anna"), "{report:#?}");
    assert!(stage.names("anna.neu").is_empty());
    confirm(&stage, "anna").await;
    stage.pass().await;
    assert_eq!(stage.names("anna.neu"), SOUTH);
    assert!(stage.folder("anna", FOLDER).is_none());
    stage.assert_exactly_once().await;
}

async fn a_new_address_of_the_same_mailbox_changes_nothing(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let before = stage.sim.mailbox(&stage.id("anna")).unwrap();
    let id = stage.id("anna");
    let new = Some("anna.heirat@firma.example".to_owned());
    stage.act(Action::ChangeMail { user: mail("anna"), mail: new.clone(), user_principal_name: new });
    stage.sql("UPDATE staff SET mail = 'anna.heirat@firma.example' WHERE id = 'anna'").await;
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    let after = stage.sim.mailbox(&id).unwrap();
    assert_eq!(after.folders, before.folders);
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), [], "the address is known by now");
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("anna.heirat").len(), 7);
    stage.assert_exactly_once().await;
}

async fn an_address_that_now_belongs_to_somebody_else_gets_nothing(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let (old, contact) = (stage.id("anna"), stage.contact("anna", "Eva Abel").immutable_id);
    stage.act(Action::ChangeMail { user: old.clone(), mail: None, user_principal_name: Some("frueher@firma.example".to_owned()) });
    stage.act(Action::AddUser { new: NewUser { id: Some("11111111-2222-4333-8444-555555555555".to_owned()), ..NewUser::named(&mail("anna")) } });
    assert_ne!(stage.id("anna"), old);
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "binding changed"), 6)].into());
    assert!(stage.folder("anna", FOLDER).is_none(), "nothing may go to the namesake");
    stage.assert_purged("frueher", &contact);
    stage.pass().await;
    stage.verify().await;
    assert!(stage.folder("anna", FOLDER).is_none());
    assert!(!stage.requests_to("anna").iter().any(|request| request.path.contains("contact")), "the namesake's mailbox was touched");
    confirm(&stage, "anna").await;
    stage.pass().await;
    assert_eq!(stage.names("anna").len(), 7);
    stage.assert_exactly_once().await;
}

async fn an_address_that_nobody_has_any_longer_freezes_the_folder(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("UPDATE staff SET mail = 'niemand@firma.example' WHERE id = 'anna'; INSERT INTO abo VALUES ('108', 'group:sued', 'anna')").await;
    let report = stage.pass().await;
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("nobody"), "{report:#?}");
    assert_eq!(stage.names("anna"), SOUTH);
    assert_eq!(stage.names("berta").len(), 7);
}

async fn of_two_users_with_one_mailbox_neither_is_served(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("UPDATE staff SET mail = 'berta@firma.example' WHERE id = 'anna'").await;
    let report = stage.pass().await;
    assert!(stage.names("berta").is_empty(), "{:?}", stage.names("berta"));
    assert!(of(&report, "anna").trouble.is_some() && of(&report, "berta").trouble.is_some(), "{report:#?}");
    assert_eq!(stage.names("carl").len(), 4);
    stage.pass().await;
    assert!(stage.folder("berta", FOLDER).is_none());
}

async fn a_second_user_who_comes_to_a_mailbox_stops_what_is_new_but_takes_nothing_away(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    add(&stage, "dora");
    stage.sql("INSERT INTO staff VALUES ('dora', 'dora', 'berta@firma.example', 1, 1); INSERT INTO member VALUES ('dora', 'nord'); INSERT INTO seat VALUES ('dora')").await;
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
    let report = stage.pass().await;
    assert_eq!(stage.names("berta"), SOUTH);
    assert!(of(&report, "berta").trouble.as_ref().unwrap().contains("users berta, dora have the same mailbox"), "{report:#?}");
    stage.assert_never_sent("berta", "Binder");
    assert_eq!(stage.names("anna").len(), 7);
    stage.sql("UPDATE staff SET mail = 'dora@firma.example' WHERE id = 'dora'").await;
    stage.pass().await;
    stage.pass().await;
    assert_eq!(stage.names("berta").len(), 7);
    stage.assert_never_sent("berta", "Binder");
    stage.assert_exactly_once().await;
}

async fn guests_and_shared_and_disabled_mailboxes_are_refused_unless_named(base: Base) {
    let stage = Stage::on(base).await;
    stage.act(Action::AddUser { new: NewUser { is_guest: true, ..NewUser::named(&mail("gast")) } });
    stage.sql("UPDATE staff SET mail = 'gast@firma.example' WHERE id = 'anna'").await;
    stage.act(Action::SetPurpose { user: mail("berta"), purpose: Purpose::Shared });
    stage.act(Action::EnableUser { user: mail("carl"), is_enabled: false });
    let report = stage.pass().await;
    for (user, mailbox, word) in [("anna", "gast", "guest"), ("berta", "berta", "shared"), ("carl", "carl", "disabled")] {
        assert!(stage.folder(mailbox, FOLDER).is_none(), "{user}");
        assert!(of(&report, user).trouble.as_ref().unwrap().contains(word), "{:?}", of(&report, user).trouble);
    }
    stage.configure("[worker]", "allow_mailboxes = [\"Berta@firma.example\"]\n[worker]");
    stage.pass().await;
    assert_eq!((stage.names("berta").len(), stage.names("carl").len()), (6, 0));
}

async fn an_account_that_is_disabled_later_gets_nothing_new_and_keeps_what_it_may_have(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.act(Action::EnableUser { user: mail("anna"), is_enabled: false });
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x'); DELETE FROM access WHERE person = '105'").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Max Zorn", "Pia Lang", "Udo Kurz"]);
    assert_eq!(stage.names("berta").len(), 6);
}

async fn a_user_without_an_address_is_named_and_the_others_are_served(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("UPDATE staff SET mail = NULL WHERE id = 'anna'").await;
    let report = stage.pass().await;
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("no mail address"));
    assert_eq!(stage.names("berta"), SOUTH);
}

async fn a_released_mailbox_is_emptied_and_stays_so_until_a_person_says_otherwise(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let by = By { actor: "admin".to_owned(), why: None };
    stage.app().await.unwrap().state.release_binding(&UserKey::new("anna"), &by, chrono::Utc::now()).await.unwrap();
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "binding changed"), 6)].into());
    stage.pass().await;
    assert!(stage.folder("anna", FOLDER).is_none());
    confirm(&stage, "anna").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_exactly_once().await;
}

async fn of_two_users_with_one_address_none_is_served_even_when_only_one_is_asked_for(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("UPDATE staff SET mail = ' Berta@firma.example ' WHERE id = 'anna'").await;
    let report = stage.try_pass(PassKind::User(UserKey::new("anna")), false, &CancellationToken::new()).await.unwrap();
    let trouble = of(&report, "anna").trouble.as_ref().unwrap();
    assert!(trouble.contains("anna, berta") || trouble.contains("bind confirm"), "{trouble}");
    let report = stage.try_pass(PassKind::User(UserKey::new("berta")), false, &CancellationToken::new()).await.unwrap();
    assert!(of(&report, "berta").trouble.is_some(), "{report:#?}");
    assert!(stage.folder("berta", FOLDER).is_none());
}

async fn space_around_an_address_changes_nothing(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("UPDATE staff SET mail = '  anna@firma.example ' WHERE id = 'anna'").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.sql("UPDATE staff SET mail = 'ANNA@firma.example' WHERE id = 'anna'").await;
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), []);
}

async fn who_left_stands_in_nobodys_way(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    // Dora inherits Anna's mailbox; Emil wants Berta's and leaves before anybody said yes.
    stage
        .sql(
            "INSERT INTO staff VALUES ('dora', 'dora', 'anna@firma.example', 1, 1), ('emil', 'emil', 'berta@firma.example', 1, 1);
             INSERT INTO member VALUES ('dora', 'sued'), ('emil', 'sued'); INSERT INTO seat VALUES ('dora'), ('emil')",
        )
        .await;
    let report = stage.pass().await;
    let trouble = of(&report, "berta").trouble.as_ref().unwrap();
    assert!(trouble.contains("users berta, emil have the same mailbox"), "{trouble}");
    stage.sql("UPDATE staff SET active = 0 WHERE id IN ('anna', 'emil')").await;
    stage.pass().await;
    stage.sql("INSERT INTO abo VALUES ('108', 'user:berta', 'x')").await;
    let report = stage.pass().await;
    assert!(of(&report, "berta").trouble.is_none(), "{report:#?}");
    assert_eq!(stage.names("berta").len(), 7);
    confirm(&stage, "dora").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_exactly_once().await;
}

async fn an_account_of_which_we_may_not_know_enough_is_not_served(base: Base) {
    let users = ["anna", "berta", "carl"].map(|name| NewUser::named(&mail(name))).to_vec();
    let roles = ["Contacts.ReadWrite", "User.ReadBasic.All", "MailboxSettings.Read"].map(str::to_owned).to_vec();
    let stage = Stage::with(base, Options { users, roles, ..Options::default() }).await;
    let report = stage.pass().await;
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("grant User.Read.All"), "{report:#?}");
    assert!(stage.folder("anna", FOLDER).is_none());
}

async fn that_the_kind_of_mailboxes_is_not_told_is_told_once(base: Base) {
    let users = ["anna", "berta", "carl"].map(|name| NewUser::named(&mail(name))).to_vec();
    let roles = ["Contacts.ReadWrite", "User.Read.All"].map(str::to_owned).to_vec();
    let stage = Stage::with(base, Options { users, roles, ..Options::default() }).await;
    let report = stage.pass().await;
    assert_eq!(report.alarms.iter().filter(|alarm| alarm.contains("MailboxSettings.Read")).count(), 1, "{report:#?}");
    assert_eq!(stage.names("anna"), SOUTH);
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
    let report = stage.pass().await;
    assert_eq!((report.alarms, stage.names("anna").len()), (vec![], 7));
}
