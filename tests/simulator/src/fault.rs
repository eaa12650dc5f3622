//! Faults: what goes wrong, for which requests, how often. Items of a batch are requests like any other.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// One kind of trouble and the requests it strikes. All conditions that are given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Object id or principal name of the user whose mailbox it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// The method, such as `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A part of path and query as they were sent. A batch as a whole and the token endpoint are struck only by a fault that names
    /// `$batch` or `oauth2` here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A part of the body's JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// So many matching requests pass before the first is struck.
    #[serde(default)]
    pub skip: u32,
    /// So many are struck; without it, all until the fault is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Only each so-manieth is struck, counted per mailbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
    /// Only so many of a thousand are struck, pseudo-randomly by seed, mailbox and number of the request in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_mille: Option<u16>,
    /// What happens.
    pub effect: Effect,
}

/// What happens to a struck request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Nothing is done, this is answered.
    Answer {
        /// HTTP status.
        status: u16,
        /// `error.code`.
        code: String,
        /// `error.message`.
        #[serde(default)]
        message: String,
        /// `Retry-After` in seconds.
        #[serde(default)]
        retry_after_s: Option<u64>,
    },
    /// It is done, and the connection ends without an answer. In a batch the item answers 504.
    LoseAnswer,
    /// It is done, and 504 is answered.
    TimeOutAfter,
    /// Nothing is done, and the connection ends without an answer. In a batch the item answers 504.
    DropBefore,
    /// It is done, and the connection ends half-way through the answer's body. In a batch the item answers 504.
    CutAnswer,
    /// It is done, and extended properties are left out of the answer, as if nobody had asked for them.
    OmitExtended,
    /// It waits before it is done, its place among those in flight taken.
    DelayBefore {
        /// Milliseconds.
        ms: u64,
    },
    /// It waits after it is done, before the answer.
    DelayAfter {
        /// Milliseconds.
        ms: u64,
    },
}

impl Effect {
    /// An error with a status and a code.
    pub fn answer(status: u16, code: &str) -> Self {
        Self::Answer { status, code: code.to_owned(), message: String::new(), retry_after_s: None }
    }

    /// 429 with `Retry-After`.
    pub fn throttled(retry_after_s: u64) -> Self {
        let message = "Please retry again later.".to_owned();
        Self::Answer { status: 429, code: "TooManyRequests".to_owned(), message, retry_after_s: Some(retry_after_s) }
    }

    /// 401 as for a token that has expired.
    pub fn expired_token() -> Self {
        let message = "Lifetime validation failed, the token is expired.".to_owned();
        Self::Answer { status: 401, code: "InvalidAuthenticationToken".to_owned(), message, retry_after_s: None }
    }

    /// 503 as during a mailbox move.
    pub fn mailbox_moved() -> Self {
        let message = "Mailbox info is stale.".to_owned();
        Self::Answer { status: 503, code: "MailboxInfoStale".to_owned(), message, retry_after_s: None }
    }

    /// 404 as for a user without a mailbox.
    pub fn no_mailbox() -> Self {
        let message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.".to_owned();
        Self::Answer { status: 404, code: "MailboxNotEnabledForRESTAPI".to_owned(), message, retry_after_s: None }
    }
}

impl Fault {
    /// Strikes every request until it is removed; the methods below narrow it.
    pub fn always(effect: Effect) -> Self {
        Self { mailbox: None, method: None, path: None, body: None, skip: 0, times: None, every: None, per_mille: None, effect }
    }

    /// Strikes the next `times` requests.
    pub fn next(times: u32, effect: Effect) -> Self {
        Self { times: Some(times), ..Self::always(effect) }
    }

    /// A storm: every `every`-th request is throttled.
    pub fn storm(every: u32, retry_after_s: u64) -> Self {
        Self { every: Some(every), ..Self::always(Effect::throttled(retry_after_s)) }
    }

    /// Only requests to this mailbox (object id or principal name of its user).
    #[must_use]
    pub fn in_mailbox(self, user: &str) -> Self {
        Self { mailbox: Some(user.to_owned()), ..self }
    }

    /// Only requests with this method.
    #[must_use]
    pub fn on_method(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    /// Only requests whose path or query has this part.
    #[must_use]
    pub fn on_path(self, part: &str) -> Self {
        Self { path: Some(part.to_owned()), ..self }
    }

    /// Only requests whose body has this part.
    #[must_use]
    pub fn on_body(self, part: &str) -> Self {
        Self { body: Some(part.to_owned()), ..self }
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    /// Strikes pseudo-randomly so many of a thousand.
    #[must_use]
    pub fn sometimes(self, per_mille: u16) -> Self {
        Self { per_mille: Some(per_mille), ..self }
    }

    fn concerns(&self, seen: &Seen<'_>) -> bool {
        let must_be_named = ["$batch", "oauth2"].into_iter().find(|part| seen.target.contains(part));
        must_be_named.is_none_or(|part| self.path.as_deref().is_some_and(|path| path.contains(part)))
            && self.mailbox.as_deref().is_none_or(|mailbox| seen.mailbox.is_some_and(|seen| seen.eq_ignore_ascii_case(mailbox)))
            && self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(seen.method))
            && self.path.as_deref().is_none_or(|part| seen.target.contains(part))
            && self.body.as_deref().is_none_or(|part| (seen.body)().contains(part))
    }
}

/// A request as faults see it.
pub(crate) struct Seen<'s> {
    pub mailbox: Option<&'s str>,
    pub method: &'s str,
    pub target: &'s str,
    /// The body's text, made only if a fault asks for it.
    pub body: &'s dyn Fn() -> String,
}

