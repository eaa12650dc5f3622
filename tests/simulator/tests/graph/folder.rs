use adressbote_simulator::{Action, FolderKind};
use serde_json::json;

use crate::client::{MARK, escape, reply, start};

fn marked(value: &str) -> serde_json::Value {
    json!([{"id": MARK, "value": value}])
}

#[tokio::test]
async fn a_folder_is_made_below_contacts_and_listed_without_the_default_one() {
    let client = start().await;
    assert_eq!(client.get(&client.at("/contactFolders")).await.values().len(), 0);
    let made = client.post(&client.at("/contactFolders"), json!({"displayName": "CRM", "parentFolderId": "ignored"})).await;
    assert_eq!((made.status, &made.body["displayName"]), (201, &json!("CRM")));
    let default = client.get(&client.at("/contactFolders/contacts")).await;
    assert_eq!((default.status, &default.body["displayName"]), (200, &json!("Contacts")));
    assert_eq!(made.body["parentFolderId"], default.body["id"]);
    let listed = client.get(&client.at("/contactFolders")).await;
    assert_eq!(listed.each("displayName"), ["CRM"]);
    assert_eq!(listed.values()[0].as_object().unwrap().len(), 3, "id, displayName, parentFolderId and nothing else");
    assert!(made.id().ends_with('=') && made.id().len() > 60);
}

#[tokio::test]
async fn folders_nest() {
    let client = start().await;
    let outer = client.folder("Outer").await;
    let inner = client.post(&client.in_folder(&outer, "/childFolders"), json!({"displayName": "Inner"})).await;
    assert_eq!(inner.status, 201);
    assert_eq!(client.get(&client.in_folder(&outer, "/childFolders")).await.each("displayName"), ["Inner"]);
    assert_eq!(client.get(&client.at("/contactFolders")).await.each("displayName"), ["Outer"]);
    let nested = client.in_folder(&outer, &format!("/childFolders/{}/contacts", escape(&inner.id())));
    assert_eq!(client.post(&nested, json!({"surname": "X"})).await.status, 201);
    assert_eq!(client.get(&nested).await.values().len(), 1);
}

#[tokio::test]
async fn a_name_is_taken_once_even_by_a_folder_that_is_not_listed() {
    let client = start().await;
    client.folder("CRM").await;
    let again = client.post(&client.at("/contactFolders"), json!({"displayName": "crm"})).await;
    assert_eq!(again.error(), (409, "ErrorFolderExists"));
    let hidden = Action::CreateFolder { mailbox: client.anna.clone(), name: "Hidden".to_owned(), below: None, is_hidden: true };
    client.graph.act(hidden).unwrap();
    assert_eq!(client.get(&client.at("/contactFolders")).await.each("displayName"), ["CRM"]);
    assert_eq!(client.post(&client.at("/contactFolders"), json!({"displayName": "Hidden"})).await.error(), (409, "ErrorFolderExists"));
    let other = client.folder("Other").await;
    assert_eq!(client.patch(&client.in_folder(&other, ""), json!({"displayName": "CRM"})).await.error(), (409, "ErrorFolderExists"));
}

#[tokio::test]
async fn a_renamed_folder_keeps_its_id_and_its_mark() {
    let client = start().await;
    let body = json!({"displayName": "CRM", "singleValueExtendedProperties": marked("Ours")});
    let made = client.post(&client.at("/contactFolders"), body).await;
    assert!(made.body.get("singleValueExtendedProperties").is_none(), "not echoed");
    let renamed = client.patch(&client.in_folder(&made.id(), ""), json!({"displayName": "My CRM"})).await;
    assert_eq!((renamed.status, renamed.id(), &renamed.body["displayName"]), (200, made.id(), &json!("My CRM")));
    client.folder("Foreign").await;
    let find = |name: &str, value: &str| {
        let filter = format!("singleValueExtendedProperties/Any(ep: ep/id eq '{}' and ep/value eq '{value}')", MARK.replace("Mark", name));
        client.at(&format!("/contactFolders?$filter={}", escape(&filter)))
    };
    assert_eq!(client.get(&find("Mark", "ours")).await.each("displayName"), ["My CRM"], "values without regard to case");
    assert!(client.get(&find("mark", "Ours")).await.values().is_empty(), "names with regard to case");
    assert!(client.get(&find("Mark", "theirs")).await.values().is_empty());
    let expand = escape(&format!("singleValueExtendedProperties($filter=id eq '{MARK}')"));
    let shown = client.get(&client.at(&format!("/contactFolders?$expand={expand}"))).await;
    let mine = shown.values().iter().find(|folder| folder["displayName"] == json!("My CRM")).unwrap();
    assert_eq!(mine["singleValueExtendedProperties"], marked("Ours"));
    let foreign = shown.values().iter().find(|folder| folder["displayName"] == json!("Foreign")).unwrap();
    assert!(foreign.get("singleValueExtendedProperties").is_none());
    client.patch(&client.in_folder(&made.id(), ""), json!({"singleValueExtendedProperties": marked("Other")})).await;
    assert_eq!(client.get(&find("Mark", "other")).await.values().len(), 1);
}

