//! Why Microsoft Entra gives out no token. `error` decides what happens next; the AADSTS codes only choose the sentence, because
//! Microsoft reserves the right to change them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use super::error::{Code, Next};

/// Why there is no token.
#[derive(Clone, Debug, Error)]
pub enum TokenError {
    /// Entra refuses us until a person acts.
    #[error("{why} (Entra says {error}{codes})")]
    Refused {
        /// What is wrong and what to do.
        why: Why,
        /// Entra's `error`.
        error: Word,
        /// Entra's codes.
        codes: Codes,
    },
    /// Entra is busy or not well.
    #[error("Entra is busy or not well (status {status}{codes}); it is tried again")]
    Busy {
        /// The status.
        status: u16,
        /// How long Entra told us to wait, if it did.
        wait: Option<Duration>,
        /// Entra's codes.
        codes: Codes,
    },
    /// Entra could not be reached, or did not answer in time.
    #[error("the token endpoint did not answer; check network, proxy and the clock; it is tried again")]
    Transport(#[source] Arc<reqwest::Error>),
    /// What answered is not Entra's token endpoint.
    #[error("the token endpoint's answer was not understood: {0}; check token_url and the proxy")]
    Garbled(&'static str),
    /// The certificate's key could not sign.
    #[error("the certificate's key could not sign the request for a token; check the key file")]
    Signing,
}

/// What is wrong with the app's registration or our settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// 7000222
    SecretExpired,
    /// 7000215
    SecretWrong,
    /// 7000218
    NoCredential,
    /// 700016
    AppUnknown,
    /// 90002
    TenantUnknown,
    /// 500011
    CloudMismatch,
    /// 7000112
    AppDisabled,
    /// 70011
    ScopeInvalid,
    /// 50012, 700027
    AssertionRefused,
    /// 700024, 500133
    ClockSkew,
    /// 65001, 90094
    ConsentMissing,
    /// 9001023, 90124
    TenantNotNamed,
    /// `invalid_client` without a code that we know.
    CredentialRefused,
    /// Anything else.
    Other,
}

impl Why {
    /// The sentence's choice: the first code that we know, else what `error` says.
    fn of(error: &str, codes: &[u32]) -> Self {
        let known = codes.iter().find_map(|code| match code {
            7_000_222 => Some(Self::SecretExpired),
            7_000_215 => Some(Self::SecretWrong),
            7_000_218 => Some(Self::NoCredential),
            700_016 => Some(Self::AppUnknown),
            90_002 => Some(Self::TenantUnknown),
            500_011 => Some(Self::CloudMismatch),
            7_000_112 => Some(Self::AppDisabled),
            70_011 => Some(Self::ScopeInvalid),
            50_012 | 700_027 => Some(Self::AssertionRefused),
            700_024 | 500_133 => Some(Self::ClockSkew),
            65_001 | 90_094 => Some(Self::ConsentMissing),
            9_001_023 | 90_124 => Some(Self::TenantNotNamed),
            _ => None,
        });
        known.unwrap_or(match error {
            "invalid_client" => Self::CredentialRefused,
            "invalid_scope" => Self::ScopeInvalid,
            "unauthorized_client" => Self::AppUnknown,
            "consent_required" | "interaction_required" => Self::ConsentMissing,
            _ => Self::Other,
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecretExpired => "the app's client secret has expired; make a new one in Entra and put it where the configuration names it",
            Self::SecretWrong => "the client secret is wrong; often the secret's id was copied instead of its value",
            Self::NoCredential => "the app sent neither secret nor certificate; check the configuration",
            Self::AppUnknown => "the tenant does not know the app, or may not use it; check client_id and tenant, and consent to the app there",
            Self::TenantUnknown => "the tenant does not exist; check tenant",
            Self::CloudMismatch => "the tenant does not know Microsoft Graph under this address; check that base belongs to the tenant's cloud",
            Self::AppDisabled => "the app is disabled in the tenant; an administrator must enable it",
            Self::ScopeInvalid => "the requested scope is invalid; check base",
            Self::AssertionRefused => {
                "the certificate is not registered with the app, or its key does not fit; upload the certificate to the app in Entra"
            }
            Self::ClockSkew => "this machine's clock is wrong; set it by time server (NTP)",
            Self::ConsentMissing => "an administrator has not consented to the app's permissions; open its consent link",
            Self::TenantNotNamed => "the tenant must be named by its id or domain; \"common\" does not work here",
            Self::CredentialRefused => "the secret or certificate was not accepted; check it in Entra",
            Self::Other => "Entra refused to sign the app in; look the code up in Microsoft's list of AADSTS codes",
        })
    }
}

/// Entra's `error`, kept only when it looks like one of the words that RFC 6749 allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(Code);

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.as_str().is_empty() { "nothing we know" } else { self.0.as_str() })
    }
}

