//! The HTTP interface of a real worker: who gets an answer, what a pass asked for brings, and that its description is true.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use adressbote_simulator::{Effect, Fault};
use serde_json::{Value, json};

use crate::http::{Answer, ask, send};
use crate::office::{Office, USER, command, sample};
use crate::schema::{fits, resolve};

const TOKEN: &str = "c0ffee00c0ffee00c0ffee00c0ffee00";
const ADDRESS: &str = "xaver.kirchner@seewerk.example";

/// A worker with its interface.
struct Worker {
    child: Child,
    reader: Option<JoinHandle<()>>,
    log: Arc<Mutex<String>>,
    address: String,
    answers: Mutex<Vec<(String, String, Answer)>>,
}

/// An office in which only one user's folder is looked after, and whose interface is on.
fn office() -> Office {
    let office = Office::open();
    office.only_user(USER);
    office.change(
        "adressbote.toml",
        "[books.contacts]",
        "[worker]\nevery_s = 3600\n\n[api]\nlisten = \"127.0.0.1:0\"\ntoken = { file = \"api.token\" }\n\n[books.contacts]",
    );
    std::fs::write(office.path().join("api.token"), format!("{TOKEN}\n")).unwrap();
    office
}

impl Worker {
    /// Starts the worker and waits until its interface listens.
    fn start(office: &Office) -> Self {
        let mut child = command(office.path()).arg("run").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, into) = (std::io::BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
        let reader = std::thread::spawn(move || {
            for line in std::io::BufRead::lines(lines).map_while(Result::ok) {
                into.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let mut worker = Self { child, reader: Some(reader), log, address: String::new(), answers: Mutex::default() };
        let said = worker.wait_for_log("asked for at http://");
        let (_, address) = said.split_once("asked for at http://").unwrap();
        worker.address = address.split('/').next().unwrap().to_owned();
        worker
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The line of the log with these words, once it is there.
    fn wait_for_log(&self, words: &str) -> String {
        wait(words, || self.log().lines().find(|line| line.contains(words)).map(str::to_owned))
    }

    fn call(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        let answer = ask(&self.address, method, path, token, body);
        self.answers.lock().unwrap().push((method.to_lowercase(), path.to_owned(), answer.clone()));
        answer
    }

    fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Some(TOKEN), "")
    }

    fn post(&self, body: &str) -> Answer {
        self.call("POST", "/api/v1/passes", Some(TOKEN), body)
    }

    /// Asks for a pass; returns where to ask for it.
    fn place(&self, wish: Value) -> String {
        let answer = self.post(&wish.to_string());
        assert_eq!(answer.status, 202, "{answer:?}");
        let location = answer.header("location").unwrap().to_owned();
        assert_eq!(location, format!("/api/v1/passes/{}", answer.json()["id"].as_str().unwrap()));
        location
    }

    /// What came of a pass once it ended.
    fn ended(&self, location: &str) -> Value {
        wait("the pass to end", || {
            let answer = self.get(location);
            assert_eq!(answer.status, 200, "{answer:?}");
            Some(answer.json()).filter(|pass| pass["state"] == "done" || pass["state"] == "failed")
        })
    }

    fn tell_to_stop(&self) {
        let told = std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Waits until it ended; its exit code and log.
    fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        self.reader.take().unwrap().join().unwrap();
        let log = self.log();
        for (method, path, answer) in self.answers.lock().unwrap().iter() {
            assert!(!answer.text.contains(TOKEN), "{method} {path}: {answer:?}");
        }
        assert!(!log.contains(TOKEN), "{log}");
        (code, log)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
    }
}

fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "waited for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn standing(office: &Office) -> usize {
    office.graph.as_ref().unwrap().mailbox(ADDRESS).unwrap().folder("CRM Kontakte").map_or(0, |folder| folder.contacts.len())
}

/// Every request to Graph takes so long, so that a pass lasts.
fn slow(office: &Office, ms: u64) {
    office.graph.as_ref().unwrap().add_fault(Fault::always(Effect::DelayBefore { ms }));
}

#[test]
fn a_pass_for_a_user_or_a_record_is_asked_for_and_its_report_fetched() {
    let office = office();
    let worker = Worker::start(&office);
    let first = worker.ended(&worker.place(json!({})));
    assert_eq!((&first["state"], &first["user"], &first["error"]), (&"done".into(), &Value::Null, &Value::Null), "{first}");
    let before = standing(&office);
    assert!(before > 1, "{first}");

    let due = sample().due.as_str();
    assert_eq!(office.run(&["ledger", "erase", "--record", due, "--why", "Art. 17"]).code, 0);
    let pass = worker.ended(&worker.place(json!({ "record": due })));
    assert_eq!((&pass["record"], &pass["needs_attention"]), (&due.into(), &false.into()), "{pass}");
    let folder = &pass["report"]["folders"][0];
    assert_eq!((&folder["user"], &folder["deleted"]["erased"]), (&USER.into(), &1.into()), "{pass}");
    assert_eq!(standing(&office), folder["standing"].as_u64().unwrap() as usize);

    let unwanted = office.run(&["subscribe", "add", "--user", USER, "--record", &sample().unwanted]);
    assert_eq!(unwanted.code, 0, "{unwanted:?}");
    let pass = worker.ended(&worker.place(json!({ "user": USER })));
    let folder = &pass["report"]["folders"][0];
    assert_eq!((&pass["state"], &folder["user"], &folder["created"]), (&"done".into(), &USER.into(), &1.into()), "{pass}");
    assert_eq!(standing(&office), before);
    // The report is that of the command; what differs is what was left to do.
    let again = office.json(&["sync", "--user", USER]);
    let keys = |report: &Value| report.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&again), keys(&pass["report"]));
    assert_eq!(keys(&again["folders"][0]), keys(&pass["report"]["folders"][0]));

    assert_eq!(worker.post(&json!({ "user": "xaver.kirchne\nforged line" }).to_string()).status, 422);
    let nobody = worker.ended(&worker.place(json!({ "user": "xaver.kirchne" })));
    assert_eq!((&nobody["state"], &nobody["report"]), (&"failed".into(), &Value::Null), "{nobody}");
    assert_eq!(nobody["hint"], "did you mean `xaver.kirchner`?", "{nobody}");
    let nothing = worker.ended(&worker.place(json!({ "record": "no-such-record" })));
    assert!(nothing["error"].as_str().unwrap().contains("there is no record"), "{nothing}");
    worker.tell_to_stop();
    let (code, log) = worker.end();
    assert_eq!(code, Some(0), "who is not known to anybody is no trouble of ours: {log}");
    assert!(!log.contains("forged") && !log.contains("no-such-record"), "{log}");
}

