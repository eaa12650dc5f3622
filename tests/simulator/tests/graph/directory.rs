use adressbote_simulator::{Action, NewGroup, NewUser, Options, Purpose};
use serde_json::json;

use crate::client::{escape, reply, start, start_with};

#[tokio::test]
async fn the_default_directory_is_the_same_in_every_run() {
    let (one, two) = (start().await, start().await);
    assert_eq!(one.graph.users(), two.graph.users());
    assert_eq!(one.graph.users().len(), 12);
    assert_eq!((one.graph.tenant(), one.graph.client_id()), (two.graph.tenant(), two.graph.client_id()));
    assert_ne!(one.graph.client_secret(), two.graph.client_secret());
    let info: serde_json::Value = serde_json::from_str(&one.graph.first_line()).unwrap();
    for name in ["base", "token_url", "tenant", "client_id", "client_secret"] {
        assert!(info[name].is_string(), "{name}");
    }
    assert!(info["users"][0]["id"].is_string() && info["users"][0]["userPrincipalName"].is_string());
}

#[tokio::test]
async fn users_are_listed_in_pages_and_selected() {
    let client = start().await;
    let mut seen = Vec::new();
    let mut path = "/users?$select=id,userPrincipalName,mail,accountEnabled,userType,assignedPlans&$top=5&$filter=accountEnabled eq true".to_owned();
    loop {
        let page = client.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.values().len() <= 5);
        seen.extend(page.each("userPrincipalName").into_iter().map(str::to_owned));
        assert_eq!(page.values()[0]["assignedPlans"][0]["service"], json!("exchange"));
        match page.body["@odata.nextLink"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen.len(), 12);
    let usual = client.get("/users?$top=1").await;
    assert!(usual.values()[0].get("accountEnabled").is_none() && usual.values()[0].get("jobTitle").is_some());
}

#[tokio::test]
async fn users_are_found_by_address() {
    let client = start().await;
    let upn = client.graph.users()[0].user_principal_name.clone();
    for filter in [
        format!("mail eq '{}'", upn.to_uppercase()),
        format!("userPrincipalName eq '{upn}'"),
        format!("proxyAddresses/any(x:x eq 'smtp:{upn}')"),
        format!("startswith(mail,'{}')", upn.split('@').next().unwrap()),
    ] {
        let found = client.get(&format!("/users?$select=id&$filter={}", escape(&filter))).await;
        assert_eq!(found.each("id"), [client.anna.as_str()], "{filter}");
    }
    assert_eq!(client.get(&format!("/users/{upn}")).await.id(), client.anna);
    assert_eq!(client.get(&format!("/users('{upn}')?$select=mail")).await.body["mail"], json!(upn));
    assert_eq!(client.get("/users/nobody@bodensee.example").await.error(), (404, "Request_ResourceNotFound"));
}

