use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use adressbote_simulator::{Effect, Fault};

use super::*;

#[tokio::test]
async fn what_can_be_repeated_is_repeated_within_bounds() {
    for effect in
        [Effect::answer(502, "BadGateway"), Effect::answer(504, "UnknownError"), Effect::mailbox_moved(), Effect::LoseAnswer, Effect::CutAnswer]
    {
        let world = World::start().await;
        let id = world.contact(&world.folder().await, 1).await;
        world.sim.add_fault(Fault::next(3, effect).on_method("PATCH"));
        world.graph.send(Some(&world.anna), &patch(&world.anna, &id, "Persona 1")).await.unwrap();
        assert_eq!(world.logged("PATCH").len(), 4);
        world.sim.add_fault(Fault::always(Effect::answer(500, "ErrorInternalServerError")).on_method("PATCH"));
        let error = world.graph.send(Some(&world.anna), &patch(&world.anna, &id, "Persona 2")).await.unwrap_err();
        assert!(matches!(error, GraphError::Transient { status: 500, .. }), "{error:?}");
        assert_eq!(world.logged("PATCH").len(), 8);
    }
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_never_repeated() {
    let lost = [Effect::LoseAnswer, Effect::CutAnswer, Effect::TimeOutAfter, Effect::DropBefore, Effect::answer(500, "ErrorInternalServerError")];
    for effect in lost {
        let world = World::start().await;
        let place = world.folder().await;
        world.sim.clear_log();
        world.sim.add_fault(Fault::next(1, effect.clone()).on_method("POST").in_mailbox(world.anna.as_str()));
        let error = world.graph.send(Some(&world.anna), &new(&world.anna, &place, 1)).await.unwrap_err();
        assert!(matches!(error, GraphError::Unknown { .. }), "{effect:?}: {error:?}");
        assert_eq!(world.logged("POST").len(), 1, "{effect:?}");
        assert!(world.graph.find_marked(&world.anna, &place, &[marker(1)]).await.remove(0).unwrap().len() <= 1);
    }
}

#[tokio::test]
async fn a_creation_refused_before_it_was_done_is_repeated() {
    let world = World::start().await;
    let place = world.folder().await;
    world.sim.add_fault(Fault::next(1, Effect::throttled(1)).on_method("POST").in_mailbox(world.anna.as_str()));
    world.contact(&place, 1).await;
    assert_eq!(world.view("CRM").contacts.len(), 1);
}

#[tokio::test]
async fn a_creation_that_a_busy_server_may_have_done_is_not_repeated_and_the_mailbox_waits() {
    let world = World::start().await;
    let place = world.folder().await;
    let busy = Effect::Answer { status: 503, code: "ErrorServerBusy".into(), message: String::new(), retry_after_s: Some(1) };
    world.sim.add_fault(Fault::next(1, busy).on_method("POST").in_mailbox(world.anna.as_str()));
    let error = world.graph.send(Some(&world.anna), &new(&world.anna, &place, 1)).await.unwrap_err();
    assert!(matches!(error, GraphError::Unknown { lost: Lost::Busy(_), .. }), "{error:?}");
    let asked = std::time::Instant::now();
    world.graph.probe(&world.anna).await.unwrap();
    assert!(asked.elapsed() > Duration::from_millis(900), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn who_is_told_to_stop_waits_for_nothing() {
    let world = World::start().await;
    let id = world.contact(&world.folder().await, 1).await;
    world.sim.add_fault(Fault::always(Effect::throttled(3)).on_method("PATCH"));
    let stop = tokio_util::sync::CancellationToken::new();
    let graph = world.graph.until(&stop);
    let telling = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.cancel();
    };
    let (patch, begun) = (patch(&world.anna, &id, "Persona 1"), std::time::Instant::now());
    let (outcome, ()) = tokio::join!(graph.send(Some(&world.anna), &patch), telling);
    assert!(matches!(outcome, Err(GraphError::Throttled { .. })), "{outcome:?}");
    let outcomes = graph.batch(&world.anna, &[patch.clone(), patch]).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(GraphError::Stopped { .. }))), "the mailbox still has to wait: {outcomes:?}");
    assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_slow_answer_runs_into_the_timeout() {
    let world = World::with(Options::default(), |settings| settings.call_timeout = Duration::from_millis(200)).await;
    let place = world.folder().await;
    let id = world.contact(&place, 1).await;
    world.sim.add_fault(Fault::next(1, Effect::DelayAfter { ms: 600 }).on_method("POST").in_mailbox(world.anna.as_str()));
    let error = world.graph.send(Some(&world.anna), &new(&world.anna, &place, 2)).await.unwrap_err();
    assert!(matches!(error, GraphError::Unknown { .. }), "{error:?}");
    world.sim.add_fault(Fault::next(1, Effect::DelayBefore { ms: 600 }).on_method("PATCH"));
    world.graph.send(Some(&world.anna), &patch(&world.anna, &id, "Persona 1")).await.unwrap();
}

