//! A closer look at a CRM, for a person who checks a profile: what stands in each column, how long each statement takes, what points nowhere, what is
//! never used. Numbers, names and keys; values only where they are asked for.

mod catalogue;
mod column;
mod listed;
pub(super) mod pointing;
mod unused;

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use adressbote_rules::crm::Relation;
use serde::Serialize;

pub use self::catalogue::catalogue;
use self::column::Form;
pub use self::listed::Listed;
pub(super) use self::listed::Lister;
pub use self::unused::{Unused, unused};
use super::relation::stem;
use super::value::{self, Cell};
use super::{CrmError, CrmSource, Session};
use crate::profile::{Expected, Profile, Query};

/// How many values are shown of those that fit no kind.
const EXAMPLES: usize = 3;

/// The longest value shown, in characters.
const LONGEST_EXAMPLE: usize = 80;

/// What is wanted of a closer look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// From which duration on a statement's plan is shown.
    pub slow: Duration,
    /// Whether values that fit no kind are shown.
    pub contents: bool,
}

/// The statements of a profile as they were carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// Each relation, and each statement that asks for doubts.
    pub relations: Vec<RelationInspected>,
}

/// What one statement gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelationInspected {
    /// The relation's name; `doubt_…` for a statement that asks for doubts.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Rows that came.
    pub rows: u64,
    /// From the statement's start to its last row, in milliseconds.
    pub took_ms: u64,
    /// Its columns, without those that it may lack and does.
    pub columns: Vec<ColumnInspected>,
    /// Its keys; none for a relation whose rows need not differ.
    pub keys: Option<Keys>,
    /// The database's plan, if the statement was slow.
    pub plan: Vec<String>,
    /// Why it could not be carried out to its end, or not be planned.
    pub failed: Option<String>,
}

/// What stands in one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnInspected {
    /// Its name.
    pub name: String,
    /// The kind declared for it, or what the form demands, in a word.
    pub kind: &'static str,
    /// NULLs.
    pub nulls: u64,
    /// Values that do not fit, NULLs where none may be among them; the first by the key of their row.
    pub unfit: Listed,
    /// What is wrong with the first of them.
    pub why: Option<String>,
    /// Some of them, only where contents are shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

/// The keys of a relation whose rows must differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Keys {
    /// How many different ones there are.
    pub distinct: u64,
    /// Rows whose key another one had before.
    pub double: Listed,
}

/// Carries out every statement of a profile and looks at each value, but for those that are asked as each user. All of it is of one moment.
///
/// # Errors
/// When the database cannot be read at all; what concerns one statement is told with it.
pub async fn inspect(profile: &Profile, source: &CrmSource, wish: Wish) -> Result<Inspection, CrmError> {
    let mut session = source.begin().await?;
    let mut relations = Vec::new();
    for (relation, query) in profile.queries(source.kind()).filter(|(_, query)| !query.is_as_user) {
        let look = Look::new(profile, Some(relation), &profile.expected(relation), wish.contents);
        relations.push(look.carried_out(&mut session, query, (stem(relation), profile.expected(relation)), wish.slow).await);
    }
    for (relation, query) in profile.doubt_queries(source.kind()) {
        let what = vec![Expected { name: "what".to_owned(), is_optional: false }];
        let look = Look::new(profile, None, &what, wish.contents);
        relations.push(look.carried_out(&mut session, query, (format!("doubt_{}", stem(relation)), what), wish.slow).await);
    }
    session.end().await?;
    Ok(Inspection { relations })
}

/// What is gathered of a statement while its rows come.
struct Look {
    zone: chrono_tz::Tz,
    shows_contents: bool,
    rows: u64,
    columns: Vec<Column>,
    /// How many columns make the key, the first ones; whether it must differ.
    key: (usize, bool),
    seen: HashSet<Box<str>>,
    double: Lister,
}

/// What is gathered of a column.
struct Column {
    name: String,
    form: Form,
    is_absent: bool,
    nulls: u64,
    unfit: Lister,
    why: Option<String>,
    examples: BTreeSet<String>,
}

