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
use expression::Expression;
use recipe::{One, Recipe};
use source::{Lines, Source};

/// A mapping that fits its view.
#[derive(Clone, Debug)]
pub struct Mapping {
    recipes: BTreeMap<Property, Recipe>,
    country: Option<One>,
    default_country: Id,
    /// The name of a contact of which nothing is known that could be one.
    nameless: &'static str,
}

/// An expression that gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfed {
    /// Where it stands: a property, a member of one, or `country`.
    pub place: String,
    /// As it is written.
    pub path: String,
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
        let nameless = if view.locale().starts_with("de") { "(ohne Namen)" } else { "(no name)" };
        Ok(Self { recipes, country, default_country, nameless })
    }

    /// The properties it fills; display name and fileAs are always among them.
    pub fn properties(&self) -> Properties {
        self.recipes.keys().copied().chain([Property::FileAs]).collect()
    }

    /// Without an entry, fileAs is the display name.
    fn recipe(&self, property: Property) -> Option<&Recipe> {
        let of_name = || self.recipes.get(&Property::DisplayName).filter(|_| property == Property::FileAs);
        self.recipes.get(&property).or_else(of_name)
    }

    /// What a property is made of, for phones with what tells the country; empty if the mapping does not fill it.
    /// What stands in for a missing name, and whether another phone property holds a number already, does not count.
    pub fn inputs(&self, property: Property) -> BTreeSet<Input> {
        let is_phone = matches!(property.shape(), Shape::Phone | Shape::Phones);
        let country = self.country.iter().filter(|_| is_phone).flat_map(One::expressions);
        let own = self.recipe(property).into_iter().flat_map(Recipe::expressions);
        own.chain(country).flat_map(|expression| &expression.inputs).copied().collect()
    }

    /// Whether a property is empty for somebody from whom these inputs are kept, whatever the record holds: each of its expressions reads one of them.
    pub fn is_empty_without(&self, property: Property, is_kept: impl Fn(&Input) -> bool) -> bool {
        self.recipe(property).is_some_and(|recipe| {
            let mut expressions = recipe.expressions().into_iter();
            !recipe.has_constants() && expressions.all(|expression| expression.inputs.iter().any(&is_kept))
        })
    }

    /// The expressions that give no value in any of the documents.
    pub(crate) fn unfed(&self, documents: impl Iterator<Item = Json>) -> Vec<Unfed> {
        let of_country = self.country.iter().flat_map(One::expressions).map(|expression| ("country".to_owned(), expression));
        let of_properties = self.recipes.iter().flat_map(|(property, recipe)| {
            let place = move |member: &str| if member.is_empty() { property.name().to_owned() } else { format!("{property}.{member}") };
            recipe.placed().into_iter().map(move |(member, expression)| (place(member), expression))
        });
        let mut unfed: Vec<(String, &Expression)> = of_country.chain(of_properties).collect();
        for document in documents {
            if unfed.is_empty() {
                break;
            }
            unfed.retain(|(_, expression)| !Source::new(&document, Lines::Kept).feeds(expression));
        }
        unfed.into_iter().map(|(place, expression)| Unfed { place, path: expression.path.clone() }).collect()
    }

    /// Fills a contact from the document of a visible record: readable fields by their names, visible rows of each part as an array of objects.
    pub(crate) fn fill(&self, document: &Json) -> Filled {
        fill::Filler::new(self, document).fill()
    }
}

#[cfg(test)]
mod tests;
