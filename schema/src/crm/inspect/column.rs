//! What a column may hold: what the profile declares for it, or what the form of profiles demands.

use adressbote_rules::crm::Relation;
use adressbote_rules::value::Kind;
use chrono_tz::Tz;

use super::super::value::{self, Cell};
use crate::profile::{Notation, Profile};

/// What a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A key: text that is neither NULL nor empty.
    Key,
    /// A key, or NULL.
    KeyOrNull,
    /// Text, not NULL.
    Text,
    /// True or false, not NULL.
    Flag,
    /// `grant` or `deny`.
    Answer,
    /// A value of a kind, or NULL.
    Value(Notation),
    /// It is not said.
    Anything,
}

impl Form {
    /// What a column of a relation may hold.
    pub(super) fn of(profile: &Profile, relation: &Relation, name: &str) -> Self {
        if let Some(notation) = declared(profile, relation, name) {
            return Self::Value(notation);
        }
        match (relation, name) {
            (Relation::FieldRights, "record") | (_, "book") => Self::KeyOrNull,
            (_, "from" | "until") => Self::Value(Notation::Value(Kind::Moment)),
            (_, "mail") => Self::Value(Notation::Value(Kind::Text)),
            (_, "active" | "internal") => Self::Flag,
            (_, "answer") => Self::Answer,
            (_, "login" | "name" | "by" | "filter") => Self::Text,
            (_, _) => Self::Key,
        }
    }

    /// The form in a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Key | Self::KeyOrNull => "key",
            Self::Text => Kind::Text.word(),
            Self::Flag => Kind::Bool.word(),
            Self::Answer => "answer",
            Self::Value(Notation::Value(kind)) => kind.word(),
            Self::Value(Notation::Html) => "html",
            Self::Anything => "",
        }
    }

    /// Whether a cell fits; why it does not, without its contents.
    pub(super) fn check(self, cell: &Cell<'_>, zone: Tz) -> Result<(), String> {
        let required = || value::text(cell).map_err(|unfit| unfit.to_string())?.ok_or_else(|| "is NULL".to_owned());
        let key = || required().and_then(|key| if key.is_empty() { Err("is empty".to_owned()) } else { Ok(()) });
        match self {
            Self::KeyOrNull if matches!(cell, Cell::Null) => Ok(()),
            Self::Key | Self::KeyOrNull => key(),
            Self::Text => required().map(|_| ()),
            Self::Flag => value::flag(cell).map(|_| ()).map_err(|unfit| unfit.to_string()),
            Self::Answer => match required()?.as_str() {
                "grant" | "deny" => Ok(()),
                _ => Err("is neither `grant` nor `deny`".to_owned()),
            },
            Self::Value(notation) => value::noted(cell, notation, zone, &mut String::new()).map(|_| ()).map_err(|unfit| unfit.to_string()),
            Self::Anything => Ok(()),
        }
    }
}

/// The kind that the profile declares for a column of its own.
fn declared(profile: &Profile, relation: &Relation, name: &str) -> Option<Notation> {
    let part = match relation {
        Relation::Users => return profile.user_columns().get(name).copied().map(Notation::Value),
        Relation::View => "main",
        Relation::Part(part) => part.as_str(),
        _ => return None,
    };
    let part = profile.view().parts().iter().find(|one| one.name == part)?;
    part.columns.iter().find(|column| column.name == name).map(|column| profile.notation(&part.name, column))
}