/// Entra's codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes(Vec<u32>);

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|code| write!(f, ", AADSTS{code}"))
    }
}

#[derive(Deserialize)]
struct Body {
    error: String,
    #[serde(default)]
    error_codes: Vec<u32>,
}

impl TokenError {
    /// Reads what Entra answered instead of a token.
    pub(crate) fn of(status: u16, wait: Option<Duration>, body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Body>(body) else {
            return match status {
                429 | 500.. => Self::Busy { status, wait, codes: Codes::default() },
                _ => Self::Garbled("it is an error that is not Entra's"),
            };
        };
        let busy = status == 429 || status >= 500 || matches!(body.error.as_str(), "temporarily_unavailable" | "server_error");
        let transient = body.error_codes.iter().any(|code| matches!(code, 90_055 | 90_033 | 90_024 | 90_012 | 90_090));
        let codes = Codes(body.error_codes);
        if busy || transient {
            return Self::Busy { status, wait, codes };
        }
        let why = Why::of(&body.error, &codes.0);
        Self::Refused { why, error: Word(Code::new(&body.error)), codes }
    }

    /// Decides what the worker does next.
    pub(crate) fn next(&self, backoff: Duration) -> Next {
        match self {
            Self::Refused { .. } | Self::Signing => Next::StopAll,
            Self::Busy { wait, .. } => Next::Again(wait.unwrap_or(backoff)),
            Self::Transport(_) | Self::Garbled(_) => Next::Again(backoff),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn of(status: u16, error: &str, codes: &str) -> TokenError {
        let body = format!(r#"{{"error":"{error}","error_description":"AADSTS: Anna's secret is hunter2","error_codes":[{codes}]}}"#);
        TokenError::of(status, None, body.as_bytes())
    }

    #[test]
    fn each_code_has_its_own_sentence() {
        let codes = [7_000_222, 7_000_215, 7_000_218, 700_016, 90_002, 500_011, 7_000_112, 70_011, 50_012, 700_024, 65_001, 9_001_023, 1];
        let sentences: std::collections::BTreeSet<String> = codes.iter().map(|code| Why::of("invalid_request", &[*code]).to_string()).collect();
        assert_eq!(sentences.len(), codes.len());
    }

    #[test]
    fn the_description_is_never_repeated() {
        let error = of(401, "invalid_client", "7000222");
        assert_eq!(
            error.to_string(),
            "the app's client secret has expired; make a new one in Entra and put it where the configuration names it \
             (Entra says invalid_client, AADSTS7000222)"
        );
        assert!(!format!("{error:?}").contains("hunter2"));
        assert_eq!(error.next(S), Next::StopAll);
    }

    #[test]
    fn an_unknown_code_falls_back_on_error() {
        let TokenError::Refused { why, .. } = of(401, "invalid_client", "424242") else { panic!("refused") };
        assert_eq!(why, Why::CredentialRefused);
    }

    #[test]
    fn what_passes_by_itself_is_tried_again() {
        assert_eq!(of(400, "temporarily_unavailable", "").next(S), Next::Again(S));
        assert_eq!(of(400, "invalid_request", "90033").next(S), Next::Again(S));
        assert_eq!(TokenError::of(503, Some(7 * S), b"<html>").next(S), Next::Again(7 * S));
        assert_eq!(TokenError::of(407, None, b"<html>").next(S), Next::Again(S));
    }
}
