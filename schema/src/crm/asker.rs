//! On whose behalf a database is asked that keeps the rights itself.

use adressbote_rules::crm::UserRow;
use adressbote_rules::key::UserKey;
use adressbote_rules::value::Value;

use crate::profile::{AsUser, Attribute};

/// A user as whom the database is asked, and what makes a session his.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(super) user: UserKey,
    /// Settings or variables with their values; none is empty.
    pub(super) settings: Vec<(String, String)>,
    /// The database role that he is.
    pub(super) role: Option<String>,
}

impl Asker {
    /// A user's; or why the database could not know him.
    pub(super) fn new(as_user: &AsUser, row: &UserRow) -> Result<Self, String> {
        let settings = as_user.settings.iter().map(|(name, of)| Ok((name.clone(), text(of, row)?)));
        let role = as_user.role.as_ref().map(|of| text(of, row)).transpose()?;
        Ok(Self { user: row.key.clone(), settings: settings.collect::<Result<_, String>>()?, role })
    }
}

/// What a user has of an attribute, as text.
fn text(of: &Attribute, row: &UserRow) -> Result<String, String> {
    let (name, found) = match of {
        Attribute::Key => ("key", Some(row.key.to_string())),
        Attribute::Login => ("login", Some(row.login.clone())),
        Attribute::Mail => ("mail", row.mail.clone()),
        Attribute::Column(name) => {
            let found = match row.attributes.get(name) {
                Some(Value::Text(text)) => Some(text.to_string()),
                Some(Value::Int(number)) => Some(number.to_string()),
                Some(Value::Null | Value::Real(_) | Value::Bool(_) | Value::Date(_) | Value::Moment(_) | Value::List(_)) | None => None,
            };
            (name.as_str(), found)
        }
    };
    found.filter(|text| !text.is_empty()).ok_or_else(|| format!("he has no `{name}`, by which the database would know him"))
}
