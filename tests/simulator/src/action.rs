//! What users and administrators do meanwhile: the moves a client of Graph does not make itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::contact;
use crate::directory;
use crate::error::Refusal;
use crate::folder;
use crate::group;
use crate::id;
use crate::mailbox::{FolderKind, Mailbox, Unsaved as MailboxUnsaved};
use crate::options::{NewGroup, NewUser};
use crate::state::{App, Certificate, ExchangeScope, Purpose, Secret, State, Unsaved, User};

/// Something done outside of Graph. `user` and `mailbox` are an object id or a principal name, `contact` an id of either form,
/// `folder` an id or `contacts`; a folder that is left out is the default one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names of the fields say it, the comment above says how users, folders and contacts are named")]
pub enum Action {
    /// A new user; answers his id.
    AddUser { new: NewUser },
    /// The account may sign in no longer, or again; the mailbox stays.
    EnableUser { user: String, is_enabled: bool },
    /// The user is gone from the directory, with his mailbox.
    DeleteUser { user: String },
    /// Another mail address (none if left out), and another principal name if given.
    ChangeMail { user: String, mail: Option<String>, user_principal_name: Option<String> },
    /// The mailbox is licensed and reached, or not; its content stays.
    GiveMailbox { user: String, has_mailbox: bool },
    /// Person, shared mailbox, room.
    SetPurpose { user: String, purpose: Purpose },
    /// An application access policy keeps apps out, or no longer.
    DenyByPolicy { user: String, is_denied: bool },
    /// A new group; answers its id.
    AddGroup { new: NewGroup },
    /// Another list of members.
    SetMembers { group: String, members: Vec<String> },

    /// A new folder below another one; a hidden one is not listed, yet its name is taken. Answers its id.
    CreateFolder {
        mailbox: String,
        name: String,
        below: Option<String>,
        #[serde(default)]
        is_hidden: bool,
    },
    /// Another name.
    RenameFolder { mailbox: String, folder: String, name: String },
    /// To another place below Contacts.
    MoveFolder { mailbox: String, folder: String, below: String },
    /// Into Deleted Items; from there, away.
    DeleteFolder { mailbox: String, folder: String },
    /// Everything in Deleted Items goes where only a hold reaches it.
    EmptyDeletedItems { mailbox: String },
    /// A new contact, in Graph's form; answers its ids.
    CreateContact { mailbox: String, folder: Option<String>, contact: Value },
    /// Other properties, in Graph's form.
    EditContact { mailbox: String, contact: String, changes: Value },
    /// Into another folder; the regular id changes. Answers the ids.
    MoveContact { mailbox: String, contact: String, folder: Option<String> },
    /// Into Deleted Items; from there, or at once if for good, out of sight.
    DeleteContact {
        mailbox: String,
        contact: String,
        #[serde(default)]
        for_good: bool,
    },
    /// Links of delta are unknown from now on.
    ForgetDelta { mailbox: String },

    /// The app's secrets are expired.
    ExpireSecret,
    /// A new secret beside the old ones; answers it.
    NewSecret,
    /// A certificate of the app, PEM or base64 of DER.
    AddCertificate { certificate: String },
    /// The app's certificates are gone.
    RemoveCertificates,
    /// Tokens issued so far are refused.
    ExpireTokens,
    /// A role is consented to, from the next token on.
    GrantRole { role: String },
    /// A role is taken away, from the next token on.
    RevokeRole { role: String },
    /// The app is disabled, or enabled.
    DisableApp { is_disabled: bool },
    /// Exchange's own roles for some mailboxes, valid at once; none if left out.
    SetExchangeScope { scope: Option<ExchangeScope> },
    /// The simulator's clock goes ahead.
    AdvanceClock { seconds: u32 },
}

/// Why an action was not done.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct ActionError(pub String);

impl From<Refusal> for ActionError {
    fn from(refusal: Refusal) -> Self {
        Self(format!("{}: {}", refusal.code, refusal.message))
    }
}

type Done = Result<Value, ActionError>;

/// Does it; the answer depends on the action, `null` if there is nothing to say.
pub(crate) fn act(state: &mut State, action: Action, now: DateTime<Utc>) -> Done {
    match action {
        Action::AddUser { .. }
        | Action::EnableUser { .. }
        | Action::DeleteUser { .. }
        | Action::ChangeMail { .. }
        | Action::GiveMailbox { .. }
        | Action::SetPurpose { .. }
        | Action::DenyByPolicy { .. }
        | Action::AddGroup { .. }
        | Action::SetMembers { .. } => in_directory(state, action, now),
        Action::CreateFolder { .. } | Action::RenameFolder { .. } | Action::MoveFolder { .. } | Action::DeleteFolder { .. } => {
            in_folders(state, action, now)
        }
        Action::EmptyDeletedItems { .. }
        | Action::CreateContact { .. }
        | Action::EditContact { .. }
        | Action::MoveContact { .. }
        | Action::DeleteContact { .. }
        | Action::ForgetDelta { .. } => in_contacts(state, action, now),
        Action::AdvanceClock { .. } => Ok(Value::Null),
        _ => with_app(state, action),
    }
}

