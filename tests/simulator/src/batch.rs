//! `POST /$batch`: up to twenty requests in one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Map, Value, json};

use crate::access::Caller;
use crate::call::{Answer, Call, Payload, Sent};
use crate::error::Refusal;
use crate::fault::{After, Blow, scramble};
use crate::graph::{self, Admission, Outcome};
use crate::options::Dispatch;
use crate::sim::Sim;

const MOST: usize = 20;

/// One request of a batch.
#[derive(Debug)]
struct Item {
    id: String,
    /// In lower case: ids are compared without regard to case.
    key: String,
    after: Vec<String>,
    call: Call,
}

/// Answers a batch; `number` is its own number in the log.
pub(crate) async fn answer(sim: &Arc<Sim>, call: &Call, caller: &Result<Caller, Refusal>, number: u64) -> Result<Answer, Refusal> {
    let caller = caller.clone()?;
    if call.method != "POST" {
        return Err(Refusal::method());
    }
    let items = read(call, sim)?;
    let mut answers = run(sim, items, &Ok(caller), number).await;
    if sim.behaviour.shuffles_batch {
        let seed = sim.behaviour.seed ^ number;
        answers.sort_by_cached_key(|(id, _)| id.bytes().fold(seed, |mixed, byte| scramble(mixed ^ u64::from(byte))));
    }
    let responses: Vec<Value> = answers.into_iter().map(|(id, outcome)| show(&id, outcome)).collect();
    Ok(Answer::ok(json!({"responses": responses})))
}

/// Reads the whole batch; what is wrong with one item is wrong with all.
fn read(call: &Call, sim: &Sim) -> Result<Vec<Item>, Refusal> {
    let body = call.object()?;
    let Some(Value::Array(requests)) = body.get("requests") else {
        return Err(Refusal::bad_request("Invalid batch payload format."));
    };
    if requests.is_empty() {
        return Err(Refusal::bad_request("The batch request has no steps."));
    }
    if requests.len() > MOST {
        return Err(Refusal::new(400, "MaximumValueExceeded", "Number of batch request steps exceeds the maximum value of 20."));
    }
    let items: Vec<Item> = requests.iter().map(|request| item(request, call, sim.behaviour.batch_writes_need_body)).collect::<Result<_, _>>()?;
    check_order(&items)?;
    Ok(items)
}

fn item(request: &Value, batch: &Call, writes_need_body: bool) -> Result<Item, Refusal> {
    let text = |name: &str| request.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let missing = |name: &str| Refusal::bad_request(format!("Invalid batch payload format: a request has no '{name}'."));
    let id = text("id").ok_or_else(|| missing("id"))?;
    let method = text("method").ok_or_else(|| missing("method"))?.to_ascii_uppercase();
    let url = text("url").ok_or_else(|| missing("url"))?;
    let headers = headers(request.get("headers"), &id)?;
    let body = match request.get("body") {
        None | Some(Value::Null) => Sent::Nothing,
        Some(body) => Sent::Json(body.clone()),
    };
    let has_body = !matches!(body, Sent::Nothing);
    let is_write = matches!(method.as_str(), "POST" | "PATCH" | "PUT");
    if (has_body && !headers.contains_key("content-type")) || (writes_need_body && is_write && !has_body) {
        return Err(Refusal::bad_request(format!("Write request id : {id} does not contain Content-Type header or body.")));
    }
    let after = match request.get("dependsOn") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(ids)) => {
            ids.iter().map(|id| id.as_str().map(str::to_lowercase).ok_or_else(|| missing("dependsOn"))).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(missing("dependsOn")),
    };
    let target = if url.starts_with('/') { url } else { format!("/{url}") };
    let call = Call { method, target, headers, body, base: batch.base.clone() };
    Ok(Item { key: id.to_lowercase(), id, after, call })
}

fn headers(value: Option<&Value>, id: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let pairs = match value {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(pairs)) => pairs,
        Some(_) => {
            return Err(Refusal::bad_request(format!("Invalid batch payload format: the headers of request '{id}' are no object.")));
        }
    };
    pairs
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name.to_ascii_lowercase(), text.clone())),
            _ => Err(Refusal::bad_request(format!("Invalid batch payload format: a header of request '{id}' is no text."))),
        })
        .collect()
}

