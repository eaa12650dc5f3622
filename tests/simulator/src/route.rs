//! From the steps of a path to the thing it names.

use crate::error::Refusal;
use crate::percent;

/// A thing of Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Batch,
    Users,
    UsersCount,
    User(String),
    Licences(String),
    Groups,
    Group(String),
    Members(Members),
    Mailbox { user: String, thing: Thing },
}

/// The members of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Direct,
    Transitive,
}

/// A list of members, or their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Members {
    pub group: String,
    pub reach: Reach,
    /// Cast to users.
    pub only_users: bool,
    pub is_count: bool,
}

/// A thing of one mailbox. A folder that is `None` is the default one, or any, where a contact is named by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Thing {
    Settings,
    Translate,
    Categories,
    Category(String),
    /// The folders below the named one, or below the default folder.
    Folders(Option<String>),
    FoldersDelta,
    Folder(String),
    FolderForGood(String),
    Contacts(Option<String>),
    ContactsCount(Option<String>),
    ContactsDelta(Option<String>),
    Contact(Option<String>, String),
    ContactForGood(Option<String>, String),
    Photo(Option<String>, String),
    PhotoValue(Option<String>, String),
}

impl Route {
    /// Reads a path without its version and query.
    pub(crate) fn parse(path: &str) -> Result<Self, Refusal> {
        let steps = steps(path)?;
        let mut at = Steps { rest: &steps };
        match at.name()?.as_str() {
            "$batch" => at.end(Self::Batch),
            "users" => user(&mut at),
            "groups" => group(&mut at),
            "me" => Err(Refusal::bad_request("/me request is only valid with delegated authentication flow.")),
            "chats" | "subscriptions" | "contacts" => Err(Refusal::not_simulated(path)),
            other => Err(Refusal::unknown_segment(other)),
        }
    }

    /// The user whose mailbox it is in, as given.
    pub(crate) fn mailbox(&self) -> Option<&str> {
        match self {
            Self::Mailbox { user, .. } => Some(user),
            _ => None,
        }
    }
}

/// The steps of a path: `users('x')` counts as two, brackets of functions and namespaces of names are taken away.
fn steps(path: &str) -> Result<Vec<String>, Refusal> {
    let malformed = || Refusal::bad_request("The request URI is not validly percent-encoded.");
    let mut steps = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let part = percent::decode(part).ok_or_else(malformed)?;
        match part.split_once('(').and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?))) {
            Some((name, "")) => steps.push(name.to_owned()),
            Some((name, key)) => {
                let key = key.strip_prefix('\'').and_then(|key| key.strip_suffix('\'')).ok_or_else(|| Refusal::unknown_segment(&part))?;
                steps.extend([name.to_owned(), key.replace("''", "'")]);
            }
            None => steps.push(part),
        }
    }
    Ok(steps)
}

struct Steps<'s> {
    rest: &'s [String],
}

impl Steps<'_> {
    fn next(&mut self) -> Option<&str> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The next step as a name, without regard to case and namespace.
    fn name(&mut self) -> Result<String, Refusal> {
        let step = self.next().ok_or_else(|| Refusal::bad_request("Resource not found for the segment ''."))?.to_ascii_lowercase();
        let bare = step.strip_prefix("microsoft.graph.").or_else(|| step.strip_prefix("graph.")).unwrap_or(&step);
        Ok(bare.to_owned())
    }

    fn end<T>(&self, found: T) -> Result<T, Refusal> {
        match self.rest.first() {
            None => Ok(found),
            Some(more) => Err(Refusal::unknown_segment(more)),
        }
    }
}

fn user(at: &mut Steps<'_>) -> Result<Route, Refusal> {
    let Some(user) = at.next().map(str::to_owned) else {
        return Ok(Route::Users);
    };
    if user == "$count" {
        return at.end(Route::UsersCount);
    }
    if matches!(user.as_str(), "delta" | "microsoft.graph.delta") {
        return Err(Refusal::not_simulated("/users/delta"));
    }
    if at.rest.is_empty() {
        return Ok(Route::User(user));
    }
    let thing = match at.name()?.as_str() {
        "licensedetails" => return at.end(Route::Licences(user)),
        "mailboxsettings" => at.end(Thing::Settings)?,
        "translateexchangeids" => at.end(Thing::Translate)?,
        "contactfolders" => folders(at)?,
        "contacts" => contacts(at, None)?,
        "outlook" => categories(at)?,
        other if ["messages", "events", "calendar", "mailfolders", "photo", "memberof", "transitivememberof"].contains(&other) => {
            return Err(Refusal::not_simulated(&format!("/users/{{id}}/{other}")));
        }
        other => return Err(Refusal::unknown_segment(other)),
    };
    Ok(Route::Mailbox { user, thing })
}

