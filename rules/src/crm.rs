//! The CRM as read at one moment: every relation as rows with the proof that it was read completely. Plain values; [`crate::sight`] builds on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::filter::{Filter, FilterError};
use crate::key::{GroupKey, PartKey, Principal, RecordKey, Source, UserKey};
use crate::time::Period;
use crate::value::{Kind, Value};
use crate::view::{PartId, View};

/// A relation of the CRM, for reports and for what a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The users.
    Users,
    /// The groups and their names.
    Groups,
    /// Who holds which principal.
    Holds,
    /// Which principal implies which other.
    Implies,
    /// Who stands for whom.
    Deputies,
    /// The view's main rows.
    View,
    /// The rows of a part, by its name.
    Part(String),
    /// The rows of a right rule, by its name.
    Rule(String),
    /// Who is exempt from a right rule, by its name.
    RuleExempt(String),
    /// The bars.
    Bars,
    /// The field rights.
    FieldRights,
    /// Who is exempt from field rights.
    FieldRightsExempt,
    /// Who is a candidate for a seat.
    Seats,
    /// Who subscribed what.
    Subscriptions,
    /// The filters.
    Filters,
    /// The persons erased.
    Erased,
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Users => f.write_str("users"),
            Self::Groups => f.write_str("groups"),
            Self::Holds => f.write_str("holds"),
            Self::Implies => f.write_str("implies"),
            Self::Deputies => f.write_str("deputies"),
            Self::View => f.write_str("view"),
            Self::Part(name) => write!(f, "part `{name}`"),
            Self::Rule(name) => write!(f, "rule `{name}`"),
            Self::RuleExempt(name) => write!(f, "exemptions of rule `{name}`"),
            Self::Bars => f.write_str("bars"),
            Self::FieldRights => f.write_str("field rights"),
            Self::FieldRightsExempt => f.write_str("exemptions of field rights"),
            Self::Seats => f.write_str("seats"),
            Self::Subscriptions => f.write_str("subscriptions"),
            Self::Filters => f.write_str("filters"),
            Self::Erased => f.write_str("erased"),
        }
    }
}

/// Rows whose number was counted in the same snapshot and found equal: only this lets a missing row mean something.
#[derive(Clone, Debug)]
pub struct Proven<T> {
    rows: Vec<T>,
}

/// Why a relation is not proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The database counted another number of rows in the same snapshot.
    #[error("{read} rows were read, the database counted {counted}")]
    Miscounted {
        /// Rows read.
        read: u64,
        /// Rows counted.
        counted: u64,
    },
    /// The count was NULL or did not come.
    #[error("the database gave no count")]
    Uncounted,
    /// It had rows in the last pass and has none now.
    #[error("it is empty; in the last pass it had {before} rows")]
    Emptied {
        /// Rows in the last pass.
        before: u64,
    },
    /// It lost more rows than its limit allows.
    #[error("it shrank from {before} to {now} rows, more than {limit_percent} %")]
    Shrunk {
        /// Rows in the last pass.
        before: u64,
        /// Rows now.
        now: u64,
        /// The limit, in per cent of `before`.
        limit_percent: u8,
    },
    /// Reading failed.
    #[error("it could not be read: {0}")]
    Unread(String),
    /// The profile found something in it that it cannot express.
    #[error("it holds what the profile does not understand: {0}")]
    NotUnderstood(String),
    /// A row without a record of its own could not be read.
    #[error("{count} of its rows could not be read, the first: {first}")]
    BadRows {
        /// How many.
        count: u64,
        /// What was wrong with the first, without contents.
        first: String,
    },
}

/// A relation as read: proven, or doubtful with the rows that were read.
#[derive(Clone, Debug)]
pub enum Reading<T> {
    /// Read completely.
    Proven(Proven<T>),
    /// Perhaps not complete.
    Doubtful {
        /// What was read.
        rows: Vec<T>,
        /// Why it is doubtful.
        doubt: Doubt,
    },
}

impl<T> Reading<T> {
    /// Takes rows and the count that the database gave in the same snapshot; equal numbers are the proof.
    pub fn counted(rows: Vec<T>, counted: Option<u64>) -> Self {
        let read = rows.len() as u64;
        match counted {
            Some(counted) if counted == read => Self::Proven(Proven { rows }),
            Some(counted) => Self::Doubtful { rows, doubt: Doubt::Miscounted { read, counted } },
            None => Self::Doubtful { rows, doubt: Doubt::Uncounted },
        }
    }

    /// A relation that the profile does not have: it is empty, and that is certain.
    pub fn absent() -> Self {
        Self::Proven(Proven { rows: Vec::new() })
    }

    /// The same with rows of our own added: those are complete by themselves, the proof stays as it is.
    #[must_use]
    pub fn with(self, ours: impl IntoIterator<Item = T>) -> Self {
        let joined = |mut rows: Vec<T>| {
            rows.extend(ours);
            rows
        };
        match self {
            Self::Proven(Proven { rows }) => Self::Proven(Proven { rows: joined(rows) }),
            Self::Doubtful { rows, doubt } => Self::Doubtful { rows: joined(rows), doubt },
        }
    }

