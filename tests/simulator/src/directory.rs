//! Users, and what is common to the collections of the directory.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::access::Caller;
use crate::ask::Ask;
use crate::call::Answer;
use crate::clock::stamp;
use crate::error::Refusal;
use crate::filter::{Expr, Op, TextFunction};
use crate::id;
use crate::options::NewUser;
use crate::state::{State, User};

const TYPE: &str = "microsoft.graph.user";
/// The largest page of the directory, and the one nobody asked for.
const LARGEST: usize = 999;
const USUAL: usize = 100;

const READ_LICENCES: [&str; 5] =
    ["LicenseAssignment.Read.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/// What a user shows when nothing is selected.
const USUAL_PROPERTIES: [&str; 10] = [
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "businessPhones",
];

/// One of these reads users.
pub(crate) const READ_USERS: [&str; 5] =
    ["User.Read.All", "User.ReadBasic.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const READ_USERS_WHOLLY: [&str; 4] = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
/// What may be read with `User.ReadBasic.All`.
const BASIC_PROPERTIES: [&str; 6] = ["id", "displayName", "givenName", "mail", "surname", "userPrincipalName"];
/// Properties that a user of the simulator has, beside the usual ones.
const OTHER_PROPERTIES: [&str; 9] =
    ["id", "accountEnabled", "userType", "proxyAddresses", "assignedPlans", "assignedLicenses", "mailNickname", "department", "createdDateTime"];
/// Properties Graph knows and the simulator leaves empty.
const EMPTY_PROPERTIES: [&str; 24] = [
    "aboutMe",
    "ageGroup",
    "birthday",
    "city",
    "companyName",
    "country",
    "creationType",
    "employeeId",
    "employeeType",
    "externalUserState",
    "faxNumber",
    "imAddresses",
    "mySite",
    "onPremisesImmutableId",
    "onPremisesSamAccountName",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
    "otherMails",
    "postalCode",
    "preferredName",
    "showInAddressList",
    "state",
    "streetAddress",
    "usageLocation",
];

fn is_property(name: &str) -> bool {
    let known = [&USUAL_PROPERTIES[..], &OTHER_PROPERTIES[..], &EMPTY_PROPERTIES[..]];
    known.into_iter().flatten().any(|known| known.eq_ignore_ascii_case(name))
}

impl User {
    /// All properties as Graph shows them.
    fn shown(&self) -> Value {
        let plan = json!({"assignedDateTime": stamp(self.created), "capabilityStatus": "Enabled", "service": "exchange", "servicePlanId": "efb87545-963c-4e0d-99df-69c6916d9eb0"});
        let licence = json!({"disabledPlans": [], "skuId": id::directory("sku exchange")});
        let licences = |it: Value| {
            if self.has_mailbox { json!([it]) } else { json!([]) }
        };
        json!({
            "id": self.id, "userPrincipalName": self.upn, "mail": self.mail, "displayName": self.display_name,
            "givenName": self.given_name, "surname": self.surname, "jobTitle": self.job_title, "department": self.department,
            "accountEnabled": self.is_enabled, "userType": if self.is_guest { "Guest" } else { "Member" },
            "proxyAddresses": self.proxies, "assignedPlans": licences(plan), "assignedLicenses": licences(licence),
            "mailNickname": self.upn.split('@').next(), "createdDateTime": stamp(self.created), "businessPhones": [],
        })
    }

    /// The selected properties; `id` always.
    pub(crate) fn selected(&self, ask: &Ask<'_>) -> Value {
        let all = self.shown();
        let mut shown = Map::new();
        let usual: Vec<String> = USUAL_PROPERTIES.iter().map(|name| (*name).to_owned()).collect();
        let names = ask.query.select.as_ref().unwrap_or(&usual);
        for name in names.iter().map(String::as_str).chain(["id"]) {
            let value = all.as_object().into_iter().flatten().find(|(known, _)| known.eq_ignore_ascii_case(name));
            shown.insert(value.map_or(name, |(known, _)| known).to_owned(), value.map_or(Value::Null, |(_, value)| value.clone()));
        }
        Value::Object(shown)
    }
}

/// `GET /users`.
pub(crate) fn users(state: &State, caller: &Caller, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    caller.may_directory(&READ_USERS)?;
    check_user_query(caller, ask)?;
    let found: Vec<&User> = matching(state.users.values().collect(), ask);
    let items = found.iter().map(|user| (user.id.clone(), user.selected(ask))).collect();
    Ok(Answer::ok(page(ask, "users", items)?))
}

/// `GET /users/$count`.
pub(crate) fn users_count(state: &State, caller: &Caller, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    caller.may_directory(&READ_USERS)?;
    need_eventual(ask)?;
    check_user_query(caller, ask)?;
    Ok(Answer::text(matching(state.users.values().collect(), ask).len().to_string()))
}

/// `GET /users/{id or principal name}`.
pub(crate) fn user(state: &State, given: &str, caller: &Caller, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    caller.may_directory(&READ_USERS)?;
    check_user_query(caller, ask)?;
    let user = state.user(given).ok_or_else(|| Refusal::resource_not_found(given))?;
    let mut shown = user.selected(ask);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("@odata.context".to_owned(), json!(ask.context("users/$entity")));
    }
    Ok(Answer::ok(shown))
}

/// `GET /users/{id}/licenseDetails`.
pub(crate) fn licences(state: &State, given: &str, caller: &Caller, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    caller.may_directory(&READ_LICENCES)?;
    let user = state.user(given).ok_or_else(|| Refusal::resource_not_found(given))?;
    let plan = json!({"servicePlanId": "efb87545-963c-4e0d-99df-69c6916d9eb0", "servicePlanName": "EXCHANGE_S_ENTERPRISE", "provisioningStatus": "Success", "appliesTo": "User"});
    let licence = json!({"id": id::directory(&format!("licence {}", user.id)), "skuId": id::directory("sku exchange"), "skuPartNumber": "EXCHANGEENTERPRISE", "servicePlans": [plan]});
    let items = if user.has_mailbox { vec![licence] } else { Vec::new() };
    Ok(Answer::ok(json!({"@odata.context": ask.context(&format!("users('{}')/licenseDetails", user.id)), "value": items})))
}

/// The users that the filter lets through, in the order asked for.
pub(crate) fn matching<'s>(mut users: Vec<&'s User>, ask: &Ask<'_>) -> Vec<&'s User> {
    if let Some(filter) = &ask.query.filter {
        users.retain(|user| filter.holds(&user.shown()));
    }
    users.sort_by_key(|user| user.id.clone());
    if let Some((path, falls)) = ask.query.orderby.first() {
        users.sort_by_cached_key(
            |user| {
                if path.eq_ignore_ascii_case("displayName") { user.display_name.to_lowercase() } else { user.upn.to_lowercase() }
            },
        );
        if *falls {
            users.reverse();
        }
    }
    users
}

/// A page of a directory collection; the link to the next one holds the last id in place of a number.
pub(crate) fn page(ask: &Ask<'_>, context: &str, items: Vec<(String, Value)>) -> Result<Value, Refusal> {
    if ask.query.skip > 0 {
        return Err(Refusal::new(400, "Request_BadRequest", "'$skip' is not supported by the service."));
    }
    let size = ask.query.top.unwrap_or(USUAL);
    if !(1..=LARGEST).contains(&size) {
        return Err(Refusal::new(
            400,
            "Request_UnsupportedQuery",
            format!("Invalid page size specified: '{size}'. Must be between 1 and {LARGEST} inclusive."),
        ));
    }
    let total = items.len();
    let from = match &ask.query.skip_token {
        None => 0,
        Some(token) => items.iter().position(|(id, _)| id == token).map(|at| at + 1).ok_or_else(|| {
            Refusal::new(
                400,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer be included in your request.",
            )
        })?,
    };
    let shown: Vec<(String, Value)> = items.into_iter().skip(from).take(size).collect();
    let mut page = Map::new();
    page.insert("@odata.context".to_owned(), json!(ask.context(context)));
    if ask.query.count {
        page.insert("@odata.count".to_owned(), json!(total));
    }
    if let Some((last, _)) = shown.last().filter(|_| from + shown.len() < total) {
        let link = ask.query.link(&ask.call.base, ask.path, &[("$skiptoken", last.clone())]);
        page.insert("@odata.nextLink".to_owned(), json!(link));
    }
    page.insert("value".to_owned(), shown.into_iter().map(|(_, item)| item).collect());
    Ok(Value::Object(page))
}

fn is_eventual(ask: &Ask<'_>) -> bool {
    ask.call.header("consistencylevel").is_some_and(|value| value.eq_ignore_ascii_case("eventual"))
}

/// Counting needs the header `ConsistencyLevel: eventual`.
pub(crate) fn need_eventual(ask: &Ask<'_>) -> Result<(), Refusal> {
    if is_eventual(ask) {
        return Ok(());
    }
    Err(Refusal::new(400, "Request_BadRequest", "$count is not currently supported without the header 'ConsistencyLevel: eventual'."))
}

/// Advanced queries need the header and `$count=true`.
pub(crate) fn need_eventual_and_count(ask: &Ask<'_>) -> Result<(), Refusal> {
    if is_eventual(ask) && ask.query.count {
        return Ok(());
    }
    Err(Refusal::new(400, "Request_UnsupportedQuery", "The specified query needs the header 'ConsistencyLevel: eventual' and '$count=true'."))
}

/// Refuses what users cannot be asked for, or not by this caller.
pub(crate) fn check_user_query(caller: &Caller, ask: &Ask<'_>) -> Result<(), Refusal> {
    ask.query.check_select(TYPE, is_property)?;
    let selected = ask.query.select.iter().flatten();
    let mut beyond = selected.filter(|name| !BASIC_PROPERTIES.iter().any(|basic| basic.eq_ignore_ascii_case(name)));
    if beyond.next().is_some() {
        caller.may_directory(&READ_USERS_WHOLLY)?;
    }
    if !ask.query.expand.is_empty() || ask.query.search {
        return Err(Refusal::not_simulated("$expand and $search on users"));
    }
    check_order(ask)?;
    let Some(filter) = &ask.query.filter else {
        return Ok(());
    };
    let (mut wrong, mut is_advanced) = (None, !ask.query.orderby.is_empty());
    filter.leaves(&mut |leaf| {
        let path = match leaf {
            Expr::Compare { path, op, .. } => {
                is_advanced |= *op == Op::Ne;
                path
            }
            Expr::Text { path, function, .. } => {
                is_advanced |= *function == TextFunction::EndsWith;
                if *function == TextFunction::Contains {
                    wrong = Some("contains");
                }
                path
            }
            Expr::Any { path, .. } => path,
            _ => return,
        };
        if !is_property(path.split('/').next().unwrap_or_default()) {
            wrong = Some(path);
        }
    });
    if let Some(path) = wrong {
        return Err(Refusal::new(
            400,
            "Request_UnsupportedQuery",
            format!("Unsupported or invalid query filter clause specified for property '{path}' of resource 'User'."),
        ));
    }
    is_advanced |= has_not(filter);
    if is_advanced { need_eventual_and_count(ask) } else { Ok(()) }
}

fn check_order(ask: &Ask<'_>) -> Result<(), Refusal> {
    match ask.query.orderby.iter().find(|(path, _)| !["displayname", "userprincipalname"].contains(&path.to_ascii_lowercase().as_str())) {
        Some((path, _)) => Err(Refusal::new(400, "Request_UnsupportedQuery", format!("Sorting by '{path}' is not supported."))),
        None => Ok(()),
    }
}

fn has_not(filter: &Expr) -> bool {
    match filter {
        Expr::Not(_) => true,
        Expr::And(a, b) | Expr::Or(a, b) => has_not(a) || has_not(b),
        _ => false,
    }
}

/// Makes a user as he is to be stored.
pub(crate) fn new_user(new: NewUser, now: DateTime<Utc>) -> User {
    let upn = new.user_principal_name;
    let mail = new.mail.unwrap_or_else(|| upn.clone());
    let mail = (!mail.is_empty()).then_some(mail);
    User {
        id: new.id.unwrap_or_else(|| id::directory(&upn.to_lowercase())).to_ascii_lowercase(),
        proxies: mail.iter().map(|mail| format!("SMTP:{mail}")).collect(),
        mail,
        display_name: new.display_name.unwrap_or_else(|| upn.clone()),
        upn,
        given_name: new.given_name,
        surname: new.surname,
        job_title: new.job_title,
        department: new.department,
        is_enabled: new.account_enabled,
        is_guest: new.is_guest,
        has_mailbox: new.has_mailbox,
        purpose: new.purpose,
        is_policy_denied: false,
        created: now,
    }
}
