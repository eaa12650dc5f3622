//! Graph misbehaves: everything arrives in the end, nothing twice, and one bad mailbox slows no other.

use std::time::Duration;

use adressbote::worker::pass::{self, Order, Unwatched};
use adressbote::worker::queue::Queue;
use adressbote::worker::timer::{self, Status};
use adressbote_schema::state::PassKind;
use adressbote_servers::Base;
use adressbote_simulator::{Action, Behaviour, Dispatch, Effect, Fault, Logged, NewUser, Options};
use adressbote_tests::stage::{FOLDER, NORTH, SOUTH, Stage, mail, of, text};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn an_expired_secret_changes_nothing_says_so_once_and_is_recovered_from() {
    let stage = Stage::new().await;
    stage.pass().await;
    let (anna, carl) = (stage.mailbox("anna"), stage.mailbox("carl"));
    stage.sql("DELETE FROM access WHERE person = '105'; INSERT INTO abo VALUES ('108', 'group:sued', 'x'); UPDATE person SET notes = 'neu' WHERE id = '100'").await;
    stage.act(Action::ExpireSecret);
    let said = stage.failure().await;
    assert!(said.contains("secret") && said.contains("expired"), "{said}");
    assert!(!said.contains(&std::fs::read_to_string(stage.path("secret")).unwrap()));
    assert_eq!((stage.mailbox("anna"), stage.mailbox("carl")), (anna, carl));
    stage.act(Action::NewSecret);
    stage.write("secret", &stage.sim.client_secret());
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Kurt Alt", "Max Zorn", "Pia Lang", "Udo Kurz"]);
    assert_eq!(stage.contact("anna", "Ida Österle").fields["personalNotes"], "neu");
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_worker_that_runs_on_takes_the_new_secret_when_there_is_one() {
    let stage = Stage::new().await;
    let (app, graph, stop) = (stage.app().await.unwrap(), stage.graph(), CancellationToken::new());
    let (queue, (status, mut seen)) = (Queue::default(), watch::channel(Status::default()));
    let story = async {
        seen.wait_for(|status| status.last.is_some()).await.unwrap();
        stage.act(Action::ExpireSecret);
        stage.act(Action::ExpireTokens);
        stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
        queue.ask(PassKind::Full, chrono::Utc::now()).unwrap();
        let failed = seen.wait_for(|status| status.failure.is_some()).await.unwrap().failure.clone().unwrap();
        assert!(failed.contains("expired"), "{failed}");
        stage.act(Action::NewSecret);
        stage.write("secret", &stage.sim.client_secret());
        // The failed pass after this one reads the secret, at the latest.
        for _ in 0..3 {
            queue.ask(PassKind::Full, chrono::Utc::now()).unwrap();
            seen.changed().await.unwrap();
            seen.wait_for(|status| status.running_since.is_none()).await.unwrap();
        }
        stop.cancel();
    };
    tokio::join!(timer::run(&app, &graph, &queue, status, stop.clone()), story);
    assert_eq!((stage.names("anna").len(), stage.names("berta").len()), (7, 7));
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_missing_mailbox_concerns_its_user_only() {
    let stage = Stage::new().await;
    stage.act(Action::GiveMailbox { user: mail("anna"), has_mailbox: false });
    let report = stage.pass().await;
    let trouble = of(&report, "anna").trouble.clone().unwrap();
    assert!(trouble.contains("licence"), "{trouble}");
    assert_eq!((stage.names("berta").len(), stage.names("carl").len()), (6, 4));
    stage.act(Action::GiveMailbox { user: mail("anna"), has_mailbox: true });
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn access_denied_to_one_mailbox_concerns_its_user_only_and_deletes_nothing() {
    let stage = Stage::new().await;
    stage.pass().await;
    stage.act(Action::DenyByPolicy { user: mail("anna"), is_denied: true });
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x'); DELETE FROM access WHERE person = '105'").await;
    let report = stage.pass().await;
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("denied"), "{:?}", of(&report, "anna").trouble);
    assert_eq!((stage.names("anna").len(), stage.names("berta").len()), (6, 6));
    assert!(stage.names("berta").contains(&"Kurt Alt".to_owned()));
    stage.act(Action::DenyByPolicy { user: mail("anna"), is_denied: false });
    stage.pass().await;
    assert_eq!(stage.names("anna"), stage.names("berta"));
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn in_a_storm_of_refusals_to_wait_everything_arrives_once() {
    let stage = Stage::new().await;
    stage.sim.add_fault(Fault::storm(4, 1).on_path("contact"));
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_waited_as_told(&stage);
    assert_eq!((stage.names("anna"), stage.names("carl")), (SOUTH.map(str::to_owned).to_vec(), NORTH.map(str::to_owned).to_vec()));
    assert!(stage.sim.faults()[0].struck > 4);
    stage.assert_exactly_once().await;
}

/// Asserts that no mailbox got a request within the second that it had asked for (but for those of the same batch), nor more than four at once.
fn assert_waited_as_told(stage: &Stage) {
    for user in ["anna", "berta", "carl"] {
        let requests = stage.sim.log_since(0, Some(&stage.id(user)));
        let refused: Vec<&Logged> = requests.iter().filter(|one| one.status == 429).collect();
        assert!(!refused.is_empty(), "{user}");
        for refused in refused {
            let at = |one: &Logged| chrono::DateTime::parse_from_rfc3339(&one.at).unwrap();
            let later = requests.iter().filter(|one| one.number > refused.number && (one.batch.is_none() || one.batch != refused.batch));
            let wait = later.map(|one| at(one) - at(refused)).min();
            assert!(wait.is_none_or(|wait| wait.num_milliseconds() >= 990), "{user} was asked again after {wait:?}");
        }
    }
    assert!(stage.sim.traffic().iter().all(|one| one.traffic.most_in_flight <= 4 && one.traffic.refused_in_flight == 0), "{:?}", stage.sim.traffic());
}

#[tokio::test]
async fn a_mailbox_that_asks_for_a_long_wait_is_taken_up_later_and_holds_up_no_other() {
    let stage = Stage::new().await;
    stage.pass().await;
    stage.sim.add_fault(Fault::always(Effect::throttled(120)).in_mailbox(&stage.id("anna")));
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
    let begun = chrono::Utc::now();
    let report = stage.pass().await;
    assert!((chrono::Utc::now() - begun).num_seconds() < 20);
    assert_eq!((stage.names("anna").len(), stage.names("berta").len()), (6, 7));
    let wait = of(&report, "anna").next_try.unwrap() - begun;
    assert!((118..=122).contains(&wait.num_seconds()), "{wait}");
    assert_eq!(report.next_pass(), of(&report, "anna").next_try, "the next pass comes when Graph lets it");
    assert_eq!(stage.state("SELECT user_key FROM folder_status WHERE next_try_at IS NOT NULL").await, ["anna"]);
}

#[tokio::test]
async fn when_the_time_for_additions_is_over_withdrawals_still_go_and_the_next_pass_goes_on() {
    let stage = Stage::new().await;
    let (app, graph, stop) = (stage.app().await.unwrap(), stage.graph(), CancellationToken::new());
    let order = |budget| Order { kind: PassKind::Full, cause: "story", verifies: false, budget };
    stage.pass_by(&app, &graph, &order(None), &stop).await.unwrap();
    stage.sql("DELETE FROM access WHERE person = '105'; INSERT INTO field_right VALUES ('user:anna', 'main.birthday', 'deny')").await;
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x'); UPDATE person SET notes = 'neu' WHERE id = '103'").await;
    let report = stage.pass_by(&app, &graph, &order(Some(Duration::ZERO)), &stop).await.unwrap();
    assert!(report.is_cut && report.next_pass().is_some_and(|next| next <= chrono::Utc::now()), "{report:#?}");
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Max Zorn", "Pia Lang", "Udo Kurz"]);
    assert_eq!(text(&stage.contact("anna", "Ida Österle"), "birthday"), "");
    assert_eq!(text(&stage.contact("anna", "Udo Kurz"), "personalNotes"), "", "an update that takes nothing away waits");
    let report = stage.pass_by(&app, &graph, &order(Some(Duration::from_secs(60))), &stop).await.unwrap();
    assert!(!report.is_cut && !report.needs_attention(), "{report:#?}");
    assert_eq!((stage.names("anna").len(), text(&stage.contact("anna", "Udo Kurz"), "personalNotes").as_str()), (6, "neu"));
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_mailbox_that_refuses_every_token_concerns_its_user_only() {
    let stage = Stage::new().await;
    stage.sim.add_fault(Fault::always(Effect::expired_token()).in_mailbox(&stage.id("anna")).on_path("contact"));
    let report = stage.pass().await;
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("token"), "{report:#?}");
    assert_eq!((stage.names("berta").len(), stage.names("carl").len(), report.alarms.len()), (6, 4, 0));
    stage.sim.clear_faults();
    stage.sim.add_fault(Fault::always(Effect::expired_token()).on_path("contact"));
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x'), ('108', 'group:nord', 'x')").await;
    let report = stage.pass().await;
    assert!(report.alarms.iter().any(|alarm| alarm.contains("every mailbox refuses")), "{report:#?}");
    stage.sim.clear_faults();
    stage.pass().await;
    assert_eq!((stage.names("anna").len(), stage.names("carl").len()), (7, 4));
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_batch_that_graph_works_off_all_at_once_meets_its_own_limit_and_arrives_once() {
    let users = ["anna", "berta", "carl"].map(|name| NewUser::named(&mail(name))).to_vec();
    let behaviour = Behaviour { dispatch: Dispatch::AllAtOnce, latency_ms: 5, ..Behaviour::default() };
    let stage = Stage::with(Base::Sqlite, Options { users, behaviour, ..Options::default() }).await;
    stage.crowd(24).await;
    for _ in 0..4 {
        stage.pass().await;
    }
    assert_eq!((stage.names("anna").len(), stage.names("berta").len()), (30, 30));
    stage.assert_exactly_once().await;
}

/// Each way in which a creation can go wrong, and whether it was carried out.
fn mishaps() -> [(&'static str, Effect); 7] {
    [
        ("the answer is lost", Effect::LoseAnswer),
        ("the answer is cut", Effect::CutAnswer),
        ("done, but 504", Effect::TimeOutAfter),
        ("lost before", Effect::DropBefore),
        ("500", Effect::answer(500, "ErrorInternalServerError")),
        ("503", Effect::answer(503, "ErrorServerBusy")),
        ("503 during a move", Effect::mailbox_moved()),
    ]
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_or_that_fails_comes_once() {
    for (what, effect) in mishaps() {
        let stage = Stage::new().await;
        stage.sim.add_fault(Fault::next(3, effect).in_mailbox(&stage.id("anna")).on_method("POST").on_path("/contacts").after(1));
        stage.pass().await;
        assert!(stage.sim.faults()[0].struck >= 1, "{what}");
        assert_eq!(stage.names("berta"), SOUTH, "{what}");
        stage.sim.clear_faults();
        stage.pass().await;
        assert_eq!(stage.names("anna"), SOUTH, "{what}");
        stage.assert_exactly_once().await;
    }
}

#[tokio::test]
async fn a_folder_whose_creation_is_lost_is_made_once() {
    for (what, effect) in mishaps() {
        let stage = Stage::new().await;
        stage.sim.add_fault(Fault::next(1, effect).on_method("POST").on_path("/contactFolders"));
        stage.pass().await;
        stage.sim.clear_faults();
        stage.pass().await;
        for user in ["anna", "berta", "carl"] {
            assert_eq!(stage.mailbox(user).folders.iter().filter(|folder| folder.name.starts_with(FOLDER)).count(), 1, "{what}: {user}");
        }
        assert_eq!((stage.names("anna").len(), stage.names("carl").len()), (6, 4), "{what}");
        stage.assert_exactly_once().await;
    }
}

#[tokio::test]
async fn a_whole_batch_that_is_lost_comes_once() {
    for (what, effect) in [("lost", Effect::LoseAnswer), ("cut", Effect::CutAnswer), ("504", Effect::TimeOutAfter), ("dropped", Effect::DropBefore)] {
        let stage = Stage::new().await;
        stage.sim.add_fault(Fault::next(2, effect).on_path("$batch"));
        stage.pass().await;
        stage.pass().await;
        assert_eq!((stage.names("anna").len(), stage.names("berta").len(), stage.names("carl").len()), (6, 6, 4), "{what}");
        stage.assert_exactly_once().await;
    }
}

#[tokio::test]
async fn updates_and_withdrawals_whose_answers_are_lost_are_done_in_the_end() {
    for (what, effect) in mishaps() {
        let stage = Stage::new().await;
        stage.pass().await;
        let gone = stage.contact("anna", "Jan Öztürk").immutable_id;
        stage.sql("DELETE FROM access WHERE person = '105'; UPDATE person SET notes = 'neu'").await;
        stage.sim.add_fault(Fault::next(4, effect).in_mailbox(&stage.id("anna")).on_path("/contacts/"));
        stage.pass().await;
        stage.sim.clear_faults();
        stage.pass().await;
        stage.assert_purged("anna", &gone);
        for name in ["Eva Abel", "Ida Österle", "Max Zorn", "Pia Lang", "Udo Kurz"] {
            assert_eq!(text(&stage.contact("anna", name), "personalNotes"), "neu", "{what}: {name}");
        }
        stage.assert_exactly_once().await;
    }
}

#[tokio::test]
async fn a_mailbox_that_never_answers_slows_no_other() {
    let stage = Stage::new().await;
    stage.sim.add_fault(Fault::always(Effect::answer(503, "ErrorServerBusy")).in_mailbox(&stage.id("anna")));
    let report = stage.pass().await;
    assert!(of(&report, "anna").trouble.is_some());
    assert_eq!((stage.names("berta").len(), stage.names("carl").len()), (6, 4));
    stage.sim.clear_faults();
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
}

#[tokio::test]
async fn a_full_mailbox_gets_nothing_new_while_withdrawals_go_on() {
    let stage = Stage::new().await;
    stage.pass().await;
    let full = Fault::always(Effect::answer(507, "ErrorQuotaExceeded")).in_mailbox(&stage.id("anna"));
    stage.sim.add_fault(full.clone().on_path("/contacts").on_body("displayName"));
    stage.sql("DELETE FROM access WHERE person = '105'; INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
    let report = stage.pass().await;
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("full"), "{:?}", of(&report, "anna").trouble);
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Max Zorn", "Pia Lang", "Udo Kurz"]);
    assert_eq!(stage.names("berta").len(), 6);
    stage.sim.clear_faults();
    stage.pass().await;
    assert_eq!(stage.names("anna"), stage.names("berta"));
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_contact_that_graph_refuses_is_reported_the_rest_goes_on_and_it_is_not_sent_again_until_it_changes() {
    let stage = Stage::new().await;
    let refuse = || Fault::always(Effect::answer(400, "ErrorInvalidProperty")).on_body("Zorn GmbH");
    stage.sim.add_fault(refuse());
    let report = stage.pass().await;
    assert_eq!((of(&report, "anna").refused, of(&report, "anna").created, of(&report, "carl").refused), (1, 5, 0));
    assert!(report.needs_attention());
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Jan Öztürk", "Pia Lang", "Udo Kurz"]);
    stage.forget_requests();
    let report = stage.pass().await;
    assert_eq!((of(&report, "anna").refused, stage.sim.log()), (1, vec![]));
    stage.sql("UPDATE person SET company = 'Zorn AG' WHERE id = '101'").await;
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("anna"), SOUTH);
    stage.sql("UPDATE person SET company = 'Zorn GmbH' WHERE id = '101'").await;
    stage.pass().await;
    assert_eq!(stage.contact("anna", "Max Zorn").fields["companyName"], "Zorn AG", "a refused update leaves the contact as it was");
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_field_right_that_is_lost_is_obeyed_even_where_graph_refuses_the_rest_of_the_update() {
    let stage = Stage::new().await;
    stage.pass().await;
    stage.sim.add_fault(Fault::always(Effect::answer(400, "ErrorInvalidProperty")).on_body("unmöglich"));
    stage.sql("UPDATE person SET notes = 'unmöglich' WHERE id = '100'; INSERT INTO field_right VALUES ('user:anna', 'main.birthday', 'deny')").await;
    let report = stage.pass().await;
    let ida = stage.contact("anna", "Ida Österle");
    assert_eq!((text(&ida, "birthday").as_str(), text(&ida, "personalNotes").as_str()), ("", "segelt gern"));
    assert_eq!(ida.fields["displayName"], "Ida Österle");
    assert_eq!(of(&report, "anna").cleared.get("birthday: field right lost"), Some(&3), "{report:#?}");
    assert_eq!(of(&report, "anna").refused, 1);
    stage.sql("INSERT INTO field_right VALUES ('user:anna', 'main.company', 'deny')").await;
    stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Ida Österle"), "companyName"), "");
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_list_without_markers_purges_nothing_and_nothing_is_added_to_what_it_shows() {
    let stage = Stage::new().await;
    stage.pass().await;
    let before = stage.mailbox("anna");
    stage.sim.add_fault(Fault::always(Effect::OmitExtended).in_mailbox(&stage.id("anna")).on_path("/contacts?"));
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
    let report = stage.verify().await;
    assert_eq!(stage.mailbox("anna"), before);
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("without the markers"), "{report:#?}");
    assert_eq!((of(&report, "anna").restored, of(&report, "anna").foreign), (0, Some(0)));
    assert_eq!(stage.names("berta").len(), 7);
    stage.sim.clear_faults();
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("anna"), stage.names("berta"));
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_removal_for_good_that_is_refused_is_tried_again_and_nothing_goes_to_deleted_items() {
    let stage = Stage::new().await;
    stage.pass().await;
    let gone = stage.contact("anna", "Jan Öztürk").immutable_id;
    stage.sim.add_fault(Fault::always(Effect::answer(400, "ErrorInvalidRequest")).in_mailbox(&stage.id("anna")).on_path("permanentDelete"));
    stage.sql("DELETE FROM access WHERE person = '105'").await;
    let report = stage.pass().await;
    assert!(report.needs_attention() && of(&report, "anna").refused == 1, "{report:#?}");
    assert_eq!(stage.whereabouts("anna", &gone).unwrap().0.name, FOLDER, "it waits where it stands");
    assert_eq!(stage.names("berta").len(), 5);
    stage.sim.clear_faults();
    stage.pass().await;
    stage.assert_purged("anna", &gone);
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_cloud_that_knows_no_removal_for_good_is_told_of() {
    let stage = Stage::new().await;
    stage.pass().await;
    stage.sim.add_fault(Fault::always(Effect::answer(404, "UnknownError")).on_path("permanentDelete"));
    stage.sql("DELETE FROM access WHERE person = '105'").await;
    let graph = stage.graph_with(|settings| settings.purges = false);
    let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
    let report = stage.pass_by(&stage.app().await.unwrap(), &graph, &order, &CancellationToken::new()).await.unwrap();
    assert_eq!((of(&report, "anna").trashed, of(&report, "carl").trashed, stage.names("anna").len()), (1, 1, 5));
}

#[tokio::test]
async fn a_token_that_expires_meanwhile_is_renewed() {
    let stage = Stage::new().await;
    stage.sim.add_fault(Fault::next(3, Effect::expired_token()).on_path("/contacts"));
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_pass_that_is_told_to_stop_ends_between_changes_and_the_next_one_goes_on() {
    let stage = Stage::new().await;
    stage.crowd(60).await;
    stage.sim.add_fault(Fault::always(Effect::DelayAfter { ms: 20 }).on_method("POST").on_path("/contacts"));
    let stop = CancellationToken::new();
    let telling = async {
        while stage.names("anna").len() < 5 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        stop.cancel();
    };
    let (app, graph) = (stage.app().await.unwrap(), stage.graph());
    let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
    let (report, ()) = tokio::join!(pass::run(&app, &graph, &order, &Unwatched, &stop), telling);
    let report = report.unwrap();
    drop(app);
    assert!(report.is_stopped && report.needs_attention());
    let count = stage.names("anna").len();
    assert!((5..66).contains(&count), "{count}");
    stage.assert_exactly_once().await;
    assert_eq!(stage.state("SELECT user_key FROM folder_status WHERE delivered_at IS NOT NULL AND user_key = 'anna'").await, Vec::<String>::new());
    stage.sim.clear_faults();
    stage.pass().await;
    assert_eq!((stage.names("anna").len(), stage.names("berta").len()), (66, 66));
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn told_to_stop_it_prepares_nobody_reads_nothing_back_and_waits_for_nothing() {
    let stage = Stage::new().await;
    stage.crowd(200).await;
    stage.pass().await;
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'carl'; INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
    stage.sim.add_fault(Fault::always(Effect::throttled(3)).in_mailbox(&stage.id("anna")).on_path("$expand"));
    stage.sim.add_fault(Fault::always(Effect::DelayBefore { ms: 50 }).in_mailbox(&stage.id("berta")).on_method("GET"));
    let (app, graph, stop) = (stage.app().await.unwrap(), stage.graph(), CancellationToken::new());
    stage.forget_requests();
    let telling = async {
        while !stage.requests_to("anna").iter().any(|one| one.status == 429) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
        std::time::Instant::now()
    };
    let order = Order { kind: PassKind::Full, cause: "story", verifies: true, budget: None };
    let (report, told) = tokio::join!(stage.pass_by(&app, &graph, &order, &stop), telling);
    assert!(told.elapsed() < Duration::from_millis(1_500), "{:?}", told.elapsed());
    let report = report.unwrap();
    assert!(report.is_stopped && of(&report, "berta").trouble.is_none(), "{report:#?}");
    assert!(stage.requests_to("berta").len() < 100, "{} requests", stage.requests_to("berta").len());
    assert!(stage.folder("carl", FOLDER).is_some(), "no folder goes any longer");
    stage.sim.clear_faults();
    stage.pass().await;
    assert_eq!((stage.names("anna").len(), stage.folder("carl", FOLDER)), (207, None));
    stage.assert_exactly_once().await;
}
