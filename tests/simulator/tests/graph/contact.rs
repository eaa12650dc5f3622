use adressbote_simulator::{Action, FolderKind};
use serde_json::{Value, json};

use crate::client::{Client, MARK, escape, reply, start};

fn one(client: &Client, id: &str) -> String {
    client.at(&format!("/contacts/{}", escape(id)))
}

fn immutable(client: &Client, method: &str, path: &str) -> reqwest::RequestBuilder {
    client.request(method, path).header("Prefer", "IdType=\"ImmutableId\"")
}

#[tokio::test]
async fn a_contact_is_made_with_all_properties_and_comes_back_the_same() {
    let client = start().await;
    let folder = client.folder("CRM").await;
    let sent = json!({
        "displayName": "Dr. Eva Grün", "fileAs": "Grün, Eva", "givenName": "Eva", "middleName": "M.", "surname": "Grün", "initials": "EG",
        "nickName": "Evi", "title": "Dr.", "generation": "II", "companyName": "Grün AG", "department": "Einkauf", "jobTitle": "Leiterin",
        "officeLocation": "B 2", "profession": "Ingenieurin", "manager": "Max", "assistantName": "Ida", "spouseName": "Uwe",
        "children": ["Kai"], "businessHomePage": "https://gruen.example", "emailAddresses": [{"name": "Eva", "address": "eva@gruen.example"}],
        "businessPhones": ["+49 30 23125 001", "+49 30 23125 002"], "homePhones": ["+49 30 23125 003"], "mobilePhone": "+49 171 3920 001",
        "imAddresses": ["sip:eva@gruen.example"], "categories": ["CRM"], "personalNotes": "Zeile 1\nZeile 2", "birthday": "1974-07-22T12:00:00Z",
        "businessAddress": {"street": "Seestraße 1", "city": "Konstanz", "postalCode": "78462", "countryOrRegion": "Germany"},
        "homeAddress": {"city": "Ulm"}, "otherAddress": {}, "yomiGivenName": "e", "yomiSurname": "g", "yomiCompanyName": "a",
    });
    let made = client.post(&client.in_folder(&folder, "/contacts"), sent.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(made.header("location").contains("/contacts/"));
    let got = client.get(&client.in_folder(&folder, &format!("/contacts/{}", escape(&made.id())))).await;
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!((&made.body[name], &got.body[name]), (value, value), "{name}");
    }
    assert_eq!(got.body["parentFolderId"], json!(folder));
    assert_eq!(got.body["@odata.etag"], json!(format!("W/\"{}\"", got.body["changeKey"].as_str().unwrap())));
    for name in ["createdDateTime", "lastModifiedDateTime"] {
        assert!(got.body[name].as_str().unwrap().ends_with('Z'), "{name}");
    }
    assert_eq!(client.get(&one(&client, &made.id())).await.body["surname"], json!("Grün"), "reached without its folder");
}

