//! The mapping of every random world: most fields, a part, and properties of every shape.

use adressbote_rules::map::{Mapping, MappingDraft};
use adressbote_rules::view::View;
use serde_json::json;

/// The mapping, made once per view.
pub fn mapping(view: &View) -> Mapping {
    let draft = json!({
        "default_country": "DE",
        "properties": {
            "displayName": { "first": ["$.name", "$.employer"] },
            "companyName": { "first": ["$.employer"] },
            "department": { "first": ["$.sector"] },
            "jobTitle": { "first": ["$.note"] },
            "officeLocation": { "first": ["$.city"] },
            "birthday": { "first": ["$.born"] },
            "mobilePhone": { "first": ["$.mobile"] },
            "businessPhones": { "all": ["$.phone[?@.kind == 'work'].number"] },
            "categories": { "all": ["$.tags[*]"], "text": ["CRM"] },
            "businessAddress": { "city": { "first": ["$.city"] } },
            "personalNotes": { "lines": [
                { "label": "Größe: ", "first": ["$['Größe']"] },
                { "label": "Summe: ", "first": ["$.total"] },
                { "label": "Telefone: ", "first": ["$['phone count']"] },
            ] },
        },
    });
    let draft: MappingDraft = serde_json::from_value(draft).unwrap();
    Mapping::new(&draft, view).unwrap()
}

/// The fields that the mapping reads.
pub const MAPPED: [&str; 11] = ["name", "employer", "sector", "note", "city", "born", "mobile", "tags", "Größe", "total", "phone count"];

/// Per property what it is made of: fields, or the phones.
pub const INPUTS: [(&str, &[&str]); 12] = [
    ("displayName", &["name", "employer"]),
    ("fileAs", &["name", "employer"]),
    ("companyName", &["employer"]),
    ("department", &["sector"]),
    ("jobTitle", &["note"]),
    ("officeLocation", &["city"]),
    ("birthday", &["born"]),
    ("mobilePhone", &["mobile"]),
    ("businessPhones", &["phone"]),
    ("categories", &["tags"]),
    ("businessAddress", &["city"]),
    ("personalNotes", &["Größe", "total", "phone count"]),
];
