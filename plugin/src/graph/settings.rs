//! Which Graph we speak to, as whom, and how fast.

use std::num::NonZeroU32;
use std::time::Duration;

use reqwest::Url;
use thiserror::Error;

use super::backoff::Patience;
use super::credential::Credential;

/// Everything a client needs to know.
#[derive(Clone, Debug)]
pub struct GraphSettings {
    /// Graph's address with the version: `https://graph.microsoft.com/v1.0`, or that of a national cloud.
    pub base: Url,
    /// Entra's token endpoint: `https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token`.
    pub token_url: Url,
    /// The app's client id.
    pub client_id: String,
    /// Its secret or certificate.
    pub credential: Credential,
    /// How we name ourselves to Microsoft.
    pub user_agent: String,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a call may take in all, a batch too.
    pub call_timeout: Duration,
    /// How often and how long we wait.
    pub patience: Patience,
    /// How much we ask of Graph.
    pub pace: Pace,
    /// Whether this cloud knows `permanentDelete`. Where it does, nothing is ever moved to Deleted Items instead.
    pub purges: bool,
}

/// How much we ask of Graph. The defaults stay below Microsoft's published limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Requests of one mailbox at the same time.
    pub mailbox_in_flight: NonZeroU32,
    /// Requests of one mailbox in ten minutes, items of a batch counted singly.
    pub mailbox_per_10_min: NonZeroU32,
    /// KiB sent to one mailbox in five minutes.
    pub upload_kib_per_5_min: NonZeroU32,
    /// Requests of the app in ten seconds, over all mailboxes.
    pub app_per_10_s: NonZeroU32,
    /// Requests of the app at the same time; a batch counts as one.
    pub app_in_flight: NonZeroU32,
}

impl Default for Pace {
    fn default() -> Self {
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            mailbox_in_flight: number(4),
            mailbox_per_10_min: number(10_000),
            upload_kib_per_5_min: number(150 * 1024),
            app_per_10_s: number(130_000),
            app_in_flight: number(64),
        }
    }
}

/// Settings that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// An address that no request can be built on.
    #[error("{name} is not a usable web address; expected something like {example}")]
    Address {
        /// Which setting.
        name: &'static str,
        /// What it may look like.
        example: &'static str,
    },
    /// Secrets and contacts would travel in clear.
    #[error("{name} begins with http:// and is not on this machine; secrets would travel in clear, so use https://")]
    Clear {
        /// Which setting.
        name: &'static str,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be set up; check the system's certificates (package ca-certificates)")]
    Client,
}

impl GraphSettings {
    /// Settings for Microsoft's global cloud; `tenant` is the directory's id or domain.
    ///
    /// # Errors
    /// When `tenant` cannot stand in an address, or is `common` or the like, which apps without a user cannot use.
    pub fn global(tenant: &str, client_id: &str, credential: Credential) -> Result<Self, SettingsError> {
        let address = |name, example| SettingsError::Address { name, example };
        let plain = !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        if !plain || matches!(tenant, "common" | "organizations" | "consumers") {
            return Err(address("tenant", "contoso.example or the directory's id"));
        }
        let base = Url::parse(GLOBAL_BASE).map_err(|_| address("base", GLOBAL_BASE))?;
        let token_url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        let token_url = Url::parse(&token_url).map_err(|_| address("token_url", "https://login.microsoftonline.com/…"))?;
        Ok(Self::new(base, token_url, client_id, credential))
    }

    /// Settings for any cloud, or for a simulator, with the usual patience and pace.
    pub fn new(base: Url, token_url: Url, client_id: &str, credential: Credential) -> Self {
        let purges = base.host_str().is_none_or(|host| !WITHOUT_PURGE.contains(&host));
        Self {
            base,
            token_url,
            client_id: client_id.to_owned(),
            credential,
            user_agent: concat!("Adressbote/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(100),
            patience: Patience::default(),
            pace: Pace::default(),
            purges,
        }
    }

    /// Checks that nothing secret would leave this machine in clear.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        for (name, url, example) in [("base", &self.base, GLOBAL_BASE), ("token_url", &self.token_url, "https://login.microsoftonline.com/…")] {
            if url.host_str().is_none() {
                return Err(SettingsError::Address { name, example });
            }
            match url.scheme() {
                "https" => {}
                "http" if is_here(url) => {}
                "http" => return Err(SettingsError::Clear { name }),
                _ => return Err(SettingsError::Address { name, example }),
            }
        }
        Ok(())
    }

    /// Whether both addresses are on this machine.
    pub(crate) fn is_here(&self) -> bool {
        is_here(&self.base) && is_here(&self.token_url)
    }

    /// The scope that asks for everything the app was granted in this cloud.
    pub(crate) fn scope(&self) -> String {
        format!("{}/.default", self.base.origin().ascii_serialization())
    }
}

fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Graph in the clouds of the United States' government and of China, where `permanentDelete` is missing.
const WITHOUT_PURGE: [&str; 3] = ["graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"];

const GLOBAL_BASE: &str = "https://graph.microsoft.com/v1.0";

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base: &str) -> GraphSettings {
        let token = Url::parse("https://login.example/t/token").unwrap();
        GraphSettings::new(Url::parse(base).unwrap(), token, "app", Credential::Secret("s".into()))
    }

    #[test]
    fn the_scope_follows_the_cloud() {
        assert_eq!(settings("https://microsoftgraph.chinacloudapi.cn/v1.0").scope(), "https://microsoftgraph.chinacloudapi.cn/.default");
    }

    #[test]
    fn only_national_clouds_do_without_removal_for_good() {
        let bases = ["https://graph.microsoft.com/v1.0", "https://graph.microsoft.us/v1.0", "https://microsoftgraph.chinacloudapi.cn/v1.0"];
        assert_eq!(bases.map(|base| settings(base).purges), [true, false, false]);
    }

    #[test]
    fn nothing_secret_travels_in_clear() {
        assert_eq!(settings("http://graph.example/v1.0").check(), Err(SettingsError::Clear { name: "base" }));
        for here in ["http://127.0.0.1:1/v1.0", "http://[::1]:1/v1.0", "http://localhost:1/v1.0", "https://graph.example/v1.0"] {
            assert_eq!(settings(here).check(), Ok(()), "{here}");
        }
        assert!(settings("ftp://127.0.0.1/v1.0").check().is_err());
    }

    #[test]
    fn a_tenant_must_be_named() {
        for wrong in ["", "common", "a/b", "x?y"] {
            assert!(GraphSettings::global(wrong, "app", Credential::Secret("s".into())).is_err(), "{wrong}");
        }
    }
}