    /// The same rows, doubtful; a reading that is doubtful already keeps its first doubt.
    #[must_use]
    pub fn doubted(self, doubt: Doubt) -> Self {
        match self {
            Self::Proven(Proven { rows }) => Self::Doubtful { rows, doubt },
            Self::Doubtful { .. } => self,
        }
    }

    /// The rows, proven or not.
    pub fn rows(&self) -> &[T] {
        match self {
            Self::Proven(Proven { rows }) | Self::Doubtful { rows, .. } => rows,
        }
    }

    /// Why the relation is doubtful, if it is.
    pub fn doubt(&self) -> Option<&Doubt> {
        match self {
            Self::Proven(_) => None,
            Self::Doubtful { doubt, .. } => Some(doubt),
        }
    }

    /// Changes the rows by a function that neither adds nor drops any; the proof stays.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Reading<U> {
        match self {
            Self::Proven(Proven { rows }) => Reading::Proven(Proven { rows: rows.into_iter().map(change).collect() }),
            Self::Doubtful { rows, doubt } => Reading::Doubtful { rows: rows.into_iter().map(change).collect(), doubt },
        }
    }
}

/// A user of the CRM.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRow {
    /// The key.
    pub key: UserKey,
    /// The name used to log in.
    pub login: String,
    /// The mail address, by which the mailbox is found once.
    pub mail: Option<String>,
    /// Whether the user may work in the CRM at all; one who may not has left.
    pub is_active: bool,
    /// Whether the user is of the company (not a guest or partner); only these hold `everyone`.
    pub is_internal: bool,
    /// The user's own columns, as `user.NAME` in filters; the source for field rights is `user.NAME`.
    pub attributes: BTreeMap<String, Value>,
}

/// A group of the CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// The key.
    pub key: GroupKey,
    /// The name people know.
    pub name: String,
}

/// A user holds a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRow {
    /// Who holds it.
    pub user: UserKey,
    /// What is held.
    pub principal: Principal,
    /// When.
    pub during: Period,
}

/// Whoever holds one principal holds another too (a member of an inner group is one of the outer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImplyRow {
    /// The principal held.
    pub principal: Principal,
    /// The principal that follows.
    pub implied: Principal,
    /// When.
    pub during: Period,
}

/// A user stands for another one, as `user.stands_for` in filters; rights come by [`HoldRow`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeputyRow {
    /// The deputy.
    pub user: UserKey,
    /// Whom the deputy stands for.
    pub stands_for: UserKey,
    /// When.
    pub during: Period,
}

/// The main row of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordRow {
    /// The key.
    pub key: RecordKey,
    /// The values of the main part's columns.
    pub values: Vec<Value>,
}

/// A row of another part.
#[derive(Clone, Debug, PartialEq)]
pub struct PartRow {
    /// The record it belongs to.
    pub record: RecordKey,
    /// The key of the thing it shows. Where two records have a row with one key (a company), it is the same thing, and rights on it count for both.
    pub key: PartKey,
    /// The values of the part's columns.
    pub values: Vec<Value>,
}

/// What a right rule speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whole records; rows carry the record's key.
    Record,
    /// The rows of a part; rows carry the part row's key.
    Part(PartId),
    /// One source of each record; rows carry the record's key.
    Source(Source),
}

/// The shape of a right rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleShape {
    /// The rule's name in the profile.
    pub name: String,
    /// What it speaks of.
    pub target: Target,
    /// Whether something without any row under this rule is open to all; otherwise it is hidden.
    pub is_open_by_default: bool,
}

/// A principal is listed under a rule for a record or part row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightRow {
    /// The key of the record or part row.
    pub of: Arc<str>,
    /// Who may read it as far as this rule goes.
    pub principal: Principal,
    /// When.
    pub during: Period,
}

/// Who holds the principal is exempt from a rule, or from field rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptRow {
    /// The principal.
    pub principal: Principal,
    /// When.
    pub during: Period,
}

/// A right rule with its rows. All rules must agree for a record to be visible.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What the rule is.
    pub shape: RuleShape,
    /// Who is listed for what.
    pub rows: Reading<RightRow>,
    /// Who is exempt.
    pub exempt: Reading<ExemptRow>,
}

/// Whoever holds the principal does not see the record, whatever else grants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarRow {
    /// The record.
    pub record: RecordKey,
    /// Who is barred.
    pub principal: Principal,
    /// When.
    pub during: Period,
}

/// What one field right says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The source may be read.
    Grant,
    /// The source may not be read.
    Deny,
}

/// A field right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRightRow {
    /// Whom it speaks of.
    pub principal: Principal,
    /// Which source it speaks of.
    pub source: Source,
    /// What it says.
    pub answer: Answer,
    /// The record it is limited to; none: all records.
    pub record: Option<RecordKey>,
    /// When.
    pub during: Period,
}

/// How the answers of several principals combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Combine {
    /// Any denial masks; the strictest, and the default.
    #[default]
    DenialWins,
    /// Any grant lifts every denial.
    GrantLiftsDenial,
    /// The user's own answer before a role's (`role:…`), before any other's; among equals a denial wins.
    NearestFirst,
}

