//! The app's token: asked for once, kept until shortly before it ends, asked for anew by one caller while the others wait.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::backoff::Patience;
use super::credential::Credential;
use super::refusal::TokenError;
use super::settings::GraphSettings;
use super::wire;

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(300);

/// How long the token endpoint may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Tells the tokens of one client apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenSerial(u64);

/// A token with what it says of itself.
#[derive(Clone)]
pub(crate) struct Token {
    secret: SecretString,
    serial: TokenSerial,
    fresh_until: Instant,
    claims: Claims,
}

impl Token {
    pub(crate) fn bearer(&self) -> &str {
        self.secret.expose_secret()
    }

    pub(crate) fn serial(&self) -> TokenSerial {
        self.serial
    }

    pub(crate) fn claims(&self) -> &Claims {
        &self.claims
    }
}

/// What a token says: read without checking its signature, for messages only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The application permissions that were consented to in Entra. Those granted in Exchange alone are not among them.
    pub roles: BTreeSet<String>,
    /// When it ends.
    pub until: Option<DateTime<Utc>>,
    /// Whether the token could be read at all.
    pub is_readable: bool,
}

impl Claims {
    fn of(token: &str) -> Self {
        #[derive(Deserialize)]
        struct Payload {
            #[serde(default)]
            roles: BTreeSet<String>,
            exp: Option<i64>,
        }
        let payload = token.split('.').nth(1).and_then(|part| BASE64.decode(part.trim_end_matches('=')).ok());
        let payload = payload.and_then(|json| serde_json::from_slice::<Payload>(&json).ok());
        payload.map_or_else(Self::default, |payload| Self {
            roles: payload.roles,
            until: payload.exp.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            is_readable: true,
        })
    }
}

/// The last thing that the token endpoint said.
enum Kept {
    Nothing,
    Token(Token),
    Refused(TokenError, Instant),
}

/// The place where the app's token is kept.
pub(crate) struct Tokens {
    // An async lock on purpose: whoever asks Entra holds it, so that all others wait for the same answer.
    kept: Mutex<(Kept, TokenSerial)>,
    credential: RwLock<Credential>,
    http: reqwest::Client,
    url: Url,
    client_id: String,
    scope: String,
    patience: Patience,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.client_id)
    }
}

impl Tokens {
    pub(crate) fn new(http: reqwest::Client, settings: &GraphSettings) -> Self {
        Self {
            kept: Mutex::new((Kept::Nothing, TokenSerial::default())),
            http,
            url: settings.token_url.clone(),
            client_id: settings.client_id.clone(),
            credential: RwLock::new(settings.credential.clone()),
            scope: settings.scope(),
            patience: settings.patience,
        }
    }

    /// A token that is still good for a while. A refusal is remembered for a while too, so that thousands of mailboxes do not each ask again.
    pub(crate) async fn token(&self) -> Result<Token, TokenError> {
        let mut kept = self.kept.lock().await;
        match &kept.0 {
            Kept::Token(token) if token.fresh_until > Instant::now() => return Ok(token.clone()),
            Kept::Refused(error, until) if *until > Instant::now() => return Err(error.clone()),
            Kept::Nothing | Kept::Token(_) | Kept::Refused(..) => {}
        }
        kept.1.0 += 1;
        let answer = self.ask(kept.1).await;
        kept.0 = match &answer {
            Ok(token) => Kept::Token(token.clone()),
            Err(error) => Kept::Refused(error.clone(), Instant::now() + self.pause(error)),
        };
        answer
    }

    /// From now on proves itself in another way; an earlier refusal no longer counts.
    pub(crate) async fn present(&self, credential: Credential) {
        let mut kept = self.kept.lock().await;
        *self.credential.write().unwrap_or_else(PoisonError::into_inner) = credential;
        if matches!(kept.0, Kept::Refused(..)) {
            kept.0 = Kept::Nothing;
        }
    }

    /// Forgets a token that Graph did not take, unless a newer one has come meanwhile.
    pub(crate) async fn forget(&self, refused: TokenSerial) {
        let mut kept = self.kept.lock().await;
        if matches!(&kept.0, Kept::Token(token) if token.serial == refused) {
            kept.0 = Kept::Nothing;
        }
    }

