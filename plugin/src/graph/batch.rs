//! Up to twenty requests of one mailbox in one call. Each item has its own fate: done, refused, told to wait, or unknown.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::answer::Raw;
use super::backoff::{Tally, Verdict};
use super::client::{Graph, Outcome};
use super::error::{At, GraphError, Lost};
use super::id::MailboxId;
use super::request::{Call, Method, Request};
use super::token::TokenSerial;
use super::wire;

/// Graph takes no more requests in one batch.
pub const MOST_IN_BATCH: usize = 20;

/// One request of the batch on its way to its outcome.
struct Item<'a> {
    request: &'a Request,
    tally: Tally,
    /// Whether its 401 was answered with a new token before.
    is_renewed: bool,
    /// Why it is tried again.
    failure: Option<GraphError>,
    outcome: Option<Outcome>,
}

impl Item<'_> {
    fn give_up(&mut self) {
        self.outcome = self.outcome.take().or(self.failure.take().map(Err));
    }
}

impl Graph {
    /// Sends requests of one mailbox, twenty at a time, and returns their outcomes in the order of the requests. They may be
    /// carried out in any order. Items that Graph asks to wait, and repeatable ones that failed, are tried again here; the others stand.
    ///
    /// An item that created something and whose answer was lost ends as `Unknown` and is never sent again here.
    pub async fn batch(&self, mailbox: &MailboxId, requests: &[Request]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(requests.len());
        for some in requests.chunks(MOST_IN_BATCH) {
            // What was begun is read back and looked up, which takes one batch; nothing longer is begun.
            if self.is_told_to_stop() && !outcomes.is_empty() {
                outcomes.extend(some.iter().map(|one| Err(GraphError::Stopped { at: self.at(mailbox, one.call) })));
            } else {
                outcomes.extend(self.few(mailbox, some).await);
            }
        }
        outcomes
    }

    async fn few(&self, mailbox: &MailboxId, requests: &[Request]) -> Vec<Outcome> {
        if let [one] = requests {
            return vec![self.send(Some(mailbox), one).await];
        }
        let item = |request| Item { request, tally: Tally::default(), is_renewed: false, failure: None, outcome: None };
        let mut items: Vec<Item<'_>> = requests.iter().map(item).collect();
        while items.iter().any(|item| item.outcome.is_none()) {
            match self.round(mailbox, &mut items).await {
                Round::Wait(wait) if self.rest(wait).await => {}
                // Told to stop: what was to be tried again has failed.
                Round::Wait(_) => items.iter_mut().for_each(Item::give_up),
                Round::Singly => self.singly(mailbox, &mut items).await,
            }
        }
        items.into_iter().filter_map(|item| item.outcome).collect()
    }