/// What it means when no field right speaks of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Silence {
    /// It may not be read; the strictest, and the default.
    #[default]
    Masked,
    /// It may be read.
    Readable,
}

/// A candidate for a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRow {
    /// Who.
    pub user: UserKey,
    /// When.
    pub during: Period,
}

/// A record reserved for a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// The record.
    pub record: RecordKey,
    /// For whom.
    pub principal: Principal,
    /// For which address book; none: for every one.
    pub book: Option<Arc<str>>,
    /// Who made it.
    pub by: Arc<str>,
    /// When it counts.
    pub during: Period,
}

/// A filter stored for a user (`user:…`) or group (`group:…`).
#[derive(Clone, Debug)]
pub struct FilterRow {
    /// Whose filter it is.
    pub holder: Principal,
    /// For which address book; none: for every one.
    pub book: Option<String>,
    /// The filter; one that cannot be understood makes only its holders' filters doubtful.
    pub filter: Result<Filter, FilterError>,
}

/// A person taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasedRow {
    /// The record.
    pub record: RecordKey,
}

/// A record that is doubtful alone: one of its rows could not be read, or its key is double.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDoubt {
    /// The record.
    pub record: RecordKey,
    /// In which relation.
    pub relation: Relation,
    /// What is wrong, without contents.
    pub why: String,
}

/// A user who is doubtful alone: one of his rows could not be read, or his key is double. Nothing changes in his folder but for erasures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDoubt {
    /// The user.
    pub user: UserKey,
    /// What is wrong, without contents.
    pub why: String,
}

/// Everything read of a CRM at one moment, with the settings of its profile that give it meaning.
#[derive(Clone, Debug)]
pub struct Crm {
    /// The shape of records.
    pub view: Arc<View>,
    /// The user's own columns and their kinds, as the profile declares them.
    pub user_columns: BTreeMap<String, Kind>,
    /// How field rights combine.
    pub combine: Combine,
    /// What it means when none speaks.
    pub silence: Silence,
    /// The users.
    pub users: Reading<UserRow>,
    /// The groups.
    pub groups: Reading<GroupRow>,
    /// Who holds what.
    pub holds: Reading<HoldRow>,
    /// What implies what.
    pub implies: Reading<ImplyRow>,
    /// Who stands for whom.
    pub deputies: Reading<DeputyRow>,
    /// The main rows. A double key is two rows here; the record is then doubtful alone.
    pub records: Reading<RecordRow>,
    /// The rows of the other parts, in the order of the view's parts after `main`.
    pub parts: Vec<Reading<PartRow>>,
    /// The right rules.
    pub rules: Vec<Rule>,
    /// The bars.
    pub bars: Reading<BarRow>,
    /// The field rights.
    pub field_rights: Reading<FieldRightRow>,
    /// Who is exempt from field rights.
    pub field_rights_exempt: Reading<ExemptRow>,
    /// Candidates for seats.
    pub seats: Reading<SeatRow>,
    /// Subscriptions.
    pub subscriptions: Reading<SubscriptionRow>,
    /// Filters.
    pub filters: Reading<FilterRow>,
    /// Erased persons, as the CRM lists them.
    pub erased: Reading<ErasedRow>,
    /// Records of persons whom we took out ourselves, whether the view has them or not: certain, whatever the CRM lists.
    pub erased_here: BTreeSet<RecordKey>,
    /// Records that are doubtful alone.
    pub doubtful_records: Vec<RecordDoubt>,
    /// Users who are doubtful alone.
    pub doubtful_users: Vec<UserDoubt>,
}

impl Crm {
    /// The relations that are not proven, with the reason.
    pub fn doubts(&self) -> BTreeMap<Relation, Doubt> {
        let parts = self.view.parts().iter().skip(1).zip(&self.parts).map(|(part, reading)| (Relation::Part(part.name.clone()), reading.doubt()));
        let rules = self.rules.iter().flat_map(|rule| {
            let name = &rule.shape.name;
            [(Relation::Rule(name.clone()), rule.rows.doubt()), (Relation::RuleExempt(name.clone()), rule.exempt.doubt())]
        });
        let others = [
            (Relation::Users, self.users.doubt()),
            (Relation::Groups, self.groups.doubt()),
            (Relation::Holds, self.holds.doubt()),
            (Relation::Implies, self.implies.doubt()),
            (Relation::Deputies, self.deputies.doubt()),
            (Relation::View, self.records.doubt()),
            (Relation::Bars, self.bars.doubt()),
            (Relation::FieldRights, self.field_rights.doubt()),
            (Relation::FieldRightsExempt, self.field_rights_exempt.doubt()),
            (Relation::Seats, self.seats.doubt()),
            (Relation::Subscriptions, self.subscriptions.doubt()),
            (Relation::Filters, self.filters.doubt()),
            (Relation::Erased, self.erased.doubt()),
        ];
        parts.chain(rules).chain(others).filter_map(|(relation, doubt)| Some((relation, doubt?.clone()))).collect()
    }
}