/// What is to happen to one request.
#[derive(Debug, Default)]
pub(crate) struct Blow {
    pub refusal: Option<Refusal>,
    pub drop_before: bool,
    pub delay_before_ms: u64,
    pub delay_after_ms: u64,
    pub after: Option<After>,
    pub omits_extended: bool,
}

/// How an answer is lost after the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Lost,
    TimedOut,
    Cut,
}

impl Blow {
    fn add(&mut self, effect: &Effect) {
        match effect {
            Effect::Answer { status, code, message, retry_after_s } => {
                let status = if (400..600).contains(status) { *status } else { 500 };
                let refusal = Refusal::new(status, code.clone(), message.clone());
                self.refusal = self.refusal.take().or(Some(Refusal { retry_after_s: *retry_after_s, ..refusal }));
            }
            Effect::LoseAnswer => self.after = Some(After::Lost),
            Effect::TimeOutAfter => self.after = Some(After::TimedOut),
            Effect::CutAnswer => self.after = Some(After::Cut),
            Effect::DropBefore => self.drop_before = true,
            Effect::OmitExtended => self.omits_extended = true,
            Effect::DelayBefore { ms } => self.delay_before_ms += ms,
            Effect::DelayAfter { ms } => self.delay_after_ms += ms,
        }
    }
}

#[derive(Debug)]
struct Active {
    number: u64,
    fault: Fault,
    matched: u32,
    struck: u32,
    /// Matching requests by mailbox.
    by_mailbox: HashMap<String, u64>,
}

impl Active {
    fn strikes(&mut self, seen: &Seen<'_>, seed: u64) -> bool {
        if self.fault.times.is_some_and(|times| self.struck >= times) || !self.fault.concerns(seen) {
            return false;
        }
        self.matched += 1;
        if self.matched <= self.fault.skip {
            return false;
        }
        let mailbox = seen.mailbox.unwrap_or_default();
        let count = self.by_mailbox.entry(mailbox.to_owned()).or_default();
        *count += 1;
        let is_turn = self.fault.every.is_none_or(|every| count.is_multiple_of(u64::from(every.max(1))));
        let draw = || scramble(seed ^ scramble(self.number) ^ hash(mailbox) ^ *count) % 1_000;
        let strikes = is_turn && self.fault.per_mille.is_none_or(|share| draw() < u64::from(share));
        self.struck += u32::from(strikes);
        strikes
    }
}

/// The faults that are switched on.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    active: Mutex<(u64, Vec<Active>)>,
}

/// A fault that is switched on, and how often it struck.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FaultCount {
    /// Its number, to remove it.
    pub number: u64,
    /// Matching requests so far.
    pub matched: u32,
    /// Requests struck so far.
    pub struck: u32,
    /// The fault.
    pub fault: Fault,
}

impl Faults {
    pub(crate) fn new(seed: u64, faults: Vec<Fault>) -> Self {
        let new = Self { seed, active: Mutex::default() };
        for fault in faults {
            new.add(fault);
        }
        new
    }

    fn open(&self) -> MutexGuard<'_, (u64, Vec<Active>)> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches a fault on; its number removes it.
    pub(crate) fn add(&self, fault: Fault) -> u64 {
        let mut active = self.open();
        active.0 += 1;
        let number = active.0;
        active.1.push(Active { number, fault, matched: 0, struck: 0, by_mailbox: HashMap::new() });
        number
    }

    /// Switches one fault off, or all.
    pub(crate) fn remove(&self, number: Option<u64>) {
        self.open().1.retain(|active| number.is_some_and(|number| number != active.number));
    }

    pub(crate) fn counts(&self) -> Vec<FaultCount> {
        let count = |a: &Active| FaultCount { number: a.number, matched: a.matched, struck: a.struck, fault: a.fault.clone() };
        self.open().1.iter().map(count).collect()
    }

    /// What is to happen to a request; several faults may strike the same one.
    pub(crate) fn strike(&self, seen: &Seen<'_>) -> Blow {
        let mut blow = Blow::default();
        for active in &mut self.open().1 {
            if active.strikes(seen, self.seed) {
                blow.add(&active.fault.effect);
            }
        }
        blow
    }
}

/// A well-mixed number out of another one (SplitMix64).
pub(crate) fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