#[tokio::test]
async fn advanced_queries_need_the_header_and_the_count() {
    let client = start().await;
    let path = "/users?$filter=accountEnabled ne false&$count=true";
    assert_eq!(client.get(path).await.error(), (400, "Request_UnsupportedQuery"));
    let eventual = |path: &str| client.request("GET", path).header("ConsistencyLevel", "eventual");
    let found = reply(eventual(path)).await;
    assert_eq!((found.status, &found.body["@odata.count"]), (200, &json!(12)));
    assert_eq!(reply(eventual("/users?$filter=accountEnabled ne false")).await.error(), (400, "Request_UnsupportedQuery"));
    assert_eq!(client.get("/users/$count").await.status, 400);
    assert_eq!(reply(eventual("/users/$count")).await.text, "12");
    for wrong in ["$top=0", "$top=1000", "$skip=1", "$select=shoeSize", "$filter=shoeSize eq 1", "$filter=mail eq", "$orderby=mail", "$skiptoken=x"] {
        assert_eq!(client.get(&format!("/users?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn members_of_nested_groups_are_flat_only_when_transitive() {
    let client = start().await;
    let groups = client.get("/groups?$filter=displayName eq 'Sales and service'").await;
    let outer = groups.values()[0]["id"].as_str().unwrap().to_owned();
    let direct = client.get(&format!("/groups/{outer}/members")).await;
    let kinds = |kind: &str| direct.each("@odata.type").iter().filter(|k| **k == kind).count();
    assert_eq!((kinds("#microsoft.graph.user"), kinds("#microsoft.graph.group")), (4, 1));
    let cast = format!("/groups/{outer}/transitiveMembers/microsoft.graph.user?$select=id,mail&$count=true");
    assert_eq!(client.get(&cast).await.error(), (400, "Request_UnsupportedQuery"));
    let flat = reply(client.request("GET", &cast).header("ConsistencyLevel", "eventual")).await;
    assert_eq!((flat.values().len(), &flat.body["@odata.count"]), (8, &json!(8)));
    assert!(flat.values().iter().all(|user| user["mail"].is_string()));
    let counted = format!("/groups/{outer}/transitiveMembers/$count");
    assert_eq!(client.get(&counted).await.status, 400);
    let counted = reply(client.request("GET", &counted).header("ConsistencyLevel", "eventual")).await;
    assert_eq!((counted.text.as_str(), counted.header("content-type")), ("9", "text/plain"));
    let page = client.get(&format!("/groups/{outer}/transitiveMembers?$top=4")).await;
    let next = client.get(page.body["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!((page.values().len(), next.values().len()), (4, 4));
    assert_eq!(client.get("/groups/00000000-0000-0000-0000-000000000000/members").await.error(), (404, "Request_ResourceNotFound"));
}

#[tokio::test]
async fn cyclic_groups_end() {
    let users = vec![NewUser::named("a@nord.example")];
    let group = |name: &str, member: &str| NewGroup { id: None, display_name: name.to_owned(), members: vec![member.to_owned()] };
    let client = start_with(Options { users, groups: vec![group("One", "Two"), group("Two", "One")], ..Options::default() }).await;
    let one = client.get("/groups?$filter=displayName eq 'One'").await.values()[0]["id"].as_str().unwrap().to_owned();
    let members = client.get(&format!("/groups/{one}/transitiveMembers")).await;
    assert_eq!(members.each("displayName"), ["Two"]);
}

#[tokio::test]
async fn members_without_the_right_to_read_users_are_ids() {
    let mut client = start().await;
    client.graph.act(Action::RevokeRole { role: "User.Read.All".to_owned() }).unwrap();
    client.token = client.fresh_token().await;
    let sales = client.get("/groups?$filter=displayName eq 'Sales'").await.values()[0]["id"].as_str().unwrap().to_owned();
    let members = client.get(&format!("/groups/{sales}/members?$select=id,mail")).await;
    assert_eq!(members.values().len(), 4);
    assert!(members.values().iter().all(|member| member.get("mail").is_none() && member["id"].is_string()));
    client.graph.act(Action::GrantRole { role: "User.ReadBasic.All".to_owned() }).unwrap();
    client.token = client.fresh_token().await;
    assert_eq!(client.get("/users?$select=id,mail").await.status, 200);
    assert_eq!(client.get("/users?$select=id,accountEnabled").await.error(), (403, "Authorization_RequestDenied"));
}

#[tokio::test]
async fn a_user_s_state_shows_in_every_call() {
    let client = start().await;
    let (anna, at) = (client.anna.clone(), client.at("/contacts"));
    let act = |action| client.graph.act(action).unwrap();
    assert_eq!(client.get(&client.at("/mailboxSettings")).await.body["userPurpose"], json!("user"));
    act(Action::SetPurpose { user: anna.clone(), purpose: Purpose::Shared });
    assert_eq!(client.get(&client.at("/mailboxSettings?$select=userPurpose")).await.body["userPurpose"], json!("shared"));
    act(Action::EnableUser { user: anna.clone(), is_enabled: false });
    assert_eq!(client.get(&client.at("?$select=accountEnabled")).await.body["accountEnabled"], json!(false));
    assert_eq!(client.get(&at).await.status, 200, "the mailbox of a disabled account is still there");
    act(Action::GiveMailbox { user: anna.clone(), has_mailbox: false });
    assert_eq!(client.get(&at).await.error(), (404, "MailboxNotEnabledForRESTAPI"));
    assert_eq!(client.get(&client.at("/licenseDetails")).await.values().len(), 0);
    act(Action::GiveMailbox { user: anna.clone(), has_mailbox: true });
    assert_eq!(client.get(&client.at("/licenseDetails")).await.values().len(), 1);
    act(Action::DenyByPolicy { user: anna.clone(), is_denied: true });
    let denied = client.get(&at).await;
    assert_eq!(denied.error(), (403, "ErrorAccessDenied"));
    assert_eq!(denied.body["error"]["message"], json!("Access to OData is disabled."));
    act(Action::DeleteUser { user: anna.clone() });
    assert_eq!(client.get(&at).await.error(), (404, "ErrorInvalidUser"));
    assert_eq!(client.get(&client.at("")).await.error(), (404, "Request_ResourceNotFound"));
    assert!(client.graph.users().iter().all(|user| user.id != anna));
}

#[tokio::test]
async fn an_address_can_go_to_somebody_else() {
    let client = start().await;
    let upn = client.graph.users()[0].user_principal_name.clone();
    let left = Action::ChangeMail { user: client.anna.clone(), mail: None, user_principal_name: Some("gone@bodensee.example".to_owned()) };
    client.graph.act(left).unwrap();
    let new = NewUser { id: Some("11111111-2222-4333-8444-555555555555".to_owned()), ..NewUser::named(&upn) };
    client.graph.act(Action::AddUser { new: new.clone() }).unwrap();
    assert!(client.graph.act(Action::AddUser { new }).is_err(), "twice the same");
    let found = client.get(&format!("/users?$filter=mail eq '{upn}'")).await;
    assert_eq!(found.each("id"), ["11111111-2222-4333-8444-555555555555"]);
    assert_eq!(client.get(&format!("/users/{upn}")).await.id(), "11111111-2222-4333-8444-555555555555");
    assert_eq!(client.get("/users/gone@bodensee.example").await.id(), client.anna);
}
