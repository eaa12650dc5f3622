//! A request to Graph from its arrival to its answer: token, throttle, fault, act, log.

use std::time::Instant;

use serde_json::Value;

use crate::access::{self, Caller};
use crate::ask::Ask;
use crate::call::{Answer, Call, Payload};
use crate::contact;
use crate::delta;
use crate::directory;
use crate::error::Refusal;
use crate::fault::{After, Blow, Seen};
use crate::folder;
use crate::group;
use crate::id;
use crate::log::{self, Entry};
use crate::mailbox::Mailbox;
use crate::photo;
use crate::route::{Route, Thing};
use crate::settings;
use crate::sim::Sim;
use crate::state::State;
use crate::throttle::Slot;

const READ: [&str; 2] = ["Contacts.Read", "Contacts.ReadWrite"];
const WRITE: [&str; 1] = ["Contacts.ReadWrite"];
const READ_SETTINGS: [&str; 2] = ["MailboxSettings.Read", "MailboxSettings.ReadWrite"];
const WRITE_SETTINGS: [&str; 1] = ["MailboxSettings.ReadWrite"];

/// What becomes of a request.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub answer: Answer,
    pub request_id: String,
    pub client_request_id: String,
    /// The answer does not reach the client whole.
    pub lost: Option<After>,
}

/// A place among those in flight; `None` for calls that go to no mailbox.
pub(crate) type Admission = Option<Result<Slot, Refusal>>;

/// Who calls; read once for a batch.
pub(crate) fn caller(sim: &Sim, call: &Call) -> Result<Caller, Refusal> {
    let now = sim.clock.now();
    sim.look(|state| access::authenticate(state, call.header("authorization"), now))
}

/// Takes a place among those in flight for a call to a mailbox.
pub(crate) fn admit(sim: &Sim, call: &Call, caller: &Result<Caller, Refusal>) -> Admission {
    let app = &caller.as_ref().ok()?.app;
    let mailbox = mailbox_of(sim, call)?;
    let is_upload = matches!(call.method.as_str(), "POST" | "PATCH" | "PUT");
    let upload = if is_upload { call.body.size() } else { 0 };
    Some(sim.gates.admit(app, &mailbox, upload, sim.clock.now()))
}

/// The object id of the user whose mailbox a call names.
fn mailbox_of(sim: &Sim, call: &Call) -> Option<String> {
    let path = call.target.split('?').next().unwrap_or_default();
    let route = Route::parse(path).ok()?;
    let given = route.mailbox()?;
    sim.look(|state| state.user(given).map(|user| user.id.clone()))
}

/// Decides which faults strike a call.
pub(crate) fn strike(sim: &Sim, call: &Call, mailbox: Option<&str>) -> Blow {
    let body = || call.body.text();
    sim.faults.strike(&Seen { mailbox, method: &call.method, target: &call.target, body: &body })
}

