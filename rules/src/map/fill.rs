//! Fills a contact from one document: values by the recipes, limits by Graph, everything that does not fit on a list.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::day::{self, NoDay};
use super::expression::Expression;
use super::filled::{Filled, Misfit, What};
use super::phone::{self, Home, Reading};
use super::recipe::{MEMBERS, One, Recipe};
use super::source::{Lines, Source};
use super::{Mapping, country, mail, text};
use crate::property::{Property, Shape};

/// Values that Graph takes in a list property, at most. Business phones and mails are known from its errors, the other phones from the same layout,
/// instant messaging from Exchange's three slots; for the rest no figure is known, and a hundred is a bound of our own.
fn limit(property: Property) -> usize {
    match property {
        Property::MobilePhone => 1,
        Property::BusinessPhones | Property::HomePhones => 2,
        Property::EmailAddresses | Property::ImAddresses => 3,
        _ => 100,
    }
}

/// Which property keeps a number that several would hold, the most telling first.
const PHONES: [Property; 3] = [Property::MobilePhone, Property::BusinessPhones, Property::HomePhones];

/// Fills the properties of one contact.
pub(super) struct Filler<'a> {
    mapping: &'a Mapping,
    document: &'a Json,
    values: BTreeMap<Property, Json>,
    misfits: Vec<Misfit>,
}

impl<'a> Filler<'a> {
    pub(super) fn new(mapping: &'a Mapping, document: &'a Json) -> Self {
        Self { mapping, document, values: BTreeMap::new(), misfits: Vec::new() }
    }

    pub(super) fn fill(mut self) -> Filled {
        let mapping = self.mapping;
        for (property, recipe) in &mapping.recipes {
            if !matches!(property.shape(), Shape::Phone | Shape::Phones) {
                let value = self.value(*property, recipe);
                self.values.insert(*property, value);
            }
        }
        self.phones();
        self.names();
        let Self { values, mut misfits, .. } = self;
        misfits.sort_unstable();
        misfits.dedup();
        Filled { values, misfits }
    }

    fn report(&mut self, property: Property, what: What) {
        self.misfits.push(Misfit { property, what });
    }

    fn report_all(&mut self, property: Property, found: impl IntoIterator<Item = What>) {
        self.misfits.extend(found.into_iter().map(|what| Misfit { property, what }));
    }

    /// The value of a property that is no phone; mails still without their names.
    fn value(&mut self, property: Property, recipe: &Recipe) -> Json {
        match recipe {
            Recipe::Address(members) => self.address(property, members),
            Recipe::Many { constants, all } if property.shape() == Shape::Mails => self.mails(property, constants, all),
            Recipe::Many { constants, all } => {
                let texts = self.many(property, constants, all);
                let texts = without_doubles(texts.into_iter().map(|text| self.cut_line(property, text)), String::clone);
                Json::from(self.clamp(property, texts))
            }
            Recipe::One(one) => match self.one(property, one) {
                Some(text) => self.single(property, text),
                None => property.empty(),
            },
        }
    }

    fn single(&mut self, property: Property, text: String) -> Json {
        match property.shape() {
            Shape::Day => match day::birthday(&text) {
                Ok(day) => Json::from(day),
                Err(wrong) => {
                    self.report(property, if wrong == NoDay::NotADate { What::NotADate } else { What::ImplausibleDate });
                    property.empty()
                }
            },
            Shape::Note => {
                let (text, what) = text::cut_note(text);
                self.report_all(property, what);
                Json::from(text)
            }
            _ if property == Property::BusinessHomePage => self.page(property, text),
            _ => Json::from(self.cut_line(property, text)),
        }
    }

    /// Web pages and bare domains are kept as they are. A link of another kind would run where it is clicked; a cut one leads nowhere.
    fn page(&mut self, property: Property, text: String) -> Json {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_page = match scheme.as_deref() {
            None | Some("http" | "https") => true,
            // `firma.example:8080`
            Some(other) => other.contains('.') || other.contains('/'),
        };
        let (cut, what) = text::cut_line(text);
        match what {
            _ if !is_page => self.report(property, What::NotAPage),
            Some(What::TooLong { of, .. }) => self.report(property, What::TooLong { kept_chars: 0, of }),
            _ => return Json::from(cut),
        }
        property.empty()
    }

    fn address(&mut self, property: Property, members: &[Option<One>; 5]) -> Json {
        let mut address = Map::new();
        for (name, one) in MEMBERS.iter().zip(members) {
            let text = one.as_ref().and_then(|one| self.one(property, one)).map(|text| self.cut_line(property, text));
            address.insert((*name).to_owned(), Json::from(text));
        }
        if address.values().all(Json::is_null) { property.empty() } else { Json::Object(address) }
    }

    fn mails(&mut self, property: Property, constants: &[String], all: &[Expression]) -> Json {
        let mut found = Vec::new();
        for text in self.many(property, constants, all) {
            let (addresses, had_other) = mail::addresses(&text);
            found.extend(addresses);
            if had_other {
                self.report(property, What::NotAMail);
            }
        }
        let found = without_doubles(found.into_iter(), |address| address.to_lowercase());
        Json::from(self.clamp(property, found))
    }

