//! `[mapping]`: read by its own words in `rules`, checked here entry by entry so that each mistake has its line.

use std::collections::BTreeMap;

use adressbote_rules::map::{Input, Mapping, MappingDraft, MappingError};
use adressbote_rules::property::Property;
use adressbote_rules::value::Kind;
use adressbote_rules::view::View;
use serde::Deserialize;
use toml::de::ValueDeserializer;

use super::error::{Notes, hint};
use super::section::{Entry, Section};

/// A country that exists, for checking what does not concern it.
const SOME_COUNTRY: &str = "DE";

/// Reads `[mapping]`; the entry tells where it stands.
pub(super) fn read<'d>(root: &mut Section<'d>) -> Option<(MappingDraft, Entry<'d>)> {
    let Some(entry) = root.take("mapping") else {
        root.refuse("`[mapping]` is missing: nothing says how records become contacts".to_owned(), None);
        return None;
    };
    match MappingDraft::deserialize(ValueDeserializer::from(entry.value.clone())) {
        Ok(draft) => Some((draft, entry)),
        Err(error) => {
            let at = error.span().map_or(entry.key.at, |span| span.start);
            let named: Vec<&str> = error.message().split('`').skip(1).step_by(2).collect();
            let hint = named.split_first().filter(|(_, known)| !known.is_empty()).and_then(|(wrong, known)| hint(wrong, known.iter().copied()));
            root.notes().at(at, format!("in [mapping]: {}", error.message()), hint);
            None
        }
    }
}

/// Checks every property by itself, then the country, then that there is a display name.
pub(super) fn check(root: &Section<'_>, (draft, entry): &(MappingDraft, Entry<'_>), view: &View) {
    let notes = root.notes();
    let Some(mut section) = root.open(*entry) else { return };
    let mut place = |key: &'static str| section.take(key).map_or(entry.key.at, |found| found.key.at);
    let (default_at, country_at) = (place("default_country"), place("country"));
    let of = |default_country: &str| MappingDraft { default_country: default_country.to_owned(), country: None, properties: BTreeMap::new() };
    refuse(notes, default_at, Mapping::new(&of(&draft.default_country), view));
    refuse(notes, country_at, Mapping::new(&MappingDraft { country: draft.country.clone(), ..of(SOME_COUNTRY) }, view));
    let Some(mut properties) = section.section("properties") else { return };
    for property in properties.take_all() {
        let Some(own) = draft.properties.get(property.key.text) else { continue };
        let single = BTreeMap::from([(property.key.text.to_owned(), own.clone())]);
        refuse(notes, property.key.at, Mapping::new(&MappingDraft { properties: single, ..of(SOME_COUNTRY) }, view));
    }
    if let Ok(whole) = Mapping::new(draft, view) {
        refuse_instant(notes, entry.key.at, &whole, view);
    }
    let is_named = draft.properties.contains_key("displayName");
    if !is_named {
        notes.at(entry.key.at, MappingError::NoDisplayName.to_string(), None);
    }
}

/// Refuses a birthday from an instant: which day that is depends on where one looks, and many a midnight became the evening before.
fn refuse_instant(notes: &Notes<'_>, at: usize, mapping: &Mapping, view: &View) {
    let inputs = mapping.inputs(Property::Birthday);
    let fields = inputs.iter().filter_map(|input| if let Input::Field(field) = input { view.field(*field) } else { None });
    for field in fields.filter(|field| field.ty.kind == Kind::Moment) {
        let hint = "declare its column as `date`; where the CRM keeps a time with it, cut the day out in SQL: substr(…, 1, 10)";
        notes.at(at, format!("a birthday is a day, but `{}` is an instant", field.name), Some(hint.to_owned()));
    }
}

/// Notes what is wrong with a part of the mapping; that it has no display name says nothing about the part.
fn refuse(notes: &Notes<'_>, at: usize, made: Result<Mapping, MappingError>) {
    let Err(error) = made else { return };
    let path = match &error {
        MappingError::NoDisplayName => return,
        MappingError::NoPath { path, .. } | MappingError::UnknownName { path, .. } | MappingError::BadPath { path, .. } => Some(path),
        MappingError::UnknownProperty { .. } | MappingError::BadShape { .. } | MappingError::UnknownCountry { .. } => None,
    };
    let within = path.and_then(|path| notes.text.get(at..)?.find(path.as_str()));
    let said = error.to_string();
    let (what, hint) = said.split_once("; did you mean ").map_or((said.as_str(), None), |(what, near)| (what, Some(format!("did you mean {near}"))));
    notes.at(at + within.unwrap_or(0), what.to_owned(), hint);
}
