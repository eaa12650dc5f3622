//! A client assertion: the JWT by which an app proves that it holds the private key of a registered certificate.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::digest;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::Value;

use crate::der;
use crate::state::{App, Certificate};
use crate::token::Rejected;

/// How far clocks may differ, in seconds.
const SKEW_S: i64 = 300;

impl Certificate {
    /// Takes a certificate in DER or PEM form; `None` if it is none with an RSA key.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let der = der::from_pem_or_der(bytes)?;
        let key = der::public_key(&der)?;
        Some(Self {
            sha256: URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &der)),
            sha1: URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der)),
            key: STANDARD.encode(key),
        })
    }
}

/// Checks an assertion of `app`; `audiences` are the spellings of the token endpoint that it may be addressed to.
pub(crate) fn check(assertion: &str, app: &App, audiences: &[String], now: DateTime<Utc>) -> Result<(), Rejected> {
    let garbled = || Rejected::client(50027, "JWT token is invalid or malformed.");
    let mut parts = assertion.split('.');
    let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(garbled());
    };
    let header = json(head).ok_or_else(garbled)?;
    let claims = json(body).ok_or_else(garbled)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| garbled())?;
    let certificate = registered(&header, app)?;
    let algorithm: &'static dyn VerificationAlgorithm = match header.get("alg").and_then(Value::as_str) {
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        _ => {
            return Err(Rejected::client(5002738, "Invalid JWT token. The signing algorithm is not one of PS256, RS256."));
        }
    };
    let key = STANDARD.decode(&certificate.key).map_err(|_| garbled())?;
    UnparsedPublicKey::new(algorithm, key).verify(format!("{head}.{body}").as_bytes(), &signature).map_err(|_| {
        Rejected::client(
            700027,
            "The certificate with identifier used to sign the client assertion is registered on application, but signature verification failed.",
        )
    })?;
    check_claims(&claims, app, audiences, now)
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn registered<'a>(header: &Value, app: &'a App) -> Result<&'a Certificate, Rejected> {
    let thumb = |name| header.get(name).and_then(Value::as_str).map(|text| text.trim_end_matches('='));
    let by = |certificate: &&Certificate| match (thumb("x5t#S256"), thumb("x5t")) {
        (Some(sha256), _) => certificate.sha256 == sha256,
        (None, Some(sha1)) => certificate.sha1 == sha1,
        (None, None) => false,
    };
    app.certificates.iter().find(by).ok_or_else(|| {
        Rejected::client(
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]",
        )
    })
}

fn check_claims(claims: &Value, app: &App, audiences: &[String], now: DateTime<Utc>) -> Result<(), Rejected> {
    let text = |name| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("iss") != app.id || text("sub") != app.id {
        return Err(Rejected::client(700021, "Client assertion application identifier doesn't match 'client_id' parameter."));
    }
    if !audiences.iter().any(|audience| audience.eq_ignore_ascii_case(text("aud"))) {
        return Err(Rejected::client(700023, "Client assertion audience claim does not match Realm issuer."));
    }
    let instant = |name| claims.get(name).and_then(Value::as_i64);
    let now = now.timestamp();
    let Some(expires) = instant("exp") else {
        return Err(Rejected::client(50027, "JWT token is invalid or malformed: it has no 'exp'."));
    };
    let starts = instant("nbf").or_else(|| instant("iat")).unwrap_or(now);
    if expires + SKEW_S < now || starts - SKEW_S > now {
        return Err(Rejected::client(700024, "Client assertion is not within its valid time range."));
    }
    Ok(())
}
