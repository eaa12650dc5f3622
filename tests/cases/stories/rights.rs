//! What a user loses leaves his mailbox, at once and for good; nobody else notices.

use std::time::Duration;

use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{NORTH, SOUTH, Stage, of, removals, text};

on_each_database!(
    a_lost_right_takes_the_contact_away_for_good,
    both_rules_must_agree_before_a_record_is_shown,
    a_lost_field_right_empties_the_field_and_is_never_sent_again,
    a_lost_right_on_a_phone_number_empties_it,
    a_number_lost_leaves_another_in_its_place_only_when_that_may_be_written,
    a_field_right_given_back_fills_the_field_again,
    a_right_that_ends_by_itself_is_withdrawn_without_a_write_to_the_crm,
    a_membership_lost_takes_away_what_it_alone_had_shown,
    a_group_within_a_group_has_its_rights,
    withdrawals_of_everybody_come_before_anything_is_added,
);

async fn a_lost_right_takes_the_contact_away_for_good(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let (anna, berta, carl) = (stage.contact("anna", "Jan Öztürk"), stage.contact("berta", "Jan Öztürk"), stage.mailbox("carl"));
    stage.sql("DELETE FROM access WHERE person = '105' AND principal = 'group:sued'").await;
    stage.forget_requests();
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "right lost"), 1), (("berta", "right lost"), 1)].into());
    for (user, lost) in [("anna", anna), ("berta", berta)] {
        assert_eq!(stage.names(user).len(), 5);
        stage.assert_purged(user, &lost.immutable_id);
        stage.assert_never_sent(user, "Öztürk");
    }
    assert_eq!(stage.mailbox("carl"), carl);
    assert_eq!(stage.requests_to("carl"), []);
    stage.assert_exactly_once().await;
}

async fn both_rules_must_agree_before_a_record_is_shown(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    assert!(!stage.names("anna").contains(&"Rosa Binder".to_owned()));
    stage.sql("INSERT INTO secrecy VALUES ('106', 'user:anna')").await;
    stage.pass().await;
    assert!(stage.names("anna").contains(&"Rosa Binder".to_owned()));
    stage.sql("INSERT INTO bar VALUES ('106', 'user:anna')").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "right lost"), 1)].into());
    assert_eq!(stage.names("anna"), SOUTH);
}

async fn a_lost_field_right_empties_the_field_and_is_never_sent_again(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let before = stage.contact("anna", "Eva Abel");
    assert!(text(&before, "birthday").starts_with("1999-12-31"));
    stage.sql("INSERT INTO field_right VALUES ('user:anna', 'main.birthday', 'deny')").await;
    stage.forget_requests();
    let report = stage.pass().await;
    for name in SOUTH {
        assert_eq!(text(&stage.contact("anna", name), "birthday"), "", "{name}");
    }
    assert_eq!(stage.contact("anna", "Eva Abel").immutable_id, before.immutable_id);
    assert_eq!(of(&report, "anna").cleared, [("birthday: field right lost".to_owned(), 3)].into());
    assert!(text(&stage.contact("berta", "Eva Abel"), "birthday").starts_with("1999-12-31"));
    stage.sql("UPDATE person SET birthday = '1998-01-02', city = 'Bregenz' WHERE id = '102'").await;
    stage.pass().await;
    stage.verify().await;
    for hidden in ["1999", "1998", "1980-02", "1975"] {
        stage.assert_never_sent("anna", hidden);
    }
    assert_eq!(stage.contact("anna", "Eva Abel").fields["businessAddress"]["city"], "Bregenz");
}

async fn a_lost_right_on_a_phone_number_empties_it(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Ida Österle"), "mobilePhone"), "+491713920001");
    assert_eq!(text(&stage.contact("berta", "Ida Österle"), "mobilePhone"), "");
    stage.sql("UPDATE private_phone SET principal = 'user:berta' WHERE phone = 't2'").await;
    stage.forget_requests();
    let report = stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Ida Österle"), "mobilePhone"), "");
    assert_eq!(text(&stage.contact("berta", "Ida Österle"), "mobilePhone"), "+491713920001");
    assert_eq!(of(&report, "anna").cleared, [("mobilePhone: field right lost".to_owned(), 1)].into());
    stage.assert_never_sent("anna", "3920001");
}