#[test]
fn without_the_token_nothing_is_told_and_what_is_wrong_is_refused() {
    let office = office();
    let worker = Worker::start(&office);
    let wrong = TOKEN.replace('c', "d");
    for token in [None, Some(wrong.as_str()), Some("")] {
        for (method, path) in [("POST", "/api/v1/passes"), ("GET", "/api/v1/openapi.json"), ("GET", "/api/v1/passes/x"), ("GET", "/")] {
            let began = Instant::now();
            let answer = worker.call(method, path, token, "{}");
            assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{answer:?}");
            assert!(began.elapsed() > Duration::from_millis(900), "it is slowed down");
        }
    }
    let health = worker.call("GET", "/api/v1/health", None, "");
    assert_eq!((health.status, health.body()), (200, "ok"));
    for (body, status, said) in [
        ("", 400, "no JSON"),
        ("{\"user\": ", 400, "no JSON"),
        ("[]", 422, "not what it should be"),
        ("{\"user\": 5}", 422, "not what it should be"),
        ("{\"users\": \"anna\"}", 422, "unknown field `users`"),
        ("{\"user\": \"anna\", \"record\": \"1\"}", 422, "not for both"),
        ("{\"record\": \" \"}", 422, "empty"),
        ("{\"user\": \"anna\\u0000\"}", 422, "control characters"),
        ("{\"record\": \"47\\n11\"}", 422, "control characters"),
        ("{\"user\": null}", 422, "not what it should be"),
        (&format!("{{\"user\": \"{}\"}}", "a".repeat(5_000)), 413, "larger than 4096 bytes"),
    ] {
        let answer = worker.post(body);
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        let told = answer.json();
        assert!(told["error"].as_str().unwrap().contains(said) && told["hint"].is_string(), "{body}: {told}");
    }
    for path in ["/api/v1/passes/7", "/api/v1/passes/6b0e2c5e-6f0c-4f0e-8f57-0c2d5b1d2f10", "/", "/api/v2/passes"] {
        assert_eq!(worker.get(path).status, 404, "{path}");
    }
    let other = worker.get("/api/v1/passes");
    assert_eq!((other.status, other.header("allow")), (405, Some("POST")), "{other:?}");
    worker.tell_to_stop();
    let (_, log) = worker.end();
    assert!(log.contains("Requests without the right token were refused") && !log.contains(&wrong), "{log}");
}

