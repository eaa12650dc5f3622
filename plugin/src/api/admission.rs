//! Who gets an answer: whoever sends the token. Who sends another one, or none, waits and learns nothing.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use ring::hmac;
use ring::rand::SystemRandom;
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use super::ApiError;

/// The shortest token.
pub const SHORTEST: usize = 32;

/// How long a wrong token waits for its answer.
const SLOWED: Duration = Duration::from_secs(1);

/// How often wrong tokens are told in the log.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Knows the token without keeping it: only what a key of this process makes of it, which also compares in constant time.
#[derive(Debug)]
pub struct Admission {
    key: hmac::Key,
    token: hmac::Tag,
    refused: Mutex<Refused>,
}

/// Requests that were refused and not yet told.
#[derive(Debug, Default)]
struct Refused {
    count: u64,
    told_at: Option<Instant>,
}

impl Admission {
    /// Takes the token.
    ///
    /// # Errors
    /// When it is too short or cannot be sent in a header.
    pub fn new(token: &SecretString) -> Result<Self, ApiError> {
        let token = token.expose_secret();
        if token.len() < SHORTEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ApiError::Weak);
        }
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(|_| ApiError::NoRandom)?;
        let token = hmac::sign(&key, token.as_bytes());
        Ok(Self { key, token, refused: Mutex::default() })
    }

    /// Whether a request with these headers is answered.
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (sent.next(), sent.next()) else { return false };
        let Some((scheme, token)) = value.as_bytes().split_at_checked("Bearer ".len()) else { return false };
        scheme.eq_ignore_ascii_case(b"Bearer ") && hmac::verify(&self.key, token.trim_ascii(), self.token.as_ref()).is_ok()
    }

    /// Lets somebody wait who is not admitted, and counts him.
    pub async fn slow_down(&self) {
        let is_time = {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            refused.count += 1;
            refused.told_at.is_none_or(|at| at.elapsed() >= TOLD_EVERY)
        };
        if is_time {
            self.tell();
        }
        tokio::time::sleep(SLOWED).await;
    }

    /// Tells the log how many were refused since it was last told.
    pub fn tell(&self) {
        let count = {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            refused.told_at = Some(Instant::now());
            std::mem::take(&mut refused.count)
        };
        if count > 0 {
            warn!(count, "Requests without the right token were refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789ABCDEF";

    fn admits(values: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        Admission::new(&SecretString::from(TOKEN)).unwrap().admits(&headers)
    }

    #[test]
    fn the_token_and_nothing_else_is_admitted() {
        assert!(admits(&[&format!("Bearer {TOKEN}")]) && admits(&[&format!("bearer  {TOKEN} ")]));
        for wrong in ["", "Bearer", "Bearer ", TOKEN, &format!("Basic {TOKEN}"), &format!("Bearer {TOKEN}0"), &format!("Bearer {}", &TOKEN[1..])] {
            assert!(!admits(&[wrong]), "{wrong}");
        }
        assert!(!admits(&[&format!("Bearer {}", TOKEN.to_lowercase())]));
        assert!(!admits(&[]) && !admits(&[&format!("Bearer {TOKEN}"), "Bearer other"]));
    }

    #[test]
    fn a_token_that_can_be_guessed_or_not_be_sent_is_refused() {
        for weak in [&TOKEN[1..], &"ä".repeat(32), &format!("{TOKEN} {TOKEN}"), &format!("{TOKEN}\n{TOKEN}")] {
            assert!(matches!(Admission::new(&SecretString::from(weak)), Err(ApiError::Weak)), "{weak}");
        }
    }

    #[test]
    fn the_token_cannot_be_read_back() {
        let kept = format!("{:?}", Admission::new(&SecretString::from(TOKEN)).unwrap());
        assert!(!kept.contains(TOKEN), "{kept}");
    }
}
