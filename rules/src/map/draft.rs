//! A mapping as a profile writes it, before anything in it is checked.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A mapping as a profile writes it: one entry per Graph property, and the country that numbers without one belong to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingDraft {
    /// The ISO 3166 code of the country whose numbers are written without one, where the contact's own address says nothing.
    pub default_country: String,
    /// What the contact's own address says: an ISO code, or the country's name in German, English or its own language.
    pub country: Option<MemberDraft>,
    /// Graph's property name → how it is filled.
    pub properties: BTreeMap<String, PropertyDraft>,
}

/// How one property is filled, as a profile writes it. Which keys fit depends on what the property holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyDraft {
    /// The first expression that gives a value.
    pub first: Option<Vec<String>>,
    /// Every value of every expression, in order, without doubles.
    pub all: Option<Vec<String>>,
    /// The values of the expressions, those that are not empty, joined by `with`.
    pub join: Option<Vec<String>>,
    /// What stands between joined values.
    pub with: Option<String>,
    /// Constant values; they stand before those of `all`.
    pub text: Option<Vec<String>>,
    /// One line per entry that has a value.
    pub lines: Option<Vec<LineDraft>>,
    /// Street and house number of an address.
    pub street: Option<MemberDraft>,
    /// Town of an address.
    pub city: Option<MemberDraft>,
    /// State or province of an address.
    pub state: Option<MemberDraft>,
    /// Postal code of an address.
    #[serde(rename = "postalCode")]
    pub postal_code: Option<MemberDraft>,
    /// Country of an address.
    #[serde(rename = "countryOrRegion")]
    pub country_or_region: Option<MemberDraft>,
}

/// How one line of text is filled: a member of an address, or the country of numbers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberDraft {
    /// The first expression that gives a value.
    pub first: Option<Vec<String>>,
    /// The values of the expressions, those that are not empty, joined by `with`.
    pub join: Option<Vec<String>>,
    /// What stands between joined values.
    pub with: Option<String>,
    /// One constant value.
    pub text: Option<Vec<String>>,
}

/// A line of a note.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineDraft {
    /// What stands before the value.
    #[serde(default)]
    pub label: String,
    /// The first expression that gives a value; without one there is no line.
    pub first: Vec<String>,
}
