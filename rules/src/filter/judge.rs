//! Judging a filter: SQL's three truth values, and one rule before all others: an atom that touches something masked is unknown.

use std::cmp::Ordering;

use chrono::Duration;

use super::compare::{Item, equal, order};
use super::tree::{Atom, Comparison, Matching, Node, Operand, Origin, Source};
use super::{Circumstances, Readable, Truth};
use crate::key::{GroupKey, UserKey};
use crate::person::Person;
use crate::value::{Seen, Value};

impl Truth {
    /// True or false if it is known.
    fn known(value: Option<bool>) -> Self {
        match value {
            Some(true) => Self::True,
            Some(false) => Self::False,
            None => Self::Unknown,
        }
    }

    /// `NOT`
    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    /// `AND`; the first that is false decides.
    fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::True;
        for truth in truths {
            match truth {
                Self::False => return Self::False,
                Self::Unknown => all = Self::Unknown,
                Self::True => {}
            }
        }
        all
    }

    /// `OR`; the first that is true decides.
    fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        Self::all(truths.into_iter().map(Self::not)).not()
    }
}

impl Node {
    pub(super) fn judge(&self, record: &impl Readable, at: Circumstances<'_>) -> Truth {
        match self {
            Self::All(parts) => Truth::all(parts.iter().map(|part| part.judge(record, at))),
            Self::Any(parts) => Truth::any(parts.iter().map(|part| part.judge(record, at))),
            Self::Not(inner) => inner.judge(record, at).not(),
            Self::Atom(atom) => atom.judge(record, at),
        }
    }
}

impl Atom {
    pub(super) fn judge(&self, record: &impl Readable, at: Circumstances<'_>) -> Truth {
        match self {
            Self::Constant(value) => Truth::known(Some(*value)),
            Self::Holds(source) => match Item::from(&source.read(record, at)) {
                Item::Bool(value) => Truth::known(Some(value)),
                _ => Truth::Unknown,
            },
            Self::Compare { left, comparison, right, matching } => {
                let (left, right) = (left.read(record, at), right.read(record, at));
                compare(left.item(), *comparison, right.item(), *matching, at)
            }
            Self::Between { what, low, high, matching } => {
                let (what, low, high) = (what.read(record, at), low.read(record, at), high.read(record, at));
                if [what.item(), low.item(), high.item()].contains(&Item::Masked) {
                    return Truth::Unknown;
                }
                let above = compare(what.item(), Comparison::GreaterOrEqual, low.item(), *matching, at);
                let below = compare(what.item(), Comparison::LessOrEqual, high.item(), *matching, at);
                Truth::all([above, below])
            }
            Self::In { what, list } => match what.read(record, at).item() {
                Item::Masked | Item::Null | Item::List => Truth::Unknown,
                item => match list.contains(item) {
                    Some(false) if list.has_null() => Truth::Unknown,
                    found => Truth::known(found),
                },
            },
            Self::Like { what, pattern } => match what.read(record, at).item() {
                Item::Text(text, _) => Truth::known(Some(pattern.fits(text))),
                _ => Truth::Unknown,
            },
            Self::IsNull(source) => match Item::from(&source.read(record, at)) {
                Item::Masked => Truth::Unknown,
                item => Truth::known(Some(item == Item::Null)),
            },
            Self::Member { what, set, matching } => {
                let what = what.read(record, at);
                match what.item() {
                    Item::Masked => Truth::Unknown,
                    item => set.read_set(record, at).has(item, *matching),
                }
            }
        }
    }
}

fn compare(left: Item<'_>, comparison: Comparison, right: Item<'_>, matching: Matching, at: Circumstances<'_>) -> Truth {
    Truth::known(match comparison {
        Comparison::Equal => equal(left, right, matching),
        Comparison::NotEqual => equal(left, right, matching).map(|is_equal| !is_equal),
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
            order(left, right, matching, at.text).map(|order: Ordering| comparison.accepts(order))
        }
    })
}

/// A value that was read, kept so that items can borrow from it.
pub(super) enum Held<'a> {
    Seen(Seen<'a>),
    Item(Item<'a>),
}

impl Held<'_> {
    pub(super) fn item(&self) -> Item<'_> {
        match self {
            Self::Seen(seen) => Item::from(seen),
            Self::Item(item) => *item,
        }
    }
}

