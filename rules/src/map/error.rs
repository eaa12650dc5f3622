//! Why a draft is no mapping, with the property concerned and what to write instead.

use crate::property::Property;

/// Why a draft is no mapping. `property` is a property's name, a member such as `businessAddress.city`, or `country`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The contact of Microsoft Graph has no such property, or none that a mapping may fill.
    #[error("the mapping fills `{property}`, which is no property of a contact{}", did_you_mean(.nearest.as_deref()))]
    UnknownProperty {
        /// The name as written.
        property: String,
        /// The nearest property there is.
        nearest: Option<String>,
    },
    /// An expression is no JSONPath.
    #[error("`{property}`: `{path}` is no JSONPath (RFC 9535): {why}")]
    NoPath {
        /// Where it stands.
        property: String,
        /// The expression.
        path: String,
        /// What the parser says.
        why: String,
    },
    /// An expression names what the view does not have.
    #[error("`{property}`: `{path}` reads `{name}`, which {place} does not have{}", did_you_mean(.nearest.as_deref()))]
    UnknownName {
        /// Where it stands.
        property: String,
        /// The expression.
        path: String,
        /// The unknown name.
        name: String,
        /// Where the name was looked for.
        place: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// An expression can never give a text.
    #[error("`{property}`: `{path}` {why}")]
    BadPath {
        /// Where it stands.
        property: String,
        /// The expression.
        path: String,
        /// What is wrong and what to write.
        why: String,
    },
    /// The keys do not fit what the property holds.
    #[error("`{property}`: {why}")]
    BadShape {
        /// Where it stands.
        property: String,
        /// What is wrong and what to write.
        why: String,
    },
    /// Exchange would make up a name of its own.
    #[error("the mapping does not fill `displayName`; add an entry for it, or Exchange makes up names of its own")]
    NoDisplayName,
    /// The country of numbers is none whose numbering plan is known.
    #[error("`default_country`: `{code}` is no ISO 3166 code of two letters of a country with phone numbers{}", did_you_mean(.nearest.as_deref()))]
    UnknownCountry {
        /// The code as written.
        code: String,
        /// The code that may be meant.
        nearest: Option<String>,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
}

/// The name most like `name`, if one is like it at all.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|one| (strsim::jaro_winkler(&name, &one.to_lowercase()), one))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, one)| one.to_owned())
}

/// The property with this name.
pub(super) fn property(name: &str) -> Result<Property, MappingError> {
    Property::named(name).ok_or_else(|| MappingError::UnknownProperty {
        property: name.to_owned(),
        nearest: nearest(name, Property::ALL.iter().map(|property| property.name())),
    })
}
