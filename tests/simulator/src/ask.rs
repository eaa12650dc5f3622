//! A request that was understood: options, preferences, and the instant at which it is answered.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::call::{Answer, Call, Prefer};
use crate::error::Refusal;
use crate::odata::Query;
use crate::options::Behaviour;

/// The largest page of a mailbox's collections, and the one nobody asked for.
const LARGEST: usize = 1_000;
const USUAL: usize = 10;

/// What a handler needs to know of a request.
#[derive(Debug)]
pub(crate) struct Ask<'c> {
    pub call: &'c Call,
    /// The path after `/v1.0`, as sent.
    pub path: &'c str,
    pub query: Query,
    pub prefer: Prefer,
    pub behaviour: &'c Behaviour,
    pub now: DateTime<Utc>,
}

/// A stretch of a collection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub from: usize,
    pub size: usize,
    /// No page after this place.
    pub until: usize,
}

impl<'c> Ask<'c> {
    pub(crate) fn new(call: &'c Call, behaviour: &'c Behaviour, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        Ok(Self { call, path, query: Query::parse(query)?, prefer: call.prefer(), behaviour, now })
    }

    /// The stretch of a mailbox's collection that is asked for.
    pub(crate) fn stretch(&self) -> Result<Stretch, Refusal> {
        if let Some(top) = self.query.top.filter(|top| *top > LARGEST) {
            return Err(Refusal::bad_request(format!(
                "The limit of '{LARGEST}' for Top query has been exceeded. The value from the incoming request is '{top}'."
            )));
        }
        let size = match (self.query.top, self.prefer.page) {
            (Some(top), Some(page)) => top.min(page),
            (Some(top), None) => top,
            (None, page) => page.unwrap_or(USUAL),
        };
        let until = self.query.top.filter(|_| self.behaviour.top_limits_total).unwrap_or(usize::MAX);
        Ok(Stretch { from: self.query.skip, size: size.min(LARGEST), until })
    }

    /// A page of a collection, with the link to the next one if there is more.
    pub(crate) fn page(&self, context: &str, stretch: Stretch, items: Vec<Value>, has_more: bool) -> Map<String, Value> {
        let mut page = Map::new();
        page.insert("@odata.context".to_owned(), json!(self.context(context)));
        let next = stretch.from + items.len();
        if has_more && stretch.size > 0 && next < stretch.until {
            let link = self.query.link(&self.call.base, self.path, &[("$skip", next.to_string())]);
            page.insert("@odata.nextLink".to_owned(), json!(link));
        }
        page.insert("value".to_owned(), Value::Array(items));
        page
    }

    /// `@odata.context` of what is described by `tail`.
    pub(crate) fn context(&self, tail: &str) -> String {
        format!("{}/$metadata#{tail}", self.call.base)
    }

    /// An answer with what was changed, or nothing if the client prefers that.
    pub(crate) fn changed(&self, value: Value) -> Answer {
        if self.prefer.minimal {
            return Answer::nothing().with("Preference-Applied", "return=minimal");
        }
        Answer::ok(value).preferring(self.prefer)
    }

    /// Refuses if `If-Match` names another version.
    pub(crate) fn check_match(&self, change_key: &str) -> Result<(), Refusal> {
        let Some(wanted) = self.call.header("if-match") else {
            return Ok(());
        };
        let fits = |tag: &str| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == change_key;
        if wanted.split(',').map(str::trim).any(fits) { Ok(()) } else { Err(Refusal::conflict()) }
    }
}
