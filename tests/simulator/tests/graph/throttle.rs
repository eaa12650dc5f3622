use std::time::Duration;

use adressbote_simulator::{Action, Behaviour, Limits, Options};
use serde_json::json;

use crate::client::{start, start_with};

#[tokio::test]
async fn five_in_flight_are_one_too_many() {
    let behaviour = Behaviour { latency_ms: 300, ..Behaviour::default() };
    let client = start_with(Options { behaviour, ..Options::default() }).await;
    let path = client.at("/contacts");
    let (a, b, c, d, e) = tokio::join!(client.get(&path), client.get(&path), client.get(&path), client.get(&path), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let other = client.graph.users()[1].id.clone();
        let elsewhere = client.get(&format!("/users/{other}/contacts")).await;
        (client.get(&path).await.status, elsewhere.status)
    });
    assert_eq!([a.status, b.status, c.status, d.status], [200; 4]);
    assert_eq!(e, (200, 200), "another mailbox is not concerned, and later there is room again");
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let request = client.request("GET", &path);
        calls.spawn(crate::client::reply(request));
    }
    let replies = calls.join_all().await;
    let throttled: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert_eq!(throttled.len(), 4);
    assert_eq!((throttled[0].error(), throttled[0].header("retry-after")), ((429, "ApplicationThrottled"), "1"));
    let traffic = client.graph.traffic();
    let anna = traffic.iter().find(|view| view.mailbox == client.anna).unwrap();
    assert_eq!((anna.traffic.most_in_flight, anna.traffic.refused_in_flight, anna.traffic.in_flight), (4, 4, 0));
}

#[tokio::test]
async fn the_window_of_requests_ends_with_time() {
    let limits = Limits { requests: 5, requests_window_s: 600, ..Limits::default() };
    let client = start_with(Options { limits, ..Options::default() }).await;
    let path = client.at("/contacts");
    for _ in 0..5 {
        assert_eq!(client.get(&path).await.status, 200);
    }
    let refused = client.get(&path).await;
    assert_eq!(refused.error(), (429, "ApplicationThrottled"));
    let wait_s: u32 = refused.header("retry-after").parse().unwrap();
    assert!((590..=600).contains(&wait_s), "{wait_s}");
    let other = client.graph.users()[1].id.clone();
    assert_eq!(client.get(&format!("/users/{other}/contacts")).await.status, 200, "each mailbox has its own");
    assert_eq!(client.get("/users").await.status, 200, "the directory too");
    let answers = client.batch(json!([{"id": "1", "method": "GET", "url": path}])).await;
    assert_eq!(answers["1"]["status"], json!(429), "items of a batch count singly");
    client.graph.act(Action::AdvanceClock { seconds: wait_s }).unwrap();
    assert_eq!(client.get(&path).await.status, 200);
}

#[tokio::test]
async fn uploads_are_counted_in_bytes() {
    let limits = Limits { upload_bytes: 1_000, ..Limits::default() };
    let client = start_with(Options { limits, ..Options::default() }).await;
    let note = json!({"surname": "X", "personalNotes": "n".repeat(600)});
    assert_eq!(client.post(&client.at("/contacts"), note.clone()).await.status, 201);
    assert_eq!(client.post(&client.at("/contacts"), note).await.error(), (429, "ApplicationThrottled"));
    client.graph.set_limits(Limits::default());
    assert_eq!(client.get(&client.at("/contacts")).await.values().len(), 1);
}

#[tokio::test]
async fn a_request_over_four_megabytes_is_too_large() {
    let client = start().await;
    let note = json!({"personalNotes": "n".repeat(5 * 1024 * 1024)});
    assert_eq!(client.post(&client.at("/contacts"), note).await.status, 413);
}