#[tokio::test]
async fn nobody_there_means_nothing_was_sent() {
    let anna = MailboxId::new("6d1e");
    let error = against(vec![]).send(Some(&anna), &new(&anna, &Place::Default, 1)).await.unwrap_err();
    assert!(matches!(error, GraphError::Transport { lost: Lost::NotSent(_), .. }), "{error:?}");
    let outcomes = against(vec![]).batch(&anna, &[new(&anna, &Place::Default, 1), new(&anna, &Place::Default, 2)]).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(GraphError::Transport { lost: Lost::NotSent(_), .. }))), "{outcomes:?}");
}

/// A server that answers each request with one text, whatever was asked.
fn parrot(answers: Vec<&'static str>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/v1.0", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 65_536];
            let _ = stream.read(&mut request).unwrap();
            write!(stream, "HTTP/1.1 {answer}").unwrap();
        }
    });
    url
}

fn page(body: &str) -> &'static str {
    let text = format!("200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    Box::leak(text.into_boxed_str())
}

const TOKEN: &str = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"opaque"}"#;

/// A client whose Graph answers like this, after a token.
fn against(answers: Vec<&'static str>) -> Graph {
    let token = parrot(vec![page(TOKEN)]);
    let mut settings = GraphSettings::new(parrot(answers), token, "app", Credential::Secret("hunter2".into()));
    settings.patience = Patience { first: Duration::from_millis(5), tries: 2, ..Patience::default() };
    client(settings)
}

#[tokio::test]
async fn answers_that_make_no_sense_are_never_taken_for_an_empty_folder() {
    let anna = MailboxId::new("6d1e");
    for body in ["", "<html>Welcome to the hotel</html>", "{}", r#"{"value":null}"#, r#"{"value":[{"id":"#, "[]"] {
        let graph = against(vec![page(body), page(body)]);
        let error = graph.list_marked(&anna, &Place::Default).await.unwrap_err();
        assert!(matches!(error, GraphError::Protocol { .. } | GraphError::Transport { .. }), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_creation_answered_with_nonsense_is_looked_up() {
    let anna = MailboxId::new("6d1e");
    for body in ["", "<html>", "{}"] {
        let error = against(vec![page(body)]).send(Some(&anna), &new(&anna, &Place::Default, 1)).await.unwrap_err();
        assert!(matches!(error, GraphError::Unknown { .. }), "{body}: {error:?}");
    }
    let redirect = "302 Found\r\nLocation: http://hotel.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let error = against(vec![redirect]).send(Some(&anna), &new(&anna, &Place::Default, 1)).await.unwrap_err();
    assert!(matches!(error, GraphError::Unknown { .. }), "{error:?}");
}

#[tokio::test]
async fn a_batch_answered_with_nonsense_leaves_creations_unknown() {
    let anna = MailboxId::new("6d1e");
    let two = [new(&anna, &Place::Default, 1), new(&anna, &Place::Default, 2)];
    for body in ["", "{}", r#"{"responses":[{"id":"7","status":201}]}"#, r#"{"responses":[{"id":"0"},{"id":"1","status":"201"}]}"#] {
        let outcomes = against(vec![page(body)]).batch(&anna, &two).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(GraphError::Unknown { .. }))), "{body}: {outcomes:?}");
    }
}

#[tokio::test]
async fn a_link_to_another_server_is_not_followed() {
    let anna = MailboxId::new("6d1e");
    let body = r#"{"value":[],"@odata.nextLink":"http://127.0.0.2:9/v1.0/users/6d1e/contacts?$skip=10"}"#;
    let error = against(vec![page(body)]).list_marked(&anna, &Place::Default).await.unwrap_err();
    assert!(matches!(error, GraphError::Protocol { what: "a link leads to another server and was not followed", .. }), "{error:?}");
}

#[tokio::test]
async fn no_error_shows_what_was_sent() {
    let anna = MailboxId::new("6d1e");
    let error = against(vec![]).send(Some(&anna), &new(&anna, &Place::Default, 1)).await.unwrap_err();
    let mut shown = format!("{error:?} {error}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        shown.push_str(&format!(" {cause}"));
        source = cause.source();
    }
    assert!(!shown.contains("Person") && !shown.contains("hunter2") && !shown.contains("opaque"), "{shown}");
}

#[tokio::test]
async fn each_request_names_itself() {
    let world = World::start().await;
    world.graph.probe(&world.anna).await.unwrap();
    world.graph.probe(&world.anna).await.unwrap();
    let ids: Vec<_> = world.logged("GET").iter().map(|one| one.headers["client-request-id"].clone()).collect();
    assert!(ids.len() == 2 && ids[0] != ids[1]);
    assert!(world.logged("GET")[0].headers["user-agent"].starts_with("Adressbote/"));
}

#[tokio::test]
async fn we_stay_below_the_requests_that_a_mailbox_may_have() {
    let world = World::with(Options::default(), |settings| settings.pace.mailbox_per_10_min = number(20)).await;
    let calls = async {
        for _ in 0..20 {
            world.graph.probe(&world.anna).await.unwrap();
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(500), calls).await.is_err());
    assert_eq!(world.logged("GET").len(), 8);
    assert_eq!(world.graph.forget_idle(), 0);
}
