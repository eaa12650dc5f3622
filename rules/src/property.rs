//! The properties of a Microsoft Graph contact that a mapping may fill, with Graph's limits.

use std::collections::BTreeSet;
use std::fmt;

/// Writes the properties once: variant, Graph's name, shape.
macro_rules! properties {
    ($($variant:ident $name:literal $shape:ident,)+) => {
        /// A property of a Graph contact (v1.0) that the mapping may own; the marker is no property.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Property {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl Property {
            /// Every property, in a fixed order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Graph's name of the property.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What the property holds.
            pub fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape,)+ }
            }
        }
    };
}

/// What a property holds, and how empty is written: null, or [] for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line of text.
    Line,
    /// Text of several lines.
    Note,
    /// A list of texts.
    Lines,
    /// A list of phone numbers, at most 2 (Graph refuses more: `ErrorInvalidProperty`).
    Phones,
    /// One phone number.
    Phone,
    /// Mail addresses with names, at most 3.
    Mails,
    /// An address of five parts, always written whole.
    Address,
    /// A day.
    Day,
}

properties! {
    DisplayName "displayName" Line,
    FileAs "fileAs" Line,
    GivenName "givenName" Line,
    MiddleName "middleName" Line,
    Surname "surname" Line,
    Initials "initials" Line,
    NickName "nickName" Line,
    Title "title" Line,
    Generation "generation" Line,
    YomiGivenName "yomiGivenName" Line,
    YomiSurname "yomiSurname" Line,
    YomiCompanyName "yomiCompanyName" Line,
    CompanyName "companyName" Line,
    Department "department" Line,
    JobTitle "jobTitle" Line,
    OfficeLocation "officeLocation" Line,
    Profession "profession" Line,
    Manager "manager" Line,
    AssistantName "assistantName" Line,
    SpouseName "spouseName" Line,
    Children "children" Lines,
    BusinessHomePage "businessHomePage" Line,
    EmailAddresses "emailAddresses" Mails,
    BusinessPhones "businessPhones" Phones,
    HomePhones "homePhones" Phones,
    MobilePhone "mobilePhone" Phone,
    ImAddresses "imAddresses" Lines,
    BusinessAddress "businessAddress" Address,
    HomeAddress "homeAddress" Address,
    OtherAddress "otherAddress" Address,
    Birthday "birthday" Day,
    PersonalNotes "personalNotes" Note,
    Categories "categories" Lines,
}

impl Property {
    /// The property with Graph's name, if it is one that a mapping may own.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|property| property.name() == name)
    }

    /// What is written to empty the property.
    pub fn empty(self) -> serde_json::Value {
        match self.shape() {
            Shape::Lines | Shape::Phones | Shape::Mails => serde_json::Value::Array(Vec::new()),
            Shape::Line | Shape::Note | Shape::Phone | Shape::Address | Shape::Day => serde_json::Value::Null,
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of properties.
pub type Properties = BTreeSet<Property>;
