//! The view: which parts make a record, which fields it shows, from which sources each is formed, and in which order records stand.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::Source;
use crate::value::{Kind, Type, Value};

/// The number of a field within its view. Private to one view; outside, fields have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub(crate) u16);

/// The number of a part within its view; 0 is the main row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(pub(crate) u16);

impl PartId {
    /// The record's main row.
    pub const MAIN: Self = Self(0);
}

/// The number of a column within its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub(crate) u16);

/// A column of a part's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The column's name in the profile's SQL.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// What field rights on it speak of; the column is masked when one of them is. Never empty.
    pub sources: Vec<Source>,
}

/// A part: the main row, or rows hanging on it (phones, addresses) or looked up by it (the company).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The part's name; `main` for the main row.
    pub name: String,
    /// The columns of its rows, in the order of [`crate::crm::PartRow::values`].
    pub columns: Vec<Column>,
    /// The columns that order a record's rows, each ascending, nulls last; then the row's key.
    pub order: Vec<ColumnId>,
}

/// A condition on a part's row: the column equals one of the values.
#[derive(Clone, Debug, PartialEq)]
pub struct RowCondition {
    /// The column looked at.
    pub column: ColumnId,
    /// The values that fit; text is compared exactly.
    pub any_of: Vec<Value>,
}

/// How a field is formed from the rows that its viewer may see.
#[derive(Clone, Debug, PartialEq)]
pub enum Formation {
    /// A column of the first row of a part (of the only row, for the main row and looked-up rows), whatever it holds.
    Column {
        /// The part.
        part: PartId,
        /// The column.
        column: ColumnId,
    },
    /// The first value that is not null among the rows that fit.
    First {
        /// The part.
        part: PartId,
        /// The column.
        column: ColumnId,
        /// What rows must fulfil; all of it.
        when: Vec<RowCondition>,
    },
    /// All values that are not null of the rows that fit, in their order. The field is multi-valued; without values it is empty, not null.
    All {
        /// The part.
        part: PartId,
        /// The column.
        column: ColumnId,
        /// What rows must fulfil; all of it.
        when: Vec<RowCondition>,
    },
    /// The number of rows that fit.
    Count {
        /// The part.
        part: PartId,
        /// What rows must fulfil; all of it.
        when: Vec<RowCondition>,
    },
}

impl Formation {
    /// The part whose rows form it.
    pub fn part(&self) -> PartId {
        match self {
            Self::Column { part, .. } | Self::First { part, .. } | Self::All { part, .. } | Self::Count { part, .. } => *part,
        }
    }
}

/// A field of the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The field's name, as filters, mappings and people use it; may hold umlauts and spaces.
    pub name: String,
    /// What it holds.
    pub ty: Type,
    /// How it is formed.
    pub formation: Formation,
    /// Sources beyond those of its columns; [`View::new`] adds the columns', so that none is forgotten. The field is masked when one of them is.
    pub sources: Vec<Source>,
    /// Computed in the CRM over rows with rights of their own and not declared open: masked for everyone (design §3).
    pub sealed: bool,
}

/// A sort key of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The field sorted by; masked counts as null.
    pub field: FieldId,
    /// Whether the greatest comes first. Nulls come last either way.
    pub descending: bool,
}

/// A view (Ansicht): the shape of its records.
#[derive(Clone, Debug)]
pub struct View {
    name: String,
    locale: String,
    parts: Vec<Part>,
    fields: Vec<Field>,
    by_name: BTreeMap<String, FieldId>,
    order: Vec<SortKey>,
}

/// Why parts, fields and order do not make a view.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// The first part is not the main row.
    #[error("the view has no part `main`")]
    NoMain,
    /// Two fields or parts share a name, so that a mapping could not tell them apart.
    #[error("the name `{0}` is given to two fields or parts of the view")]
    DoubleName(String),
    /// A field, condition or order points to a part or column that is not there.
    #[error("`{0}` points to a part or column that the view does not have")]
    Dangling(String),
    /// Nothing to show.
    #[error("the view has no fields")]
    NoFields,
    /// More than 65,535 fields, parts or columns.
    #[error("the view has more than 65,535 fields, parts or columns")]
    TooMany,
}

impl View {
    /// Puts a view together and checks that everything named in it is there.
    ///
    /// `locale` is the BCP 47 name of the collation, such as `de` (DIN 5007-1) or `de-u-co-phonebk` (DIN 5007-2).
    ///
    /// # Errors
    /// See [`ViewError`].
    pub fn new(name: &str, locale: &str, parts: Vec<Part>, fields: Vec<Field>, order: Vec<SortKey>) -> Result<Self, ViewError> {
        if parts.first().is_none_or(|part| part.name != "main") {
            return Err(ViewError::NoMain);
        }
        if fields.is_empty() {
            return Err(ViewError::NoFields);
        }
        let too_many = |count: usize| count > usize::from(u16::MAX);
        if too_many(fields.len()) || too_many(parts.len()) || parts.iter().any(|part| too_many(part.columns.len())) {
            return Err(ViewError::TooMany);
        }
        let mut by_name = BTreeMap::new();
        for (number, field) in (0_u16..).zip(&fields) {
            let taken = by_name.insert(field.name.clone(), FieldId(number)).is_some();
            if taken || parts.iter().any(|part| part.name == field.name) {
                return Err(ViewError::DoubleName(field.name.clone()));
            }
        }
        let mut view = Self { name: name.to_owned(), locale: locale.to_owned(), parts, fields, by_name, order };
        view.check_references()?;
        view.complete_sources();
        Ok(view)
    }