#[test]
fn a_full_queue_says_so_and_what_waits_when_the_worker_stops_is_told() {
    let office = office();
    slow(&office, 400);
    let worker = Worker::start(&office);
    // The pass that the worker begins with lasts, so that these wait.
    let waiting: Vec<String> = (0..16).map(|number| worker.place(json!({ "record": number.to_string() }))).collect();
    assert_eq!(worker.place(json!({ "record": "3" })), waiting[3], "the same is asked for once");
    let full = worker.post("{\"record\": \"16\"}");
    assert_eq!((full.status, full.header("retry-after")), (503, Some("10")), "{full:?}");
    assert!(full.json()["error"].as_str().unwrap().contains("waiting already"), "{full:?}");
    assert_eq!(worker.get(&waiting[0]).json()["state"], "queued");
    worker.tell_to_stop();
    worker.wait_for_log("Told to stop");
    let told = worker.get(&waiting[15]).json();
    assert_eq!(told["state"], "failed", "{told}");
    assert!(told["error"].as_str().unwrap().contains("told to stop before it came to this pass") && told["began_at"].is_null(), "{told}");
    let late = worker.post("{}");
    assert_eq!((late.status, late.header("retry-after")), (503, Some("60")), "{late:?}");
    let (_, log) = worker.end();
    assert!(log.contains("Passes that were asked for are not made"), "{log}");
}

#[test]
fn what_is_under_way_when_the_worker_stops_is_left_to_the_next_pass() {
    let office = office();
    let worker = Worker::start(&office);
    worker.ended(&worker.place(json!({})));
    slow(&office, 1_500);
    assert_eq!(office.run(&["ledger", "erase", "--record", &sample().due, "--why", "Art. 17"]).code, 0);
    let location = worker.place(json!({ "user": USER }));
    wait("the pass to begin", || Some(worker.get(&location).json()).filter(|pass| pass["state"] == "running"));
    worker.tell_to_stop();
    // Whoever asks meanwhile is still answered.
    let health = worker.call("GET", "/api/v1/health", None, "");
    assert_eq!(health.status, 200);
    worker.end();
    let passes = office.json(&["ledger", "passes"]);
    assert_eq!((&passes[0]["kind"], &passes[0]["finished_at"]), (&"user".into(), &Value::Null), "it was stopped: {passes}");
    assert_eq!(office.json(&["sync", "--user", USER])["folders"][0]["deleted"]["erased"], 1, "the next one goes on");
}