impl Operand {
    pub(super) fn read<'a>(&'a self, record: &'a impl Readable, at: Circumstances<'a>) -> Held<'a> {
        match self {
            Self::Of(source) => source.read_one(record, at),
            Self::Count(source) => Held::Item(source.read_set(record, at).count()),
            Self::Literal(literal) => Held::Item(Item::from(literal)),
            Self::Today(days) => {
                let day = at.today.checked_add_signed(Duration::days(i64::from(*days)));
                // No day is that far away; the parser's bound keeps every date of a calendar within reach.
                Held::Item(day.map_or(Item::Null, Item::Date))
            }
        }
    }
}

impl Source {
    /// The value, whatever it is.
    fn read<'a>(&'a self, record: &'a impl Readable, at: Circumstances<'a>) -> Seen<'a> {
        match (self.origin, at.who) {
            (Origin::Field(field), _) => record.field(field),
            (Origin::User, Some(person)) => person.attribute(&self.name),
            (Origin::User, None) => Seen::Masked,
        }
    }

    /// The single value; the user's id, login and mail are lent, not copied.
    fn read_one<'a>(&'a self, record: &'a impl Readable, at: Circumstances<'a>) -> Held<'a> {
        match (self.origin, at.who, self.name.as_ref()) {
            (Origin::User, Some(person), "id") => Held::Item(Item::Text(person.id.as_str(), None)),
            (Origin::User, Some(person), "login") => Held::Item(Item::Text(&person.login, None)),
            (Origin::User, Some(Person { mail, .. }), "mail") => Held::Item(mail.as_ref().map_or(Item::Null, |mail| Item::Text(mail, None))),
            _ => Held::Seen(self.read(record, at)),
        }
    }

    /// The values of a multi-valued source; groups and deputies are lent, not copied.
    fn read_set<'a>(&'a self, record: &'a impl Readable, at: Circumstances<'a>) -> Set<'a> {
        match (self.origin, at.who, self.name.as_ref()) {
            (Origin::User, Some(person), "groups") => Set::Groups(&person.groups),
            (Origin::User, Some(person), "stands_for") => Set::Users(&person.stands_for),
            _ => Set::Seen(self.read(record, at)),
        }
    }
}

impl Source {
    /// The values of a multi-valued source; none if it is masked, or null.
    pub(super) fn values(&self, record: &impl Readable, at: Circumstances<'_>) -> Option<Vec<Value>> {
        match self.read(record, at) {
            Seen::Masked => None,
            Seen::Value(value) => match value.into_owned() {
                Value::List(values) => Some(values),
                _ => None,
            },
        }
    }
}

/// The values of a multi-valued source.
enum Set<'a> {
    Seen(Seen<'a>),
    Groups(&'a [GroupKey]),
    Users(&'a [UserKey]),
}

impl Set<'_> {
    fn count(&self) -> Item<'static> {
        let count = match self {
            Self::Seen(Seen::Masked) => return Item::Masked,
            Self::Seen(Seen::Value(value)) => match value.as_ref() {
                Value::List(values) => values.len(),
                _ => return Item::Null,
            },
            Self::Groups(groups) => groups.len(),
            Self::Users(users) => users.len(),
        };
        i64::try_from(count).map_or(Item::Null, Item::Int)
    }

    fn has(&self, item: Item<'_>, matching: Matching) -> Truth {
        match self {
            Self::Seen(Seen::Masked) => Truth::Unknown,
            Self::Seen(Seen::Value(value)) => match value.as_ref() {
                Value::List(values) => Self::any(values.iter().map(Item::from), item, matching),
                _ => Truth::Unknown,
            },
            Self::Groups(groups) => Self::any(groups.iter().map(|group| Item::Text(group.as_str(), None)), item, matching),
            Self::Users(users) => Self::any(users.iter().map(|user| Item::Text(user.as_str(), None)), item, matching),
        }
    }

    fn any<'b>(values: impl Iterator<Item = Item<'b>>, item: Item<'_>, matching: Matching) -> Truth {
        Truth::any(values.map(|value| Truth::known(equal(item, value, matching))))
    }
}