    /// All phone properties together: a number stands once in a contact, where it tells most.
    fn phones(&mut self) {
        let mapping = self.mapping;
        if !PHONES.iter().any(|property| mapping.recipes.contains_key(property)) {
            return;
        }
        let home = self.home();
        let mut seen: Vec<String> = Vec::new();
        for property in PHONES {
            let Some(recipe) = mapping.recipes.get(&property) else { continue };
            let texts = match recipe {
                Recipe::Many { constants, all } => self.many(property, constants, all),
                Recipe::One(one) => self.one(property, one).into_iter().collect(),
                Recipe::Address(_) => Vec::new(),
            };
            let mut numbers = Vec::new();
            for text in texts {
                numbers.extend(self.numbers(property, text, home));
            }
            let mut numbers = without_doubles(numbers.into_iter(), String::clone);
            numbers.retain(|number| !seen.contains(number));
            let numbers = self.clamp(property, numbers);
            seen.extend(numbers.iter().cloned());
            let value =
                if property.shape() == Shape::Phone { numbers.into_iter().next().map_or(Json::Null, Json::from) } else { Json::from(numbers) };
            self.values.insert(property, value);
        }
    }

    fn numbers(&mut self, property: Property, text: String, home: Home) -> Vec<String> {
        let mut numbers = Vec::new();
        for reading in phone::read(&text, home) {
            match reading {
                Reading::Number { e164, left_out } => {
                    numbers.push(e164);
                    if left_out {
                        self.report(property, What::ExtensionLeftOut);
                    }
                }
                Reading::Text => {
                    self.report(property, if home == Home::Unknown { What::UnknownCountry } else { What::NotAPhone });
                    numbers.push(self.cut_line(property, text.clone()));
                }
            }
        }
        numbers
    }

    /// Where the contact's numbers belong to. An address in an unknown country, or one whose country is masked, makes them unknown: the default would be
    /// a guess.
    fn home(&self) -> Home {
        let Some(one) = &self.mapping.country else { return Home::Country(self.mapping.default_country) };
        // What is wrong with the text shows in the address; here it only must not be a country.
        match Source::new(self.document, Lines::Joined).one(one) {
            Some(name) => country::named(&name).map_or(Home::Unknown, Home::Country),
            None if one.expressions().into_iter().any(|expression| expression.is_masked(self.document)) => Home::Unknown,
            None => Home::Country(self.mapping.default_country),
        }
    }

    /// Display name and fileAs are always there, and mails carry the display name.
    fn names(&mut self) {
        let mapped = self.text_of(Property::DisplayName);
        let name = mapped.unwrap_or_else(|| {
            self.report(Property::DisplayName, What::NoName);
            self.namesake().unwrap_or_else(|| self.mapping.nameless.to_owned())
        });
        let file_as = self.text_of(Property::FileAs).unwrap_or_else(|| name.clone());
        self.values.insert(Property::FileAs, Json::from(file_as));
        if let Some(Json::Array(addresses)) = self.values.get_mut(&Property::EmailAddresses) {
            for address in addresses {
                *address = json!({ "address": address.take(), "name": name });
            }
        }
        self.values.insert(Property::DisplayName, Json::from(name));
    }

    /// What stands for a name that the mapping does not give: the most telling of the other properties.
    fn namesake(&self) -> Option<String> {
        let whole = || {
            let parts: Vec<String> = [Property::GivenName, Property::Surname].into_iter().filter_map(|part| self.text_of(part)).collect();
            (!parts.is_empty()).then(|| text::cut_line(parts.join(" ")).0)
        };
        let others = [Property::NickName, Property::CompanyName, Property::EmailAddresses].into_iter().chain(PHONES);
        self.text_of(Property::FileAs).or_else(whole).or_else(|| others.into_iter().find_map(|property| self.text_of(property)))
    }

    /// The text, or the first of the texts, that a property holds so far.
    fn text_of(&self, property: Property) -> Option<String> {
        let value = self.values.get(&property)?;
        value.as_str().or_else(|| value.get(0)?.as_str()).map(str::to_owned)
    }

    fn clamp(&mut self, property: Property, mut values: Vec<String>) -> Vec<String> {
        let kept = limit(property);
        if values.len() > kept {
            self.report(property, What::TooMany { kept, dropped: values.len() - kept });
            values.truncate(kept);
        }
        values
    }

    fn cut_line(&mut self, property: Property, text: String) -> String {
        let (text, what) = text::cut_line(text);
        self.report_all(property, what);
        text
    }

    fn one(&mut self, property: Property, one: &One) -> Option<String> {
        let mut source = source(self.document, property);
        let text = source.one(one);
        self.report_all(property, source.found);
        text
    }

    fn many(&mut self, property: Property, constants: &[String], all: &[Expression]) -> Vec<String> {
        let mut source = source(self.document, property);
        let texts = source.many(constants, all);
        self.report_all(property, source.found);
        texts
    }
}

fn source(document: &Json, property: Property) -> Source<'_> {
    Source::new(document, if property.shape() == Shape::Note { Lines::Kept } else { Lines::Joined })
}

/// The values without those whose key came before.
fn without_doubles(values: impl Iterator<Item = String>, key: impl Fn(&String) -> String) -> Vec<String> {
    let mut kept: Vec<(String, String)> = Vec::new();
    for value in values {
        let key = key(&value);
        if !kept.iter().any(|(before, _)| *before == key) {
            kept.push((key, value));
        }
    }
    kept.into_iter().map(|(_, value)| value).collect()
}
