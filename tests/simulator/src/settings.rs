//! What a mailbox says of itself: its purpose, its colour categories, and the translation of ids.

use serde_json::{Value, json};

use crate::ask::Ask;
use crate::call::Answer;
use crate::error::Refusal;
use crate::id;
use crate::mailbox::{Category, Mailbox, Unsaved};
use crate::state::User;

/// The most ids of one call.
const MOST: usize = 1_000;

/// `GET /users/{id}/mailboxSettings`.
pub(crate) fn get(user: &User, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    if ask.call.method != "GET" {
        return Err(Refusal::not_simulated("changing mailboxSettings"));
    }
    let mut shown = json!({"userPurpose": user.purpose.graph(), "timeZone": "W. Europe Standard Time", "language": {"locale": "de-DE", "displayName": "German (Germany)"}});
    if let Some(shown) = shown.as_object_mut() {
        shown.retain(|name, _| ask.query.selects(name));
        shown.insert("@odata.context".to_owned(), json!(ask.context(&format!("users('{}')/mailboxSettings", user.id))));
    }
    Ok(Answer::ok(shown))
}

/// `POST /users/{id}/translateExchangeIds`, between the two forms a REST client meets.
pub(crate) fn translate(mailbox: &Mailbox, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let body = ask.call.object()?;
    let form = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let target = form("targetIdType");
    for kind in [&target, &form("sourceIdType")] {
        match kind.as_str() {
            "restid" | "restimmutableentryid" => {}
            "entryid" | "ewsid" | "immutableentryid" => {
                return Err(Refusal::not_simulated(&format!("the id format '{kind}'")));
            }
            _ => {
                return Err(Refusal::invalid("sourceIdType and targetIdType must each name an id format."));
            }
        }
    }
    let ids = body
        .get("inputIds")
        .and_then(Value::as_array)
        .filter(|ids| ids.len() <= MOST)
        .ok_or_else(|| Refusal::invalid("inputIds must be a list of at most 1000 ids."))?;
    let translated: Vec<Value> = ids
        .iter()
        .filter_map(Value::as_str)
        .map(|id| match mailbox.contact(id) {
            Some(contact) if target == "restid" => json!({"sourceId": id, "targetId": contact.id}),
            Some(contact) => json!({"sourceId": id, "targetId": contact.immutable}),
            None => json!({"sourceId": id, "errorDetails": {"code": "ErrorInvalidIdMalformed", "message": "Id is malformed."}}),
        })
        .collect();
    Ok(Answer::ok(json!({"@odata.context": ask.context("Collection(microsoft.graph.convertIdResult)"), "value": translated})))
}

/// `GET /users/{id}/outlook/masterCategories`.
pub(crate) fn categories(mailbox: &Mailbox, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let items: Vec<Value> = mailbox.categories.iter().map(show_category).collect();
    let context = ask.context(&format!("users('{}')/outlook/masterCategories", mailbox.user));
    Ok(Answer::ok(json!({"@odata.context": context, "value": items})))
}

/// `POST /users/{id}/outlook/masterCategories`: a new name, once.
pub(crate) fn add_category(mailbox: &mut Mailbox, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let body = ask.call.object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = text("displayName").ok_or_else(|| Refusal::invalid("A category needs a displayName."))?;
    let color = text("color").unwrap_or_else(|| "none".to_owned());
    let preset = color.to_ascii_lowercase().strip_prefix("preset").and_then(|number| number.parse::<u8>().ok());
    if color != "none" && preset.is_none_or(|number| number > 24) {
        return Err(Refusal::unreadable_body("were unable to deserialize 'color': one of none, preset0 to preset24 was expected."));
    }
    if mailbox.categories.iter().any(|known| known.name.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::new(409, "CategoryNameDuplicate", format!("A category named '{name}' already exists.")));
    }
    let category = Category { id: id::directory(&format!("category {} {name}", mailbox.user)), name, color };
    mailbox.unsaved.push(Unsaved::Category(category.clone()));
    let shown = show_category(&category);
    mailbox.categories.push(category);
    Ok(Answer::created(shown))
}

fn show_category(category: &Category) -> Value {
    json!({"id": category.id, "displayName": category.name, "color": category.color})
}
