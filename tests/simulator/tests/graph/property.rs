use serde_json::{Value, json};

use crate::client::{Client, MARK, escape, reply, start};

fn marked(surname: &str, value: &str) -> Value {
    json!({"surname": surname, "singleValueExtendedProperties": [{"id": MARK, "value": value}]})
}

fn by_mark(client: &Client, folder: &str, value: &str) -> String {
    let filter = format!("singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '{value}')");
    client.in_folder(folder, &format!("/contacts?$filter={}", escape(&filter)))
}

#[tokio::test]
async fn a_property_is_not_echoed_but_expanded_and_found() {
    let client = start().await;
    let folder = client.folder("CRM").await;
    let made = client.post(&client.in_folder(&folder, "/contacts"), marked("X", "Key-42")).await;
    assert!(made.body.get("singleValueExtendedProperties").is_none());
    client.contact(&folder, marked("Y", "Key-43")).await;
    client.contact(&folder, json!({"surname": "Z"})).await;
    let found = client.get(&by_mark(&client, &folder, "key-42")).await;
    assert_eq!(found.each("surname"), ["X"]);
    assert!(found.values()[0].get("singleValueExtendedProperties").is_none());
    let expand = escape(&format!("singleValueExtendedProperties($filter=id eq '{MARK}')"));
    let all = client.get(&client.in_folder(&folder, &format!("/contacts?$expand={expand}&$select=surname"))).await;
    let values: Vec<&Value> = all.values().iter().map(|c| &c["singleValueExtendedProperties"][0]["value"]).collect();
    assert_eq!(values, [&json!("Key-42"), &json!("Key-43"), &Value::Null]);
    assert!(all.values()[0].get("jobTitle").is_none() && all.values()[0]["id"].is_string());
    let one = client.get(&format!("{}?$expand={expand}", client.in_folder(&folder, &format!("/contacts/{}", escape(&made.id()))))).await;
    assert_eq!(one.body["singleValueExtendedProperties"], json!([{"id": MARK, "value": "Key-42"}]));
}

#[tokio::test]
async fn a_filter_looks_into_its_folder_only() {
    let client = start().await;
    let (one, two) = (client.folder("One").await, client.folder("Two").await);
    client.contact(&one, marked("X", "1")).await;
    assert_eq!(client.get(&by_mark(&client, &one, "1")).await.values().len(), 1);
    assert!(client.get(&by_mark(&client, &two, "1")).await.values().is_empty());
    assert!(client.get(&by_mark(&client, "contacts", "1")).await.values().is_empty());
    assert!(client.get(&client.at("/contacts")).await.values().is_empty(), "/contacts is the default folder, not the mailbox");
}

#[tokio::test]
async fn several_properties_are_expanded_at_once_and_changed_by_patch() {
    let client = start().await;
    let other = MARK.replace("Mark", "Hash");
    let two = json!([{"id": MARK, "value": "1"}, {"id": other, "value": "2"}]);
    let id = client.contact("contacts", json!({"surname": "X", "singleValueExtendedProperties": two})).await;
    let path = client.at(&format!("/contacts/{}", escape(&id)));
    let expand = escape(&format!("singleValueExtendedProperties($filter=id eq '{MARK}' or id eq '{other}')"));
    assert_eq!(client.get(&format!("{path}?$expand={expand}")).await.body["singleValueExtendedProperties"], two);
    let changed = json!({"singleValueExtendedProperties": [{"id": other, "value": "3"}]});
    let patched = client.patch(&path, changed).await;
    assert_eq!(patched.status, 200);
    assert_eq!(client.get(&format!("{path}?$expand={expand}")).await.body["singleValueExtendedProperties"][1]["value"], json!("3"));
    assert_eq!(client.get(&by_mark(&client, "contacts", "1")).await.values().len(), 1, "the other one stays");
    for wrong in ["singleValueExtendedProperties", "singleValueExtendedProperties($filter=value eq '1')", "shoes", "singleValueExtendedProperties("] {
        assert_eq!(client.get(&format!("{path}?$expand={}", escape(wrong))).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn pages_are_ten_or_as_preferred_and_links_are_followed() {
    let client = start().await;
    let folder = client.folder("CRM").await;
    for number in 0..25 {
        client.contact(&folder, json!({"surname": format!("N{number:02}")})).await;
    }
    let path = client.in_folder(&folder, "/contacts?$select=surname");
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    let mut next = Some(path.clone());
    while let Some(link) = next {
        let page = client.get(&link).await;
        seen.extend(page.each("surname").into_iter().map(str::to_owned));
        sizes.push(page.values().len());
        next = page.body["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!((sizes, seen.len(), seen[24].as_str()), (vec![10, 10, 5], 25, "N24"));
    let large = reply(client.request("GET", &path).header("Prefer", "IdType=\"ImmutableId\", odata.maxpagesize=20")).await;
    assert_eq!(large.values().len(), 20);
    let top = client.get(&format!("{path}&$top=7&$count=true")).await;
    assert_eq!((top.values().len(), &top.body["@odata.count"]), (7, &json!(25)));
    let second = client.get(top.body["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(second.each("surname")[0], "N07");
    assert_eq!(client.get(&format!("{path}&$top=1001")).await.status, 400);
    assert_eq!(client.get(&client.in_folder(&folder, "/contacts/$count")).await.text, "25");
    let falling = client.get(&format!("{path}&$orderby=displayName desc&$top=2")).await;
    assert_eq!(falling.each("surname"), ["N24", "N23"]);
}

#[tokio::test]
async fn contacts_are_found_by_address_and_by_nothing_else_in_collections() {
    let client = start().await;
    client.contact("contacts", json!({"surname": "X", "emailAddresses": [{"address": "x@nord.example"}]})).await;
    client.contact("contacts", json!({"surname": "Y", "emailAddresses": [{"address": "y@nord.example"}]})).await;
    let by = |filter: &str| client.at(&format!("/contacts?$filter={}", escape(filter)));
    assert_eq!(client.get(&by("emailAddresses/any(a:a/address eq 'X@nord.example')")).await.each("surname"), ["X"]);
    assert_eq!(client.get(&by("surname eq 'Y' and startswith(displayName,'Y')")).await.each("surname"), ["Y"]);
    for (wrong, code) in [
        ("emailAddresses/any(a:a/address ne 'x')", "ErrorInvalidUrlQueryFilter"),
        ("emailAddresses/any(a:a/name eq 'x')", "ErrorInvalidUrlQueryFilter"),
        ("emailAddresses/any(a:startswith(a/address,'x'))", "ErrorInvalidUrlQueryFilter"),
        ("businessPhones/any(p:p eq '1')", "ErrorInvalidUrlQueryFilter"),
        ("singleValueExtendedProperties/Any(ep: ep/id eq 'String 0x1')", "ErrorInvalidUrlQueryFilter"),
        ("shoeSize eq 44", "RequestBroker--ParseUri"),
        ("surname eq 'x", "BadRequest"),
        ("surname", "BadRequest"),
    ] {
        assert_eq!(client.get(&by(wrong)).await.error(), (400, code), "{wrong}");
    }
    assert_eq!(client.get(&client.at("/contacts?$search=x")).await.status, 400);
}
