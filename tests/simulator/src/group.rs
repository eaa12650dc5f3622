//! Groups and their members, direct and transitive.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::access::Caller;
use crate::ask::Ask;
use crate::call::Answer;
use crate::directory::{READ_USERS, check_user_query, matching, need_eventual, need_eventual_and_count, page};
use crate::error::Refusal;
use crate::id;
use crate::options::NewGroup;
use crate::route::{Members, Reach};
use crate::state::{Group, State, Unsaved, User};

const READ_GROUPS: [&str; 6] =
    ["GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/// `GET /groups`.
pub(crate) fn groups(state: &State, caller: &Caller, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    caller.may_directory(&READ_GROUPS)?;
    let mut items: Vec<(String, Value)> = state.groups.values().map(|group| (group.id.clone(), show_group(group, ask))).collect();
    if let Some(filter) = &ask.query.filter {
        let named: BTreeSet<&str> =
            state.groups.values().filter(|group| filter.holds(&show_group_wholly(group))).map(|group| group.id.as_str()).collect();
        items.retain(|(id, _)| named.contains(id.as_str()));
    }
    Ok(Answer::ok(page(ask, "groups", items)?))
}

/// `GET /groups/{id}`.
pub(crate) fn group(state: &State, id: &str, caller: &Caller, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    caller.may_directory(&READ_GROUPS)?;
    let group = state.groups.get(&id.to_ascii_lowercase()).ok_or_else(|| Refusal::resource_not_found(id))?;
    let mut shown = show_group(group, ask);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("@odata.context".to_owned(), json!(ask.context("groups/$entity")));
    }
    Ok(Answer::ok(shown))
}

fn show_group_wholly(group: &Group) -> Value {
    json!({"id": group.id, "displayName": group.name, "description": null, "groupTypes": [], "mail": null, "mailEnabled": false, "securityEnabled": true, "membershipRule": null})
}

fn show_group(group: &Group, ask: &Ask<'_>) -> Value {
    let mut shown = show_group_wholly(group);
    if let Some(shown) = shown.as_object_mut() {
        shown.retain(|name, _| name == "id" || ask.query.selects(name));
    }
    shown
}

/// `GET /groups/{id}/members` and `/transitiveMembers`, whole, cast to users, or counted.
pub(crate) fn members(state: &State, wanted: &Members, caller: &Caller, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    caller.may_directory(&READ_GROUPS)?;
    let group = state.groups.get(&wanted.group.to_ascii_lowercase()).ok_or_else(|| Refusal::resource_not_found(&wanted.group))?;
    if wanted.is_count {
        need_eventual(ask)?;
    } else if wanted.only_users {
        need_eventual_and_count(ask)?;
    }
    let ids = match wanted.reach {
        Reach::Direct => group.members.iter().cloned().collect(),
        Reach::Transitive => transitive(state, group),
    };
    let is_user = |id: &&String| state.users.contains_key(*id);
    let ids: Vec<&String> = ids.iter().filter(|id| is_user(id) || !wanted.only_users).collect();
    let may_see_users = caller.has(&READ_USERS);
    if may_see_users {
        check_user_query(caller, ask)?;
    }
    let users: Vec<&User> = matching(ids.iter().filter_map(|id| state.users.get(*id)).collect(), ask);
    let mut items: Vec<(String, Value)> = users.iter().map(|user| (user.id.clone(), show_member(user, wanted, may_see_users, ask))).collect();
    if ask.query.filter.is_none() {
        items.extend(
            ids.iter()
                .filter_map(|id| state.groups.get(*id))
                .map(|group| (group.id.clone(), typed(show_group(group, ask), "#microsoft.graph.group"))),
        );
    }
    items.sort_by(|a, b| a.0.cmp(&b.0));
    if wanted.is_count {
        return Ok(Answer::text(items.len().to_string()));
    }
    let context = if wanted.only_users { "users" } else { "directoryObjects" };
    Ok(Answer::ok(page(ask, context, items)?))
}

/// A member; without the right to read users there is no more than an id.
fn show_member(user: &User, wanted: &Members, may_see: bool, ask: &Ask<'_>) -> Value {
    let shown = if may_see { user.selected(ask) } else { json!({"id": user.id}) };
    if wanted.only_users && may_see { shown } else { typed(shown, "#microsoft.graph.user") }
}

fn typed(mut shown: Value, kind: &str) -> Value {
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("@odata.type".to_owned(), json!(kind));
    }
    shown
}

fn transitive(state: &State, group: &Group) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&String> = group.members.iter().collect();
    while let Some(id) = open.pop() {
        if found.insert(id.clone())
            && let Some(inner) = state.groups.get(id)
        {
            open.extend(&inner.members);
        }
    }
    found.remove(&group.id);
    found
}

/// Adds groups, whose members may be named by principal name, group name or id. An unknown member is an error that names it.
pub(crate) fn add_groups(state: &mut State, groups: Vec<NewGroup>) -> Result<(), String> {
    let ids: Vec<(String, NewGroup)> = groups
        .into_iter()
        .map(|group| (group.id.clone().unwrap_or_else(|| id::directory(&group.display_name.to_lowercase())).to_ascii_lowercase(), group))
        .collect();
    for (id, group) in &ids {
        state.groups.insert(id.clone(), Group { id: id.clone(), name: group.display_name.clone(), members: Vec::new() });
    }
    for (id, group) in ids {
        let members = group.members.iter().map(|member| member_id(state, member)).collect::<Result<_, _>>()?;
        if let Some(group) = state.groups.get_mut(&id) {
            group.members = members;
        }
        state.unsaved.push(Unsaved::Group(id));
    }
    Ok(())
}

/// The id of a user or group that is named in some way.
pub(crate) fn member_id(state: &State, given: &str) -> Result<String, String> {
    let by_name = || state.groups.values().find(|group| group.id == given || group.name == given).map(|group| group.id.clone());
    state.user(given).map(|user| user.id.clone()).or_else(by_name).ok_or_else(|| format!("there is no user or group '{given}'"))
}
