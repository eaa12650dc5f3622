//! The document that the profile must give of a party, written anew from what the ORM read.

use serde_json::{Map, Value as Json, json};

use super::oracle::OracleUser;

/// Columns of a part: our name, Tryton's.
type Columns = &'static [(&'static str, &'static str)];

const ADDRESS: Columns = &[
    ("sequence", "sequence"),
    ("party_name", "party_name"),
    ("attn", "attn"),
    ("street", "street"),
    ("postal_code", "postal_code"),
    ("city", "city"),
    ("subdivision", "subdivision"),
    ("country", "country"),
];
const MECHANISM: Columns = &[("sequence", "sequence"), ("type", "type"), ("value", "value"), ("name", "name"), ("comment", "comment")];
const CATEGORY: Columns = &[("name", "name"), ("path", "rec_name")];

/// The document; what the user may not read is absent.
pub fn of(user: &OracleUser, reading: &Json) -> Json {
    let addresses = rows(user, "party.address", ADDRESS, &reading["addresses"]);
    let mechanisms = rows(user, "party.contact_mechanism", MECHANISM, &reading["contact_mechanisms"]);
    let mut categories = rows(user, "party.category", CATEGORY, &reading["categories"]);
    // The profile orders categories by path, whatever Tryton does.
    categories.sort_by(|left, right| left["path"].as_str().cmp(&right["path"].as_str()));

    let mut document = Map::new();
    let mut put = |name: &str, sources: &[&str], value: &dyn Fn() -> Json| {
        if sources.iter().all(|source| user.reads(source)) {
            document.insert(name.to_owned(), value());
        }
    };
    put("Name", &["party.party.name"], &|| reading["party"]["name"].clone());
    put("Nummer", &["party.party.code"], &|| reading["party"]["code"].clone());
    for (name, column) in [("Straße", "street"), ("PLZ", "postal_code"), ("Ort", "city"), ("Bundesland", "subdivision"), ("Land", "country")] {
        put(name, &[&format!("party.address.{column}")], &|| addresses.first().map_or(Json::Null, |row| row[column].clone()));
    }
    put("Länder", &["party.address.country"], &|| addresses.iter().map(|row| row["country"].clone()).filter(|one| !one.is_null()).collect());
    for (name, kind) in [("Telefon", "phone"), ("Mobil", "mobile"), ("Mail", "email")] {
        put(name, &["party.contact_mechanism.value", "party.contact_mechanism.type"], &|| {
            let mut fitting = mechanisms.iter().filter(|row| row["type"] == kind).map(|row| row["value"].clone());
            fitting.find(|value| !value.is_null()).unwrap_or_default()
        });
    }
    put("Kategorien", &["party.category.name"], &|| categories.iter().map(|row| row["name"].clone()).collect());
    for (name, field, rows) in
        [("address", "addresses", addresses), ("mechanism", "contact_mechanisms", mechanisms), ("category", "categories", categories)]
    {
        // Rows of which nothing may be read are not even counted. Tryton would show the path of a category whose name is denied; here it is masked.
        if user.reads(&format!("party.party.{field}")) && (name != "category" || user.reads("party.category.name")) {
            document.insert(name.to_owned(), Json::from(rows));
        }
    }
    Json::Object(document)
}

/// The rows of a part. A denied column must be absent from the ORM's answer, a readable one present.
fn rows(user: &OracleUser, model: &str, columns: Columns, read: &Json) -> Vec<Json> {
    let row = |read: &Json| {
        let mut row = Map::new();
        for (ours, theirs) in columns {
            let value = read.get(theirs);
            assert_eq!(value.is_some(), user.reads(&format!("{model}.{theirs}")), "{model}.{theirs} of {}", user.login);
            row.extend(value.map(|value| ((*ours).to_owned(), value.clone())));
        }
        // These two are aids of the profile: Tryton's order is "without a sequence first, then by it, then by id".
        if columns.iter().any(|(ours, _)| *ours == "sequence") {
            row.extend(row.get("sequence").map(|sequence| ("has_sequence".to_owned(), json!(!sequence.is_null()))));
            row.insert("id".to_owned(), read["id"].clone());
        }
        Json::Object(row)
    };
    read.as_array().unwrap().iter().map(row).collect()
}

/// Fields that differ between two documents, and how many there are in the second; rows of parts count by column.
pub fn differences(ours: &Json, expected: &Json) -> (Vec<String>, usize) {
    let mut differing = Vec::new();
    compare("", ours, expected, &mut differing);
    (differing, leaves(expected))
}

fn compare(path: &str, ours: &Json, expected: &Json, differing: &mut Vec<String>) {
    match (ours, expected) {
        (Json::Object(ours), Json::Object(expected)) => {
            let names = ours.keys().chain(expected.keys().filter(|name| !ours.contains_key(*name)));
            for name in names {
                match (ours.get(name), expected.get(name)) {
                    (Some(ours), Some(expected)) => compare(&format!("{path}/{name}"), ours, expected, differing),
                    (ours, expected) => differing.push(format!("{path}/{name}: {ours:?}, and Tryton shows {expected:?}")),
                }
            }
        }
        (Json::Array(ours), Json::Array(expected)) if ours.len() == expected.len() => {
            for (place, (ours, expected)) in ours.iter().zip(expected).enumerate() {
                compare(&format!("{path}/{place}"), ours, expected, differing);
            }
        }
        (ours, expected) if ours == expected => {}
        (ours, expected) => differing.push(format!("{path}: {ours}, and Tryton shows {expected}")),
    }
}

fn leaves(value: &Json) -> usize {
    match value {
        Json::Object(members) => members.values().map(leaves).sum(),
        Json::Array(values) => values.iter().map(leaves).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 1,
    }
}