#[tokio::test]
async fn unset_properties_are_null_empty_lists_or_empty_objects() {
    let client = start().await;
    let made = client.post(&client.at("/contacts"), json!({"@odata.type": "#microsoft.graph.contact", "surname": "X"})).await;
    assert_eq!((&made.body["jobTitle"], &made.body["businessPhones"], &made.body["homeAddress"]), (&Value::Null, &json!([]), &json!({})));
    assert_eq!((&made.body["emailAddresses"], &made.body["primaryEmailAddress"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let client = start().await;
    let made = client.post(&client.at("/contacts"), json!({"displayName": "Eva G.", "givenName": "Eva", "surname": "Grün", "jobTitle": "A", "businessPhones": ["1"], "homeAddress": {"city": "Ulm", "street": "Weg 1"}})).await;
    let path = one(&client, &made.id());
    let patched = client.patch(&path, json!({"jobTitle": null, "businessPhones": [], "homeAddress": {"city": "Bonn"}})).await;
    assert_eq!(patched.status, 200);
    assert_eq!((&patched.body["jobTitle"], &patched.body["businessPhones"]), (&Value::Null, &json!([])));
    assert_eq!(patched.body["homeAddress"], json!({"city": "Bonn"}), "replaced whole");
    assert_eq!((&patched.body["displayName"], &patched.body["surname"]), (&json!("Eva G."), &json!("Grün")));
    assert_ne!(patched.body["changeKey"], made.body["changeKey"]);
    let renamed = client.patch(&path, json!({"surname": "Blau"})).await;
    assert_eq!((&renamed.body["displayName"], &renamed.body["fileAs"]), (&json!("Eva Blau"), &json!("Blau, Eva")), "generated anew");
    let kept = client.patch(&path, json!({"surname": "Rot", "displayName": "Eva G.", "fileAs": "G"})).await;
    assert_eq!((&kept.body["displayName"], &kept.body["fileAs"]), (&json!("Eva G."), &json!("G")));
    let quiet = reply(client.request("PATCH", &path).header("Prefer", "return=minimal").json(&json!({"jobTitle": "B"}))).await;
    assert_eq!((quiet.status, quiet.text.as_str()), (204, ""));
    assert_eq!(client.get(&path).await.body["jobTitle"], json!("B"));
}

#[tokio::test]
async fn a_refused_body_changes_nothing() {
    let client = start().await;
    let made = client.post(&client.at("/contacts"), json!({"surname": "X", "businessPhones": ["1"]})).await;
    let path = one(&client, &made.id());
    let refused = client.patch(&path, json!({"jobTitle": "New", "businessPhones": ["1", "2", "3"]})).await;
    assert_eq!(refused.error(), (400, "ErrorInvalidProperty"));
    assert_eq!(
        refused.body["error"]["message"],
        json!("The multi value property BusinessPhones has 3 entries, that exceeds the max allowed value of 2.")
    );
    assert_eq!(client.get(&path).await.body, {
        let mut body = made.body.clone();
        body["@odata.context"] = client.get(&path).await.body["@odata.context"].clone();
        body
    });
    let four = json!([{"address": "a@x.example"}, {"address": "b@x.example"}, {"address": "c@x.example"}, {"address": "d@x.example"}]);
    for (body, code) in [
        (json!({"emailAddresses": four}), "ErrorInvalidProperty"),
        (json!({"homePhones": ["1", "2", "3"]}), "ErrorInvalidProperty"),
        (json!({"shoeSize": 44}), "RequestBodyRead"),
        (json!({"mobilePhone": ["1"]}), "UnableToDeserializePostBody"),
        (json!({"businessPhones": "1"}), "UnableToDeserializePostBody"),
        (json!({"homeAddress": "Ulm"}), "UnableToDeserializePostBody"),
        (json!({"homeAddress": {"planet": "Earth"}}), "RequestBodyRead"),
        (json!({"birthday": "soon"}), "UnableToDeserializePostBody"),
        (json!({"jobTitle": "x".repeat(256)}), "ErrorPropertyValidationFailure"),
        (json!({"personalNotes": "x".repeat(40_000)}), "ErrorPropertyValidationFailure"),
        (json!({"jobTitle": "a\u{0}b"}), "ErrorInvalidRequest"),
        (json!({"singleValueExtendedProperties": [{"id": "nonsense", "value": "1"}]}), "ErrorInvalidProperty"),
        (json!({"singleValueExtendedProperties": [{"id": MARK, "value": 1}]}), "UnableToDeserializePostBody"),
    ] {
        assert_eq!(client.post(&client.at("/contacts"), body.clone()).await.error(), (400, code), "{body}");
        assert_eq!(client.patch(&path, body.clone()).await.error(), (400, code), "{body}");
    }
    assert_eq!(client.get(&client.at("/contacts?$count=true")).await.body["@odata.count"], json!(1));
}

#[tokio::test]
async fn e_mail_addresses_have_their_quirks() {
    let client = start().await;
    let made = client.post(&client.at("/contacts"), json!({"emailAddresses": [{"address": "a@x.example,"}, {"address": "b@x.example"}]})).await;
    assert_eq!(made.body["emailAddresses"], json!([{"name": "a@x.example,"}, {"name": "b@x.example", "address": "b@x.example"}]));
    assert_eq!(made.body["secondaryEmailAddress"]["address"], json!("b@x.example"));
    let path = one(&client, &made.id());
    let patched = client.patch(&path, json!({"primaryEmailAddress": {"address": "c@x.example"}})).await;
    assert_eq!(patched.body["emailAddresses"][0]["address"], json!("c@x.example"));
    let cleared = client.patch(&path, json!({"primaryEmailAddress": null})).await;
    assert_eq!(cleared.body["emailAddresses"], json!([{"name": "b@x.example", "address": "b@x.example"}]));
}

#[tokio::test]
async fn a_birthday_is_an_instant_in_utc() {
    let client = start().await;
    for (sent, kept) in [
        ("1974-07-22", "1974-07-22T00:00:00Z"),
        ("1974-07-22T12:00:00Z", "1974-07-22T12:00:00Z"),
        ("1974-07-22T00:00:00+02:00", "1974-07-21T22:00:00Z"),
    ] {
        assert_eq!(client.post(&client.at("/contacts"), json!({"birthday": sent})).await.body["birthday"], json!(kept));
    }
}

#[tokio::test]
async fn a_deleted_contact_lies_in_deleted_items_under_another_id() {
    let client = start().await;
    let made = reply(immutable(&client, "POST", &client.at("/contacts")).json(&json!({"surname": "X"}))).await;
    let regular = client.get(&client.at("/contacts")).await.each("id")[0].to_owned();
    assert_ne!(made.id(), regular);
    assert_eq!(client.delete(&one(&client, &regular)).await.status, 204);
    assert_eq!(client.get(&one(&client, &regular)).await.error(), (404, "ErrorItemNotFound"), "the regular id changed");
    let lying = client.get_immutable(&one(&client, &made.id())).await;
    let mailbox = client.graph.mailbox(&client.anna).unwrap();
    assert_eq!(lying.body["parentFolderId"], json!(mailbox.known(FolderKind::DeletedItems).unwrap().id));
    assert_eq!(client.delete(&one(&client, &made.id())).await.status, 204, "once more: out of sight");
    assert_eq!(client.delete(&one(&client, &made.id())).await.error(), (404, "ErrorItemNotFound"));
}

#[tokio::test]
async fn a_contact_deleted_for_good_is_invisible_but_kept_for_a_hold() {
    let client = start().await;
    let folder = client.folder("CRM").await;
    for path in ["permanentDelete", "microsoft.graph.permanentDelete"] {
        let id = client.contact(&folder, json!({"surname": "X"})).await;
        assert_eq!(client.call(&client.in_folder(&folder, &format!("/contacts/{}/{path}", escape(&id)))).await.status, 204);
        assert_eq!(client.get(&one(&client, &id)).await.error(), (404, "ErrorItemNotFound"));
    }
    let mailbox = client.graph.mailbox(&client.anna).unwrap();
    assert_eq!(mailbox.known(FolderKind::Purges).unwrap().contacts.len(), 2);
    assert!(mailbox.folder("CRM").unwrap().contacts.is_empty() && mailbox.known(FolderKind::DeletedItems).unwrap().contacts.is_empty());
    let purges = mailbox.known(FolderKind::Purges).unwrap();
    assert_eq!(client.get(&client.in_folder(&purges.id, "/contacts")).await.error(), (404, "ErrorItemNotFound"));
}

#[tokio::test]
async fn immutable_ids_survive_moves_and_regular_ones_do_not() {
    let client = start().await;
    let (from, to) = (client.folder("From").await, client.folder("To").await);
    let made = reply(immutable(&client, "POST", &client.in_folder(&from, "/contacts")).json(&json!({"surname": "X"}))).await;
    assert_eq!(made.header("preference-applied"), "IdType=\"ImmutableId\"");
    let regular = client.get(&client.in_folder(&from, "/contacts")).await.each("id")[0].to_owned();
    assert_eq!(client.get(&one(&client, &made.id())).await.id(), regular, "both forms name it");
    let translated = client
        .post(&client.at("/translateExchangeIds"), json!({"inputIds": [regular], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}))
        .await;
    assert_eq!(translated.values()[0]["targetId"], json!(made.id()));
    client.graph.act(Action::MoveContact { mailbox: client.anna.clone(), contact: regular.clone(), folder: Some(to.clone()) }).unwrap();
    assert_eq!(client.get(&one(&client, &regular)).await.error(), (404, "ErrorItemNotFound"));
    let moved = client.get_immutable(&one(&client, &made.id())).await;
    assert_eq!((moved.id(), &moved.body["parentFolderId"]), (made.id(), &json!(to)));
    let elsewhere = client.in_folder(&from, &format!("/contacts/{}", escape(&made.id())));
    assert_eq!(client.get(&elsewhere).await.error(), (404, "ErrorItemNotFound"), "it is not in that folder");
}

#[tokio::test]
async fn if_match_guards_changes_and_deletions() {
    let client = start().await;
    let made = client.post(&client.at("/contacts"), json!({"surname": "X"})).await;
    let (path, tag) = (one(&client, &made.id()), made.body["@odata.etag"].as_str().unwrap().to_owned());
    let patched = reply(client.request("PATCH", &path).header("If-Match", &tag).json(&json!({"jobTitle": "A"}))).await;
    assert_eq!(patched.status, 200);
    let stale = reply(client.request("PATCH", &path).header("If-Match", &tag).json(&json!({"jobTitle": "B"}))).await;
    assert_eq!(stale.error(), (412, "ErrorIrresolvableConflict"));
    assert_eq!(reply(client.request("DELETE", &path).header("If-Match", &tag)).await.error(), (412, "ErrorIrresolvableConflict"));
    assert_eq!(client.get(&path).await.body["jobTitle"], json!("A"));
    assert_eq!(reply(client.request("DELETE", &path).header("If-Match", "*")).await.status, 204);
}

#[tokio::test]
async fn the_user_touches_the_version_too() {
    let client = start().await;
    let made = client.post(&client.at("/contacts"), json!({"surname": "X", "jobTitle": "A"})).await;
    let edit = Action::EditContact { mailbox: client.anna.clone(), contact: made.id(), changes: json!({"jobTitle": "B"}) };
    client.graph.act(edit).unwrap();
    let got = client.get(&one(&client, &made.id())).await;
    assert_eq!(got.body["jobTitle"], json!("B"));
    assert_ne!(got.body["changeKey"], made.body["changeKey"]);
}

#[tokio::test]
async fn photos_are_set_and_replaced_and_never_taken_away() {
    let client = start().await;
    let id = client.contact("contacts", json!({"surname": "X"})).await;
    let path = format!("{}/photo/$value", one(&client, &id));
    assert_eq!(client.get(&path).await.error(), (404, "ErrorItemNotFound"));
    let put = client.request("PUT", &path).header("Content-Type", "image/jpeg").body(vec![0xff, 0xd8, 0xff]);
    assert_eq!(reply(put).await.status, 200);
    let got = client.request("GET", &path).send().await.unwrap();
    assert_eq!(got.headers()["content-type"], "image/jpeg");
    assert_eq!(got.bytes().await.unwrap().as_ref(), [0xff, 0xd8, 0xff]);
    assert_eq!(client.delete(&path).await.status, 405);
    let batch = client.batch(json!([{"id": "1", "method": "GET", "url": path}, {"id": "2", "method": "PUT", "url": path, "headers": {"Content-Type": "image/png"}, "body": "_9j_"}])).await;
    assert_eq!((&batch["1"]["body"], &batch["2"]["status"]), (&json!("_9j_"), &json!(200)));
}

#[tokio::test]
async fn categories_are_a_list_of_names_with_colours() {
    let mut client = start().await;
    let path = client.at("/outlook/masterCategories");
    assert_eq!(client.post(&path, json!({"displayName": "CRM", "color": "preset7"})).await.error(), (403, "ErrorAccessDenied"));
    client.graph.act(Action::GrantRole { role: "MailboxSettings.ReadWrite".to_owned() }).unwrap();
    client.token = client.fresh_token().await;
    assert_eq!(client.post(&path, json!({"displayName": "CRM", "color": "preset7"})).await.status, 201);
    assert_eq!(client.post(&path, json!({"displayName": "crm"})).await.status, 409);
    assert_eq!(client.post(&path, json!({"displayName": "X", "color": "preset99"})).await.status, 400);
    assert_eq!(client.get(&path).await.each("color"), ["preset7"]);
}