    /// How long a failure is remembered. One that passes by itself only for those who were in line behind the one that failed.
    fn pause(&self, error: &TokenError) -> Duration {
        let Patience { first, refusal, .. } = self.patience;
        match error {
            TokenError::Refused { .. } | TokenError::Signing => refusal,
            TokenError::Busy { wait: Some(wait), .. } => refusal.min(*wait),
            TokenError::Busy { wait: None, .. } | TokenError::Transport(_) | TokenError::Garbled(_) => first / 2,
        }
    }

    async fn ask(&self, serial: TokenSerial) -> Result<Token, TokenError> {
        let asked = Instant::now();
        let mut form = vec![("client_id", self.client_id.as_str()), ("scope", &self.scope), ("grant_type", "client_credentials")];
        let credential = self.credential.read().unwrap_or_else(PoisonError::into_inner).clone();
        let proof = match &credential {
            Credential::Secret(secret) => secret.clone(),
            Credential::Certificate(certificate) => certificate.assertion(&self.client_id, self.url.as_str(), SystemTime::now().into())?,
        };
        match &credential {
            Credential::Secret(_) => form.push(("client_secret", proof.expose_secret())),
            Credential::Certificate(_) => {
                form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
                form.push(("client_assertion", proof.expose_secret()));
            }
        }
        let sent = self.http.post(self.url.clone()).timeout(TIMEOUT).form(&form).send().await;
        let response = sent.map_err(wire::lost_token)?;
        let status = response.status().as_u16();
        let wait = wire::retry_after(response.headers());
        let body = wire::read_body(response).await.map_err(wire::lost_token)?.ok_or(TokenError::Garbled("it is too long"))?;
        tracing::debug!(status, duration_ms = wire::ms_since(asked), "The token endpoint answered");
        if status == 200 { read_token(&body, asked, serial) } else { Err(TokenError::of(status, wait, &body)) }
    }
}

fn read_token(body: &[u8], asked: Instant, serial: TokenSerial) -> Result<Token, TokenError> {
    #[derive(Deserialize)]
    struct Grant {
        access_token: SecretString,
        expires_in: u64,
    }
    let grant: Grant = serde_json::from_slice(body).map_err(|_shows_the_token| TokenError::Garbled("there is no token in it"))?;
    // A token may be granted for a short time only; a quarter of its life is then margin enough.
    let life = Duration::from_secs(grant.expires_in.min(86_400));
    let claims = Claims::of(grant.access_token.expose_secret());
    Ok(Token { secret: grant.access_token, serial, fresh_until: asked + life - MARGIN.min(life / 4), claims })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_from_the_middle_of_the_token() {
        let payload = BASE64.encode(r#"{"roles":["User.Read.All","Contacts.ReadWrite"],"exp":1800000000,"tid":"t"}"#);
        let claims = Claims::of(&format!("e30.{payload}.c2ln"));
        assert!(claims.roles.contains("Contacts.ReadWrite"));
        assert_eq!(claims.until, DateTime::from_timestamp(1_800_000_000, 0));
    }

    #[test]
    fn a_token_without_roles_or_without_form_is_no_error() {
        let payload = BASE64.encode("{}");
        assert!(Claims::of(&format!("e30.{payload}.")).is_readable);
        for opaque in ["", "opaque", "a.b.c"] {
            assert_eq!(Claims::of(opaque), Claims::default(), "{opaque}");
        }
    }

    #[test]
    fn a_short_token_keeps_three_quarters_of_its_life() {
        let now = Instant::now();
        let token =
            |seconds: u64| read_token(format!(r#"{{"access_token":"a.b.c","expires_in":{seconds}}}"#).as_bytes(), now, TokenSerial(1)).unwrap();
        assert_eq!(token(3_600).fresh_until, now + Duration::from_secs(3_300));
        assert_eq!(token(60).fresh_until, now + Duration::from_secs(45));
        assert!(read_token(br#"{"token":"hunter2"}"#, now, TokenSerial(1)).is_err());
    }
}
