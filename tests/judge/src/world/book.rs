//! The mapping of every random world: most fields, parts, and properties of every shape.

use adressbote_rules::map::{Mapping, MappingDraft};
use adressbote_rules::view::View;
use serde_json::json;

/// The mapping, made once per view.
pub fn mapping(view: &View) -> Mapping {
    let draft = json!({
        "default_country": "DE",
        "country": { "first": ["$.company[0].country"] },
        "properties": {
            "displayName": { "first": ["$.name", "$.employer"] },
            "companyName": { "first": ["$.employer"] },
            "department": { "first": ["$.sector"] },
            "jobTitle": { "first": ["$.note"] },
            "officeLocation": { "first": ["$.city"] },
            "birthday": { "first": ["$.born"] },
            "assistantName": { "first": ["$.phones"] },
            "spouseName": { "first": ["$.phone[0].number"] },
            "mobilePhone": { "first": ["$.mobile"] },
            "businessPhones": { "all": ["$.phone[?@.kind == 'work'].number"] },
            "homePhones": { "all": ["$.phone[?@.kind != 'work'].number"] },
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
pub const MAPPED: [&str; 12] = ["name", "employer", "sector", "note", "city", "born", "mobile", "phones", "tags", "Größe", "total", "phone count"];

/// Per property its expressions, each with what it reads: fields, or columns of parts.
pub const INPUTS: [(&str, &[&[&str]]); 15] = [
    ("displayName", &[&["name"], &["employer"]]),
    ("fileAs", &[&["name"], &["employer"]]),
    ("companyName", &[&["employer"]]),
    ("department", &[&["sector"]]),
    ("jobTitle", &[&["note"]]),
    ("officeLocation", &[&["city"]]),
    ("birthday", &[&["born"]]),
    ("assistantName", &[&["phones"]]),
    ("spouseName", &[&["phone.number"]]),
    ("mobilePhone", &[&["mobile"]]),
    ("businessPhones", &[&["phone.kind", "phone.number"]]),
    ("homePhones", &[&["phone.kind", "phone.number"]]),
    ("categories", &[&["tags"]]),
    ("businessAddress", &[&["city"]]),
    ("personalNotes", &[&["Größe"], &["total"], &["phone count"]]),
];

/// What tells the country of numbers.
pub const COUNTRY: &str = "company.country";

/// The properties that hold phone numbers; a number stands in one of them only.
pub const PHONES: [&str; 3] = ["mobilePhone", "businessPhones", "homePhones"];
