//! What a profile reads and nothing uses.

use std::collections::BTreeSet;

use adressbote_rules::filter::Filter;
use adressbote_rules::map::{Input, Mapping};
use adressbote_rules::property::Property;
use adressbote_rules::view::{ColumnId, Formation, PartId, View};
use serde::Serialize;

use crate::profile::Profile;

/// What nothing uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unused {
    /// Fields that neither the mapping nor the order nor a filter reads.
    pub fields: Vec<String>,
    /// Columns, as `part.column`, that form no field, order no rows, and are not in the mapping.
    pub columns: Vec<String>,
}

/// What of a profile neither mapping, order nor any of the filters uses.
pub fn unused<'f>(profile: &Profile, mapping: &Mapping, filters: impl Iterator<Item = &'f Filter>) -> Unused {
    let view = profile.view();
    let inputs: BTreeSet<Input> = Property::ALL.iter().flat_map(|property| mapping.inputs(*property)).collect();
    let filtered: BTreeSet<_> = filters.flat_map(Filter::fields).collect();
    let ordered: BTreeSet<_> = view.order().iter().map(|key| key.field).collect();
    let is_used = |field| inputs.contains(&Input::Field(field)) || filtered.contains(&field) || ordered.contains(&field);
    let fields = view.numbered_fields().filter(|(field, _)| !is_used(*field)).map(|(_, field)| field.name.clone()).collect();
    let used = columns_used(view, &inputs);
    let columns = view.numbered_parts().flat_map(|(id, part)| {
        let unused = part.numbered_columns().filter(|(column, _)| !used.contains(&(id, *column)));
        unused.map(|(_, column)| format!("{}.{}", part.name, column.name)).collect::<Vec<_>>()
    });
    Unused { fields, columns: columns.collect() }
}

fn columns_used(view: &View, inputs: &BTreeSet<Input>) -> BTreeSet<(PartId, ColumnId)> {
    let mapped = inputs.iter().filter_map(|input| match input {
        Input::Column(part, column) => Some((*part, *column)),
        Input::Field(_) => None,
    });
    let forming = view.fields().iter().flat_map(|field| match &field.formation {
        Formation::Column { part, column } => vec![(*part, *column)],
        Formation::First { part, column, when } | Formation::All { part, column, when } => {
            when.iter().map(|one| (*part, one.column)).chain([(*part, *column)]).collect()
        }
        Formation::Count { part, when } => when.iter().map(|one| (*part, one.column)).collect(),
    });
    let ordering = view.numbered_parts().flat_map(|(id, part)| part.order.iter().map(move |column| (id, *column)));
    mapped.chain(forming).chain(ordering).collect()
}
