//! From the configuration to a client of Microsoft Graph.

use reqwest::Url;

use crate::app::AppError;
use crate::config::{Credential as Configured, GraphConfig};
use crate::graph::{Certificate, Credential, Graph, GraphSettings};

/// Makes the client; reads the secrets it needs.
///
/// # Errors
/// When a secret is missing or an address is none.
pub fn client(config: &GraphConfig) -> Result<Graph, AppError> {
    let credential = credential(config)?;
    let token_url = config.token_url.clone().unwrap_or_else(|| format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", config.tenant));
    let settings = GraphSettings::new(address(&config.base)?, address(&token_url)?, &config.client_id, credential);
    Ok(Graph::new(settings)?)
}

/// How the app proves itself; reads the secrets now.
///
/// # Errors
/// When a secret is missing, or certificate and key cannot be used.
pub fn credential(config: &GraphConfig) -> Result<Credential, AppError> {
    Ok(match &config.credential {
        Configured::Secret { value } => Credential::Secret(value.read("graph.credential.value")?),
        Configured::Certificate { certificate, private_key } => {
            let file = std::fs::read(certificate).map_err(|source| AppError::File { path: certificate.clone(), source })?;
            let key = private_key.read("graph.credential.private_key")?;
            Credential::Certificate(Certificate::from_pem(&file, secrecy::ExposeSecret::expose_secret(&key).as_bytes())?)
        }
    })
}

fn address(text: &str) -> Result<Url, AppError> {
    Url::parse(text).map_err(|_| AppError::Address(text.to_owned()))
}