impl Look {
    fn new(profile: &Profile, relation: Option<&Relation>, expected: &[Expected], shows_contents: bool) -> Self {
        let column = |expected: &Expected| Column {
            name: expected.name.clone(),
            form: relation.map_or(Form::Anything, |relation| Form::of(profile, relation, &expected.name)),
            is_absent: false,
            nulls: 0,
            unfit: Lister::default(),
            why: None,
            examples: BTreeSet::new(),
        };
        let key = match relation {
            Some(Relation::Users | Relation::Groups | Relation::View | Relation::Erased) => (1, true),
            Some(Relation::Part(_)) => (2, true),
            Some(_) | None => (1, false),
        };
        let columns = expected.iter().map(column).collect();
        Self { zone: profile.zone(), shows_contents, rows: 0, columns, key, seen: HashSet::new(), double: Lister::default() }
    }

    async fn carried_out(
        mut self,
        session: &mut Session,
        query: &Query,
        (name, expected): (String, Vec<Expected>),
        slow: Duration,
    ) -> RelationInspected {
        // Which of the columns that it may lack it has, is seen without a row too.
        if let Ok(Ok(given)) = session.columns(query).await {
            self.columns.iter_mut().for_each(|column| column.is_absent = !given.contains(&column.name));
        }
        let began = Instant::now();
        let done = session.rows(query, &expected, &mut |cells| self.take(cells)).await;
        let took = began.elapsed();
        let plan = if took >= slow { session.plan(query).await } else { Ok(Vec::new()) };
        let failed = done.as_ref().err().or(plan.as_ref().err()).cloned();
        let Self { rows, columns, key, seen, double, .. } = self;
        RelationInspected {
            name,
            file: query.file.clone(),
            rows,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            columns: columns.into_iter().filter(|column| !column.is_absent).map(Column::inspected).collect(),
            keys: key.1.then(|| Keys { distinct: seen.len() as u64, double: double.listed() }),
            plan: plan.unwrap_or_default(),
            failed,
        }
    }

    fn take(&mut self, cells: &[Cell<'_>]) {
        self.rows += 1;
        let (parts, is_unique) = self.key;
        let key = key(cells.iter().take(parts));
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.take(cell, &key, self.zone, self.shows_contents);
        }
        if is_unique && !self.seen.insert(key.clone().into_boxed_str()) {
            self.double.add(&key);
        }
    }
}

/// The key of a row in words; what is no key shows as what it is.
fn key<'c>(cells: impl Iterator<Item = &'c Cell<'c>>) -> String {
    let word = |cell: &Cell<'_>| match value::text(cell) {
        Ok(Some(text)) => text,
        Ok(None) => "(NULL)".to_owned(),
        Err(unfit) => format!("({unfit})"),
    };
    cells.map(word).collect::<Vec<_>>().join("/")
}

impl Column {
    fn take(&mut self, cell: &Cell<'_>, key: &str, zone: chrono_tz::Tz, shows_contents: bool) {
        match cell {
            Cell::Absent => return,
            Cell::Null => self.nulls += 1,
            Cell::Int(_) | Cell::Real(_) | Cell::Text(_) | Cell::Day(_) | Cell::Instant(_) | Cell::Blob => {}
        }
        let Err(why) = self.form.check(cell, zone) else { return };
        self.unfit.add(key);
        self.why.get_or_insert(why);
        if shows_contents && self.examples.len() < EXAMPLES {
            self.examples.insert(shown(cell));
        }
    }

    fn inspected(self) -> ColumnInspected {
        let Self { name, form, nulls, unfit, why, examples, .. } = self;
        ColumnInspected { name, kind: form.word(), nulls, unfit: unfit.listed(), why, examples: examples.into_iter().collect() }
    }
}

/// A value as a person may look at it.
fn shown(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Absent | Cell::Null => "NULL".to_owned(),
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(bytes) => String::from_utf8_lossy(bytes).chars().take(LONGEST_EXAMPLE).collect(),
        Cell::Day(day) => day.to_string(),
        Cell::Instant(instant) => instant.to_string(),
        Cell::Blob => "bytes".to_owned(),
    }
}
