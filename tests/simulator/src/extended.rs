//! Single-value extended properties: a key of one's own on a folder or a contact.
//!
//! The type and the GUID of an id are spelled in any case, its name is case-sensitive; values are found without regard to case.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::filter::{Expr, Op};

const TYPES: [&str; 12] =
    ["String", "Integer", "Boolean", "Double", "Float", "Short", "Long", "SystemTime", "CLSID", "Binary", "Currency", "ApplicationTime"];

/// The largest value, in bytes; the property store of a mailbox takes no more in one piece.
const LARGEST: usize = 32_768;

/// Spells an id in the one form under which it is stored.
pub(crate) fn canonical(id: &str) -> Result<String, Refusal> {
    let refused = || {
        Refusal::new(
            400,
            "ErrorInvalidProperty",
            format!(
                "PropertyId values may only be in one of the following formats: 'MapiPropertyType namespaceGuid Name propertyName', 'MapiPropertyType namespaceGuid Id propertyId' or 'MapiPropertyType propertyTag'. Got '{id}'."
            ),
        )
    };
    let (kind, rest) = id.split_once(' ').ok_or_else(refused)?;
    let kind = TYPES.iter().find(|t| t.eq_ignore_ascii_case(kind)).ok_or_else(refused)?;
    if let Some(tag) = hexadecimal(rest) {
        return Ok(format!("{kind} 0x{tag:x}"));
    }
    let (guid, rest) = rest.split_once(' ').ok_or_else(refused)?;
    let (form, name) = rest.split_once(' ').ok_or_else(refused)?;
    let guid = uuid::Uuid::parse_str(guid.trim_matches(['{', '}'])).map_err(|_| refused())?;
    match form {
        form if form.eq_ignore_ascii_case("name") && !name.is_empty() => Ok(format!("{kind} {{{guid}}} Name {name}")),
        form if form.eq_ignore_ascii_case("id") => {
            let number = hexadecimal(name).or_else(|| name.parse().ok()).ok_or_else(refused)?;
            Ok(format!("{kind} {{{guid}}} Id 0x{number:x}"))
        }
        _ => Err(refused()),
    }
}

fn hexadecimal(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    u32::from_str_radix(digits, 16).ok()
}

/// Reads `singleValueExtendedProperties` of a body; `None` takes the property away.
pub(crate) fn read(value: &Value) -> Result<Vec<(String, Option<String>)>, Refusal> {
    let Value::Array(items) = value else {
        return Err(Refusal::unreadable_body("singleValueExtendedProperties must be a collection."));
    };
    items.iter().map(read_one).collect()
}

fn read_one(item: &Value) -> Result<(String, Option<String>), Refusal> {
    let Some(Value::String(id)) = item.get("id") else {
        return Err(Refusal::unreadable_body("An extended property needs an 'id' of type Edm.String."));
    };
    let id = canonical(id)?;
    match item.get("value") {
        Some(Value::String(value)) if value.len() > LARGEST => {
            Err(Refusal::new(400, "ErrorInvalidProperty", format!("The value of the extended property '{id}' is too long.")))
        }
        Some(Value::String(value)) => Ok((id, Some(value.clone()))),
        Some(Value::Null) => Ok((id, None)),
        _ => Err(Refusal::unreadable_body(format!("The extended property '{id}' needs a 'value' of type Edm.String."))),
    }
}

/// Writes what a body said into the properties of an item.
pub(crate) fn apply(properties: &mut BTreeMap<String, String>, changes: Vec<(String, Option<String>)>) {
    for (id, value) in changes {
        match value {
            Some(value) => properties.insert(id, value),
            None => properties.remove(&id),
        };
    }
}

/// The asked ones among an item's properties, as Graph lists them; `None` if it has none of them.
pub(crate) fn shown(properties: &BTreeMap<String, String>, wanted: &[String]) -> Option<Value> {
    let found: Vec<Value> = wanted.iter().filter_map(|id| properties.get(id).map(|value| json!({"id": id, "value": value}))).collect();
    (!found.is_empty()).then_some(Value::Array(found))
}

