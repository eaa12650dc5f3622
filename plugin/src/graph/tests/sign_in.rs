use adressbote_simulator::{Action, Effect, Fault};

use super::*;

const CERTIFICATE: &[u8] = include_bytes!("../../../tests/graph/certificate.pem");
const KEY: &[u8] = include_bytes!("../../../tests/graph/key.pem");

fn tokens_asked(sim: &Running) -> usize {
    sim.log().iter().filter(|one| one.path.ends_with("/token")).count()
}

fn why(error: &GraphError) -> Why {
    match error {
        GraphError::Token(TokenError::Refused { why, .. }) => *why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_asked_for_once_however_many_wait_for_it() {
    let world = World::start().await;
    let calls = (0..12).map(|_| world.graph.probe(&world.anna));
    assert!(futures::future::join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(tokens_asked(&world.sim), 1);
}

#[tokio::test]
async fn the_certificate_signs_what_entra_verifies() {
    let options = Options { certificates: vec![CERTIFICATE.to_vec()], ..Options::default() };
    let credential = Credential::Certificate(Certificate::from_pem(CERTIFICATE, KEY).unwrap());
    let world = World::with(options, |settings| settings.credential = credential).await;
    assert_eq!(world.graph.check().await.unwrap().contacts, Granted::Yes);
    world.sim.act(Action::RemoveCertificates).unwrap();
    let again =
        client(GraphSettings { credential: Credential::Certificate(Certificate::from_pem(CERTIFICATE, KEY).unwrap()), ..settings(&world.sim) });
    assert_eq!(why(&again.check().await.unwrap_err()), Why::AssertionRefused);
}

#[tokio::test]
async fn a_clock_that_is_wrong_has_its_own_sentence() {
    let options = Options { certificates: vec![CERTIFICATE.to_vec()], ..Options::default() };
    let credential = Credential::Certificate(Certificate::from_pem(CERTIFICATE, KEY).unwrap());
    let world = World::with(options, |settings| settings.credential = credential).await;
    world.sim.act(Action::AdvanceClock { seconds: 3_600 }).unwrap();
    assert_eq!(why(&world.graph.check().await.unwrap_err()), Why::ClockSkew);
}

#[tokio::test]
async fn an_expired_secret_is_told_and_not_asked_again_at_once() {
    let world = World::start().await;
    world.sim.act(Action::ExpireSecret).unwrap();
    for _ in 0..5 {
        let error = world.graph.probe(&world.anna).await.unwrap_err();
        assert_eq!(why(&error), Why::SecretExpired);
        assert_eq!(error.next(Duration::ZERO), Next::StopAll);
    }
    assert_eq!(tokens_asked(&world.sim), 1);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(world.graph.probe(&world.anna).await.is_err());
    assert_eq!(tokens_asked(&world.sim), 2);
}

#[tokio::test]
async fn wrong_settings_are_told_apart() {
    let world = World::start().await;
    let wrong = |change: fn(&mut GraphSettings)| {
        let mut settings = settings(&world.sim);
        change(&mut settings);
        client(settings)
    };
    let secret = wrong(|settings| settings.credential = Credential::Secret("hunter2".into()));
    let error = secret.check().await.unwrap_err();
    assert_eq!(why(&error), Why::SecretWrong);
    assert!(!format!("{error:?} {error} {secret:?}").contains("hunter2"));
    let app = wrong(|settings| settings.client_id = "11111111-2222-4333-8444-555555555555".to_owned());
    assert_eq!(why(&app.check().await.unwrap_err()), Why::AppUnknown);
    let tenant = wrong(|settings| settings.token_url.set_path("/elsewhere.example/oauth2/v2.0/token"));
    assert_eq!(why(&tenant.check().await.unwrap_err()), Why::TenantUnknown);
    world.sim.act(Action::DisableApp { is_disabled: true }).unwrap();
    assert_eq!(why(&wrong(|_| {}).check().await.unwrap_err()), Why::AppDisabled);
}

#[tokio::test]
async fn a_token_that_ends_midway_is_replaced_unnoticed() {
    let world = World::start().await;
    let place = world.folder().await;
    world.sim.act(Action::ExpireTokens).unwrap();
    let id = world.contact(&place, 1).await;
    assert!(world.seen(&id).is_some());
    assert_eq!(tokens_asked(&world.sim), 2);
    world.sim.act(Action::ExpireTokens).unwrap();
    let some: Vec<Request> = (2..8).map(|number| new(&world.anna, &place, number)).collect();
    assert!(world.graph.batch(&world.anna, &some).await.iter().all(Result::is_ok));
    assert_eq!(world.view("CRM").contacts.len(), 7);
}

#[tokio::test]
async fn a_token_that_a_mailbox_never_takes_stops_it_after_one_more_try() {
    let world = World::start().await;
    world.sim.add_fault(Fault::always(Effect::expired_token()).in_mailbox(world.anna.as_str()));
    let error = world.graph.probe(&world.anna).await.unwrap_err();
    assert_eq!(error.next(Duration::ZERO), Next::StopMailbox);
    assert_eq!(world.logged("GET").len(), 2);
}

#[tokio::test]
async fn entra_being_busy_passes() {
    let world = World::start().await;
    world.sim.add_fault(Fault::next(1, Effect::answer(503, "temporarily_unavailable")).on_path("/oauth2/"));
    tokio::time::timeout(Duration::from_secs(5), world.graph.probe(&world.anna)).await.unwrap().unwrap();
}

#[tokio::test]
async fn roles_are_read_from_the_token() {
    let world = World::with(Options { roles: vec!["User.Read.All".into(), "Mail.Read".into()], ..Options::default() }, |_| {}).await;
    let permissions = world.graph.check().await.unwrap();
    assert_eq!((permissions.contacts, permissions.directory), (Granted::NotInToken, Granted::Yes));
    assert_eq!(permissions.needless, ["Mail.Read"]);
    assert!(permissions.claims.until.is_some());
    let error = world.graph.probe(&world.anna).await.unwrap_err();
    assert!(matches!(error, GraphError::Forbidden { reach: Reach::Mailbox, .. }), "{error:?}");
}
