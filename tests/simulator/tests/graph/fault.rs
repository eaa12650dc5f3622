use std::time::{Duration, Instant};

use adressbote_simulator::{Action, Behaviour, Effect, Fault, FolderKind, Options};
use serde_json::json;

use crate::client::{Client, reply, start, start_with, try_reply};

fn there(client: &Client) -> usize {
    client.graph.mailbox(&client.anna).unwrap().known(FolderKind::Contacts).unwrap().contacts.len()
}

#[tokio::test]
async fn the_next_requests_of_a_kind_fail() {
    let client = start().await;
    let path = client.at("/contacts");
    let other = format!("/users/{}/contacts", client.graph.users()[1].id);
    client.graph.add_fault(Fault::next(2, Effect::throttled(3)).in_mailbox(&client.anna).on_method("GET").on_path("/contacts"));
    assert_eq!(client.get(&other).await.status, 200);
    assert_eq!(client.post(&path, json!({"surname": "X"})).await.status, 201);
    for _ in 0..2 {
        let refused = client.get(&path).await;
        assert_eq!((refused.error(), refused.header("retry-after")), ((429, "TooManyRequests"), "3"));
    }
    assert_eq!(client.get(&path).await.status, 200);
    let count = &client.graph.faults()[0];
    assert_eq!((count.struck, count.matched), (2, 2));
    client.graph.clear_faults();
    for (effect, error) in [
        (Effect::expired_token(), (401, "InvalidAuthenticationToken")),
        (Effect::mailbox_moved(), (503, "MailboxInfoStale")),
        (Effect::no_mailbox(), (404, "MailboxNotEnabledForRESTAPI")),
        (Effect::answer(500, "ErrorInternalServerError"), (500, "ErrorInternalServerError")),
        (Effect::answer(502, "UnknownError"), (502, "UnknownError")),
    ] {
        client.graph.add_fault(Fault::next(1, effect).after(1));
        assert_eq!(client.get(&path).await.status, 200);
        assert_eq!(client.get(&path).await.error(), error);
        assert_eq!(client.get(&path).await.status, 200);
        client.graph.clear_faults();
    }
}

#[tokio::test]
async fn an_answer_is_lost_after_the_act_or_before_it() {
    let client = start().await;
    let create = || client.request("POST", &client.at("/contacts")).json(&json!({"surname": "X"}));
    for (effect, acts) in [(Effect::LoseAnswer, 1), (Effect::CutAnswer, 1), (Effect::DropBefore, 0)] {
        let before = there(&client);
        let number = client.graph.add_fault(Fault::next(1, effect.clone()));
        let lost = try_reply(create()).await;
        assert!(lost.is_err(), "{effect:?} {lost:?}");
        assert_eq!(there(&client) - before, acts, "{effect:?}");
        client.graph.remove_fault(number);
        assert_eq!(reply(create()).await.status, 201, "the next connection is whole");
    }
    let before = there(&client);
    client.graph.add_fault(Fault::next(1, Effect::TimeOutAfter));
    assert_eq!(reply(create()).await.error(), (504, "UnknownError"));
    assert_eq!(there(&client) - before, 1);
    let lost = client.graph.log().iter().filter(|logged| logged.is_lost).count();
    assert_eq!(lost, 3);
}

#[tokio::test]
async fn a_cut_body_ends_half_way() {
    let client = start().await;
    client.graph.add_fault(Fault::next(1, Effect::CutAnswer));
    let response = client.request("GET", &client.at("/contacts")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.is_err());
}

#[tokio::test]
async fn a_whole_batch_is_done_and_lost() {
    let client = start().await;
    client.graph.add_fault(Fault::next(1, Effect::LoseAnswer).on_path("/$batch"));
    let item = json!({"id": "1", "method": "POST", "url": client.at("/contacts"), "headers": {"Content-Type": "application/json"}, "body": {"surname": "X"}});
    let lost = try_reply(client.request("POST", "/$batch").json(&json!({"requests": [item]}))).await;
    assert!(lost.is_err());
    assert_eq!(there(&client), 1);
}

#[tokio::test]
async fn the_token_endpoint_fails_too() {
    let client = start().await;
    client.graph.add_fault(Fault::next(1, Effect::answer(503, "")).on_path("/oauth2/"));
    let refused = client.ask_token(&[]).await;
    assert_eq!((refused.status, &refused.body["error"], &refused.body["error_codes"]), (503, &json!("temporarily_unavailable"), &json!([90033])));
    assert_eq!(client.ask_token(&[]).await.status, 200);
}

