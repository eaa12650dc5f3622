//! The properties of a contact: their types, their limits, and how a body changes them.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::stamp;
use crate::error::Refusal;

/// The longest one-line field, in UTF-16 units, and the longest notes, in bytes.
const LINE: usize = 255;
const NOTES: usize = 32 * 1024;
/// The e-mail slots of a contact.
const SLOTS: usize = 3;

/// The type of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Line,
    Notes,
    /// Texts, at most so many; the name is the one in the error message.
    Lines(usize, &'static str),
    Address,
    Instant,
    Emails,
    /// One of the e-mail slots by position.
    Slot(usize),
}

/// Every writable property.
pub(crate) const PROPERTIES: [(&str, Kind); 40] = [
    ("assistantName", Kind::Line),
    ("birthday", Kind::Instant),
    ("businessAddress", Kind::Address),
    ("businessHomePage", Kind::Line),
    ("businessPhones", Kind::Lines(2, "BusinessPhones")),
    ("categories", Kind::Lines(usize::MAX, "Categories")),
    ("children", Kind::Lines(usize::MAX, "Children")),
    ("companyName", Kind::Line),
    ("department", Kind::Line),
    ("displayName", Kind::Line),
    ("emailAddresses", Kind::Emails),
    ("fileAs", Kind::Line),
    ("generation", Kind::Line),
    ("givenName", Kind::Line),
    ("homeAddress", Kind::Address),
    ("homePhones", Kind::Lines(2, "HomePhones")),
    ("imAddresses", Kind::Lines(usize::MAX, "ImAddresses")),
    ("initials", Kind::Line),
    ("jobTitle", Kind::Line),
    ("manager", Kind::Line),
    ("middleName", Kind::Line),
    ("mobilePhone", Kind::Line),
    ("nickName", Kind::Line),
    ("officeLocation", Kind::Line),
    ("otherAddress", Kind::Address),
    ("personalNotes", Kind::Notes),
    ("primaryEmailAddress", Kind::Slot(0)),
    ("profession", Kind::Line),
    ("secondaryEmailAddress", Kind::Slot(1)),
    ("spouseName", Kind::Line),
    ("surname", Kind::Line),
    ("tertiaryEmailAddress", Kind::Slot(2)),
    ("title", Kind::Line),
    ("yomiCompanyName", Kind::Line),
    ("yomiGivenName", Kind::Line),
    ("yomiSurname", Kind::Line),
    ("changeKey", Kind::Line),
    ("createdDateTime", Kind::Instant),
    ("lastModifiedDateTime", Kind::Instant),
    ("parentFolderId", Kind::Line),
];

/// Set by the server, or written elsewhere; a body may hold them.
const PASSED_OVER: [&str; 6] = ["id", "changeKey", "createdDateTime", "lastModifiedDateTime", "parentFolderId", "singleValueExtendedProperties"];

/// The type of a property; `None` if a contact has no such one.
pub(crate) fn kind(name: &str) -> Option<Kind> {
    PROPERTIES.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
}

/// Whether `$select` may name it.
pub(crate) fn is_selectable(name: &str) -> bool {
    name == "id" || name == "*" || PROPERTIES.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
}

/// One e-mail slot. An address Exchange cannot read is lost, its name stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Email {
    pub name: Option<String>,
    pub address: Option<String>,
}

/// The fields of a contact, without what the server sets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fields {
    /// Only what is set, under Graph's names.
    pub values: Map<String, Value>,
    pub emails: [Option<Email>; SLOTS],
}

impl Fields {
    /// The value Graph shows for a property that has none: `null`, `[]` or `{}`.
    pub(crate) fn shown(&self, name: &str, kind: Kind) -> Value {
        match kind {
            Kind::Emails => Value::Array(self.emails.iter().flatten().map(Email::shown).collect()),
            Kind::Slot(slot) => self.emails.get(slot).cloned().flatten().map_or(Value::Null, |email| email.shown()),
            _ => self.values.get(name).cloned().unwrap_or_else(|| match kind {
                Kind::Lines(..) => json!([]),
                Kind::Address => json!({}),
                _ => Value::Null,
            }),
        }
    }