fn in_directory(state: &mut State, action: Action, now: DateTime<Utc>) -> Done {
    match action {
        Action::AddUser { new } => {
            let user = directory::new_user(new, now);
            if state.users.contains_key(&user.id) || state.user(&user.upn).is_some() {
                return Err(ActionError(format!("there is already a user '{}'", user.upn)));
            }
            let id = user.id.clone();
            state.put_user(user);
            Ok(json!({"id": id}))
        }
        Action::EnableUser { user, is_enabled } => change_user(state, &user, |user| user.is_enabled = is_enabled),
        Action::DeleteUser { user } => {
            let id = known_user(state, &user)?.id;
            state.delete_user(&id);
            Ok(Value::Null)
        }
        Action::ChangeMail { user, mail, user_principal_name } => change_user(state, &user, |user| {
            user.proxies = mail.iter().map(|mail| format!("SMTP:{mail}")).collect();
            user.mail = mail;
            if let Some(upn) = user_principal_name {
                user.upn = upn;
            }
        }),
        Action::GiveMailbox { user, has_mailbox } => change_user(state, &user, |user| user.has_mailbox = has_mailbox),
        Action::SetPurpose { user, purpose } => change_user(state, &user, |user| user.purpose = purpose),
        Action::DenyByPolicy { user, is_denied } => change_user(state, &user, |user| user.is_policy_denied = is_denied),
        Action::AddGroup { new } => {
            let name = new.display_name.clone();
            group::add_groups(state, vec![new]).map_err(ActionError)?;
            Ok(json!({"id": group::member_id(state, &name).map_err(ActionError)?}))
        }
        Action::SetMembers { group, members } => {
            let id = group::member_id(state, &group).map_err(ActionError)?;
            let members = members.iter().map(|member| group::member_id(state, member)).collect::<Result<_, _>>().map_err(ActionError)?;
            let group = state.groups.get_mut(&id).ok_or_else(|| ActionError(format!("'{group}' is no group")))?;
            group.members = members;
            state.unsaved.push(Unsaved::Group(id));
            Ok(Value::Null)
        }
        _ => Ok(Value::Null),
    }
}

fn known_user(state: &State, given: &str) -> Result<User, ActionError> {
    state.user(given).cloned().ok_or_else(|| ActionError(format!("there is no user '{given}'")))
}

fn change_user(state: &mut State, given: &str, change: impl FnOnce(&mut User)) -> Done {
    let mut user = known_user(state, given)?;
    change(&mut user);
    state.put_user(user);
    Ok(Value::Null)
}

fn known_mailbox<'s>(state: &'s mut State, given: &str) -> Result<&'s mut Mailbox, ActionError> {
    let user = known_user(state, given)?.id;
    state.mailbox_mut(&user).ok_or_else(|| ActionError(format!("'{given}' has no mailbox")))
}

fn in_folders(state: &mut State, action: Action, now: DateTime<Utc>) -> Done {
    match action {
        Action::CreateFolder { mailbox, name, below, is_hidden } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            let below = folder::find(mailbox, below.as_deref().unwrap_or("contacts"))?.id.clone();
            let id = folder::add(mailbox, &below, &name, BTreeMap::new())?;
            if let Some(mut made) = mailbox.folders.get(&id).cloned().filter(|_| is_hidden) {
                made.is_hidden = true;
                mailbox.put_folder(made);
            }
            Ok(json!({"id": id}))
        }
        Action::RenameFolder { mailbox, folder, name } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            let mut renamed = folder::find(mailbox, &folder)?.clone();
            folder::check_free(mailbox, &renamed.parent, &name, &renamed.id)?;
            renamed.name = name;
            mailbox.put_folder(renamed);
            Ok(Value::Null)
        }
        Action::MoveFolder { mailbox, folder, below } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            let mut moved = folder::find(mailbox, &folder)?.clone();
            let below = folder::find(mailbox, &below)?.id.clone();
            if moved.kind != FolderKind::Made || mailbox.is_below(&below, &moved.id) {
                return Err(ActionError("this folder cannot be moved there".to_owned()));
            }
            folder::check_free(mailbox, &below, &moved.name, &moved.id)?;
            moved.parent = below;
            mailbox.put_folder(moved);
            Ok(Value::Null)
        }
        Action::DeleteFolder { mailbox, folder } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            let found = folder::find(mailbox, &folder)?;
            if found.kind != FolderKind::Made {
                return Err(ActionError("a distinguished folder cannot be deleted".to_owned()));
            }
            let id = found.id.clone();
            folder::drop_folder(mailbox, &id, now);
            Ok(Value::Null)
        }
        _ => Ok(Value::Null),
    }
}

