//! Entra's token endpoint for the client credentials grant.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::access;
use crate::assertion;
use crate::clock::stamp;
use crate::id;
use crate::percent;
use crate::state::{App, State};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The names of Graph as a resource.
const GRAPH: [&str; 2] = ["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"];

/// A token request that is not answered with a token.
#[derive(Debug, Clone)]
pub(crate) struct Rejected {
    pub status: u16,
    pub error: &'static str,
    /// The number after `AADSTS`.
    pub number: u32,
    pub message: String,
}

impl Rejected {
    pub(crate) fn new(status: u16, error: &'static str, number: u32, message: impl Into<String>) -> Self {
        Self { status, error, number, message: message.into() }
    }

    /// 401: the client did not prove who it is.
    pub(crate) fn client(number: u32, message: impl Into<String>) -> Self {
        Self::new(401, "invalid_client", number, message)
    }

    /// The body Entra sends.
    pub(crate) fn body(&self, now: DateTime<Utc>) -> Value {
        let (trace, correlation) = (id::fresh(), id::fresh());
        let at = now.format("%Y-%m-%d %H:%M:%SZ").to_string();
        let number = self.number;
        json!({
            "error": self.error,
            "error_description": format!("AADSTS{number}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}", self.message),
            "error_codes": [number],
            "timestamp": at,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
        })
    }
}

/// A token request.
#[derive(Debug)]
pub(crate) struct Request<'r> {
    /// The path segment before `/oauth2`.
    pub tenant: &'r str,
    /// The form.
    pub body: &'r str,
    pub authorization: Option<&'r str>,
    /// `http://host:port` as the client wrote it.
    pub origin: &'r str,
}

/// Answers a token request; `lives_s` is how long the token is good for.
pub(crate) fn answer(state: &State, request: &Request<'_>, lives_s: u32, now: DateTime<Utc>) -> Result<Value, Rejected> {
    let form = Form::read(request)?;
    check_tenant(state, request.tenant)?;
    match form.need("grant_type")? {
        "client_credentials" => {}
        other => {
            return Err(Rejected::new(400, "unsupported_grant_type", 70003, format!("The app requested an unsupported grant type '{other}'.")));
        }
    }
    let client = form.need("client_id")?;
    let app = state.apps.get(&client.to_ascii_lowercase()).ok_or_else(|| {
        Rejected::new(400, "unauthorized_client", 700016, format!("Application with identifier '{client}' was not found in the directory '{}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", state.tenant.domain))
    })?;
    if app.is_disabled {
        return Err(Rejected::new(400, "unauthorized_client", 7000112, format!("Application '{}'({}) is disabled.", app.id, app.name)));
    }
    check_scope(form.need("scope")?, request.origin)?;
    prove(state, app, &form, request, now)?;
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": lives_s,
        "ext_expires_in": lives_s,
        "access_token": access::issue(&state.tenant, app, lives_s, now),
    }))
}

fn check_tenant(state: &State, given: &str) -> Result<(), Rejected> {
    let tenant = &state.tenant;
    if given.eq_ignore_ascii_case(&tenant.id) || given.eq_ignore_ascii_case(&tenant.domain) {
        return Ok(());
    }
    if ["common", "consumers"].contains(&given) {
        return Err(Rejected::new(
            400,
            "invalid_request",
            9001023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        ));
    }
    Err(Rejected::new(
        400,
        "invalid_request",
        90002,
        format!(
            "Tenant '{given}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        ),
    ))
}

fn check_scope(scope: &str, origin: &str) -> Result<(), Rejected> {
    let Some(resource) = scope.trim().strip_suffix("/.default") else {
        return Err(Rejected::new(
            400,
            "invalid_scope",
            70011,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            ),
        ));
    };
    let resource = resource.trim_end_matches('/');
    if GRAPH.contains(&resource) || resource == origin {
        return Ok(());
    }
    Err(Rejected::new(
        400,
        "invalid_resource",
        500011,
        format!(
            "The resource principal named {resource} was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
        ),
    ))
}

/// Checks secret or assertion.
fn prove(state: &State, app: &App, form: &Form, request: &Request<'_>, now: DateTime<Utc>) -> Result<(), Rejected> {
    if let Some(assertion) = form.get("client_assertion") {
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(Rejected::new(
                400,
                "invalid_request",
                900144,
                "The request body must contain the following parameter: 'client_assertion_type'.",
            ));
        }
        return assertion::check(assertion, app, &audiences(state, request), now);
    }
    let Some(given) = form.get("client_secret") else {
        return Err(Rejected::client(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."));
    };
    match app.secrets.iter().find(|secret| secret.value == given) {
        Some(secret) if secret.is_expired => Err(Rejected::client(
            7000222,
            format!(
                "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
                app.id
            ),
        )),
        Some(_) => Ok(()),
        None => Err(Rejected::client(
            7000215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.",
                app.id
            ),
        )),
    }
}

fn audiences(state: &State, request: &Request<'_>) -> Vec<String> {
    [request.origin, "https://login.microsoftonline.com"]
        .iter()
        .flat_map(|origin| [&state.tenant.id, &state.tenant.domain].map(|tenant| format!("{origin}/{tenant}/oauth2/v2.0/token")))
        .collect()
}

/// The fields of the form, with those of a Basic header added.
struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    fn read(request: &Request<'_>) -> Result<Self, Rejected> {
        let malformed = || Rejected::new(400, "invalid_request", 9000410, "Malformed form.");
        let mut pairs = percent::decode_pairs(request.body).ok_or_else(malformed)?;
        if let Some(basic) = request.authorization.and_then(|value| value.strip_prefix("Basic ")) {
            let text = STANDARD.decode(basic.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(malformed)?;
            let (client, secret) = text.split_once(':').ok_or_else(malformed)?;
            for (name, value) in [("client_id", client), ("client_secret", secret)] {
                pairs.push((name.to_owned(), percent::decode(value).ok_or_else(malformed)?));
            }
        }
        Ok(Self { pairs })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn need(&self, name: &str) -> Result<&str, Rejected> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Rejected::new(400, "invalid_request", 900144, format!("The request body must contain the following parameter: '{name}'.")))
    }
}

/// The discovery document that sign-in libraries read first.
pub(crate) fn discovery(state: &State, origin: &str, now: DateTime<Utc>) -> Value {
    let tenant = &state.tenant.id;
    json!({
        "token_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
        "issuer": format!("{origin}/{tenant}/v2.0"),
        "authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/authorize"),
        "response_types_supported": ["code"],
        "date": stamp(now),
    })
}
