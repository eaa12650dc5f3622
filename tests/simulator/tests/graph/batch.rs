use adressbote_simulator::{Behaviour, Dispatch, Effect, Fault, Options};
use serde_json::{Value, json};

use crate::client::{Client, escape, start, start_with};

fn create(client: &Client, id: usize) -> Value {
    json!({"id": id.to_string(), "method": "POST", "url": client.at("/contacts"), "headers": {"Content-Type": "application/json"}, "body": {"surname": format!("N{id}")}})
}

fn creates(client: &Client, count: usize) -> Value {
    (0..count).map(|id| create(client, id)).collect()
}

#[tokio::test]
async fn twenty_requests_are_answered_by_id_in_another_order() {
    let client = start().await;
    let reply = client.post("/$batch", json!({"requests": creates(&client, 20)})).await;
    assert_eq!(reply.status, 200);
    let responses = reply.body["responses"].as_array().unwrap();
    let ids: Vec<&str> = responses.iter().map(|response| response["id"].as_str().unwrap()).collect();
    let mut sorted = ids.clone();
    sorted.sort_by_key(|id| id.parse::<usize>().unwrap());
    assert_eq!(sorted, (0..20).map(|id| id.to_string()).collect::<Vec<_>>());
    assert_ne!(ids, sorted, "any order");
    for response in responses {
        assert_eq!(response["status"], json!(201));
        assert_eq!(response["body"]["surname"], json!(format!("N{}", response["id"].as_str().unwrap())));
        assert!(response["headers"]["Content-Type"].as_str().unwrap().starts_with("application/json"));
    }
    let traffic = client.graph.traffic();
    assert_eq!((traffic[0].traffic.requests, traffic[0].traffic.refused_in_flight), (20, 0), "four at a time fit");
    let log = client.graph.log();
    let batch = log.iter().find(|logged| logged.path == "/$batch").unwrap().number;
    assert_eq!(log.iter().filter(|logged| logged.batch == Some(batch) && logged.mailbox.as_deref() == Some(&client.anna)).count(), 20);
}

#[tokio::test]
async fn the_same_batch_has_the_same_outcome_every_time() {
    let outcome = async || {
        let client = start().await;
        let answers = client.batch(creates(&client, 20)).await;
        let ids: Vec<Value> = (0..20).map(|id: usize| answers[id.to_string()]["body"]["id"].clone()).collect();
        let log = client.graph.log_since(0, Some(&client.anna));
        let order: Vec<Value> = log.iter().map(|logged| logged.body["surname"].clone()).collect();
        assert_eq!(order, (0..20).map(|id| json!(format!("N{id}"))).collect::<Vec<_>>(), "begun in the order of the requests");
        ids
    };
    assert_eq!(outcome().await, outcome().await);
}

#[tokio::test]
async fn what_is_wrong_with_one_is_wrong_with_all() {
    let client = start().await;
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "/users"});
    let with = |name: &str, value: Value| {
        let mut request = get("1");
        request[name] = value;
        json!({"requests": [request]})
    };
    let too_many: Value = (0..21).map(|id| get(&id.to_string())).collect();
    let refused = client.post("/$batch", json!({"requests": too_many})).await;
    assert_eq!(refused.error(), (400, "MaximumValueExceeded"));
    for wrong in [
        json!({}),
        json!({"requests": []}),
        json!({"requests": 1}),
        json!({"requests": [1]}),
        json!({"requests": [get("a"), get("A")]}),
        json!({"requests": [{"method": "GET", "url": "/users"}]}),
        json!({"requests": [{"id": "1", "url": "/users"}]}),
        json!({"requests": [{"id": "1", "method": "GET"}]}),
        with("body", json!({"surname": "X"})),
        with("headers", json!([])),
        with("headers", json!({"Prefer": 1})),
        json!({"requests": [{"id": "1", "method": "POST", "url": client.at("/contacts/x/permanentDelete")}]}),
        with("dependsOn", json!("1")),
        with("dependsOn", json!(["2"])),
        with("dependsOn", json!(["1"])),
    ] {
        let refused = client.post("/$batch", wrong.clone()).await;
        assert_eq!(refused.error(), (400, "BadRequest"), "{wrong}");
    }
    assert_eq!(client.get("/$batch").await.status, 405);
    let nested = client
        .batch(json!([{"id": "1", "method": "POST", "url": "/$batch", "headers": {"Content-Type": "application/json"}, "body": {"requests": []}}]))
        .await;
    assert_eq!(nested["1"]["status"], json!(400));
    let versioned = client.batch(json!([{"id": "1", "method": "GET", "url": "/v1.0/users"}])).await;
    assert_eq!(versioned["1"]["status"], json!(400));
    let absolute = client.batch(json!([{"id": "1", "method": "GET", "url": format!("{}/users", client.graph.base())}])).await;
    assert_eq!(absolute["1"]["status"], json!(400));
    let id = client.contact("contacts", json!({"surname": "X"})).await;
    let url = client.at(&format!("/contacts/{}/permanentDelete", escape(&id)));
    let gone = client.batch(json!([{"id": "1", "method": "POST", "url": url, "headers": {"Content-Type": "application/json"}, "body": {}}])).await;
    assert_eq!(gone["1"]["status"], json!(204));
}

