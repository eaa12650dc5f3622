//! Whether Microsoft Graph lets us in: secret, token, permissions, a mailbox.

use chrono::{TimeDelta, Utc};

use super::Findings;
use crate::cli::exit::Refusal;
use crate::config::Config;
use crate::graph::{Credential, Granted, Graph, Permissions, Resolved};
use crate::graph_settings;

/// How long before a certificate ends somebody should know.
const NOTICE: TimeDelta = TimeDelta::days(30);

/// Tries to sign in and to reach one mailbox; nothing in it is read.
pub async fn look(config: &Config, address: Option<&str>, findings: &mut Findings) {
    let Some(credential) = findings.take("secret", graph_settings::credential(&config.graph)) else { return };
    look_at_credential(&credential, findings);
    let Some(graph) = findings.take("Graph", graph_settings::client(&config.graph)) else { return };
    let Some(permissions) = findings.take("Graph", graph.check().await) else { return };
    look_at_permissions(&permissions, findings);
    match address {
        Some(address) => mailbox(&graph, config, address, findings).await,
        None => findings.warn("mailbox", "no mailbox was tried: no user who is served has a mail address", "correct the users in the CRM"),
    }
}

fn look_at_credential(credential: &Credential, findings: &mut Findings) {
    match credential {
        Credential::Secret(_) => findings.ok("secret", "a client secret is there; only Entra knows until when it is valid"),
        Credential::Certificate(certificate) => match certificate.until() {
            Some(until) if until < Utc::now() + NOTICE => {
                findings.warn(
                    "secret",
                    format!("the certificate ends on {}", until.date_naive()),
                    "register a new one with the app in Entra in time",
                );
            }
            Some(until) => findings.ok("secret", format!("certificate and key fit; it ends on {}", until.date_naive())),
            None => findings.ok("secret", "certificate and key fit"),
        },
    }
}

fn look_at_permissions(permissions: &Permissions, findings: &mut Findings) {
    findings.ok("Graph", "signed in");
    for (name, granted) in [("Contacts.ReadWrite", permissions.contacts), ("User.Read.All", permissions.directory)] {
        match granted {
            Granted::Yes => findings.ok("permissions", format!("{name} is granted")),
            Granted::NotInToken => findings.tell(
                "permissions",
                format!("{name} is not in the token"),
                "grant it to the app and consent to it in Entra, unless it is granted by a role in Exchange; the mailbox below tells",
            ),
            Granted::Unknown => findings.tell("permissions", format!("the token does not tell whether {name} is granted"), "the mailbox below tells"),
        }
    }
    if !permissions.needless.is_empty() {
        let sentence = format!("the app may do more than it needs: {}", permissions.needless.join(", "));
        findings.tell("permissions", sentence, "take these permissions away from the app");
    }
}

async fn mailbox(graph: &Graph, config: &Config, address: &str, findings: &mut Findings) {
    let Some(found) = findings.take("mailbox", graph.resolve_user(address).await) else { return };
    match found {
        Resolved::Nobody => findings.fail(
            "mailbox",
            Refusal::new("the directory has nobody with the mail address of the user who was tried")
                .hint("try another one with --user, or correct the address in the CRM"),
        ),
        Resolved::Several(found) => {
            let refusal = Refusal::new(format!("the directory has {} users with the mail address of the user who was tried", found.len()));
            findings.fail("mailbox", refusal.hint("make the address unique"));
        }
        Resolved::One(user) => {
            if let Some(unfit) = user.unfit().filter(|_| !config.graph.allows(address)) {
                findings.warn("mailbox", format!("mailbox {} is {unfit} and is not served", user.id), "name it in `allow_mailboxes` if it should be");
            }
            if findings.take("mailbox", graph.probe(&user.id).await).is_some() {
                findings.ok("mailbox", format!("mailbox {} answers", user.id));
            }
        }
    }
}