/// Answers one request, or one item of the batch of this number; `admission` if its place was taken before.
pub(crate) async fn answer(sim: &Sim, call: &Call, caller: &Result<Caller, Refusal>, batch: Option<u64>, admission: Option<Admission>) -> Outcome {
    let (begun, number, at) = (Instant::now(), sim.log.begin(), sim.clock.now());
    let mailbox = mailbox_of(sim, call);
    let blow = strike(sim, call, mailbox.as_deref());
    let result = perform(sim, call, caller, &blow, admission).await;
    let outcome = outcome(sim, call, &blow, result);
    sim.log.add(Entry {
        number,
        batch,
        at,
        method: call.method.clone(),
        path: call.target.clone(),
        mailbox,
        app: caller.as_ref().ok().map(|caller| caller.app.clone()),
        headers: log::kept(&call.headers),
        body: call.body.text(),
        status: outcome.answer.status,
        code: code(&outcome.answer),
        is_lost: outcome.lost.is_some() && !blow.drop_before,
        took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    outcome
}

/// The error code of an answer.
pub(crate) fn code(answer: &Answer) -> Option<String> {
    let Payload::Json(body) = &answer.payload else {
        return None;
    };
    body.pointer("/error/code").and_then(Value::as_str).map(str::to_owned)
}

async fn perform(sim: &Sim, call: &Call, caller: &Result<Caller, Refusal>, blow: &Blow, admission: Option<Admission>) -> Result<Answer, Refusal> {
    if let Some(refusal) = &blow.refusal {
        sim.wait(blow.delay_before_ms).await;
        return Err(refusal.clone());
    }
    if blow.drop_before {
        return Err(Refusal::new(504, "UnknownError", ""));
    }
    let caller = caller.as_ref().map_err(Clone::clone)?;
    let admission = admission.unwrap_or_else(|| admit(sim, call, &Ok(caller.clone())));
    let slot = admission.transpose()?;
    let latency_ms = if slot.is_some() { sim.behaviour.latency_ms } else { 0 };
    sim.wait(blow.delay_before_ms + latency_ms).await;
    let result = act(sim, call, caller);
    sim.wait(blow.delay_after_ms).await;
    drop(slot);
    result
}

/// Gives a result its ids and the form of Graph's answers.
pub(crate) fn outcome(sim: &Sim, call: &Call, blow: &Blow, result: Result<Answer, Refusal>) -> Outcome {
    let request_id = id::fresh();
    let client_request_id = call.header("client-request-id").unwrap_or(&request_id).to_owned();
    let result = match blow.after {
        Some(After::TimedOut) => Err(Refusal::new(504, "UnknownError", "")),
        _ => result,
    };
    let answer = result.unwrap_or_else(|refusal| {
        let body = refusal.body(sim.clock.now(), &request_id, &client_request_id);
        let headers = refusal.retry_after_s.map(|seconds| ("Retry-After", seconds.to_string())).into_iter().collect();
        Answer { status: refusal.status, headers, payload: Payload::Json(body) }
    });
    let answer = if blow.omits_extended { without_extended(answer) } else { answer };
    let lost = if blow.drop_before { Some(After::Lost) } else { blow.after };
    Outcome { answer, request_id, client_request_id, lost }
}

/// Leaves extended properties out of an answer and of its items.
fn without_extended(answer: Answer) -> Answer {
    let Payload::Json(mut body) = answer.payload else { return answer };
    if let Some(items) = body.get_mut("value").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(forget_extended);
    }
    forget_extended(&mut body);
    Answer { payload: Payload::Json(body), ..answer }
}

fn forget_extended(item: &mut Value) {
    if let Some(item) = item.as_object_mut() {
        item.remove("singleValueExtendedProperties");
    }
}

/// Does what is asked.
fn act(sim: &Sim, call: &Call, caller: &Caller) -> Result<Answer, Refusal> {
    let path = call.target.split('?').next().unwrap_or_default();
    let route = Route::parse(path)?;
    let ask = Ask::new(call, &sim.behaviour, sim.clock.now())?;
    if let Route::Mailbox { user, thing } = &route {
        let done = sim.change(|state| in_mailbox(state, user, thing, caller, ask));
        return done.unwrap_or_else(|error| {
            Err(Refusal::new(500, "ErrorInternalServerError", format!("The simulator's state file cannot be written: {error}.")))
        });
    }
    if route == Route::Batch {
        return Err(Refusal::bad_request("Batch requests cannot be nested."));
    }
    if call.method != "GET" {
        return Err(Refusal::method());
    }
    sim.look(|state| match &route {
        Route::Users => directory::users(state, caller, &ask),
        Route::UsersCount => directory::users_count(state, caller, &ask),
        Route::User(user) => directory::user(state, user, caller, &ask),
        Route::Licences(user) => directory::licences(state, user, caller, &ask),
        Route::Groups => group::groups(state, caller, &ask),
        Route::Group(id) => group::group(state, id, caller, &ask),
        Route::Members(members) => group::members(state, members, caller, &ask),
        Route::Batch | Route::Mailbox { .. } => Err(Refusal::method()),
    })
}

/// Finds the mailbox, checks that the caller may, and does what is asked in it.
fn in_mailbox(state: &mut State, given: &str, thing: &Thing, caller: &Caller, ask: Ask<'_>) -> Result<Answer, Refusal> {
    let user = state.user(given).ok_or_else(|| Refusal::new(404, "ErrorInvalidUser", format!("The requested user '{given}' is invalid.")))?.clone();
    caller.may_mailbox(&user.id, needed(thing, &ask.call.method))?;
    if user.is_policy_denied {
        return Err(Refusal::new(403, "ErrorAccessDenied", "Access to OData is disabled."));
    }
    if !user.has_mailbox {
        return Err(Refusal::new(404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise."));
    }
    if *thing == Thing::Settings {
        return settings::get(&user, &ask);
    }
    let mailbox = state.mailboxes.get_mut(&user.id).ok_or_else(Refusal::item_not_found)?;
    let done = handle(mailbox, thing, ask);
    if !mailbox.unsaved.is_empty() {
        state.touched.insert(user.id);
    }
    done
}

/// The roles of which a call needs one.
fn needed(thing: &Thing, method: &str) -> &'static [&'static str] {
    let is_read = method == "GET";
    match thing {
        Thing::Settings | Thing::Categories | Thing::Category(_) => {
            if is_read {
                &READ_SETTINGS
            } else {
                &WRITE_SETTINGS
            }
        }
        Thing::Translate => &["User.Read.All", "User.ReadWrite.All", "Contacts.Read", "Contacts.ReadWrite"],
        _ => {
            if is_read {
                &READ
            } else {
                &WRITE
            }
        }
    }
}

fn handle(mailbox: &mut Mailbox, thing: &Thing, ask: Ask<'_>) -> Result<Answer, Refusal> {
    match (ask.call.method.as_str(), thing) {
        ("GET", Thing::Folders(above)) => folder::list(mailbox, above.as_deref(), &ask),
        ("POST", Thing::Folders(above)) => folder::create(mailbox, above.as_deref(), &ask),
        ("GET", Thing::FoldersDelta) => delta::folders(mailbox, ask),
        ("GET", Thing::Folder(id)) => folder::get(mailbox, id, &ask),
        ("PATCH", Thing::Folder(id)) => folder::patch(mailbox, id, &ask),
        ("DELETE", Thing::Folder(id)) => folder::delete(mailbox, id, &ask),
        ("POST", Thing::FolderForGood(id)) => folder::delete_for_good(mailbox, id),
        ("GET", Thing::Contacts(folder)) => contact::list(mailbox, folder.as_deref(), &ask),
        ("POST", Thing::Contacts(folder)) => contact::create(mailbox, folder.as_deref(), &ask),
        ("GET", Thing::ContactsCount(folder)) => contact::count(mailbox, folder.as_deref(), &ask),
        ("GET", Thing::ContactsDelta(folder)) => delta::contacts(mailbox, folder.as_deref(), ask),
        ("GET", Thing::Contact(folder, id)) => contact::get(mailbox, folder.as_deref(), id, &ask),
        ("PATCH", Thing::Contact(folder, id)) => contact::patch(mailbox, folder.as_deref(), id, &ask),
        ("DELETE", Thing::Contact(folder, id)) => contact::delete(mailbox, folder.as_deref(), id, &ask),
        ("POST", Thing::ContactForGood(folder, id)) => contact::delete_for_good(mailbox, folder.as_deref(), id, &ask),
        ("POST", Thing::Translate) => settings::translate(mailbox, &ask),
        ("GET", Thing::Categories) => settings::categories(mailbox, &ask),
        ("POST", Thing::Categories) => settings::add_category(mailbox, &ask),
        (_, Thing::Category(_)) => Err(Refusal::not_simulated("single master categories")),
        ("GET", Thing::Photo(folder, id)) => photo::describe(mailbox, folder.as_deref(), id, &ask),
        ("GET", Thing::PhotoValue(folder, id)) => photo::get(mailbox, folder.as_deref(), id),
        ("PUT" | "PATCH", Thing::PhotoValue(folder, id)) => photo::put(mailbox, folder.as_deref(), id, &ask),
        _ => Err(Refusal::method()),
    }
}