    /// Sends what has no outcome yet and takes in what came of it.
    async fn round(&self, mailbox: &MailboxId, items: &mut [Item<'_>]) -> Round {
        let mut open: Vec<&mut Item<'_>> = items.iter_mut().filter(|item| item.outcome.is_none()).collect();
        let batch = batch_of(open.iter().map(|item| item.request));
        let at = |call| self.at(mailbox, call);
        let answers = match self.exchange(&at(Call::Batch), &batch).await {
            // One item that Graph cannot read, or too much together: nothing was carried out, and singly we learn which it is.
            Ok(raw) if matches!(raw.status, 400 | 413) => return Round::Singly,
            Ok(raw) => Answers::of(raw),
            Err(error) => Answers::None(error),
        };
        let (mut longest, mut refused) = (Duration::ZERO, None);
        for (index, item) in open.iter_mut().enumerate() {
            match answers.of_item(index, at(item.request.call)) {
                Ok(answer) => item.outcome = Some(Ok(answer)),
                Err(error @ GraphError::Unauthorized { .. }) if !item.is_renewed => {
                    item.is_renewed = true;
                    item.failure = Some(error);
                    refused = answers.token();
                }
                Err(error) => match self.judge(&error, &mut item.tally) {
                    Verdict::Wait(wait) => {
                        longest = longest.max(wait);
                        item.failure = Some(error);
                    }
                    Verdict::Tell => item.outcome = Some(Err(error)),
                },
            }
        }
        if let Some(token) = refused {
            self.renew(token).await;
        }
        Round::Wait(longest)
    }

    async fn singly(&self, mailbox: &MailboxId, items: &mut [Item<'_>]) {
        for item in items.iter_mut().filter(|item| item.outcome.is_none()) {
            item.outcome = Some(self.send(Some(mailbox), item.request).await);
        }
    }
}

/// How a batch goes on.
enum Round {
    /// With what is still open, after this time.
    Wait(Duration),
    /// With each open item by itself.
    Singly,
}

/// The batch as a request of its own.
fn batch_of<'a>(requests: impl Iterator<Item = &'a Request>) -> Request {
    let items: Vec<Value> = requests.enumerate().map(|(index, request)| item_of(index, request)).collect();
    Request {
        call: Call::Batch,
        method: Method::Post,
        url: "/$batch".to_owned(),
        headers: vec![("Content-Type", "application/json".into()), ("Accept", "application/json".into())],
        body: Some(json!({ "requests": items })),
    }
}

fn item_of(index: usize, request: &Request) -> Value {
    let headers: Map<String, Value> = request.headers.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_ref()))).collect();
    let mut item = json!({ "id": index.to_string(), "method": request.method.as_str(), "url": request.url, "headers": headers });
    if let (Some(body), Some(item)) = (&request.body, item.as_object_mut()) {
        item.insert("body".to_owned(), body.clone());
    }
    item
}

/// What a batch brought back.
enum Answers {
    /// An answer per item, by its number; some may be missing.
    Items { by_index: HashMap<usize, Value>, token: TokenSerial },
    /// One answer for all.
    Whole(Raw),
    /// No answer.
    None(GraphError),
}

impl Answers {
    fn of(raw: Raw) -> Self {
        let responses = raw.body.as_ref().and_then(|body| body.get("responses")).and_then(Value::as_array);
        let (200, Some(responses)) = (raw.status, responses) else { return Self::Whole(raw) };
        let index = |item: &Value| item.get("id")?.as_str()?.parse::<usize>().ok();
        let by_index = responses.iter().filter_map(|item| Some((index(item)?, item.clone()))).collect();
        Self::Items { by_index, token: raw.token }
    }

    fn token(&self) -> Option<TokenSerial> {
        match self {
            Self::Items { token, .. } => Some(*token),
            Self::Whole(raw) => Some(raw.token),
            Self::None(_) => None,
        }
    }

    /// The fate of one item.
    fn of_item(&self, index: usize, at: At) -> Outcome {
        match self {
            Self::Items { by_index, token } => match by_index.get(&index).and_then(|item| raw_of(item, *token)) {
                Some(raw) => raw.read(at),
                None => Err(GraphError::lost(at, Lost::Garbled("the batch's answer leaves it out"))),
            },
            Self::Whole(raw) => match raw.status {
                200..=299 => Err(GraphError::lost(at, Lost::Garbled("it is no batch's answer"))),
                _ => raw.clone().read(at),
            },
            Self::None(error) => Err(error.for_item(at)),
        }
    }
}

fn raw_of(item: &Value, token: TokenSerial) -> Option<Raw> {
    let header = |name: &str| {
        let headers = item.get("headers")?.as_object()?;
        let (_, value) = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()))
    };
    Some(Raw {
        status: u16::try_from(item.get("status")?.as_u64()?).ok()?,
        wait: header("Retry-After").as_deref().and_then(wire::seconds),
        request_id: header("request-id").as_deref().and_then(wire::request_id),
        body: item.get("body").filter(|body| !body.is_null()).cloned(),
        token,
    })
}
