//! Bearer tokens: issued, read back, and what their roles allow.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::hmac;
use serde_json::{Value, json};

use crate::error::Refusal;
use crate::id;
use crate::state::{App, ExchangeScope, State, Tenant};

/// Who calls: the app of a good token, with the roles the token says.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub app: String,
    roles: BTreeSet<String>,
    exchange: Option<ExchangeScope>,
}

/// Writes a token. Its form is a JWT, its signature is the simulator's own business.
pub(crate) fn issue(tenant: &Tenant, app: &App, lives_s: u32, now: DateTime<Utc>) -> String {
    let at = now.timestamp();
    let mut claims = json!({
        "aud": "https://graph.microsoft.com",
        "iss": format!("https://sts.windows.net/{}/", tenant.id),
        "iat": at, "nbf": at, "exp": at + i64::from(lives_s),
        "app_displayname": app.name,
        "appid": app.id,
        "idtyp": "app",
        "oid": id::directory(&format!("principal of {}", app.id)),
        "tid": tenant.id,
        "uti": id::fresh(),
        "ver": "1.0",
        "xms_generation": app.token_generation,
    });
    // Without consent the token comes all the same, only without the claim.
    if let Some(claims) = claims.as_object_mut().filter(|_| !app.roles.is_empty()) {
        claims.insert("roles".to_owned(), json!(app.roles));
    }
    let head = URL_SAFE_NO_PAD.encode(json!({"typ": "JWT", "alg": "HS256"}).to_string());
    let body = URL_SAFE_NO_PAD.encode(claims.to_string());
    let tag = hmac::sign(&key(tenant), format!("{head}.{body}").as_bytes());
    format!("{head}.{body}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn key(tenant: &Tenant) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, tenant.token_key.as_bytes())
}

/// Reads the `Authorization` header.
pub(crate) fn authenticate(state: &State, authorization: Option<&str>, now: DateTime<Utc>) -> Result<Caller, Refusal> {
    let refused = |message: &'static str| Refusal::new(401, "InvalidAuthenticationToken", message);
    let (scheme, token) = authorization.and_then(|value| value.split_once(' ')).ok_or_else(|| refused("Access token is empty."))?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(refused("Access token is empty."));
    }
    let claims = claims(&state.tenant, token.trim()).ok_or_else(|| refused("IDX14100: JWT is not well formed, or its signature is invalid."))?;
    let instant = |name| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
    if instant("exp") <= now.timestamp() {
        return Err(refused("Lifetime validation failed, the token is expired."));
    }
    let app = claims
        .get("appid")
        .and_then(Value::as_str)
        .and_then(|id| state.apps.get(id))
        .ok_or_else(|| refused("The identity of the calling application could not be established."))?;
    if instant("xms_generation") != i64::from(app.token_generation) {
        return Err(refused("Lifetime validation failed, the token is expired."));
    }
    let roles = claims.get("roles").and_then(Value::as_array).into_iter().flatten().filter_map(|role| role.as_str().map(str::to_owned)).collect();
    Ok(Caller { app: app.id.clone(), roles, exchange: app.exchange.clone() })
}

fn claims(tenant: &Tenant, token: &str) -> Option<Value> {
    let (signed, tag) = token.rsplit_once('.')?;
    hmac::verify(&key(tenant), signed.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
    let (_, body) = signed.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

impl Caller {
    /// Whether the token has one of these roles.
    pub(crate) fn has(&self, any_of: &[&str]) -> bool {
        any_of.iter().any(|role| self.roles.contains(*role))
    }

    /// Refuses a directory call that no role allows.
    pub(crate) fn may_directory(&self, any_of: &[&str]) -> Result<(), Refusal> {
        if self.has(any_of) {
            return Ok(());
        }
        Err(Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
    }

    /// Refuses a call to a user's mailbox that neither consent nor Exchange's own roles allow.
    pub(crate) fn may_mailbox(&self, user: &str, any_of: &[&str]) -> Result<(), Refusal> {
        let in_scope = |scope: &ExchangeScope| scope.users.contains(user) && any_of.iter().any(|role| scope.roles.contains(*role));
        if self.has(any_of) || self.exchange.as_ref().is_some_and(in_scope) {
            return Ok(());
        }
        Err(Refusal::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."))
    }
}
