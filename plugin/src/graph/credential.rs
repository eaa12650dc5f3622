//! How the app proves who it is: a client secret, or a certificate whose key signs a short-lived assertion.

mod validity;

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::SecretString;
use serde_json::json;
use thiserror::Error;
use uuid::Uuid;

use super::refusal::TokenError;

/// How long an assertion is valid. It is used at once; Entra recommends five to ten minutes.
const ASSERTION: TimeDelta = TimeDelta::minutes(10);

/// The proof that goes with each request for a token.
#[derive(Clone)]
pub enum Credential {
    /// A client secret.
    Secret(SecretString),
    /// A certificate registered with the app, and its key.
    Certificate(Certificate),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(…)",
            Self::Certificate(_) => "Certificate(…)",
        })
    }
}

/// A certificate and the RSA key that belongs to it.
#[derive(Clone)]
pub struct Certificate {
    until: Option<DateTime<Utc>>,
    /// SHA-256 over the certificate, base64url: how Entra knows which one signs.
    thumbprint: String,
    key: Arc<RsaKeyPair>,
}

/// What is wrong with the certificate or key that was given.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// The text holds no certificate.
    #[error("there is no certificate in it: expected a section BEGIN CERTIFICATE (PEM)")]
    NoCertificate(#[source] pem::Error),
    /// The text holds no key.
    #[error("there is no private key in it: expected a section BEGIN PRIVATE KEY (PEM, without a passphrase)")]
    NoKey(#[source] pem::Error),
    /// The key is protected by a passphrase.
    #[error("the private key is protected by a passphrase; store it without one, readable by this program only (openssl pkcs8 -nocrypt)")]
    Encrypted,
    /// The key is not of a kind that Entra takes here.
    #[error("the private key is not an RSA key of 2048 to 4096 bits: {0}")]
    KeyKind(String),
    /// Certificate and key are of different pairs.
    #[error("certificate and private key do not belong together")]
    Mismatch(#[source] rustls::Error),
}

impl Certificate {
    /// Reads a certificate and its unencrypted RSA key from PEM; both may stand in the same text.
    ///
    /// # Errors
    /// When either is missing or unusable, or when they do not belong together.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, CredentialError> {
        let certificate = CertificateDer::from_pem_slice(certificate).map_err(CredentialError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
            let is_encrypted = key.windows(ENCRYPTED.len()).any(|part| part == ENCRYPTED);
            if is_encrypted { CredentialError::Encrypted } else { CredentialError::NoKey(error) }
        })?;
        let pair = match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err(CredentialError::KeyKind("it is of another kind".to_owned())),
        };
        let pair = pair.map_err(|rejected| CredentialError::KeyKind(rejected.to_string()))?;
        let thumbprint = BASE64.encode(ring::digest::digest(&ring::digest::SHA256, &certificate));
        let until = validity::until(&certificate);
        let signer = rustls::crypto::ring::sign::any_supported_type(&key).map_err(CredentialError::Mismatch)?;
        CertifiedKey::new(vec![certificate], signer).keys_match().map_err(CredentialError::Mismatch)?;
        Ok(Self { until, thumbprint, key: Arc::new(pair) })
    }

    /// The last instant at which Entra takes it; none when the certificate does not tell in a form that we read.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// The signed statement (JWT, PS256) by which the app asks `audience` for a token.
    pub(crate) fn assertion(&self, client: &str, audience: &str, now: DateTime<Utc>) -> Result<SecretString, TokenError> {
        let head = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let claims = json!({
            "aud": audience, "iss": client, "sub": client, "jti": Uuid::new_v4(),
            "nbf": now.timestamp(), "iat": now.timestamp(), "exp": (now + ASSERTION).timestamp(),
        });
        let signed = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).map_err(|_unspecified| TokenError::Signing)?;
        Ok(SecretString::from(format!("{signed}.{}", BASE64.encode(signature))))
    }
}

const ENCRYPTED: &[u8] = b"ENCRYPTED";

#[cfg(test)]
mod tests;