    /// A text, empty if unset.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.values.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Sets a text; an empty one is none.
    pub(crate) fn set_text(&mut self, name: &str, text: String) {
        if text.is_empty() {
            self.values.remove(name);
        } else {
            self.values.insert(name.to_owned(), Value::String(text));
        }
    }

    /// Writes a body into the fields: a missing property stays, `null` or `[]` clears, an address is replaced whole.
    /// Returns the names that were in the body. On an error nothing is to be kept.
    pub(crate) fn apply(&mut self, body: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
        let mut named = Vec::new();
        let slots_last = body.iter().filter(|(n, _)| !is_slot(n)).chain(body.iter().filter(|(n, _)| is_slot(n)));
        for (name, value) in slots_last {
            if name.contains('@') || PASSED_OVER.contains(&name.as_str()) {
                continue;
            }
            let kind = kind(name).ok_or_else(|| unknown(name))?;
            self.set(name, kind, value)?;
            named.push(name.clone());
        }
        Ok(named)
    }

    fn set(&mut self, name: &str, kind: Kind, value: &Value) -> Result<(), Refusal> {
        let normal = match kind {
            Kind::Line => line(name, value, LINE)?,
            Kind::Notes => notes(name, value)?,
            Kind::Lines(most, shown) => lines(name, value, most, shown)?,
            Kind::Address => address(name, value)?,
            Kind::Instant => instant(name, value)?,
            Kind::Emails => {
                self.emails = emails(name, value)?;
                return Ok(());
            }
            Kind::Slot(slot) => {
                let email = email(name, value)?;
                if let Some(place) = self.emails.get_mut(slot) {
                    *place = email;
                }
                return Ok(());
            }
        };
        match normal {
            Some(normal) => self.values.insert(name.to_owned(), normal),
            None => self.values.remove(name),
        };
        Ok(())
    }
}

impl Email {
    fn shown(&self) -> Value {
        let mut shown = Map::new();
        if let Some(name) = &self.name {
            shown.insert("name".to_owned(), json!(name));
        }
        if let Some(address) = &self.address {
            shown.insert("address".to_owned(), json!(address));
        }
        Value::Object(shown)
    }
}

fn is_slot(name: &str) -> bool {
    matches!(kind(name), Some(Kind::Slot(_)))
}

fn unknown(name: &str) -> Refusal {
    Refusal::new(
        400,
        "RequestBodyRead",
        format!(
            "The property '{name}' does not exist on type 'microsoft.graph.contact'. Make sure to only use property names that are defined by the type."
        ),
    )
}

fn wrong_type(name: &str, expected: &str) -> Refusal {
    Refusal::unreadable_body(format!("were unable to deserialize '{name}': a value of type {expected} was expected."))
}

fn text<'v>(name: &str, value: &'v Value) -> Result<Option<&'v str>, Refusal> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        _ => return Err(wrong_type(name, "Edm.String")),
    };
    let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    if text.chars().any(is_control) {
        return Err(Refusal::invalid(format!("The property '{name}' holds a character that is not valid in the store.")));
    }
    Ok((!text.is_empty()).then_some(text))
}

fn line(name: &str, value: &Value, longest: usize) -> Result<Option<Value>, Refusal> {
    let text = text(name, value)?;
    if text.is_some_and(|text| text.encode_utf16().count() > longest) {
        return Err(too_long(name, longest));
    }
    Ok(text.map(|text| json!(text)))
}

fn notes(name: &str, value: &Value) -> Result<Option<Value>, Refusal> {
    let text = text(name, value)?;
    if text.is_some_and(|text| text.len() > NOTES) {
        return Err(too_long(name, NOTES));
    }
    Ok(text.map(|text| json!(text)))
}

