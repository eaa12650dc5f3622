use serde_json::json;

use crate::client::{reply, start};

#[tokio::test]
async fn errors_have_graph_s_form_and_headers() {
    let client = start().await;
    let refused = reply(client.request("GET", "/users/nobody").header("client-request-id", "my-own-id")).await;
    let inner = &refused.body["error"]["innerError"];
    assert_eq!((&inner["client-request-id"], refused.header("client-request-id")), (&json!("my-own-id"), "my-own-id"));
    assert_eq!(inner["request-id"], json!(refused.header("request-id")));
    assert!(inner["date"].is_string() && refused.body["error"]["message"].is_string());
    assert!(refused.header("content-type").starts_with("application/json"));
    let good = client.get("/users").await;
    assert!(!good.header("request-id").is_empty());
}

#[tokio::test]
async fn no_path_is_worse_than_a_refusal() {
    let client = start().await;
    for path in [
        "/users/%zz/contacts",
        "/users/%ff%fe",
        "/users('",
        "/users()/contacts",
        "/groups//members",
        "/foo/bar",
        "/me/contacts",
        "/users/x/contacts?$filter=%zz",
        "/users?$filter=((((((((((((((((((((((((((((((((((((((((mail eq 'x'",
        "/users?$top=99999999999999999999999",
        "/users?$select=,,,",
        "/users?$orderby=,",
        "/users?$expand=)(",
        "/users?$count=maybe",
        "/users?$nonsense=1",
        "/",
        "?",
        "//",
    ] {
        let reply = client.get(path).await;
        assert!(reply.status == 200 || ((400..500).contains(&reply.status) && reply.body["error"]["code"].is_string()), "{path} {reply:?}");
    }
    for path in
        ["/contacts?$filter=", "/contacts?$skip=99999999999999999", "/contacts/x", "/contacts/x/permanentDelete", "/contactFolders/x/contacts/y"]
    {
        let reply = client.get(&client.at(path)).await;
        assert!(reply.status == 200 || reply.body["error"]["code"].is_string(), "{path} {reply:?}");
    }
}

#[tokio::test]
async fn no_body_is_worse_than_a_refusal() {
    let client = start().await;
    let id = client.contact("contacts", json!({"surname": "X"})).await;
    for body in [
        "",
        "{",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{\"surname\": ",
        "{\"surname\": {}}",
        "\u{feff}{}",
        "{\"a\":1,\"a\":2}",
        "{\"emailAddresses\":[null,{},1]}",
    ] {
        for path in [client.at("/contacts"), client.at("/contactFolders"), "/$batch".to_owned(), client.at("/translateExchangeIds")] {
            let request = client.request("POST", &path).header("Content-Type", "application/json").body(body);
            let reply = reply(request).await;
            assert!((400..500).contains(&reply.status), "{path} {body} {reply:?}");
        }
        let request = client
            .request("PATCH", &client.at(&format!("/contacts/{}", crate::client::escape(&id))))
            .header("Content-Type", "application/json")
            .body(body);
        assert!((400..500).contains(&reply(request).await.status), "{body}");
    }
    let no_json = client.request("POST", &client.at("/contacts")).header("Content-Type", "text/plain").body("{}");
    assert_eq!(reply(no_json).await.status, 415);
    assert_eq!(reply(client.request("BREW", "/users")).await.status, 405);
    let beta = client.graph.base().replace("v1.0", "beta");
    assert_eq!(client.get(&format!("{beta}/users")).await.error(), (400, "BadRequest"));
    assert_eq!(client.get("/users").await.status, 200, "and it still stands");
}

#[tokio::test]
async fn what_graph_has_and_this_has_not_says_so() {
    let client = start().await;
    for path in ["/users/delta", "/subscriptions", "/chats", &client.at("/messages"), &client.at("/events")] {
        assert_eq!(client.get(path).await.error(), (501, "NotImplemented"), "{path}");
    }
}