async fn a_number_lost_leaves_another_in_its_place_only_when_that_may_be_written(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("INSERT INTO phone VALUES ('t9', '100', 'mobile', '0171 39200 09', 3)").await;
    stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Ida Österle"), "mobilePhone"), "+491713920001");
    // While the seats are in doubt nothing new is written, be it a number or a name.
    stage.sql("DELETE FROM seat; UPDATE person SET last_name = 'Neuhaus' WHERE id = '100'").await;
    stage.sql("UPDATE private_phone SET principal = 'user:carl' WHERE phone = 't2'").await;
    stage.forget_requests();
    let report = stage.pass().await;
    let ida = stage.contact("anna", "Ida Österle");
    assert_eq!((text(&ida, "mobilePhone"), text(&ida, "fileAs")), (String::new(), "Österle, Ida".to_owned()));
    assert_eq!(ida.fields["businessPhones"], serde_json::json!(["+493023125001"]), "what stands as it is due stays");
    assert_eq!(of(&report, "anna").cleared, [("mobilePhone: field right lost".to_owned(), 1)].into());
    stage.assert_never_sent("anna", "Neuhaus");
    stage.assert_never_sent("anna", "392000");
    stage.forget_requests();
    stage.pass().await;
    assert!(stage.requests_to("anna").iter().all(|request| request.method != "PATCH"), "it is emptied once");
    stage.sql("INSERT INTO seat VALUES ('anna'), ('berta'), ('carl')").await;
    stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Ida Neuhaus"), "mobilePhone"), "+491713920009");
}

async fn a_field_right_given_back_fills_the_field_again(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM field_right").await;
    stage.pass().await;
    assert!(text(&stage.contact("carl", "Pia Lang"), "birthday").starts_with("1975-05-05"));
}

async fn a_right_that_ends_by_itself_is_withdrawn_without_a_write_to_the_crm(base: Base) {
    let stage = Stage::on(base).await;
    let (app, graph) = (stage.app().await.unwrap(), stage.graph());
    let until = chrono::Utc::now() + chrono::TimeDelta::milliseconds(2_500);
    let written = until.format("%Y-%m-%d %H:%M:%S%.3f");
    let until = until.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    stage.sql(&format!("UPDATE access SET valid_until = '{written}' WHERE person = '105' AND principal = 'group:nord'")).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let queue = adressbote::worker::queue::Queue::default();
    let (status, mut seen) = tokio::sync::watch::channel(adressbote::worker::timer::Status::default());
    let watch = async {
        let first = seen.wait_for(|status| status.last.is_some()).await.unwrap().last.clone().unwrap();
        assert_eq!(first.next_turn.map(|turn| turn.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)), Some(until.clone()));
        assert_eq!(stage.names("carl"), NORTH);
        let second = seen.wait_for(|status| status.last.as_ref().is_some_and(|last| last.pass != first.pass)).await.unwrap().last.clone().unwrap();
        stop.cancel();
        second
    };
    let worker = adressbote::worker::timer::run(&app, &graph, &queue, status, stop.clone());
    let (second, ()) =
        tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(watch, worker) }).await.expect("a pass when the right ends");
    assert_eq!(removals(&second), [(("carl", "right lost"), 1)].into());
    assert_eq!(stage.names("carl"), ["Pia Lang", "Rosa Binder", "Tom Weiß"]);
}

async fn a_membership_lost_takes_away_what_it_alone_had_shown(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("UPDATE member SET team = 'nord' WHERE staff = 'berta'").await;
    let report = stage.pass().await;
    assert_eq!(stage.names("berta"), NORTH);
    assert_eq!((of(&report, "berta").deleted.get("right lost"), of(&report, "berta").created), (Some(&4), 2));
    assert_eq!(text(&stage.contact("berta", "Pia Lang"), "birthday"), "");
    stage.assert_exactly_once().await;
}

async fn a_group_within_a_group_has_its_rights(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("INSERT INTO nesting VALUES ('nord', 'sued')").await;
    stage.pass().await;
    assert_eq!(stage.names("carl").len(), 8);
    stage.sql("DELETE FROM nesting; INSERT INTO nesting VALUES ('sued', 'nord')").await;
    stage.pass().await;
    assert_eq!(stage.names("carl"), NORTH);
    assert_eq!(stage.names("anna").len(), 8);
}

async fn withdrawals_of_everybody_come_before_anything_is_added(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("UPDATE member SET team = CASE team WHEN 'sued' THEN 'nord' ELSE 'sued' END").await;
    stage.forget_requests();
    stage.pass().await;
    let log = stage.sim.log();
    let last_purge = log.iter().filter(|one| one.path.contains("permanentDelete")).map(|one| one.number).max().unwrap();
    let first_new = log.iter().filter(|one| one.method == "POST" && one.path.ends_with("/contacts")).map(|one| one.number).min().unwrap();
    assert!(last_purge < first_new, "an addition was sent before the last withdrawal");
    assert_eq!((stage.names("anna"), stage.names("carl")), (NORTH.map(str::to_owned).to_vec(), SOUTH.map(str::to_owned).to_vec()));
}