/// Ids must be different, `dependsOn` must name requests of this batch, and there must be a first one.
fn check_order(items: &[Item]) -> Result<(), Refusal> {
    let mut keys = HashSet::new();
    if let Some(twice) = items.iter().find(|item| !keys.insert(item.key.as_str())) {
        return Err(Refusal::bad_request(format!("Request Id {} has to be unique in a batch.", twice.id)));
    }
    let mut settled: HashSet<&str> = HashSet::new();
    for _ in items {
        let ready = |item: &&Item| item.after.iter().all(|key| settled.contains(key.as_str()));
        let more: Vec<&str> = items.iter().filter(ready).map(|item| item.key.as_str()).collect();
        settled.extend(more);
    }
    match items.iter().find(|item| !settled.contains(item.key.as_str())) {
        Some(item) => Err(Refusal::bad_request(format!("The dependsOn of request id {} is unknown or runs in a circle.", item.id))),
        None => Ok(()),
    }
}

/// Works the items off, four at a time, one at a time if they depend on each other, or all at once.
async fn run(sim: &Arc<Sim>, items: Vec<Item>, caller: &Result<Caller, Refusal>, number: u64) -> Vec<(String, Outcome)> {
    let is_ordered = items.iter().any(|item| !item.after.is_empty());
    let width = match (is_ordered, sim.behaviour.dispatch) {
        (true, _) => 1,
        (false, Dispatch::FourAtATime) => 4,
        (false, Dispatch::AllAtOnce) => MOST,
    };
    let mut waiting = items;
    let mut running: Vec<Pin<Box<dyn Future<Output = Done> + Send>>> = Vec::new();
    let mut statuses: HashMap<String, u16> = HashMap::new();
    let mut answers = Vec::new();
    loop {
        while running.len() < width {
            let is_ready = |item: &Item| item.after.iter().all(|key| statuses.contains_key(key));
            let Some(at) = waiting.iter().position(is_ready) else { break };
            let item = waiting.remove(at);
            if item.after.iter().any(|key| statuses.get(key).is_some_and(|status| *status >= 400)) {
                statuses.insert(item.key, 424);
                answers.push((item.id, failed_before(sim, &item.call)));
                continue;
            }
            // All at once: the places are taken before anybody has begun.
            let admission = (width == MOST).then(|| graph::admit(sim, &item.call, caller));
            running.push(Box::pin(one(Arc::clone(sim), item, caller.clone(), number, admission)));
        }
        if running.is_empty() {
            return answers;
        }
        let (key, id, outcome) = first_of(&mut running).await;
        statuses.insert(key, outcome.answer.status);
        answers.push((id, outcome));
    }
}

/// The first to end, in the order of the requests where several do: without delays a batch has the same outcome every time.
async fn first_of(running: &mut Vec<Pin<Box<dyn Future<Output = Done> + Send>>>) -> Done {
    poll_fn(|context| {
        for at in 0..running.len() {
            if let Some(Poll::Ready(done)) = running.get_mut(at).map(|future| future.as_mut().poll(context)) {
                drop(running.remove(at));
                return Poll::Ready(done);
            }
        }
        Poll::Pending
    })
    .await
}

/// An item that was answered: its key, its id, its outcome.
type Done = (String, String, Outcome);

async fn one(sim: Arc<Sim>, item: Item, caller: Result<Caller, Refusal>, number: u64, admission: Option<Admission>) -> Done {
    let outcome = graph::answer(&sim, &item.call, &caller, Some(number), admission).await;
    let lost = outcome.lost.is_some_and(|lost| lost != After::TimedOut);
    let outcome = if lost { graph::outcome(&sim, &item.call, &Blow::default(), Err(Refusal::new(504, "UnknownError", ""))) } else { outcome };
    (item.key, item.id, outcome)
}

fn failed_before(sim: &Sim, call: &Call) -> Outcome {
    let refusal = Refusal::new(424, "FailedDependency", "A request this one depends on failed.");
    graph::outcome(sim, call, &Blow::default(), Err(refusal))
}

/// One answer of a batch; bodies that are no JSON are base64url text.
fn show(id: &str, outcome: Outcome) -> Value {
    let mut headers = Map::new();
    for (name, value) in &outcome.answer.headers {
        headers.insert((*name).to_owned(), json!(value));
    }
    let (kind, body) = match outcome.answer.payload {
        Payload::Nothing => (None, None),
        Payload::Json(value) => (Some("application/json".to_owned()), Some(value)),
        Payload::Text(text) => (Some("text/plain".to_owned()), Some(json!(URL_SAFE.encode(text)))),
        Payload::Binary { mime, bytes } => (Some(mime), Some(json!(URL_SAFE.encode(bytes)))),
    };
    if let Some(kind) = kind {
        headers.insert("Content-Type".to_owned(), json!(kind));
    }
    let mut shown = json!({"id": id, "status": outcome.answer.status, "headers": headers});
    if let (Some(shown), Some(body)) = (shown.as_object_mut(), body) {
        shown.insert("body".to_owned(), body);
    }
    shown
}
