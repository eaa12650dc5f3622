//! The look inside over HTTP: `/_sim/…`, JSON in and out, no token.
//!
//! `GET info`, `users`, `mailboxes`, `mailboxes/{user}`, `log?since=N&mailbox=ID`, `traffic`, `faults`, `clock`;
//! `POST act` (an action), `faults` (a fault), `limits`; `DELETE log`, `faults`, `faults/{number}`.

use serde_json::{Value, json};

use crate::action::Action;
use crate::fault::Fault;
use crate::handle::Handle;
use crate::percent;
use crate::sim::Sim;
use crate::throttle::Limits;

type Shown = (u16, Value);

/// Answers a request below `/_sim/`.
pub(crate) fn answer(sim: &std::sync::Arc<Sim>, method: &str, path: &str, query: &str, body: &[u8]) -> Shown {
    let handle = Handle::new(std::sync::Arc::clone(sim));
    let steps: Vec<String> = path.split('/').filter_map(percent::decode).filter(|step| !step.is_empty()).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    match (method, steps.as_slice()) {
        ("GET", ["info"]) => (200, handle.info()),
        ("GET", ["users"]) => shown(&handle.users()),
        ("GET", ["mailboxes"]) => shown(&handle.mailboxes()),
        ("GET", ["mailboxes", user]) => match handle.mailbox(user) {
            Some(mailbox) => shown(&mailbox),
            None => wrong(404, &format!("there is no user '{user}'")),
        },
        ("GET", ["log"]) => log(&handle, query),
        ("DELETE", ["log"]) => {
            handle.clear_log();
            (200, Value::Null)
        }
        ("GET", ["traffic"]) => shown(&handle.traffic()),
        ("GET", ["clock"]) => (200, json!({"now": handle.now()})),
        ("GET", ["faults"]) => shown(&handle.faults()),
        ("POST", ["faults"]) => read::<Fault>(body).map_or_else(|e| e, |fault| (201, json!({"number": handle.add_fault(fault)}))),
        ("DELETE", ["faults"]) => {
            handle.clear_faults();
            (200, Value::Null)
        }
        ("DELETE", ["faults", number]) => match number.parse() {
            Ok(number) => {
                handle.remove_fault(number);
                (200, Value::Null)
            }
            Err(_) => wrong(400, "a fault is named by its number"),
        },
        ("POST", ["act"]) => read::<Action>(body).map_or_else(
            |e| e,
            |action| match handle.act(action) {
                Ok(answer) => (200, answer),
                Err(error) => wrong(400, &error.to_string()),
            },
        ),
        ("POST", ["limits"]) => read::<Limits>(body).map_or_else(
            |e| e,
            |limits| {
                handle.set_limits(limits);
                (200, Value::Null)
            },
        ),
        _ => wrong(
            404,
            "there is nothing to see here; GET info, users, mailboxes, mailboxes/{user}, log, traffic, faults, clock; POST act, faults, limits; DELETE log, faults",
        ),
    }
}

fn log(handle: &Handle, query: &str) -> Shown {
    let pairs = percent::decode_pairs(query).unwrap_or_default();
    let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let since = get("since").and_then(|number| number.parse().ok()).unwrap_or(0);
    shown(&handle.log_since(since, get("mailbox")))
}

fn shown(value: &impl serde::Serialize) -> Shown {
    match serde_json::to_value(value) {
        Ok(value) => (200, value),
        Err(error) => wrong(500, &error.to_string()),
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Shown> {
    serde_json::from_slice(body).map_err(|error| wrong(400, &error.to_string()))
}

fn wrong(status: u16, message: &str) -> Shown {
    (status, json!({"error": message}))
}
