//! A mapping fills no contact from a document of one's own.
use adressbote_rules::map::Mapping;
use adressbote_rules::property::Property;
use serde_json::json;

pub fn map(mapping: &Mapping) {
    let document = json!({ "name": "Ada Beispiel" });
    drop((mapping.inputs(Property::DisplayName), document));
}

pub fn main() {}
