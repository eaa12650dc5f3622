//! How values stand in cells: instants as milliseconds since 1970, sets of properties as Graph's names, digests as 16 bytes, enums as their words.

use adressbote_rules::digest::Digest;
use adressbote_rules::property::{Properties, Property};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::StateError;

pub(super) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

pub(super) fn instant(millis: i64) -> Result<DateTime<Utc>, StateError> {
    DateTime::from_timestamp_millis(millis).ok_or(StateError::Unreadable { what: "an instant" })
}

pub(super) fn instant_or_none(millis: Option<i64>) -> Result<Option<DateTime<Utc>>, StateError> {
    millis.map(instant).transpose()
}

pub(super) fn names(properties: &Properties) -> String {
    properties.iter().map(|property| property.name()).collect::<Vec<_>>().join(",")
}

pub(super) fn property(name: &str) -> Result<Property, StateError> {
    Property::named(name).ok_or(StateError::Unreadable { what: "a property of contacts" })
}

pub(super) fn properties(names: &str) -> Result<Properties, StateError> {
    names.split(',').filter(|name| !name.is_empty()).map(property).collect()
}

pub(super) fn bytes(digest: Option<&Digest>) -> Option<&[u8]> {
    digest.map(|digest| digest.0.as_slice())
}

pub(super) fn digest(bytes: &[u8]) -> Result<Digest, StateError> {
    bytes.try_into().map(Digest).map_err(|_| StateError::Unreadable { what: "a digest" })
}

pub(super) fn digest_or_none(bytes: Option<&[u8]>) -> Result<Option<Digest>, StateError> {
    bytes.map(digest).transpose()
}

/// The word of a value of an enum without fields, as serde has it.
pub(super) fn word<T: Serialize>(value: T) -> Result<String, StateError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) | Err(_) => Err(StateError::Unreadable { what: "a word" }),
    }
}

/// The value of a word; `what` names it if there is none.
pub(super) fn of_word<T: DeserializeOwned>(word: &str, what: &'static str) -> Result<T, StateError> {
    let words: StrDeserializer<'_, WordError> = word.into_deserializer();
    T::deserialize(words).map_err(|_| StateError::Unreadable { what })
}

/// A count for a cell; one that no cell can hold is as good as the largest.
pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn of_count(count: i64) -> Result<u64, StateError> {
    u64::try_from(count).map_err(|_| StateError::Unreadable { what: "a count" })
}