#[test]
fn an_interface_that_is_not_safe_or_not_free_is_refused_at_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    for (from, to, code, said) in [
        ("listen = \"127.0.0.1:0\"", format!("listen = \"{port}\""), 1, format!("the address {port} of section [api] is in use by another program")),
        ("listen = \"127.0.0.1:0\"", "listen = \"0.0.0.0:0\"".to_owned(), 2, "behind_tls_proxy = true".to_owned()),
        ("listen = \"127.0.0.1:0\"", "listen = \"localhost\"".to_owned(), 2, "no IP address with a port".to_owned()),
        ("token = ", "token = { env = \"NO_SUCH\" }\n# ".to_owned(), 2, "the secret `api.token` cannot be read".to_owned()),
        ("token = ", "# ".to_owned(), 2, "missing field `token`".to_owned()),
    ] {
        let office = office();
        office.change("adressbote.toml", from, &to);
        let ended = office.run(&["run"]);
        assert!(ended.code == code && ended.err.contains(&said), "{to}: {ended:?}");
    }
    let office = office();
    let check = |office: &Office| office.run(&["check", "--offline", "--format", "json"]);
    assert!(check(&office).out.contains("the token is long enough"));
    std::fs::write(office.path().join("api.token"), &TOKEN[1..]).unwrap();
    let checked = check(&office);
    assert!(checked.code == 2 && checked.out.contains("at least 32"), "{checked:?}");
    let ended = office.run(&["run"]);
    assert!(ended.code == 2 && ended.err.contains("at least 32") && !ended.err.contains(&TOKEN[1..]), "{ended:?}");
}

#[test]
fn its_description_is_true() {
    let office = office();
    slow(&office, 300);
    let worker = Worker::start(&office);
    let description = worker.get("/api/v1/openapi.json").json();
    assert_eq!(description, serde_json::from_str::<Value>(include_str!("../../src/api/openapi.json")).unwrap());

    let location = worker.place(json!({ "user": USER }));
    (0..15).for_each(|number| drop(worker.place(json!({ "record": format!("no-such-{number}") }))));
    assert_eq!(worker.post("{}").status, 503);
    worker.get(&location);
    ["", "[]", &" ".repeat(5_000)].iter().for_each(|body| drop(worker.post(body)));
    let late =
        send(&worker.address, &format!("POST /api/v1/passes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: 9\r\n\r\n{{"));
    worker.answers.lock().unwrap().push(("post".to_owned(), "/api/v1/passes".to_owned(), late));
    worker.get("/api/v1/passes/unknown");
    for (method, path) in [("POST", "/api/v1/passes"), ("GET", "/api/v1/passes/x"), ("GET", "/api/v1/openapi.json"), ("GET", "/api/v1/health")] {
        worker.call(method, path, None, "");
    }
    assert_eq!(worker.ended(&location)["state"], "done");
    wait("a pass that failed", || {
        let seen = worker.answers.lock().unwrap();
        let locations: BTreeSet<String> = seen.iter().filter_map(|(.., answer)| answer.header("location").map(str::to_owned)).collect();
        drop(seen);
        locations.iter().map(|location| worker.get(location).json()).find(|pass| pass["state"] == "failed")
    });

    let seen = worker.answers.lock().unwrap().clone();
    let mut met = BTreeSet::new();
    for (method, path, answer) in &seen {
        let known = if path.starts_with("/api/v1/passes/") { "/api/v1/passes/{id}" } else { path };
        let said = &description["paths"][known][method]["responses"][answer.status.to_string()];
        assert!(said.is_object(), "{method} {path} answers {}, which is not described", answer.status);
        let said = resolve(&description, said);
        for name in said["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
            assert!(answer.header(name).is_some(), "{method} {path}: no header {name}: {answer:?}");
        }
        let (kind, content) = said["content"].as_object().unwrap().iter().next().unwrap();
        assert!(answer.header("content-type").unwrap().starts_with(kind.as_str()), "{answer:?}");
        let body = if kind == "application/json" { answer.json() } else { Value::from(answer.body()) };
        fits(&description, &content["schema"], &body, &format!("{method} {path} {}", answer.status));
        met.insert((known.to_owned(), method.clone(), answer.status.to_string()));
    }
    // A loop that is not alive is shown beside the code.
    met.insert(("/api/v1/health".to_owned(), "get".to_owned(), "503".to_owned()));
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let statuses = operation["responses"].as_object().unwrap().keys();
            described.extend(statuses.map(|status| (path.clone(), method.clone(), status.clone())));
        }
    }
    assert_eq!(met, described);
    worker.tell_to_stop();
    worker.end();
}