#[tokio::test]
async fn folders_are_found_by_name_and_paged() {
    let client = start().await;
    for number in 0..12 {
        client.folder(&format!("F{number:02}")).await;
    }
    assert_eq!(client.get(&client.at("/contactFolders?$filter=displayName eq 'f03'")).await.each("displayName"), ["F03"]);
    let first = client.get(&client.at("/contactFolders")).await;
    assert_eq!(first.values().len(), 10, "the usual page");
    let second = client.get(first.body["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!((second.each("displayName"), second.body.get("@odata.nextLink")), (vec!["F10", "F11"], None));
}

#[tokio::test]
async fn a_deleted_folder_still_answers_from_deleted_items() {
    let client = start().await;
    let folder = client.folder("CRM").await;
    let contact = client.contact(&folder, json!({"surname": "X"})).await;
    let before = client.get(&client.in_folder(&folder, "")).await;
    assert_eq!(client.delete(&client.in_folder(&folder, "")).await.status, 204);
    let after = client.get(&client.in_folder(&folder, "")).await;
    assert_eq!((after.status, after.id()), (200, before.id()));
    assert_ne!(after.body["parentFolderId"], before.body["parentFolderId"]);
    assert!(client.get(&client.at("/contactFolders")).await.values().is_empty());
    assert_eq!(client.get(&client.at(&format!("/contacts/{}", escape(&contact)))).await.status, 200);
    let mailbox = client.graph.mailbox(&client.anna).unwrap();
    let deleted = mailbox.known(FolderKind::DeletedItems).unwrap();
    assert!(mailbox.folders.iter().any(|f| f.id == folder && f.is_deleted && f.parent == deleted.id && f.contacts.len() == 1));
    client.folder("CRM").await;
    assert_eq!(client.delete(&client.in_folder(&folder, "")).await.status, 204);
    assert_eq!(client.get(&client.in_folder(&folder, "")).await.error(), (404, "ErrorItemNotFound"));
    assert_eq!(client.graph.mailbox(&client.anna).unwrap().known(FolderKind::Deletions).unwrap().contacts.len(), 1);
}

#[tokio::test]
async fn a_folder_deleted_for_good_leaves_nothing() {
    let client = start().await;
    let folder = client.folder("CRM").await;
    let contact = client.contact(&folder, json!({"surname": "X"})).await;
    assert_eq!(client.call(&client.in_folder(&folder, "/permanentDelete")).await.status, 204);
    assert_eq!(client.get(&client.in_folder(&folder, "")).await.error(), (404, "ErrorItemNotFound"));
    assert_eq!(client.get(&client.at(&format!("/contacts/{}", escape(&contact)))).await.error(), (404, "ErrorItemNotFound"));
    let mailbox = client.graph.mailbox(&client.anna).unwrap();
    assert!(mailbox.folders.iter().all(|folder| folder.contacts.is_empty() && folder.name != "CRM"));
}

#[tokio::test]
async fn the_default_folder_cannot_be_deleted_and_ids_are_checked() {
    let client = start().await;
    let folder = client.folder("CRM").await;
    assert_eq!(client.delete(&client.at("/contactFolders/contacts")).await.error(), (403, "ErrorDeleteDistinguishedFolder"));
    assert_eq!(client.get(&client.in_folder(&folder.to_lowercase(), "")).await.error(), (400, "ErrorInvalidIdMalformed"));
    assert_eq!(client.get(&client.in_folder(&folder.replace('A', "B"), "")).await.status, 400);
    let other = client.graph.users()[1].id.clone();
    let elsewhere = client.get(&format!("/users/{other}/contactFolders/{}", escape(&folder))).await;
    assert_eq!(elsewhere.error(), (404, "ErrorItemNotFound"));
    let body = json!({"displayName": "CRM", "color": "red"});
    assert_eq!(client.post(&client.at("/contactFolders"), body).await.error(), (400, "RequestBodyRead"));
    for (wrong, code) in [
        (json!({}), "ErrorInvalidRequest"),
        (json!({"displayName": " "}), "ErrorInvalidRequest"),
        (json!({"displayName": 1}), "UnableToDeserializePostBody"),
    ] {
        assert_eq!(client.post(&client.at("/contactFolders"), wrong).await.error(), (400, code));
    }
    assert_eq!(reply(client.request("PUT", &client.in_folder(&folder, "")).json(&json!({}))).await.status, 405);
}

#[tokio::test]
async fn delta_of_folders_tells_new_renamed_and_gone_ones() {
    let client = start().await;
    let (one, two) = (client.folder("One").await, client.folder("Two").await);
    let first = client.get(&client.at("/contactFolders/delta")).await;
    assert_eq!(first.each("displayName"), ["One", "Two"]);
    let link = first.body["@odata.deltaLink"].as_str().unwrap();
    assert!(client.get(link).await.values().is_empty());
    client.patch(&client.in_folder(&one, ""), json!({"displayName": "Uno"})).await;
    client.delete(&client.in_folder(&two, "")).await;
    let second = client.get(link).await;
    assert_eq!(second.values().len(), 2);
    assert_eq!(second.values()[0]["displayName"], json!("Uno"));
    assert_eq!(second.values()[1], json!({"id": two, "@removed": {"reason": "deleted"}}));
}