/// Reads `singleValueExtendedProperties($filter=id eq 'a' or id eq 'b')`: the ids to show.
pub(crate) fn expanded(options: &str) -> Result<Vec<String>, Refusal> {
    let needs = || Refusal::invalid("The $expand of singleValueExtendedProperties needs a $filter on the id of each property.");
    let filter = options.trim().strip_prefix("$filter=").or_else(|| options.trim().strip_prefix("filter=")).ok_or_else(needs)?;
    let mut ids = Vec::new();
    fn walk(expr: &Expr, ids: &mut Vec<String>) -> Option<()> {
        match expr {
            Expr::Or(a, b) => walk(a, ids).and_then(|()| walk(b, ids)),
            Expr::Compare { path, op: Op::Eq, value: Value::String(id) } if path.eq_ignore_ascii_case("id") => {
                ids.push(id.clone());
                Some(())
            }
            _ => None,
        }
    }
    walk(&Expr::parse(filter)?, &mut ids).ok_or_else(needs)?;
    ids.iter().map(|id| canonical(id)).collect()
}

/// Turns `singleValueExtendedProperties/Any(ep: ep/id eq '…' and ep/value eq '…')` into one leaf.
pub(crate) fn lower(expr: Expr) -> Result<Expr, Refusal> {
    let both = |a: Expr, b: Expr| Ok::<_, Refusal>((Box::new(lower(a)?), Box::new(lower(b)?)));
    Ok(match expr {
        Expr::And(a, b) => both(*a, *b).map(|(a, b)| Expr::And(a, b))?,
        Expr::Or(a, b) => both(*a, *b).map(|(a, b)| Expr::Or(a, b))?,
        Expr::Not(inner) => Expr::Not(Box::new(lower(*inner)?)),
        Expr::Any { path, var, inner } if path.eq_ignore_ascii_case("singleValueExtendedProperties") => leaf(&var, inner.as_deref())?,
        other => other,
    })
}

fn leaf(var: &str, inner: Option<&Expr>) -> Result<Expr, Refusal> {
    let refused = || {
        Refusal::new(
            400,
            "ErrorInvalidUrlQueryFilter",
            "The query filter contains one or more invalid nodes: an extended property is found by its id (eq) and its value.",
        )
    };
    let Some(Expr::And(a, b)) = inner else {
        return Err(refused());
    };
    let (mut id, mut wanted) = (None, None);
    for side in [a.as_ref(), b.as_ref()] {
        let (path, op, value) = compared(side).ok_or_else(refused)?;
        match path.strip_prefix(var).and_then(|rest| rest.strip_prefix('/')) {
            Some("id") if op == Op::Eq => id = Some(canonical(&value)?),
            Some("value") => wanted = Some((op, value)),
            _ => return Err(refused()),
        }
    }
    let (id, (op, value)) = id.zip(wanted).ok_or_else(refused)?;
    if id.starts_with("String ") && !matches!(op, Op::Eq | Op::Ne) {
        return Err(refused());
    }
    Ok(Expr::Extended { id, op, value })
}

/// A comparison, also one written as `cast(ep/value, Edm.Int32)`-free number.
fn compared(expr: &Expr) -> Option<(&str, Op, String)> {
    match expr {
        Expr::Compare { path, op, value: Value::String(value) } => Some((path, *op, value.clone())),
        Expr::Compare { path, op, value: Value::Number(value) } => Some((path, *op, value.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling_but_names_keep_their_case() {
        let a = canonical("string {3F0C0000-1111-4222-8333-444455556666} name Key").unwrap();
        assert_eq!(a, "String {3f0c0000-1111-4222-8333-444455556666} Name Key");
        assert_ne!(a, canonical("String {3f0c0000-1111-4222-8333-444455556666} Name key").unwrap());
        assert_eq!(canonical("String 0x3A24001F").unwrap(), "String 0x3a24001f");
        assert_eq!(
            canonical("Integer {3f0c0000-1111-4222-8333-444455556666} Id 0x8012").unwrap(),
            "Integer {3f0c0000-1111-4222-8333-444455556666} Id 0x8012"
        );
        for wrong in ["", "String", "String {x} Name Y", "Text {3f0c0000-1111-4222-8333-444455556666} Name Y", "String 0xzz"] {
            assert_eq!(canonical(wrong).unwrap_err().status, 400, "{wrong}");
        }
    }

    #[test]
    fn an_expand_without_filter_is_refused() {
        assert!(expanded("").is_err());
        assert!(expanded("$filter=value eq 'x'").is_err());
        let ids = expanded("$filter=id eq 'String 0x3A24001F' or id eq 'String 0x3A25001F'").unwrap();
        assert_eq!(ids, ["String 0x3a24001f", "String 0x3a25001f"]);
    }
}
