//! A filled contact: the value of every property of the mapping, its digest, and what did not fit.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

use crate::digest::{Digest, DigestKey};
use crate::property::Property;

/// A contact as it is written: every property of the mapping, null or `[]` when empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    pub(super) values: BTreeMap<Property, Json>,
    pub(super) misfits: Vec<Misfit>,
}

impl Filled {
    /// Every property of the mapping with its value.
    pub fn values(&self) -> &BTreeMap<Property, Json> {
        &self.values
    }

    /// What did not fit, in the order of the properties, without doubles; never contents.
    pub fn misfits(&self) -> &[Misfit] {
        &self.misfits
    }

    /// Whether the property has a value.
    pub fn fills(&self, property: Property) -> bool {
        self.values.get(&property).is_some_and(|value| *value != property.empty())
    }

    /// The keyed digest over name and value of every property, in the order of [`Property::ALL`].
    pub fn digest(&self, key: &DigestKey) -> Digest {
        // Values are built with their keys sorted, so their text is canonical however serde_json keeps maps.
        let written: Vec<(&str, String)> = self.values.iter().map(|(property, value)| (property.name(), value.to_string())).collect();
        key.digest("contact", written.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]))
    }
}

/// Something of the record that the contact cannot hold as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Misfit {
    /// The property concerned.
    pub property: Property,
    /// What happened.
    pub what: What,
}

/// What happened to a value that does not fit. Says how much, never what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// More values than Graph takes; the last were dropped.
    TooMany {
        /// How many are in the contact.
        kept: usize,
        /// How many are not.
        dropped: usize,
    },
    /// Longer than Exchange takes; the end was cut off, or everything where a part is worthless.
    TooLong {
        /// Characters kept.
        kept_chars: usize,
        /// Characters it had.
        of: usize,
    },
    /// Control characters were taken out.
    ControlCharacters,
    /// A truth value, object or list of lists; dropped.
    NotText,
    /// No number that can be dialled from abroad; kept as text, without caller ID.
    NotAPhone,
    /// The contact's country is not known by that name; numbers without a country are kept as text, without caller ID.
    UnknownCountry,
    /// An extension, a second ending or a remark behind a number was left out, so that the number is known when it calls.
    ExtensionLeftOut,
    /// No mail address; dropped, because Graph would drop it without a word.
    NotAMail,
    /// A link that is no web page; dropped.
    NotAPage,
    /// No date; dropped.
    NotADate,
    /// A date on which nobody we know was born; dropped.
    ImplausibleDate,
    /// The mapping gave no display name; another property's value stands for it.
    NoName,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { kept, dropped } => write!(f, "too many values: {kept} kept, {dropped} dropped"),
            Self::TooLong { kept_chars, of } => write!(f, "too long: {kept_chars} of {of} characters kept"),
            Self::ControlCharacters => f.write_str("control characters taken out"),
            Self::NotText => f.write_str("not a text: dropped"),
            Self::NotAPhone => f.write_str("not a phone number that can be dialled from abroad: kept as text"),
            Self::UnknownCountry => f.write_str("the contact's country is unknown: number without country kept as text"),
            Self::ExtensionLeftOut => f.write_str("extension or remark behind the number left out"),
            Self::NotAMail => f.write_str("not a mail address: dropped"),
            Self::NotAPage => f.write_str("not a web page: dropped"),
            Self::NotADate => f.write_str("not a date: dropped"),
            Self::ImplausibleDate => f.write_str("not a plausible date: dropped"),
            Self::NoName => f.write_str("no name: another property stands for it"),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.property, self.what)
    }
}
