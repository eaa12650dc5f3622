//! Small things about HTTP: headers, bodies of bounded size, errors without addresses.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::error::Lost;
use super::refusal::TokenError;

/// The longest answer that is read.
const LONGEST_BYTES: usize = 32 * 1024 * 1024;

/// The time in `Retry-After`, which Graph gives in seconds.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok().and_then(seconds)
}

/// Reads a number of seconds; at least one, so that a zero does not make us hammer.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse::<u64>().ok().map(|seconds| Duration::from_secs(seconds.clamp(1, 86_400)))
}

/// Graph's id of the answer, when it is a plausible one.
pub(crate) fn request_id(text: &str) -> Option<Box<str>> {
    (text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')).then(|| text.into())
}

/// Reads a body; none when it is longer than anything Graph sends.
pub(crate) async fn read_body(mut response: reqwest::Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST_BYTES {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// What an HTTP error means for the call. The address goes: it may hold what was looked for.
pub(crate) fn lost(error: reqwest::Error) -> Lost {
    let error = Arc::new(error.without_url());
    if error.is_connect() || error.is_builder() { Lost::NotSent(error) } else { Lost::OnTheWay(error) }
}

pub(crate) fn lost_token(error: reqwest::Error) -> TokenError {
    TokenError::Transport(Arc::new(error.without_url()))
}

/// The milliseconds since an instant, for logs.
pub(crate) fn ms_since(start: Instant) -> u64 {
    ms(start.elapsed())
}

/// A time in milliseconds, for logs.
pub(crate) fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A number from 0 to 1 by chance.
pub(crate) fn chance() -> f64 {
    let (_, low) = uuid::Uuid::new_v4().as_u64_pair();
    // The top two bits of the lower half say which kind of UUID it is.
    (low & 0xffff_ffff) as f64 / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_zero_and_never_days() {
        assert_eq!(seconds("0"), Some(Duration::from_secs(1)));
        assert_eq!(seconds(" 17 "), Some(Duration::from_secs(17)));
        assert_eq!(seconds("99999999"), Some(Duration::from_secs(86_400)));
        assert_eq!(seconds("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }

    #[test]
    fn chance_lies_between_0_and_1() {
        assert!((0..1_000).all(|_| (0.0..=1.0).contains(&chance())));
    }
}
