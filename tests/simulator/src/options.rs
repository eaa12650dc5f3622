//! How a simulator is started.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::state::Purpose;
use crate::throttle::Limits;

/// What a simulator needs to start. The default: a free port, nothing on disk, twelve invented users, Microsoft's limits.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; only loopback addresses are taken.
    pub listen: SocketAddr,
    /// Where the state survives a restart. What stands in it counts more than `users`, `groups`, `client_secret` and `roles`.
    pub state_file: Option<PathBuf>,
    /// The domain of the tenant; its id, and the app's, are made from it.
    pub tenant_domain: String,
    /// Empty: the default directory with its two groups.
    pub users: Vec<NewUser>,
    /// Groups, an inner one before the outer one or after it.
    pub groups: Vec<NewGroup>,
    /// The app's secret; without one a random one is made.
    pub client_secret: Option<String>,
    /// Certificates of the app, DER or PEM.
    pub certificates: Vec<Vec<u8>>,
    /// The app's granted roles.
    pub roles: Vec<String>,
    /// The throttles.
    pub limits: Limits,
    /// How the server behaves where Graph leaves a choice.
    pub behaviour: Behaviour,
    /// Faults that are on from the start.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state_file: None,
            tenant_domain: "bodensee.example".to_owned(),
            users: Vec::new(),
            groups: Vec::new(),
            client_secret: None,
            certificates: Vec::new(),
            roles: ["Contacts.ReadWrite", "User.Read.All", "GroupMember.Read.All", "MailboxSettings.Read"].map(str::to_owned).to_vec(),
            limits: Limits::default(),
            behaviour: Behaviour::default(),
            faults: Vec::new(),
        }
    }
}

/// How many items of a batch are at work at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispatch {
    /// As documented for Outlook.
    #[default]
    FourAtATime,
    /// All that do not wait for another one: twenty to one mailbox then meet its limit of requests in flight.
    AllAtOnce,
}

/// Choices that Graph leaves open or that were seen in both ways.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// How batches are worked off.
    pub dispatch: Dispatch,
    /// Whether the answers of a batch come in another order than the requests.
    pub shuffles_batch: bool,
    /// Whether POST, PATCH and PUT in a batch need a `Content-Type` and a body (`{}`) even where the call has none, such as
    /// `permanentDelete`; without them Graph refuses the whole batch.
    pub batch_writes_need_body: bool,
    /// Whether `$top` bounds the whole listing, as backup tools report, and not one page, as the documentation says.
    pub top_limits_total: bool,
    /// Whether contacts' delta takes `$expand` of extended properties, which nobody confirms.
    pub delta_expands: bool,
    /// How long every request to a mailbox takes, in milliseconds.
    pub latency_ms: u64,
    /// How long a token is good for, in seconds.
    pub token_lives_s: u32,
    /// What pseudo-random choices start from.
    pub seed: u64,
    /// How many requests the log keeps.
    pub log_keeps: usize,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            dispatch: Dispatch::default(),
            shuffles_batch: true,
            batch_writes_need_body: true,
            top_limits_total: false,
            delta_expands: false,
            latency_ms: 0,
            token_lives_s: 3_599,
            seed: 1,
            log_keeps: 100_000,
        }
    }
}

/// A user to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    /// The object id; without one it is made from the principal name and the same in every run.
    #[serde(default)]
    pub id: Option<String>,
    /// The principal name.
    pub user_principal_name: String,
    /// The mail address; without one the principal name, `""` for none.
    #[serde(default)]
    pub mail: Option<String>,
    /// The display name; without one the principal name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Given name.
    #[serde(default)]
    pub given_name: Option<String>,
    /// Surname.
    #[serde(default)]
    pub surname: Option<String>,
    /// Job title.
    #[serde(default)]
    pub job_title: Option<String>,
    /// Department.
    #[serde(default)]
    pub department: Option<String>,
    /// Whether the account may sign in.
    #[serde(default = "yes")]
    pub account_enabled: bool,
    /// A guest of another tenant.
    #[serde(default)]
    pub is_guest: bool,
    /// Whether there is a mailbox that Graph reaches.
    #[serde(default = "yes")]
    pub has_mailbox: bool,
    /// What the mailbox is for.
    #[serde(default)]
    pub purpose: Purpose,
}

impl NewUser {
    /// An enabled member with a mailbox and no more than a name.
    pub fn named(user_principal_name: &str) -> Self {
        Self {
            id: None,
            user_principal_name: user_principal_name.to_owned(),
            mail: None,
            display_name: None,
            given_name: None,
            surname: None,
            job_title: None,
            department: None,
            account_enabled: true,
            is_guest: false,
            has_mailbox: true,
            purpose: Purpose::User,
        }
    }
}

/// A group to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGroup {
    /// The object id; without one it is made from the name.
    #[serde(default)]
    pub id: Option<String>,
    /// The display name.
    pub display_name: String,
    /// Principal names or ids of users, names or ids of groups.
    #[serde(default)]
    pub members: Vec<String>,
}

fn yes() -> bool {
    true
}
