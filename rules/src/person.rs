//! The user being evaluated, as `user.*` in filters: only what that user may read of himself.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::key::{GroupKey, UserKey};
use crate::value::{Kind, Seen, Type, Value};

/// A user as filters know him.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// `user.id`
    pub id: UserKey,
    /// `user.login`
    pub login: String,
    /// `user.mail`
    pub mail: Option<String>,
    /// `user.groups`: the groups whose principal he holds, sorted.
    pub groups: Vec<GroupKey>,
    /// `user.stands_for`: the users he stands for, sorted.
    pub stands_for: Vec<UserKey>,
    /// His own columns; none where a field right masks them.
    pub columns: BTreeMap<String, Option<Value>>,
}

impl Person {
    /// The names that exist for every user, with their types.
    pub const BUILT_IN: [(&'static str, Type); 5] = [
        ("id", Type { kind: Kind::Text, many: false }),
        ("login", Type { kind: Kind::Text, many: false }),
        ("mail", Type { kind: Kind::Text, many: false }),
        ("groups", Type { kind: Kind::Text, many: true }),
        ("stands_for", Type { kind: Kind::Text, many: true }),
    ];

    /// What `user.name` gives. A column that the profile does not declare is masked.
    pub fn attribute(&self, name: &str) -> Seen<'_> {
        let list = |keys: Vec<Value>| Seen::Value(Cow::Owned(Value::List(keys)));
        match name {
            "id" => Seen::Value(Cow::Owned(Value::text(self.id.as_str()))),
            "login" => Seen::Value(Cow::Owned(Value::text(&self.login))),
            "mail" => Seen::Value(Cow::Owned(self.mail.as_ref().map_or(Value::Null, Value::text))),
            "groups" => list(self.groups.iter().map(|group| Value::text(group.as_str())).collect()),
            "stands_for" => list(self.stands_for.iter().map(|user| Value::text(user.as_str())).collect()),
            column => match self.columns.get(column) {
                Some(Some(value)) => Seen::Value(Cow::Borrowed(value)),
                Some(None) | None => Seen::Masked,
            },
        }
    }
}
