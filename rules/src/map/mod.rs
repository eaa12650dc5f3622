//! From a visible record to a Graph contact: JSONPath expressions per property, Graph's limits, numbers for caller ID.
//!
//! A [`MappingDraft`] is what a profile writes. [`Mapping::new`] checks all of it once, so that filling cannot fail: what does not fit a contact is
//! cut, kept as text or dropped, and stands in [`Filled::misfits`] without its contents. A contact depends on its document alone.

use std::collections::{BTreeMap, BTreeSet};

use phonenumber::country::Id;
use serde_json::Value as Json;

mod country;
mod day;
mod draft;
mod error;
mod expression;
mod fill;
mod filled;
mod mail;
mod names;
mod phone;
mod recipe;
mod source;
mod text;

pub use draft::{LineDraft, MappingDraft, MemberDraft, PropertyDraft};
pub use error::MappingError;
pub use filled::{Filled, Misfit, What};
pub use names::Input;

use crate::property::{Properties, Property, Shape};
use crate::view::View;
use recipe::{One, Recipe};

/// A mapping that fits its view.
#[derive(Clone, Debug)]
pub struct Mapping {
    recipes: BTreeMap<Property, Recipe>,
    inputs: BTreeMap<Property, BTreeSet<Input>>,
    country: Option<One>,
    default_country: Id,
    /// The name of a contact of which nothing is known that could be one.
    nameless: &'static str,
}

impl Mapping {
    /// Checks a draft against the view whose records it maps.
    ///
    /// # Errors
    /// [`MappingError`] names the property, what is wrong and what to write instead.
    pub fn new(draft: &MappingDraft, view: &View) -> Result<Self, MappingError> {
        let MappingDraft { default_country, country, properties } = draft;
        let default_country = country::of_code(default_country).ok_or_else(|| MappingError::UnknownCountry {
            code: default_country.clone(),
            nearest: country::named(default_country).map(|id| id.as_ref().to_owned()),
        })?;
        let country = country.as_ref().map(|draft| Recipe::country(draft, view)).transpose()?;
        let mut recipes = BTreeMap::new();
        for (name, draft) in properties {
            let property = error::property(name)?;
            recipes.insert(property, Recipe::new(property, draft, view)?);
        }
        if !recipes.contains_key(&Property::DisplayName) {
            return Err(MappingError::NoDisplayName);
        }
        let country_inputs = country.as_ref().map(One::inputs).unwrap_or_default();
        let mut inputs: BTreeMap<Property, BTreeSet<Input>> = recipes.iter().map(|(property, recipe)| (*property, recipe.inputs())).collect();
        for (property, inputs) in &mut inputs {
            if matches!(property.shape(), Shape::Phone | Shape::Phones) {
                inputs.extend(&country_inputs);
            }
        }
        if let Some(of_name) = inputs.get(&Property::DisplayName).cloned() {
            inputs.entry(Property::FileAs).or_insert(of_name);
        }
        let nameless = if view.locale().starts_with("de") { "(ohne Namen)" } else { "(no name)" };
        Ok(Self { recipes, inputs, country, default_country, nameless })
    }

    /// The properties it fills; display name and fileAs are always among them.
    pub fn properties(&self) -> Properties {
        self.inputs.keys().copied().collect()
    }

    /// The fields and parts that a property is made of, for phones with those that tell the country; empty if the mapping does not fill it.
    /// What stands in for a missing name, and whether another phone property holds a number already, does not count.
    pub fn inputs(&self, property: Property) -> &BTreeSet<Input> {
        static NONE: BTreeSet<Input> = BTreeSet::new();
        self.inputs.get(&property).unwrap_or(&NONE)
    }

    /// Fills a contact from the document of a visible record: readable fields by their names, visible rows of each part as an array of objects.
    pub(crate) fn fill(&self, document: &Json) -> Filled {
        fill::Filler::new(self, document).fill()
    }
}

#[cfg(test)]
mod tests;
