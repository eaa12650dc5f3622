//! Values of fields, and what a viewer sees of them.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::Value as Json;

/// A value as the CRM holds it, already of the type that the view declares.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; never NaN.
    Real(f64),
    /// Text, as it stands in the CRM.
    Text(Arc<str>),
    /// A day without a time.
    Date(NaiveDate),
    /// An instant.
    Moment(DateTime<Utc>),
    /// The values of a multi-valued field, in order; holds no list and no null.
    List(Vec<Value>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// The value as JSON: dates and instants as ISO 8601 text.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::from(*value),
            Self::Int(value) => Json::from(*value),
            Self::Real(value) => Json::from(*value),
            Self::Text(value) => Json::from(value.as_ref()),
            Self::Date(value) => Json::from(value.format("%Y-%m-%d").to_string()),
            Self::Moment(value) => Json::from(value.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Self::List(values) => values.iter().map(Self::to_json).collect(),
        }
    }
}

/// A field of a record as one viewer sees it. Masked is not null: it says nothing, not even that there is no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen<'a> {
    /// The viewer may not read the field.
    Masked,
    /// The viewer may read the field; this is its value, null included.
    Value(Cow<'a, Value>),
}

/// What kind of values a column or field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers.
    Int,
    /// Numbers with fractions.
    Real,
    /// True or false.
    Bool,
    /// Days.
    Date,
    /// Instants.
    Moment,
}

impl Kind {
    /// The word for the kind in profiles and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Real => "real",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::Moment => "moment",
        }
    }
}

/// The type of a field: its kind, and whether it holds many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    /// The kind of each value.
    pub kind: Kind,
    /// Whether the field is multi-valued (a [`Value::List`] or null).
    pub many: bool,
}