fn categories(at: &mut Steps<'_>) -> Result<Thing, Refusal> {
    match at.name()?.as_str() {
        "mastercategories" => {}
        other => return Err(Refusal::unknown_segment(other)),
    }
    match at.next().map(str::to_owned) {
        None => Ok(Thing::Categories),
        Some(id) => at.end(Thing::Category(id)),
    }
}

fn folders(at: &mut Steps<'_>) -> Result<Thing, Refusal> {
    let mut above = None;
    loop {
        let Some(folder) = at.next().map(str::to_owned) else {
            return Ok(Thing::Folders(above));
        };
        if above.is_none() && at.rest.is_empty() && matches!(folder.as_str(), "delta" | "microsoft.graph.delta") {
            return Ok(Thing::FoldersDelta);
        }
        if at.rest.is_empty() {
            return Ok(Thing::Folder(folder));
        }
        match at.name()?.as_str() {
            "childfolders" => above = Some(folder),
            "contacts" => return contacts(at, Some(folder)),
            "permanentdelete" => return at.end(Thing::FolderForGood(folder)),
            other => return Err(Refusal::unknown_segment(other)),
        }
    }
}

fn contacts(at: &mut Steps<'_>, folder: Option<String>) -> Result<Thing, Refusal> {
    let Some(id) = at.next().map(str::to_owned) else {
        return Ok(Thing::Contacts(folder));
    };
    match id.as_str() {
        "$count" => return at.end(Thing::ContactsCount(folder)),
        "delta" | "microsoft.graph.delta" => return at.end(Thing::ContactsDelta(folder)),
        _ => {}
    }
    if at.rest.is_empty() {
        return Ok(Thing::Contact(folder, id));
    }
    match at.name()?.as_str() {
        "permanentdelete" => at.end(Thing::ContactForGood(folder, id)),
        "photo" if at.rest.is_empty() => Ok(Thing::Photo(folder, id)),
        "photo" => match at.name()?.as_str() {
            "$value" => at.end(Thing::PhotoValue(folder, id)),
            other => Err(Refusal::unknown_segment(other)),
        },
        "extensions" => Err(Refusal::not_simulated("open extensions of contacts")),
        other => Err(Refusal::unknown_segment(other)),
    }
}

fn group(at: &mut Steps<'_>) -> Result<Route, Refusal> {
    let Some(group) = at.next().map(str::to_owned) else {
        return Ok(Route::Groups);
    };
    if at.rest.is_empty() {
        return Ok(Route::Group(group));
    }
    let reach = match at.name()?.as_str() {
        "members" => Reach::Direct,
        "transitivemembers" => Reach::Transitive,
        other => return Err(Refusal::unknown_segment(other)),
    };
    let mut members = Members { group, reach, only_users: false, is_count: false };
    while !at.rest.is_empty() {
        match at.name()?.as_str() {
            "user" if !members.only_users && !members.is_count => members.only_users = true,
            "$count" if !members.is_count => members.is_count = true,
            other => return Err(Refusal::unknown_segment(other)),
        }
    }
    Ok(Route::Members(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(path: &str) -> Thing {
        match Route::parse(path).unwrap() {
            Route::Mailbox { thing, .. } => thing,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn paths_of_all_spellings_are_read() {
        let f = || Some("F=".to_owned());
        assert_eq!(thing("/users/u/contactFolders"), Thing::Folders(None));
        assert_eq!(thing("/users('u')/contactFolders('F%3D')"), Thing::Folder("F=".to_owned()));
        assert_eq!(thing("/users/u/contactFolders/X/childFolders/F%3D/contacts/C"), Thing::Contact(f(), "C".to_owned()));
        assert_eq!(thing("/users/u/contactFolders/F%3D/contacts/delta()"), Thing::ContactsDelta(f()));
        assert_eq!(thing("/users/u/contactFolders/delta"), Thing::FoldersDelta);
        assert_eq!(thing("/users/u/contacts/C/microsoft.graph.permanentDelete"), Thing::ContactForGood(None, "C".to_owned()));
        assert_eq!(thing("/Users/u/Contacts/$count"), Thing::ContactsCount(None));
        assert_eq!(thing("/users/u/contacts/C/photo/$value"), Thing::PhotoValue(None, "C".to_owned()));
        let members = Members { group: "g".to_owned(), reach: Reach::Transitive, only_users: true, is_count: true };
        assert_eq!(Route::parse("/groups/g/transitiveMembers/microsoft.graph.user/$count").unwrap(), Route::Members(members));
    }

    #[test]
    fn other_paths_are_refused() {
        for wrong in [
            "",
            "/",
            "/foo",
            "/me/contacts",
            "/users/u/foo",
            "/users/u/contacts/C/foo",
            "/users/%zz",
            "/users(u)",
            "/groups/g/members/x",
            "/users/u/contacts/C/photo/x",
        ] {
            assert_eq!(Route::parse(wrong).unwrap_err().status, 400, "{wrong}");
        }
        assert_eq!(Route::parse("/users/u/messages").unwrap_err().status, 501);
    }
}
