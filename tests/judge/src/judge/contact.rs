//! The contact that a record gives, by the mapping of random worlds, and what of it rights keep from a user.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::Relation;
use adressbote_rules::key::RecordKey;
use serde_json::{Value as Json, json};

use super::eye::Eye;
use crate::world::{COUNTRY, INPUTS, PHONES};

/// Where a number belongs to.
#[derive(Clone, Copy)]
enum Home {
    Germany,
    Austria,
    Unknown,
}

impl Eye<'_> {
    /// The contact of a record that he sees, by the properties' names, the empty ones among them.
    pub fn contact(&self, record: &RecordKey) -> BTreeMap<&'static str, Json> {
        let document = self.document(record);
        let text = |field: &str| document.get(field).and_then(written);
        let rows = |part: &str| document.get(part).and_then(Json::as_array).cloned().unwrap_or_default();
        let home = self.home(record, &rows("company"));
        let kind_is = |row: &Json, is_work: bool| self.reads_input(record, "phone.kind") && (row["kind"] == json!("work")) == is_work;
        let numbers = |is_work: bool| rows("phone").iter().filter(|row| kind_is(row, is_work)).filter_map(|row| written(&row["number"])).collect();
        let mut seen = Vec::new();
        let mut phones = |texts: Vec<String>, most: usize| -> Vec<String> {
            let dialled = without_doubles(texts.iter().map(|text| dialled(text, home)));
            let kept: Vec<String> = dialled.into_iter().filter(|number| !seen.contains(number)).take(most).collect();
            seen.extend(kept.clone());
            kept
        };
        let mobile = phones(text("mobile").into_iter().collect(), 1).into_iter().next();
        let (business, private) = (phones(numbers(true), 2), phones(numbers(false), 2));
        let stand_ins = [text("employer"), mobile.clone(), business.first().cloned(), private.first().cloned()];
        let name = text("name").or_else(|| stand_ins.into_iter().flatten().next()).unwrap_or_else(|| "(ohne Namen)".to_owned());
        let lines = [("Größe: ", "Größe"), ("Summe: ", "total"), ("Telefone: ", "phone count")];
        let lines: Vec<String> = lines.iter().filter_map(|(label, field)| Some(format!("{label}{}", text(field)?))).collect();
        let tags = document.get("tags").and_then(Json::as_array).into_iter().flatten().filter_map(written);
        let address = |city: String| json!({ "city": city, "countryOrRegion": null, "postalCode": null, "state": null, "street": null });
        BTreeMap::from([
            ("displayName", json!(name)),
            ("fileAs", json!(name)),
            ("companyName", json!(text("employer"))),
            ("department", json!(text("sector"))),
            ("jobTitle", json!(text("note"))),
            ("officeLocation", json!(text("city"))),
            ("birthday", json!(text("born").map(|day| format!("{day}T12:00:00Z")))),
            ("assistantName", json!(document.get("phones").and_then(Json::as_array).into_iter().flatten().find_map(written))),
            ("spouseName", json!(rows("phone").first().and_then(|row| written(&row["number"])))),
            ("mobilePhone", json!(mobile)),
            ("businessPhones", json!(business)),
            ("homePhones", json!(private)),
            ("categories", json!(without_doubles(["CRM".to_owned()].into_iter().chain(tags)))),
            ("businessAddress", text("city").map_or(Json::Null, address)),
            ("personalNotes", if lines.is_empty() { Json::Null } else { json!(lines.join("\n")) }),
        ])
    }

    /// A masked country is no country by default.
    fn home(&self, record: &RecordKey, companies: &[Json]) -> Home {
        match companies.first().map(|company| company.get("country")) {
            _ if !self.reads_any(record, "company") => Home::Unknown,
            Some(None) => Home::Unknown,
            None | Some(Some(Json::Null)) => Home::Germany,
            Some(Some(Json::String(country))) if country == "DE" => Home::Germany,
            Some(Some(Json::String(country))) if country == "Österreich" => Home::Austria,
            Some(Some(_)) => Home::Unknown,
        }
    }

    /// Whether field rights alone leave nothing of a property: each of its expressions reads what he may not. `CRM` is everybody's category.
    pub fn is_kept_from(&self, record: &RecordKey, property: &str) -> bool {
        let expressions = expressions(property);
        let is_lost = |inputs: &&[&str]| inputs.iter().any(|input| !self.reads_input(record, input));
        property != "categories" && !expressions.is_empty() && expressions.iter().all(is_lost)
    }

    /// Whether rights could keep a part of a property from him.
    pub fn may_lack_of(&self, record: &RecordKey, property: &str) -> bool {
        inputs(property).into_iter().any(|input| !self.reads_input(record, input) || self.is_limited_in(part_of(input)))
    }

    /// Whether rights do keep a part of what a property is made of from him.
    pub fn lacks_of(&self, record: &RecordKey, property: &str) -> bool {
        inputs(property).into_iter().any(|input| !self.reads_input(record, input) || self.misses_rows(record, part_of(input)))
    }
}

/// What was read to make a property.
pub fn read_for(property: &str) -> BTreeSet<Relation> {
    let shared: Vec<&str> = if PHONES.contains(&property) { PHONES.to_vec() } else { vec![property] };
    let parts = shared.into_iter().flat_map(inputs).map(part_of);
    parts.map(|part| if part == "main" { Relation::View } else { Relation::Part(part.to_owned()) }).collect()
}

/// Whether the mapping fills a property.
pub fn is_mapped(property: &str) -> bool {
    !expressions(property).is_empty()
}

fn expressions(property: &str) -> &'static [&'static [&'static str]] {
    INPUTS.iter().find(|(name, _)| *name == property).map_or(&[], |(_, expressions)| *expressions)
}

fn inputs(property: &str) -> Vec<&'static str> {
    let country = PHONES.contains(&property).then_some(COUNTRY);
    expressions(property).iter().flat_map(|inputs| inputs.iter().copied()).chain(country).collect()
}

/// The part whose rows give an input.
fn part_of(input: &str) -> &str {
    match input {
        "phones" | "mobile" | "phone count" => "phone",
        "employer" | "sector" => "company",
        other => other.split_once('.').map_or("main", |(part, _)| part),
    }
}

/// A value as text; none for null and for texts without a character.
fn written(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The few numbers of random worlds, by hand.
fn dialled(text: &str, home: Home) -> String {
    match (text, home) {
        ("0664 1234567", Home::Germany) => "+496641234567".to_owned(),
        ("0664 1234567", Home::Austria) => "+436641234567".to_owned(),
        (international, _) if international.starts_with('+') => international.replace(' ', ""),
        (other, _) => other.to_owned(),
    }
}

fn without_doubles(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}