#[tokio::test]
async fn delays_come_before_and_after_the_act() {
    let client = start().await;
    for (effect, expected) in [(Effect::DelayBefore { ms: 400 }, 0), (Effect::DelayAfter { ms: 400 }, 2)] {
        let number = client.graph.add_fault(Fault::next(1, effect));
        let begun = Instant::now();
        let call = tokio::spawn(reply(client.request("POST", &client.at("/contacts")).json(&json!({"surname": "X"}))));
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(there(&client), expected);
        assert_eq!(call.await.unwrap().status, 201);
        assert!(begun.elapsed() >= Duration::from_millis(400));
        client.graph.remove_fault(number);
    }
}

#[tokio::test]
async fn storms_and_chance_are_the_same_for_the_same_seed() {
    let pattern = async |seed: u64| {
        let client = start_with(Options { behaviour: Behaviour { seed, ..Behaviour::default() }, ..Options::default() }).await;
        client.graph.add_fault(Fault::storm(5, 1).in_mailbox(&client.anna));
        client.graph.add_fault(Fault::always(Effect::answer(500, "X")).sometimes(300).in_mailbox(&client.anna));
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(client.get(&client.at("/contactFolders")).await.status);
        }
        statuses
    };
    let (one, again, other) = (pattern(1).await, pattern(1).await, pattern(2).await);
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert!((0..8).all(|turn| one[turn * 5 + 4] == 429));
    let failed = one.iter().filter(|status| **status == 500).count();
    assert!((3..25).contains(&failed), "{failed}");
}

#[tokio::test]
async fn the_same_is_reached_over_http() {
    let client = start().await;
    let root = client.graph.base().replace("/v1.0", "/_sim");
    let get = async |path: &str| reply(client.http.get(format!("{root}/{path}"))).await;
    let post = async |path: &str, body: serde_json::Value| reply(client.http.post(format!("{root}/{path}")).json(&body)).await;
    assert_eq!(get("info").await.body, client.graph.info());
    let made = post("act", json!({"do": "create_contact", "mailbox": client.anna, "folder": null, "contact": {"surname": "Own"}})).await;
    assert!(made.body["immutable_id"].is_string(), "{}", made.text);
    let all = get("mailboxes").await;
    assert_eq!(all.body.as_array().unwrap().len(), 1, "only mailboxes with something in them");
    let mailbox = get(&format!("mailboxes/{}", client.anna)).await;
    assert_eq!(mailbox.body["folders"][0]["contacts"][0]["fields"]["surname"], json!("Own"));
    let fault = json!({"method": "GET", "times": 1, "effect": {"kind": "answer", "status": 503, "code": "X"}});
    assert_eq!(post("faults", fault).await.status, 201);
    assert_eq!(client.get("/users").await.error(), (503, "X"));
    assert_eq!(get("faults").await.body[0]["struck"], json!(1));
    let logged = get("log").await;
    assert_eq!(logged.body.as_array().unwrap().last().unwrap()["path"], json!("/users"));
    assert_eq!(post("limits", json!({"requests": 1})).await.status, 200);
    for wrong in [json!({"do": "dance"}), json!({"do": "delete_user", "user": "nobody"}), json!(1)] {
        assert_eq!(post("act", wrong).await.status, 400);
    }
    assert_eq!(get("nothing").await.status, 404);
}

#[tokio::test]
async fn what_the_owner_does_is_seen_by_clients() {
    let client = start().await;
    let mailbox = client.anna.clone();
    let folder = client.folder("CRM").await;
    let id = client.contact(&folder, json!({"surname": "X"})).await;
    let act = |action| client.graph.act(action).unwrap();
    act(Action::RenameFolder { mailbox: mailbox.clone(), folder: folder.clone(), name: "Mine".to_owned() });
    assert_eq!(client.get(&client.at("/contactFolders")).await.each("displayName"), ["Mine"]);
    act(Action::DeleteContact { mailbox: mailbox.clone(), contact: id.clone(), for_good: false });
    assert!(client.get(&client.in_folder(&folder, "/contacts")).await.values().is_empty());
    act(Action::DeleteFolder { mailbox: mailbox.clone(), folder: folder.clone() });
    act(Action::EmptyDeletedItems { mailbox: mailbox.clone() });
    assert_eq!(client.get(&client.in_folder(&folder, "")).await.error(), (404, "ErrorItemNotFound"));
    let view = client.graph.mailbox(&mailbox).unwrap();
    assert_eq!(view.known(FolderKind::Deletions).unwrap().contacts.len(), 1);
    assert!(client.graph.act(Action::DeleteFolder { mailbox: mailbox.clone(), folder: "contacts".to_owned() }).is_err());
    assert!(client.graph.act(Action::DeleteContact { mailbox, contact: id, for_good: true }).is_err());
}