fn too_long(name: &str, longest: usize) -> Refusal {
    Refusal::new(400, "ErrorPropertyValidationFailure", format!("The value of the property '{name}' is longer than {longest}."))
}

fn lines(name: &str, value: &Value, most: usize, shown: &str) -> Result<Option<Value>, Refusal> {
    let items = match value {
        Value::Null => return Ok(None),
        Value::Array(items) => items,
        _ => return Err(wrong_type(name, "Collection(Edm.String)")),
    };
    let kept: Vec<Value> = items.iter().map(|item| line(name, item, LINE)).filter_map(Result::transpose).collect::<Result<_, _>>()?;
    if kept.len() > most {
        return Err(too_many(shown, kept.len(), most));
    }
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

fn too_many(shown: &str, count: usize, most: usize) -> Refusal {
    Refusal::new(
        400,
        "ErrorInvalidProperty",
        format!("The multi value property {shown} has {count} entries, that exceeds the max allowed value of {most}."),
    )
}

fn address(name: &str, value: &Value) -> Result<Option<Value>, Refusal> {
    let parts = match value {
        Value::Null => return Ok(None),
        Value::Object(parts) => parts,
        _ => return Err(wrong_type(name, "microsoft.graph.physicalAddress")),
    };
    let mut kept = Map::new();
    for (part, value) in parts.iter().filter(|(part, _)| !part.contains('@')) {
        if !["street", "city", "state", "countryOrRegion", "postalCode"].contains(&part.as_str()) {
            return Err(Refusal::new(
                400,
                "RequestBodyRead",
                format!("The property '{part}' does not exist on type 'microsoft.graph.physicalAddress'."),
            ));
        }
        if let Some(text) = line(&format!("{name}/{part}"), value, LINE)? {
            kept.insert(part.clone(), text);
        }
    }
    Ok((!kept.is_empty()).then_some(Value::Object(kept)))
}

/// Reads `2014-01-01`, `2014-01-01T00:00:00Z` or one with an offset; keeps the instant in UTC.
fn instant(name: &str, value: &Value) -> Result<Option<Value>, Refusal> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        _ => return Err(wrong_type(name, "Edm.DateTimeOffset")),
    };
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let at = day.or_else(|_| DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc)));
    at.map(|at| Some(json!(stamp(at)))).map_err(|_| wrong_type(name, "Edm.DateTimeOffset"))
}

fn emails(name: &str, value: &Value) -> Result<[Option<Email>; SLOTS], Refusal> {
    let items = match value {
        Value::Null => return Ok(Default::default()),
        Value::Array(items) => items,
        _ => return Err(wrong_type(name, "Collection(microsoft.graph.emailAddress)")),
    };
    let kept: Vec<Email> = items.iter().map(|item| email(name, item)).filter_map(Result::transpose).collect::<Result<_, _>>()?;
    if kept.len() > SLOTS {
        return Err(too_many("EmailAddresses", kept.len(), SLOTS));
    }
    let mut slots: [Option<Email>; SLOTS] = Default::default();
    for (slot, email) in slots.iter_mut().zip(kept) {
        *slot = Some(email);
    }
    Ok(slots)
}

fn email(name: &str, value: &Value) -> Result<Option<Email>, Refusal> {
    let parts = match value {
        Value::Null => return Ok(None),
        Value::Object(parts) => parts,
        _ => return Err(wrong_type(name, "microsoft.graph.emailAddress")),
    };
    if let Some(part) = parts.keys().find(|part| !part.contains('@') && !["name", "address"].contains(&part.as_str())) {
        return Err(Refusal::new(400, "RequestBodyRead", format!("The property '{part}' does not exist on type 'microsoft.graph.emailAddress'.")));
    }
    let part = |part: &str| line(&format!("{name}/{part}"), parts.get(part).unwrap_or(&Value::Null), LINE);
    let text = |value: Option<Value>| value.and_then(|v| v.as_str().map(str::to_owned));
    let (given_name, address) = (text(part("name")?), text(part("address")?));
    if given_name.is_none() && address.is_none() {
        return Ok(None);
    }
    Ok(Some(Email { name: given_name.or_else(|| address.clone()), address: address.filter(|a| is_readable(a)) }))
}