fn in_contacts(state: &mut State, action: Action, now: DateTime<Utc>) -> Done {
    match action {
        Action::EmptyDeletedItems { mailbox } => {
            empty_deleted_items(known_mailbox(state, &mailbox)?, now);
            Ok(Value::Null)
        }
        Action::CreateContact { mailbox, folder, contact } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            let folder = contact::folder_of(mailbox, folder.as_deref())?.id.clone();
            let key = contact::add(mailbox, &folder, &object(contact)?, now)?;
            Ok(ids(mailbox, key))
        }
        Action::EditContact { mailbox, contact, changes } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            let mut edited = contact::find(mailbox, None, &contact)?.clone();
            contact::write(&mut edited.fields, &mut edited.extended, &object(changes)?)?;
            edited.modified = now;
            mailbox.put(edited);
            Ok(Value::Null)
        }
        Action::MoveContact { mailbox, contact, folder } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            let folder = contact::folder_of(mailbox, folder.as_deref())?.id.clone();
            let key = contact::find(mailbox, None, &contact)?.key;
            mailbox.move_to(key, &folder, now);
            Ok(ids(mailbox, key))
        }
        Action::DeleteContact { mailbox, contact, for_good } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            let key = contact::find(mailbox, None, &contact)?.key;
            if for_good {
                let purges = mailbox.known(FolderKind::Purges);
                mailbox.move_to(key, &purges, now);
            } else {
                contact::drop_contact(mailbox, key, now);
            }
            Ok(Value::Null)
        }
        Action::ForgetDelta { mailbox } => {
            let mailbox = known_mailbox(state, &mailbox)?;
            mailbox.counters.generation += 1;
            mailbox.unsaved.push(MailboxUnsaved::Counters);
            Ok(Value::Null)
        }
        _ => Ok(Value::Null),
    }
}

fn ids(mailbox: &Mailbox, key: u64) -> Value {
    let contact = mailbox.contacts.get(&key);
    json!({"id": contact.map(|c| &c.id), "immutable_id": contact.map(|c| &c.immutable)})
}

fn object(value: Value) -> Result<Map<String, Value>, ActionError> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(ActionError("a contact is given as a JSON object".to_owned())),
    }
}

fn empty_deleted_items(mailbox: &mut Mailbox, now: DateTime<Utc>) {
    let (deleted_items, deletions) = (mailbox.known(FolderKind::DeletedItems), mailbox.known(FolderKind::Deletions));
    for key in mailbox.folders.get(&deleted_items).map(|folder| folder.contacts.clone()).unwrap_or_default() {
        mailbox.move_to(key, &deletions, now);
    }
    let folders: Vec<String> = mailbox.children(&deleted_items).map(|folder| folder.id.clone()).collect();
    for folder in folders {
        folder::drop_folder(mailbox, &folder, now);
    }
}

fn with_app(state: &mut State, action: Action) -> Done {
    let app = state.apps.values_mut().next().ok_or_else(|| ActionError("there is no app".to_owned()))?;
    let mut answer = Value::Null;
    match action {
        Action::ExpireSecret => app.secrets.iter_mut().for_each(|secret| secret.is_expired = true),
        Action::NewSecret => {
            let secret = id::fresh();
            answer = json!({"client_secret": secret});
            app.secrets.push(Secret { value: secret, is_expired: false });
        }
        Action::AddCertificate { certificate } => add_certificate(app, &certificate)?,
        Action::RemoveCertificates => app.certificates.clear(),
        Action::ExpireTokens => app.token_generation += 1,
        Action::GrantRole { role } => drop(app.roles.insert(role)),
        Action::RevokeRole { role } => drop(app.roles.remove(&role)),
        Action::DisableApp { is_disabled } => app.is_disabled = is_disabled,
        Action::SetExchangeScope { scope } => app.exchange = scope,
        _ => {}
    }
    let id = app.id.clone();
    state.unsaved.push(Unsaved::App(id));
    Ok(answer)
}

fn add_certificate(app: &mut App, text: &str) -> Result<(), ActionError> {
    use base64::Engine;
    let bytes = if text.contains("-----BEGIN") {
        text.as_bytes().to_vec()
    } else {
        let der = base64::engine::general_purpose::STANDARD.decode(text.trim());
        der.map_err(|_| ActionError("the certificate is neither PEM nor base64".to_owned()))?
    };
    let certificate = Certificate::read(&bytes).ok_or_else(|| ActionError("this is no certificate with an RSA key".to_owned()))?;
    app.certificates.push(certificate);
    Ok(())
}