    fn check_references(&self) -> Result<(), ViewError> {
        for part in &self.parts {
            let dangling = part.order.iter().any(|column| part.columns.get(usize::from(column.0)).is_none());
            if dangling {
                return Err(ViewError::Dangling(part.name.clone()));
            }
        }
        for field in &self.fields {
            let found = match &field.formation {
                Formation::Column { part, column } => self.column(*part, *column).is_some(),
                Formation::First { part, column, when } | Formation::All { part, column, when } => {
                    self.column(*part, *column).is_some() && when.iter().all(|one| self.column(*part, one.column).is_some())
                }
                Formation::Count { part, when } => when.iter().all(|one| self.column(*part, one.column).is_some()) && self.part(*part).is_some(),
            };
            if !found {
                return Err(ViewError::Dangling(field.name.clone()));
            }
        }
        match self.order.iter().find(|key| self.fields.get(usize::from(key.field.0)).is_none()) {
            Some(_) => Err(ViewError::Dangling("order".to_owned())),
            None => Ok(()),
        }
    }

    /// Adds to each field the sources of the columns that it is formed from, those of its conditions included, and of what orders the rows: otherwise
    /// losing the right to read that would put another row's value first.
    fn complete_sources(&mut self) {
        let columns_of = |formation: &Formation| -> Vec<(PartId, ColumnId)> {
            let conditions = |part: PartId, when: &[RowCondition]| when.iter().map(|one| (part, one.column)).collect::<Vec<_>>();
            let order = |part: PartId| self.part(part).into_iter().flat_map(|one| &one.order).map(|column| (part, *column)).collect::<Vec<_>>();
            match formation {
                Formation::Column { part, column } => [vec![(*part, *column)], order(*part)].concat(),
                Formation::First { part, column, when } | Formation::All { part, column, when } => {
                    [vec![(*part, *column)], conditions(*part, when), order(*part)].concat()
                }
                Formation::Count { part, when } => conditions(*part, when),
            }
        };
        let completed: Vec<BTreeSet<Source>> = self
            .fields
            .iter()
            .map(|field| {
                let columns = columns_of(&field.formation);
                let of_columns = columns.iter().filter_map(|(part, column)| self.column(*part, *column)).flat_map(|column| &column.sources);
                of_columns.chain(&field.sources).cloned().collect()
            })
            .collect();
        for (field, sources) in self.fields.iter_mut().zip(completed) {
            field.sources = sources.into_iter().collect();
        }
    }

    /// The view's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The locale whose collation orders text.
    pub fn locale(&self) -> &str {
        &self.locale
    }

    /// The parts; the first is the main row.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The parts with their numbers.
    pub fn numbered_parts(&self) -> impl Iterator<Item = (PartId, &Part)> {
        (0_u16..).map(PartId).zip(&self.parts)
    }

    /// A part by its number.
    pub fn part(&self, part: PartId) -> Option<&Part> {
        self.parts.get(usize::from(part.0))
    }

    /// A part by its name.
    pub fn part_named(&self, name: &str) -> Option<PartId> {
        self.numbered_parts().find(|(_, part)| part.name == name).map(|(id, _)| id)
    }

    /// A column of a part.
    pub fn column(&self, part: PartId, column: ColumnId) -> Option<&Column> {
        self.part(part)?.columns.get(usize::from(column.0))
    }

    /// The fields, in the profile's order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The fields with their numbers.
    pub fn numbered_fields(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        (0_u16..).map(FieldId).zip(&self.fields)
    }

    /// A field by its number.
    pub fn field(&self, field: FieldId) -> Option<&Field> {
        self.fields.get(usize::from(field.0))
    }

    /// A field by its exact name.
    pub fn field_named(&self, name: &str) -> Option<FieldId> {
        self.by_name.get(name).copied()
    }

    /// The sort keys, the most important first.
    pub fn order(&self) -> &[SortKey] {
        &self.order
    }
}

impl Part {
    /// A column by its name.
    pub fn column_named(&self, name: &str) -> Option<ColumnId> {
        self.numbered_columns().find(|(_, column)| column.name == name).map(|(number, _)| number)
    }

    /// The columns with their numbers.
    pub fn numbered_columns(&self) -> impl Iterator<Item = (ColumnId, &Column)> {
        (0_u16..).map(ColumnId).zip(&self.columns)
    }
}