/// Exchange swallows an address with a separator or a blank in it: the entry comes back without `address`.
fn is_readable(address: &str) -> bool {
    !address.contains([',', ';', '<', '>', ' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(fields: &mut Fields, body: Value) -> Result<Vec<String>, Refusal> {
        fields.apply(body.as_object().unwrap())
    }

    #[test]
    fn null_and_empty_clear_and_an_address_is_replaced_whole() {
        let mut fields = Fields::default();
        apply(&mut fields, json!({"jobTitle": "Pilot", "businessPhones": ["+1 555 0100"], "homeAddress": {"city": "Konstanz", "street": "Weg 1"}}))
            .unwrap();
        apply(&mut fields, json!({"homeAddress": {"city": "Ulm"}})).unwrap();
        assert_eq!(fields.shown("homeAddress", Kind::Address), json!({"city": "Ulm"}));
        assert_eq!(fields.text("jobTitle"), "Pilot");
        apply(&mut fields, json!({"jobTitle": null, "businessPhones": [], "homeAddress": null})).unwrap();
        assert_eq!(fields, Fields::default());
    }

    #[test]
    fn the_limits_are_exchange_s() {
        let refused = |body| apply(&mut Fields::default(), body).unwrap_err();
        let phones = refused(json!({"businessPhones": ["1", "2", "3"]}));
        assert_eq!(phones.code, "ErrorInvalidProperty");
        assert_eq!(phones.message, "The multi value property BusinessPhones has 3 entries, that exceeds the max allowed value of 2.");
        assert_eq!(refused(json!({"emailAddresses": [{"address": "a@a.example"}, {"address": "b@a.example"}, {"address": "c@a.example"}, {"address": "d@a.example"}]})).code, "ErrorInvalidProperty");
        assert_eq!(refused(json!({"jobTitle": "x".repeat(256)})).status, 400);
        assert_eq!(refused(json!({"personalNotes": "x".repeat(32 * 1024 + 1)})).status, 400);
        assert_eq!(refused(json!({"shoeSize": 44})).code, "RequestBodyRead");
        assert_eq!(refused(json!({"jobTitle": 44})).code, "UnableToDeserializePostBody");
        assert_eq!(refused(json!({"jobTitle": "a\u{0}b"})).status, 400);
        assert!(apply(&mut Fields::default(), json!({"jobTitle": "ü".repeat(255)})).is_ok());
    }

    #[test]
    fn a_birthday_is_an_instant_in_utc() {
        let mut fields = Fields::default();
        apply(&mut fields, json!({"birthday": "1974-07-22"})).unwrap();
        assert_eq!(fields.text("birthday"), "1974-07-22T00:00:00Z");
        apply(&mut fields, json!({"birthday": "1974-07-22T01:00:00+02:00"})).unwrap();
        assert_eq!(fields.text("birthday"), "1974-07-21T23:00:00Z");
        assert!(apply(&mut fields, json!({"birthday": "yesterday"})).is_err());
    }

    #[test]
    fn an_unreadable_address_is_swallowed_and_slots_have_positions() {
        let mut fields = Fields::default();
        apply(&mut fields, json!({"emailAddresses": [{"address": "a@a.example,"}], "tertiaryEmailAddress": {"address": "c@a.example"}})).unwrap();
        let both = json!([{"name": "a@a.example,"}, {"name": "c@a.example", "address": "c@a.example"}]);
        assert_eq!(fields.shown("emailAddresses", Kind::Emails), both);
        assert_eq!(fields.shown("secondaryEmailAddress", Kind::Slot(1)), Value::Null);
    }
}
