use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use adressbote_simulator::{Action, FolderKind, NewUser, Options, Simulator, serve};
use serde_json::{Value, json};

use crate::client::{Client, MARK, escape, reply};

fn options(file: &std::path::Path) -> Options {
    Options { state_file: Some(file.to_owned()), ..Options::default() }
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.jsonl");
    let client = Client::of(Simulator::start(options(&file)).await.unwrap()).await;
    let info = client.graph.info();
    let ours = client.folder("CRM").await;
    let kept = client
        .contact(
            &ours,
            json!({"surname": "Kept", "emailAddresses": [{"address": "k@x.example"}], "singleValueExtendedProperties": [{"id": MARK, "value": "1"}]}),
        )
        .await;
    let purged = client.contact(&ours, json!({"surname": "Purged"})).await;
    client.call(&client.at(&format!("/contacts/{}/permanentDelete", escape(&purged)))).await;
    let dropped = client.folder("Dropped").await;
    client.delete(&client.in_folder(&dropped, "")).await;
    let delta = client.get(&client.in_folder(&ours, "/contacts/delta")).await.body["@odata.deltaLink"].as_str().unwrap().to_owned();
    let gone = client.contact(&ours, json!({"surname": "Gone"})).await;
    client.delete(&client.at(&format!("/contacts/{}", escape(&gone)))).await;
    client.graph.act(Action::EnableUser { user: client.anna.clone(), is_enabled: false }).unwrap();
    client.graph.act(Action::AdvanceClock { seconds: 60 }).unwrap();
    let before = client.graph.mailbox(&client.anna).unwrap();
    let port = client.graph.base();
    // Not stopped: what a killed process leaves behind is in the file already.
    let token = client.token.clone();
    for _ in 0..2 {
        let mut again = Client::of(Simulator::start(options(&file)).await.unwrap()).await;
        again.token.clone_from(&token);
        assert_eq!(again.graph.mailbox(&again.anna).unwrap(), before);
        let (old, new) = (&info, again.graph.info());
        for name in ["tenant", "client_id", "client_secret", "users"] {
            assert_eq!(old[name], new[name], "{name}");
        }
        assert_eq!(again.get(&again.at("?$select=accountEnabled")).await.body["accountEnabled"], json!(false));
        let changes = again.get(&delta.replace(&port, &again.graph.base())).await;
        assert_eq!(changes.values(), &[json!({"id": gone, "@removed": {"reason": "deleted"}})], "{}", changes.text);
        let found = escape(&format!("singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '1')"));
        assert_eq!(again.get(&again.in_folder(&ours, &format!("/contacts?$filter={found}"))).await.each("id"), [kept.as_str()]);
        again.graph.stop().await;
    }
    let again = Client::of(Simulator::start(options(&file)).await.unwrap()).await;
    let new = again.contact(&ours, json!({"surname": "New"})).await;
    assert!(![&kept, &purged, &gone].contains(&&new), "ids are never used twice");
    assert_ne!(again.folder("Dropped").await, dropped);
}

#[tokio::test]
async fn a_torn_last_line_is_left_out_and_a_foreign_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.jsonl");
    let client = Client::of(Simulator::start(options(&file)).await.unwrap()).await;
    client.contact("contacts", json!({"surname": "X"})).await;
    OpenOptions::new().append(true).open(&file).unwrap().write_all(b"{\"contact\":[\"half").unwrap();
    let again = Simulator::start(options(&file)).await.unwrap();
    assert_eq!(again.mailbox(&client.anna).unwrap().known(FolderKind::Contacts).unwrap().contacts.len(), 1);
    fs::write(&file, "{\"tenant\":1}\n").unwrap();
    let error = Simulator::start(options(&file)).await.unwrap_err();
    assert!(error.to_string().contains("line 1 is not one of the simulator's"), "{error}");
    let missing = folder.path().join("no/such/folder/state.jsonl");
    assert!(Simulator::start(options(&missing)).await.unwrap_err().to_string().contains("cannot be used"));
}

#[tokio::test]
async fn the_file_counts_more_than_the_users_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.jsonl");
    let listen = "127.0.0.1:0".parse().unwrap();
    let first = serve(listen, Some(file.clone()), vec![NewUser::named("a@nord.example")]).await.unwrap();
    let second = serve(listen, Some(file), vec![NewUser::named("b@nord.example")]).await.unwrap();
    assert_eq!(first.users(), second.users());
    let twice = serve(listen, None, vec![NewUser::named("a@nord.example"), NewUser::named("A@nord.example")]).await.unwrap_err();
    assert_eq!(twice.to_string(), "the directory cannot be made: the user 'A@nord.example' stands there twice");
    assert!(!first.first_line().contains('\n'));
}

/// What the killed process of the next test does: this test again, with the file in the environment.
const CHILD: &str = "SIMULATOR_STATE_FILE";

#[tokio::test]
async fn a_killed_process_has_lost_nothing_it_answered() {
    if let Ok(file) = std::env::var(CHILD) {
        let graph = Simulator::start(options(file.as_ref())).await.unwrap();
        println!("\n{}", graph.first_line());
        std::future::pending::<()>().await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.jsonl");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "restart::a_killed_process_has_lost_nothing_it_answered", "--nocapture"]).env(CHILD, &file).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first: Value = lines.map(Result::unwrap).find(|line| line.starts_with('{')).map(|line| serde_json::from_str(&line).unwrap()).unwrap();
    let http = crate::client::http();
    let text = |name: &str| first[name].as_str().unwrap();
    let form = [
        ("client_id", text("client_id")),
        ("client_secret", text("client_secret")),
        ("grant_type", "client_credentials"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let token = reply(http.post(text("token_url")).form(&form)).await.body["access_token"].as_str().unwrap().to_owned();
    let user = first["users"][0]["id"].as_str().unwrap();
    let mut answered = Vec::new();
    for number in 0..20 {
        let create = http.post(format!("{}/users/{user}/contacts", text("base"))).bearer_auth(&token).json(&json!({"surname": format!("N{number}")}));
        answered.push(reply(create).await.id());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let graph = Simulator::start(options(&file)).await.unwrap();
    let kept: Vec<String> = graph.mailbox(user).unwrap().folders[0].contacts.iter().map(|contact| contact.id.clone()).collect();
    assert_eq!(kept, answered);
    assert_eq!(graph.info()["client_secret"], first["client_secret"]);
}

#[tokio::test]
async fn a_stopped_server_is_gone() {
    let graph = Simulator::start(Options::default()).await.unwrap();
    let users = format!("{}/users", graph.base());
    let http = crate::client::http();
    assert_eq!(http.get(&users).send().await.unwrap().status(), 401);
    graph.stop().await;
    assert!(http.get(&users).send().await.is_err());
}