#[tokio::test]
async fn what_depends_on_a_failure_fails() {
    let client = start().await;
    let id = client.contact("contacts", json!({"surname": "X"})).await;
    let gone = client.at("/contacts/AAMkAGxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%3D");
    let answers = client
        .batch(json!([
            {"id": "c", "method": "DELETE", "url": client.at(&format!("/contacts/{}", escape(&id))), "dependsOn": ["B"]},
            {"id": "a", "method": "GET", "url": "users?$top=1"},
            {"id": "b", "method": "GET", "url": gone, "dependsOn": ["a"]},
        ]))
        .await;
    assert_eq!((&answers["a"]["status"], &answers["b"]["status"], &answers["c"]["status"]), (&json!(200), &json!(404), &json!(424)));
    assert_eq!(answers["b"]["body"]["error"]["code"], json!("ErrorItemNotFound"));
    assert_eq!(client.get(&client.at(&format!("/contacts/{}", escape(&id)))).await.status, 200, "not done");
    let log = client.graph.log();
    assert!(!log.iter().any(|logged| logged.method == "DELETE"));
}

#[tokio::test]
async fn all_at_once_to_one_mailbox_meets_its_limit() {
    let behaviour = Behaviour { dispatch: Dispatch::AllAtOnce, ..Behaviour::default() };
    let client = start_with(Options { behaviour, ..Options::default() }).await;
    let answers = client.batch(creates(&client, 20)).await;
    let throttled: Vec<&Value> = answers.as_object().unwrap().values().filter(|answer| answer["status"] == json!(429)).collect();
    assert_eq!(throttled.len(), 16);
    assert_eq!(throttled[0]["body"]["error"]["message"], json!("Application is over its MailboxConcurrency limit."));
    assert_eq!((&throttled[0]["headers"]["Retry-After"], &throttled[0]["body"]["error"]["code"]), (&json!("1"), &json!("ApplicationThrottled")));
    let mailboxes: Value = client
        .graph
        .users()
        .iter()
        .enumerate()
        .map(|(id, user)| json!({"id": id.to_string(), "method": "GET", "url": format!("/users/{}/contacts", user.id)}))
        .collect();
    let answers = client.batch(mailboxes).await;
    assert!(answers.as_object().unwrap().values().all(|answer| answer["status"] == json!(200)), "each mailbox has its own");
}

#[tokio::test]
async fn chained_requests_run_one_at_a_time() {
    let behaviour = Behaviour { dispatch: Dispatch::AllAtOnce, latency_ms: 5, ..Behaviour::default() };
    let client = start_with(Options { behaviour, ..Options::default() }).await;
    let mut requests = creates(&client, 6);
    for id in 1..6 {
        requests[id]["dependsOn"] = json!([(id - 1).to_string()]);
    }
    let answers = client.batch(requests).await;
    assert!(answers.as_object().unwrap().values().all(|answer| answer["status"] == json!(201)));
    assert_eq!(client.graph.traffic()[0].traffic.most_in_flight, 1);
    let log = client.graph.log();
    let order: Vec<&Value> =
        log.iter().filter(|logged| logged.method == "POST" && logged.batch.is_some()).map(|logged| &logged.body["surname"]).collect();
    assert_eq!(order, ["N0", "N1", "N2", "N3", "N4", "N5"]);
}

#[tokio::test]
async fn faults_strike_single_items() {
    let client = start().await;
    client.graph.add_fault(Fault::next(1, Effect::throttled(7)).on_body("N1"));
    client.graph.add_fault(Fault::next(1, Effect::LoseAnswer).on_body("N2"));
    client.graph.add_fault(Fault::next(1, Effect::DropBefore).on_body("N3"));
    client.graph.add_fault(Fault::next(1, Effect::TimeOutAfter).on_body("N4"));
    client.graph.add_fault(Fault::next(1, Effect::CutAnswer).on_body("N5"));
    let answers = client.batch(creates(&client, 7)).await;
    let statuses: Vec<u64> = (0..7).map(|id: usize| answers[id.to_string()]["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 429, 504, 504, 504, 504, 201]);
    assert_eq!(answers["1"]["headers"]["Retry-After"], json!("7"));
    let mailbox = client.graph.mailbox(&client.anna).unwrap();
    let mut there: Vec<&str> = mailbox.folders[0].contacts.iter().map(|contact| contact.fields["surname"].as_str().unwrap()).collect();
    there.sort_unstable();
    assert_eq!(there, ["N0", "N2", "N4", "N5", "N6"], "what was lost was done, what was dropped or throttled was not");
}

#[tokio::test]
async fn items_have_their_own_headers_and_missing_folders_their_own_errors() {
    let client = start().await;
    let answers = client
        .batch(json!([
            {"id": "1", "method": "POST", "url": client.at("/contacts"), "headers": {"content-type": "application/json", "Prefer": "IdType=\"ImmutableId\""}, "body": {"surname": "X"}},
            {"id": "2", "method": "GET", "url": client.at("/contacts/$count")},
            {"id": "3", "method": "GET", "url": "/foo"},
            {"id": "4", "method": "POST", "url": client.at("/contacts"), "headers": {"Content-Type": "application/json"}, "body": {"shoeSize": 1}},
        ]))
        .await;
    assert!(answers["1"]["body"]["id"].as_str().unwrap().starts_with("AAkA"));
    assert_eq!((&answers["3"]["status"], &answers["4"]["status"]), (&json!(400), &json!(400)));
    assert_eq!(answers["2"]["headers"]["Content-Type"], json!("text/plain"));
    assert!(answers["4"]["body"]["error"]["innerError"]["request-id"].is_string());
}
