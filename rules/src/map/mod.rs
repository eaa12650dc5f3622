//! From a visible record to a Graph contact: JSONPath expressions per property, Graph's limits, numbers for caller ID.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A mapping as a profile writes it: one entry per Graph property, and the country that numbers without one belong to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingDraft {
    /// The ISO 3166 code of the country whose numbers are written without one, where the contact's own address says nothing.
    pub default_country: String,
    /// Graph's property name → how it is filled.
    pub properties: BTreeMap<String, PropertyDraft>,
}

/// How one property is filled, as a profile writes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyDraft {}
